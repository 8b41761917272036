"""How numpy was built."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np


def numpy_has_blas() -> bool:
    """Say whether this numpy was built with a BLAS (``numpy.show_config``)."""
    show: Callable[..., Any] = np.show_config  # numpy's own types forget what it returns
    blas = (show(mode="dicts") or {}).get("Build Dependencies", {}).get("blas", {})
    return bool(blas.get("found", True)) and blas.get("name") != "none"
