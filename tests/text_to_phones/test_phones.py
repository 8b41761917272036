import re

import pytest

pytest.importorskip("phonemizer")
from hypothesis import given, settings
from hypothesis import strategies as st

from alphsistant_addon.core.errors import TextError
from alphsistant_addon.core.phone_inventory import CONSONANTS, VOWELS
from alphsistant_addon.text_to_phones import phones
from alphsistant_addon.text_to_phones.phones import ESPEAK_TO_PHONES, transcribe
from alphsistant_addon.text_to_phones.rules.homograph_sounds import NOUN_OR_VERB, ONE_SOUND
from alphsistant_addon.text_to_speech.dc_tts.voice_config import PHONE_SYMBOLS


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("Hello, who are you?", "həlˈoʊ, hˈu ɑɹ ju?"),
        ("The water in the bottle.", "ðə wˈɔɾəɹ ɪn ðə bˈɑɾəl."),
        ("bird", "bˈɜɹd"),
        ("fire!", "fˈaɪəɹ!"),
        ("judge", "dʒˈʌdʒ"),
        ("Stop... now", "stˈɑp. nˈaʊ"),
    ],
)
def test_words_become_the_phones_an_american_says(text, tokens):
    assert "".join(transcribe(text).tokens) == tokens


def test_unknown_words_are_read_by_rule():
    assert "".join(transcribe("Alphsistant").tokens) == "ˈælfsɪstənt"


def test_every_phone_knows_its_word_also_where_espeak_joins_words():
    sentence = transcribe("The bottle is in the box of the one")
    spoken = {}
    for phone in filter(None, sentence.phones):
        spoken.setdefault(sentence.words[phone.word], []).append(phone.symbol)
    assert list(spoken) == ["The", "bottle", "is", "in", "the", "box", "of", "one"]
    assert spoken["in"][-1] == "n"
    assert spoken["box"] == ["b", "ɑ", "k", "s"]


@pytest.mark.parametrize("text", ["B B B B B B", "D D D D", "no no no no no", "in the the B B B B in the"])
def test_no_word_is_left_out_however_often_it_is_said(text):
    sentence = transcribe(text)
    assert {phone.word for phone in sentence.phones if phone} == set(range(len(text.split())))


def test_every_sound_of_a_homograph_is_of_the_inventory():
    sounds = [sound for pair in NOUN_OR_VERB.values() for sound in pair] + list(ONE_SOUND.values())
    symbols = "|".join(sorted({*VOWELS, *CONSONANTS}, key=len, reverse=True))
    assert [sound for sound in sounds if not re.fullmatch(f"(?:[ˈˌ]?(?:{symbols}))+", sound)] == []
    assert [sound for sound in sounds if sound.count("ˈ") != 1] == []


def test_the_table_stays_within_the_inventory():
    inventory = {*VOWELS, *CONSONANTS}
    assert {p for phones in ESPEAK_TO_PHONES.values() for p in phones} <= inventory
    assert not inventory & set(ESPEAK_TO_PHONES)


@pytest.mark.parametrize("text", ["", "  ", ".", ", ; !"])
def test_nothing_to_pronounce_is_said(text):
    with pytest.raises(TextError, match="nothing"):
        transcribe(text)


@settings(max_examples=150, deadline=None)
@given(st.text("abcdefghijklmnopqrstuvwxyz' ,.?!;:—", max_size=60))
def test_any_plain_text_has_only_symbols_the_voice_knows(text):
    try:
        sentence = transcribe(text)
    except TextError:
        return
    assert set(sentence.tokens) <= set(PHONE_SYMBOLS)
    assert len(sentence.tokens) == len(sentence.phones)
    words = [p.word for p in sentence.phones if p]
    assert words == sorted(words)
    assert max(words) < len(sentence.words)


def test_words_that_espeak_joins_are_no_warning(caplog):
    """Blender's console stays quiet."""
    transcribe("He lives in the house.")
    assert not caplog.records


@pytest.mark.parametrize(
    ("espeak", "wanted"),
    [
        ("ˈɜː", [("ɜ", 1), ("ɹ", 0)]),
        ("ˌn̩", [("ə", 2), ("n", 0)]),
        ("ˈaɪɚ", [("aɪ", 1), ("ə", 0), ("ɹ", 0)]),
        ("ˈts", [("t", 0), ("s", 0)]),
        ("ˈm", [("m", 0)]),
        ("oː", [("ɔ", 0)]),
    ],
)
def test_stress_is_on_the_first_vowel_of_a_phone_and_on_nothing_else(espeak: str, wanted: list[tuple[str, int]]):
    assert [(phone.symbol, phone.stress) for phone in phones._map(espeak, 0)] == wanted
