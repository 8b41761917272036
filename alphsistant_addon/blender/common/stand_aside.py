"""What moves a face without being in the file stands aside while the file is read or changed for good.

The live face sets values that nobody has asked to keep. A take that is baked, a film's copy of the scene or an undo
step of ours must not find them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

STANDING_ASIDE: Final[list[Callable[[], object]]] = []
"""Each puts the file's own values back; whoever moves the face adds it, and takes it out again."""


def stand_aside() -> None:
    """Let the file's own values be put back; nothing is moved again before the present operation is over."""
    for put_back in STANDING_ASIDE:
        put_back()
