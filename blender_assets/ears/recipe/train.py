"""Train the ears: ``python train.py CORPUS SHARDS RUN [--steps 14000]``; a run that was stopped goes on.

Some shards of the folder are in memory, others take their place every so often; those that appear while it trains
are taken up too. Held-out voices of the corpus judge. ``--export FILE`` writes the averaged weights for the add-on and
stops.
"""

from __future__ import annotations

import argparse
import copy
import math
import sys
import time
from collections import defaultdict
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import torch
from torch.nn import functional

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))
from network import Network
from shards import LIPS, TEETH, labels, read_corpus, read_samples
from voices import is_held_out

from alphsistant_addon.listening.acoustic_model import CLASSES
from alphsistant_addon.listening.features import BANDS, QUIET, features

WINDOW: Final = 320
"""Frames of one training example."""
BATCH: Final = 12
UNSURE: Final = (24, 8)
"""Frames at the start and end of an example that are not judged: their surroundings are cut off."""
RATE: Final = 2e-3
WARM_UP: Final = 200
SMOOTHING: Final = 0.05
LIP_WEIGHT: Final = 1.5
"""Weight of p b m f v among the classes."""
AVERAGE: Final = 0.999
"""The weights are averaged over the last thousand steps or so (Polyak and Juditsky 1992)."""
KEPT: Final = 10
"""Shards in memory."""
CHECK: Final = 250

Random = np.random.Generator


def learning_rate(step: int, steps: int, decay_from: float) -> float:
    """Rise, stay, and fall along a cosine."""
    share = max(0.0, (step / steps - decay_from) / (1.0 - decay_from))
    return RATE * min(1.0, (step + 1) / WARM_UP) * (0.01 + 0.99 * (0.5 + 0.5 * math.cos(math.pi * min(share, 1.0))))


class Shards:
    """Some of the shards of a folder."""

    def __init__(self, folder: Path, rng: Random) -> None:
        """Read some that are there."""
        self.folder, self.rng = folder, rng
        self.loaded: dict[Path, tuple[npt.NDArray[Any], npt.NDArray[Any]]] = {}
        self.look()

    def look(self) -> None:
        """Take up other shards in place of these."""
        paths = sorted(self.folder.glob("shard*.npz"))
        chosen = [paths[i] for i in self.rng.permutation(len(paths))[:KEPT]]
        for path in chosen:
            if path not in self.loaded:
                with np.load(path) as data:
                    self.loaded[path] = (data["frames"], data["labels"])
        self.loaded = {path: self.loaded[path] for path in chosen}

    def batch(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Windows of features, disturbed a little more, and their labels."""
        rng = self.rng
        streams = list(self.loaded.values())
        sizes = np.array([len(f) for f, _ in streams], float)
        seen = np.empty((BATCH, WINDOW, BANDS), np.float32)
        marks = np.empty((BATCH, WINDOW, 2), np.int64)
        for row in range(BATCH):
            frames, known = streams[int(rng.choice(len(streams), p=sizes / sizes.sum()))]
            first = int(rng.integers(len(frames) - WINDOW))
            seen[row] = vary(frames[first : first + WINDOW].astype(np.float32), rng)
            marks[row] = known[first : first + WINDOW]
        return torch.from_numpy(seen), torch.from_numpy(marks)


def vary(frames: npt.NDArray[np.float32], rng: Random) -> npt.NDArray[np.float32]:
    """Stretch the bands as another throat would, hide some (Park et al. 2019), change the level."""
    if rng.random() < 0.5:
        places = np.clip(np.arange(BANDS) * rng.uniform(0.87, 1.15), 0, BANDS - 1.001)
        below = places.astype(int)
        share = (places - below).astype(np.float32)
        frames = frames[:, below] * (1 - share) + frames[:, below + 1] * share
    if rng.random() < 0.35:
        band = int(rng.integers(0, BANDS - 6))
        frames[:, band : band + int(rng.integers(1, 7))] = 0.0 if rng.random() < 0.5 else QUIET
    if rng.random() < 0.4:
        frames = np.maximum(frames + np.float32(rng.normal(0, 0.25)), np.float32(QUIET))
    return frames


def loss_of(logits: torch.Tensor, marks: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    """Cross-entropy of the phones and of the two heads of the lips."""
    judged = slice(UNSURE[0], WINDOW - UNSURE[1])
    logits, marks = logits[:, judged].float(), marks[:, judged]
    phones = functional.cross_entropy(
        logits[..., : len(CLASSES)].reshape(-1, len(CLASSES)),
        marks[..., 0].reshape(-1),
        weight=weights,
        label_smoothing=SMOOTHING,
    )
    bits = torch.stack([(marks[..., 1] & LIPS) > 0, (marks[..., 1] & TEETH) > 0], dim=-1).float()
    lips = functional.binary_cross_entropy_with_logits(logits[..., len(CLASSES) :], bits)
    return phones + lips


class Judge:
    """Held-out clips, clean."""

    def __init__(self, corpus: Path, clips_per_voice: int = 14) -> None:
        """Compute their features once."""
        self.corpus, self.most = corpus, clips_per_voice
        self.known: dict[str, list[tuple[torch.Tensor, npt.NDArray[np.int16]]]] = {}
        self.look()

    def look(self) -> None:
        """Take up clips that have come since."""
        voices = defaultdict(list)
        for clip in read_corpus(self.corpus):
            if is_held_out(clip.voice):
                voices["espeak" if clip.voice.startswith("espeak") else clip.voice].append(clip)
        for voice, clips in voices.items():
            have = self.known.setdefault(voice, [])
            for clip in clips[len(have) : self.most]:
                seen = features(read_samples(clip.path).astype(np.float32))
                seen = seen[: len(seen) // 2 * 2]
                have.append((torch.from_numpy(seen), labels(clip.phones, len(seen))))

    def report(self, network: Network) -> str:
        """Frames right, and lip closures found and right, in per cent, for each voice."""
        rows = []
        network.eval()
        with torch.inference_mode():
            for voice, clips in sorted(self.known.items()):
                right = total = 0
                shut = np.zeros(3)
                for seen, marks in clips:
                    logits = network(seen[None])[0].float().numpy()
                    right += int((logits[:, : len(CLASSES)].argmax(1) == marks[:, 0]).sum())
                    total += len(marks)
                    said, true = logits[:, len(CLASSES)] > 0, (marks[:, 1] & LIPS) > 0
                    shut += [(said & true).sum(), true.sum(), said.sum()]
                found, correct = 100 * shut[0] / shut[1], 100 * shut[0] / max(shut[2], 1)
                rows.append(f"{voice} {100 * right / total:.1f} ({found:.0f}/{correct:.0f})")
        network.train()
        return ", ".join(rows)


class Run:
    """A network that learns, the average of its weights, and how far it is."""

    def __init__(self, network: Network, average: Network, optimiser: torch.optim.Optimizer) -> None:
        """Start at step 0."""
        self.network, self.average, self.optimiser = network, average, optimiser
        self.step = 0
        self.weights = torch.tensor([LIP_WEIGHT if c in ("p", "b", "m", "f", "v") else 1.0 for c in CLASSES])

    def resume(self, path: Path) -> None:
        """Go on where a checkpoint was written, if there is one."""
        if path.exists():
            kept = torch.load(path, weights_only=True)
            self.network.load_state_dict(kept["network"])
            self.average.load_state_dict(kept["average"])
            self.optimiser.load_state_dict(kept["optimiser"])
            self.step = int(kept["step"])

    def save(self, path: Path) -> None:
        """Write a checkpoint."""
        parts = {"network": self.network, "average": self.average, "optimiser": self.optimiser}
        unfinished = path.with_suffix(".part")
        torch.save({name: part.state_dict() for name, part in parts.items()} | {"step": self.step}, unfinished)
        unfinished.rename(path)

    def learn(self, seen: torch.Tensor, marks: torch.Tensor, rate: float) -> float:
        """Take one step and return the loss."""
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        with torch.autocast("cpu", torch.bfloat16):
            logits = self.network(seen)
        loss = loss_of(logits, marks, self.weights)
        self.optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self.optimiser.step()
        self.step += 1
        keep = min(AVERAGE, self.step / (self.step + 10))
        with torch.no_grad():
            for mean, new in zip(self.average.parameters(), self.network.parameters(), strict=True):
                mean.lerp_(new, 1 - keep)
        return loss.item()


def export(state: dict[str, torch.Tensor], path: Path) -> None:
    """Write the weights as 16-bit floats in an uncompressed npz."""
    np.savez(path, **{name: tensor.numpy().astype(np.float16) for name, tensor in state.items()})  # type: ignore[arg-type]


def main() -> None:
    """Train, or export."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("corpus", type=Path)
    parser.add_argument("shards", type=Path)
    parser.add_argument("run", type=Path)
    parser.add_argument("--width", type=int, default=288)
    parser.add_argument("--steps", type=int, default=14_000)
    parser.add_argument("--decay-from", type=float, default=0.5)
    parser.add_argument("--export", type=Path)
    options = parser.parse_args()
    torch.set_num_threads(1)
    options.run.mkdir(parents=True, exist_ok=True)
    network = Network(options.width)
    optimiser = torch.optim.AdamW(network.parameters(), RATE, betas=(0.9, 0.98), weight_decay=0.01)
    run = Run(network, copy.deepcopy(network), optimiser)
    run.resume(options.run / "checkpoint.pt")
    if options.export:
        export(run.average.state_dict(), options.export)
        return
    print(f"{sum(p.numel() for p in network.parameters())} parameters, from step {run.step}", flush=True)
    shards, judge = Shards(options.shards, np.random.default_rng(run.step)), Judge(options.corpus)
    running, began = 0.0, time.time()
    while run.step < options.steps:
        loss = run.learn(*shards.batch(), learning_rate(run.step, options.steps, options.decay_from))
        running = loss if running == 0.0 else 0.98 * running + 0.02 * loss
        if run.step % 50 == 0:
            print(f"{run.step} loss {running:.3f} {(time.time() - began) / 50:.2f} s/step", flush=True)
            began = time.time()
        if run.step % CHECK == 0 or run.step == options.steps:
            run.save(options.run / "checkpoint.pt")
            shards.look()
            judge.look()
            print(f"{run.step} held out: {judge.report(run.average)}", flush=True)
            began = time.time()


if __name__ == "__main__":
    main()
