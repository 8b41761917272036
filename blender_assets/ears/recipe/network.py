"""The ears' network in torch, for training; ``alphsistant_addon/listening/acoustic_model.py`` runs it on numpy.

A time-delay network (Waibel et al. 1989; Peddinti et al. 2015): each layer sees its input at a few shifts. It works on
pairs of frames (20 ms), looks four pairs ahead and 28 back.
"""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional

from alphsistant_addon.listening.acoustic_model import CLASSES, SHIFTS
from alphsistant_addon.listening.features import BANDS

OUTPUTS = len(CLASSES) + 2
"""Phone classes, lips shut, lip on teeth."""


class Network(nn.Module):
    """Features ``[batch, frames (even), BANDS]`` → logits ``[batch, frames, OUTPUTS]``."""

    def __init__(self, width: int, dropout: float = 0.05) -> None:
        """Build it with random weights."""
        super().__init__()
        inputs = [2 * BANDS] + [width] * (len(SHIFTS) - 1)
        self.layers = nn.ModuleList(
            [nn.Linear(i * len(shifts), width) for i, shifts in zip(inputs, SHIFTS, strict=True)]
        )
        self.norms = nn.ModuleList([nn.LayerNorm(width) for _ in SHIFTS])
        self.output = nn.Linear(width, 2 * OUTPUTS)
        self.dropout = nn.Dropout(dropout)

    def forward(self, frames: torch.Tensor) -> torch.Tensor:
        """Run it."""
        batch, count, bands = frames.shape
        hidden = frames.reshape(batch, count // 2, 2 * bands)
        length = count // 2
        for index, (layer, norm, shifts) in enumerate(zip(self.layers, self.norms, SHIFTS, strict=True)):
            back, ahead = -min(shifts), max(0, *shifts)
            padded = functional.pad(hidden, (0, 0, back, ahead))
            seen = torch.cat([padded[:, back + s : back + s + length] for s in shifts], dim=-1)
            fresh = self.dropout(functional.relu(layer(seen)))
            hidden = norm(fresh + hidden) if index else norm(fresh)
        logits: torch.Tensor = self.output(hidden).reshape(batch, count, OUTPUTS)
        return logits
