"""Sound ↔ spectrograms: STFT, mel filters, levels in 0…1, Griffin-Lim."""

from __future__ import annotations

import functools
import math
from typing import Final

import torch
from torch import Tensor

from ...core.progress import CancelEvent, check_cancel
from .voice_config import VoiceConfig

INAUDIBLE: Final = 1e-12
"""Share of a sample that is lost in single precision."""


def mel_frequency(hz: Tensor) -> Tensor:
    """Hertz → mel on Slaney's scale: linear below 1 kHz, logarithmic above (Slaney 1998, Auditory Toolbox)."""
    step = 200.0 / 3
    return torch.where(hz < 1000, hz / step, 15 + torch.log(hz.clamp(min=1e-3) / 1000) * 27 / math.log(6.4))


@functools.lru_cache(maxsize=4)
def mel_filters(sample_rate: int, n_fft: int, n_mels: int) -> Tensor:
    """Return triangular mel filters of equal area, ``[n_mels, n_fft // 2 + 1]`` (Slaney 1998)."""
    bins = torch.linspace(0, sample_rate / 2, n_fft // 2 + 1, dtype=torch.float64)
    top = mel_frequency(torch.tensor([sample_rate / 2], dtype=torch.float64)).item()
    points = torch.linspace(0, top, n_mels + 2, dtype=torch.float64)
    edges = torch.where(points < 15, points * 200 / 3, 1000 * torch.exp((points - 15) * math.log(6.4) / 27))
    rising = (bins - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    falling = (edges[2:, None] - bins) / (edges[2:] - edges[1:-1])[:, None]
    triangles = torch.minimum(rising, falling).clamp(min=0)
    return (triangles * (2 / (edges[2:] - edges[:-2]))[:, None]).float()


@functools.lru_cache(maxsize=4)
def _window(length: int) -> Tensor:
    return torch.hann_window(length)


def to_unit(magnitudes: Tensor, config: VoiceConfig) -> Tensor:
    """Magnitudes → levels in 0…1."""
    decibels = 20 * torch.log10(magnitudes.clamp(min=1e-5))
    return ((decibels - config.reference_db + config.range_db) / config.range_db).clamp(1e-8, 1)


def from_unit(levels: Tensor, config: VoiceConfig) -> Tensor:
    """Levels in 0…1 → magnitudes."""
    return torch.pow(10.0, (levels.clamp(0, 1) * config.range_db - config.range_db + config.reference_db) / 20)


def stft(samples: Tensor, config: VoiceConfig) -> Tensor:
    """Return the complex spectrogram ``[…, n_linear, frames]`` of samples ``[…, n]``.

    Frames are centred on their time; there are ``1 + n // hop`` of them.
    """
    return torch.stft(
        samples, config.n_fft, config.hop_length, config.win_length, _window(config.win_length),
        center=True, pad_mode="constant", return_complex=True,
    )  # fmt: skip


def istft(spectrum: Tensor, config: VoiceConfig) -> Tensor:
    """Samples ``[…, (frames − 1) · hop]`` of a complex spectrogram, by overlap-add."""
    return torch.istft(
        spectrum, config.n_fft, config.hop_length, config.win_length, _window(config.win_length), center=True
    )


def emphasise(samples: Tensor, config: VoiceConfig) -> Tensor:
    """Pre-emphasis: lift the treble, ``y[n] = x[n] − a·x[n−1]``."""
    return torch.cat([samples[..., :1], samples[..., 1:] - config.preemphasis * samples[..., :-1]], dim=-1)


def deemphasise(samples: Tensor, config: VoiceConfig) -> Tensor:
    """Undo :func:`emphasise`: ``y[n] = x[n] + a·y[n−1]``.

    A loop over the samples would be slow, so each pass adds what is twice as far back as the pass before:
    ``1 / (1 − a·z⁻¹) = (1 + a·z⁻¹) · (1 + a²·z⁻²) · (1 + a⁴·z⁻⁴) · …``
    """
    result = samples.double()
    distance = 1
    while distance < samples.shape[-1] and config.preemphasis**distance > INAUDIBLE:
        earlier = config.preemphasis**distance * result[..., :-distance]
        result = torch.cat([result[..., :distance], result[..., distance:] + earlier], dim=-1)
        distance *= 2
    return result.float()


def spectrograms(samples: Tensor, config: VoiceConfig) -> tuple[Tensor, Tensor]:
    """Return the mel ``[frames, n_mels]`` and linear ``[frames, n_linear]`` levels (0…1) of samples ``[n]``."""
    magnitudes = stft(emphasise(samples, config), config).abs()
    mel = mel_filters(config.sample_rate, config.n_fft, config.n_mels) @ magnitudes
    return to_unit(mel, config).T, to_unit(magnitudes, config).T


def griffin_lim(
    levels: Tensor, config: VoiceConfig, *, iterations: int = 40, momentum: float = 0.99, power: float = 1.0,
    phase: Tensor | None = None, generator: torch.Generator | None = None, cancel: CancelEvent | None = None,
) -> Tensor:  # fmt: skip
    """Find samples whose STFT has these linear levels ``[frames, n_linear]``: ``[(frames − 1) · hop]``.

    Fast Griffin-Lim (Perraudin, Balazs and Søndergaard 2013, algorithm 2). ``power`` above 1 sharpens the harmonics
    (the paper, section 4.1, raises the magnitudes to η = 1.3). It starts from ``phase [n_linear, frames]``, radians, or
    from a random one.
    """
    magnitudes = from_unit(levels, config).T.pow(power)
    if phase is None:
        phase = torch.rand(magnitudes.shape, generator=generator) * (2 * math.pi)
    spectrum = torch.polar(magnitudes, phase)
    previous = torch.zeros_like(spectrum)
    for _ in range(iterations):
        check_cancel(cancel)
        rebuilt = stft(istft(spectrum, config), config)
        accelerated = rebuilt + momentum * (rebuilt - previous)
        previous = rebuilt
        spectrum = magnitudes * accelerated / accelerated.abs().clamp(min=1e-9)
    return deemphasise(istft(spectrum, config), config)
