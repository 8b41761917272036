"""A live face: what is heard is shown, the mouth shuts in time, and it lives on without a jump."""

from __future__ import annotations

import numpy as np
import pytest

from alphsistant_addon.core.face_animation import Curve, FaceAnimation
from alphsistant_addon.lip_sync.life import Life
from alphsistant_addon.lip_sync.live_motion import (
    LIFE_OF_STATE,
    LIVE_CHANNELS,
    REST_FADE,
    STRETCH,
    THINKING_LOOK,
    CurveTable,
    LiveMotion,
    weights_of,
)

TICK = 1.0 / 60.0
PLACE = {name: index for index, name in enumerate(LIVE_CHANNELS)}
MOUTH = [index for name, index in PLACE.items() if name.startswith(("viseme_", "jaw"))]


def table(duration: float = 2.0, **channels: float) -> CurveTable:
    """A part in which channels are at one weight all the time."""
    ends = np.array([0.0, duration])
    return CurveTable(FaceAnimation({n: Curve(ends, np.full(2, w)) for n, w in channels.items()}, duration))


def test_a_table_gives_what_the_curves_play() -> None:
    times = np.array([-0.05, 0.1, 0.3, 0.5])
    part = CurveTable(FaceAnimation({"viseme_aa": Curve(times, np.array([0.0, 0.8, 0.3, 0.0]))}, 0.4))
    assert (part.start, part.end) == (-0.05, 0.5)
    assert part.at(0.1)[PLACE["viseme_aa"]] == pytest.approx(0.8, abs=0.01)
    assert part.at(0.3)[PLACE["viseme_aa"]] == pytest.approx(0.3, abs=0.01)
    assert part.at(-1.0)[PLACE["viseme_aa"]] == 0.0
    assert part.at(9.0)[PLACE["viseme_aa"]] == 0.0


def test_channels_that_a_live_face_has_not_are_left_out() -> None:
    assert table(unknown=1.0).at(1.0).max() == 0.0
    assert weights_of({"unknown": 1.0}).max() == 0.0
    assert weights_of({"jawOpen": 0.4})[PLACE["jawOpen"]] == 0.4


@pytest.mark.parametrize("ended", ["part is over", "interrupted"])
@pytest.mark.parametrize("state", LIFE_OF_STATE)
def test_the_mouth_is_closed_within_120_ms(state: str, ended: str) -> None:
    motion = LiveMotion()
    part = table(viseme_aa=0.9, jawOpen=0.5)
    for tick in range(120):
        motion.at(tick * TICK, state, [(part, tick * TICK)])
    assert motion.at(120 * TICK, state, [(part, 1.99)])[PLACE["viseme_aa"]] == pytest.approx(0.9)
    # Not told more than one tick later; .12 s are 7 ticks.
    over = [(part, 2.5)] if ended == "part is over" else []
    shown = [motion.at((121 + tick) * TICK, state, over) for tick in range(7)]
    assert shown[-1][MOUTH].max() == 0.0
    assert shown[1][PLACE["viseme_aa"]] > 0.2, "it is led there, not thrown"


def test_a_part_is_shown_as_it_is_once_the_blend_is_over() -> None:
    motion = LiveMotion()
    motion.at(0.0, "thinking")
    part = table(viseme_PP=1.0, eyeBlinkLeft=0.7)
    motion.at(1.0, "thinking", [(part, 0.0)])
    later = motion.at(1.0 + REST_FADE, "speaking", [(part, REST_FADE)])
    np.testing.assert_allclose(later, weights_of({"viseme_PP": 1.0, "eyeBlinkLeft": 0.7}))


def test_where_two_parts_overlap_the_later_counts_from_its_first_key() -> None:
    motion = LiveMotion()
    first = table(1.0, viseme_O=0.5)
    second = CurveTable(FaceAnimation({"viseme_E": Curve(np.array([-0.1, 2.0]), np.array([0.6, 0.6]))}, 2.0))
    for tick in range(60):
        shown = motion.at(tick * TICK, "speaking", [(first, 0.5), (second, -0.2)])
    assert shown[PLACE["viseme_O"]] == pytest.approx(0.5)
    for tick in range(60, 120):
        shown = motion.at(tick * TICK, "speaking", [(first, 0.7), (second, -0.05)])
    assert shown[PLACE["viseme_O"]] == 0.0
    assert shown[PLACE["viseme_E"]] == pytest.approx(0.6)


def minutes_of(state: str, life: Life | None = None, seed: int = 0, seconds: float = 120.0) -> np.ndarray:
    motion = LiveMotion(life, seed)
    return np.array([motion.at(tick * TICK, state) for tick in range(int(seconds / TICK))])


@pytest.mark.parametrize("state", LIFE_OF_STATE)
def test_it_lives_on_with_a_closed_mouth_and_without_a_jump(state: str) -> None:
    shown = minutes_of(state)
    assert shown.min() >= 0.0
    assert shown.max() <= 1.0
    assert shown[:, MOUTH].max() == 0.0
    lids = shown[:, PLACE["eyeBlinkLeft"]] > 0.9
    blinks = np.count_nonzero(lids[1:] & ~lids[:-1])
    assert 20 <= blinks <= 60, "in two minutes"
    # A blink closes in .07 s; nothing is faster, not even where a new stretch of life begins.
    assert np.abs(np.diff(shown, axis=0)).max() < 0.5
    stretches = np.arange(STRETCH, 120.0, STRETCH) / TICK
    for tick in stretches.astype(int):
        assert np.abs(np.diff(shown[tick - 3 : tick + 3], axis=0)).max() < 0.3


def test_each_stretch_of_life_is_another_one_and_each_seed_too() -> None:
    shown = minutes_of("idle")
    count = int(STRETCH / TICK)
    skipped = int(REST_FADE / TICK) + 2
    assert np.abs(shown[skipped:count] - shown[count + skipped : 2 * count]).max() > 0.5
    assert np.abs(shown - minutes_of("idle", seed=9)).max() > 0.5
    np.testing.assert_array_equal(shown, minutes_of("idle"))


def test_who_thinks_looks_away_one_way() -> None:
    shown = minutes_of("thinking")[60:]
    for name, weight in THINKING_LOOK.items():
        assert shown[:, PLACE[name]].min() >= weight - 1e-9
    assert shown[:, [PLACE["eyeLookDownLeft"], PLACE["eyeLookInLeft"]]].max() == 0.0


def test_the_users_amounts_and_mood_count() -> None:
    still = minutes_of("listening", Life(blinks=0.0, gaze=0.0, head=0.0, brows=0.0))
    assert still.max() == 0.0
    happy = minutes_of("listening", Life(mood="happy"), seconds=5.0)
    assert happy[:, PLACE["cheekSquintLeft"]].min() == 0.0, "it is led there from rest"
    assert happy[60:, PLACE["cheekSquintLeft"]].min() > 0.3


def test_the_mood_of_the_last_words_stays() -> None:
    motion = LiveMotion()
    motion.at(0.0, "listening")
    motion.set_mood("sad")
    shown = [motion.at(1.0 + tick * TICK, "listening")[PLACE["browInnerUp"]] for tick in range(60)]
    assert shown[0] < 0.1
    assert shown[-1] > 0.5
