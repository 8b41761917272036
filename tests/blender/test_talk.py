"""The panel *Talk*: what its buttons do, what is drawn, what is kept as takes, and that nothing else is in the file."""

from __future__ import annotations

import wave
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

bpy = pytest.importorskip("bpy")

from fake_audio import FakeAudio
from fake_conversation import FakeConversation
from fake_speech import RATE
from test_panel import drawn
from whole_file import differences, whole_file

import alphsistant_addon
from alphsistant_addon.audio_process.protocol import Level
from alphsistant_addon.blender.common.status import current as status
from alphsistant_addon.blender.jobs import desk
from alphsistant_addon.blender.live import (
    audio_owner,
    blender_skills,
    file_values,
    live_session,
    shortcuts,
    talk_panel,
    talk_start,
)
from alphsistant_addon.blender.live.live_status import current as live_status
from alphsistant_addon.blender.takes import bake, record
from alphsistant_addon.lip_sync.channels import ARKIT_CHANNELS, VISEME_CHANNELS
from alphsistant_addon.talk.happenings import StateChanged, Told

pytestmark = [pytest.mark.blender, pytest.mark.usefixtures("blender")]

Finish = Callable[[], Any]


@pytest.fixture
def face(make_face: Callable[..., Any]) -> Any:
    return make_face(keys=(*VISEME_CHANNELS, *ARKIT_CHANNELS))


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[FakeConversation]]:
    """The conversations that were started."""
    found: list[FakeConversation] = []

    def make(*arguments: Any, **options: Any) -> FakeConversation:
        found.append(FakeConversation(*arguments, **options))
        return found[-1]

    monkeypatch.setattr(talk_start, "Conversation", make)
    monkeypatch.setattr(talk_start, "Audio", lambda _settings: FakeAudio())
    yield found
    live_session.stop()
    audio_owner.stop()


@pytest.fixture
def talk(made: list[FakeConversation], face: Any) -> FakeConversation:
    assert face.name
    assert bpy.ops.alphsistant.start_talk() == {"FINISHED"}
    made[0].told.clear()  # the greeting
    return made[0]


def test_a_talk_begins_with_what_the_panel_and_the_face_say(made: list[FakeConversation], face: Any) -> None:
    scene = bpy.context.scene
    scene.alphsistant.seed = 4
    scene.alphsistant.voice.rate = 1.25
    scene.alphsistant.delivery.mood = "happy"
    scene.alphsistant_live.check_words = True
    scene.alphsistant_recording.whisper = "/models/whisper"
    persona = bpy.data.texts.new("Ann")
    persona.write("Name: Ann\nWho: a baker\n")
    face.alphsistant_conversation.persona = persona
    turn = face.alphsistant_conversation.turns.add()
    turn.prompt, turn.answer = "Who are you?", "Ann."
    assert bpy.ops.alphsistant.start_talk() == {"FINISHED"}
    (talk,) = made
    assert talk.persona.name == "Ann"
    assert talk.template.history == (("Who are you?", "Ann."),)
    assert talk.template.seed == 4
    assert talk.template.controls.rate == 1.25
    assert talk.template.delivery.life.mood == "happy"
    assert talk.check_words
    assert talk.hearing.whisper == Path("/models/whisper")
    assert "frame rate" in talk.skills
    assert talk.audio.is_running
    assert talk.told == [], "it goes on where it was: no greeting"


def test_a_first_talk_begins_with_a_greeting(made: list[FakeConversation], face: Any) -> None:
    assert face.name
    bpy.ops.alphsistant.start_talk()
    assert made[0].told == [("greet",)]


def test_a_persona_that_cannot_be_read_is_a_sentence(made: list[FakeConversation], face: Any) -> None:
    face.alphsistant_conversation.persona = bpy.data.texts.new("Empty")
    with pytest.raises(RuntimeError, match="no persona"):
        bpy.ops.alphsistant.start_talk()
    assert made == []
    assert not live_status.is_talking
    assert not live_status.is_running


def test_a_scene_without_a_face_gets_the_shipped_one(made: list[FakeConversation]) -> None:
    assert bpy.ops.alphsistant.start_talk() == {"FINISHED"}
    assert len(made) == 1
    assert bpy.data.objects.get(live_status.root) is not None
    live_session.tick()
    assert list(file_values.noted())


def test_what_is_typed_is_said_with_the_next_tick_and_is_not_in_the_file(
    talk: FakeConversation, tmp_path: Path
) -> None:
    settings = bpy.context.scene.alphsistant_live
    settings.line = " How are you, my secret friend? "
    settings.line = "  "
    talk.told.clear()
    live_session.tick()
    assert talk.told == [("say", "How are you, my secret friend?")]
    live_session.tick()
    assert len(talk.told) == 1
    assert settings.line == ""
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "talk.blend"), compress=False)
    assert b"secret friend" not in (tmp_path / "talk.blend").read_bytes()


def test_the_buttons_reach_the_conversation(talk: FakeConversation) -> None:
    user, reply = talk.add_user("Hello"), talk.add_reply("Bob.")
    operators = bpy.ops.alphsistant
    operators.interrupt()
    operators.say_again(turn=reply.number)
    operators.another_answer(turn=reply.number)
    operators.edit_turn(turn=reply.number, text="Bob, I say.")
    operators.edit_turn(turn=user.number, text="Hello, you.")
    assert talk.told == [
        ("interrupt",),
        ("say_again", reply),
        ("another_answer", reply),
        ("edit", reply, "Bob, I say."),
        ("mend", user, "Hello, you."),
    ]
    with pytest.raises(RuntimeError, match="no longer in the talk"):
        operators.say_again(turn=99)


def test_push_to_talk_by_its_button_and_the_switches(talk: FakeConversation) -> None:
    settings = bpy.context.scene.alphsistant_live
    assert not live_status.talk.is_microphone_open
    bpy.ops.alphsistant.push_to_talk()
    assert live_status.talk.is_microphone_open
    bpy.ops.alphsistant.push_to_talk()
    assert not live_status.talk.is_microphone_open
    settings.hands_free = True
    assert settings.hands_free
    settings.hands_free = True
    settings.hands_free = False
    settings.ready = True
    settings.ready = False
    assert talk.told == [
        ("push_to_talk", True),
        ("push_to_talk", False),
        ("hands_free", True),
        ("hands_free", False),
        ("microphone", True),
        ("microphone", False),
    ]


class Event(SimpleNamespace):
    """What Blender hands to an operator."""


def test_push_to_talk_by_its_key(talk: FakeConversation) -> None:
    """The key that is set counts, whichever it is; all else goes on to Blender."""
    from alphsistant_addon.blender.live.held_key import WhileHeld
    from alphsistant_addon.blender.live.talk_operators import PushToTalk

    # Blender alone makes operators; this one has what is ours of it.
    own = {name: vars(PushToTalk)[name] for name in ("is_held", "begin", "end")}
    operator = type("Key", (WhileHeld,), own)()
    handlers: list[Any] = []
    context = SimpleNamespace(window_manager=SimpleNamespace(modal_handler_add=handlers.append))
    press = Event(type="F8", value="PRESS")
    assert operator.invoke(context, press) == {"RUNNING_MODAL"}
    assert handlers == [operator]
    assert operator.invoke(context, press) == {"CANCELLED"}, "the key repeats"
    assert operator.modal(context, Event(type="MOUSEMOVE", value="NOTHING")) == {"PASS_THROUGH"}
    assert operator.modal(context, Event(type="A", value="RELEASE")) == {"PASS_THROUGH"}
    assert operator.modal(context, Event(type="F8", value="RELEASE")) == {"FINISHED"}
    operator.invoke(context, press)
    assert operator.modal(context, Event(type="WINDOW_DEACTIVATE", value="NOTHING")) == {"FINISHED"}
    operator.invoke(context, press)
    operator.cancel(context)
    operator.invoke(context, Event(type="LEFTMOUSE", value="RELEASE"))
    assert [held for _, held in talk.told] == [True, False, True, False, True, False, True]
    bpy.ops.alphsistant.stop_talk()
    assert operator.modal(context, Event(type="A", value="PRESS")) == {"FINISHED"}


def test_the_key_is_added_and_taken_out() -> None:
    """The bpy wheel has no keymaps of add-ons where it runs without a window, in some releases."""
    keymaps = bpy.context.window_manager.keyconfigs.addon
    if keymaps is None:
        pytest.skip("this Blender has no keymaps without a window")
    keymap = keymaps.keymaps[shortcuts.KEYMAP]
    assert [item.type for item in keymap.keymap_items if item.idname == shortcuts.PUSH_TO_TALK] == ["F8"]
    alphsistant_addon.unregister()
    try:
        assert [item for item in keymap.keymap_items if item.idname == shortcuts.PUSH_TO_TALK] == []
    finally:
        alphsistant_addon.register()


def test_the_panel_before_and_after() -> None:
    text = drawn(talk_panel.TalkPanel)
    assert text.startswith("Start Talk")
    assert "Forget" not in text


def test_the_panel_shows_state_log_level_and_what_rests(talk: FakeConversation) -> None:
    talk.add_user("Hello there")
    talk.add_reply("Mama.", "Papa.", cut=0.3).note = "Looked up."
    talk.state = "speaking"
    text = drawn(talk_panel.TalkPanel)
    for words in ("Speaking", "Hello there", "Mama. —", "interrupted", "Looked up.", "Keep as Take", "Keep All"):
        assert words in text
    assert "microphone is open" not in text
    live_status.talk.set_hands_free(on=True)
    talk.audio.level = Level(-30.0, -100.0)
    live_status.resting = "The face rests while a render runs"
    text = drawn(talk_panel.TalkPanel)
    assert "The microphone is open" in text
    talk.audio.is_microphone_open = False
    assert "microphone is open" not in drawn(talk_panel.TalkPanel), "there is none"
    assert "The face rests while a render runs" in text
    for state in ("stopped", "listening", "thinking"):
        talk.state = state
        assert talk_panel._STATES[state][0] in drawn(talk_panel.TalkPanel)


def test_only_the_last_turns_are_shown_unless_all_are_wanted(talk: FakeConversation) -> None:
    for number in range(9):
        talk.add_user(f"Line {number}.")
    text = drawn(talk_panel.TalkPanel)
    assert "3 earlier turns" in text
    assert "Line 2." not in text
    assert "Line 3." in text
    bpy.context.scene.alphsistant_live.show_all = True
    assert "Line 0." in drawn(talk_panel.TalkPanel)


def test_what_is_told_is_shown(talk: FakeConversation) -> None:
    talk.happened = [StateChanged("thinking"), Told("No microphone was found.")]
    live_session.tick()
    assert "No microphone was found." in drawn(talk_panel.TalkPanel)


def test_the_face_shows_what_the_conversation_plays(talk: FakeConversation, face: Any) -> None:
    reply = talk.add_reply("Mamama.", mood="happy")
    keys = face.data.shape_keys.key_blocks
    talk.state, talk.playing = "speaking", [(reply.parts[0], 0.3)]
    seen = []
    for tick in range(60):
        live_session._running[0].tick(tick / 60)
        seen.append(keys["viseme_aa"].value)
        talk.playing = [(reply.parts[0], 0.3 + tick / 120)]
    assert max(seen) > 0.5
    talk.state, talk.playing = "listening", []
    for tick in range(60, 90):
        live_session._running[0].tick(tick / 60)
    assert keys["viseme_aa"].value == 0.0
    assert keys["cheekSquintLeft"].value > 0.2, "the mood of the last words stays"


@pytest.mark.parametrize("state", ["listening", "thinking", "speaking", "stopped"])
def test_a_talk_leaves_the_file_as_it_was(made: list[FakeConversation], face: Any, state: str) -> None:
    face.data.shape_keys.key_blocks["eyeBlinkLeft"].value = 0.2
    before = whole_file()
    bpy.ops.alphsistant.start_talk()
    (talk,) = made
    talk.add_user("Hello", spoken=True)
    reply = talk.add_reply("Mama.", "Papa.")
    talk.state = state
    talk.playing = [(reply.parts[0], 0.4)] if state == "speaking" else []
    for tick in range(40):
        live_session._running[0].tick(tick / 60)
    bpy.ops.alphsistant.stop_talk()
    assert talk.is_closed
    assert differences(before, whole_file()) == []
    assert live_status.log == talk.log, "to be kept still"


def test_another_file_ends_and_forgets_it(talk: FakeConversation) -> None:
    talk.add_user("Hello")
    bpy.ops.wm.read_homefile(use_factory_startup=True)
    assert talk.is_closed
    assert not live_status.is_talking
    assert live_status.log == []
    assert not bpy.app.timers.is_registered(live_session.tick)


def test_disabling_ends_it(talk: FakeConversation) -> None:
    alphsistant_addon.unregister()
    try:
        assert talk.is_closed
        assert not live_status.is_talking
    finally:
        alphsistant_addon.register()


def sound_of(take: bake.Take) -> Any:
    with wave.open(bpy.path.abspath(take.sound)) as file:
        assert file.getframerate() == RATE
        return np.frombuffer(file.readframes(file.getnframes()), "<i2") / 32767.0


def test_keep_as_take_is_what_was_heard(talk: FakeConversation, face: Any) -> None:
    talk.add_user("Who are you?")
    reply = talk.add_reply("Mama may pop.", "Papa may mop the map.", cut=0.5)
    live_session.tick()
    assert list(file_values.noted())
    assert bpy.ops.alphsistant.keep_turn(turn=reply.number) == {"FINISHED"}
    (take,) = bake.all_takes()
    assert take.text == "Mama may pop. Papa —"
    assert take.prompt == "Who are you?"
    assert take.seed == reply.seed
    assert live_status.kept == {reply.number: take.id}
    assert bpy.context.scene.alphsistant.take == take.id
    sound = sound_of(take)
    first = reply.parts[0].speech.samples
    np.testing.assert_allclose(sound[: len(first)], first, atol=1e-4)
    second = sound[len(first) + round(0.25 * RATE) :]
    heard = round(0.5 * RATE)
    np.testing.assert_allclose(second[:heard], reply.parts[1].speech.samples[:heard], atol=1e-4)
    assert np.abs(second[heard + round(0.009 * RATE) :]).max() == 0.0
    turns = face.alphsistant_conversation.turns
    assert [(turn.prompt, turn.answer, turn.take) for turn in turns] == [("Who are you?", take.text, take.id)]
    assert face.data.shape_keys.key_blocks["viseme_aa"].value == 0.0, "the file's own value was baked upon"
    assert "Kept" in drawn(talk_panel.TalkPanel)


def test_keep_as_take_after_the_talk_and_undone(talk: FakeConversation) -> None:
    reply = talk.add_reply("Mama.")
    bpy.ops.alphsistant.stop_talk()
    bpy.ops.ed.undo_push(message="before")
    before = whole_file()
    assert bpy.ops.alphsistant.keep_turn("EXEC_DEFAULT", True, turn=reply.number) == {"FINISHED"}
    assert len(bake.all_takes()) == 1
    bpy.ops.ed.undo()
    assert bake.all_takes() == []
    # From 5.0 on a take chooses the scene of the workspaces' sequencers, which Blender's undo knows nothing of.
    assert [line for line in differences(before, whole_file()) if not line.startswith("workspace ")] == []


def test_a_reply_that_nobody_heard_is_not_kept(talk: FakeConversation) -> None:
    reply = talk.add_reply("Mama.")
    reply.starts = {}
    with pytest.raises(RuntimeError, match="Nothing of this reply was heard"):
        bpy.ops.alphsistant.keep_turn(turn=reply.number)
    assert bake.all_takes() == []


def test_keep_all_makes_takes_one_after_the_other(
    talk: FakeConversation, finish: Finish, make_face: Callable[..., Any]
) -> None:
    make_face("You")
    scene = bpy.context.scene
    scene.alphsistant.gap = 0.4
    talk.add_user("Hello")
    talk.add_reply("Mama may pop.")
    unheard = talk.add_reply("Never.")
    unheard.starts = {}
    talk.add_user("Why", spoken=True)
    talk.add_reply("Papa may mop.", cut=0.5)
    bpy.ops.ed.undo_push(message="before")
    assert bpy.ops.alphsistant.keep_talk() == {"FINISHED"}
    ended = finish()
    assert ended.error == ""
    assert ended.notes == ("2 takes were made.",)
    first, second = bake.all_takes()
    assert (first.text, second.text) == ("Mama may pop.", "Papa —")
    assert (first.prompt, second.prompt) == ("Hello", "Why")
    assert first.start == scene.frame_start
    assert second.start == first.end + 10, "the gap at 25 frames a second"
    assert record.record_of(first.id)["manner"]
    bpy.ops.ed.undo()
    assert bake.all_takes() == [], "one step"


def test_keep_all_with_a_face_for_the_users_own_words(
    monkeypatch: pytest.MonkeyPatch, talk: FakeConversation, finish: Finish, make_face: Callable[..., Any]
) -> None:
    from alphsistant_addon.blender.live import keep_talk
    from alphsistant_addon.core.sound_files import read_sound
    from alphsistant_addon.lip_sync import animate
    from alphsistant_addon.pipeline.reply import Part, Reply, without_samples

    user = make_face("You")
    bpy.context.scene.alphsistant_live.user_face = user
    asked: list[Any] = []

    def run(request: Any, _cancel: Any) -> Any:
        from fake_speech import fake_speech

        asked.append((request.transcript, len(read_sound(request.path).samples)))
        speech = fake_speech(request.transcript)
        part = without_samples(Part(speech, animate(speech), 0.0))
        yield part
        yield Reply.of("", request.seed, (part,))

    monkeypatch.setattr(keep_talk.models_owner, "run", run)
    said = talk.add_user("Why may Bob pop", spoken=True)
    talk.add_reply("Papa may mop.")
    assert bpy.ops.alphsistant.keep_talk() == {"FINISHED"}
    assert finish().error == ""
    samples = said.samples.samples  # type: ignore[attr-defined]
    assert asked == [("Why may Bob pop", len(samples))]
    first, second = bake.all_takes()
    assert first.text == "Why may Bob pop"
    assert second.start >= first.end
    np.testing.assert_allclose(sound_of(first), samples, atol=1e-4)
    moved = {thing.name: take_id for take_id in (first.id, second.id) for thing, _ in record.parts_of(take_id)}
    assert moved == {user.data.shape_keys.name: first.id, bpy.data.objects["Head"].data.shape_keys.name: second.id}


def test_keep_all_makes_all_takes_or_none(
    monkeypatch: pytest.MonkeyPatch, talk: FakeConversation, finish: Finish
) -> None:
    from alphsistant_addon.blender.live import keep_talk
    from alphsistant_addon.core.errors import AlphsistantError

    for text in ("Mama.", "Papa.", "Bob."):
        talk.add_reply(text)
    baking = bake.bake

    def fail_at_last(*arguments: Any, **options: Any) -> Any:
        if len(bake.all_takes()) == 2:
            raise AlphsistantError("The disk is full.")
        return baking(*arguments, **options)

    monkeypatch.setattr(keep_talk.bake, "bake", fail_at_last)
    bpy.ops.alphsistant.keep_talk()
    assert finish().error == "The disk is full."
    assert bake.all_takes() == []


def test_the_same_face_cannot_be_both(talk: FakeConversation, face: Any) -> None:
    talk.add_reply("Mama.")
    bpy.context.scene.alphsistant_live.user_face = face
    with pytest.raises(RuntimeError, match="the face you talk with"):
        bpy.ops.alphsistant.keep_talk()


def test_forget(talk: FakeConversation) -> None:
    talk.add_user("Hello")
    bpy.ops.alphsistant.forget_talk()
    assert talk.log == live_status.log == []
    talk.add_user("Hello again")
    assert live_status.log == talk.log
    bpy.ops.alphsistant.stop_talk()
    bpy.ops.alphsistant.forget_talk()
    assert live_status.log == []


def test_a_reply_of_the_main_panel_is_not_heard_during_a_talk(
    monkeypatch: pytest.MonkeyPatch, talk: FakeConversation, finish: Finish
) -> None:
    from alphsistant_addon.blender.live import hear_switch

    monkeypatch.setattr(hear_switch, "is_wanted", lambda: True)
    bpy.ops.alphsistant.speak()
    assert finish().error == ""
    assert live_status.is_talking
    assert len(bake.all_takes()) == 1
    assert not desk._desk.worker.alive
    assert status.error == ""
    assert talk.told == []


SKILL_CASES = {
    "How many frames are there?": "250 frames, from 1 to 250.",
    "what is the frame rate": "25 frames a second.",
    "How many frames per second?": "25 frames a second.",
    "How long is the film?": "10 seconds.",
    "What frame are we on?": "Frame 42.",
    "what's selected?": "Head is selected.",
    "How many objects are in the scene?": "There is 1 object in the scene.",
    "Please go to the start.": "Frame 1.",
    "go to the end": "Frame 250.",
    "Go to frame 17, please!": "Frame 17.",
}
NOT_MEANT = (
    *("How many frames of mind do you know?", "Play with me", "What is the capital of the film industry?"),
    *("How long is a piece of string?", "Go to frame a picture", "I said how many frames are there", "pauses"),
    *("Go to the end of the world", "what is selected by nature"),
)


@pytest.mark.parametrize("text", SKILL_CASES)
def test_what_the_face_knows_of_the_scene(make_face: Callable[..., Any], text: str) -> None:
    scene = bpy.context.scene
    make_face().select_set(True)
    scene.frame_set(42)
    answers = [answer for ask in blender_skills.skills(scene.name).values() if (answer := ask(text)) is not None]
    assert answers == [SKILL_CASES[text]]


@pytest.mark.parametrize("text", NOT_MEANT)
def test_what_only_sounds_alike_is_left_to_the_language_model(text: str) -> None:
    assert [ask(text) for ask in blender_skills.skills(bpy.context.scene.name).values() if ask(text)] == []


def test_skills_change_nothing_but_the_playhead(face: Any) -> None:
    assert face.name
    scene = bpy.context.scene
    before = whole_file()
    frame = scene.frame_current
    for text in (*SKILL_CASES, "play the film", "pause"):
        for ask in blender_skills.skills(scene.name).values():
            ask(text)
    scene.frame_set(frame)
    assert differences(before, whole_file()) == []
