"""Every figure that filmed people gave: when a shape begins, how long lips are closed, what they do in pauses."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from alphsistant_addon.core.phone_inventory import SILENCE
from alphsistant_addon.core.speech import Phone
from alphsistant_addon.lip_sync import coarticulation
from alphsistant_addon.lip_sync.channels import VISEMES
from alphsistant_addon.lip_sync.coarticulation import STEP, Trajectory, make_trajectory
from alphsistant_addon.lip_sync.visemes import ARTICULATIONS, VISEME_INDEX

Array = npt.NDArray[np.float64]


def move(*phones: tuple[str, float], breath: float = 1.0) -> tuple[Trajectory, dict[int, Phone]]:
    """Dense weights of phones with the given lengths, and the phones with their times, by place."""
    made, time = [], 0.0
    for symbol, seconds in phones:
        made.append(Phone(symbol, time, time + seconds))
        time += seconds
    trajectory = make_trajectory(made, time, [1.0] * len(made), np.ones(len(VISEMES)), breath=breath)
    return trajectory, dict(enumerate(made))


def weight(trajectory: Trajectory, viseme: str, seconds: float) -> float:
    return float(np.interp(seconds, trajectory.times, trajectory.weights[:, VISEME_INDEX[viseme]]))


def crossing(trajectory: Trajectory, viseme: str, share: float, before: float) -> float:
    """The last moment before one at which a viseme is under a share of its weight there."""
    last = round(before / STEP)
    values = trajectory.weights[: last + 1, VISEME_INDEX[viseme]]
    return float(trajectory.times[np.flatnonzero(values <= share * values[-1])[-1]])


@pytest.fixture
def no_look_ahead(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out what is tested apart."""
    monkeypatch.setattr(coarticulation, "LOOK_AHEAD_SHARE", 0.0)


PEOPLES_SHAPES = """
ɑ aa .7 | æ E .65 + aa .35 | ʌ aa .6 | ɔ O .6 + U .2 | ɛ E .75 + aa .1 | ə E .4 + aa .2 + U .1 | ɜ RR .8 + aa .1
ɪ I .5 + aa .2 | ᵻ I .35 + aa .25 | i I .55 + aa .25 | ʊ U .3 + aa .1 | u U .45 | p PP 1 | b PP 1 | m PP 1
f FF .85 | v FF .85 | s SS .8 | z SS .6 | ʃ CH .5 + aa .1 | ʒ CH .5 + aa .1 | tʃ CH .5 + aa .1 | dʒ CH .5 + aa .1
θ TH .55 | ð TH .55 | t DD .75 | d DD .75 | ɾ DD .75 | n nn .7 | l nn .7 | k kk .85 + aa .1 | ɡ kk .85 + aa .1
ŋ kk .85 + aa .1 | ɹ RR .6 + U .1 | w U .5 + PP .48 | j I .45 + U .1
eɪ E .85 > I .6 + aa .2 | aɪ aa .55 > I .8 + E .2 | oʊ O .5 > U .35 | aʊ aa .9 > U .4 | ɔɪ O .5 > I .6
"""
"""Phone, its shape (two for a diphthong), and what is laid beside; chosen on half of the filmed people."""

CLAIMS = {
    **dict.fromkeys(("s", "z"), 0.9), **dict.fromkeys(("ʃ", "ʒ", "tʃ", "dʒ"), 0.65), **dict.fromkeys(("θ", "ð"), 0.8),
    **dict.fromkeys(("t", "d", "ɾ"), 0.68), **dict.fromkeys(("n", "l", "k", "ɡ", "ŋ"), 0.6),
    **dict.fromkeys(("ɹ", "j"), 0.75), "w": 0.95,
}  # fmt: skip


def test_every_phone_has_the_shape_that_people_gave() -> None:
    told = {}
    for entry in PEOPLES_SHAPES.replace("\n", "|").split("|"):
        if entry.strip():
            symbol, rest = entry.strip().split(" ", 1)
            main, *beside = rest.split(" + ")
            pairs = [[(v, float(w)) for v, w in (one.split() for one in part)] for part in (main.split(" > "), beside)]
            told[symbol] = tuple(pairs)
    assert len(told) == len(ARTICULATIONS) - 3  # all but silence, h and ʔ
    for symbol, (shapes, beside) in told.items():
        articulation = ARTICULATIONS[symbol]
        assert [(s.viseme, s.weight) for s in articulation.shapes] == shapes, symbol
        assert [(s.viseme, s.weight) for s in articulation.beside] == beside, symbol
        assert articulation.claim == CLAIMS.get(symbol, 1.0), symbol


def test_shapes_beside_the_main_one_are_there_in_the_stream_and_on_the_phone() -> None:
    trajectory, phones = move((SILENCE, 0.2), ("i", 0.3), ("t", 0.3), ("i", 0.3), (SILENCE, 0.2))
    assert weight(trajectory, "aa", 0.35) == pytest.approx(0.25)
    assert weight(trajectory, "I", 0.35) == pytest.approx(0.55)
    # The consonant leaves 32 % of the mouth to the vowels around, and so much of the jaw.
    middle = (phones[2].start + phones[2].end) / 2
    assert weight(trajectory, "aa", middle) == pytest.approx(0.32 * 0.25, abs=1e-3)
    assert weight(trajectory, "DD", middle) == pytest.approx(0.68 * 0.75, abs=1e-3)


@pytest.mark.usefixtures("no_look_ahead")
def test_a_tongue_consonant_between_rounded_vowels_gives_up_a_quarter_more_of_their_weight() -> None:
    trajectory, phones = move((SILENCE, 0.2), ("u", 0.3), ("t", 0.3), ("u", 0.3), (SILENCE, 0.2))
    middle = (phones[2].start + phones[2].end) / 2
    claim = 0.68 - 0.25 * 0.45
    assert weight(trajectory, "DD", middle) == pytest.approx(claim * 0.75, abs=1e-3)
    assert weight(trajectory, "U", middle) == pytest.approx((1.0 - claim) * 0.45, abs=1e-3)


def test_the_mouth_opens_15_ms_before_the_sound_and_closes_as_much_after_it() -> None:
    trajectory, phones = move((SILENCE, 0.3), ("ɑ", 0.5), (SILENCE, 0.3))
    assert crossing(trajectory, "aa", 0.5, phones[1].start + 0.2) == pytest.approx(phones[1].start - 0.015, abs=STEP)
    assert weight(trajectory, "aa", phones[1].end + 0.015) == pytest.approx(0.35, abs=0.02)


def test_a_passage_takes_120_ms_around_the_edge() -> None:
    trajectory, phones = move(("ɑ", 0.4), ("i", 0.4))
    edge = phones[1].start
    assert weight(trajectory, "aa", edge - 0.065) == pytest.approx(0.7)
    assert weight(trajectory, "I", edge - 0.055) > 0.0
    assert weight(trajectory, "I", edge) == pytest.approx(0.275)
    assert weight(trajectory, "I", edge + 0.055) < 0.5499
    assert weight(trajectory, "I", edge + 0.065) == pytest.approx(0.55)


@pytest.mark.usefixtures("no_look_ahead")
@pytest.mark.parametrize(
    ("symbol", "viseme", "lead"), [("w", "U", 0.09), ("ɹ", "RR", 0.09), ("ʃ", "CH", 0.05), ("j", "I", 0.0)]
)
def test_rounded_consonants_are_early_and_others_are_not(symbol: str, viseme: str, lead: float) -> None:
    trajectory, phones = move(("ɑ", 0.5), (symbol, 0.5), ("ɑ", 0.3))
    middle = crossing(trajectory, viseme, 0.5, phones[1].start + 0.2)
    assert middle == pytest.approx(phones[1].start - lead, abs=STEP)


@pytest.mark.usefixtures("no_look_ahead")
def test_lips_round_at_most_200_ms_before_a_rounded_vowel() -> None:
    trajectory, phones = move(("ɪ", 0.3), ("t", 0.2), ("d", 0.2), ("u", 0.3))
    start = phones[3].start
    assert weight(trajectory, "U", start - 0.205) == 0.0
    assert weight(trajectory, "U", start - 0.19) > 0.0


def test_a_w_all_but_closes_the_lips() -> None:
    trajectory, phones = move(("ɑ", 0.3), ("w", 0.3), ("ɑ", 0.3))
    assert weight(trajectory, "PP", phones[1].start + 0.1) == pytest.approx(0.48 * 0.95)


@pytest.mark.parametrize(("symbol", "viseme"), [("w", "U"), ("ɹ", "RR"), ("u", "U")])
def test_lips_look_ahead_to_a_rounded_shape_over_150_ms_more(symbol: str, viseme: str) -> None:
    """Filmed lips have a fifth of the way 100 to 200 ms before the sound, and half of it 40 to 95 ms before."""
    trajectory, phones = move(("ɪ", 0.5), (symbol, 0.5), ("ɪ", 0.3))
    start = phones[1].start
    lead = 0.0 if symbol == "u" else 0.09
    assert weight(trajectory, viseme, start - lead - 0.1 - 0.155) == 0.0
    assert weight(trajectory, viseme, start - lead - 0.1 - 0.13) > 0.0
    fifth, half = (start - crossing(trajectory, viseme, share, start + 0.25) for share in (0.2, 0.5))
    assert fifth == pytest.approx(lead + 0.10, abs=0.03)
    assert half == pytest.approx(lead + 0.02, abs=0.02)


def test_a_rounded_consonant_leaves_the_vowel_before_it_its_opening() -> None:
    """Without that the ɹ of "far" would begin before the ɑ has opened."""
    trajectory, phones = move(("f", 0.1), ("ɑ", 0.12), ("ɹ", 0.1), ("t", 0.2))
    at = np.flatnonzero((trajectory.times > phones[1].start) & (trajectory.times < phones[1].end))
    assert trajectory.weights[at, VISEME_INDEX["aa"]].max() > 0.35


def test_lips_round_while_they_are_closed_and_part_rounded() -> None:
    """A short vowel after a seal would hardly show otherwise."""
    trajectory, phones = move(("i", 0.3), ("b", 0.1), ("oʊ", 0.12), ("t", 0.2))
    at = np.flatnonzero((trajectory.times > phones[2].start) & (trajectory.times < phones[2].end))
    assert trajectory.weights[at, VISEME_INDEX["O"]].max() > 0.4


def test_lips_leave_a_rounded_shape_slowly_and_late() -> None:
    trajectory, phones = move(("u", 0.4), ("i", 0.5))
    edge = phones[1].start
    assert weight(trajectory, "U", edge - 0.075) == pytest.approx(0.45)
    assert weight(trajectory, "U", edge + 0.03) == pytest.approx(0.225, abs=0.01)
    assert weight(trajectory, "U", edge + 0.12) > 0.0
    assert weight(trajectory, "U", edge + 0.135) == 0.0


def test_a_seal_does_not_wait_for_rounded_lips() -> None:
    trajectory, phones = move(("u", 0.3), ("m", 0.2), ("i", 0.3))
    assert weight(trajectory, "PP", phones[1].start) == pytest.approx(1.0)
    assert weight(trajectory, "U", phones[1].start) == 0.0


def test_within_a_diphthong_lips_do_not_look_ahead() -> None:
    """The mouth opens in "house" before it rounds."""
    trajectory, phones = move(("t", 0.2), ("aʊ", 0.2), ("t", 0.2))
    quarter = phones[1].start + 0.05
    assert weight(trajectory, "aa", quarter) > 0.8
    assert weight(trajectory, "U", quarter) < 0.05


@pytest.mark.parametrize(
    ("symbol", "viseme", "full", "first", "last"),
    [("p", "PP", 1.0, 0.0, 0.72), ("b", "PP", 1.0, 0.0, 0.72), ("m", "PP", 1.0, 0.0, 1.0), ("f", "FF", 0.85, 0.0, 1.0)],
)
def test_lips_are_closed_from_the_sounds_start_to_its_burst(
    symbol: str, viseme: str, full: float, first: float, last: float
) -> None:
    trajectory, phones = move(("ɑ", 0.4), (symbol, 0.2), ("ɑ", 0.4))
    phone = phones[1]
    held = np.flatnonzero(trajectory.weights[:, VISEME_INDEX[viseme]] == full) * STEP
    assert held[0] == pytest.approx(phone.start + first * phone.duration, abs=STEP)
    assert held[-1] == pytest.approx(phone.start + last * phone.duration, abs=STEP)
    assert trajectory.holds == ((VISEME_INDEX[viseme], round(held[0] / STEP), round(held[-1] / STEP)),)


def test_lips_close_and_part_within_65_ms_around_a_seal(monkeypatch: pytest.MonkeyPatch) -> None:
    closed, phones = move(("ɑ", 0.4), ("p", 0.03), ("ɑ", 0.4))
    monkeypatch.setattr(coarticulation, "_apply_holds", lambda *_: ())
    free, _ = move(("ɑ", 0.4), ("p", 0.03), ("ɑ", 0.4))
    for edge, away in ((phones[1].start, -1.0), (phones[1].start + 0.02, 1.0)):
        shares = [
            weight(closed, "aa", edge + away * d) / weight(free, "aa", edge + away * d)
            for d in (0.01, 0.0325, 0.055, 0.065)
        ]
        assert shares[0] < 0.1
        assert shares[1] == pytest.approx(0.5, abs=0.06)
        assert 0.9 < shares[2] < 0.98
        assert shares[3] == pytest.approx(1.0)


def test_lips_stay_half_open_in_short_inner_pauses_and_close_in_long_ones() -> None:
    for seconds, parted in ((0.12, True), (0.8, True), (0.85, False), (2.0, False)):
        trajectory, phones = move(("ɑ", 0.3), (SILENCE, seconds), ("p", 0.1), ("ɑ", 0.1))
        if seconds > 0.2:
            early = phones[1].start + 0.1
            assert weight(trajectory, "E", early) == pytest.approx(0.45 if parted else 0.0, abs=1e-6), seconds
            assert weight(trajectory, "sil", early) == pytest.approx(0.0 if parted else 1.0, abs=0.03), seconds
        else:
            assert weight(trajectory, "E", (phones[1].start + phones[1].end) / 2) > 0.1
    passed_over, phones = move(("ɑ", 0.3), (SILENCE, 0.09), ("i", 0.3))
    assert passed_over.weights[:, VISEME_INDEX["E"]].max() == 0.0
    first, _ = move((SILENCE, 0.25), ("ɑ", 0.3), (SILENCE, 0.25))
    assert weight(first, "sil", 0.05) > 0.97, "before and after all speech the mouth is closed"
    assert weight(first, "sil", 0.75) > 0.97


def test_the_breath_before_a_phrase_begins_700_ms_before_and_is_full_at_300() -> None:
    trajectory, phones = move((SILENCE, 1.5), ("ɑ", 0.4), ("n", 0.3), (SILENCE, 0.3))
    start = phones[1].start
    assert weight(trajectory, "E", start - 0.71) == 0.0
    assert weight(trajectory, "E", start - 0.68) > 0.0
    assert weight(trajectory, "E", start - 0.5) == pytest.approx(0.25)
    assert weight(trajectory, "E", start - 0.32) < 0.4999
    assert weight(trajectory, "E", start - 0.29) == pytest.approx(0.5)
    assert weight(trajectory, "E", start - 0.08) == pytest.approx(0.5), "held into the first sound"
    doubled, _ = move((SILENCE, 1.5), ("ɑ", 0.4), ("n", 0.3), (SILENCE, 0.3), breath=2.0)
    assert weight(doubled, "E", start - 0.2) == pytest.approx(0.98), "the sum of all visemes has a limit"
    none, _ = move((SILENCE, 1.5), ("ɑ", 0.4), ("n", 0.3), (SILENCE, 0.3), breath=0.0)
    assert none.weights[: round(1.4 / STEP), VISEME_INDEX["E"]].max() == 0.0


@pytest.mark.parametrize("symbol", ["p", "b", "m", "f", "v"])
def test_the_breath_is_over_before_lips_that_close(symbol: str) -> None:
    trajectory, phones = move((SILENCE, 1.5), (symbol, 0.1), ("ɑ", 0.6), (SILENCE, 0.3))
    start = phones[1].start
    assert weight(trajectory, "E", start - 0.3) == pytest.approx(0.5)
    assert weight(trajectory, "E", start - 0.16) == pytest.approx(0.5)
    assert weight(trajectory, "E", start - 0.03) < 0.01


def test_short_pauses_and_short_phrases_have_no_breath() -> None:
    for pause, phrase, breathes in ((0.34, 1.0, False), (0.36, 1.0, True), (1.0, 0.59, False), (1.0, 0.61, True)):
        trajectory, phones = move((SILENCE, pause), ("ɑ", phrase), (SILENCE, 0.3))
        assert (weight(trajectory, "E", phones[0].end - 0.08) > 0.3) is breathes, (pause, phrase)


def test_breaths_do_not_melt_into_vowels_of_the_same_shape() -> None:
    trajectory, phones = move((SILENCE, 1.0), ("ɛ", 0.4), (SILENCE, 0.5), ("ɛ", 0.4), (SILENCE, 0.3))
    assert weight(trajectory, "E", phones[1].start + 0.2) == pytest.approx(0.75)
    assert weight(trajectory, "E", phones[2].start + 0.25) == pytest.approx(0.45)
