"""Frames on a pipe: a length, JSON, and the raw bytes of the arrays in it.

``[uint32 bytes of JSON][uint32 bytes of arrays][JSON][arrays]``, little-endian. The package's own dataclasses go as
their name and fields; nothing else than data can come out at the other end.
"""

from __future__ import annotations

import dataclasses
import importlib
import json
import struct
from pathlib import Path
from typing import IO, Any, Final

import numpy as np

_PACKAGE: Final = __package__.rpartition(".")[0]
_HEAD: Final = struct.Struct("<II")
_KIND: Final = "kind"


def write(pipe: IO[bytes], message: Any) -> None:
    """Send one message; ``OSError`` if nobody is at the other end."""
    blobs: list[bytes] = []
    text = json.dumps(_packed(message, blobs)).encode()
    data = b"".join(blobs)
    pipe.write(_HEAD.pack(len(text), len(data)) + text + data)
    pipe.flush()


def read(pipe: IO[bytes]) -> Any:
    """Wait for one message; ``EOFError`` when the other end is closed."""
    text_length, data_length = _HEAD.unpack(_exactly(pipe, _HEAD.size))
    message = json.loads(_exactly(pipe, text_length))
    return _unpacked(message, _exactly(pipe, data_length))


def _exactly(pipe: IO[bytes], count: int) -> bytes:
    chunks: list[bytes] = []
    while count > 0:
        chunk = pipe.read(min(count, 1 << 20))
        if not chunk:
            raise EOFError
        chunks.append(chunk)
        count -= len(chunk)
    return b"".join(chunks)


def _packed(value: Any, blobs: list[bytes]) -> Any:  # noqa: PLR0911  # one for each kind of data
    if isinstance(value, np.ndarray):
        array = np.ascontiguousarray(value)
        start = sum(map(len, blobs))
        blobs.append(array.tobytes())
        return {_KIND: "array", "type": array.dtype.str, "shape": array.shape, "start": start}
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, Path):
        return {_KIND: "path", "path": str(value)}
    if isinstance(value, tuple):
        return {_KIND: "tuple", "items": [_packed(item, blobs) for item in value]}
    if isinstance(value, list):
        return [_packed(item, blobs) for item in value]
    if isinstance(value, dict):
        return {_KIND: "dict", "items": [[_packed(key, blobs), _packed(item, blobs)] for key, item in value.items()]}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        # Blender installs the package under a longer name than the process knows it by.
        module = type(value).__module__.removeprefix(f"{_PACKAGE}.")
        fields = {field.name: _packed(getattr(value, field.name), blobs) for field in dataclasses.fields(value)}
        return {_KIND: "dataclass", "module": module, "name": type(value).__name__, "fields": fields}
    if value is None or isinstance(value, str | int | float | bool):
        return value
    raise TypeError(f"{type(value).__name__} cannot be sent")


def _unpacked(value: Any, data: bytes) -> Any:  # noqa: PLR0911  # the same
    if isinstance(value, list):
        return [_unpacked(item, data) for item in value]
    if not isinstance(value, dict):
        return value
    match value[_KIND]:
        case "array":
            kind = np.dtype(value["type"])
            if kind.hasobject:
                raise TypeError("an array of objects cannot be received")
            count = int(np.prod(value["shape"], dtype=np.int64))
            # A copy: the array can be written to, and the frame is let go.
            return np.frombuffer(data, kind, count, value["start"]).reshape(value["shape"]).copy()
        case "path":
            return Path(value["path"])
        case "tuple":
            return tuple(_unpacked(item, data) for item in value["items"])
        case "dict":
            return {_unpacked(key, data): _unpacked(item, data) for key, item in value["items"]}
    made = getattr(importlib.import_module(f"{_PACKAGE}.{value['module']}"), value["name"])
    if not (isinstance(made, type) and dataclasses.is_dataclass(made)):
        raise TypeError(f"{value['name']} is no dataclass of this package")
    return made(**{name: _unpacked(item, data) for name, item in value["fields"].items()})
