import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("phonemizer")

from alphsistant_addon.core.speech import Phone
from alphsistant_addon.lip_sync.prosody import loudness, pitch
from alphsistant_addon.text_to_phones.phones import transcribe
from alphsistant_addon.text_to_phones.reading import read_out
from alphsistant_addon.text_to_speech import Voice
from alphsistant_addon.text_to_speech.emphasis import (
    A_LITTLE_LONGER,
    FALL,
    LONGER,
    LOUDER,
    PEAK,
    accents,
    durations,
    emphasised_phones,
    emphasised_words,
    louder,
)

FRAME = 0.0125
BANDS = 4
SEMITONES = 40.0


def stressed_words(text):
    (sentence,) = read_out(text).sentences
    words = sentence.spoken.replace("—", " ").split()
    return [words[i].strip(",.;:!?") for i in sorted(emphasised_words(sentence))]


@pytest.mark.parametrize(
    ("text", "stressed"),
    [
        ("I said the *red* one, not the BLUE one.", ["red", "blue"]),
        ("You did WHAT?", ["what"]),
        ("This is **very** important.", ["very"]),
        ("The _red_ one.", ["red"]),
        ("I *really, really* mean it.", ["really", "really"]),
        ("It costs *$5* today.", ["five", "dollars"]),
        ("NASA and the BBC said NO.", ["no"]),
        ("Well, (*that* one).", ["that"]),
        ("I know a man.", []),
        ("HELLO THERE!", []),
        ("NO!", ["no"]),
        ("A *star without an end is none.", []),
        ("Two * three.", []),
    ],
)
def test_which_words_the_writer_stresses(text, stressed):
    assert stressed_words(text) == stressed


def test_stars_are_not_spoken():
    assert read_out("The *red* one is **it**.").sentences[0].spoken == "The red one is it."


PHONES = [
    Phone("ð", 0.0, 0.1), Phone("ə", 0.1, 0.2), Phone("ɹ", 0.2, 0.3), Phone("ɛ", 0.3, 0.4, 1), Phone("d", 0.4, 0.5),
    Phone("sil", 0.5, 0.6), Phone("w", 0.6, 0.7), Phone("ʌ", 0.7, 0.8, 1), Phone("n", 0.8, 1.0),
]  # fmt: skip
RED = [i in (2, 3, 4) for i in range(9)]


def test_phones_of_a_stressed_word_are_found_past_rests():
    phones = [p if p.symbol != "sil" else Phone("", 0.5, 0.6) for p in PHONES]
    from alphsistant_addon.core.phone_inventory import SILENCE

    phones = [Phone(SILENCE, p.start, p.end) if p.symbol == "" else p for p in phones]
    transcription = transcribe("the red one")
    assert emphasised_phones(phones, transcription, frozenset({1})) == RED
    assert emphasised_phones(phones, transcription, frozenset({2})) == [i > 5 for i in range(9)]


def test_the_stressed_vowel_is_longest():
    found = durations(PHONES, RED)
    assert found == [1, 1, A_LITTLE_LONGER, LONGER, A_LITTLE_LONGER, 1, 1, 1, 1]
    unstressed = [Phone("ð", 0.0, 0.1), Phone("ə", 0.1, 0.2)]
    assert durations(unstressed, [True, True]) == [A_LITTLE_LONGER, LONGER], "a word without stress has a first vowel"


def spoken(frames=80):
    return torch.cat([torch.full((frames, BANDS + 1), 0.5), torch.ones(frames, 1)], dim=1)


def test_the_accent_peaks_on_the_vowel_and_what_follows_is_flatter():
    frames = spoken()
    frames[60:70, -2] += 4 / SEMITONES
    bend = accents(frames, PHONES, RED, FRAME, SEMITONES)
    assert bend.argmax() == 28
    assert bend[28] == pytest.approx(PEAK)
    assert bend[0] == 0
    assert bend[65] == pytest.approx(-4 * (1 - FALL), abs=0.01)
    assert accents(frames, PHONES, [False] * 9, FRAME, SEMITONES) is None


def test_a_stressed_word_is_louder_and_silence_is_not():
    frames = spoken()
    frames[20, 0] = 0
    result = louder(frames, PHONES, RED, FRAME, BANDS)
    assert result[28, :BANDS].tolist() == pytest.approx([0.5 + LOUDER] * BANDS)
    assert result[20, 0] == 0
    assert torch.equal(result[:15], frames[:15])
    assert torch.equal(result[:, BANDS:], frames[:, BANDS:])


def test_the_shipped_voice_stresses_a_word():
    """Heard in the sound itself: the word is longer, higher and louder than in the same sentence without stars."""
    voice = Voice.load()

    def heard(text, word):
        speech = voice.speak(text)
        found = next(w for w in speech.words if word in w.text)
        hertz, level = pitch(speech.samples, speech.sample_rate), loudness(speech.samples, speech.sample_rate)
        first, last = (round(t * len(hertz) / speech.duration) for t in (found.start, found.end))
        inside = hertz[first:last]
        rest = float(level[: min(first, len(level))].max())
        return found.end - found.start, float(inside[inside > 0].max()), float(level[first:last].max()) - rest

    plain, stressed = heard("I wanted the yellow one.", "yellow"), heard("I wanted the *yellow* one.", "yellow")
    assert stressed[0] > 1.08 * plain[0]
    assert stressed[1] > 1.12 * plain[1]
    assert stressed[2] > plain[2] + 0.5
