"""Pitch and what it gives the vocoder: a pulse train whose spectrum has every harmonic in its place, with its phase.

A voice with pitch channels says at every frame how high it speaks and whether the vocal folds swing at all. From that
comes the source of the source-filter model (Fant 1960): its spectrum shows the SSRN where harmonics are, and its phase
is where Griffin-Lim starts from, so that one iteration does what dozens do from random phase.
"""

from __future__ import annotations

import math
from typing import Final

import torch
from torch import Tensor

from .voice_config import VoiceConfig

LOWEST: Final = 50.0
"""Hz; level 0 of the pitch channel."""
HIGHEST: Final = 500.0
"""Hz; level 1 of the pitch channel. Levels are even in log frequency."""

COMB_RANGE: Final = 60.0
"""dB between a harmonic's peak and the floor of the comb."""


def pitch_channels(hertz: Tensor) -> Tensor:
    """Hz by frame ``[frames]``, 0 where unvoiced → levels ``[frames, 2]``: pitch and voicing.

    Pitch runs straight on through unvoiced frames, so that the network learns a smooth curve.
    """
    voiced = hertz > 0
    if not voiced.any():
        return torch.zeros(len(hertz), 2)
    places = torch.nonzero(voiced).squeeze(1)
    levels = torch.log(hertz[places] / LOWEST) / math.log(HIGHEST / LOWEST)
    frames = torch.arange(len(hertz))
    right = torch.searchsorted(places, frames).clamp(max=len(places) - 1)
    left = (right - 1).clamp(min=0)
    span = (places[right] - places[left]).clamp(min=1)
    share = ((frames - places[left]) / span).clamp(0, 1)
    pitch = torch.lerp(levels[left], levels[right], share).clamp(0, 1)
    return torch.stack([pitch, voiced.to(pitch.dtype)], dim=1)


def hertz_of(channels: Tensor) -> Tensor:
    """Levels ``[…, frames, 2]`` → Hz ``[…, frames]``, 0 where unvoiced. Undoes :func:`pitch_channels`."""
    hertz = LOWEST * torch.exp(channels[..., 0] * math.log(HIGHEST / LOWEST))
    return torch.where(channels[..., 1] > 0.5, hertz, torch.zeros_like(hertz))


def pulse_train(hertz: Tensor, config: VoiceConfig) -> Tensor:
    """Hz by frame ``[…, frames]`` → samples ``[…, (frames − 1) · hop]`` of all harmonics at amplitude 1.

    The sum of cosines has a closed form (Dirichlet's kernel), so that the cost does not depend on their number.
    """
    frames = hertz.shape[-1]
    hop = config.hop_length
    steps = torch.arange((frames - 1) * hop, device=hertz.device)
    frame, share = steps // hop, (steps % hop) / hop
    before, after = hertz[..., frame], hertz[..., frame + 1]
    voiced = torch.where(share < 0.5, before, after) > 0
    # Where the voice sets in or stops, the frequency of its voiced side holds.
    f = torch.lerp(torch.where(before > 0, before, after), torch.where(after > 0, after, before), share)
    f = f.clamp(min=LOWEST / 2)
    turns = (f.double() / config.sample_rate).cumsum(-1)
    angle = ((turns - turns.floor()) * (2 * math.pi)).float()
    count = torch.floor(0.46 * config.sample_rate / f)
    sine = torch.sin(angle / 2)
    near = sine.abs() < 1e-3
    kernel = torch.sin((count + 0.5) * angle) / (2 * torch.where(near, torch.ones_like(sine), sine)) - 0.5
    return torch.where(near, count, kernel) * voiced


def source_spectrum(hertz: Tensor, config: VoiceConfig) -> Tensor:
    """Hz by frame ``[…, frames]`` → complex spectrum ``[…, n_linear, frames]`` of the pulse train.

    A harmonic's peak has magnitude 1.
    """
    window = torch.hann_window(config.win_length)
    samples = pulse_train(hertz, config)
    leading = samples.shape[:-1]
    spectrum = torch.stft(
        samples.reshape(-1, samples.shape[-1]), config.n_fft, config.hop_length, config.win_length, window,
        center=True, pad_mode="constant", return_complex=True,
    ) / (window.sum() / 2)  # fmt: skip
    return spectrum.reshape(*leading, *spectrum.shape[-2:])


def comb(spectrum: Tensor) -> Tensor:
    """Source spectrum ``[…, n_linear, frames]`` → ``[…, frames, n_linear]`` in −1…0: 0 on harmonics.

    −1 is :data:`COMB_RANGE` under them. Unvoiced frames are 0 throughout: nothing to shape.
    """
    magnitude = spectrum.abs()
    level = 20 / COMB_RANGE * torch.log10(magnitude.clamp(min=1e-6))
    voiced = magnitude.amax(dim=-2, keepdim=True) > 0.1
    return (level.clamp(-1, 0) * voiced).transpose(-1, -2)


def starting_phase(spectrum: Tensor, noise: Tensor, generator: torch.Generator | None = None) -> Tensor:
    """Phase for Griffin-Lim, radians ``[n_linear, frames]``: the source's on harmonics, random between them.

    ``noise``, of the spectrum's shape, is how loud what is not the harmonics is at each bin; 1 is as loud as they.
    """
    real, imaginary = torch.randn((2, *spectrum.shape), generator=generator)
    return (spectrum + noise * torch.complex(real, imaginary)).angle()
