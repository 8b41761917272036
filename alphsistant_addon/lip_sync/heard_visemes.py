"""What is heard → viseme weights every 10 ms: a mouth that moves while somebody speaks into the microphone.

Each phone gives its shape by how likely it is, so the opening follows the sound. Lips are shut, or on the teeth, fully
or not at all: where they are likely enough to be, nothing else has a say.
"""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from .channels import VISEMES
from .visemes import ARTICULATIONS, VISEME_INDEX, Manner

if TYPE_CHECKING:
    from ..listening.acoustic_model import Heard

Array = npt.NDArray[np.float32]

STEP: Final = 0.010
"""Seconds between two frames of weights."""

SMOOTHING: Final[tuple[float, ...]] = (0.25, 0.5, 0.25)
"""Weights of the frames around each: changes of single frames are not seen."""
DELAY: Final = len(SMOOTHING) // 2
"""Frames that a stream of weights is behind what it is given."""

SHUT: Final = 0.45
"""Likelihood from which lips are shut, or on the teeth."""
STILL_SHUT: Final = 0.25
"""Likelihood down to which they stay so."""
SHORTEST_SEAL: Final = 3
"""Frames that a seal lasts at least, so that every film frame of 1/30 s or longer shows some of it."""

BREATHED: Final = ("E", 0.45)
"""Shape of ``h``, which has none of its own: between those of the vowels it comes before."""

PP, FF = VISEME_INDEX["PP"], VISEME_INDEX["FF"]


def shapes_of_classes(classes: tuple[str, ...]) -> Array:
    """Return the viseme weights of each phone the acoustic model knows, shape ``[classes, 15]``."""
    shapes = np.zeros((len(classes), len(VISEMES)), np.float32)
    for index, symbol in enumerate(classes):
        articulation = ARTICULATIONS[symbol]
        if articulation.shapes:
            shape = articulation.shapes[0]
            shapes[index, VISEME_INDEX[shape.viseme]] = shape.weight
        elif articulation.manner is Manner.TRANSPARENT:
            shapes[index, VISEME_INDEX[BREATHED[0]]] = BREATHED[1]
    return shapes


class HeardVisemes:
    """Turns what is heard into weights, piece by piece."""

    def __init__(self, classes: tuple[str, ...]) -> None:
        """Start before the first frame."""
        self._shapes = shapes_of_classes(classes)
        self._closing = (self._shapes[:, [PP, FF]] > 0.0).astype(np.float32)
        self._seals = np.array([self._shapes[:, v].max() for v in (PP, FF)])
        self._recent: Array = np.zeros((0, len(VISEMES)), np.float32)
        self._held = np.zeros(2, np.int64)
        """Frames since the lips were shut (or on the teeth); 0: they are not."""
        self._last = np.zeros((0, 2), np.float32)

    def push(self, heard: Heard) -> Array:
        """Return the weights of the frames that are settled, shape ``[k, 15]``: :data:`DELAY` behind ``heard``."""
        weights = heard.phones @ self._shapes
        likely = np.maximum(heard.phones @ self._closing, np.stack([heard.lips_shut, heard.lip_on_teeth], axis=1))
        weights = np.concatenate([self._recent, weights])
        likely = np.concatenate([self._last, likely])
        return self._settle(weights, likely, last=False)

    def guess(self, heard: Heard) -> Array:
        """Return the weights of frames that are not certain yet, as :meth:`push` does; nothing is kept of them."""
        trial = copy(self)
        trial._held = self._held.copy()  # noqa: SLF001  (a copy of its own kind)
        return trial.push(heard)

    def finish(self) -> Array:
        """Return the frames that are left, as if the last one went on."""
        if not len(self._recent):
            return self._recent
        weights = np.concatenate([self._recent, *[self._recent[-1:]] * DELAY])
        likely = np.concatenate([self._last, *[self._last[-1:]] * DELAY])
        return self._settle(weights, likely, last=True)

    def _settle(self, weights: Array, likely: Array, *, last: bool) -> Array:
        if len(weights) and not len(self._recent) and not last:
            # Before the first frame it is as in it.
            weights = np.concatenate([*[weights[:1]] * DELAY, weights])
            likely = np.concatenate([*[likely[:1]] * DELAY, likely])
        count = len(weights) - 2 * DELAY
        if count <= 0:
            self._recent, self._last = weights, likely
            return np.zeros((0, len(VISEMES)), np.float32)
        self._recent, self._last = weights[count:], likely[count:]
        smooth = np.zeros((count, len(VISEMES)), np.float32)
        closing = np.zeros((count, 2), np.float32)
        for shift, share in enumerate(SMOOTHING):
            smooth += np.float32(share) * weights[shift : shift + count]
            closing += np.float32(share) * likely[shift : shift + count]
        self._seal(smooth, closing)
        return smooth

    def _seal(self, weights: Array, closing: Array) -> None:
        """Shut the lips, or bring one to the teeth, where that is likely; in place."""
        for frame, likely in enumerate(closing):
            for side, viseme in enumerate((PP, FF)):
                held = int(self._held[side])
                other = likely[1 - side] > likely[side] or self._held[1 - side] > 0
                stays = held and (held < SHORTEST_SEAL or likely[side] > STILL_SHUT)
                if stays or (likely[side] > SHUT and not other):
                    self._held[side] = held + 1
                    weights[frame] = 0.0
                    weights[frame, viseme] = self._seals[side]
                else:
                    self._held[side] = 0


def heard_visemes(heard: Heard, classes: tuple[str, ...]) -> Array:
    """Return the weights of a whole recording, shape ``[frames, 15]``, frame ``k`` at ``(k + .5) * STEP`` seconds."""
    mouth = HeardVisemes(classes)
    return np.concatenate([mouth.push(heard), mouth.finish()])
