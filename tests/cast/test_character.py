"""Who is in the cast: read from its folders, found by name, and a sentence where that fails."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from fake_cast import add_member, use_cast

from alphsistant_addon import cast
from alphsistant_addon.cast import character
from alphsistant_addon.core.errors import AssetError
from alphsistant_addon.text_to_speech.voices import voice_folder


@pytest.mark.parametrize("member", cast.members(), ids=lambda member: member.id)
def test_everybody_shipped_is_whole(member: cast.Character):
    """A face, a persona of the same name who greets and shows how she speaks, a card, and what the licence asks."""
    persona = member.persona()
    assert persona.name == member.name
    assert persona.description
    assert persona.manner
    assert persona.first_message
    assert len(persona.examples) >= 2
    assert (member.folder / "card.md").is_file()
    assert member.description.endswith(".")
    assert member.author
    assert member.licence
    assert member.tags
    assert voice_folder(member.voice).is_dir()
    assert member.blend.stat().st_size <= 2_000_000


def test_the_first_of_the_cast_is_the_shipped_face():
    assert cast.members()[0].blend.parts[-2:] == ("face", "face.blend")


def test_names_are_found_in_any_case(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    use_cast(monkeypatch, tmp_path, "Bob", "Amy")
    assert [member.name for member in cast.members()] == ["Amy", "Bob"]
    assert cast.find("BOB ").id == "bob"
    assert cast.is_member("amy")
    assert not cast.is_member("Am")
    with pytest.raises(AssetError, match="nobody called “Tim” in the cast: choose one of Amy, Bob"):
        cast.find("Tim")


def test_who_has_no_face_yet_is_left_out(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    use_cast(monkeypatch, tmp_path, "Bob", "Amy")
    (tmp_path / "cast" / "amy" / "amy.blend").unlink()
    assert [member.name for member in cast.members()] == ["Bob"]


@pytest.mark.parametrize("broken", ["{", "[]", '{"name": "Amy"}'])
def test_damaged_settings_are_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, broken: str):
    use_cast(monkeypatch, tmp_path, "Bob")
    (tmp_path / "cast" / "bob" / character.SETTINGS).write_text(broken, encoding="utf-8")
    with pytest.raises(AssetError, match=re.escape("bob/character.json” of the cast is damaged")):
        cast.members()


@pytest.mark.parametrize("changed", [{"voice": 3}, {"tags": "test"}, {"tags": [1]}])
def test_settings_of_a_wrong_kind_are_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, changed: dict[str, object]):
    use_cast(monkeypatch, tmp_path)
    add_member(tmp_path, "Bob", **changed)
    with pytest.raises(AssetError, match="damaged"):
        cast.members()
