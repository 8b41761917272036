"""Personas: as text, as character cards; damaged and hostile files are sentences."""

from __future__ import annotations

import base64
import json
import struct
import zlib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alphsistant_addon.core.errors import AssetError
from alphsistant_addon.text_generation.dialogue_format import (
    END_OF_TEXT,
    OPENING,
    SCRIPT,
    TURN_TOKENS,
    earlier_turns,
    for_persona,
)
from alphsistant_addon.text_generation.persona import (
    ALPHSISTANT,
    MOST_CHARACTERS,
    MOST_EXAMPLES,
    MOST_TOLD,
    SPOKEN,
    Persona,
    history_from_line,
)

MARA = Persona(
    "Mara",
    "Keeps a lighthouse at the end of the world.",
    "Dry, in short sentences.",
    "Who goes there?",
    (("How is the sea?", "Wet."), ("Are you alone?", "The lamp is company.")),
)
CARD: dict[str, Any] = {
    "spec": "chara_card_v2",
    "spec_version": "2.0",
    "name": "Old Name",
    "data": {
        "name": "Mara",
        "description": "{{char}} keeps a lighthouse\nat the end of the world.",
        "personality": "Dry,",
        "system_prompt": "in short sentences.",
        "scenario": "",
        "first_mes": "Who goes there, {{user}}?",
        "mes_example": "<START>\n{{user}}: How is the sea?\n{{char}}: Wet.\n<START>\n{{char}}: Hm.\n{{user}}: Bye.",
        "extensions": {"code": "__import__('os')"},
    },
}


def png(*chunks: tuple[bytes, bytes]) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*c) for c in chunks) + chunk(b"IEND", b"")


def embedded(keyword: bytes, card: Any) -> tuple[bytes, bytes]:
    return b"tEXt", keyword + b"\0" + base64.b64encode(json.dumps(card).encode())


def test_a_text_is_read_as_it_was_written(tmp_path: Path):
    assert Persona.from_text(MARA.text) == MARA
    MARA.save(tmp_path / "mara.txt")
    assert Persona.load(tmp_path / "mara.txt") == MARA
    assert Persona.from_text(ALPHSISTANT.text) == ALPHSISTANT


WORDS = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "Zs", "Sm")), max_size=60)


@given(
    st.builds(
        Persona,
        WORDS.filter(lambda name: name.strip().lower() not in {"human", "name", "who", "manner", "first message"}),
        *(WORDS,) * 3,
        st.lists(st.tuples(WORDS, WORDS.filter(str.strip)), max_size=4).map(tuple),
    )
)
def test_whatever_is_written_is_read_again(persona: Persona):
    once = Persona.from_text(persona.cut().text)
    assert once == Persona.from_text(once.text)
    assert once.description == " ".join(persona.description.split())
    assert [answer for _, answer in once.examples] == [" ".join(answer.split()) for _, answer in persona.examples]


def test_a_text_written_by_hand_is_understood():
    text = "NAME: Mara\nwho: Keeps a light:\n at the end.\nFirst message: Hm?\nHuman: Hi\nHuman: you\nmara: Hm.\nGo on."
    read = Persona.from_text(text)
    assert read == Persona("Mara", "Keeps a light: at the end.", "", "Hm?", (("Hi you", "Hm. Go on."),))


@pytest.mark.parametrize("text", ["", "\n\n", "Just words.", "Name:\n"])
def test_a_text_without_a_persona_is_refused(text: str):
    with pytest.raises(AssetError, match="no persona"):
        Persona.from_text(text)


def test_cards_of_all_versions_say_the_same(tmp_path: Path):
    expected = Persona(
        "Mara",
        "Mara keeps a lighthouse at the end of the world.",
        "Dry, in short sentences.",
        "Who goes there, you?",
        (("How is the sea?", "Wet."),),
    )
    old = CARD["data"]
    for name, content in {
        "v2.json": json.dumps(CARD).encode(),
        "v3.json": b"\xef\xbb\xbf" + json.dumps({**CARD, "spec": "chara_card_v3"}).encode(),
        "v1.json": json.dumps(old).encode(),
        "chara.png": png((b"IHDR", b"x" * 13), embedded(b"chara", CARD)),
        "both.png": png(embedded(b"chara", {"name": "No"}), embedded(b"ccv3", CARD)),
    }.items():
        (tmp_path / name).write_bytes(content)
        assert Persona.load(tmp_path / name) == expected, name


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("a.json", b"not json", "damaged"),
        ("a.json", b"[1, 2]", "no character card"),
        ("a.json", b'{"data": {"name": 5}}', "no character card"),
        ("a.json", b"[" * 100_000, "damaged"),
        ("a.json", b"\xff\xfe\x00", "damaged"),
        ("a.png", b"JPEG", "damaged"),
        ("a.png", png(), "no character card in the picture"),
        ("a.png", png(embedded(b"chara", CARD))[:-30], "damaged"),
        ("a.png", png((b"tEXt", b"chara\0not base64!")), "damaged"),
        ("a.png", b"\x89PNG\r\n\x1a\n" + struct.pack(">I4s", 2**32 - 1, b"tEXt") + b"chara", "damaged"),
    ],
)
def test_damaged_cards_are_sentences(tmp_path: Path, name: str, content: bytes, sentence: str):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(AssetError, match=sentence):
        Persona.load(tmp_path / name)


def test_a_changed_picture_is_noticed(tmp_path: Path):
    mara, sara = (embedded(b"chara", {"name": name})[1] for name in ("Mara", "Sara"))
    content = png((b"tEXt", mara))
    (tmp_path / "a.png").write_bytes(content)
    assert Persona.load(tmp_path / "a.png").name == "Mara"
    (tmp_path / "a.png").write_bytes(content.replace(mara, sara))
    with pytest.raises(AssetError, match="damaged"):
        Persona.load(tmp_path / "a.png")


def test_sizes_are_bounded(tmp_path: Path):
    huge = {"name": "n" * 1000, "description": "d" * 10**6, "mes_example": "{{user}}: a\n{{char}}: b\n" * 500}
    (tmp_path / "huge.json").write_text(json.dumps(huge))
    read = Persona.load(tmp_path / "huge.json")
    assert (len(read.name), len(read.description), len(read.examples)) == (100, MOST_CHARACTERS, MOST_EXAMPLES)
    with (tmp_path / "larger.json").open("wb") as file:
        file.truncate(5 << 20)
    with pytest.raises(AssetError, match="no persona"):
        Persona.load(tmp_path / "larger.json")
    with pytest.raises(AssetError, match="cannot be read"):
        Persona.load(tmp_path / "missing.txt")


def test_half_a_surrogate_pair_does_no_harm(tmp_path: Path):
    (tmp_path / "a.json").write_text('{"name": "Mara", "description": "x \\ud83d y"}')
    Persona.load(tmp_path / "a.json").text.encode()


def test_a_plain_gpt2_reads_who_it_is_and_how_it_speaks():
    turns, before = for_persona(SCRIPT, MARA)
    head = "This is a conversation between a human and Mara. Keeps a lighthouse"
    assert turns.preamble.startswith(head)
    assert "Human: How is the sea?\nMara: Wet.\n" in turns.preamble
    assert (turns.before_self, "Mara:" in turns.stop_texts) == ("Mara:", True)
    assert before == (("", "Who goes there?"),)
    assert "I am Bob." in for_persona(SCRIPT, Persona("Bob"))[0].preamble
    assert for_persona(SCRIPT, ALPHSISTANT) == (SCRIPT, ())


def test_a_long_persona_leaves_room_for_the_talk_in_a_script():
    long = Persona("Mara", "d" * 5000, examples=(("How?", "So."), ("Why?", "w" * 5000), ("Who?", "Me.")))
    preamble = for_persona(SCRIPT, long)[0].preamble
    assert len(preamble) < 1000
    assert preamble.endswith("Human: How?\nMara: So.\n")
    assert "I am Bob." in for_persona(SCRIPT, Persona("Bob", examples=(("Why?", "w" * 5000),)))[0].preamble


@pytest.mark.parametrize("turns", [TURN_TOKENS, END_OF_TEXT])
def test_models_with_turns_of_their_own_see_the_examples_as_turns(turns: Any):
    assert for_persona(turns, MARA) == (turns, (*MARA.examples, ("", MARA.first_message)))


def test_what_is_said_unasked_answers_a_greeting():
    assert earlier_turns([("", "Who goes there?"), (" ", "...")], 1000) == [(OPENING, "Who goes there?")]


def test_a_chat_model_is_told_all_of_it():
    assert MARA.system.startswith("You are Mara. Keeps a lighthouse at the end of the world. Dry, in short sentences. ")


def test_a_chat_model_is_told_no_more_than_leaves_room_for_the_talk():
    told = Persona("Mara", "d" * MOST_CHARACTERS, "m" * MOST_CHARACTERS).system
    assert told.startswith("You are Mara. ddd")
    assert told.endswith(f"d {SPOKEN}")
    assert len(told) < MOST_TOLD + len(SPOKEN) + 20


@pytest.mark.parametrize(
    ("line", "turns"),
    [
        ("", ()),
        ("Hi. | Hello!", (("Hi.", "Hello!"),)),
        (" Hi.|Hello! |Who? | A face. | ", (("Hi.", "Hello!"), ("Who?", "A face."))),
    ],
)
def test_a_history_on_one_line(line: str, turns: Any):
    assert history_from_line(line) == turns


def test_a_history_that_ends_with_a_question_is_refused():
    with pytest.raises(AssetError, match="ends with a question"):
        history_from_line("Hi. | Hello! | Who?")
