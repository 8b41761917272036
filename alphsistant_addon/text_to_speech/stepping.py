"""Causal convolutions one step at a time, each step at the cost of one step.

The published code runs all networks on the whole prefix at every step. Here a convolution keeps the inputs it can still
see. Of its taps only the newest depends on the step before; what the older ones add is known δ steps ahead at dilation
δ, and is computed for δ steps by one matrix product, which reads those weights once instead of δ times. What is left of
a step is a matrix-vector product a layer and some sums, and for these numpy's calls cost a third of torch's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from torch import nn

from .model import Conv, HighwayConv
from .published import GatedConv

Vector: TypeAlias = npt.NDArray[np.float32]
Finish: TypeAlias = Callable[[Vector, Vector], Vector]
"""Norm and activation: (product, input) → output."""


@dataclass(slots=True)
class _Memory:
    """What a layer remembers of one utterance: blocks of δ inputs, oldest first, and what they add to coming steps."""

    blocks: list[npt.NDArray[np.float32]]
    pending: npt.NDArray[np.float32] = field(default_factory=lambda: np.empty((0, 0), np.float32))


class StepConv:
    """One causal convolution, step by step: equals ``Conv.forward`` on the whole sequence."""

    def __init__(self, conv: Conv) -> None:
        if not conv.causal and conv.kernel > 1:
            raise ValueError("only a causal convolution can be run step by step")
        weight, bias, self._finish = _prepared(conv)
        self._inputs = conv.linear.in_features // conv.kernel
        self._kernel, self._dilation = conv.kernel, conv.dilation
        self._newest = np.ascontiguousarray(weight[:, -self._inputs :])
        self._older = np.ascontiguousarray(weight[:, : -self._inputs].T)
        self._bias = bias

    def memory(self) -> _Memory:
        """Silence, as before the first step."""
        return _Memory([np.zeros((self._dilation, self._inputs), np.float32) for _ in range(self._kernel)])

    def step(self, x: Vector, t: int, memory: _Memory) -> Vector:
        """(in,) at step t → (out,)."""
        if self._kernel == 1:
            y = self._newest @ x
            y += self._bias
            return self._finish(y, x)
        place = t % self._dilation
        if place == 0:
            blocks = memory.blocks
            blocks.append(blocks.pop(0))
            memory.pending = np.concatenate(blocks[:-1], axis=1) @ self._older
            memory.pending += self._bias
        memory.blocks[-1][place] = x
        y = self._newest @ x
        y += memory.pending[place]
        return self._finish(y, x)


class StepStack:
    """A stack of causal convolutions, step by step."""

    def __init__(self, layers: Iterable[nn.Module]) -> None:
        self._layers: list[StepConv] = []
        for layer in layers:
            if not isinstance(layer, Conv):
                raise TypeError(f"{type(layer).__name__} cannot be run step by step")
            self._layers.append(StepConv(layer))

    def memory(self) -> list[_Memory]:
        """Silence, as before the first step."""
        return [layer.memory() for layer in self._layers]

    def step(self, x: Vector, t: int, memory: list[_Memory]) -> Vector:
        """(in,) at step t → (out,)."""
        for layer, kept in zip(self._layers, memory, strict=True):
            x = layer.step(x, t, kept)
        return x


def _prepared(conv: Conv) -> tuple[npt.NDArray[np.float32], Vector, Finish]:
    """Weight ``[out, k · in]`` and bias ``[out]`` of a convolution, and what comes after the product.

    Layer norm subtracts the mean over the outputs; that is done to the weights once instead of to every product.
    """
    weight, bias = _array(conv.linear.weight), _array(conv.linear.bias)
    if type(conv) is HighwayConv:
        half = len(bias) // 2
        gate, value = (_norm(norm) for norm in (conv.norm1, conv.norm2))
        parts = [_centred(weight[rows], bias[rows], norm) for rows, norm in (
            (slice(half), conv.norm1), (slice(half, None), conv.norm2),
        )]  # fmt: skip
        weight, bias = (np.concatenate(p) for p in zip(*parts, strict=True))

        def highway(y: Vector, x: Vector) -> Vector:
            closed = gate(y[:half])
            np.negative(closed, out=closed)
            np.exp(closed, out=closed)
            closed += 1  # 1 / σ(H1)
            moved = value(y[half:])
            moved -= x
            moved /= closed
            moved += x
            return moved

        return weight, bias, highway
    if not isinstance(conv, GatedConv) and type(conv) is not Conv:
        raise TypeError(f"{type(conv).__name__} cannot be run step by step")
    norm = _norm(conv.norm)
    weight, bias = _centred(weight, bias, conv.norm)
    if isinstance(conv, GatedConv):
        half = len(bias) // 2

        def gated(y: Vector, x: Vector) -> Vector:
            y = norm(y)
            opened: Vector = y[:half] / (1 + np.exp(-y[half:])) + x
            return opened

        return weight, bias, gated
    if conv.relu:
        return weight, bias, lambda y, _x: np.maximum(norm(y), 0)
    return weight, bias, lambda y, _x: norm(y)


def _centred(weight: npt.NDArray[np.float32], bias: Vector, norm: nn.Module) -> tuple[npt.NDArray[np.float32], Vector]:
    """Take the mean over the outputs off, if a norm follows that would."""
    if not isinstance(norm, nn.LayerNorm):
        return weight, bias
    return weight - weight.mean(axis=0), bias - bias.mean()


def _norm(norm: nn.Module) -> Callable[[Vector], Vector]:
    """Layer norm of a vector whose mean is 0 already, into a new vector."""
    if not isinstance(norm, nn.LayerNorm):
        return np.copy
    weight, bias = _array(norm.weight) * np.float32(len(norm.weight) ** 0.5), _array(norm.bias)
    epsilon = norm.eps * len(weight)

    def normalised(y: Vector) -> Vector:
        out = y * weight
        out *= (float(y.dot(y)) + epsilon) ** -0.5
        out += bias
        return out

    return normalised


def _array(tensor: Any) -> npt.NDArray[np.float32]:
    """Return the numbers of a parameter."""
    found: npt.NDArray[np.float32] = tensor.detach().float().numpy()
    return found
