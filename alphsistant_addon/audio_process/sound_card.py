"""The computer's own sound card, through PortAudio (the package sounddevice).

Its list of devices is frozen when PortAudio starts (PortAudio #615, #750): :meth:`SoundCard.look_again` starts it anew.
"""

from __future__ import annotations

import contextlib
import logging
import sys
import time
from collections.abc import Iterator
from typing import Any, Final

import numpy as np

from ..core.errors import AlphsistantError, DependencyError
from .devices import Fill, Stream, Take
from .protocol import RATE, Samples

logger = logging.getLogger(__name__)

SLOWEST_CALLBACK: Final = 1.0
"""Seconds without a callback after which a device counts as gone."""
_LATE: Final = 1.0
"""Seconds of latency that no device has: a clock that says more is wrong."""

NO_PORTAUDIO: Final = (
    "There is no sound, since the library PortAudio is missing: install it (Debian and Ubuntu: "
    "sudo apt install libportaudio2; Fedora: sudo dnf install portaudio), then start the talk again."
)
NO_LOUDSPEAKER: Final = "There is no loudspeaker, so the talk goes on in silence."
NO_MICROPHONE: Final = "There is no microphone: connect one, or type what you want to say."


class _CardStream:
    """An open stream of sounddevice, of either direction."""

    def __init__(self, stream: Any, name: str) -> None:
        self.stream = stream
        self.name = name
        self.latency = float(stream.latency)
        self.last_callback = time.perf_counter()

    @property
    def is_alive(self) -> bool:
        """Whether it called lately."""
        return bool(self.stream.active) and time.perf_counter() - self.last_callback < SLOWEST_CALLBACK

    def close(self) -> None:
        """Drop what waits in its buffer and close it."""
        with _sentences("The sound device could not be closed"), contextlib.suppress(AlphsistantError):
            self.stream.abort()
            self.stream.close()


class SoundCard:
    """Loudspeakers and microphones of this computer."""

    def __init__(self) -> None:
        """Load PortAudio.

        Raises:
            DependencyError: PortAudio or sounddevice is not installed.
        """
        try:
            import sounddevice  # noqa: PLC0415  (loads PortAudio, which may be missing)
        except ImportError as error:
            raise DependencyError("There is no sound: install the Python package “sounddevice”.") from error
        except OSError as error:
            raise DependencyError(NO_PORTAUDIO) from error
        self._portaudio = sounddevice

    def names(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the names of the loudspeakers and of the microphones."""
        api = self._api()
        devices = [one for one in self._portaudio.query_devices() if api is None or one["hostapi"] == api]
        return (
            tuple(dict.fromkeys(one["name"] for one in devices if one["max_output_channels"] > 0)),
            tuple(dict.fromkeys(one["name"] for one in devices if one["max_input_channels"] > 0)),
        )

    def open_output(self, name: str, latency: float, fill: Fill) -> Stream:
        """Open a loudspeaker; ``AlphsistantError`` if there is none."""
        number = self._number(name, "output", NO_LOUDSPEAKER)
        opened: list[_CardStream] = []

        def callback(out: Any, frames: int, clock: Any, status: Any) -> None:
            now = time.perf_counter()
            ahead = clock.outputBufferDacTime - clock.currentTime
            if not 0.0 < ahead < _LATE:  # its clock stands or is not set yet (PortAudio #498, #586)
                ahead = opened[0].latency if opened else latency
            if opened:
                opened[0].last_callback = now
            out[:, 0] = fill(frames, now + ahead, bool(status.output_underflow))

        with _sentences(NO_LOUDSPEAKER):
            stream = self._portaudio.OutputStream(
                samplerate=RATE, channels=1, dtype="float32", device=number, latency=latency,
                callback=callback, extra_settings=self._extra(),
            )  # fmt: skip
            opened.append(_CardStream(stream, self._name_of(number)))
            stream.start()
        return opened[0]

    def open_input(self, name: str, take: Take) -> Stream:
        """Open a microphone; ``AlphsistantError`` if there is none."""
        number = self._number(name, "input", NO_MICROPHONE)
        opened: list[_CardStream] = []

        def callback(samples: Samples, _frames: int, _clock: Any, _status: Any) -> None:
            now = time.perf_counter()
            if opened:
                opened[0].last_callback = now
            take(np.array(samples[:, 0], np.float32), now)

        with _sentences(NO_MICROPHONE):
            stream = self._portaudio.InputStream(
                samplerate=RATE, channels=1, dtype="float32", device=number, latency="low", blocksize=RATE // 50,
                callback=callback, extra_settings=self._extra(),
            )  # fmt: skip
            opened.append(_CardStream(stream, self._name_of(number)))
            stream.start()
        return opened[0]

    def look_again(self) -> None:
        """Start PortAudio anew, so that it sees the devices of now."""
        with _sentences(NO_LOUDSPEAKER), contextlib.suppress(AlphsistantError):
            self._portaudio._terminate()  # noqa: SLF001  # its only way to look again (sounddevice #382)
            self._portaudio._initialize()  # noqa: SLF001

    def _api(self) -> int | None:
        """Return the number of the host interface to use: WASAPI on Windows, whose default MME waits 90 to 180 ms."""
        if sys.platform == "win32":
            for number, api in enumerate(self._portaudio.query_hostapis()):
                if api["name"] == "Windows WASAPI":
                    return number
        return None

    def _number(self, name: str, direction: str, otherwise: str) -> int:
        """Return the number of a device by its name; the system's own if it is empty or not there.

        Raises:
            AlphsistantError: there is none.
        """
        with _sentences(otherwise):
            api = self._api()
            if name:
                for number, one in enumerate(self._portaudio.query_devices()):
                    fits = api is None or one["hostapi"] == api
                    if fits and one["name"] == name and one[f"max_{direction}_channels"] > 0:
                        return number
            if api is not None:
                number = int(self._portaudio.query_hostapis(api)[f"default_{direction}_device"])
            else:
                number = int(self._portaudio.query_devices(kind=direction)["index"])
            if number >= 0:
                return number
        raise AlphsistantError(otherwise)

    def _name_of(self, number: int) -> str:
        return str(self._portaudio.query_devices(number)["name"])

    def _extra(self) -> Any:
        """Let WASAPI convert the rate, where the device has another one (sounddevice #52)."""
        return self._portaudio.WasapiSettings(auto_convert=True) if self._api() is not None else None


@contextlib.contextmanager
def _sentences(otherwise: str) -> Iterator[None]:
    """Turn an error of PortAudio into a sentence."""
    try:
        yield
    except AlphsistantError:
        raise
    except Exception as error:  # PortAudioError, and ValueError where no device fits
        logger.info("PortAudio: %s", error, exc_info=True)
        raise AlphsistantError(otherwise) from error
