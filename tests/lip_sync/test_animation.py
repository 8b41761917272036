"""What an animator sees at once: open lips on p, an open jaw on s, a mouth moving in silence, too many keys."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alphsistant_addon.core.errors import AlphsistantError
from alphsistant_addon.core.face_animation import FaceAnimation
from alphsistant_addon.core.phone_inventory import CONSONANTS, SILENCE, VOWELS
from alphsistant_addon.core.speech import Phone, Speech
from alphsistant_addon.lip_sync import Life, animate
from alphsistant_addon.lip_sync.animation import TOLERANCES
from alphsistant_addon.lip_sync.channels import VISEME_CHANNELS, VISEMES
from alphsistant_addon.lip_sync.curves import sample_curve
from alphsistant_addon.lip_sync.style import STYLES, Style
from alphsistant_addon.lip_sync.visemes import ARTICULATIONS, OPENING

Array = npt.NDArray[np.float64]
RATE = 16000


def make_speech(phones: str, seconds: float = 0.09, level: float = 0.1, stress: int = 0) -> Speech:
    """Noise at a steady level under phones of equal length; pauses of .3 s around."""
    symbols = phones.split()
    made, time = [Phone(SILENCE, 0.0, 0.3)], 0.3
    for symbol in symbols:
        made.append(Phone(symbol, time, time + seconds, stress if symbol in VOWELS else 0))
        time += seconds
    made.append(Phone(SILENCE, time, time + 0.3))
    samples = np.random.default_rng(0).standard_normal(round((time + 0.3) * RATE)) * level
    return Speech(samples.astype(np.float32), RATE, tuple(made), (), phones)


def weights_at(face: FaceAnimation, times: Array) -> dict[str, Array]:
    return {name: sample_curve(curve, times) for name, curve in face.channels.items()}


def opening(face: FaceAnimation, times: Array) -> Array:
    zero = np.zeros(len(times))
    return sum(OPENING[v] * weights_at(face, times).get(f"viseme_{v}", zero) for v in VISEMES)


def within(phone: Phone) -> Array:
    return np.linspace(phone.start, phone.end, 60)


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("seconds", [0.03, 0.06, 0.15])
@pytest.mark.parametrize(
    ("symbol", "channel", "least"),
    [(s, "viseme_PP", 0.9) for s in "pbm"] + [(s, "viseme_FF", 0.8) for s in "fv"],
)
def test_lips_close_in_every_style_and_speed_between_open_vowels(
    style: str, seconds: float, symbol: str, channel: str, least: float
) -> None:
    speech = make_speech(f"ɑ {symbol} ɑ ɹ {symbol} u ʃ {symbol} w æ", seconds)
    face = animate(speech, style=style)
    for phone in speech.phones:
        if phone.symbol == symbol:
            closed = sample_curve(face.channels[channel], within(phone)) >= least
            assert closed.any()
            # Nothing else may part them while they are closed.
            others = [c for n, c in face.channels.items() if n != channel]
            assert sum(sample_curve(c, within(phone))[closed].min() for c in others) < 0.12


def test_a_film_frame_shows_every_seal() -> None:
    speech = make_speech("ɑ p æ b ɑ m i v ɑ f ɔ", 0.05)
    face = animate(speech, frame_rate=24)
    frames = np.arange(0, speech.duration, 1 / 24)
    for phone in speech.phones:
        near = (frames > phone.start - 1 / 48) & (frames < phone.end + 1 / 48)
        if phone.symbol in "pbm":
            assert sample_curve(face.channels["viseme_PP"], frames[near]).max() >= 0.9
        if phone.symbol in "fv":
            assert sample_curve(face.channels["viseme_FF"], frames[near]).max() >= 0.8


@pytest.mark.parametrize(("symbol", "most"), [*((s, 0.35) for s in "sz"), *((s, 0.70) for s in ("ʃ", "ʒ", "tʃ", "dʒ"))])
def test_teeth_are_nearer_together_on_sibilants(symbol: str, most: float) -> None:
    """Filmed people open their lips further at ʃ than at s; so it is in every style."""
    speech = make_speech(f"ɑ {symbol} ɑ", 0.1, stress=1)
    phone = next(p for p in speech.phones if p.symbol == symbol)
    for style in STYLES:
        face = animate(speech, style=style)
        lowest = opening(face, within(phone)).min()
        assert lowest <= most
        assert lowest < 0.8 * opening(face, within(speech.phones[1])).max()


@pytest.mark.parametrize("symbol", ["t", "d", "n", "l", "k", "ɡ", "ŋ", "ɾ"])
def test_tongue_consonants_leave_the_lips_to_rounded_vowels(symbol: str) -> None:
    speech = make_speech(f"u {symbol} u")
    phone = speech.phones[2]
    rounded = animate(speech).channels["viseme_U"]
    assert sample_curve(rounded, within(phone)).min() > 0.3 * rounded.weights.max()


def test_lips_round_before_a_rounded_vowel_but_spread_late() -> None:
    early = make_speech("ɪ s t u", 0.08)
    vowel = early.phones[4]
    before = sample_curve(animate(early).channels["viseme_U"], vowel.start - 0.06)
    late = make_speech("u s t ɪ", 0.08)
    assert before > 1.5 * sample_curve(animate(late).channels["viseme_I"], vowel.start - 0.06)


@pytest.mark.parametrize(
    ("diphthong", "first", "second"),
    [("aɪ", "aa", "I"), ("aʊ", "aa", "U"), ("ɔɪ", "O", "I"), ("eɪ", "E", "I"), ("oʊ", "O", "U")],
)
def test_diphthongs_move_through_two_shapes(diphthong: str, first: str, second: str) -> None:
    speech = make_speech(f"d {diphthong} d", 0.2)
    phone = speech.phones[2]
    at = np.array([phone.start + 0.25 * phone.duration, phone.start + 0.8 * phone.duration])
    one, two = (sample_curve(animate(speech).channels[f"viseme_{v}"], at) for v in (first, second))
    shown = {shape.viseme: shape.weight for shape in ARTICULATIONS[diphthong].shapes}
    # Lips are slow to round, so a first half that is rounded is not there in full so soon.
    assert one[0] > (0.85 if first == "O" else 0.9) * shown[first] > 3 * one[1]
    assert two[1] > 0.8 * shown[second] > 3 * two[0]


def test_the_mouth_rests_in_silence_and_without_phones() -> None:
    speech = make_speech("h ə l oʊ")
    face = animate(speech)
    assert opening(face, np.array([0.0, 0.1, speech.duration - 0.05])) == pytest.approx(0.0)
    silent = animate(Speech(np.zeros(RATE, np.float32), RATE, (), (), ""))
    assert set(silent.channels) <= {"viseme_sil"}


def test_a_breath_before_a_long_phrase_has_an_amount() -> None:
    """In a long enough pause the lips part, twice as far at 2, not at all at 0; a seal after it stays sealed."""
    spoken = make_speech("m " + "ɑ n " * 8)
    phones = tuple(Phone(p.symbol, p.start + 0.3 * (i > 0), p.end + 0.3, p.stress) for i, p in enumerate(spoken.phones))
    samples = np.concatenate([np.zeros(round(0.3 * RATE), np.float32), spoken.samples])
    speech = Speech(samples, RATE, phones, (), spoken.text)
    pause = np.linspace(0.25, 0.5, 50)
    still = {"blinks": 0.0, "gaze": 0.0, "brows": 0.0, "head": 0.0}
    widest = []
    for amount in (0.0, 1.0, 2.0):
        face = animate(speech, life=Life(breath=amount, **still))
        widest.append(opening(face, pause).max())
        assert weights_at(face, within(phones[1]))["viseme_PP"].max() >= 0.9
    assert widest[0] < 0.02
    assert widest[2] > 1.5 * widest[1] > 0.04


def test_louder_and_stressed_vowels_open_wider() -> None:
    speech = make_speech("d ɑ d ɑ d ɑ d", 0.12)
    quiet, loud = speech.phones[2], speech.phones[4]
    samples = speech.samples.copy()
    samples[int(loud.start * RATE) : int(loud.end * RATE)] *= 3.0
    louder = animate(Speech(samples, RATE, speech.phones, (), ""))
    assert opening(louder, within(loud)).max() > opening(louder, within(quiet)).max() + 0.05
    stressed = animate(make_speech("d ɑ d", 0.12, stress=1))
    plain = animate(make_speech("d ɑ d", 0.12))
    middle = within(make_speech("d ɑ d", 0.12).phones[2])
    assert opening(stressed, middle).max() > opening(plain, middle).max()


def test_jaw_and_lip_dials_do_what_they_say() -> None:
    speech = make_speech("d ɑ d u d", 0.15)
    open_vowel, rounded = speech.phones[2], speech.phones[4]
    jaw = [opening(animate(speech, style=Style(jaw=j)), within(open_vowel)).max() for j in (-1.0, 0.0, 1.0)]
    lip = [
        sample_curve(animate(speech, style=Style(lip=v)).channels["viseme_U"], within(rounded)).max()
        for v in (-1.0, 0.0, 1.0)
    ]
    assert jaw == sorted(jaw)
    assert lip == sorted(lip)
    assert jaw[0] < 0.5 * jaw[1]
    assert lip[0] < 0.6 * lip[1]


def test_exaggeration_and_shouting_have_room_above_what_people_do() -> None:
    speech = make_speech("d ɑ d ɛ d", 0.2)
    widest = {
        style: [opening(animate(speech, style=style), within(speech.phones[index])).max() for index in (2, 4)]
        for style in STYLES
    }
    for style, least in (("exaggerated", 1.15), ("shout", 1.15)):
        for more, neutral in zip(widest[style], widest["neutral"], strict=True):
            assert more > least * neutral
    for style in ("mumble", "whisper"):
        assert max(a / b for a, b in zip(widest[style], widest["neutral"], strict=True)) < 0.9


phone_lists = st.lists(
    st.tuples(st.sampled_from([*VOWELS, *CONSONANTS, SILENCE]), st.floats(0.0, 0.4), st.integers(0, 2)),
    max_size=40,
)


@settings(max_examples=60, deadline=None)
@given(phone_lists, st.sampled_from([*STYLES]))
def test_any_phones_give_finite_ordered_bounded_curves(phones: list[tuple[str, float, int]], style: str) -> None:
    time, made = 0.0, []
    for symbol, seconds, stress in phones:
        made.append(Phone(symbol, time, time + seconds, stress))
        time += seconds
    samples = np.zeros(max(1, int(time * RATE)), np.float32)
    face = animate(Speech(samples, RATE, tuple(made), (), ""), style=style)
    fine = np.arange(0, time + 0.1, 0.002)
    total, moving = np.zeros(len(fine)), np.zeros(len(fine))
    for name, curve in face.channels.items():
        assert name in VISEME_CHANNELS
        assert np.all(np.diff(curve.times) > 0)
        played = sample_curve(curve, fine)
        assert np.isfinite(played).all()
        assert played.min() >= 0.0
        assert played.max() <= 1.0 + 1e-9
        total += played
        moving += played > 0.0
    # The dense curves sum to 1 at most; each may be played that much higher.
    assert (total <= 1.0 + moving * TOLERANCES[-1]).all()


def test_few_keys_and_one_key_a_frame() -> None:
    speech = make_speech("ð ə k w ɪ k b ɹ aʊ n f ɑ k s dʒ ʌ m p s oʊ v ə ɹ ð ə l eɪ z i d ɔ ɡ", 0.075)
    face = animate(speech)
    assert face.key_count <= 100 * speech.duration
    dense = animate(speech, frame_rate=24, key_every_frame=True)
    for curve in dense.channels.values():
        np.testing.assert_allclose(curve.times * 24, np.arange(len(curve.times)), atol=1e-9)
    assert animate(speech, keys_per_second=40).key_count < face.key_count


def test_same_speech_same_keys() -> None:
    speech = make_speech("h ə l oʊ w ɜ ɹ l d")
    one, two = animate(speech), animate(speech)
    assert one.channels.keys() == two.channels.keys()
    for name, curve in one.channels.items():
        assert np.array_equal(curve.times, two.channels[name].times)
        assert np.array_equal(curve.weights, two.channels[name].weights)


@pytest.mark.parametrize(
    ("phones", "options", "words"),
    [
        ((Phone("q", 0.0, 0.1),), {}, "not one this face knows"),
        ((Phone("p", 0.2, 0.1),), {}, "ends before"),
        ((Phone("p", 0.0, 0.2), Phone("ɑ", 0.1, 0.3)), {}, "overlaps"),
        ((), {"style": "sing"}, "no speaking style"),
        ((), {"frame_rate": 0.0}, "above 0"),
        ((), {"key_every_frame": True}, "needs the frame rate"),
    ],
)
def test_bad_input_is_met_with_a_sentence(phones: tuple[Phone, ...], options: dict[str, Any], words: str) -> None:
    with pytest.raises(AlphsistantError, match=words):
        animate(Speech(np.zeros(RATE, np.float32), RATE, phones, (), ""), **options)
