"""Weights in eight bits: whole numbers with a scale for each output, a quarter of single precision."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import torch
from torch import Tensor

SCALE: Final = ".scale"
"""Ends the name of what the eight-bit tensor of that name is to be multiplied by."""

MOST: Final = 127
"""Largest whole number of eight bits, used on both sides of 0."""


def packed(weights: Mapping[str, Tensor], by_column: tuple[str, ...] = ()) -> dict[str, Tensor]:
    """Return weights for storing: matrices and kernels as ``int8`` and a scale by output, the rest in half precision.

    The largest weight of an output becomes :data:`MOST`, so that the error is at most 1/254 of it.

    Args:
        weights: by name; the outputs of a matrix or kernel are its first dimension.
        by_column: ends of the names of matrices whose outputs are their columns.
    """
    stored: dict[str, Tensor] = {}
    for name, weight in weights.items():
        if weight.dim() < 2:
            stored[name] = weight.half().contiguous()
            continue
        inputs = (0,) if name.endswith(by_column) else tuple(range(1, weight.dim()))
        scale = (weight.float().abs().amax(dim=inputs, keepdim=True) / MOST).clamp(min=1e-8)
        stored[name] = (weight.float() / scale).round().to(torch.int8).contiguous()
        stored[name + SCALE] = scale
    return stored


def unpacked(stored: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return weights in single precision, from :func:`packed` or from any floating-point precision.

    Raises:
        RuntimeError: a scale does not fit its weights.
    """
    weights = {name: tensor.float() for name, tensor in stored.items() if not name.endswith(SCALE)}
    for name, weight in weights.items():
        if name + SCALE in stored:
            weight.mul_(stored[name + SCALE])
    return weights
