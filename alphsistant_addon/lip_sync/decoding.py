"""PocketSphinx fed in small blocks. It holds Python's lock while it works: in one go a minute would freeze Blender."""

from __future__ import annotations

from math import gcd
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from ..data import CancelEvent, check_cancel
from ..errors import DependencyError

if TYPE_CHECKING:
    from pocketsphinx import Decoder

RATE: Final = 16000
"""Hz that the acoustic model was trained on."""

BLOCK: Final = 2 * RATE // 10
"""Bytes in a tenth of a second: recognised in some 30 ms."""


def make_decoder(**options: Any) -> Decoder:
    """Load PocketSphinx with its bundled US English model, in a fraction of a second.

    Raises:
        DependencyError: pocketsphinx is not installed.
    """
    try:
        from pocketsphinx import Decoder as PocketSphinxDecoder  # noqa: PLC0415  (heavy: only when aligning)
    except ImportError as error:
        raise DependencyError("The package “pocketsphinx” is missing: install it to lip-sync recordings.") from error
    return PocketSphinxDecoder(samprate=RATE, loglevel="FATAL", **options)


def resample(samples: npt.NDArray[np.float32], sample_rate: int) -> npt.NDArray[np.float32]:
    """Return the samples at :data:`RATE`."""
    from scipy.signal import resample_poly  # noqa: PLC0415  (heavy: only when aligning)

    divisor = gcd(RATE, sample_rate)
    resampled = resample_poly(samples.astype(np.float64), RATE // divisor, sample_rate // divisor)
    return np.asarray(resampled, dtype=np.float32)


def to_pcm(samples: npt.NDArray[np.float32]) -> bytes:
    """Samples at :data:`RATE` → 16-bit samples at full level."""
    level = max(float(np.abs(samples).max()), 1e-6)
    return bytes((np.clip(samples / level, -1, 1) * 0.9 * 32767).astype("<i2").tobytes())


def feed(decoder: Decoder, pcm: bytes, cancel: CancelEvent | None) -> None:
    """Let the decoder hear a whole recording.

    Raises:
        RuntimeError: it found no way through.
        Cancelled: ``cancel`` was set.
    """
    decoder.start_utt()
    try:
        for start in range(0, len(pcm), BLOCK):
            check_cancel(cancel)
            decoder.process_raw(pcm[start : start + BLOCK])
    finally:
        decoder.end_utt()
