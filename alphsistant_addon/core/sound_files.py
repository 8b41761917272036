"""Reading WAV files of any format as mono samples; what cannot be trusted is refused with a sentence."""

from __future__ import annotations

import logging
import wave
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from .errors import AssetError
from .files import replacing
from .speech import Speech

logger = logging.getLogger(__name__)

SLOWEST: Final = 4_000
FASTEST: Final = 384_000
"""Hz; another rate is a damaged header."""

WAV_KINDS: Final = frozenset({"WAV", "WAVEX", "RF64"})
"""libsndfile's names of the kinds of WAV: the plain one, with an extended header, and larger than 4 GB."""


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
    import soundfile  # noqa: PLC0415  # a script that only reads tables does without it

    try:
        with path.open("rb") as file, soundfile.SoundFile(file) as sound:
            kind, rate = sound.format, sound.samplerate
            data = sound.read(dtype="float32", always_2d=True)
    except OSError as error:
        raise AssetError(f"The recording “{path}” cannot be read: {error.strerror or error}.") from error
    except (soundfile.SoundFileError, MemoryError) as error:  # a damaged header may promise more than fits
        logger.info("The recording cannot be read", exc_info=True)
        raise AssetError(f"The recording “{path}” is damaged or no WAV file ({error}).") from error
    if kind not in WAV_KINDS:
        raise AssetError(f"The recording “{path}” is no WAV file but {kind}.")
    if not SLOWEST <= rate <= FASTEST:
        raise AssetError(f"The recording “{path}” is damaged: its rate is {rate} Hz.")
    if not np.isfinite(data).all():
        raise AssetError(f"The recording “{path}” is damaged: it holds samples that are no numbers.")
    return Wav(np.clip(data.mean(axis=1, dtype=np.float32), -1.0, 1.0), rate, data.shape[1])


def write_wav(speech: Speech, path: Path) -> None:
    """Write 16-bit mono; ``AssetError`` if it cannot be written."""
    samples = np.round(np.clip(speech.samples, -1.0, 1.0) * 32767).astype("<i2")
    with replacing(path) as file, wave.open(file) as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(speech.sample_rate)
        sound.writeframes(samples.tobytes())
