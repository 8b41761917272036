import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("phonemizer")

from alphsistant_addon.core.phone_inventory import SILENCE
from alphsistant_addon.core.speech import Phone
from alphsistant_addon.lip_sync.prosody import loudness, pitch
from alphsistant_addon.text_to_phones.phones import transcribe
from alphsistant_addon.text_to_speech import Voice
from alphsistant_addon.text_to_speech.controls import Controls
from alphsistant_addon.text_to_speech.intonation import (
    GOING_ON,
    LIFT,
    RISE,
    SEMITONES,
    asks_with_a_word,
    intonation,
    items_that_go_on,
    phones_before_or,
    with_rests,
)

FRAME = 0.0125
BANDS = 4


def spoken(frames=40, level=0.5):
    """Frames of a voiced, steady sound, pitch at level 0.5."""
    return torch.cat([torch.full((frames, BANDS + 1), level), torch.ones(frames, 1)], dim=1)


def test_a_hurried_comma_gets_its_rest():
    frames = spoken()
    frames[20, :BANDS] = 0.3  # the quietest one, inside the comma's span
    edges = [0.0, 0.25, 0.2625, 0.5]
    longer, moved = with_rests(frames, edges, ["ɑ", ",", "ɑ"], FRAME, pitch=True)
    added = len(longer) - len(frames)
    assert added * FRAME == pytest.approx(0.18 - 0.0125, abs=FRAME)
    assert moved[:2] == edges[:2]
    assert np.diff(moved) == pytest.approx([0.25, 0.0125 + added * FRAME, 0.2375])
    assert torch.equal(longer[:21], frames[:21])
    assert torch.equal(longer[-19:], frames[-19:])
    rest = longer[21 : 21 + added]
    assert rest[:, -1].max() == 0
    assert rest[3:-3, :BANDS].max() == 0
    assert torch.equal(rest[:, -2], frames[20, -2].expand(added))


@pytest.mark.parametrize(
    ("tokens", "edges"),
    [
        (["ɑ", ",", "ɑ"], [0.0, 0.1, 0.4, 0.5]),  # long enough
        (["ɑ", " ", "ɑ"], [0.0, 0.25, 0.25, 0.5]),  # no sign
        (["ɑ", "ɑ", ","], [0.0, 0.25, 0.5, 0.5]),  # nothing comes after it
        ([",", "ɑ", "ɑ"], [0.0, 0.0, 0.25, 0.5]),  # nothing came before it
    ],
)
def test_rests_that_need_nothing(tokens, edges):
    frames = spoken()
    longer, moved = with_rests(frames, edges, tokens, FRAME, pitch=True)
    assert torch.equal(longer, frames)
    assert moved == edges


def test_several_rests_and_a_voice_without_pitch():
    frames = torch.rand(80, BANDS)
    edges = [0.0, 0.2, 0.2, 0.4, 0.4, 1.0]
    longer, moved = with_rests(frames, edges, ["ɑ", ",", "ɑ", ";", "ɑ"], FRAME, pitch=False)
    assert (len(longer) - len(frames)) * FRAME == pytest.approx(0.18 + 0.30, abs=FRAME)
    assert np.all(np.diff(moved) >= 0)
    assert moved[-1] - edges[-1] == pytest.approx((len(longer) - len(frames)) * FRAME)


def contour(text, frames=None):
    transcription = transcribe(text)
    frames = spoken() if frames is None else frames
    phones = [Phone("ɪ", 0.0, 0.25), Phone("ɑ", 0.25, 0.5, stress=1)]
    return intonation(frames, phones, transcription, FRAME)


def test_a_question_rises_from_its_last_stressed_vowel():
    bend = contour("Is it?")
    assert bend[:21].abs().max() == 0
    assert (bend[20:].diff() >= 0).all()
    assert bend[-1] == pytest.approx(RISE)


def test_of_several_stressed_vowels_the_last_one_begins_the_rise():
    frames = spoken()
    phones = [Phone("ɑ", 0.0, 0.125, 1), Phone("ɑ", 0.125, 0.25, 1), Phone("ɪ", 0.25, 0.5)]
    bend = intonation(frames, phones, transcribe("Is it?"), FRAME)
    assert bend[:11].abs().max() == 0
    assert bend[11] > 0
    unstressed = [Phone("ɑ", 0.0, 0.125), Phone("ɪ", 0.125, 0.25), Phone("ɪ", 0.25, 0.5)]
    bend = intonation(frames, unstressed, transcribe("Is it?"), FRAME)
    assert bend[:21].abs().max() == 0, "without any stress the last vowel"
    assert bend[21] > 0


@pytest.mark.parametrize("text", ["It is.", "What is it?", "It is"])
def test_what_falls_is_left_alone(text):
    assert contour(text) is None


def test_an_exclamation_is_wider_above_and_no_lower_below():
    frames = spoken()
    frames[:10, -2] += 4 / SEMITONES
    frames[-10:, -2] -= 4 / SEMITONES
    bend = contour("It is!", frames)
    assert bend[0] == pytest.approx(LIFT + 1.0, abs=1e-4)
    assert bend[20] == bend[-1] == pytest.approx(LIFT)


@pytest.mark.parametrize("text", ["Is it?", "It is!"])
def test_a_whisper_has_nothing_to_bend(text):
    frames = spoken()
    frames[:, -1] = 0
    assert contour(text, frames) is None


@pytest.mark.parametrize(
    ("text", "asks"),
    [
        ("What do you want?", True),
        ("who's there?", True),
        ("And why not?", True),
        ("Tell me, how are you?", True),
        ("Is it what you want?", False),
        ("You know what?", False),
        ("Well?", False),
        ("Do you know how?", False),
        ("In the end, is it?", False),
        ("Why, is it raining?", False),
    ],
)
def test_which_questions_ask_with_a_word(text, asks):
    assert asks_with_a_word(transcribe(text)) is asks


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("I like red, green, and blue.", 2),
        ("I like red, green and blue.", 0),  # one comma may also part two clauses
        ("Bring bread, milk, some butter, and eggs.", 3),
        ("Tea, coffee, or milk?", 2),
        ("Well, you know, he left.", 0),
        ("When the storm was over, the men came back to the harbor, and they slept.", 0),
        ("It is.", 0),
    ],
)
def test_items_of_a_list_go_on(text, items):
    assert len(items_that_go_on(transcribe(text))) == items


def evenly_timed(transcription):
    """Its phones, a tenth of a second each."""
    phones = [phone for phone in transcription.phones if phone]
    return [Phone(p.symbol, 0.1 * i, 0.1 * (i + 1), p.stress) for i, p in enumerate(phones)]


def test_an_item_of_a_list_rises_and_the_last_one_does_not():
    transcription = transcribe("Tea, tea, and tea.")
    ends = items_that_go_on(transcription)
    assert ends == [2, 4]
    phones = evenly_timed(transcription)
    frames = spoken(80)
    bend = intonation(frames, phones, transcription, FRAME)
    assert bend[:8].abs().max() == 0
    assert 0.8 * GOING_ON < bend[8:16].max() <= GOING_ON
    assert bend[16:24].abs().max() == 0
    assert bend[33:].abs().max() == 0


def test_a_choice_rises_before_or_and_falls_at_its_end():
    transcription = transcribe("Tea or tea?")
    assert phones_before_or(transcription) == 2
    phones = evenly_timed(transcription)
    bend = intonation(spoken(60), phones, transcription, FRAME)
    assert 0.8 * GOING_ON < bend[8:16].max() <= GOING_ON
    assert bend[17:].abs().max() == 0
    assert phones_before_or(transcribe("Is it tea?")) is None


@pytest.fixture(scope="module")
def shipped():
    return Voice.load()


def end_above_median(speech):
    """Semitones; breath more than 15 dB under the loudest moment has no pitch, though a tracker may find one."""
    hertz, level = pitch(speech.samples, speech.sample_rate), loudness(speech.samples, speech.sample_rate)
    moments = min(len(hertz), len(level))
    hertz, level = hertz[:moments], level[:moments]
    heard = hertz[(hertz > 90) & (level > level.max() - 15)]
    return 12 * np.log2(np.median(heard[-4:]) / np.median(heard))


def test_the_shipped_voice_asks(shipped):
    """Heard in the sound itself: four plain sentences end lower as statements than as questions."""
    sentences = ["You are coming", "You have finished it already", "Would you like some tea", "Yes"]
    rises = [end_above_median(shipped.speak(s + "?")) - end_above_median(shipped.speak(s + ".")) for s in sentences]
    assert min(rises) > 1, rises
    assert np.median(rises) > 3, rises


@pytest.mark.parametrize(("text", "rest"), [("Yes, I do.", 0.16), ("Well; then.", 0.28), ("Well... then.", 0.28)])
def test_the_shipped_voice_rests_at_signs(shipped, text, rest):
    speech = shipped.speak(text)
    pauses = [p for p in speech.phones[1:-1] if p.symbol == SILENCE]
    assert max(p.duration for p in pauses) > rest
    longest = max(pauses, key=lambda p: p.duration)
    middle = int((longest.start + longest.end) / 2 * speech.sample_rate)
    assert np.abs(speech.samples[middle - 240 : middle + 240]).max() < 0.01
    without = shipped.speak(text, controls=Controls(pauses=0))
    assert without.duration < speech.duration - rest
