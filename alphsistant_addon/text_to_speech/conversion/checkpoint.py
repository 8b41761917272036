"""A published checkpoint's tensors by name, taken one by one and checked; nothing in a file is executed."""

from __future__ import annotations

import dataclasses
import importlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import torch
from torch import Tensor, nn

from ...core.errors import AssetError, DependencyError
from ..dc_tts.networks import Conv
from ..dc_tts.voice_config import END, PADDING, VoiceConfig

CHARACTERS: Final = (PADDING, END, *" abcdefghijklmnopqrstuvwxyz'.?")
"""Both implementations' vocabulary, ``PE abcdefghijklmnopqrstuvwxyz'.?``, where P is padding and E the end."""

PUBLISHED: Final = VoiceConfig(
    symbols=CHARACTERS, reads="characters", sample_rate=22_050, n_fft=2_048, win_length=1_102, hop_length=275,
    n_mels=80, preemphasis=0.97, reference_db=20.0, range_db=100.0, reduction=4, stacked=False, layer_norm=True,
    power=1.5,
)  # fmt: skip
"""What both say in hparams.py and hyperparams.py: 12.5 ms frames of 50 ms, whole samples. Network sizes are read off
the weights."""


class Source:
    """The tensors of one checkpoint file; each ``take`` checks name, shape and values.

    Every method raises AssetError where the checkpoint is not what it should be.
    """

    def __init__(self, path: Path, tensors: Mapping[str, Tensor], kind: str) -> None:
        self.path, self._tensors, self._kind = path, tensors, kind
        self._taken: set[str] = set()

    def __contains__(self, name: str) -> bool:
        """Tell whether there is a tensor of this name."""
        return name in self._tensors

    def shape(self, name: str, dimensions: int) -> tuple[int, ...]:
        """Return the shape of a tensor that tells a network's size."""
        if name not in self._tensors:
            raise AssetError(f"“{self.path}” is not a {self._kind} checkpoint: it has no “{name}”.")
        shape = tuple(self._tensors[name].shape)
        if len(shape) != dimensions or 0 in shape:
            raise AssetError(f"“{self.path}” is not a {self._kind} checkpoint: “{name}” has the shape {list(shape)}.")
        return shape

    def embedding_channels(self, name: str) -> int:
        """Return the width of the embedding of that name, which must be of the published vocabulary."""
        symbols, channels = self.shape(name, 2)
        if symbols != len(CHARACTERS):
            raise AssetError(
                f"“{self.path}” knows {symbols} characters; only voices of the published English vocabulary "
                f"({len(CHARACTERS)} characters) can be converted."
            )
        return channels

    def take(self, name: str, *shape: int) -> Tensor:
        """Return a tensor as float32."""
        found = self.shape(name, len(shape))
        if found != shape:
            raise AssetError(
                f"“{self.path}” does not hold the published networks: “{name}” has the shape {list(found)} "
                f"instead of {list(shape)}."
            )
        self._taken.add(name)
        tensor = self._tensors[name].float()
        if not torch.isfinite(tensor.half()).all():  # A voice folder holds half-precision weights.
            raise AssetError(f"“{self.path}” is damaged: “{name}” holds numbers that are not finite.")
        return tensor

    def left_over(self) -> list[str]:
        """Return the names not taken."""
        return sorted(set(self._tensors) - self._taken)


def read_torch(path: Path) -> dict[str, Any]:
    """Read a ``.pth`` file.

    Raises:
        AssetError: it is missing, truncated, or holds anything but tensors and plain values.
    """
    if not path.is_file():
        raise AssetError(f"There is no file “{path}”.")
    try:
        checkpoint = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # torch raises what the file makes it raise: EOFError, KeyError, RuntimeError …
        raise AssetError(
            f"“{path}” cannot be read ({type(error).__name__}): it is truncated, not a PyTorch checkpoint, or holds "
            "more than weights."
        ) from error
    if not isinstance(checkpoint, dict):
        raise AssetError(f"“{path}” is not a checkpoint: it holds a {type(checkpoint).__name__}.")
    return checkpoint


def checkpoint_prefix(source: Path) -> Path:
    """Return the path TensorFlow knows a checkpoint by: without ``.index``, ``.meta`` and ``.data-…``.

    In a folder, the one that its ``checkpoint`` file names (wherever it lay when it was written), or else the one of
    the highest number.

    Raises:
        AssetError: there is none.
    """
    if not source.is_dir():
        prefix = source.with_name(re.sub(r"\.(index|meta|data-\d+-of-\d+)$", "", source.name))
        if prefix.is_file() or prefix.with_name(prefix.name + ".index").is_file():
            return prefix
        raise AssetError(f"There is no TensorFlow checkpoint “{source}”.")
    names = [path.name.removesuffix(".index") for path in source.glob("*.index")]
    if not names:
        raise AssetError(f"The folder “{source}” holds no TensorFlow checkpoint (no .index file).")
    latest = source / "checkpoint"
    text = latest.read_text(encoding="utf-8", errors="replace") if latest.is_file() else ""
    named = re.search(r'^model_checkpoint_path: ".*?([^/\\"]+)"', text, re.MULTILINE)
    if named and named[1] in names:
        return source / named[1]
    return source / max(names, key=lambda name: [int(n) for n in re.findall(r"\d+", name)])


def read_tensorflow(source: Path) -> dict[str, Tensor]:
    """Read the variables of a TensorFlow checkpoint, without what only its training needs.

    Raises:
        DependencyError: TensorFlow is not installed.
        AssetError: there is no checkpoint, or it is damaged.
    """
    prefix = checkpoint_prefix(source)
    try:
        tensorflow = importlib.import_module("tensorflow")
    except ImportError as error:
        raise DependencyError(
            "TensorFlow is needed to read a TensorFlow checkpoint: install it with “pip install tensorflow”, convert, "
            "and remove it again if you like; the converted voice does without."
        ) from error
    try:
        reader = tensorflow.train.load_checkpoint(str(prefix))
        names = [name for name in reader.get_variable_to_shape_map() if re.match(r"(Text2Mel|SSRN)/(?!.*/Adam)", name)]
        return {name: torch.tensor(reader.get_tensor(name)) for name in names}
    except Exception as error:  # tensorflow.errors, or what half a file makes it raise
        raise AssetError(f"The TensorFlow checkpoint “{prefix}” cannot be read ({type(error).__name__}).") from error


def sized(config: VoiceConfig, path: Path, **sizes: int | str) -> VoiceConfig:
    """Return the config with the sizes read off the weights.

    Raises:
        AssetError: they make no sense together.
    """
    found = dataclasses.replace(config, **sizes)  # type: ignore[arg-type]
    if not found.is_sound() or found.text_channels != 2 * found.channels:
        raise AssetError(f"“{path}” does not hold the published networks: its sizes do not fit the published settings.")
    return found


def fill_conv(conv: Conv, weight: Tensor, bias: Tensor) -> None:
    """Give a convolution its weights, ``weight [out, in, k]`` with the oldest input first."""
    set_parameter(conv.linear.weight, weight.permute(0, 2, 1).flatten(1))
    set_parameter(conv.linear.bias, bias)


def set_parameter(parameter: nn.Parameter | Tensor, value: Tensor) -> None:
    """Copy a value into a parameter; shapes must be equal."""
    if parameter.shape != value.shape:
        raise ValueError(f"{tuple(value.shape)} does not fit {tuple(parameter.shape)}")
    with torch.no_grad():
        parameter.copy_(value)
