"""What the sound's process is told, and what it tells.

Turns and parts are numbered by whoever sends them. What belongs to a turn that was stopped, or to an older one, is
dropped on arrival. Stream times are seconds of sound since the process started; they stand still for nothing and jump
never, whatever device plays them. Other times are of ``time.perf_counter``, which all processes of a computer share.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, TypeAlias

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.float32]

RATE: Final = 48_000
"""Hz of both streams: what every sound card of today can do."""
SPEECH_RATE: Final = 16_000
"""Hz of what recognisers hear."""
NO_PART: Final = -1
"""Stands for the part where nothing was playing."""
QUIETEST: Final = -100.0
"""dB that stand for silence in a level."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Which devices, and how they are listened to. Sent at any time; streams are opened again if they must be."""

    output: str = ""
    """Name of the loudspeaker; empty is the system's own choice."""
    input: str = ""
    """Name of the microphone; empty is the system's own choice."""
    headphones: bool = False
    """Whether the microphone stays open while something is played; through loudspeakers it would hear that."""
    end_silence: float = 0.4
    """Seconds of silence that end what somebody says."""
    latency: float = 0.03
    """Seconds of sound that wait in the loudspeaker's buffer; raised by itself when buffers are lost."""
    kind: Literal["card", "silence", "memory"] = "card"
    """The sound card; silence with the computer's clock; or, for tests, files that stand for both ends of it."""
    folder: Path | None = None
    """Of the files of ``memory`` (:mod:`.memory_device`)."""


@dataclass(frozen=True, slots=True)
class Play:
    """Hear a part after those that wait already."""

    turn: int
    part: int
    samples: Samples
    """Mono, −1…1, shape ``[n]``."""
    rate: int
    """Hz."""
    pause: float = 0.0
    """Seconds of silence between the end of the part before it and its start."""


@dataclass(frozen=True, slots=True)
class Stop:
    """Fade out and forget all parts of this turn and older ones; what comes of them later is dropped."""

    turn: int


@dataclass(frozen=True, slots=True)
class Duck:
    """Play softly, or as loud as before."""

    on: bool


@dataclass(frozen=True, slots=True)
class Microphone:
    """Open the microphone, or close it. It is closed at first."""

    on: bool


@dataclass(frozen=True, slots=True)
class Listen:
    """Find by itself when somebody begins and ends to speak (hands-free)."""

    on: bool


@dataclass(frozen=True, slots=True)
class Record:
    """Take all that is heard from now until it is switched off for speech (a key is held)."""

    on: bool


Command: TypeAlias = Settings | Play | Stop | Duck | Microphone | Listen | Record


@dataclass(frozen=True, slots=True)
class Started:
    """It is settled when a part begins: its first sample is the one of this stream time, which is still to be heard."""

    turn: int
    part: int
    stream_time: float
    seconds: float
    """Length of the part."""


@dataclass(frozen=True, slots=True)
class Finished:
    """A part was played to its end, which is heard at this stream time."""

    turn: int
    part: int
    stream_time: float


@dataclass(frozen=True, slots=True)
class Stopped:
    """The turn was stopped: nothing of it is heard after this stream time, but for a fade of 8 ms."""

    turn: int
    part: int
    """That was playing or came next; :data:`NO_PART` if there was none."""
    seconds: float
    """Of that part that are heard."""
    stream_time: float


@dataclass(frozen=True, slots=True)
class Clock:
    """When a moment of the stream is heard."""

    stream_time: float
    heard_at: float
    """By ``perf_counter``."""
    anew: bool = False
    """Whether what was told before holds no more: a buffer was lost, or the device is another one."""


@dataclass(frozen=True, slots=True)
class Level:
    """How loud it is, in dB below full scale (0 is full, :data:`QUIETEST` silence)."""

    input: float
    output: float


@dataclass(frozen=True, slots=True)
class VoiceBegan:
    """Somebody speaks, or the key is held; ``time`` is of ``perf_counter``, before this was known."""

    time: float


@dataclass(frozen=True, slots=True)
class Sound:
    """The next piece of what is said, from before its beginning on, at :data:`SPEECH_RATE`."""

    samples: Samples


@dataclass(frozen=True, slots=True)
class VoiceConfirmed:
    """It has gone on for so long that it is no cough."""

    time: float


@dataclass(frozen=True, slots=True)
class VoicePaused:
    """Somebody has stopped speaking, perhaps for good."""

    time: float


@dataclass(frozen=True, slots=True)
class VoiceResumed:
    """The pause was only a pause."""

    time: float


@dataclass(frozen=True, slots=True)
class VoiceEnded:
    """The speech is over; all of it, as it was recorded."""

    time: float
    """When its last sound was, by ``perf_counter``."""
    samples: Samples
    """Mono, at :data:`RATE`, with what was heard shortly before it."""
    rate: int = RATE


@dataclass(frozen=True, slots=True)
class DeviceChanged:
    """Another device plays or listens now; a sentence for the user."""

    text: str


@dataclass(frozen=True, slots=True)
class MicrophoneOpen:
    """The microphone is open now, or closed: what a front shows, whatever is wanted."""

    on: bool


@dataclass(frozen=True, slots=True)
class Devices:
    """Names that can be chosen."""

    outputs: tuple[str, ...]
    inputs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BufferLost:
    """The loudspeaker ran dry for a moment."""

    count: int
    """Since the process started."""
    latency: float
    """Seconds that wait in its buffer from now on."""


@dataclass(frozen=True, slots=True)
class Failed:
    """Something does not work; a sentence on what to do."""

    text: str


Event: TypeAlias = (
    Started
    | Finished
    | Stopped
    | Clock
    | Level
    | VoiceBegan
    | Sound
    | VoiceConfirmed
    | VoicePaused
    | VoiceResumed
    | VoiceEnded
    | DeviceChanged
    | MicrophoneOpen
    | Devices
    | BufferLost
    | Failed
)
