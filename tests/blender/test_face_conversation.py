"""The conversation of a face: handed on with the next prompt, noted down with the take, saved with the file."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

bpy = pytest.importorskip("bpy")

from alphsistant_addon.blender.common.status import current as status
from alphsistant_addon.blender.conversation import memory, panel
from alphsistant_addon.blender.takes import bake
from alphsistant_addon.text_generation.persona import ALPHSISTANT, Persona

pytestmark = [pytest.mark.blender, pytest.mark.usefixtures("blender")]

Finish = Callable[[], Any]
MakeFace = Callable[..., Any]
ANSWER = "My name is Alphsistant. I am a bump map of moving lips."


def ask(finish: Finish, prompt: str) -> str:
    """Press the button; the id of the new take."""
    bpy.context.scene.alphsistant.prompt = prompt
    bpy.ops.alphsistant.generate()
    assert finish().error == ""
    return bpy.context.scene.alphsistant.take


def said(face: Any) -> list[tuple[str, str]]:
    return [(turn.prompt, turn.answer) for turn in face.alphsistant_conversation.turns]


def test_the_next_prompt_brings_what_was_said(make_face: MakeFace, models: Any, finish: Finish):
    face = make_face()
    ask(finish, "Who are you?")
    ask(finish, "Why?")
    assert models.language_model.histories == [(), (("Who are you?", ANSWER),)]
    assert said(face) == [("Who are you?", ANSWER), ("Why?", ANSWER)]
    bpy.ops.alphsistant.speak()
    finish()
    assert len(said(face)) == 2, "a given text is not part of the talk"


def test_each_face_has_a_conversation_of_its_own(make_face: MakeFace, models: Any, finish: Finish):
    bob, ann = make_face("Bob"), make_face("Ann")
    settings = bpy.context.scene.alphsistant
    for face, prompt in ((bob, "One?"), (ann, "Two?"), (bob, "Three?")):
        settings.face = face
        ask(finish, prompt)
    assert models.language_model.histories == [(), (), (("One?", ANSWER),)]
    assert [prompt for prompt, _ in said(ann)] == ["Two?"]


def test_the_shipped_face_remembers_its_first_prompt(models: Any, finish: Finish):
    ask(finish, "Who are you?")
    ask(finish, "Why?")
    assert models.language_model.histories[1] == (("Who are you?", ANSWER),)


def test_a_replaced_take_takes_its_turn_with_it(make_face: MakeFace, models: Any, finish: Finish):
    face = make_face()
    first = ask(finish, "Who are you?")
    ask(finish, "Why?")
    bpy.context.scene.alphsistant.placement = "REPLACE"
    bpy.context.scene.alphsistant.take = first
    models.language_model.sentences = ["Bob."]
    second = ask(finish, "And who are you?")
    assert models.language_model.histories[2] == ()
    assert said(face) == [("And who are you?", "Bob."), ("Why?", ANSWER)]
    bpy.ops.alphsistant.speak_take_again(take=second)
    assert finish().error == ""
    (take, _) = sorted(bake.all_takes(), key=lambda take: take.text != "Bob.")
    assert face.alphsistant_conversation.turns[0].take == take.id


def test_switched_off_nothing_is_handed_on_or_noted(make_face: MakeFace, models: Any, finish: Finish):
    face = make_face()
    ask(finish, "Who are you?")
    face.alphsistant_conversation.remember = False
    ask(finish, "Why?")
    assert models.language_model.histories == [(), ()]
    assert len(said(face)) == 1


def test_take_and_turn_are_one_undo_step(make_face: MakeFace, finish: Finish):
    make_face()
    bpy.ops.ed.undo_push(message="before")
    ask(finish, "Who are you?")
    bpy.ops.ed.undo()
    assert said(bpy.data.objects["Head"]) == []
    bpy.ops.ed.redo()
    assert len(said(bpy.data.objects["Head"])) == 1


def test_a_job_that_fails_or_is_cancelled_is_not_part_of_the_talk(make_face: MakeFace, models: Any, finish: Finish):
    face = make_face()
    models.language_model.sentences = []
    bpy.ops.alphsistant.generate()
    assert finish().error
    models.language_model.sentences = ["Bob."]
    bpy.ops.alphsistant.generate()
    bpy.ops.alphsistant.cancel()
    assert said(face) == []


def test_forgetting(make_face: MakeFace, finish: Finish):
    face = make_face()
    for prompt in ("One?", "Two?", "Three?"):
        ask(finish, prompt)
    bpy.ops.alphsistant.remove_turn(turn=1)
    bpy.ops.alphsistant.remove_turn(turn=7)
    assert [prompt for prompt, _ in said(face)] == ["One?", "Three?"]
    bpy.ops.alphsistant.clear_conversation()
    assert said(face) == []
    assert len(bake.all_takes()) == 3


def test_conversation_and_persona_are_saved_with_the_face(make_face: MakeFace, finish: Finish, tmp_path: Path):
    face = make_face()
    ask(finish, "Who are you?")
    bpy.ops.alphsistant.new_persona()
    face.alphsistant_conversation.persona.from_string("Name: Mara\n")
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "a.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "a.blend"))
    face = bpy.data.objects["Head"]
    assert said(face) == [("Who are you?", ANSWER)]
    assert memory.persona(face) == Persona("Mara")
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    with bpy.data.libraries.load(str(tmp_path / "a.blend")) as (_, wanted):
        wanted.objects = ["Head"]
    assert memory.persona(wanted.objects[0]) == Persona("Mara")


def test_the_persona_answers_and_greets(make_face: MakeFace, models: Any, finish: Finish, tmp_path: Path):
    face = make_face()
    card = {"data": {"name": "Mara", "description": "A keeper.", "first_mes": "Who goes there?"}}
    (tmp_path / "mara.json").write_text(json.dumps(card))
    assert bpy.ops.alphsistant.load_persona(filepath=str(tmp_path / "mara.json")) == {"FINISHED"}
    bpy.ops.alphsistant.say_first_message()
    assert finish().error == ""
    ask(finish, "A friend.")
    assert models.language_model.personas[-1].description == "A keeper."
    assert models.language_model.histories == [(("", "Who goes there?"),)]
    assert said(face) == [("", "Who goes there?"), ("A friend.", ANSWER)]
    bpy.ops.alphsistant.save_persona(filepath=str(tmp_path / "mara.txt"))
    assert Persona.load(tmp_path / "mara.txt") == Persona("Mara", "A keeper.", "", "Who goes there?")


def test_what_is_wrong_with_a_persona_is_a_sentence(make_face: MakeFace, tmp_path: Path):
    face = make_face()
    with pytest.raises(RuntimeError, match="cannot be read"):
        bpy.ops.alphsistant.load_persona(filepath=str(tmp_path / "missing.png"))
    bpy.ops.alphsistant.new_persona()
    assert memory.persona(face) == ALPHSISTANT
    with pytest.raises(RuntimeError, match="no first message"):
        bpy.ops.alphsistant.say_first_message()
    face.alphsistant_conversation.persona.from_string("Just words.")
    with pytest.raises(RuntimeError, match="no persona"):
        bpy.ops.alphsistant.generate()
    assert "no persona" in status.error
    status.end()


def test_without_a_face_the_buttons_wait():
    assert not bpy.ops.alphsistant.clear_conversation.poll()
    assert not bpy.ops.alphsistant.load_persona.poll()
    assert panel.face_of(bpy.context) is None


def test_the_scene_s_notes_are_spoken_and_said_to_be_looked_up(make_face: MakeFace, models: Any, finish: Finish):
    make_face()
    notes = bpy.data.texts.new("Notes")
    notes.write("tower: Bob built the tower.\n")
    bpy.context.scene.alphsistant.notes = notes
    bpy.context.scene.alphsistant.prompt = "How old is the tower?"
    bpy.ops.alphsistant.generate()
    assert finish().notes[0] == "Looked up in your notes: “tower”"
    assert bake.all_takes()[0].text == "Bob built the tower."
    assert models.language_model.asked == []
    bpy.context.scene.alphsistant.prompt = "I like your tower."
    bpy.ops.alphsistant.generate()
    finish()
    assert models.language_model.asked == [("I like your tower.", 0)]
