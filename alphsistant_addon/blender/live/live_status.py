"""What the panel shows of the live face and of the talk. Light: it is read while Blender draws."""

from __future__ import annotations

from typing import Any, Final


class LiveStatus:
    """There is one live face at a time. No dataclass: making one takes longer than all else of this module."""

    def __init__(self) -> None:
        """Show nothing."""
        self.is_running = False
        self.resting = ""
        """Why the picture rests while the sound goes on; empty while it moves."""
        self.sound = ""
        """What is to be known about the loudspeaker or the microphone: none is there, another one is used."""
        self.talk: Any = None
        """The talk that runs (``talk_source.TalkSource``), if one does."""
        self.log: list[Any] = []
        """The turns of the talk that runs, or of the last one."""
        self.root = ""
        """Name of the topmost object of the face that talks, or has talked."""
        self.manner: dict[str, Any] = {}
        """How it speaks, as takes keep it."""
        self.kept: dict[int, str] = {}
        """Number of a turn → id of the take that it was kept as."""
        self.puppet: Any = None
        """The recording that runs (``puppet_source.PuppetSource``), if one does."""

    @property
    def is_talking(self) -> bool:
        """Whether a talk runs."""
        return self.talk is not None

    def forget(self) -> None:
        """Show nothing of what was."""
        vars(self).update(vars(LiveStatus()))


current: Final = LiveStatus()
