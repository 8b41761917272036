"""Transcripts in any language."""

import pytest

from alphsistant_addon.core.errors import AlphsistantError, TextError
from alphsistant_addon.core.phone_inventory import CONSONANTS, VOWELS
from alphsistant_addon.listening.ipa import PAIRS, SINGLE, from_ipa
from alphsistant_addon.listening.pronunciation import language_of, pronounce

pytest.importorskip("phonemizer")


def test_every_sign_stands_for_symbols_of_the_inventory() -> None:
    for symbols in (*PAIRS.values(), *SINGLE.values()):
        assert symbols
        assert set(symbols) <= {*VOWELS, *CONSONANTS}


@pytest.mark.parametrize(
    ("phone", "symbols"),
    [
        ("ˈaɪ", ("aɪ",)), ("t͡s", ("t", "s")), ("ã", ("ɑ",)), ("ä", ("ɑ",)), ("pʰ", ("p",)), ("ɲ", ("n",)),
        ("œ̃", ("ɔ",)), ("ç", ("ʃ",)), ("øː", ("ʊ",)), ("tɕ", ("tʃ",)),
        ("ma2", ("m", "ɑ")), ("_", ()), ("ˈ", ()), ("kʷ", ("k",)),
    ],
)  # fmt: skip
def test_ipa(phone: str, symbols: tuple[str, ...]) -> None:
    assert from_ipa(phone) == symbols


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Hello, 世界!", "en-us"), ("こんにちは、世界。", "ja"), ("你好。", "cmn"), ("안녕하세요", "ko"),
        ("Привет", "ru"), ("नमस्ते", "hi"), ("123 ?!", "en-us"), ("Γειά σου", "el"),
    ],
)  # fmt: skip
def test_the_script_tells_the_language(text: str, language: str) -> None:
    assert language_of(text) == language


def spoken(text: str, language: str | None = None) -> list[tuple[str, str]]:
    words, _ = pronounce(text, language)
    return [(word.text, "".join(phone.symbol for phone in word.phones)) for word in words]


def test_english_is_read_as_the_voice_reads_it() -> None:
    assert spoken("I paid $5.")[-1] == ("$5.", "faɪvdɑləɹz")


def test_other_languages_are_read_by_espeak() -> None:
    german = spoken("Guten Tag, ich habe 2 Äpfel.", "de")
    assert [text for text, _ in german] == ["Guten", "Tag,", "ich", "habe", "2", "Äpfel."]
    assert german[0][1] == "ɡutən"
    assert german[4][1].startswith("tsv")
    assert all(phones for _, phones in german)


@pytest.mark.parametrize(
    "text", ["こんにちは おげんきですか", "Здравствуйте, как дела?", "नमस्ते दुनिया", "你好，今天天气很好。"]
)
def test_other_scripts_are_pronounced(text: str) -> None:
    assert all(phones for _, phones in spoken(text))


def test_signs_are_words_without_phones() -> None:
    assert spoken("Qu'est-ce que c'est ?", "fr-fr")[-1] == ("?", "")


def test_what_cannot_be_read_is_met_with_a_sentence() -> None:
    with pytest.raises(AlphsistantError, match="no language that espeak-ng reads"):
        pronounce("Hello.", "klingon")
    with pytest.raises(TextError):
        pronounce("?!", "de")
