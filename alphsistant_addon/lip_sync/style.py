"""Speaking styles as two dials, jaw and lip (Edwards et al. 2016, JALI, section 3: the JALI viseme field)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from ..core.errors import AlphsistantError
from .channels import VISEMES
from .visemes import OPENING

LIP_SHAPING: Final[dict[str, float]] = {
    "U": 1.0,
    "O": 0.7,
    "CH": 0.9,
    "RR": 0.6,
    "I": 0.7,
    "E": 0.4,
    "SS": 0.5,
    "TH": 0.3,
    "DD": 0.2,
    "nn": 0.2,
    "kk": 0.2,
    "aa": 0.1,
}
"""How much of each viseme is lip shape (rounding or spreading) rather than jaw; 0 for what is not named."""

JAW_REACH: Final = 0.75
LIP_REACH: Final = 0.6
"""Share of a shape's jaw or lip part that a dial at −1 takes away and at +1 adds: neutral is what filmed people do,
which leaves room on both sides."""


@dataclass(frozen=True, slots=True)
class Style:
    """Two dials from −1 to 1: ``jaw`` (how far the mouth opens), ``lip`` (how far the lips round and spread)."""

    jaw: float = 0.0
    lip: float = 0.0
    loudness: float = 1.0
    """How much the sound's own loudness and stress move the opening; 0 is not at all."""

    def __post_init__(self) -> None:
        """Refuse dials beyond their ends."""
        for name, value, low, high in (
            ("jaw", self.jaw, -1.0, 1.0),
            ("lip", self.lip, -1.0, 1.0),
            ("loudness", self.loudness, 0.0, 2.0),
        ):
            if not low <= value <= high:
                raise AlphsistantError(f"The style's {name} must be between {low:g} and {high:g}, not {value:g}.")

    def gains(self) -> npt.NDArray[np.float64]:
        """One factor per viseme, shape ``[15]``; silence, lip seals and f v keep 1, because every style closes them."""
        gains = np.ones(len(VISEMES))
        for index, viseme in enumerate(VISEMES):
            if viseme in ("sil", "PP", "FF"):
                continue
            jaw = self.jaw * JAW_REACH * OPENING[viseme]
            lip = self.lip * LIP_REACH * LIP_SHAPING.get(viseme, 0.0)
            gains[index] = max(0.0, (1.0 + jaw) * (1.0 + lip))
        return gains


STYLES: Final[dict[str, Style]] = {
    "neutral": Style(),
    "mumble": Style(jaw=-0.75, lip=-0.7, loudness=0.5),
    "whisper": Style(jaw=-0.35, lip=0.35, loudness=0.3),
    "exaggerated": Style(jaw=0.75, lip=0.9, loudness=1.2),
    "shout": Style(jaw=1.0, lip=0.3, loudness=1.5),
}
"""Points on the jaw-lip plane, after JALI's figure 3."""


def find_style(style: Style | str) -> Style:
    """Return the style itself, or the preset of that name.

    Raises:
        AlphsistantError: no preset has that name.
    """
    if isinstance(style, Style):
        return style
    if style not in STYLES:
        raise AlphsistantError(f"There is no speaking style “{style}”; choose one of {', '.join(STYLES)}.")
    return STYLES[style]
