"""PocketSphinx fed in small blocks. It holds Python's lock while it works: in one go a minute would freeze Blender."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from ..core.errors import DependencyError
from ..core.progress import CancelEvent, check_cancel

if TYPE_CHECKING:
    from pocketsphinx import Decoder

RATE: Final = 16000
"""Hz that the acoustic model was trained on."""

PRIOR_MEAN: Final = "40,3,-1,0,0,0,0,0,0,0,0,0,0"
"""Cepstral mean that PocketSphinx assumes before it has heard anything (its option ``cmninit``)."""

PRIOR_FRAMES: Final = 500
"""Weight of the mean that was set (CMN_WIN of sphinxbase)."""

MEAN_SECONDS: Final = 8
"""As many frames as are counted before older ones begin to be forgotten (CMN_WIN_HWM: 800)."""

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
    import soxr  # noqa: PLC0415  (a script that only reads tables does without it)

    return np.asarray(soxr.resample(samples, sample_rate, RATE), dtype=np.float32)


def to_pcm(samples: npt.NDArray[np.float32]) -> bytes:
    """Samples at :data:`RATE` → 16-bit samples at full level."""
    level = max(float(np.abs(samples).max()), 1e-6)
    return bytes((np.clip(samples / level, -1, 1) * 0.9 * 32767).astype("<i2").tobytes())


def feed(decoder: Decoder, pcm: bytes, cancel: CancelEvent | None) -> None:
    """Let the decoder hear a whole recording; what it heard before makes no difference.

    Raises:
        RuntimeError: it found no way through.
        Cancelled: ``cancel`` was set.
    """
    decoder.set_cmn(cepstral_mean(pcm[: MEAN_SECONDS * 2 * RATE], cancel))
    _feed(decoder, pcm, cancel)


def _feed(decoder: Decoder, pcm: bytes, cancel: CancelEvent | None) -> None:
    decoder.start_utt()
    try:
        for start in range(0, len(pcm), BLOCK):
            check_cancel(cancel)
            decoder.process_raw(pcm[start : start + BLOCK])
    finally:
        decoder.end_utt()


@functools.cache
def _mean_listener() -> Decoder:
    """Return a decoder that hardly searches: it is only asked for the mean of what it hears."""
    from pocketsphinx import get_model_path  # noqa: PLC0415  (heavy: only when aligning)

    return make_decoder(allphone=get_model_path("en-us/en-us-phone.lm.bin"), beam=1e-3, pbeam=1e-3, wbeam=1e-3)


@functools.lru_cache(maxsize=1)  # an aligner hears the same recording twice
def cepstral_mean(heard: bytes, cancel: CancelEvent | None = None) -> str:
    """Mean of the cepstra of a recording's first seconds, as ``Decoder.set_cmn`` takes it.

    Fed in blocks, PocketSphinx takes off the mean that it knows from the recording before: the result would depend on
    it, and after a start from the model's own mean twice as many words are misheard (measured on 16 recordings).
    """
    listener = _mean_listener()
    listener.set_cmn(PRIOR_MEAN)
    _feed(listener, heard, cancel)
    prior, mixed = (np.array([float(x) for x in text.split(",")]) for text in (PRIOR_MEAN, listener.get_cmn(True)))
    frames = max(len(heard) * 100 / (2 * RATE), 1.0)
    # The mean it has now counts the prior as PRIOR_FRAMES frames: take them out again.
    mean = prior + (mixed - prior) * (PRIOR_FRAMES + frames) / frames
    return ",".join(f"{x:.3f}" for x in mean)
