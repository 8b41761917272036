"""The ears: sound → how likely each phone is every 10 ms, whether the lips are shut, whether one is on the teeth.

A time-delay network (Waibel et al. 1989; Peddinti et al. 2015) on numpy alone: layers that see their input at a few
shifts. It works on pairs of frames, looks 80 ms ahead and .56 s back, and hears what comes in pieces just as it hears a
whole recording. ``blender_assets/ears`` holds its weights, their card and the recipe.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from ..core.errors import AssetError
from ..core.phone_inventory import CONSONANTS, SILENCE, VOWELS
from ..core.progress import CancelEvent, Progress, check_cancel, untold
from .features import BANDS, HOP, RATE, FeatureStream, level_of
from .layer_product import product

Array = npt.NDArray[np.float32]

SPLIT: Final[dict[str, tuple[str, str]]] = {
    "eɪ": ("ɛ", "ɪ"), "aɪ": ("ɑ", "ɪ"), "oʊ": ("ɔ", "ʊ"), "aʊ": ("ɑ", "ʊ"), "ɔɪ": ("ɔ", "ɪ"),
}  # fmt: skip
"""A diphthong is heard as one vowel after the other."""

SAME: Final[dict[str, str]] = {"ᵻ": "ɪ", "ʔ": "t"}
"""Phones that are heard as another one."""

CLASSES: Final[tuple[str, ...]] = (
    SILENCE,
    *(p for p in (*VOWELS, *CONSONANTS) if p not in SPLIT and p not in SAME),
)
"""What the network tells apart."""
CLASS_INDEX: Final[dict[str, int]] = {symbol: index for index, symbol in enumerate(CLASSES)}

SHIFTS: Final[tuple[tuple[int, ...], ...]] = (
    (-2, -1, 0, 1, 2), (-1, 0, 1), (-2, 0, 1), (-3, 0), (-6, -3, 0), (-12, -6, 0),
)  # fmt: skip
"""Pairs of frames that each layer sees, relative to its own."""

FRAME: Final = HOP / RATE
"""Seconds between two frames of what is heard."""
LOOK_AHEAD: Final = 2 * FRAME * sum(max(0, *shifts) for shifts in SHIFTS)
"""Seconds of sound after a pair of frames that the network needs."""

BLOCK: Final = 10 * RATE
"""Samples of a whole recording that are heard at once."""


@dataclass(frozen=True)
class Heard:
    """What was heard in each frame of 10 ms; frame ``k`` is centred on ``(k + .5) * FRAME``."""

    phones: Array
    """Probability of each of :data:`CLASSES`, shape ``[frames, classes]``."""
    lips_shut: Array
    """Probability that the lips are shut (p b m), shape ``[frames]``."""
    lip_on_teeth: Array
    """Probability that the lower lip is on the teeth (f v), shape ``[frames]``."""

    def __len__(self) -> int:
        """Return the number of frames."""
        return len(self.phones)

    def between(self, start: float, end: float) -> Heard:
        """Return what was heard between two moments, in seconds."""
        part = slice(round(start / FRAME), round(end / FRAME))
        return Heard(self.phones[part], self.lips_shut[part], self.lip_on_teeth[part])

    def first(self, count: int) -> Heard:
        """Return the first frames; none, for a count below 0."""
        part = slice(max(count, 0))
        return Heard(self.phones[part], self.lips_shut[part], self.lip_on_teeth[part])


def join(parts: Sequence[Heard]) -> Heard:
    """Put pieces of one recording after each other."""
    return Heard(
        np.concatenate([part.phones for part in parts]),
        np.concatenate([part.lips_shut for part in parts]),
        np.concatenate([part.lip_on_teeth for part in parts]),
    )


@dataclass(frozen=True)
class _Layer:
    weight: Array
    """``[outputs, inputs]``."""
    bias: Array
    scale: Array
    offset: Array
    shifts: tuple[int, ...]

    @property
    def back(self) -> int:
        return -min(self.shifts)

    @property
    def ahead(self) -> int:
        return max(0, *self.shifts)


class AcousticModel:
    """The network's weights."""

    def __init__(self, layers: Sequence[_Layer], weight: Array, bias: Array) -> None:
        """Hold the layers and the last, linear one."""
        self.layers = tuple(layers)
        self.weight, self.bias = weight, bias

    @classmethod
    def load(cls, path: Path) -> AcousticModel:
        """Read the weights.

        Args:
            path: an ``.npz`` file as the recipe writes it.

        Raises:
            AssetError: there is no such file, or it is no acoustic model.
        """
        try:
            with np.load(path, allow_pickle=False) as data:
                parts = {name: np.ascontiguousarray(data[name], np.float32) for name in data.files}
            layers = [
                _Layer(
                    parts[f"layers.{i}.weight"],
                    parts[f"layers.{i}.bias"],
                    parts[f"norms.{i}.weight"],
                    parts[f"norms.{i}.bias"],
                    shifts,
                )
                for i, shifts in enumerate(SHIFTS)
            ]
            model = cls(layers, parts["output.weight"], parts["output.bias"])
        except (OSError, ValueError, KeyError) as error:
            raise AssetError(f"The acoustic model “{path}” cannot be read ({error}).") from error
        if len(model.bias) != 2 * (len(CLASSES) + 2) or layers[0].weight.shape[1] != 2 * BANDS * len(SHIFTS[0]):
            raise AssetError(f"The acoustic model “{path}” is of another kind: install the add-on again.")
        return model

    def hear(
        self,
        samples: Array,
        *,
        start_level: float | None = None,
        cancel: CancelEvent | None = None,
        progress: Progress = untold,
    ) -> Heard:
        """Hear a whole recording.

        Args:
            samples: mono, −1…1, at :data:`.features.RATE`, shape ``[n]``.
            start_level: how loud it is before anything is heard; its own level by default.
            cancel: looked at every ten seconds of sound.
            progress: called as often with the share (0…1) that is heard.

        Returns:
            ``n // 160`` frames.

        Raises:
            Cancelled: ``cancel`` was set.
        """
        stream = HearingStream(self, level_of(samples) if start_level is None else start_level)
        parts = []
        for first in range(0, len(samples), BLOCK):
            check_cancel(cancel)
            parts.append(stream.push(samples[first : first + BLOCK]))
            progress(min(first + BLOCK, len(samples)) / len(samples))
        parts.append(stream.finish())
        return join(parts)


class HearingStream:
    """Hears sound that comes in pieces, :data:`LOOK_AHEAD` and some 20 ms behind it."""

    def __init__(self, model: AcousticModel, start_level: float | None = None) -> None:
        """Start before the first sample, at the level given, or else at that of plain speech."""
        self._model = model
        self._features = FeatureStream() if start_level is None else FeatureStream(start_level)
        self._frames: Array = np.zeros((0, BANDS), np.float32)
        widths = [2 * BANDS] + [len(layer.bias) for layer in model.layers[:-1]]
        # Each layer sees nothing before the start.
        self._seen: list[Array] = [
            np.zeros((layer.back, width), np.float32) for layer, width in zip(model.layers, widths, strict=True)
        ]
        self._last_frame = self._frames
        self._taken = 0
        """Frames of features."""
        self._samples = 0
        self._told = 0

    def push(self, samples: Array) -> Heard:
        """Take the next samples and return the frames that can be told now (none, at times)."""
        self._samples += len(samples)
        return self._hear(self._features.push(samples), last=False)

    def finish(self) -> Heard:
        """Return the frames that are left, as if silence followed; nothing may be pushed after that."""
        frames = self._features.finish(self._samples)
        heard = self._hear(frames, last=True)
        return heard.first(len(heard) - max(self._told - self._samples // HOP, 0))

    def guess(self) -> Heard:
        """Return the frames that were heard and cannot be told yet, as if the last one went on; nothing is kept of it.

        The network expects :data:`LOOK_AHEAD` of sound after each of them, and has some of it: the later, the less.
        """
        count = self._taken - self._told
        if count <= 0:
            return self._hear(self._frames[:0], last=False)
        trial = copy(self)
        trial._seen = list(self._seen)  # noqa: SLF001  (a copy of its own kind)
        missing = round(LOOK_AHEAD / FRAME) + 2
        heard = trial._hear(np.repeat(self._last_frame, missing, axis=0), last=False)  # noqa: SLF001
        return heard.first(count)

    def _hear(self, frames: Array, *, last: bool) -> Heard:
        if len(frames):
            self._last_frame = frames[-1:]
            self._taken += len(frames)
        frames = np.concatenate([self._frames, frames])
        if last and len(frames) % 2:
            frames = np.concatenate([frames, frames[-1:]])
        whole = len(frames) // 2 * 2
        self._frames = frames[whole:]
        hidden = frames[:whole].reshape(-1, 2 * BANDS)
        for index, layer in enumerate(self._model.layers):
            hidden = self._pass(index, layer, hidden, last=last)
        heard = self._tell(hidden)
        self._told += len(heard)
        return heard

    def _pass(self, index: int, layer: _Layer, fresh: Array, *, last: bool) -> Array:
        """Give a layer its next inputs and return the outputs that have become possible."""
        parts = [self._seen[index], fresh]
        if last:
            parts.append(np.zeros((layer.ahead, fresh.shape[1]), np.float32))
        seen = np.concatenate(parts)
        count = len(seen) - layer.back - layer.ahead
        if count <= 0:
            self._seen[index] = seen
            return np.zeros((0, len(layer.bias)), np.float32)
        self._seen[index] = seen[count:]
        inputs = np.concatenate([seen[layer.back + s : layer.back + s + count] for s in layer.shifts], axis=1)
        hidden = np.maximum(product(inputs, layer.weight) + layer.bias, 0.0)
        if index:
            hidden += seen[layer.back : layer.back + count]
        hidden -= hidden.mean(axis=1, keepdims=True)
        hidden /= np.sqrt(np.square(hidden).mean(axis=1, keepdims=True) + 1e-5)
        return np.asarray(hidden * layer.scale + layer.offset, np.float32)

    def _tell(self, hidden: Array) -> Heard:
        logits = (product(hidden, self._model.weight) + self._model.bias).reshape(2 * len(hidden), len(CLASSES) + 2)
        phones = logits[:, : len(CLASSES)]
        phones = np.exp(phones - phones.max(axis=1, keepdims=True))
        phones /= phones.sum(axis=1, keepdims=True)
        lips = 1.0 / (1.0 + np.exp(-logits[:, len(CLASSES) :]))
        return Heard(phones, lips[:, 0], lips[:, 1])
