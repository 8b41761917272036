"""What a conversation tells its front."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from .turns import Turn

State: TypeAlias = Literal["stopped", "listening", "thinking", "speaking"]


@dataclass(frozen=True, slots=True)
class StateChanged:
    """The conversation listens, thinks or speaks now."""

    state: State


@dataclass(frozen=True, slots=True)
class TurnChanged:
    """A turn of the log is new, or something of it has changed."""

    turn: Turn


@dataclass(frozen=True, slots=True)
class Told:
    """A sentence for the user: a device that went, or a fault."""

    text: str


Happening: TypeAlias = StateChanged | TurnChanged | Told
