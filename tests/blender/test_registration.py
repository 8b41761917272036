"""What the add-on adds to Blender: all of it, or nothing; menus and F3; nothing of the last file."""

from __future__ import annotations

import gc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

bpy = pytest.importorskip("bpy")

import alphsistant_addon
from alphsistant_addon.blender import menus, registration
from alphsistant_addon.blender.common.status import current as status

pytestmark = pytest.mark.blender


def traces() -> list[str]:
    """Whatever of ours Blender has now."""
    classes = [name for name in dir(bpy.types) if name.upper().startswith("ALPHSISTANT")]
    operators = [name for name in dir(bpy.ops.alphsistant) if not name.startswith("_")]
    owners = (bpy.types.Scene, bpy.types.Object, bpy.types.Action, bpy.types.WindowManager)
    properties = [name for owner in owners for name in dir(owner) if name.startswith("alphsistant")]
    entries = [name for name, draw in menus.ENTRIES if draw in getattr(bpy.types, name)._dyn_ui_initialize()]
    handlers = [handler for handler in bpy.app.handlers.load_pre if handler is registration._before_file_load]
    return [*classes, *operators, *properties, *entries, *map(str, handlers)]


class Broken:
    """No class that Blender takes."""


@pytest.mark.parametrize("place", [0, 5, -1])
def test_a_class_that_fails_to_register_leaves_nothing_registered(monkeypatch: pytest.MonkeyPatch, place: int):
    assert traces() == []
    classes = list(registration.CLASSES)
    classes.insert(place, Broken)
    monkeypatch.setattr(registration, "CLASSES", tuple(classes))
    with pytest.raises(RuntimeError, match="bl_rna"):
        alphsistant_addon.register()
    assert traces() == []
    monkeypatch.undo()
    alphsistant_addon.register()
    assert traces()
    alphsistant_addon.unregister()
    assert traces() == []


@pytest.mark.parametrize("is_collecting", [True, False])
def test_the_collector_rests_while_the_classes_are_registered_and_is_left_as_it_was(
    monkeypatch: pytest.MonkeyPatch, is_collecting: bool
):
    seen = []
    monkeypatch.setattr(registration, "CLASSES", (*registration.CLASSES, Broken))
    was, register_class = gc.isenabled(), bpy.utils.register_class
    monkeypatch.setattr(bpy.utils, "register_class", lambda cls: (seen.append(gc.isenabled()), register_class(cls)))
    (gc.enable if is_collecting else gc.disable)()
    try:
        with pytest.raises(RuntimeError, match="bl_rna"):
            alphsistant_addon.register()
        assert gc.isenabled() is is_collecting
    finally:
        (gc.enable if was else gc.disable)()
    assert seen
    assert not any(seen)


class Menu:
    """Takes down which operators and menus a menu holds."""

    def __init__(self) -> None:
        self.operators: list[str] = []
        self.layout = self
        self.operator_context = ""

    def separator(self) -> None:
        """Nothing to take down."""

    def menu(self, name: str, *, icon: str) -> None:
        assert icon in bpy.types.UILayout.bl_rna.functions["label"].parameters["icon"].enum_items
        assert hasattr(bpy.types, name)
        self.operators.append(name)

    def operator(self, name: str, *, icon: str = "NONE", text: str = "as it is called") -> None:
        assert text
        assert icon in bpy.types.UILayout.bl_rna.functions["label"].parameters["icon"].enum_items
        assert getattr(bpy.ops.alphsistant, name.removeprefix("alphsistant.")).get_rna_type()
        self.operators.append(name)


@pytest.mark.usefixtures("blender")
def test_blenders_own_menus_hold_the_buttons():
    """F3 searches these menus."""
    found = {}
    for name, draw in menus.ENTRIES:
        assert draw in getattr(bpy.types, name)._dyn_ui_initialize()
        menu = Menu()
        draw(menu, bpy.context)
        found[name] = menu.operators
    assert found == {
        "VIEW3D_MT_add": ["alphsistant.add_face", "ALPHSISTANT_MT_characters"],
        "VIEW3D_MT_object_animation": ["alphsistant.speak_line", "alphsistant.lip_sync_file"],
        "SEQUENCER_MT_strip": ["alphsistant.lip_sync_strip"],
        "TOPBAR_MT_file_import": ["alphsistant.import_timing"],
        "TOPBAR_MT_file_export": ["alphsistant.export_take"],
    }


@pytest.mark.usefixtures("blender")
def test_another_file_shows_nothing_of_the_last_one(tmp_path: Path):
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "one.blend"))
    for load in (
        lambda: bpy.ops.wm.read_homefile(use_factory_startup=True),
        lambda: bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "one.blend")),
    ):
        status.sentences.append("I am a talking face.")
        status.end(notes=("A note.",))
        status.film = "film.mp4"
        load()
        assert (status.sentences, status.notes, status.error, status.film) == ([], (), "", "")


def test_speak_text_from_the_menu(blender: Any, make_face: Callable[..., Any], finish: Callable[[], Any]):
    make_face()
    assert bpy.ops.alphsistant.speak_line(text="Bob. Pop.") == {"FINISHED"}
    assert finish().error == ""
    assert blender.context.scene.alphsistant.prompt == "Bob. Pop."


def test_a_text_of_the_text_editor_takes_the_place_of_the_line(
    blender: Any, make_face: Callable[..., Any], finish: Callable[[], Any]
):
    from alphsistant_addon.blender.takes import bake

    make_face()
    text = blender.data.texts.new("Speech")
    text.write("Bob may pop.\nPam may mop.\n")
    blender.context.scene.alphsistant.script = text
    blender.ops.alphsistant.speak()
    assert finish().error == ""
    (take,) = bake.all_takes()
    assert take.text == "Bob may pop. Pam may mop."
