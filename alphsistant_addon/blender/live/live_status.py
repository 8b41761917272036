"""What the panel shows of the live face and of the talk. Light: it is read while Blender draws."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final


@dataclass
class LiveStatus:
    """There is one live face at a time."""

    is_running: bool = False
    resting: str = ""
    """Why the picture rests while the sound goes on; empty while it moves."""
    sound: str = ""
    """What is to be known about the loudspeaker or the microphone: none is there, another one is used."""
    talk: Any = None
    """The talk that runs (``talk_source.TalkSource``), if one does."""
    log: list[Any] = field(default_factory=list)
    """The turns of the talk that runs, or of the last one."""
    root: str = ""
    """Name of the topmost object of the face that talks, or has talked."""
    manner: dict[str, Any] = field(default_factory=dict)
    """How it speaks, as takes keep it."""
    kept: dict[int, str] = field(default_factory=dict)
    """Number of a turn → id of the take that it was kept as."""
    puppet: Any = None
    """The recording that runs (``puppet_source.PuppetSource``), if one does."""

    @property
    def is_talking(self) -> bool:
        """Whether a talk runs."""
        return self.talk is not None

    def forget(self) -> None:
        """Show nothing of what was."""
        vars(self).update(vars(LiveStatus()))


current: Final = LiveStatus()
