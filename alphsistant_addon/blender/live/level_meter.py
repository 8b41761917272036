"""The red sign and the level that a panel shows while the microphone is open."""

from __future__ import annotations

from typing import Any, Final

_QUIET: Final = -60.0
"""dB below full scale at which the meter stands at its beginning."""


def draw_open_microphone(layout: Any, level: float) -> None:
    """Draw them; ``level`` is in dB below full scale."""
    box = layout.box()
    box.alert = True
    box.label(text="The microphone is open", icon="REC")
    box.progress(factor=min(max(1.0 - level / _QUIET, 0.0), 1.0), text="")
