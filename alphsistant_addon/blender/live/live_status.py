"""What the panel shows of the live face and of the talk. Light: it is read while Blender draws."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass
class LiveStatus:
    """There is one live face at a time."""

    is_running: bool = False
    is_talking: bool = False
    """Whether it is a talk."""
    resting: str = ""
    """Why the picture rests while the sound goes on; empty while it moves."""
    sound: str = ""
    """What is to be known about the loudspeaker or the microphone: none is there, another one is used."""

    def forget(self) -> None:
        """Show nothing of what was."""
        vars(self).update(vars(LiveStatus()))


current: Final = LiveStatus()
