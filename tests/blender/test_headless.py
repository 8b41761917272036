"""The folder that the demo makes, and the lips of the shipped face in it."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fake_cast import use_cast

bpy = pytest.importorskip("bpy")

from lip_gap import lip_gap

import alphsistant_addon
from alphsistant_addon.blender.face import shipped_face
from alphsistant_addon.blender.film import contact_sheet
from alphsistant_addon.blender.headless import demo_film
from alphsistant_addon.blender.takes import bake, record
from alphsistant_addon.core.errors import AlphsistantError, AssetError
from alphsistant_addon.core.face_animation import Curve, FaceAnimation
from alphsistant_addon.core.phone_inventory import SILENCE
from alphsistant_addon.core.speech import Phone
from alphsistant_addon.pipeline import reply_stream
from alphsistant_addon.pipeline.reply import Reply

pytestmark = pytest.mark.blender

REPOSITORY = Path(alphsistant_addon.__file__).parents[1]
needs_face = pytest.mark.skipif(
    not (REPOSITORY / "blender_assets" / "face" / "face.blend").is_file(), reason="the shipped face is not there"
)
has_video_sound = bpy.app.build_options.audaspace


def notes(picture: Path) -> set[bytes]:
    """Names of the texts in a PNG, without those in which Cycles counts its samples."""
    return {name for name in re.findall(rb"tEXt([^\0]+)\0", picture.read_bytes()) if not name.startswith(b"cycles.")}


@needs_face
def test_somebody_of_the_cast_in_the_film(models: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    use_cast(monkeypatch, tmp_path / "assets", "Amy", "Bob")
    models.language_model.sentences = ["Bop."]
    demo_film.make_film("Hello", tmp_path, character="BOB", size=64, still_samples=0, models=models)
    assert models.language_model.personas[-1].name == "Bob"
    (take,) = bake.all_takes()
    assert record.objects_of(bpy.context.scene, take.id)[0].name == "Bob Face"
    with pytest.raises(AssetError, match="nobody called “Tim”"):
        demo_film.make_film("Hello", tmp_path, character="Tim", models=models)


def test_the_command_line_gives_a_character_its_voice_unless_another_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    use_cast(monkeypatch, tmp_path / "assets", "Amy", "Bob")
    asked: list[Any] = []

    def made(*_arguments: Any, **wanted: Any) -> Any:
        asked.append(wanted)
        raise AssetError("enough")

    monkeypatch.setattr(demo_film, "make_film", made)
    said = ["--prompt", "Hi.", "--out", str(tmp_path)]
    for more in (["--character", "bob"], ["--character", "bob", "--voice", "amy"], []):
        assert demo_film.main([*said, *more]) == 1
    assert [wanted["character"] for wanted in asked] == ["bob", "bob", ""]
    voices = [wanted["models"]._voice for wanted in asked]
    assert [str(voice) if voice else None for voice in voices] == ["voice of Bob", "amy", None]


@needs_face
def test_a_film_and_all_that_belongs_to_it(models: Any, tmp_path: Path):
    models.language_model.sentences = ["Bop."]
    steps: list[tuple[str, float]] = []
    out = tmp_path / "not there yet" / "film"
    film = demo_film.make_film(
        "Hello", out, size=64, still_samples=1, models=models, progress=lambda *step: steps.append(step)
    )
    assert film.text.read_text() == "Bop.\n"
    assert film.sound.read_bytes()[:4] == b"RIFF"
    video = film.film.read_bytes()
    assert b"avc1" in video, "H.264"
    assert (b"mp4a" in video) == has_video_sound, "AAC"
    for picture in (film.contact_sheet, film.still):
        assert picture is not None
        assert picture.read_bytes()[:4] == b"\x89PNG"
    for file in (film.film, film.contact_sheet, film.still):
        assert file is not None
        assert str(tmp_path).encode() not in file.read_bytes(), "no path of the user's in its metadata"
        assert notes(file) == set()
    assert sorted(path.name for path in out.iterdir()) == [
        *("contact_sheet.png", "film.mp4", "reply.txt", "reply.wav", "still.png", "take.blend")
    ]
    assert [fraction for _, fraction in steps] == sorted(fraction for _, fraction in steps)
    assert steps[-1] == ("Done", 1.0)

    bpy.ops.wm.open_mainfile(filepath=str(film.blend))
    scene = bpy.context.scene
    clip = bpy.data.movieclips.load(str(film.film))
    assert clip.frame_duration == scene.frame_end - scene.frame_start + 1
    assert clip.fps == pytest.approx(demo_film.FRAME_RATE)
    assert [name.name for name in bpy.data.scenes] == [scene.name], "no copy is left behind"
    (take,) = bake.all_takes()
    assert take.sound == "//reply.wav"

    scene.render.filepath = str(tmp_path / "frame")
    scene.render.resolution_percentage = 10
    bpy.ops.render.render(write_still=True)
    assert notes(tmp_path / "frame.png") == set(), "as a farm renders the scene"


@needs_face
def test_lips_of_the_shipped_face_seal_in_the_film(models: Any, tmp_path: Path):
    reply = list(reply_stream.run("", models, text="Bob may pop my map.", frame_rate=25))[-1]
    assert isinstance(reply, Reply)
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    scene = bpy.context.scene
    scene.render.fps = 25
    with shipped_face.shipped(scene) as speaking:
        take = bake.bake(scene, speaking, reply, sound_path=tmp_path / "reply.wav")
    shipped = bpy.data.objects[speaking.meshes[0]]
    closures = [phone for phone in reply.speech.phones if phone.symbol in {"p", "b", "m"}]
    assert len(closures) == 8
    for phone in closures:
        frames = range(int(take.start + phone.start * 25), int(take.start + phone.end * 25) + 2)
        gaps = []
        for frame in frames:
            scene.frame_set(frame)
            gaps.append(lip_gap(shipped))
        assert min(gaps) < 0.001, phone


@needs_face
def test_it_works_without_registering_the_add_on():
    """As the demo does it, and scripts that import the package in Blender's Python module."""
    script = (
        "import os, bpy; from alphsistant_addon.blender.face import shipped_face;"
        "bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True);"
        "speaking = shipped_face.shipped(bpy.context.scene).__enter__(); print(speaking.meshes, flush=True);"
        "os._exit(0)"
    )
    answer = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=REPOSITORY, check=False)
    assert answer.returncode == 0, answer.stderr
    assert shipped_face.MESH in answer.stdout


def test_a_folder_that_cannot_be_made(models: Any, tmp_path: Path):
    (tmp_path / "wall").write_text("")
    with pytest.raises(AssetError, match="cannot be made"):
        demo_film.make_film("Hello", tmp_path / "wall" / "out", models=models)


def test_a_folder_that_cannot_be_written_to(models: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    def refuse(_path: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "touch", refuse)  # root may write to read-only folders
    with pytest.raises(AssetError, match="Permission denied"):
        demo_film.make_film("Hello", tmp_path, models=models)
    assert list(tmp_path.iterdir()) == []
    assert models.language_model.asked == [], "found out before the work is done"


def test_an_unknown_engine(models: Any, tmp_path: Path):
    with pytest.raises(AlphsistantError, match="workbench"):
        demo_film.make_film("Hello", tmp_path, engine="blender internal", models=models)


def test_the_command_line_says_what_is_wrong(tmp_path: Path):
    (tmp_path / "wall").write_text("")
    command = [sys.executable, "-m", "alphsistant_addon.blender.headless", "--text", "Hi", "--out"]
    answer = subprocess.run(
        [*command, str(tmp_path / "wall" / "x")], capture_output=True, text=True, cwd=REPOSITORY, check=False
    )
    assert answer.returncode == 1
    assert "cannot be made" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_the_sheet_shows_each_kind_in_the_order_of_the_film():
    symbols = [SILENCE, "b", "ɑ", "m", "oʊ", "f", SILENCE, "p", "æ"]
    phones = [Phone(symbol, index * 0.1, index * 0.1 + 0.1) for index, symbol in enumerate(symbols)]
    shots = contact_sheet.choose_shots(phones, start=11, rate=20)
    assert [shot.frame for shot in shots] == [11 + 2 * index + 1 for index in range(len(symbols))]
    assert shots[1].label.startswith("lips sealed  /b/")


def test_the_still_shows_open_eyes():
    """The longest vowel falls into a blink, so the next longest is shown."""
    phones = (Phone("m", 0.0, 0.2), Phone("ɑ", 0.2, 0.6), Phone("m", 0.6, 0.8), Phone("æ", 0.8, 1.0))
    blink = Curve(np.array([0.3, 0.4, 0.5]), np.array([0.0, 1.0, 0.0]))
    shut = FaceAnimation({"eyeBlinkLeft": blink}, 1.0)
    assert contact_sheet.widest_frame(phones, FaceAnimation({}, 1.0), start=1, rate=100) == 41
    assert contact_sheet.widest_frame(phones, shut, start=1, rate=100) == 91
