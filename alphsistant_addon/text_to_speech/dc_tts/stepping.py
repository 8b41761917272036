"""Causal convolutions one step at a time, each step at the cost of one step.

The published code runs all networks on the whole prefix at every step. Here a convolution keeps the inputs it can still
see. Of its taps only the newest depends on the step before; what the older ones add is known δ steps ahead at dilation
δ, and is computed for δ steps by one matrix product, which reads those weights once instead of δ times. What is
left of a step is a matrix-vector product a layer and some sums, and for these numpy's calls cost a third of torch's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final, TypeAlias

import numpy as np
from torch import nn

from .networks import Conv, HighwayConv
from .products import Matrix, Vector, matrix_product, vector_product
from .published_networks import GatedConv

Finish: TypeAlias = Callable[[Vector, Vector], Vector]
"""Norm and activation: (product, input) → output. The product is used up."""

ROOM: Final = 64
"""Steps that a layer's memory takes before what it can still see is moved back to the front."""


class _Memory:
    """What a layer remembers of one utterance: the inputs it can still see, and what they add to the next δ steps.

    Step t stands in row ``t mod δ``, so that the taps of a step lie side by side: ``inputs [δ, columns, in]``.
    """

    def __init__(self, kernel: int, dilation: int, inputs: int) -> None:
        self.inputs = np.zeros((dilation, kernel + ROOM // dilation, inputs), np.float32)
        self.oldest = 0
        """Column of the oldest input that the coming step can see."""
        self.pending = np.empty((0, 0), np.float32)

    def advance(self, older: int) -> None:
        """Go on by a column, of which ``older`` can still be seen; when there is no more room, start in front again."""
        self.oldest += 1
        if self.oldest + older == self.inputs.shape[1]:
            self.inputs[:, :older] = self.inputs[:, self.oldest :].copy()
            self.oldest = 0


class StepConv:
    """One causal convolution, step by step: equals ``Conv.forward`` on the whole sequence."""

    def __init__(self, conv: Conv) -> None:
        if not conv.causal and conv.kernel > 1:
            raise ValueError("only a causal convolution can be run step by step")
        weight, self._bias, self._finish = _prepared(conv)
        self._inputs = conv.linear.in_features // conv.kernel
        self._kernel, self._dilation = conv.kernel, conv.dilation
        # At dilation 1 nothing is known ahead: all taps in one product.
        ahead = (conv.kernel - 1) * self._inputs if conv.dilation > 1 else 0
        self._newest = vector_product(np.ascontiguousarray(weight[:, ahead:]))
        self._older = matrix_product(np.ascontiguousarray(weight[:, :ahead].T))

    def memory(self) -> _Memory:
        """Silence, as before the first step."""
        return _Memory(self._kernel, self._dilation, self._inputs)

    def step(self, x: Vector, t: int, memory: _Memory) -> Vector:
        """(in,) at step t → (out,)."""
        kernel, dilation = self._kernel, self._dilation
        if kernel == 1:
            y = self._newest(x)
            y += self._bias
            return self._finish(y, x)
        first, last = memory.oldest, memory.oldest + kernel - 1
        if dilation == 1:
            memory.inputs[0, last] = x
            y = self._newest(memory.inputs[0, first : last + 1].reshape(-1))
            y += self._bias
            memory.advance(kernel - 1)
            return self._finish(y, x)
        row = t % dilation
        memory.inputs[row, last] = x
        if row == 0:
            memory.pending = self._older(memory.inputs[:, first:last].reshape(dilation, -1))
            memory.pending += self._bias
        elif row == dilation - 1:
            memory.advance(kernel - 1)
        y = self._newest(x)
        y += memory.pending[row]
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


def _prepared(conv: Conv) -> tuple[Matrix, Vector, Finish]:
    """Weight ``[out, k · in]`` and bias ``[out]`` of a convolution, and what comes after the product.

    Layer norm subtracts the mean over the outputs; that is done to the weights once instead of to every product.
    """
    weight, bias = _array(conv.linear.weight), _array(conv.linear.bias)
    if type(conv) is HighwayConv:
        return _prepared_highway(conv, weight, bias)
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

    zeros = np.zeros(len(bias), np.float32)

    def plain(y: Vector, _x: Vector) -> Vector:
        y = norm(y)
        return np.maximum(y, zeros, y) if conv.relu else y

    return weight, bias, plain


def _prepared_highway(conv: HighwayConv, weight: Matrix, bias: Vector) -> tuple[Matrix, Vector, Finish]:
    """As :func:`_prepared`; most of a step is highways, so their two norms are multiplied together."""
    half = len(bias) // 2
    gate, value = (
        _centred(weight[rows], bias[rows], norm)
        for rows, norm in ((slice(half), conv.norm1), (slice(half, None), conv.norm2))
    )
    weight, bias = (np.concatenate(both) for both in zip(gate, value, strict=True))
    ones = np.ones(half, np.float32)  # numpy adds a vector in a quarter of the time that a number takes

    def gated(closed: Vector, moved: Vector, x: Vector) -> Vector:
        """(−H1, H2, input) → output; −H1 and H2 are used up."""
        np.exp(closed, closed)
        closed += ones  # 1 / σ(H1)
        moved -= x
        moved /= closed
        moved += x
        return moved

    if not isinstance(conv.norm1, nn.LayerNorm) or not isinstance(conv.norm2, nn.LayerNorm):

        def highway(y: Vector, x: Vector) -> Vector:
            return gated(np.negative(y[:half]), y[half:], x)

        return weight, bias, highway
    root = np.float32(half**0.5)
    scales = np.concatenate([-root * _array(conv.norm1.weight), root * _array(conv.norm2.weight)])
    gate_bias, value_bias = -_array(conv.norm1.bias), _array(conv.norm2.bias)
    gate_epsilon, value_epsilon = conv.norm1.eps * half, conv.norm2.eps * half
    gate_scale, value_scale = np.empty((), np.float32), np.empty((), np.float32)

    def normalised_highway(y: Vector, x: Vector) -> Vector:
        closed: Vector = y[:half]
        moved: Vector = y[half:]
        gate_scale[()] = (float(closed.dot(closed)) + gate_epsilon) ** -0.5
        value_scale[()] = (float(moved.dot(moved)) + value_epsilon) ** -0.5
        y *= scales
        closed, moved = closed.dot(gate_scale), moved.dot(value_scale)  # BLAS's axpy, as in :func:`_norm`
        closed += gate_bias
        moved += value_bias
        return gated(closed, moved, x)

    return weight, bias, normalised_highway


def _centred(weight: Matrix, bias: Vector, norm: nn.Module) -> tuple[Matrix, Vector]:
    """Take the mean over the outputs off, if a norm follows that would."""
    if not isinstance(norm, nn.LayerNorm):
        return weight, bias
    return weight - weight.mean(axis=0), bias - bias.mean()


def _norm(norm: nn.Module) -> Callable[[Vector], Vector]:
    """Layer norm of a vector whose mean is 0 already; the vector is used up."""
    if not isinstance(norm, nn.LayerNorm):
        return lambda y: y
    weight, bias = _array(norm.weight) * np.float32(len(norm.weight) ** 0.5), _array(norm.bias)
    epsilon = norm.eps * len(weight)
    scale = np.empty((), np.float32)

    def normalised(y: Vector) -> Vector:
        scale[()] = (float(y.dot(y)) + epsilon) ** -0.5
        y *= weight
        out: Vector = y.dot(scale)  # BLAS's axpy: a quarter of the time of numpy's product with a number
        out += bias
        return out

    return normalised


def _array(tensor: Any) -> Any:
    """Return the numbers of a parameter."""
    return tensor.detach().float().numpy()
