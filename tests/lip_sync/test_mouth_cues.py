"""Drawn mouths: held for two frames, quick ones dropped, closures kept, and never worse than another choice."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from alphsistant_addon.core.phone_inventory import SILENCE
from alphsistant_addon.core.speech import Phone
from alphsistant_addon.lip_sync import mouth_cues as module
from alphsistant_addon.lip_sync.channels import VISEMES
from alphsistant_addon.lip_sync.mouth_cues import MouthCue, mouth_cues

SAME = {viseme: viseme for viseme in VISEMES}


def phones(*pairs: tuple[str, float], rate: float = 24.0) -> list[Phone]:
    """Phones of so many frames each."""
    ends = np.cumsum([frames for _, frames in pairs]) / rate
    starts = [0.0, *ends[:-1]]
    return [Phone(symbol, start, end) for (symbol, _), start, end in zip(pairs, starts, ends, strict=True)]


def cues(*pairs: tuple[str, float], hold: int = 2) -> list[tuple[int, str]]:
    spoken = phones(*pairs)
    return [(cue.frame, cue.shape) for cue in mouth_cues(spoken, spoken[-1].end, 24.0, SAME, hold=hold)]


def test_each_sound_has_its_drawing():
    assert cues((SILENCE, 4), ("m", 3), ("ɑ", 5), ("f", 3), (SILENCE, 4)) == [
        (0, "sil"), (4, "PP"), (7, "aa"), (12, "FF"), (15, "sil"),
    ]  # fmt: skip


def test_a_diphthong_has_two_drawings():
    assert cues((SILENCE, 3), ("aɪ", 8), (SILENCE, 3)) == [(0, "sil"), (3, "aa"), (7, "I"), (11, "sil")]


def test_the_weaker_of_two_quick_shapes_is_dropped():
    # A t of one frame between vowels is not drawn; the vowels are.
    assert "DD" not in [shape for _, shape in cues(("ɑ", 4), ("t", 1), ("i", 4))]


def test_a_closure_of_less_than_a_frame_is_drawn_and_held():
    drawn = cues(("ɑ", 4), ("p", 0.6), ("ɑ", 4))
    assert [shape for _, shape in drawn] == ["aa", "PP", "aa"]
    assert drawn[2][0] - drawn[1][0] == 2


@pytest.mark.parametrize("seed", range(20))
def test_held_and_closed_whatever_is_said(seed: int):
    rng = np.random.default_rng(seed)
    symbols = rng.choice(["p", "b", "m", "f", "ɑ", "i", "u", "s", "t", "l", "w", "h", SILENCE], 40)
    spoken = phones(
        *((str(symbol), float(length)) for symbol, length in zip(symbols, rng.uniform(0.3, 4, 40), strict=True))
    )
    hold = int(rng.integers(1, 5))
    drawn = mouth_cues(spoken, spoken[-1].end, 24.0, SAME, hold=hold)
    assert drawn[0].frame == 0
    assert all(b.frame - a.frame >= hold for a, b in itertools.pairwise(drawn))
    assert all(a.shape != b.shape for a, b in itertools.pairwise(drawn))
    for phone in spoken:
        if phone.symbol in "pbm":
            middle = int((phone.start + phone.end) / 2 * 24)
            assert [cue.shape for cue in drawn if cue.frame <= middle][-1] == "PP"


def test_no_other_choice_is_worth_more():
    """All ways to draw a few frames, one by one."""
    rng = np.random.default_rng(3)
    for hold in (1, 2, 3):
        gains = rng.uniform(0.0, 1.0, (7, 3))
        path = module._best_path(gains, hold)

        def worth(way: tuple[int, ...], gains: np.ndarray = gains, hold: int = hold) -> float:
            runs = [len(list(group)) for _, group in itertools.groupby(way)]
            if any(run < hold for run in runs[:-1]):
                return -np.inf
            return sum(gains[i, s] for i, s in enumerate(way)) - module.CHANGE * len(runs)

        best = max(itertools.product(range(3), repeat=7), key=worth)
        assert worth(tuple(path)) == pytest.approx(worth(best))


def test_nothing_said_is_the_mouth_at_rest():
    assert mouth_cues([], 1.0, 24.0, SAME) == [MouthCue(0, "sil")]
    assert mouth_cues(phones(("ɑ", 0.2)), 0.2 / 24, 24.0, SAME) == [MouthCue(0, "aa")]


@pytest.mark.parametrize(("rate", "hold"), [(12.0, 2), (24.0, 2), (30.0, 2), (60.0, 5), (240.0, 20)])
def test_a_drawing_stays_as_long_at_every_rate(rate: float, hold: int):
    said = phones(*((symbol, 0.6 * hold) for symbol in "æiuæiuæiuæiu"), rate=rate)
    frames = [cue.frame for cue in mouth_cues(said, said[-1].end, rate, SAME)]
    assert min(after - before for before, after in itertools.pairwise(frames)) == hold


def test_a_phone_goes_before_its_viseme():
    drawn = mouth_cues(phones(("w", 4), ("u", 4)), 8 / 24, 24.0, {**SAME, "w": "WQ"})
    assert [cue.shape for cue in drawn] == ["WQ", "U"]
