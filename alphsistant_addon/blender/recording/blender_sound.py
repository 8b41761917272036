"""Sound that only Blender can read (video, AAC, …), written as a WAV file for the models' process."""

from __future__ import annotations

import contextlib
import tempfile
import wave
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ...core.errors import AssetError, SoundFormatError
from ...core.progress import check_cancel

if TYPE_CHECKING:
    from ...core.progress import CancelEvent

_PIECE_SECONDS: Final = 2.0
"""Decoded at a time: Blender's sound library keeps the interpreter while it decodes."""


@contextlib.contextmanager
def as_wav(path: Path, cancel: CancelEvent) -> Iterator[Path]:
    """Give a WAV file (16 bit, all channels) of the sound; it is gone after the block. On the worker's thread.

    Raises:
        AssetError: Blender cannot read it either, or has no sound library for Python (``aud``; Debian's lacks it).
        Cancelled: soon after ``cancel`` is set.
    """
    import numpy as np  # noqa: PLC0415  # not while Blender starts

    try:
        import aud  # noqa: PLC0415  # part of Blender
    except ModuleNotFoundError as error:
        raise SoundFormatError(
            f"“{path.name}” is damaged or of a format that needs Blender's module “aud”, which this Blender lacks: "
            "save it as WAV, FLAC, MP3 or OGG."
        ) from error
    with tempfile.TemporaryDirectory() as folder:
        wav = Path(folder) / "sound.wav"
        try:
            sound = aud.Sound(str(path))  # type: ignore[call-arg]  # the types forget the path
            rate, channels = (int(value) for value in sound.specs)
            with wave.open(str(wav), "wb") as file:
                file.setnchannels(channels)
                file.setsampwidth(2)
                file.setframerate(rate)
                begin = 0.0
                while True:
                    check_cancel(cancel)
                    piece = np.asarray(sound.limit(begin, begin + _PIECE_SECONDS).data(), dtype=np.float32)
                    if len(piece) == 0:
                        break
                    file.writeframes(np.round(np.clip(piece, -1.0, 1.0) * 32767).astype("<i2").tobytes())
                    begin += _PIECE_SECONDS
        except (aud.error, RuntimeError) as error:
            raise AssetError(f"“{path.name}” holds no sound that can be read ({error}).") from error
        yield wav
