"""The zip as a user meets it: found valid, installed into an empty user folder, and working from there."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from building import extension_zip

pytestmark = pytest.mark.blender

bpy = pytest.importorskip("bpy")

REPOSITORY = Path(__file__).resolve().parents[2]

AT_START = {
    *("", ".core", ".core.errors", ".core.lazy_names", ".text_to_speech", ".text_to_speech.controls"),
    *(".lip_sync", ".lip_sync.channels", ".face_rig", ".face_rig.bone_names", ".face_rig.name_words"),
    *(".blender", ".blender.preferences", ".blender.registration"),
    *(
        ".blender.common",
        ".blender.common.addon_preferences",
        ".blender.common.compat",
        ".blender.common.packages",
        ".blender.common.panel_parts",
    ),
    *(".blender.common.paths", ".blender.common.status", ".blender.face", ".blender.face.bone_axes"),
    *(
        ".blender.face.description",
        ".blender.face.find",
        ".blender.face.jaw_bone",
        ".blender.face.mapping",
        ".blender.face.operators",
        ".blender.face.panel",
    ),
    *(".blender.face.view_operators", ".blender.face.drawn_mouth", ".blender.face.drawn_operators", ".blender.menus"),
    *(".blender.live.channel_preview",),
    *(".blender.conversation", ".blender.conversation.operators", ".blender.conversation.panel"),
    *(".blender.conversation.properties",),
    # What mends files in which a face was moved live, and the switch that lets replies be heard at once.
    *(".blender.live", ".blender.live.live_handlers", ".blender.live.hear_switch"),
    *(".blender.live.live_status", ".blender.common.stand_aside", ".blender.jobs.observers"),
    *(".blender.live.shortcuts", ".blender.live.talk_operators", ".blender.live.talk_panel"),
    *(".blender.live.talk_properties", ".blender.live.puppet_operators", ".blender.live.held_key"),
    *(".blender.live.level_meter", ".blender.live.channel_preview"),
    *(".blender.film", ".blender.film.operators", ".blender.film.panel"),
    *(".blender.headless", ".blender.headless.command_line", ".blender.jobs", ".blender.jobs.buttons"),
    *(".blender.recording", ".blender.recording.operators", ".blender.recording.panel"),
    *(".blender.recording.properties", ".blender.recording.sound_input"),
    *(".blender.speak", ".blender.speak.expression_settings", ".blender.speak.operators", ".blender.speak.panel"),
    *(".blender.speak.properties", ".blender.speak.voice_settings", ".blender.speak.warm_up"),
    *(".blender.speak.voice_choice", ".blender.common.voice_names"),
    *(".interchange", ".interchange.formats", ".blender.interchange", ".blender.interchange.operators"),
    *(".blender.interchange.panel", ".blender.takes.captions", ".blender.takes.dial_settings"),
    *(".blender.takes", ".blender.takes.operators", ".blender.takes.panel", ".blender.takes.placement"),
    *(".blender.takes.playback", ".blender.takes.record", ".blender.takes.handlers", ".blender.takes.markers"),
    *(".blender.cast", ".blender.cast.operators", ".blender.cast.panel", ".blender.cast.pictures"),
    *(".blender.dialogue", ".blender.dialogue.operators", ".blender.dialogue.panel", ".blender.dialogue.properties"),
    *(".blender.words", ".blender.words.operators", ".blender.words.panel", ".blender.words.word_list"),
    # An opened file may show words, whose markers are watched from then on.
    *(".blender.words.word_handlers", ".blender.words.word_watch"),
    # What takes change and take back: the list's buttons show and mute takes.
    *(
        ".blender.common.file_changes",
        ".blender.common.scene_time",
        ".blender.takes.own_animation",
        ".blender.takes.scene_settings",
        ".blender.takes.strip_settings",
    ),
}
"""Modules of ours that may be imported when the add-on is enabled: classes that Blender registers, and names."""

NOT_AT_START = {
    *("torch", "transformers", "scipy", "phonemizer", "pocketsphinx"),
    *("logging", "json", "uuid", "tempfile", "shutil", "subprocess", "urllib.request", "importlib.metadata"),
}
"""Each of these takes longer than all of a panel's own code; nothing needs them before the first click."""

INSTALL = """
import json, sys
import bpy, addon_utils
bpy.context.preferences.filepaths.use_scripts_auto_execute = False
addon_utils.enable("bl_pkg", default_set=True)
bpy.ops.extensions.package_install_files(filepath=sys.argv[1], repo="user_default", enable_on_install=True)
found = {}
"""

REPORT = """
addon_utils.disable("bl_ext.user_default.alphsistant")
print("FOUND " + json.dumps(found))
"""


def run_in_blender(script: str, user_folder: Path, *arguments: str) -> dict[str, Any]:
    """Run ``script`` in a new process with Blender, its user folder and no view of this repository; its ``found``."""
    hidden = {"PYTHONPATH", "BLENDER_USER_EXTENSIONS"}
    answer = subprocess.run(
        [sys.executable, "-c", INSTALL + script + REPORT, *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=user_folder,
        env={
            **{name: value for name, value in os.environ.items() if name not in hidden},
            "BLENDER_USER_RESOURCES": str(user_folder),
        },
    )
    reports = [line for line in answer.stdout.splitlines() if line.startswith("FOUND ")]
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert reports, answer.stdout + answer.stderr
    found: dict[str, Any] = json.loads(reports[0].removeprefix("FOUND "))
    return found


@pytest.fixture(scope="session")
def small_zip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The zip without wheels: what they bring is in the test environment already."""
    (path,) = extension_zip.build([], wheels=False, output=tmp_path_factory.mktemp("dist"))
    return path


def test_blender_finds_the_zip_valid(small_zip: Path):
    tool = Path(bpy.utils.system_resource("SCRIPTS")) / "addons_core" / "bl_pkg" / "cli" / "blender_ext.py"
    answer = subprocess.run(
        [sys.executable, str(tool), "validate", str(small_zip)], capture_output=True, text=True, check=False
    )
    assert answer.returncode == 0, answer.stdout + answer.stderr


def test_it_installs_registers_and_disables_without_a_trace(small_zip: Path, tmp_path: Path):
    found = run_in_blender(
        """
before = set(dir(bpy.types))
addon_utils.disable("bl_ext.user_default.alphsistant")
without = set(dir(bpy.types))
addon_utils.enable("bl_ext.user_default.alphsistant", default_set=True)
found["enabled"] = "bl_ext.user_default.alphsistant" in bpy.context.preferences.addons
found["classes"] = sorted(before - without)
found["back"] = set(dir(bpy.types)) == before
found["timers"] = without == before
import threading
addon_utils.disable("bl_ext.user_default.alphsistant")
found["threads"] = [thread.name for thread in threading.enumerate() if thread is not threading.main_thread()]
""",
        tmp_path,
        str(small_zip),
    )
    assert found["enabled"]
    assert found["classes"], "the add-on registered nothing"
    assert found["back"]
    assert found["threads"] == []


def test_start_up_imports_only_what_the_panel_draws_with():
    """Every module and dataclass more is paid for by every start of Blender (measured: ``bench enabling``)."""
    script = """
import os, sys
import bpy
before = set(sys.modules)
import alphsistant_addon
alphsistant_addon.register()
print("FOUND", *sorted(set(sys.modules) - before), flush=True)
alphsistant_addon.unregister()
os._exit(0)  # the wheel of 4.2 may crash in its own destructors
"""
    answer = subprocess.run(
        [sys.executable, "-c", script], cwd=REPOSITORY, capture_output=True, text=True, check=True, timeout=120
    )
    (new,) = (line.split()[1:] for line in answer.stdout.splitlines() if line.startswith("FOUND "))
    ours = {name.removeprefix("alphsistant_addon") for name in new if name.split(".")[0] == "alphsistant_addon"}
    assert ".blender.speak.panel" in ours
    assert ours <= AT_START, "import it where a button is pressed, or say here why enabling needs it"
    assert not NOT_AT_START.intersection(new)


def test_it_answers_a_prompt_from_where_it_is_installed(small_zip: Path, tmp_path: Path):
    pytest.importorskip("torch")
    found = run_in_blender(
        """
from bl_ext.user_default.alphsistant.alphsistant_addon.blender.headless import demo_film
film = demo_film.make_film("Hello, who are you?", sys.argv[2], size=64, still_samples=0)
found["text"] = film.text.read_text(encoding="utf-8").strip()
found["sound"] = film.sound.stat().st_size
found["film"] = film.film.stat().st_size
found["from"] = demo_film.__file__
""",
        tmp_path,
        str(small_zip),
        str(tmp_path / "out"),
    )
    assert found["text"]
    assert found["sound"] > 10_000
    assert found["film"] > 1_000
    assert Path(found["from"]).is_relative_to(tmp_path)
