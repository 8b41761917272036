"""Frames of Text2Mel → samples: SSRN, a starting phase, Griffin-Lim."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from ...core.progress import CancelEvent, check_cancel
from .harmonic_warp import moved
from .networks import SSRN
from .pulse_source import comb, hertz_of, source_spectrum, starting_phase
from .spectrogram import griffin_lim
from .voice_config import VoiceConfig
from .voice_dials import NONE, Dials

ITERATIONS: Final = 40
"""Of Griffin-Lim, from random phase."""

ITERATIONS_FROM_SOURCE: Final = 10
"""Of Griffin-Lim, from the phase of the voice's own pitch. DNSMOS hears no gain over one, DistillMOS does (the voice's
card)."""


def vocode(
    frames: Tensor,
    ssrn: SSRN,
    config: VoiceConfig,
    *,
    semitones: float = 0.0,
    bend: Tensor | None = None,
    dials: Dials = NONE,
    seed: int = 0,
    cancel: CancelEvent | None = None,
) -> Tensor:
    """Return the samples ``[n]`` of mel (and pitch) levels ``[frames, frame_channels]``, so many semitones higher.

    A voice with pitch keeps its timbre, but for what ``dials`` do to it, and can ``bend`` each frame's pitch by
    semitones ``[frames]`` beside. Without, the sound is made longer and then played faster, which moves the timbre too.
    """
    with torch.inference_mode():
        check_cancel(cancel)
        if config.pitch:
            higher = torch.full((len(frames),), semitones) + (0 if bend is None else bend)
            return _from_source(frames, ssrn, config, higher, dials=dials, seed=seed, cancel=cancel)
        count = len(frames)
        if semitones:
            frames = resampled(frames, np.linspace(0, count - 1, max(2, round(count * 2 ** (semitones / 12)))))
        levels = torch.sigmoid(ssrn(frames[None])[0])
        generator = torch.Generator().manual_seed(seed)
        samples = griffin_lim(
            levels, config, iterations=ITERATIONS, power=config.power, generator=generator, cancel=cancel
        )
        if semitones:
            import soxr  # noqa: PLC0415  (only when speaking)

            length = (count * config.upsampling - 1) * config.hop_length
            samples = torch.from_numpy(soxr.resample(samples.numpy(), len(samples), length))
        return samples


def _from_source(
    frames: Tensor,
    ssrn: SSRN,
    config: VoiceConfig,
    semitones: Tensor,
    *,
    dials: Dials,
    seed: int,
    cancel: CancelEvent | None,
) -> Tensor:
    """Samples of a voice with pitch."""
    levels, phase = levels_and_phase(frames, ssrn, config, semitones=semitones, dials=dials, seed=seed)
    check_cancel(cancel)
    return griffin_lim(
        levels, config, iterations=ITERATIONS_FROM_SOURCE, power=config.power, phase=phase, cancel=cancel
    )


def levels_and_phase(
    frames: Tensor,
    ssrn: SSRN,
    config: VoiceConfig,
    *,
    semitones: Tensor | None = None,
    dials: Dials = NONE,
    seed: int = 0,
) -> tuple[Tensor, Tensor]:
    """Return linear levels ``[frames, n_linear]`` and the phase ``[n_linear, frames]`` that Griffin-Lim starts from.

    For a voice with pitch: the spectrum of its source shapes the harmonics and gives the phase. ``semitones [frames]``
    move each frame's pitch, ``dials`` the timbre.
    """
    hertz = hertz_of(frames[:, -2:])
    envelope, depth = (x[0] for x in ssrn.envelope_and_depth(frames[None]))
    semitones = torch.zeros(len(frames)) if semitones is None else semitones
    source = source_spectrum(hertz, config)
    harmonics = comb(source)
    if dials != NONE or (semitones != 0).any():
        ratio = 2 ** (semitones / 12)
        envelope, depth, harmonics = moved((envelope, depth, harmonics), hertz, ratio, dials.formant, config)
        depth = dials.breathed(depth, config)
        source = source_spectrum(hertz * ratio, config)
    levels = torch.sigmoid(torch.addcmul(envelope, depth, harmonics))
    # What is left in the valleys between the harmonics is noise, and as loud under the harmonics.
    valleys = torch.sigmoid(envelope - depth) - torch.sigmoid(envelope)
    noise = torch.pow(10.0, valleys.clamp(max=0) * (config.range_db / 20)).T
    return levels, starting_phase(source, noise, torch.Generator().manual_seed(seed))


def resampled(frames: Tensor, places: npt.NDArray[np.float64]) -> Tensor:
    """Return frames ``[k, channels]``: those of ``[frames, channels]`` at fractional places ``[k]``, linearly."""
    at = torch.from_numpy(places).clamp(0, len(frames) - 1)
    before = at.long().clamp(max=max(0, len(frames) - 2))
    share = (at - before).float().unsqueeze(1)
    return torch.lerp(frames[before], frames[(before + 1).clamp(max=len(frames) - 1)], share)
