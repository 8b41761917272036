"""Which voices there are, and what is said of one that is not there."""

import json
import shutil
from pathlib import Path

import pytest

from alphsistant_addon.core.assets import asset_folder
from alphsistant_addon.core.errors import AssetError
from alphsistant_addon.text_to_speech import Voice, voices

HEART = asset_folder("voices") / "heart"


@pytest.fixture
def shipped(monkeypatch, tmp_path) -> Path:
    """A folder of shipped voices: three that have names and settings only."""
    folder = tmp_path / "voices"
    for name in ("heart", "abel", "zoe"):
        (folder / name).mkdir(parents=True)
        (folder / name / "voice.json").write_text(json.dumps({"description": f"It is {name}"}), encoding="utf-8")
    (folder / "recipe").mkdir()
    monkeypatch.setattr(voices, "asset_folder", lambda _name: folder)
    return folder


def test_every_shipped_voice_says_who_is_heard():
    shipped = voices.shipped_voices()
    assert shipped[0].name == voices.DEFAULT
    assert all(voice.description for voice in shipped)
    assert all((voice.folder / name).is_file() for voice in shipped for name in ("card.md", "PROVENANCE.md"))


def test_the_default_stands_first_and_folders_without_settings_are_no_voices(shipped):
    assert [voice.name for voice in voices.shipped_voices()] == ["heart", "abel", "zoe"]
    assert voices.shipped_voices()[2].description == "It is zoe"
    assert voices.shipped_voices()[2].folder == shipped / "zoe"


@pytest.mark.parametrize("asked", [None, "", "heart", "Heart", "HEART"])
def test_a_shipped_voice_is_found_by_its_name(shipped, asked):
    assert voices.voice_folder(asked) == shipped / "heart"


def test_a_folder_of_the_users_own_is_found(shipped, tmp_path, monkeypatch):
    own = tmp_path / "my voice"
    own.mkdir()
    assert voices.voice_folder(own) == own
    assert voices.voice_folder(str(own)) == own
    monkeypatch.chdir(tmp_path)
    assert voices.voice_folder("my voice") == Path("my voice")
    (tmp_path / "zoe").mkdir()
    assert voices.voice_folder("zoe") == shipped / "zoe", "names come first"
    assert voices.voice_folder("./zoe").resolve() == tmp_path / "zoe"


def test_a_missing_voice_is_one_sentence_that_names_those_there_are(shipped, tmp_path):
    with pytest.raises(AssetError) as caught:
        Voice.load("nobody")
    assert str(caught.value) == (
        "There is no voice “nobody”: choose heart, abel or zoe, or the folder of a voice of your own."
    )
    shutil.rmtree(shipped / "abel")
    shutil.rmtree(shipped / "zoe")
    with pytest.raises(AssetError, match="choose heart, or the folder"):
        voices.voice_folder(tmp_path / "gone")


@pytest.mark.parametrize("content", ["{", "[]", "\udcff"])
def test_a_damaged_list_entry_is_a_sentence(shipped, content):
    (shipped / "zoe" / "voice.json").write_text(content, encoding="utf-8", errors="surrogateescape")
    with pytest.raises(AssetError, match=r"zoe.*damaged"):
        voices.shipped_voices()


def test_names_load_what_their_folder_holds():
    assert Voice.load("heart").config == Voice.load(HEART).config
