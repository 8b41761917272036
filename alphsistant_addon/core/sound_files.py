"""Sound files: the one reader of any format as mono samples, and the one writer of WAV.

What cannot be trusted is refused with a sentence.
"""

from __future__ import annotations

import logging
import wave
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from .errors import AssetError, SoundFormatError
from .files import replacing
from .speech import Speech

logger = logging.getLogger(__name__)

SLOWEST: Final = 4_000
FASTEST: Final = 384_000
"""Hz; another rate is a damaged header."""

LONGEST_RECORDING: Final = 1800.0
"""Seconds; longer recordings are to be cut first, since their samples have to fit into memory."""

_BLOCK: Final = 1 << 18
"""Frames that are read at a time, so that a long file of many channels needs little more memory than its mono sound."""

_CANCELLED_OUT: Final = 0.01
"""Share of the loudest channel's power below which the mix of all channels has lost its sound."""


@dataclass(frozen=True)
class Sound:
    """The sound of a file."""

    samples: npt.NDArray[np.float32]
    """Mono samples in −1…1, shape ``[n]``; channels are mixed."""
    sample_rate: int
    """Hz."""
    channels: int
    """In the file."""
    notes: tuple[str, ...] = ()
    """Sentences for the user, such as that the channels cancelled each other out."""


def read_sound(
    path: Path, *, start: float = 0.0, seconds: float | None = None, longest: float = LONGEST_RECORDING
) -> Sound:
    """Read a sound file (WAV, FLAC, MP3, OGG, AIFF, …), or ``seconds`` of it from ``start`` on.

    Samples that are no numbers (NaN, infinity) make a file damaged: set to 0 they would be gaps that nobody is told of.
    Channels that cancel each other out when they are mixed (one wire turned round) leave the loudest one, with a note.

    Raises:
        AssetError: it is missing, damaged, empty, silent for want of samples, or longer than ``longest`` seconds;
            ``SoundFormatError`` if its format is not known.
    """
    import soundfile  # noqa: PLC0415  # a script that only writes sound does without it

    if not path.is_file():
        raise AssetError(f"There is no recording “{path}”: choose the file again.")
    try:
        with soundfile.SoundFile(path) as file:
            rate, channels = int(file.samplerate), int(file.channels)
            if not SLOWEST <= rate <= FASTEST:
                raise AssetError(f"The recording “{path}” is damaged: its rate is {rate} Hz.")
            first = min(max(0, round(start * rate)), file.frames)
            count = file.frames - first
            if seconds is not None:
                count = min(count, round(seconds * rate))
            if count > longest * rate:
                raise AssetError(f"The recording “{path}” is longer than {longest / 60:.0f} minutes: cut it first.")
            file.seek(first)
            mixed, powers, loudest = _mix(file, count, channels)
    except soundfile.SoundFileError as error:
        logger.info("The recording cannot be read", exc_info=True)
        raise SoundFormatError(f"The recording “{path}” is damaged or of no known format.") from error
    except OSError as error:
        raise AssetError(f"The recording “{path}” cannot be read: {error.strerror or error}.") from error
    if len(mixed) == 0:
        raise AssetError(f"The recording “{path}” holds no sound.")
    if not np.isfinite(powers).all():
        raise AssetError(f"The recording “{path}” is damaged: it holds samples that are no numbers.")
    if float(np.square(mixed, dtype=np.float64).sum()) < _CANCELLED_OUT * powers.max():
        note = f"The channels of “{path.name}” cancel each other out, so channel {int(powers.argmax()) + 1} was used."
        return Sound(np.clip(loudest, -1.0, 1.0), rate, channels, (note,))
    return Sound(np.clip(mixed, -1.0, 1.0), rate, channels)


def _mix(
    file: Any, count: int, channels: int
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float64], npt.NDArray[np.float32]]:
    """Read ``count`` frames; their mean over the channels, the power of each channel, the channel of most power.

    The channel of most power so far is kept beside the mean, block by block.
    """
    mixed = np.empty(count, dtype=np.float32)
    loudest = np.empty(count, dtype=np.float32)
    powers = np.zeros(channels)
    done = 0
    while done < count:
        block = file.read(min(_BLOCK, count - done), dtype="float32", always_2d=True)  # [frames, channels]
        if len(block) == 0:
            break  # the header promised more than there is
        powers += np.square(block, dtype=np.float64).sum(axis=0)
        mixed[done : done + len(block)] = block.mean(axis=1)
        loudest[done : done + len(block)] = block[:, int(powers.argmax())]
        done += len(block)
    return mixed[:done], powers, loudest[:done]


def write_wav(speech: Speech, path: Path) -> None:
    """Write the speech as 16-bit mono.

    Raises:
        AssetError: the file cannot be written.
    """
    samples = np.round(np.clip(speech.samples, -1.0, 1.0) * 32767).astype("<i2")
    with replacing(path) as file, wave.open(file) as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(speech.sample_rate)
        sound.writeframes(samples.tobytes())
