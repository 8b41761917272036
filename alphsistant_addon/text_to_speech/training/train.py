"""Train Text2Mel and SSRN: checkpoints, resume, validation, pictures.

Losses are the paper's (sections 3.2, 3.3 and 4.1): L1 and binary divergence on levels in 0…1, and guided attention.
Where a dataset has phone times, the attention is also shown them (cross-entropy against the share of each step that
belongs to each symbol).
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from ...core.errors import AssetError
from ..dc_tts.networks import SSRN, Text2Mel
from ..dc_tts.voice_config import VoiceConfig
from ..weights import load_weights
from .dataset import Batch, Clip, Crops, make_batch, spectrogram_crops


@dataclass(frozen=True, slots=True)
class Schedule:
    """How long and how fast to train."""

    steps: int = 12_000
    batch_size: int = 16
    learning_rate: float = 1.5e-3
    warm_up: int = 200
    decay_from: float = 0.7
    """Share of the steps after which the rate falls to zero along a straight line."""
    save_every: float = 180.0
    """Seconds between checkpoints."""
    validate_every: int = 500
    own_input_from: float = 0.5
    """Share of the steps after which Text2Mel also hears its own previous steps instead of the recording's."""
    own_input: float = 0.5
    """Share of the steps of an utterance that are its own then."""
    crop: int = 64
    """Frames per clip for the SSRN."""
    seed: int = 0
    bfloat16: bool = False
    """Whether products are taken in half the bits: twice the speed where the processor has instructions for it."""

    def rate(self, step: int) -> float:
        """Learning rate at a step."""
        warm = min(1.0, (step + 1) / self.warm_up)
        left = (self.steps - step) / max(1.0, self.steps * (1 - self.decay_from))
        return self.learning_rate * min(warm, max(0.01, left), 1.0)


def log_line(line: str) -> None:
    """Print a line at once, also into a file."""
    print(line, flush=True)


def spectrogram_loss(logits: Tensor, target: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
    """L1 and binary divergence (paper, section 3.2) of logits against levels ``(B, T, F)``.

    Both are averages where the mask ``(B, T)`` is 1.
    """
    weight = mask.unsqueeze(-1) / (mask.sum() * target.shape[-1])
    l1 = ((torch.sigmoid(logits) - target).abs() * weight).sum()
    divergence = (functional.binary_cross_entropy_with_logits(logits, target, reduction="none") * weight).sum()
    return l1, divergence


def attention_loss(log_attention: Tensor, batch: Batch) -> Tensor:
    """Guided attention (paper, section 4.1, g = 0.2) for clips without phone times.

    For clips with times it is the cross-entropy with the true share of each step.
    """
    texts = (batch.symbols != 0).sum(1)
    steps = batch.mask.sum(1)
    timed = (batch.attention.sum((1, 2)) > 0).float()
    supervised = -(batch.attention * log_attention.clamp(min=-30)).sum(-1)
    n = torch.arange(batch.symbols.shape[1]).view(1, 1, -1) / texts.view(-1, 1, 1)
    t = torch.arange(batch.mel.shape[1]).view(1, -1, 1) / steps.view(-1, 1, 1)
    penalty = 1 - torch.exp(-((n - t) ** 2) / (2 * 0.2**2))
    guided = (log_attention.exp() * penalty).sum(-1)
    per_step = supervised * (0.1 * timed).unsqueeze(1) + guided * (1 - timed).unsqueeze(1)
    return (per_step * batch.mask).sum() / batch.mask.sum()


def shifted(mel: Tensor) -> Tensor:
    """Let step t hold step t−1; step 0 is silence."""
    return functional.pad(mel[:, :-1], (0, 0, 1, 0))


def text2mel_loss(
    network: Text2Mel,
    batch: Batch,
    config: VoiceConfig,
    *,
    own_input: float = 0.0,
    drop: float = 0.0,
    forced: bool = False,
) -> tuple[Tensor, dict[str, float]]:
    """Return the loss of one batch and its parts.

    ``own_input`` is the share of previous steps taken from the network's own first pass (scheduled sampling, Bengio et
    al. 2015, in two parallel passes), ``drop`` the share blanked out: both make the decoder listen to the text.
    ``forced`` uses the true attention, while the network's own is still a blur.
    """
    inputs = shifted(batch.mel)
    attention = batch.attention if forced and bool((batch.attention.sum((1, 2)) > 0).all()) else None
    if own_input:
        with torch.no_grad():
            first, _ = network(batch.symbols, inputs, attention)
        own = torch.rand(inputs.shape[:2]).unsqueeze(-1) < own_input
        inputs = torch.where(own, shifted(torch.sigmoid(first)), inputs)
    if drop:
        inputs = inputs * (torch.rand(inputs.shape[:2]) >= drop).unsqueeze(-1)
        inputs = inputs + 0.02 * torch.randn_like(inputs)
    logits, log_attention = network(batch.symbols, inputs, attention)
    (mel_logits, pitch_logits), (mel, pitch) = _mel_and_pitch(logits, config), _mel_and_pitch(batch.mel, config)
    l1, divergence = spectrogram_loss(mel_logits, mel, batch.mask)
    attending = attention_loss(log_attention, batch)
    parts = {"l1": l1.item(), "divergence": divergence.item(), "attention": attending.item()}
    total = l1 + divergence + attending
    if config.pitch:
        pitch_l1, pitch_divergence = spectrogram_loss(pitch_logits, pitch, batch.mask)
        parts["pitch"] = pitch_l1.item()
        total = total + pitch_l1 + 0.3 * pitch_divergence
    return total, parts


def _mel_and_pitch(steps: Tensor, config: VoiceConfig) -> tuple[Tensor, Tensor]:
    """Steps ``(B, T, coarse_channels)`` → their mel levels and their pitch channels, each ``(B, T, …)``."""
    frames = steps.reshape(*steps.shape[:2], -1, config.frame_channels)
    return frames[..., : config.n_mels].flatten(-2), frames[..., config.n_mels :].flatten(-2)


def batches(clips: list[Clip], size: int, rng: np.random.Generator) -> Iterator[list[Clip]]:
    """Yield batches for ever; clips of like length go together, in an order that changes every pass."""
    lengths = np.array([len(c.mel) for c in clips])
    while True:
        order = np.argsort(lengths * rng.uniform(0.9, 1.1, len(clips)), kind="stable")
        groups = [order[i : i + size] for i in range(0, len(order), size)]
        for k in rng.permutation(len(groups)):
            yield [clips[i] for i in groups[k]]


def save_atomically(value: object, path: Path) -> None:
    """Write a checkpoint so that a kill at any moment leaves the old one or the new one, whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".part")
    torch.save(value, temporary)
    os.replace(temporary, path)  # noqa: PTH105  (atomic on every platform)


def load_checkpoint(path: Path) -> dict[str, Any]:
    """Read a checkpoint; nothing in it is executed.

    Raises:
        AssetError: it is damaged.
    """
    try:
        checkpoint: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:
        raise AssetError(
            f"The checkpoint “{path}” cannot be read ({type(error).__name__}): delete it to start anew."
        ) from error
    return checkpoint


def picture(image: Tensor, path: Path) -> None:
    """Write a ``(rows, columns)`` tensor as a grey PNG, first row at the bottom, bright is high."""
    from PIL import Image  # noqa: PLC0415  (training only)

    scaled = (image - image.min()) / (image.max() - image.min()).clamp(min=1e-9) * 255
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(scaled.flip(0).byte().numpy()).resize((image.shape[1] * 4, image.shape[0] * 4)).save(path)


class Trainer:
    """One network's training: its optimiser, its checkpoint, its log."""

    def __init__(
        self, name: str, network: nn.Module, folder: Path, schedule: Schedule, report: Callable[[str], None] = log_line
    ) -> None:
        self.name, self.network, self.folder, self.schedule, self.report = name, network, folder, schedule, report
        self.step = 0
        self.optimiser = torch.optim.AdamW(
            network.parameters(), lr=schedule.learning_rate, betas=(0.5, 0.9), weight_decay=1e-3
        )
        self.path = folder / f"{name}.ckpt"
        if self.path.is_file():
            checkpoint = load_checkpoint(self.path)
            try:
                network.load_state_dict(checkpoint["network"])
                self.optimiser.load_state_dict(checkpoint["optimiser"])
                self.step = int(checkpoint["step"])
            except (KeyError, RuntimeError, ValueError) as error:
                raise AssetError(f"The checkpoint “{self.path}” is of another network: use an empty folder.") from error
            report(f"{name}: goes on from step {self.step}")

    def save(self) -> None:
        """Write the checkpoint."""
        save_atomically(
            {"network": self.network.state_dict(), "optimiser": self.optimiser.state_dict(), "step": self.step},
            self.path,
        )

    def run(self, loss: Callable[[int], tuple[Tensor, dict[str, float]]], validate: Callable[[int], str]) -> None:
        """Train to the schedule's end; the checkpoint is written also when the user stops it (Ctrl+C)."""
        saved = started = time.monotonic()
        seen: list[dict[str, float]] = []
        first = self.step
        with contextlib.ExitStack() as stack:
            stack.callback(self.save)
            while self.step < self.schedule.steps:
                for group in self.optimiser.param_groups:
                    group["lr"] = self.schedule.rate(self.step)
                self.network.train()
                with torch.autocast("cpu", torch.bfloat16, enabled=self.schedule.bfloat16):
                    value, parts = loss(self.step)
                self.optimiser.zero_grad(set_to_none=True)
                value.backward()  # type: ignore[no-untyped-call]
                nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
                self.optimiser.step()
                self.step += 1
                seen.append(parts)
                if self.step % 50 == 0:
                    means = "  ".join(f"{k} {np.mean([s[k] for s in seen]):.4f}" for k in seen[0])
                    seconds = (time.monotonic() - started) / (self.step - first)
                    left = seconds * (self.schedule.steps - self.step) / 60
                    progress = f"{self.name} {self.step}/{self.schedule.steps}"
                    self.report(f"{progress}  {means}  {seconds:.2f} s/step, {left:.0f} min left")
                    seen.clear()
                if self.step % self.schedule.validate_every == 0:
                    self.network.eval()
                    with torch.no_grad():
                        self.report(f"{self.name} {self.step} validation: {validate(self.step)}")
                if time.monotonic() - saved > self.schedule.save_every:
                    self.save()
                    saved = time.monotonic()


def train_text2mel(
    clips: list[Clip],
    held_out: list[Clip],
    config: VoiceConfig,
    folder: Path,
    schedule: Schedule,
    *,
    report: Callable[[str], None] = log_line,
    start: Path | None = None,
) -> Text2Mel:
    """Train Text2Mel, or go on from ``folder / "text2mel.ckpt"``.

    ``start`` is the folder of a voice of the same sizes whose weights it begins with: one that can read already needs
    no showing where to look, and hears its own previous steps from the first. Validation losses are those of clean
    teacher forcing.
    """
    torch.manual_seed(schedule.seed)
    network = Text2Mel(config)
    if start is not None:
        load_weights(network, start / "text2mel.safetensors")
    trainer = Trainer("text2mel", network, folder, schedule, report)
    source = batches(clips, schedule.batch_size, np.random.default_rng(schedule.seed + trainer.step))
    fixed = [make_batch(held_out[i : i + 16], config) for i in range(0, len(held_out), 16)]

    def loss(step: int) -> tuple[Tensor, dict[str, float]]:
        is_reading = start is not None
        own = schedule.own_input if is_reading or step >= schedule.own_input_from * schedule.steps else 0.0
        batch = make_batch(next(source), config)
        return text2mel_loss(network, batch, config, own_input=own, drop=0.2, forced=step < 1_000 and not is_reading)

    def validate(step: int) -> str:
        results = [text2mel_loss(network, b, config)[1] for b in fixed]
        logits, log_attention = network(fixed[0].symbols[:1], shifted(fixed[0].mel[:1]))
        picture(log_attention[0].exp().T, folder / "pictures" / f"attention_{step:06d}.png")
        frames = torch.sigmoid(logits[0]).reshape(-1, config.frame_channels)
        picture(frames.T, folder / "pictures" / f"mel_{step:06d}.png")
        return "  ".join(f"{k} {np.mean([r[k] for r in results]):.4f}" for k in results[0])

    trainer.run(loss, validate)
    return network


def predicted_mels(network: Text2Mel, clips: list[Clip], config: VoiceConfig) -> list[Tensor]:
    """Return each clip's mel frames ``[frames, F]`` as a trained Text2Mel predicts them along the recording."""
    network.eval()
    found = []
    with torch.inference_mode():
        for i in range(0, len(clips), 16):
            batch = make_batch(clips[i : i + 16], config)
            logits, _ = network(batch.symbols, shifted(batch.mel))
            for clip, mel in zip(clips[i : i + 16], torch.sigmoid(logits), strict=True):
                frames = mel.reshape(-1, config.frame_channels)
                found.append(frames[: -(-len(clip.mel) // config.upsampling)].half())
    return found


def train_ssrn(
    clips: list[Clip], held_out: list[Clip], config: VoiceConfig, folder: Path, schedule: Schedule, *,
    report: Callable[[str], None] = log_line, text2mel: Text2Mel | None = None, start: Path | None = None,
) -> SSRN:  # fmt: skip
    """Train the SSRN on crops, or go on from ``folder / "ssrn.ckpt"``.

    With a trained Text2Mel, three of four crops are its predictions, so that the SSRN learns to sharpen what it will be
    given. ``start`` is the folder of a voice of the same sizes whose weights it begins with.
    """
    torch.manual_seed(schedule.seed)
    network = SSRN(config)
    if start is not None:
        load_weights(network, start / "ssrn.safetensors")
    trainer = Trainer("ssrn", network, folder, schedule, report)
    rng = np.random.default_rng(schedule.seed + 1 + trainer.step)
    if text2mel is not None:
        clips = [clips[i] for i in rng.permutation(len(clips))[:3_000]]
    predicted = predicted_mels(text2mel, clips, config) if text2mel is not None else None
    ones = torch.ones(schedule.batch_size, schedule.crop)

    def loss(_step: int) -> tuple[Tensor, dict[str, float]]:
        mel, crops = ssrn_crops(clips, predicted, schedule, config, rng)
        l1, divergence = spectrogram_loss(network(mel, crops.comb), crops.linear, ones)
        return l1 + divergence, {"l1": l1.item(), "divergence": divergence.item()}

    trainer.run(loss, ssrn_validation(network, held_out, config, folder))
    return network


def ssrn_crops(
    clips: list[Clip], predicted: list[Tensor] | None, schedule: Schedule, config: VoiceConfig, rng: np.random.Generator
) -> tuple[Tensor, Crops]:
    """Return a batch of stretches: the mel that the SSRN is given ``(B, frames / upsampling, F)``, and the crops.

    Where Text2Mel's mels of the clips are given, ``predicted``, three of four stretches are of these.
    """
    chosen = rng.integers(0, len(clips), schedule.batch_size)
    crops = spectrogram_crops([clips[i] for i in chosen], schedule.crop, config, rng)
    mel = crops.mel[:, :: config.upsampling].clone()
    if predicted is not None:
        for row in range(schedule.batch_size):
            if row % 4 == 0:
                continue
            first = crops.starts[row] // config.upsampling
            piece = predicted[chosen[row]][first : first + mel.shape[1]]
            mel[row, : len(piece)] = piece.float()
    return mel, crops


def ssrn_validation(network: SSRN, held_out: list[Clip], config: VoiceConfig, folder: Path) -> Callable[[int], str]:
    """Return what measures the SSRN on held-out clips, whole and with their true mels, and draws a spectrogram."""
    fixed = [spectrogram_crops([c], len(c.mel), config, np.random.default_rng(0)) for c in held_out[:16]]

    def validate(step: int) -> str:
        losses = []
        for crops in fixed:
            logits = network(crops.mel[:, :: config.upsampling], crops.comb)[:, : crops.linear.shape[1]]
            losses.append((torch.sigmoid(logits) - crops.linear[:, : logits.shape[1]]).abs().mean().item())
        shown = network(fixed[0].mel[:, :: config.upsampling], fixed[0].comb)[0]
        picture(torch.sigmoid(shown).T, folder / "pictures" / f"linear_{step:06d}.png")
        return f"l1 {np.mean(losses):.4f}"

    return validate
