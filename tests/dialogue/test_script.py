"""A script is read as somebody wrote it: names, mood and pauses in parentheses, comments, screenplays, tables."""

from __future__ import annotations

from pathlib import Path

import pytest

from alphsistant_addon.core.errors import AssetError, TextError
from alphsistant_addon.dialogue.script import load_script, read_script


def said(text: str) -> list[tuple[str, str]]:
    return [(line.name, line.text) for line in read_script(text).lines]


def test_a_name_stands_before_each_line_and_what_is_below_goes_on_with_it():
    script = "# two friends\nADA: Hello, Ben!\n  How are you?\n// later\n\nBen: Fine.\nada: Good.\n"
    assert said(script) == [("ADA", "Hello, Ben! How are you?"), ("Ben", "Fine."), ("ADA", "Good.")]
    assert read_script(script).names == ("ADA", "Ben")


def test_what_stands_in_a_parenthesis_sets_mood_style_or_pause_and_is_not_said():
    lines = read_script(
        "ADA: (happily) Good morning. It is (sad) over.\n"
        "BEN (whispering): Quiet!\n"
        "ADA: (pause 2.5 s) Why?\n"
        "BEN: (beat) (shouting) (turning to the door) Because!\n"
    ).lines
    assert [line.text for line in lines] == ["[happy] Good morning. It is [sad] over.", "Quiet!", "Why?", "Because!"]
    assert [line.style for line in lines] == ["neutral", "whisper", "neutral", "shout"]
    assert [line.pause for line in lines] == [None, None, 2.5, 1.0]


def test_a_parenthesis_within_the_text_is_the_voices():
    assert said("ADA: Two (or three) cats.") == [("ADA", "Two (or three) cats.")]


def test_the_beginning_of_a_sentence_is_no_name():
    assert said("ADA: I say it once.\nI tell you: never.\nMrs. Smith: Indeed.\nsee http://a.b: c") == [
        ("ADA", "I say it once. I tell you: never."),
        ("Mrs. Smith", "Indeed. see http://a.b: c"),
    ]


def test_a_screenplay():
    script = read_script(
        "INT. KITCHEN - DAY\n\nBen comes in.\n\nADA\n(angrily)\nYou are late!\nAgain.\n\n"
        "MR. BEN (CONT'D)\nI know.\n\nCUT TO:\n\nADA (V.O.)\nNO.\n[[a note]]\n"
    )
    assert [(line.name, line.text) for line in script.lines] == [
        ("ADA", "[angry] You are late! Again."),
        ("MR. BEN", "I know."),
        ("ADA", "NO."),
    ]
    assert "Ben comes in." in script.notes[0]
    assert "CUT TO:" in script.notes[0]


@pytest.mark.parametrize("text", ["", "\n\n", "Nobody speaks here.", "ADA: (nods)"])
def test_where_nobody_says_anything_there_is_a_sentence(text: str):
    with pytest.raises(TextError, match="NAME: what is said"):
        read_script(text)


def test_a_line_in_which_nothing_is_said_is_left_out_with_a_note():
    script = read_script("ADA: Hello.\nBEN: (nods)\n")
    assert [line.name for line in script.lines] == ["ADA"]
    assert "BEN" in script.notes[0]


@pytest.mark.parametrize("name", ["lines.csv", "lines.json"])
def test_a_table(tmp_path: Path, name: str):
    path = tmp_path / name
    if name.endswith("csv"):
        path.write_text("id;face;text;mood;pause;pitch\n1;Ada;Hello, Ben.;happy;;\n2;Ben;Hi.;;1.5;-3\n")
    else:
        path.write_text(
            '[{"id": 1, "face": "Ada", "text": "Hello, Ben.", "mood": "happy"},'
            '{"id": 2, "face": "Ben", "text": "Hi.", "pause": 1.5, "pitch": -3}]'
        )
    one, two = load_script(path).lines
    assert (one.name, one.text, one.pause) == ("Ada", "[happy] Hello, Ben.", None)
    assert (two.name, two.text, two.pause, two.pitch) == ("Ben", "Hi.", 1.5, -3.0)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("id,face,text\n1,,Hello.\n", "who says it"),
        ("id,face,text,pause\n1,Ada,Hello.,900\n", "A pause is from 0 to 60"),
        ("id,face,text,pause\n1,Ada,Hello.,soon\n", "numbers"),
    ],
)
def test_a_row_that_is_wrong_is_named(tmp_path: Path, content: str, sentence: str):
    path = tmp_path / "lines.csv"
    path.write_text(content)
    with pytest.raises(AssetError, match=sentence):
        load_script(path)


@pytest.mark.parametrize("content", ["{", '{"id": 1}', "[1]", "[" * 9000])
def test_json_that_is_no_table_is_refused(tmp_path: Path, content: str):
    path = tmp_path / "lines.json"
    path.write_text(content)
    with pytest.raises(AssetError, match=r"JSON|list of objects"):
        load_script(path)


def test_a_file_that_is_no_text_is_refused(tmp_path: Path):
    path = tmp_path / "script.txt"
    path.write_bytes(b"\xff\xfe\x00A")
    with pytest.raises(AssetError, match="UTF-8"):
        load_script(path)
    with pytest.raises(AssetError, match="cannot be read"):
        load_script(tmp_path / "none.txt")
