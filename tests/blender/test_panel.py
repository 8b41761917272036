"""What is drawn, on a layout that knows what Blender would refuse: icons, properties and operators that are not there.

The bpy wheel has no window to draw in.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from fake_cast import use_cast

bpy = pytest.importorskip("bpy")

from alphsistant_addon.blender import preferences
from alphsistant_addon.blender.cast import panel as cast_panel
from alphsistant_addon.blender.common import packages
from alphsistant_addon.blender.common.status import current as status
from alphsistant_addon.blender.conversation import panel as conversation_panel
from alphsistant_addon.blender.film import panel as film_panel
from alphsistant_addon.blender.jobs import desk, server_models_task
from alphsistant_addon.blender.speak import panel
from alphsistant_addon.blender.takes import panel as take_panel
from alphsistant_addon.text_generation import model_list
from alphsistant_addon.torch_installer import install_torch

pytestmark = [pytest.mark.blender, pytest.mark.usefixtures("blender")]

FUNCTIONS = bpy.types.UILayout.bl_rna.functions
ICONS = set(FUNCTIONS["label"].parameters["icon"].enum_items.keys())


class Layout:
    """Records texts; fails where Blender would."""

    def __init__(self, texts: list[str]) -> None:
        self.texts = texts

    def _inside(self, **options: Any) -> Layout:
        assert set(options) <= {"align"}
        return Layout(self.texts)

    row = column = box = _inside

    def separator(self) -> None:
        """Nothing is written."""

    def template_ID(self, data: Any, name: str, *, new: str, open: str) -> None:  # noqa: A002, N802  # Blender's names
        assert name in data.bl_rna.properties
        assert {new, open} <= {f"text.{operator}" for operator in dir(bpy.ops.text)}

    def template_icon_view(self, data: Any, name: str, *, show_labels: bool, scale: float, scale_popup: float) -> None:
        assert name in data.bl_rna.properties
        assert show_labels
        assert min(scale, scale_popup) > 0
        self.texts.append(getattr(data, name))

    def label(self, *, text: str, icon: str = "NONE") -> None:
        assert icon in ICONS
        self.texts.append(text)

    def template_list(self, kind: str, _id: str, data: Any, name: str, active: Any, index: str, *, rows: int) -> None:
        assert rows
        assert index in active.bl_rna.properties
        assert isinstance(getattr(active, index), int)
        items = getattr(data, name)
        if kind == conversation_panel.TurnList.bl_idname:
            for number, item in enumerate(items):
                conversation_panel.TurnList.draw_item(None, bpy.context, self, data, item, 0, active, index, number)
            return
        itself = SimpleNamespace(filter_name="", bitflag_filter_item=1)
        flags, order = take_panel.TakeList.filter_items(itself, bpy.context, data, name)
        assert sorted(order) == list(range(len(items)))
        assert getattr(bpy.types, kind) is take_panel.TakeList
        for _, flag, item in sorted(zip(order, flags, items, strict=True), key=lambda triple: triple[0]):
            if flag:
                take_panel.TakeList.draw_item(itself, bpy.context, self, data, item, 0, active, index)

    def prop(
        self, data: Any, name: str, *, text: str | None = None, icon: str = "NONE", emboss: bool = True, **options: bool
    ) -> None:
        assert icon in ICONS
        assert set(options) <= {"toggle", "full_event"}
        assert isinstance(emboss, bool)
        assert name in data.bl_rna.properties
        self.texts.append(text if text is not None else data.bl_rna.properties[name].name)

    def operator(self, name: str, *, text: str | None = None, icon: str = "NONE", emboss: bool = True) -> Any:
        assert icon in ICONS
        assert isinstance(emboss, bool)
        rna = getattr(bpy.ops.alphsistant, name.removeprefix("alphsistant.")).get_rna_type()
        self.texts.append(text if text is not None else rna.name)
        return SimpleNamespace()

    def progress(self, *, factor: float, text: str) -> None:
        assert "progress" in FUNCTIONS
        assert 0 <= factor <= 1
        self.texts.append(text)


def drawn(cls: Any, **attributes: Any) -> str:
    context = SimpleNamespace(
        scene=bpy.context.scene,
        active_object=bpy.context.active_object,
        preferences=SimpleNamespace(system=SimpleNamespace(ui_scale=1.0), addons={}),
        region=SimpleNamespace(width=280),
        window_manager=bpy.context.window_manager,
    )
    texts: list[str] = []
    cls.draw(SimpleNamespace(layout=Layout(texts), **attributes), context)
    return " | ".join(texts)


def test_an_idle_panel_names_the_buttons_and_the_face(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(packages, "is_there", lambda _name: True)
    text = drawn(panel.MainPanel)
    assert "Generate & Speak | Speak This Text" in text
    assert "No face in the scene" in text
    assert "PyTorch" not in text
    assert "Render Film" in drawn(film_panel.FilmPanel)


def test_the_chooser_says_who_is_shown(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    use_cast(monkeypatch, tmp_path, "Amy", "Bob")
    bpy.context.window_manager.alphsistant_character = "bob"
    assert "bob | Bob: Bob is made for tests. | Add Bob" in drawn(cast_panel.CharactersPanel)


def test_a_missing_cast_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    use_cast(monkeypatch, tmp_path)
    assert "The cast is missing" in drawn(cast_panel.CharactersPanel)


def test_missing_torch_is_said_with_a_button(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(packages, "is_there", lambda name: name != "torch")
    text = drawn(panel.MainPanel)
    assert "PyTorch is missing" in text
    assert "Install torch" in text


def test_progress_error_notes_and_reply_are_shown():
    status.start("Thinking")
    status.fraction = 0.4
    status.sentences.append("I am a talking face.")
    text = drawn(panel.MainPanel)
    assert "Thinking" in text
    assert "I am a talking face." in text
    status.end("There is no more paper in the printer.", ("A note.",))
    text = drawn(panel.MainPanel)
    assert "There is no more paper" in text
    assert "A note." in text
    assert "Thinking" not in text
    status.end()


def test_takes_are_listed(make_face: Callable[..., Any], finish: Callable[[], Any]):
    assert not take_panel.TakesPanel.poll(bpy.context)
    make_face()
    bpy.ops.alphsistant.generate()
    finish()
    assert take_panel.TakesPanel.poll(bpy.context)
    assert "My name is Alphsistant" in drawn(take_panel.TakesPanel)


def test_the_conversation_is_listed(make_face: Callable[..., Any], finish: Callable[[], Any]):
    assert "no face in the scene yet" in drawn(conversation_panel.ConversationPanel)
    face = make_face()
    assert "Say First Message" not in drawn(conversation_panel.ConversationPanel)
    bpy.context.scene.alphsistant.prompt = "Who are you?"
    bpy.ops.alphsistant.generate()
    finish()
    bpy.ops.alphsistant.new_persona()
    text = drawn(conversation_panel.ConversationPanel)
    for words in ("Say First Message", "Remember", "Who are you?", "Forget All", "moving lips"):
        assert words in text
    face.alphsistant_conversation.turn_index = 7
    drawn(conversation_panel.ConversationPanel)


def test_the_preferences_list_every_package():
    text = drawn(
        preferences.Preferences,
        bl_rna=preferences.Preferences.bl_rna,
        model_source="HERE",
        show_models=False,
        torch_build="CPU",
        show_packages=True,
        wheel_folder="",
    )
    for name in packages.PACKAGES:
        assert name in text
    assert "Install torch" in text
    assert "MB to download" in text


def preferences_drawn(monkeypatch: pytest.MonkeyPatch, *, torch: bool, **attributes: Any) -> str:
    monkeypatch.setattr(packages, "is_there", lambda _name: torch)
    own = {
        "model_source": "HERE",
        "show_models": False,
        "torch_build": "CPU",
        "show_packages": False,
        "wheel_folder": "",
        **attributes,
    }
    return drawn(preferences.Preferences, bl_rna=preferences.Preferences.bl_rna, **own)


def test_the_preferences_are_one_line_and_a_few_choices_when_all_is_well(monkeypatch: pytest.MonkeyPatch):
    text = preferences_drawn(monkeypatch, torch=True)
    assert text.startswith("Ready: 3D View ▸ Sidebar (N) ▸ Alphsistant | ")
    assert text.endswith("Python Packages")
    assert "Install torch" not in text
    assert "network" not in text


def test_the_preferences_ask_for_an_address_where_a_server_answers(monkeypatch: pytest.MonkeyPatch):
    here = preferences_drawn(monkeypatch, torch=True)
    assert "Language Model" in here
    assert "Address" not in here
    monkeypatch.setattr(server_models_task, "listed", [])
    server = preferences_drawn(monkeypatch, torch=True, model_source="SERVER")
    assert "Address | Model |  | Key | Other Computers" in server
    server_models_task.listed += ["first", "second"]
    server = preferences_drawn(monkeypatch, torch=True, model_source="SERVER")
    assert "It has first, second" in server
    assert "Language Model" not in server


def test_the_models_to_choose_from_say_what_they_are(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(model_list, "is_here", lambda model: model in {"", "openai-community/gpt2"})
    text = preferences_drawn(monkeypatch, torch=True, show_models=True, language_model="")
    assert "GPT-2: Goes on from examples; knows much, checks nothing | MIT, 124 M | Use" in text
    assert "Qwen2.5 0.5B: A persona, several languages | Apache-2.0, 494 M, 1.0 GB | Download" in text
    assert text.count(" | Use") == 2


def test_the_preferences_say_what_is_missing_and_what_is_in_the_way(monkeypatch: pytest.MonkeyPatch):
    text = preferences_drawn(monkeypatch, torch=False)
    assert text.startswith("PyTorch is missing")
    assert "Install torch" in text
    assert "transformers" not in text, "the table is folded"
    assert bpy.app.online_access or "network" in text or "offline" in text
    assert "network" not in preferences_drawn(monkeypatch, torch=False, wheel_folder="/wheels")


@pytest.mark.parametrize(
    ("system", "build", "size", "cuda"),
    [
        ("linux", "CPU", "200 MB", False),
        ("linux", "CUDA", "GB", True),
        ("win32", "CUDA", "GB", True),
        ("darwin", "CUDA", "Metal", False),
    ],
)
def test_the_build_of_torch_that_is_chosen_is_installed(
    monkeypatch: pytest.MonkeyPatch, system: str, build: str, size: str, cuda: bool
):
    monkeypatch.setattr(preferences.sys, "platform", system)
    text = drawn(
        preferences.Preferences,
        bl_rna=preferences.Preferences.bl_rna,
        model_source="HERE",
        show_models=False,
        torch_build=build,
        show_packages=True,
        wheel_folder="",
    )
    assert size in text
    tasks: list[Any] = []
    monkeypatch.setattr(desk, "start", tasks.append)
    chosen: list[Any] = []
    monkeypatch.setattr(install_torch, "install", lambda *_arguments, **options: chosen.append(options["cuda"]) or ())
    monkeypatch.setattr(packages, "is_there", lambda _name: False)
    choice = SimpleNamespace(torch_build=build, wheel_folder="//wheels")
    monkeypatch.setattr(preferences, "preferences_of", lambda _context: choice)
    assert bpy.ops.alphsistant.install_torch() == {"FINISHED"}
    (task,) = tasks
    list(task.work(None))
    assert chosen == [cuda]
