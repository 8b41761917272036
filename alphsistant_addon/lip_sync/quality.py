"""``check_quality``: what an animator would look at in a take, as figures and as the worst moments. Plain numpy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from ..core.face_animation import FaceAnimation
from ..core.speech import Speech
from .channels import VISEMES
from .curves import sample_curve
from .prosody import HOP, loudness
from .visemes import ARTICULATIONS, VISEME_INDEX, Manner

SEALED: Final = {Manner.SEAL: 0.9, Manner.LABIODENTAL: 0.8}
"""Weights that p b m (``viseme_PP``) and f v (``viseme_FF``) must reach within the phone."""

STEP: Final = 0.002
APEX_MARGIN: Final = 0.10
"""Seconds around a vowel in which its apex is looked for."""

LATE, EARLY = 0.045, -0.125
"""Seconds a picture may be after or before its sound (ITU-R BT.1359-1, detectability)."""

LEAST_VOWEL: Final = 0.1
"""Weight that a vowel's own shapes must reach together to be seen."""

MOST_MOMENTS: Final = 5
SUM_LIMIT: Final = 1.05


@dataclass(frozen=True, slots=True)
class Moment:
    """Something to look at: seconds, how bad (0…1), and a sentence."""

    time: float
    severity: float
    sentence: str


@dataclass(frozen=True)
class Quality:
    """Figures of one take."""

    seals: int
    """p b m f v in the speech."""
    seals_reached: int
    keys_per_second: float
    apex_ms: tuple[float, float]
    """Median and 90th percentile (of the absolute value) of the vowels' apexes after their loudest moment."""
    clipped: tuple[str, ...]
    """Channels with a weight below 0 or over 1."""
    highest_sum: float
    """Largest sum of the visemes at any moment."""
    worst: tuple[Moment, ...]
    """Up to five moments, the worst first."""

    @property
    def sentence(self) -> str:
        """The figures in words."""
        clipped = f"; clipped: {', '.join(self.clipped)}" if self.clipped else ""
        return (
            f"{self.seals_reached} of {self.seals} lip seals reached, vowels at their widest "
            f"{abs(self.apex_ms[0]):.0f} ms {'after' if self.apex_ms[0] >= 0 else 'before'} the sound, "
            f"{self.keys_per_second:.0f} keys a second{clipped}."
        )


def check_quality(face: FaceAnimation, speech: Speech) -> Quality:
    """Measure a take against its speech.

    Args:
        face: the canonical channels (before a rig map), with keys as they will be played.
        speech: what they were made from.
    """
    times = np.arange(0.0, max(speech.duration, STEP), STEP)
    played = {name: sample_curve(curve, times) for name, curve in face.channels.items()}
    still = np.zeros(len(times))
    levels = loudness(speech.samples, speech.sample_rate)
    moments: list[Moment] = []
    seals = reached = 0
    apexes: list[float] = []
    for phone in speech.phones:
        articulation = ARTICULATIONS[phone.symbol]
        within = slice(int(np.ceil(phone.start / STEP)), max(int(phone.end / STEP), int(phone.start / STEP)) + 1)
        if not articulation.shapes or phone.duration <= 0.0:
            continue
        weight = played.get(f"viseme_{articulation.shapes[0].viseme}", still)
        if articulation.manner in SEALED:
            seals += 1
            most, least = float(weight[within].max(initial=0.0)), SEALED[articulation.manner]
            if most >= least - 1e-6:
                reached += 1
            else:
                text = f"“{phone.symbol}” closes only to {most:.2f} of {least:.1f}."
                moments.append(Moment(phone.start, (least - most) / least, text))
        elif articulation.manner is Manner.VOWEL:
            around = slice(max(int((phone.start - APEX_MARGIN) / STEP), 0), int((phone.end + APEX_MARGIN) / STEP) + 1)
            shown = sum((played.get(f"viseme_{s.viseme}", still) for s in articulation.beside), weight)
            if shown[around].max(initial=0.0) < LEAST_VOWEL:
                moments.append(Moment(phone.start, 0.5, f"The vowel “{phone.symbol}” hardly shows."))
                continue
            top = weight[around]
            # A held apex is a stretch: its nearest moment to the sound counts.
            at_top = times[around][top >= top.max() - 0.02]
            first = min(int(phone.start / HOP), len(levels) - 1)
            loudest = (first + int(np.argmax(levels[first : max(int(phone.end / HOP), first) + 1]))) * HOP
            lag = float(at_top[np.argmin(np.abs(at_top - loudest))] - loudest)
            apexes.append(lag)
            if not EARLY <= lag <= LATE:
                side = "after" if lag > 0 else "before"
                text = f"“{phone.symbol}” is at its widest {abs(lag) * 1000:.0f} ms {side} the sound."
                moments.append(Moment(phone.start, min(abs(lag) / 0.25, 1.0), text))
    clipped = tuple(name for name, w in played.items() if w.min() < -1e-6 or w.max() > 1.0 + 1e-6)
    visemes = np.zeros(len(times))
    for viseme in VISEMES[VISEME_INDEX["sil"] + 1 :]:
        visemes += played.get(f"viseme_{viseme}", still)
    if visemes.max() > SUM_LIMIT:
        at = float(times[int(np.argmax(visemes))])
        moments.append(Moment(at, min(float(visemes.max()) - 1.0, 1.0), f"Visemes add up to {visemes.max():.2f}."))
    late = 1000.0 * np.array(apexes or [0.0])
    return Quality(
        seals,
        reached,
        face.key_count / speech.duration if speech.duration > 0.0 else 0.0,
        (float(np.median(late)), float(np.percentile(np.abs(late), 90))),
        clipped,
        float(visemes.max()),
        tuple(sorted(moments, key=lambda moment: -moment.severity)[:MOST_MOMENTS]),
    )
