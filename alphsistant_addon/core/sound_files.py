"""Reading WAV files of any format as mono samples; what cannot be trusted is refused with a sentence."""

from __future__ import annotations

import logging
import wave
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from .errors import AssetError
from .files import replacing
from .speech import Speech

logger = logging.getLogger(__name__)

SLOWEST: Final = 4_000
FASTEST: Final = 384_000
"""Hz; another rate is a damaged header."""


@dataclass(frozen=True)
class Wav:
    """A WAV file's sound."""

    samples: npt.NDArray[np.float32]
    """Mono samples in −1…1, shape ``[n]``; channels are mixed."""
    sample_rate: int
    """Hz."""
    channels: int
    """In the file."""


def read_wav(path: Path) -> Wav:
    """Read a WAV file.

    Samples that are no numbers (NaN, infinity) make a file damaged: set to 0 they would be gaps that nobody is told of.

    Raises:
        AssetError: it is missing, damaged, or no WAV file.
    """
    from scipy.io import wavfile  # noqa: PLC0415  # a script that only reads tables does without it

    try:
        rate, data = wavfile.read(path)
    except OSError as error:
        raise AssetError(f"The recording “{path}” cannot be read: {error.strerror or error}.") from error
    except Exception as error:  # a hostile header raises nearly anything in there, MemoryError too
        logger.info("The recording cannot be read", exc_info=True)
        raise AssetError(f"The recording “{path}” is damaged or no WAV file ({type(error).__name__}).") from error
    if not SLOWEST <= rate <= FASTEST:
        raise AssetError(f"The recording “{path}” is damaged: its rate is {rate} Hz.")
    samples = _unit(data)
    if samples is None or not np.isfinite(samples).all():
        raise AssetError(f"The recording “{path}” is damaged: it holds samples that are no numbers.")
    mono = samples.mean(axis=1, dtype=np.float32) if samples.ndim > 1 else samples
    return Wav(np.clip(mono, -1.0, 1.0), int(rate), 1 if samples.ndim == 1 else samples.shape[1])


def _unit(data: npt.NDArray[Any]) -> npt.NDArray[np.float32] | None:
    """Samples of any WAV format → −1…1; ``None`` if they are of no known kind."""
    if data.dtype == np.uint8:  # 8-bit WAV counts from 0 to 255
        return (data.astype(np.float32) - np.float32(128)) / np.float32(128)
    if data.dtype.kind == "i":  # 24 bits come left-aligned in 32
        return data.astype(np.float32) / np.float32(-float(np.iinfo(data.dtype).min))
    return data.astype(np.float32) if data.dtype.kind == "f" else None


def write_wav(speech: Speech, path: Path) -> None:
    """Write 16-bit mono; ``AssetError`` if it cannot be written."""
    samples = np.round(np.clip(speech.samples, -1.0, 1.0) * 32767).astype("<i2")
    with replacing(path) as file, wave.open(file) as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(speech.sample_rate)
        sound.writeframes(samples.tobytes())
