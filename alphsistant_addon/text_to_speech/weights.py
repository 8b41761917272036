"""A network's weights on disk: safetensors, in eight bits with a scale for each output channel."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import torch
from torch import Tensor, nn

from ..core.errors import AssetError

SCALE: Final = ".scale"
"""Ends the name of what the eight-bit tensor of that name is to be multiplied by."""

MOST: Final = 127
"""Largest whole number of eight bits, used on both sides of 0."""


def save_weights(weights: Mapping[str, Tensor], path: Path, *, eight_bits: bool = True) -> None:
    """Write weights; matrices and kernels become ``int8`` and a scale by row, what has one dimension half precision.

    A row's largest weight is stored as :data:`MOST`, so that the error is at most 1/254 of it.
    Without ``eight_bits`` all of them are stored in half precision.
    """
    from safetensors.torch import save_file  # noqa: PLC0415  (not needed for speaking)

    stored: dict[str, Tensor] = {}
    for name, weight in weights.items():
        if weight.dim() < 2 or not eight_bits:
            stored[name] = weight.half().contiguous()
            continue
        rows = weight.float().flatten(1)
        scale = (rows.abs().amax(dim=1) / MOST).clamp(min=1e-8)
        stored[name] = (rows / scale[:, None]).round().to(torch.int8).reshape(weight.shape).contiguous()
        stored[name + SCALE] = scale
    save_file(stored, path)


def load_weights(network: nn.Module, path: Path) -> None:
    """Give a network the weights of a file, as :func:`save_weights` writes them or in any floating-point precision.

    Raises:
        AssetError: the file is missing, damaged, or of another network.
    """
    from safetensors import SafetensorError  # noqa: PLC0415
    from safetensors.torch import load_file  # noqa: PLC0415

    try:
        stored = load_file(path)
    except FileNotFoundError as error:
        raise AssetError(f"The voice “{path.parent}” is incomplete: {path.name} is missing.") from error
    except (OSError, SafetensorError) as error:
        raise AssetError(f"The voice file “{path}” is damaged ({error}).") from error
    weights = {name: tensor.float() for name, tensor in stored.items() if not name.endswith(SCALE)}
    try:
        for name, weight in weights.items():
            if name + SCALE in stored:
                weight.mul_(stored[name + SCALE].float().reshape(-1, *[1] * (weight.dim() - 1)))
        network.load_state_dict(weights)
    except RuntimeError as error:
        raise AssetError(f"The voice file “{path}” does not fit its voice.json.") from error
