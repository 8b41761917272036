"""*Record My Voice*: the face follows a voice roughly while it is recorded, and the recording becomes a take."""

from __future__ import annotations

import logging
import wave
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from ...audio_process.protocol import SPEECH_RATE, DeviceChanged, Devices, Failed, Sound, VoiceEnded
from ...core.errors import AssetError
from ...core.sound_files import write_wav
from ...core.speech import Speech
from ...lip_sync.live_motion import AT_REST, REST_FADE, LiveMotion
from ...lip_sync.live_mouth import LiveMouth
from ..common.status import redraw
from . import audio_owner
from .live_status import current as live_status

if TYPE_CHECKING:
    from ...audio_process.client import Audio
    from ...lip_sync.life import Life
    from ...lip_sync.live_motion import FloatArray
    from ...listening.acoustic_model import AcousticModel

logger = logging.getLogger(__name__)

_LEVEL_SECONDS: Final = 0.1
"""Time between two drawings of the level meter."""

_ANSWER_SECONDS: Final = 2.0
"""What the sound's process has to hand over the recording; what came piece by piece is used if it does not."""

_NO_MICROPHONE: Final = "No microphone was found: connect one, or choose one in the preferences."


class PuppetSource:
    """A voice that is recorded, and the face that follows it."""

    def __init__(
        self, audio: Audio, ears: AcousticModel, life: Life, path: Path, take_in: Callable[[Path], object]
    ) -> None:
        """Record from now on.

        Args:
            audio: the sound's process.
            ears: what the mouth follows.
            life: the user's amounts of blinks and glances.
            path: the WAV file, which is written as the sound comes.
            take_in: gets the file when the recording is over.

        Raises:
            AssetError: the file cannot be written.
        """
        self.path = path
        self.audio = audio
        self.seconds = 0.0
        """Of sound that was recorded."""
        self._take_in = take_in
        self._mouth = LiveMouth(ears)
        self._motion = LiveMotion(life)
        self._file = _IncomingFile(path)
        self._stopped_at: float | None = None
        self._ended_at: float | None = None
        self._now = 0.0
        self._drawn = 0.0
        audio.record(True)

    @property
    def is_recording(self) -> bool:
        """Whether the microphone is open."""
        return self._stopped_at is None and self._ended_at is None

    @property
    def is_over(self) -> bool:
        """Whether the recording is written and the face is at rest."""
        return self._ended_at is not None and self._now >= self._ended_at + REST_FADE

    def stop(self) -> None:
        """End the recording; what was said until now becomes a take."""
        if self.is_recording:
            self._stopped_at = self._now
            self.audio.record(False)

    def tick(self, now: float) -> None:
        """Take in what is heard."""
        self._now = now
        for event in self.audio.events():
            match event:
                case Sound(samples) if self._ended_at is None:
                    self._file.write(samples)
                    self._mouth.push(samples)
                    self.seconds += len(samples) / SPEECH_RATE
                case VoiceEnded(samples=samples, rate=rate):
                    self._end(samples, rate)
                case Devices(inputs=()):
                    self._fail(_NO_MICROPHONE)
                case DeviceChanged(text) | Failed(text):
                    live_status.sound = text
                    redraw()
        if self._stopped_at is not None and self._ended_at is None and now > self._stopped_at + _ANSWER_SECONDS:
            self._end(None, 0)
        if self.is_recording and now >= self._drawn + _LEVEL_SECONDS:
            self._drawn = now
            redraw()

    def weights(self, now: float) -> FloatArray:
        """Return what the face shows: the mouth of the voice, and its own life."""
        if self._ended_at is not None:
            return self._motion.at(now, AT_REST)
        return self._motion.with_mouth(now, "listening", self._mouth.weights)

    def close(self) -> None:
        """Stop, whatever it is doing; the file keeps what was recorded."""
        if self.is_recording:
            self.audio.record(False)
        self._file.close()
        live_status.puppet = None
        audio_owner.release()

    def _end(self, samples: Any, rate: int) -> None:
        """Write the recording in full quality, and hand it on; without it, what came piece by piece is there."""
        if self._ended_at is not None:
            return
        self._ended_at = self._now
        self._file.close()
        live_status.puppet = None
        if samples is not None and len(samples) >= self._file.count * rate // SPEECH_RATE // 2:
            try:
                write_wav(Speech(np.asarray(samples, np.float32), rate, (), (), ""), self.path)
            except AssetError:
                logger.exception("The recording stays as it was written while it came")
        if self.seconds > 0.0:
            self._take_in(self.path)
        else:
            self._fail("Nothing was recorded: is the microphone connected and switched on?")

    def _fail(self, sentence: str) -> None:
        live_status.sound, live_status.puppet = sentence, None
        if self._ended_at is None:
            self._ended_at = self._now
            self.audio.record(False)
            self._file.close()
        if not self.seconds:
            self.path.unlink(missing_ok=True)
        redraw()


class _IncomingFile:
    """A WAV file that is whole after each piece, whatever happens next."""

    def __init__(self, path: Path) -> None:
        """Begin it.

        Raises:
            AssetError: it cannot be written.
        """
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._raw = path.open("wb")
        except OSError as error:
            raise AssetError(f"The recording “{path}” cannot be written: {error.strerror or error}.") from error
        self._file = wave.open(self._raw)  # noqa: SIM115  # open for as long as the microphone is
        self._file.setnchannels(1)
        self._file.setsampwidth(2)
        self._file.setframerate(SPEECH_RATE)
        self.count = 0
        """Samples that were written."""

    def write(self, samples: Any) -> None:
        """Add samples; the file's head counts them at once."""
        if self._raw.closed:
            return
        self._file.writeframes(np.round(np.clip(samples, -1.0, 1.0) * 32767).astype("<i2").tobytes())
        self._raw.flush()
        self.count += len(samples)

    def close(self) -> None:
        """End it."""
        if not self._raw.closed:
            self._file.close()
            self._raw.close()
