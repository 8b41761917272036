"""Frames on a pipe: a length, JSON, and the raw bytes of the arrays in it.

``[ALPH][uint32 bytes of JSON][uint32 bytes of arrays][JSON][arrays]``, little-endian. The package's own dataclasses go
as their name and fields; nothing else than data can come out at the other end.
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
_MARK: Final = b"ALPH"
"""Begins every frame: where it is missing, something else was written into the pipe."""
_HEAD: Final = struct.Struct("<4sII")
_KIND: Final = "kind"


class DamagedFrameError(Exception):
    """What comes out of the pipe was not written by :func:`write`; nothing after it can be understood."""


def frame(message: Any) -> bytes:
    """Return the frame of one message; ``TypeError`` if it holds something that cannot be sent."""
    blobs: list[bytes] = []
    text = json.dumps(_packed(message, blobs)).encode()
    data = b"".join(blobs)
    return _HEAD.pack(_MARK, len(text), len(data)) + text + data


def write(pipe: IO[bytes], message: Any) -> None:
    """Send one message; ``OSError`` if nobody is at the other end."""
    pipe.write(frame(message))
    pipe.flush()


def read(pipe: IO[bytes]) -> Any:
    """Wait for one message.

    Raises:
        EOFError: the other end is closed.
        DamagedFrameError: the frame is damaged, or holds something that may not be received.
    """
    mark, text_length, data_length = _HEAD.unpack(_exactly(pipe, _HEAD.size))
    if mark != _MARK:
        raise DamagedFrameError(f"a frame begins with {mark!r}")
    text = _exactly(pipe, text_length)
    data = _exactly(pipe, data_length)
    try:
        return _unpacked(json.loads(text), data)
    except (ValueError, KeyError, TypeError, AttributeError, ImportError) as error:
        raise DamagedFrameError(str(error)) from error


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
    if isinstance(value, np.ndarray) and not value.dtype.hasobject:
        # An array that repeats one item (``np.broadcast_to``) is sent as that item.
        repeats = value.size > 0 and not any(value.strides)
        array = np.ascontiguousarray(value.flat[0] if repeats else value)
        start = sum(map(len, blobs))
        blobs.append(array.tobytes())
        form = {"type": array.dtype.str, "shape": value.shape, "start": start, "repeats": repeats}
        return {_KIND: "array", **form}
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
            if value["repeats"]:
                return np.broadcast_to(np.frombuffer(data, kind, 1, value["start"])[0], value["shape"])
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
