"""Another pitch and other resonances for a spectrum whose harmonics are known: both by stretching its frequencies.

What a harmonic sound looks like between two peaks is kept by stretching the whole spectrum to the new pitch; the
resonances, which went along, are then put back by the difference of the smooth envelopes, or to where a longer or
shorter throat has them.
"""

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor
from torch.nn import functional

from .voice_config import VoiceConfig

UNVOICED_HERTZ: Final = 150.0
"""Stands for the pitch of a sound that has none: the envelope is then smoothed over twice that."""


def moved(
    levels: tuple[Tensor, Tensor, Tensor], hertz: Tensor, ratio: Tensor, formant: float, config: VoiceConfig
) -> tuple[Tensor, Tensor, Tensor]:
    """Move harmonics and resonances; where both stay, everything comes out as it went in.

    Args:
        levels: envelope, depth and comb ``[frames, n_linear]`` of :meth:`.SSRN.envelope_and_depth` and
            :func:`.pulse_source.comb`: a spectrum is envelope + depth · comb.
        hertz: pitch ``[frames]`` before, 0 where unvoiced.
        ratio: times as high harmonics ``[frames]``.
        formant: times as high resonances.
        config: for the width of a bin.

    Returns:
        Envelope, depth and comb of the new spectrum.
    """
    envelope, depth, comb = levels
    voiced = hertz > 0
    ratio = torch.where(voiced, ratio, torch.ones_like(ratio))
    pitch = float(hertz[voiced].median()) if voiced.any() else UNVOICED_HERTZ
    smooth = smoothed(envelope + depth * comb, round(2 * pitch / config.bin_hertz))
    kept = stretched(smooth, torch.full_like(ratio, formant)) - stretched(smooth, ratio)
    return stretched(envelope, ratio) + kept, stretched(depth, ratio), stretched(comb, ratio)


def stretched(levels: Tensor, ratio: Tensor) -> Tensor:
    """Return levels ``[frames, n]`` with what is at a frequency moved to ``ratio [frames]`` times it.

    Above the highest frequency that there is, what lies below it is mirrored; above twice that, the lowest is taken.
    """
    last = levels.shape[1] - 1
    # A frame at the edge of a sound may fall by more than an octave.
    places = (last - (last - torch.arange(last + 1) / ratio.unsqueeze(1)).abs()).clamp(min=0.0)
    below = places.long().clamp(max=last - 1)
    return torch.lerp(levels.gather(1, below), levels.gather(1, below + 1), places - below)


def smoothed(levels: Tensor, width: int) -> Tensor:
    """Return each row of levels ``[frames, n]`` averaged by a Hann window of about so many bins.

    Over two spacings of the harmonics, it has its first zero at their ripple.
    """
    window = torch.hann_window(max(width, 3) | 1, periodic=False)
    side = len(window) // 2
    padded = functional.pad(levels.unsqueeze(1), (side, side), mode="replicate")
    return functional.conv1d(padded, (window / window.sum())[None, None]).squeeze(1)
