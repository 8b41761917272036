"""An SSRN whose spectrograms have the grain of speech, not its average: a trained one goes on against a critic.

L1 and divergence are smallest in the middle of what could be, which is smoother than any sound; Griffin-Lim finds no
good phase for magnitudes that no sound has. A critic that tells the spectrograms of recordings from the SSRN's (least
squares: Mao et al. 2017, arXiv:1611.04076) wants the grain back, and its features of the recording at the same place
(feature matching: Kumar et al. 2019, arXiv:1910.06711) say which grain. Only training knows the critic: size and speed
of the voice stay as they are.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from ..dc_tts.networks import SSRN, Text2Mel
from ..dc_tts.voice_config import VoiceConfig
from ..weights import load_weights
from .dataset import Clip
from .train import Schedule, Trainer, log_line, predicted_mels, ssrn_crops, ssrn_validation

SHARPENING: Final = Schedule(steps=300, batch_size=8, learning_rate=1e-4, warm_up=1, decay_from=1.0, crop=40)
"""Few steps, with checks in between: a critic that has learnt the recordings themselves spoils the voice. Of the
shipped one's settings, DistillMOS of twelve sentences went 3.76, 4.13 (200 and 300 steps), 4.06 (400); with half of the
L1 and a critic three times as fast 3.76, 4.10 (200), 3.79 (300), 3.54 (1,550)."""

L1_WEIGHT: Final = 40.0
MATCHING_WEIGHT: Final = 2.0
"""Beside the adversarial loss, whose weight is 1; on the shipped voice the three are about 1.8, 0.4 and 0.3."""
CRITIC_RATE: Final = 1.0
"""Learning rate of the critic, times that of the SSRN."""
CRITIC_ALONE: Final = 40
"""Steps in which the SSRN learns by L1 only, so that it is not led by a beginner."""


class Critic(nn.Module):
    """Levels → how much each stretch of time and frequency looks like a recording's; 1 is a recording."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.ModuleList([
            nn.Conv2d(2, 16, (3, 7), stride=(1, 2), padding=(1, 3)),
            nn.Conv2d(16, 32, (3, 5), stride=(2, 2), padding=(1, 2)),
            nn.Conv2d(32, 48, (3, 5), stride=(1, 2), padding=(1, 2)),
            nn.Conv2d(48, 48, (3, 3), padding=(1, 1)),
        ])  # fmt: skip
        self.last = nn.Conv2d(48, 1, (3, 3), padding=(1, 1))

    def forward(self, levels: Tensor) -> tuple[Tensor, list[Tensor]]:
        """(B, T, n_linear) in 0…1 → scores (B, 1, T', F'), and the features of every layer.

        The critic also sees how high in frequency it is.
        """
        height = torch.linspace(-1, 1, levels.shape[-1]).expand_as(levels)
        x = torch.stack([(levels - 0.5) * 4, height], dim=1)
        features = []
        for layer in self.layers:
            x = functional.leaky_relu(layer(x), 0.2)
            features.append(x)
        return self.last(x), features


def critic_loss(of_recording: Tensor, of_network: Tensor) -> Tensor:
    """Least squares: a recording is to score 1, what the network made 0."""
    return (of_recording.float() - 1).square().mean() + of_network.float().square().mean()


def matching_loss(made: list[Tensor], recorded: list[Tensor]) -> Tensor:
    """Mean distance of the critic's features, as a share of their size, averaged over its layers."""
    shares = [
        (a.float() - b.float()).abs().mean() / b.float().abs().mean() for a, b in zip(made, recorded, strict=True)
    ]
    return torch.stack(shares).mean()


def sharpen_ssrn(
    clips: list[Clip], held_out: list[Clip], config: VoiceConfig, folder: Path, schedule: Schedule, voice: Path, *,
    report: Callable[[str], None] = log_line,
) -> SSRN:  # fmt: skip
    """Train the SSRN of a voice folder on against a critic, or go on from ``folder / "ssrn_sharp.ckpt"``.

    Three of four crops are predictions of the voice's Text2Mel, as in :func:`.train.train_ssrn`. The L1 of held-out
    clips rises by a fifth while the voice gets better: judge it by ``bench voice_quality``.

    Raises:
        AssetError: the voice or the checkpoint is damaged, or of other sizes than ``config``.
    """
    torch.manual_seed(schedule.seed)
    network, text2mel, critic = SSRN(config), Text2Mel(config), Critic()
    load_weights(network, voice / "ssrn.safetensors")
    load_weights(text2mel, voice / "text2mel.safetensors")
    trainer = Trainer("ssrn_sharp", nn.ModuleDict({"ssrn": network, "critic": critic}), folder, schedule, report)
    judging = torch.optim.AdamW(critic.parameters(), betas=(0.5, 0.9), weight_decay=0.0)
    rng = np.random.default_rng(schedule.seed + 2 + trainer.step)
    predicted = predicted_mels(text2mel, clips, config)

    def loss(step: int) -> tuple[Tensor, dict[str, float]]:
        mel, crops = ssrn_crops(clips, predicted, schedule, config, rng)
        made = torch.sigmoid(network(mel, crops.comb).float())
        of_recording, recorded = critic(crops.linear)
        judged = critic_loss(of_recording, critic(made.detach())[0])
        for group in judging.param_groups:
            group["lr"] = CRITIC_RATE * schedule.rate(step)
        judging.zero_grad(set_to_none=True)
        judged.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(critic.parameters(), 1.0)
        judging.step()
        l1 = (made - crops.linear).abs().mean()
        parts = {"critic": judged.item(), "l1": l1.item(), "adversarial": 0.0, "matching": 0.0}
        if step < CRITIC_ALONE:
            return L1_WEIGHT * l1, parts
        # The SSRN learns through the critic, which itself stays as it is meanwhile.
        critic.requires_grad_(requires_grad=False)
        scores, features = critic(made)
        adversarial = (scores.float() - 1).square().mean()
        matching = matching_loss(features, [feature.detach() for feature in recorded])
        critic.requires_grad_(requires_grad=True)
        parts |= {"adversarial": adversarial.item(), "matching": matching.item()}
        return L1_WEIGHT * l1 + adversarial + MATCHING_WEIGHT * matching, parts

    trainer.run(loss, ssrn_validation(network, held_out, config, folder))
    return network
