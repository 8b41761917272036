"""What a face does beside the mouth: blinks, glances, brows and head on accents, and a mood.

Everything is on ARKit channels, or on the head channels named here, never on ``viseme_*``, so each can be deleted apart
and none works against the mouth. All of it follows from the seed. Sources: Argyle and Cook, "Gaze and Mutual Gaze"
(1976); Cassell et al. 1994, "Animated Conversation" (brows and nods on accents); the TalkingHead project (blink times).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
import numpy.typing as npt

from ..core.errors import AlphsistantError
from ..core.face_animation import Curve
from ..core.phone_inventory import SILENCE
from ..core.speech import Phone, Speech
from .accents import find_accents
from .moods import MOOD_ONSET, MOODS, MOUTH_MOOD_WHILE_SPEAKING

FloatArray = npt.NDArray[np.float64]

HEAD_CHANNELS: Final[tuple[str, ...]] = (
    *("headPitchUp", "headPitchDown", "headYawLeft", "headYawRight", "headRollLeft", "headRollRight"),
)
"""Pairs of opposite directions (the subject's left and right), so that weights stay within 0…1 as everywhere."""


BLINK_CLOSE, BLINK_HOLD, BLINK_OPEN = 0.07, 0.03, 0.15
BLINK_MEAN, BLINK_SHORTEST, BLINK_LONGEST = 2.5, 0.3, 8.0
"""Seconds; 24 blinks a minute (28 filmed people speaking freely: 26, middle half 14 to 44; a blink lasts .27 s)."""

BLINK_GAP: Final = 0.1
"""Seconds at least between the end of a blink and the next."""

BLINK_PULL: Final = 0.5
"""A blink due this close to a pause waits for it or comes early (blinks mark phrase ends)."""

GAZE_AT_LISTENER: Final = 0.5
SACCADE: Final = 0.05
BLINKS_WITH_GLANCE: Final = 0.28

BROW_ACCENT: Final = 0.4
"""Brows rise with accents at least this strong: .8 of a standard deviation above the clip's mean."""

BROW_HEIGHT: Final = 0.85
"""Weight of a raise at full strength. Filmed people raise their brows less often than once an accent, and further."""

NOD: Final = (0.35, 0.60)
"""Least and largest weight of a nod at full strength."""

PHRASE_NOD: Final = 0.30
SWAY: Final = (
    ("headYawLeft", "headYawRight", 0.65),
    ("headRollLeft", "headRollRight", 0.50),
    ("headPitchUp", None, 0.50),
)
"""Directions and largest weight of the slow turns, tilts and lifts (nods are downwards): together with the nods they
spread as the heads of free speakers do."""


@dataclass(frozen=True, slots=True)
class Life:
    """How much of each, 0 (none) to 1 (plain) to 2 (twice as much)."""

    mood: str = "neutral"
    """One of :data:`MOODS`."""
    mood_before: str = "neutral"
    """The mood to start from; the mood is reached within .4 s and kept to the end, or to the first change."""
    mood_amount: float = 1.0
    blinks: float = 1.0
    """How often."""
    gaze: float = 1.0
    brows: float = 1.0
    head: float = 1.0
    breath: float = 1.0
    """How far the lips part for a breath before a long phrase; on the visemes' channels (:mod:`.animation`)."""
    mood_changes: tuple[tuple[float, str], ...] = ()
    """Seconds, in order, and the moods that begin there, each reached within .4 s."""

    def __post_init__(self) -> None:
        """Refuse unknown moods and amounts beyond their ends."""
        for mood in self.moods:
            if mood not in MOODS:
                raise AlphsistantError(f"There is no mood “{mood}”; choose one of {', '.join(MOODS)}.")
        for name in ("mood_amount", "blinks", "gaze", "brows", "head", "breath"):
            value = getattr(self, name)
            if not 0.0 <= value <= 2.0:
                raise AlphsistantError(f"The amount of {name.replace('_', ' ')} must be from 0 to 2, not {value:g}.")

    @property
    def moods(self) -> tuple[str, ...]:
        """Every mood that shows, in order."""
        return (self.mood_before, self.mood, *(mood for _, mood in self.mood_changes))


LIVES: Final[dict[str, Life]] = {
    "speaker": Life(),
    "reader": Life(blinks=0.55, gaze=0.3, brows=0.4, head=0.25),
    "listener": Life(gaze=0.5, brows=0.4, head=0.5, breath=0.0),
    "idle": Life(blinks=0.8, brows=0.0, head=0.4, breath=0.0),
}
"""Someone who speaks freely, who reads in a studio, who listens, and who waits. People filmed reading in a studio blink
14 times a minute and hardly move the head (.3 to .8°); who listens looks at the other for longer (Argyle and Cook)."""


def find_life(life: Life | str) -> Life:
    """Return the life itself, or the preset of that name.

    Raises:
        AlphsistantError: no preset has that name.
    """
    if isinstance(life, Life):
        return life
    if life not in LIVES:
        raise AlphsistantError(f"There is no way of living “{life}”; choose one of {', '.join(LIVES)}.")
    return LIVES[life]


@dataclass(frozen=True, slots=True)
class Bump:
    """A rise to ``height`` and back: seconds of start, apex, end of the hold, and end."""

    start: float
    apex: float
    release: float
    end: float
    height: float


def make_life(speech: Speech, life: Life, seed: int = 0) -> dict[str, Curve]:
    """Curves of everything but the visemes, by channel; same speech, same life, same seed: same keys.

    Args:
        speech: its phones, pitch and loudness place the accents.
        life: amounts and mood.
        seed: any whole number ≥ 0.
    """
    accents = find_accents(speech) if life.brows > 0.0 or life.head > 0.0 else []
    bumps: dict[str, list[Bump]] = {}
    gaze = _glances(speech, life, np.random.default_rng([seed, 1]))
    for channel, events in (*gaze.items(), *_brows(speech, life, accents).items()):
        bumps.setdefault(channel, []).extend(events)
    for channel, events in _head(speech, life, accents, np.random.default_rng([seed, 2])).items():
        bumps.setdefault(channel, []).extend(events)
    blinks = _blinks(speech, life, gaze, np.random.default_rng([seed, 3]))
    for side in ("Left", "Right"):
        bumps[f"eyeBlink{side}"] = blinks
    channels = {*bumps, *(channel for mood in life.moods for channel in MOODS[mood])}
    curves = {channel: _join(channel, bumps.get(channel, []), speech, life) for channel in sorted(channels)}
    return {channel: curve for channel, curve in curves.items() if curve.weights.max(initial=0.0) > 0.0}


def _pauses(speech: Speech) -> list[Phone]:
    return [phone for phone in speech.phones if phone.symbol == SILENCE and phone.duration >= 0.1]


def _blinks(speech: Speech, life: Life, gaze: dict[str, list[Bump]], rng: np.random.Generator) -> list[Bump]:
    if life.blinks == 0.0:
        return []
    length = BLINK_CLOSE + BLINK_HOLD + BLINK_OPEN
    pauses = [pause.start for pause in _pauses(speech)]
    glances = sorted({b.start for events in gaze.values() for b in events if b.height >= BLINKS_WITH_GLANCE})
    blinks: list[Bump] = []
    # The first blink of a clip is as likely anywhere within an interval.
    time = float(rng.uniform(0.3, BLINK_MEAN) / life.blinks)
    while time + length < speech.duration:
        near = [p for p in (*pauses, *glances) if abs(p - time) < BLINK_PULL and p + length < speech.duration]
        at = min(near, key=lambda p: abs(p - time)) if near else time
        if not blinks or at >= blinks[-1].end + BLINK_GAP:
            closed = at + BLINK_CLOSE
            blinks.append(Bump(at, closed, closed + BLINK_HOLD, at + length, 1.0))
        # Log-normal intervals: most are short, some long.
        interval = float(rng.lognormal(np.log(BLINK_MEAN) - 0.18, 0.6))
        time = max(at, time) + float(np.clip(interval, BLINK_SHORTEST, BLINK_LONGEST)) / life.blinks
    return blinks


def _glances(speech: Speech, life: Life, rng: np.random.Generator) -> dict[str, list[Bump]]:
    """Short looks away, so that the eyes are at the listener half of the time, and at its end."""
    bumps: dict[str, list[Bump]] = {}
    if life.gaze == 0.0:
        return bumps
    time = float(rng.uniform(0.2, 1.2))
    while True:
        away = float(rng.uniform(0.5, 1.6))
        if time + away > speech.duration - 0.5:
            return bumps
        across, up = float(rng.uniform(-0.35, 0.35)) * life.gaze, float(rng.uniform(-0.18, 0.14)) * life.gaze
        pair = ("eyeLookOutLeft", "eyeLookInRight") if across > 0.0 else ("eyeLookInLeft", "eyeLookOutRight")
        tilt = ("eyeLookUpLeft", "eyeLookUpRight") if up > 0.0 else ("eyeLookDownLeft", "eyeLookDownRight")
        for channels, height in ((pair, abs(across)), (tilt, abs(up))):
            for channel in channels:
                bump = Bump(time, time + SACCADE, time + away, time + away + SACCADE, min(height, 1.0))
                bumps.setdefault(channel, []).append(bump)
        listen = away * GAZE_AT_LISTENER / (1.0 - GAZE_AT_LISTENER) / max(life.gaze, 0.5)
        time += away + max(listen * float(rng.uniform(0.7, 1.3)), 0.3)


def _brows(speech: Speech, life: Life, accents: Sequence[tuple[float, float]]) -> dict[str, list[Bump]]:
    """Brows rise with an accent, a little before its vowel; at the end of a question they stay up."""
    if life.brows == 0.0:
        return {}
    raises = [
        Bump(max(time - 0.18, 0.0), time, time + 0.08, time + 0.38, BROW_HEIGHT * life.brows * strength)
        for time, strength in accents
        if strength >= BROW_ACCENT
    ]
    spoken = [phone for phone in speech.phones if phone.symbol != SILENCE]
    if speech.text.rstrip().endswith("?") and spoken:
        end = spoken[-1].end
        question = Bump(max(end - 0.5, 0.0), max(end - 0.2, 0.1), end + 0.15, end + 0.5, 0.45 * life.brows)
        raises = [*(bump for bump in raises if bump.end < question.start), question]
    inner = [Bump(b.start, b.apex, b.release, b.end, 0.6 * b.height) for b in raises]
    return {"browInnerUp": inner, "browOuterUpLeft": raises, "browOuterUpRight": raises}


def _head(
    speech: Speech, life: Life, accents: Sequence[tuple[float, float]], rng: np.random.Generator
) -> dict[str, list[Bump]]:
    """Nods on accents and at phrase ends, over a slow sway."""
    if life.head == 0.0:
        return {}
    bumps: dict[str, list[Bump]] = {name: [] for name in HEAD_CHANNELS}
    for time, strength in accents:
        height = float(rng.uniform(*NOD)) * strength * life.head
        bumps["headPitchDown"].append(Bump(max(time - 0.22, 0.0), time, time + 0.06, time + 0.45, height))
    for pause in _pauses(speech):
        if pause.start > 0.4 and all(abs(pause.start - time) > 0.5 for time, _ in accents):
            at = pause.start
            bumps["headPitchDown"].append(Bump(at - 0.2, at + 0.02, at + 0.12, at + 0.6, PHRASE_NOD * life.head))
    for one, other, most in SWAY:
        time = 0.0
        while time + 1.0 < speech.duration:
            length = float(rng.uniform(1.0, 2.6))
            height = float(rng.uniform(-most if other else 0.0, most)) * life.head
            end = min(time + length, speech.duration)
            middle = 0.5 * (time + end)
            bump = Bump(time, middle - 0.1, middle + 0.1, end, abs(height))
            bumps[one if other is None or height > 0.0 else other].append(bump)
            time = end
    return bumps


def _join(channel: str, bumps: Sequence[Bump], speech: Speech, life: Life) -> Curve:
    """One channel's keys: its share of the moods, with the bumps on top."""
    levels = _mood_levels(channel, speech, life)
    times, heights = list(levels), list(levels.values())
    # While the mood changes, nothing else is laid over it: pairs of keys between which it does.
    changing = [(t, u) for t, u in pairwise(times) if levels[t] != levels[u]]
    keys = {time: height for time, height in levels.items() if height > 0.0 or changing}
    free_from = changing[0][1] if changing and changing[0][0] == 0.0 else 0.0
    for bump in sorted(bumps, key=lambda b: b.start):
        end = min(bump.end, max(speech.duration, bump.release + 0.01))
        if bump.apex <= free_from or bump.height <= 0.0:
            continue
        if any(first > 0.0 and bump.start < last and end > first for first, last in changing):
            continue
        base = float(np.interp(bump.apex, times, heights))
        if bump.start >= free_from:
            keys[bump.start] = base
        keys[bump.apex] = base + bump.height
        keys[bump.release] = base + bump.height
        keys[end] = base
        free_from = end
    ordered = np.array(sorted(keys))
    return Curve(ordered, np.clip(np.array([keys[t] for t in ordered]), 0.0, 1.0))


def _mood_levels(channel: str, speech: Speech, life: Life) -> dict[float, float]:
    """Seconds → this channel's weight by the moods alone, straight in between."""
    scale = life.mood_amount * (MOUTH_MOOD_WHILE_SPEAKING if channel.startswith("mouth") else 1.0)
    level = MOODS[life.mood_before].get(channel, 0.0) * scale
    levels = {0.0: level}
    for start, mood in ((0.0, life.mood), *life.mood_changes):
        wanted = MOODS[mood].get(channel, 0.0) * scale
        begin = max(start, *levels)  # not before the change before it is done
        if wanted != level and begin < speech.duration:
            levels[begin] = level
            levels[min(begin + MOOD_ONSET, speech.duration)] = wanted
            level = wanted
    return levels
