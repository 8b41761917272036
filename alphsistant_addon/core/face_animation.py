"""Keys for a face: sparse curves by channel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


@dataclass(frozen=True)
class Curve:
    """Sparse keys of one channel; Blender joins them by smooth, auto-clamped handles."""

    times: npt.NDArray[np.float64]
    """Seconds, strictly increasing, shape ``[k]``."""
    weights: npt.NDArray[np.float64]
    """0…1, shape ``[k]``."""


@dataclass(frozen=True)
class FaceAnimation:
    """Keys for a face by canonical channel name (``viseme_PP``, ``eyeBlinkLeft`` …).

    Times are seconds from the speech's start.
    """

    channels: Mapping[str, Curve] = field(default_factory=dict)
    duration: float = 0.0

    @property
    def key_count(self) -> int:
        """Number of keys over all channels."""
        return sum(len(curve.times) for curve in self.channels.values())
