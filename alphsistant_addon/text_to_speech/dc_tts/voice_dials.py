"""What makes one voice of another: the length of its throat, its pitch, its breath.

A voice folder may hold a ``voice.json`` that names the voice it is based on and how it differs, and no weights. The
networks say the spectral envelope and how deep the valleys between the harmonics are; a shorter throat has all its
resonances higher in proportion (Fant 1960, Acoustic Theory of Speech Production), breath fills the valleys with noise.
"""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Final

import torch
from torch import Tensor

from ...core.errors import AssetError
from .pulse_source import HIGHEST, LOWEST
from .voice_config import VoiceConfig

SEMITONES: Final = 12 * math.log2(HIGHEST / LOWEST)
"""Semitones from level 0 to level 1 of the pitch channel."""

TREMOR_HERTZ: Final = 5.0
"""Of an old voice's tremor: 4 to 6 Hz (Titze 1994, Principles of Voice Production)."""

BREATH_FROM: Final = 1_000.0
BREATH_TO: Final = 3_000.0
"""Hz over which the noise of breathing sets in: the lowest harmonics stay (Klatt and Klatt 1990, Analysis, synthesis,
and perception of voice quality variations)."""

RANGES: Final[dict[str, tuple[float, float]]] = {
    "formant": (0.7, 1.4), "pitch": (-12.0, 12.0), "melody": (0.0, 2.0), "rate": (0.5, 2.0),
    "breath": (0.0, 1.0), "tremor": (0.0, 2.0),
}  # fmt: skip
"""Lowest and highest of each dial."""


@dataclass(frozen=True, slots=True)
class Dials:
    """How a voice differs from the one that it is based on."""

    formant: float = 1.0
    """Times as high resonances: 1.2 is a child's throat beside a woman's."""
    pitch: float = 0.0
    """Semitones."""
    melody: float = 1.0
    """Times as far from the sentence's median pitch, in semitones."""
    rate: float = 1.0
    """Times as fast."""
    breath: float = 0.0
    """Share of the depth between the harmonics that is filled with noise."""
    tremor: float = 0.0
    """Semitones of wobble to either side."""

    def is_sound(self) -> bool:
        """Tell whether all figures are numbers in their ranges."""
        return all(
            isinstance(value, (int, float)) and RANGES[name][0] <= value <= RANGES[name][1]
            for name, value in asdict(self).items()
        )

    def bend(self, frames: Tensor, frame_seconds: float) -> Tensor:
        """Return the semitones ``[frames]`` that are added to the pitch.

        ``frames [frames, frame_channels]`` have pitch and voicing as their last two channels.
        """
        own, voiced = frames[:, -2] * SEMITONES, frames[:, -1] > 0.5
        wobble = torch.sin(torch.arange(len(frames)) * (2 * math.pi * TREMOR_HERTZ * frame_seconds)) * self.tremor
        median = own[voiced].median() if voiced.any() else own.median()
        return self.pitch + (own - median) * (self.melody - 1) + wobble

    def breathed(self, depth: Tensor, config: VoiceConfig) -> Tensor:
        """Let breath in: make the valleys ``[frames, n_linear]`` between the harmonics shallower."""
        if not self.breath:
            return depth
        hertz = torch.arange(depth.shape[1]) * config.bin_hertz
        noisy = ((hertz - BREATH_FROM) / (BREATH_TO - BREATH_FROM)).clamp(0, 1)
        return depth * (1 - self.breath * noisy)


NONE: Final = Dials()
"""The voice as it is."""


@dataclass(frozen=True, slots=True)
class Derived:
    """A voice without weights of its own."""

    based_on: str
    """Name of a shipped voice, or folder (from the voice's own folder on)."""
    dials: Dials

    @classmethod
    def load(cls, folder: Path, file: str) -> Derived | None:
        """Read the settings of a voice folder; ``None`` if it has weights of its own.

        Raises:
            AssetError: they are damaged, or a dial is out of its range.
        """
        path = folder / file
        try:
            values = json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            raise AssetError(f"The voice file “{path}” is damaged ({error}).") from error
        if not isinstance(values, dict) or "based_on" not in values:
            return None
        dials = Dials(**{field.name: values[field.name] for field in fields(Dials) if field.name in values})
        if not dials.is_sound() or not isinstance(values["based_on"], str):
            ranges = ", ".join(f"{name} {low:g} to {high:g}" for name, (low, high) in RANGES.items())
            raise AssetError(f"The voice file “{path}” holds an impossible figure: {ranges}.")
        return cls(values["based_on"], dials)
