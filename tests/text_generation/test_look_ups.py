"""What is looked up: facts, sums, days, notes; and near misses, for a wrong answer is worse than none."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest

from alphsistant_addon.core.errors import AssetError
from alphsistant_addon.text_generation import LookUps, wordnet
from alphsistant_addon.text_generation.fact_table import Facts, asked_of
from alphsistant_addon.text_generation.known_answers import FACTS, WORDNET, WORKED_OUT, WRITTEN
from alphsistant_addon.text_generation.notes import MOST_NOTES, MOST_TEXT, Note, find_note, load_notes, read_notes
from alphsistant_addon.text_generation.wordnet import WordNet

TODAY = dt.date(2026, 11, 27)


@pytest.fixture(scope="module")
def facts() -> Facts:
    return Facts.load()


@pytest.fixture(scope="module")
def look_ups() -> LookUps:
    return LookUps.load()


@pytest.mark.parametrize(
    ("prompt", "answer"),
    [
        ("What is the capital of France?", "The capital of France is Paris."),
        ("what's the capital of france", "The capital of France is Paris."),
        ("Please tell me the capital city of the Netherlands!", "The capital of the Netherlands is Amsterdam."),
        (
            "Hey, can you tell me what is the capital of the USA, please?",
            "The capital of the United States is Washington.",
        ),
        ("Norway's capital?", "The capital of Norway is Oslo."),
        ("Which city is the capital of Kazakhstan?", "The capital of Kazakhstan is Astana."),
        ("Where is Mexico?", "Mexico is in North America."),
        ("On which continent is Kenya?", "Kenya is in Africa."),
        ("Which continent is Kenya in?", "Kenya is in Africa."),
        ("What language do they speak in Brazil?", "In Brazil people speak Portuguese."),
        ("What is the symbol of gold?", "The symbol of gold is Au."),
        ("What's the chemical symbol for iron?", "The symbol of iron is Fe."),
        ("Which element is Na?", "Na is the symbol of sodium."),
        ("What is the opposite of hot?", "The opposite of hot is cold."),
        ("Opposite of “empty”?", None),
        ('Opposite of "empty"?', "The opposite of empty is full."),
        ("What do you call a baby kangaroo?", "A young kangaroo is called a joey."),
        ("What is a group of crows called?", "A group of crows is called a murder."),
        ("What comes after Monday?", "After Monday comes Tuesday."),
        ("Which month is before March?", "Before March comes February."),
        ("How many days does February have?", "February has twenty-eight days, and twenty-nine in a leap year."),
        ("How many minutes are there in an hour?", "There are sixty minutes in an hour."),
        ("How many days does a year have?", "There are three hundred and sixty-five days in a year."),
    ],
)
def test_facts_are_found(facts: Facts, prompt: str, answer: str | None):
    found = facts.find(prompt, TODAY)
    assert (found.text if found else None) == answer
    assert found is None or (found.source, found.fixed) == (FACTS, False)


@pytest.mark.parametrize(
    ("prompt", "answer"),
    [
        ("What is 7 times 8?", "7 times 8 is 56."),
        ("12 × 13", "12 × 13 is 156."),
        ("How much is twelve plus thirty?", "Twelve plus thirty is 42."),
        ("calculate (3 + 4) * 5", "(3 + 4) * 5 is 35."),
        ("What is 15 percent of 80?", "15 percent of 80 is 12."),
        ("What is 20 divided by 8?", "20 divided by 8 is 2.5."),
        ("what's 3+4=?", "3+4 is 7."),
        ("What day was July 4, 1776?", "July 4, 1776 was a Thursday."),
        ("Which day of the week is the 24th of December?", "December 24, 2026 will be a Thursday."),
    ],
)
def test_sums_and_days_are_worked_out(facts: Facts, prompt: str, answer: str):
    found = facts.find(prompt, TODAY)
    assert found is not None
    assert (found.text, found.source) == (answer, WORKED_OUT)


@pytest.mark.parametrize(
    "prompt",
    [
        *("What is the capital of my heart?", "What was the capital of France in 1942?", "What is the capital?"),
        *(
            "Is Paris the capital of France?",
            "What is the capital of Atlantis?",
            "Tell me about the capital of France.",
        ),
        *("What is the capital gain of France?", "Why is Paris the capital of France?", "capital of"),
        *("Where is Jordan?", "Where is my phone?", "Where is the love?", "Where is France's money?"),
        *("What language do they speak in heaven?", "What language do you speak in France?"),
        *("What is the symbol of love?", "What is the sign of the times?", "Which element is missing?"),
        *("What is the opposite of sex?", "What is the opposite of you?", "What is the opposite of right?"),
        *("What is a group of idiots called?", "What is a young man called?", "What is a baby called?"),
        *("What comes after death?", "What comes after you?", "What is after Monday's meeting?"),
        *("How many days are in my holiday?", "How many people are in a family?", "How many minutes are in a song?"),
        *("What is 9/11?", "What is 24/7?", "Is 7-11 open?", "What is 7-11?", "50/50", "What is 911?", "1984"),
        *("What is 555-1234?", "24-12-2026", "What is 1939-1945?", "What is 2001: A Space Odyssey?", "one", "two"),
        *("What is two and a half men?", "What is Romeo and Juliet?", "What is love minus hate?", "catch-22"),
        *("What is 5 divided by 0?", "What day is it?", "What day was the wedding?", "What day was February 30, 2020?"),
        *(
            "What is the time?",
            "What time is it in France?",
            "I have 2 + 2 cats",
            "What is 2 + 2 cats?",
            "",
            "???",
            "+",
        ),
        *("I am in Norway's capital", "one and only", "You and me plus two"),
    ],
)
def test_near_misses_are_left_to_others(facts: Facts, prompt: str):
    assert facts.find(prompt, TODAY) is None


@pytest.mark.parametrize(
    ("prompt", "begins"),
    [
        ("What is a suitcase?", "A suitcase is a portable"),
        ("what's milk", "Milk is a white"),
        ("What does the word valley mean?", "A valley is a long"),
        ("Define vase.", "A vase is an open jar"),
        ("What is gold?", "Gold is a chemical element with the symbol Au"),
    ],
)
def test_things_are_explained(facts: Facts, prompt: str, begins: str):
    found = facts.find_thing(prompt)
    assert found is not None
    assert found.text.startswith(begins)


@pytest.mark.parametrize(
    "prompt",
    [
        "What is the room?",
        "What is love?",
        "What is a?",
        "What is a milk tooth?",
        "What is your car?",
        "Is gold a metal?",
        *("What is the matter?", "What is a car crash?", "What does milk cost?", "Define.", "I like milk."),
    ],
)
def test_other_things_are_not(facts: Facts, prompt: str):
    assert facts.find_thing(prompt) is None


def test_the_table_answers_each_key_by_a_whole_sentence(facts: Facts):
    for kind, entries in facts._table.items():
        assert len(entries) > 10, kind
        for key, text in entries.items():
            assert key == key.lower().strip()
            assert text[0].isupper(), text
            assert text.endswith(".")


def test_what_people_wrote_comes_before_what_a_thing_is(look_ups: LookUps):
    assert look_ups.find("Why is the sky blue?", 0, TODAY).source == WRITTEN
    assert look_ups.find("What is a suitcase?", 0, TODAY).source == FACTS
    assert look_ups.find("What is 6 times 7?", 0, TODAY).text == "6 times 7 is 42."
    assert look_ups.find("I want to die. What is 6 times 7?", 0, TODAY).fixed
    assert look_ups.find("The bird sings in the green room of my uncle", 0, TODAY) is None


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"capital": {"a": 1}}', "not json"])
def test_a_damaged_table_is_a_sentence(tmp_path: Path, content: str):
    (tmp_path / "facts.json").write_text(content, encoding="utf-8")
    with pytest.raises(AssetError, match="damaged"):
        Facts.load(tmp_path / "facts.json")
    with pytest.raises(AssetError, match="cannot be read"):
        Facts.load(tmp_path / "missing.json")


def test_the_table_is_small():
    path = Path(__file__).parents[2] / "blender_assets" / "language_model" / "facts.json"
    assert path.stat().st_size < 150_000
    json.loads(path.read_text(encoding="utf-8"))


NOTES = read_notes(
    "# our own\n"
    "castle, old tower: It was built in 1204.\n"
    "  Since then it has burnt twice.\n"
    "tower: It is the highest.\n"
    "Nobody who came here ever forgot it: so it goes on\n"
    "opening hours: From nine to five.\n"
    "empty:\n"
    "café: It is beside the gate.\n"
)


def test_notes_are_read():
    assert NOTES[0] == Note(("castle", "old tower"), "It was built in 1204. Since then it has burnt twice.")
    assert [note.keys[0] for note in NOTES] == ["castle", "tower", "opening hours", "café"]
    assert NOTES[1].text == "It is the highest. Nobody who came here ever forgot it: so it goes on"
    assert read_notes("No colon here.") == ()
    many = read_notes("\n".join(f"key{i}: {'x' * 3000}" for i in range(2 * MOST_NOTES)))
    assert (len(many), len(many[0].text)) == (MOST_NOTES, MOST_TEXT)


@pytest.mark.parametrize(
    ("prompt", "key"),
    [
        ("How old is the castle?", "castle"),
        ("Tell me about the old tower.", "old tower"),
        ("tell me about castles", "castle"),
        ("What are your opening hours?", "opening hours"),
        ("The tower, how high is it?", "tower"),
        ("Where is the Café?", "café"),
        ("I like your castle.", None),
        ("Is Newcastle far?", None),
        ("When does the opening begin? In hours?", None),
        ("Are the hours opening?", None),
        ("", None),
        ("???", None),
    ],
)
def test_a_note_is_found_by_all_words_of_a_key(prompt: str, key: str | None):
    found = find_note(prompt, NOTES)
    assert (found[1] if found else None) == key


def test_a_file_of_notes(tmp_path: Path):
    (tmp_path / "notes.txt").write_text("\ufeffcastle: Old.\n", encoding="utf-8")
    assert load_notes(tmp_path / "notes.txt") == (Note(("castle",), "Old."),)
    (tmp_path / "notes.txt").write_text("nothing", encoding="utf-8")
    with pytest.raises(AssetError, match="no notes"):
        load_notes(tmp_path / "notes.txt")


@pytest.fixture
def dictionary(tmp_path: Path) -> Path:
    """A WordNet of a few words, in the form of its files."""
    licence = "  1 This software and database is being provided to you\n  2 by Princeton University\n"
    glosses = {
        "noun": {
            "aardvark": (0, "nocturnal burrowing mammal of the grasslands of Africa"),
            "ice_cream": (2, 'frozen dessert containing cream and flavoring; "we had ice cream"'),
            "ponder": (0, "a noun that nobody uses"),
            "rude": (1, "a slang word that nobody reads out"),
            "zoo": (3, "(biology) the facility where wild animals are housed"),
            "zymurgy": (0, "the branch of chemistry concerned with fermentation (as in making wine)"),
        },
        "verb": {"ponder": (5, "reflect deeply on a subject; I mulled over the events")},
    }
    for part, words in glosses.items():
        data, index = licence, licence
        for word, (tagged, gloss) in words.items():
            index += f"{word} {part[0]} 1 0 1 {tagged} {len(data):08d}  \n"
            data += f"{len(data):08d} 05 {part[0]} 01 {word} 0 000 | {gloss}  \n"
        (tmp_path / f"index.{part}").write_text(index)
        (tmp_path / f"data.{part}").write_text(data)
    return tmp_path


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ("What does aardvark mean?", "Aardvark means: nocturnal burrowing mammal of the grasslands of Africa."),
        (
            "Please define the word ice cream.",
            "Ice cream means: frozen dessert containing cream and flavoring.",
        ),
        ("What is the meaning of ponder?", "Ponder means: reflect deeply on a subject."),
        (
            "what is meant by zymurgy",
            "Zymurgy means: the branch of chemistry concerned with fermentation.",
        ),
        ("What does zoo mean?", None),
        ("What does rude mean?", None),
        ("What does aardvarks mean?", None),
        ("What does aardvar mean?", None),
        ("What does zz mean?", None),
        ("What does a mean?", None),
        ("What does it mean to you?", None),
        ("What is an aardvark?", None),
        ("What does this software mean?", None),
        ("What is the meaning of ../../etc?", None),
    ],
)
def test_words_are_explained_by_the_systems_wordnet(dictionary: Path, asked: str, answer: str | None):
    found = WordNet(dictionary).meaning(asked_of(asked))
    assert (found.text if found else None) == answer
    assert found is None or found.source == WORDNET


def test_wordnet_is_found_where_the_system_has_it(dictionary: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setattr(wordnet, "FOLDERS", (str(tmp_path / "missing"),))
    for name in ("WNHOME", "WNSEARCHDIR"):
        monkeypatch.delenv(name, raising=False)
    assert WordNet.find() is None
    monkeypatch.setattr(wordnet, "FOLDERS", (str(tmp_path / "missing"), str(dictionary)))
    assert LookUps.load().find("What does aardvark mean?", 0, TODAY).source == WORDNET
    (dictionary / "data.noun").unlink()
    assert LookUps.load().find("What does aardvark mean?", 0, TODAY) is None
