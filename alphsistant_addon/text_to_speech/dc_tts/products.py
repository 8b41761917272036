"""Matrix products of single steps, at full speed with any numpy.

numpy multiplies through BLAS where it was built with one. The wheels on PyPI are; Blender's own numpy on Linux and
Windows is not, and takes three times as long for a voice. torch brings a BLAS of its own, so it multiplies there
instead. Which of the two does it follows from how numpy was built, never from a measurement: the same seed gives the
same sound.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import torch

from ...core.numpy_build import numpy_has_blas

Vector: TypeAlias = npt.NDArray[np.float32]
Matrix: TypeAlias = npt.NDArray[np.float32]


def vector_product(weight: Matrix, *, with_numpy: bool | None = None) -> Callable[[Vector], Vector]:
    """Return the function ``x [in] → weight [out, in] · x``.

    What it returns may be changed in place, and is overwritten by the next call.
    """
    if numpy_has_blas() if with_numpy is None else with_numpy:
        return weight.dot
    # As one row times a matrix, which torch multiplies faster than a matrix and a column.
    matrix = torch.from_numpy(np.ascontiguousarray(weight.T))
    inputs, outputs = torch.empty(1, weight.shape[1]), torch.empty(1, weight.shape[0])
    # Both sides look at the same memory, so that nothing is converted in a call.
    x_here: Vector = inputs.numpy()[0]
    y_here: Vector = outputs.numpy()[0]

    def product(x: Vector) -> Vector:
        x_here[:] = x
        torch.mm(inputs, matrix, out=outputs)
        return y_here

    return product


def matrix_product(weight: Matrix, *, with_numpy: bool | None = None) -> Callable[[Matrix], Matrix]:
    """Return the function ``x [rows, in] → x · weight [in, out]``."""
    if numpy_has_blas() if with_numpy is None else with_numpy:
        return lambda x: x.dot(weight)
    matrix = torch.from_numpy(weight)
    return lambda x: (torch.from_numpy(x) @ matrix).numpy()
