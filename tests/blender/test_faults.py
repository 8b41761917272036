"""What can go wrong while a face is made to speak, tried for real: docs/faults.md promises what then happens.

Whatever fails, the .blend on disk and the data in memory are what they were.
"""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

bpy = pytest.importorskip("bpy")

import alphsistant_addon
from alphsistant_addon.batch.run import run
from alphsistant_addon.batch.table import Line
from alphsistant_addon.blender.common import compat, paths
from alphsistant_addon.blender.common.status import current as status
from alphsistant_addon.blender.face import description, shipped_face
from alphsistant_addon.blender.jobs import desk
from alphsistant_addon.blender.takes import bake
from alphsistant_addon.core import sound_files
from alphsistant_addon.core.errors import AlphsistantError
from alphsistant_addon.face_rig import presets

pytestmark = [pytest.mark.blender, pytest.mark.usefixtures("blender")]

REPOSITORY = Path(alphsistant_addon.__file__).parents[1]
Finish = Callable[[], Any]
MakeFace = Callable[..., Any]
needs_face = pytest.mark.skipif(
    not (REPOSITORY / "blender_assets" / "face" / "face.blend").is_file(), reason="the shipped face is not there"
)


def everything() -> dict[str, Any]:
    """What is in the file, by kind and name, and what a take would change about its scenes."""
    found: dict[str, Any] = {
        name: sorted(thing.name for thing in getattr(bpy.data, name))
        for name in dir(bpy.data)
        if isinstance(getattr(bpy.data, name), bpy.types.bpy_prop_collection)
    }
    found["window_managers"] = None  # Blender's own
    for scene in bpy.data.scenes:
        strips = [(strip.name, strip.channel, strip.mute) for strip in compat.existing_strips(scene)]
        markers = [(marker.name, marker.frame) for marker in scene.timeline_markers]
        settings = (scene.frame_start, scene.frame_end, scene.sync_mode, scene.camera, scene.world)
        found[f"scene {scene.name}"] = (strips, markers, settings)
    for keys in bpy.data.shape_keys:
        animation = keys.animation_data
        moved = (animation.action, [track.name for track in animation.nla_tracks]) if animation else (None, [])
        found[f"keys {keys.name}"] = (moved, [(block.name, block.value) for block in keys.key_blocks])
    return found


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture
def saved(make_face: MakeFace, tmp_path: Path) -> Path:
    """A saved file with a face in it."""
    make_face()
    path = tmp_path / "scene" / "film.blend"
    path.parent.mkdir()
    bpy.ops.wm.save_as_mainfile(filepath=str(path))
    return path


@pytest.fixture
def empty() -> dict[str, Any]:
    """What an empty file holds, once there is a sequencer: Blender's own scene keeps it."""
    bpy.context.scene.sequence_editor_create()
    return everything()


@pytest.fixture
def unchanged(saved: Path) -> Iterator[Path]:
    """The saved file; after the test nothing has changed in it, in memory, or beside it."""
    before, on_disk = everything(), digest(saved)
    yield saved
    assert not status.running
    assert not bpy.app.timers.is_registered(desk.poll)
    assert everything() == before
    assert digest(saved) == on_disk
    assert [path.name for path in saved.parent.iterdir() if path.is_file()] == [saved.name]
    assert not list(saved.parent.rglob("*.part"))


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (MemoryError(), "not enough memory"),
        (RuntimeError("[enforce fail at alloc_cpu.cpp] DefaultCPUAllocator: can't allocate memory"), "memory"),
        (SystemExit(1), "should not"),
        (RecursionError(), "should not"),
    ],
    ids=["out of memory", "torch out of memory", "worker ends itself", "endless recursion"],
)
def test_a_worker_that_breaks(models: Any, finish: Finish, error: BaseException, sentence: str):
    def fail() -> None:
        raise error

    models.voice.before_sentence = fail
    bpy.ops.alphsistant.generate()
    assert sentence in finish().error
    assert bpy.ops.alphsistant.generate.poll(), "the next click works"


@pytest.mark.skipif(os.name == "nt", reason="Windows has no limit for the size of files")
@pytest.mark.usefixtures("unchanged")
def test_a_disk_that_is_full_while_the_sound_is_written(finish: Finish, monkeypatch: pytest.MonkeyPatch):
    import resource

    real = sound_files.write_wav

    def on_a_full_disk(speech: Any, path: Path) -> None:
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))
        try:
            real(speech, path)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)

    monkeypatch.setattr("alphsistant_addon.blender.takes.sound.write_wav", on_a_full_disk)
    bpy.ops.alphsistant.generate()
    assert re.search(r"could not be written to .*File too large", finish().error)
    assert not list(paths.user_folder("takes").iterdir()), "no half file there either"


KILLED = """
import os, sys, time
sys.path[:0] = [sys.argv[1], os.path.join(sys.argv[1], "tests")]
import bpy, alphsistant_addon
import conftest
from alphsistant_addon.blender.jobs import desk, models_owner
from alphsistant_addon.blender.takes import bake
from alphsistant_addon.pipeline import perform
alphsistant_addon.register()
bpy.ops.wm.open_mainfile(filepath=sys.argv[2])
models = conftest.FakeModels()
models_owner.run = lambda request, cancel: perform(request, models, cancel)
bake._add_keys = lambda *_arguments, **_options: os._exit(9)
bpy.ops.alphsistant.generate()
for _ in range(1000):
    desk.poll()
    time.sleep(0.01)
"""


def test_power_loss_between_the_sound_and_the_keys(unchanged: Path, finish: Finish):
    """The process ends at once after the WAV file was written: the sound lies there, the .blend is as it was saved."""
    answer = subprocess.run(
        [sys.executable, "-c", KILLED, str(REPOSITORY), str(unchanged)], capture_output=True, text=True, check=False
    )
    assert answer.returncode == 9, answer.stdout + answer.stderr
    (sound,) = (unchanged.parent / "alphsistant").iterdir()
    assert sound.suffix == ".wav"
    bpy.ops.wm.open_mainfile(filepath=str(unchanged))
    assert bake.all_takes() == []
    bpy.ops.alphsistant.generate()
    assert finish().error == ""
    bpy.ops.wm.open_mainfile(filepath=str(unchanged))


@pytest.mark.usefixtures("unchanged")
def test_an_error_between_the_sound_and_the_keys(finish: Finish, monkeypatch: pytest.MonkeyPatch):
    def fail(*_arguments: Any, **_options: Any) -> None:
        raise RuntimeError("half way")

    monkeypatch.setattr(bake, "_add_markers", fail)
    bpy.ops.alphsistant.generate()
    assert "nothing was changed" in finish().error


@needs_face
def test_an_error_after_the_shipped_face_came_in(
    empty: dict[str, Any], finish: Finish, monkeypatch: pytest.MonkeyPatch
):
    def fail(*_arguments: Any, **_options: Any) -> None:
        raise RuntimeError("half way")

    monkeypatch.setattr(bake, "_add_markers", fail)
    bpy.ops.alphsistant.generate()
    assert "nothing was changed" in finish().error
    assert everything() == empty


def until_the_shipped_face_is_read() -> None:
    """It is read in a tick of its own; the next one makes the take."""
    bpy.ops.alphsistant.generate()
    for _ in range(2000):
        assert desk.poll() is not None
        if desk._desk.task._shipped is not None:
            assert shipped_face.COLLECTION in bpy.data.collections
            assert bake.all_takes() == []
            return
        time.sleep(0.01)
    raise AssertionError("it was not read")


@needs_face
def test_cancelled_between_reading_the_shipped_face_and_the_take(empty: dict[str, Any]):
    until_the_shipped_face_is_read()
    bpy.ops.alphsistant.cancel()
    assert status.error == "Cancelled."
    assert everything() == empty


@needs_face
def test_a_file_opened_between_reading_the_shipped_face_and_the_take(saved: Path):
    before = everything()
    for face_object in list(bpy.data.objects):
        bpy.data.objects.remove(face_object)
    until_the_shipped_face_is_read()
    bpy.ops.wm.open_mainfile(filepath=str(saved))
    assert "another file" in status.error
    assert everything() == before


@needs_face
def test_undone_between_reading_the_shipped_face_and_the_take(finish: Finish):
    bpy.ops.ed.undo_push(message="before")
    bpy.ops.mesh.primitive_cube_add()
    bpy.ops.ed.undo_push(message="a cube")
    until_the_shipped_face_is_read()
    bpy.ops.ed.undo()
    assert shipped_face.COLLECTION not in bpy.data.collections
    assert finish().error == ""
    assert [collection.name for collection in bpy.data.collections] == [shipped_face.COLLECTION]
    assert bake.is_shown(bake.all_takes()[0].id)


@needs_face
@pytest.mark.usefixtures("empty")
def test_edit_mode_between_reading_the_shipped_face_and_the_take(finish: Finish):
    bpy.ops.mesh.primitive_cube_add()
    cube = everything()
    until_the_shipped_face_is_read()
    bpy.ops.object.mode_set(mode="EDIT")
    assert desk.poll()
    assert "Object Mode" in status.step
    assert everything() == cube
    bpy.ops.object.mode_set(mode="OBJECT")
    assert finish().error == ""
    assert shipped_face.MESH in bpy.data.objects


@needs_face
def test_a_face_made_between_reading_the_shipped_one_and_the_take(make_face: MakeFace, finish: Finish):
    until_the_shipped_face_is_read()
    make_face()
    assert finish().error == ""
    assert shipped_face.COLLECTION not in bpy.data.collections
    assert bpy.data.objects["Head"].data.shape_keys.animation_data.action


def test_two_jobs_at_once_from_a_script(saved: Path, models: Any, finish: Finish):
    go_on = threading.Event()
    models.voice.before_sentence = lambda: go_on.wait(10)
    bpy.ops.alphsistant.generate()
    with pytest.raises(RuntimeError, match="A job is running"):
        bpy.ops.alphsistant.generate()
    go_on.set()
    assert finish().error == ""
    assert len(bake.all_takes()) == 1
    assert saved.is_file()


def test_two_batches_at_once_in_one_folder(tmp_path: Path):
    """Two machines that were given the same line: both come to an end, and the folder is whole."""
    line = Line("a", text="Bob.")

    def second(_line: Line, folder: Path) -> dict[str, str]:
        (folder / "speech.wav").write_text("second")
        return {"text": "second"}

    def first(_line: Line, folder: Path) -> dict[str, str]:
        (folder / "speech.wav").write_text("first")
        assert run([line], tmp_path, second)[0].status == "done"
        return {"text": "first"}

    assert run([line], tmp_path, first)[0].status == "done"
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
    assert (tmp_path / "a" / "speech.wav").read_text() == "first"


HOSTILE_NAMES = [
    'it\'s “quoted” "twice"',
    "a/b\\c:d|e?f*g",
    "..",
    '"]; import os; ["',
    "x" * 63,
    "Ж" * 31,
    "顔が話す 🙂",
    "%s {0} \\n",
    "مرحبا",
]


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_hostile_names_everywhere(make_face: MakeFace, finish: Finish, tmp_path: Path, name: str):
    """Of the object, mesh, scene, a text to speak and the .blend: a take is made, found again, shown and removed."""
    make_face(name, active=True)
    bpy.context.scene.name = name
    file_name = re.sub(r'[/\\:*?"<>|]', "_", name).strip(".") or "dots"  # what no file system takes
    path = tmp_path / f"{file_name[:60]}.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(path))
    bpy.context.scene.alphsistant.prompt = f"Bob. {name}"
    bpy.ops.alphsistant.speak()
    assert finish().error == ""
    bpy.ops.wm.save_as_mainfile(filepath=str(path))
    bpy.ops.wm.open_mainfile(filepath=str(path))
    (take,) = bake.all_takes()
    assert bake.is_shown(take.id)
    assert Path(bpy.path.abspath(take.sound)).is_file()
    bpy.ops.alphsistant.remove_take(take=take.id)
    assert bake.all_takes() == []
    assert not [action for action in bpy.data.actions if bake.TAG in action]


def test_a_file_saved_under_another_name_while_the_job_runs(saved: Path, models: Any, finish: Finish, tmp_path: Path):
    go_on = threading.Event()
    models.voice.before_sentence = lambda: go_on.wait(10)
    before = digest(saved)
    bpy.ops.alphsistant.generate()
    other = tmp_path / "elsewhere" / "renamed.blend"
    other.parent.mkdir()
    bpy.ops.wm.save_as_mainfile(filepath=str(other))
    half_way = digest(other)
    go_on.set()
    assert finish().error == ""
    (take,) = bake.all_takes()
    assert Path(bpy.path.abspath(take.sound)).parent == other.parent / "alphsistant"
    assert digest(saved) == before
    assert digest(other) == half_way, "nothing is saved behind the user's back"
    bpy.ops.wm.open_mainfile(filepath=str(other))
    assert bake.all_takes() == [], "what was saved while the job ran holds no half of it"


def test_where_no_folder_can_be_written_to(unchanged: Path, finish: Finish, monkeypatch: pytest.MonkeyPatch):
    """Root may write anywhere, so files stand where the folders would be."""
    wall = unchanged.parent / "alphsistant"
    wall.write_text("")
    monkeypatch.setattr(paths, "user_folder", lambda _name: wall / "takes")
    bpy.ops.alphsistant.generate()
    assert "could not be written to" in finish().error
    wall.unlink()


def test_a_film_where_nothing_can_be_written(saved: Path):
    camera = bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera"))
    bpy.context.scene.collection.objects.link(camera)
    bpy.context.scene.camera = camera
    (saved.parent / "wall").write_text("")
    bpy.context.scene.alphsistant.film_path = "//wall/film.mp4"
    before = everything()
    with pytest.raises(RuntimeError, match="cannot be written to"):
        bpy.ops.alphsistant.render_film()
    assert everything() == before, "no copy of the scene is left"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"null",
        b"{",
        b"[" * 100_000,
        b"\xff\xfe{}",
        b'{"rows": 3}',
        b'{"rows": [{"channel": "viseme_aa", "mesh": "Head", "key": "x", "gain": NaN}]}',
        b'{"rows": [{"channel": "viseme_aa", "mesh": "Head", "key": "x", "gain": 1e999}]}',
        b"cos\nsystem\n(S'touch pwned'\ntR.",
    ],
    ids=["empty", "null", "cut", "deep", "utf-16", "no rows", "nan", "infinite", "pickle"],
)
def test_a_hostile_preset(tmp_path: Path, content: bytes):
    path = tmp_path / "preset.json"
    path.write_bytes(content)
    with pytest.raises(AlphsistantError):
        presets.load(path)
    assert [entry.name for entry in tmp_path.iterdir()] == ["preset.json"]


def test_a_computer_without_an_audio_device(saved: Path, finish: Finish):
    system = bpy.context.preferences.system
    try:
        system.audio_device = "None"
    except TypeError:  # a Blender built without sound, which is the case to test already
        assert system.audio_device == "SOUND_NONE"
    bpy.ops.alphsistant.generate()
    assert finish().error == ""
    (take,) = bake.all_takes()
    assert Path(bpy.path.abspath(take.sound)).is_file()
    assert saved.is_file()


def test_a_huge_scene(make_face: MakeFace, finish: Finish):
    """Thousands of objects before the face, among them heavy meshes and ones with unknown keys."""
    mesh = bpy.data.meshes.new("Heavy")
    mesh.from_pydata([(i % 300, i // 300, 0) for i in range(90_000)], [], [])
    for index in range(3000):
        bpy.context.scene.collection.objects.link(bpy.data.objects.new(f"A{index}", mesh))
    for index in range(50):
        make_face(f"Door {index}", keys=("bent", "warped"))
    make_face("Zoe")
    bpy.ops.alphsistant.generate()
    assert finish().error == ""
    assert bpy.data.objects["Zoe"].data.shape_keys.animation_data.action is not None
    assert description.describe(bpy.context.scene).startswith("15 of 15")


def test_the_table_of_faults_names_tests_that_are_there():
    text = (REPOSITORY / "docs" / "faults.md").read_text(encoding="utf-8")
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", text)
    assert len(named) > 30
    missing = [
        f"{file}::{name}"
        for file, name in named
        if f"def {name}(" not in (REPOSITORY / file).read_text(encoding="utf-8")
    ]
    assert missing == []
    here = re.findall(r"^def (test_\w+)\(", Path(__file__).read_text(encoding="utf-8"), re.MULTILINE)
    assert set(here[:-1]) <= {name for _, name in named}, "every fault that is tried is in the table"
