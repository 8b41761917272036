"""The product of the ears' layers, quick with any numpy and without torch."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ..core.numpy_build import numpy_has_blas

Array = npt.NDArray[np.float32]

_HAS_BLAS = numpy_has_blas()


def product(rows: Array, weight: Array, *, with_blas: bool = _HAS_BLAS) -> Array:
    """Return ``rows @ weight.T``.

    Args:
        rows: shape ``[n, inputs]``.
        weight: shape ``[outputs, inputs]``, contiguous.
        with_blas: whether numpy multiplies by BLAS; as it was built, by default.
    """
    if with_blas:
        return np.asarray(rows @ weight.T, np.float32)
    # einsum sums contiguous rows with the processor's wide registers; without BLAS, ``@`` adds number by number.
    return np.asarray(np.einsum("tk,ck->tc", rows, weight), np.float32)
