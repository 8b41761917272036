"""*Hear at Once*: each part is played as it comes, the face moves with it, and the take is as it would have been."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

bpy = pytest.importorskip("bpy")

from fake_audio import FakeAudio

from alphsistant_addon.audio_process.protocol import Devices, Failed
from alphsistant_addon.audio_process.sound_card import NO_PORTAUDIO
from alphsistant_addon.blender.common import compat
from alphsistant_addon.blender.common.status import current as status
from alphsistant_addon.blender.jobs import desk
from alphsistant_addon.blender.live import (
    audio_owner,
    file_values,
    hear_at_once,
    hear_switch,
    live_session,
    picture_time,
)
from alphsistant_addon.blender.live.live_status import current as live_status
from alphsistant_addon.blender.takes import bake
from alphsistant_addon.core.errors import AlphsistantError
from alphsistant_addon.lip_sync.channels import ARKIT_CHANNELS, VISEME_CHANNELS
from alphsistant_addon.lip_sync.curves import sample_curve
from alphsistant_addon.lip_sync.live_motion import REST_FADE

pytestmark = [pytest.mark.blender, pytest.mark.usefixtures("blender")]

Finish = Callable[[], Any]
PREFERENCES = SimpleNamespace(
    hear_at_once=True, loudspeaker="", microphone="", headphones=False, picture_earlier=0, language_model="", voice=""
)


@pytest.fixture
def audio(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeAudio]:
    """A Blender with a window, preferences and a loudspeaker, as far as the switch can tell."""
    fake = FakeAudio()
    monkeypatch.setattr(hear_switch, "is_wanted", lambda: True)
    monkeypatch.setattr(hear_at_once._heard, "is_mute", False)
    monkeypatch.setattr(audio_owner, "begin", lambda: None)
    monkeypatch.setattr(audio_owner, "audio", lambda: fake)
    monkeypatch.setattr(live_session, "time", SimpleNamespace(perf_counter=lambda: fake.stream))
    yield fake
    live_session.stop()
    audio_owner.stop()


def turn(audio: FakeAudio, seconds: float) -> None:
    """Let time pass, for the ears and for the face."""
    for _ in range(round(seconds * 60)):
        audio.pass_time(1.0 / 60.0)
        live_session.tick()


def test_without_a_window_nothing_is_heard_and_no_process_is_started(
    monkeypatch: pytest.MonkeyPatch, make_face: Callable[..., Any], finish: Finish
) -> None:
    """As in the tests, on a farm, from the command line."""
    monkeypatch.setattr(audio_owner, "begin", lambda: pytest.fail("a process for the sound was started"))
    monkeypatch.setattr(audio_owner, "audio", lambda: pytest.fail("a process for the sound was started"))
    monkeypatch.setattr(hear_switch, "preferences_of", lambda _context: PREFERENCES)
    assert not hear_switch.is_wanted()
    make_face()
    bpy.ops.alphsistant.generate()
    assert finish().error == ""
    assert not live_status.is_running


def test_each_part_is_heard_while_the_next_is_made(
    audio: FakeAudio, make_face: Callable[..., Any], finish: Finish, models: Any
) -> None:
    make_face()
    seen: list[int] = []

    def before_sentence() -> None:
        deadline = time.monotonic() + 5.0
        while len(seen) == 1 and not audio.heard and time.monotonic() < deadline:
            time.sleep(0.01)  # the second sentence is not made before the first is heard
        seen.append(len(audio.heard))

    models.voice.before_sentence = before_sentence
    bpy.ops.alphsistant.generate()
    assert finish().error == ""
    assert seen == [0, 1]
    (take,) = bake.all_takes()
    assert len(audio.heard) == 2
    starts = [one.start for one in audio.parts]
    assert starts[1] - audio.parts[0].end == pytest.approx(0.2), "the pause of the take"
    turn(audio, audio.parts[-1].end + REST_FADE + 0.1)
    assert not live_status.is_running
    assert take.text == "My name is Alphsistant. I am a bump map of moving lips."


def test_the_take_is_the_same_as_without(
    monkeypatch: pytest.MonkeyPatch, audio: FakeAudio, make_face: Callable[..., Any], models: Any
) -> None:
    """It is baked while the face is being moved."""
    face = make_face(keys=(*VISEME_CHANNELS, *ARKIT_CHANNELS))
    blocks = face.data.shape_keys.key_blocks
    blocks["eyeBlinkLeft"].value, blocks["viseme_O"].value = 0.25, 0.35
    moved: list[bool] = []
    is_moved = threading.Event()
    sentences = iter(range(9))
    # The second sentence is not made before the first one moves the face.
    models.voice.before_sentence = lambda: next(sentences) != 1 or is_moved.wait(20.0)

    def baked() -> list[Any]:
        bpy.ops.alphsistant.speak()
        while status.running:
            audio.pass_time(0.1)
            live_session.tick()  # between any two ticks of the job
            moved.append(bool(list(file_values.noted())))
            if moved[-1]:
                is_moved.set()
            desk.poll()
        assert status.error == ""
        action = bake.all_takes()[-1]
        curves = [
            (curve.data_path, [tuple(point.co) for point in curve.keyframe_points])
            for curve in compat.curves_of(face.data.shape_keys)
        ]
        bpy.ops.alphsistant.remove_take(take=action.id)
        return curves

    bpy.context.scene.alphsistant.prompt = "Bob may pop a map. Oh no."
    bpy.context.scene.alphsistant.delivery.mood = "happy"  # moves what starts from where it was set by hand
    with_sound = baked()
    assert moved[-1], "until it was baked"
    live_session.stop()
    monkeypatch.setattr(hear_switch, "is_wanted", lambda: False)
    assert with_sound == baked()
    assert blocks["viseme_O"].value == pytest.approx(0.35)
    assert blocks["eyeBlinkLeft"].value == pytest.approx(0.25)


def test_the_face_shows_what_is_heard_and_closes_at_the_end(
    audio: FakeAudio, make_face: Callable[..., Any], finish: Finish
) -> None:
    face = make_face()
    keys = face.data.shape_keys.key_blocks
    bpy.context.scene.alphsistant.prompt = "Mama."
    bpy.ops.alphsistant.speak()
    assert finish().error == ""
    ((_, _, samples, rate),) = audio.heard
    (part,) = live_session.source()._parts
    seconds, shown = len(samples) / rate, []
    moments = np.arange(0.1, seconds - 0.05, 0.02)
    for moment in moments:
        audio.pass_time(moment - audio.stream)
        live_session.tick()
        shown.append(keys["viseme_aa"].value)
    assert max(shown) > 0.5
    due = sample_curve(part.animation.channels["viseme_aa"], moments + picture_time.HALF_A_FRAME)
    np.testing.assert_allclose(shown[8:], due[8:], atol=0.02)  # before that it is led over; the table has steps
    turn(audio, seconds - audio.stream + 0.12)
    assert max(block.value for block in keys[1:]) == 0.0, "closed 120 ms after the last sound"
    turn(audio, REST_FADE)
    assert not live_status.is_running


@pytest.mark.parametrize("end", ["cancel", "error"])
def test_a_job_that_fails_is_silent_at_once(
    audio: FakeAudio, make_face: Callable[..., Any], finish: Finish, models: Any, end: str
) -> None:
    make_face()
    spoken: list[int] = []

    def before_sentence() -> None:
        spoken.append(len(spoken))
        if len(spoken) == 2:
            while not audio.heard:
                time.sleep(0.01)
            if end == "error":
                raise AlphsistantError("There is no more paper in the printer.")
            time.sleep(0.3)

    models.voice.before_sentence = before_sentence
    bpy.ops.alphsistant.generate()
    while not audio.heard:
        desk.poll()
    if end == "cancel":
        bpy.ops.alphsistant.cancel()
    finish()
    assert audio.stopped == audio.heard[0][0]
    turn(audio, REST_FADE + 0.1)
    assert not live_status.is_running
    assert bake.all_takes() == []
    desk.stop()


def test_another_reply_stops_the_first(audio: FakeAudio, make_face: Callable[..., Any], finish: Finish) -> None:
    make_face()
    bpy.ops.alphsistant.speak()
    finish()
    first = audio.heard[-1][0]
    bpy.ops.alphsistant.speak()
    assert audio.stopped == first, "as the button is pressed"
    finish()
    assert audio.heard[-1][0] > first
    assert live_status.is_running


def test_stop_speaking(audio: FakeAudio, make_face: Callable[..., Any], finish: Finish) -> None:
    face = make_face()
    bpy.ops.alphsistant.speak()
    finish()
    bpy.context.scene.frame_set(bpy.context.scene.frame_current)
    as_the_take_has_it = [block.value for block in face.data.shape_keys.key_blocks]
    turn(audio, 0.5)
    assert [block.value for block in face.data.shape_keys.key_blocks] != as_the_take_has_it
    assert bpy.ops.alphsistant.stop_live() == {"FINISHED"}
    assert audio.stopped == audio.heard[0][0]
    assert [block.value for block in face.data.shape_keys.key_blocks] == as_the_take_has_it
    assert len(bake.all_takes()) == 1


def test_the_timeline_takes_over(
    monkeypatch: pytest.MonkeyPatch, audio: FakeAudio, make_face: Callable[..., Any], finish: Finish
) -> None:
    """Nobody wants to hear the take twice."""
    make_face()
    bpy.ops.alphsistant.speak()
    finish()
    turn(audio, 0.3)
    monkeypatch.setattr(hear_at_once, "_timeline_plays", lambda: True)
    turn(audio, REST_FADE + 0.1)
    assert audio.stopped == audio.heard[0][0]
    assert not live_status.is_running


def test_no_loudspeaker_is_said_and_moves_nothing(
    audio: FakeAudio, make_face: Callable[..., Any], finish: Finish
) -> None:
    make_face()
    audio.devices = Devices((), ())
    bpy.ops.alphsistant.speak()
    assert finish().error == ""
    audio.told += [audio.devices, Failed("There is no loudspeaker, so the talk goes on in silence.")]
    turn(audio, REST_FADE + 0.1)
    assert "takes are made as ever" in live_status.sound
    assert not live_status.is_running
    played = len(audio.heard)
    bpy.ops.alphsistant.speak()
    assert finish().error == ""
    assert not live_status.is_running, "known by now"
    assert "takes are made as ever" in live_status.sound
    assert len(audio.heard) == played
    audio.devices = Devices(("Loudspeaker",), ())
    audio.told.append(audio.devices)
    bpy.ops.alphsistant.speak()
    assert finish().error == ""
    assert live_status.is_running
    assert live_status.sound == ""
    assert len(bake.all_takes()) == 3


def test_why_there_is_no_sound_is_said(audio: FakeAudio, make_face: Callable[..., Any], finish: Finish) -> None:
    make_face()
    audio.devices = Devices((), ())
    bpy.ops.alphsistant.speak()
    finish()
    audio.told += [Failed("The library PortAudio is missing: install it."), audio.devices]
    turn(audio, REST_FADE + 0.1)
    assert live_status.sound == "The library PortAudio is missing: install it."
    assert not live_status.is_running
    audio.told += [Failed(NO_PORTAUDIO), audio.devices]
    bpy.ops.alphsistant.speak()
    finish()
    assert live_status.sound == NO_PORTAUDIO
    assert not live_status.is_running


def test_what_the_sound_tells_is_shown(audio: FakeAudio, make_face: Callable[..., Any], finish: Finish) -> None:
    make_face()
    bpy.ops.alphsistant.speak()
    finish()
    audio.told.append(Failed("The headphones are gone: the loudspeaker plays now."))
    turn(audio, 0.1)
    assert live_status.sound == "The headphones are gone: the loudspeaker plays now."


def test_a_sound_that_cannot_be_started_is_a_sentence_and_the_take_is_made(
    monkeypatch: pytest.MonkeyPatch, audio: FakeAudio, make_face: Callable[..., Any], finish: Finish
) -> None:
    def fail() -> None:
        raise AlphsistantError("The process for the sound could not be started.")

    monkeypatch.setattr(audio_owner, "audio", fail)
    make_face()
    bpy.ops.alphsistant.speak()
    assert finish().error == ""
    assert live_status.sound == "The process for the sound could not be started."
    assert len(bake.all_takes()) == 1
    assert audio.heard == []


@pytest.mark.usefixtures("audio")
def test_the_first_reply_is_heard_before_there_is_a_face(audio: FakeAudio, finish: Finish) -> None:
    """The shipped one comes with the take, and is moved from then on."""
    bpy.context.scene.alphsistant.prompt = "Bob may pop a map. Oh no, not again, my dear old friend."
    bpy.ops.alphsistant.speak()
    assert finish().error == ""
    turn(audio, 0.5)
    assert list(file_values.noted())
    live_session.stop()
    assert list(file_values.noted()) == []
    assert status.error == ""


def test_the_picture_is_as_far_ahead_as_the_user_says(monkeypatch: pytest.MonkeyPatch) -> None:
    audio = FakeAudio()
    audio.play(1, 0, np.zeros(1000), 1000)
    for earlier, stream, seen in ((0, 0.5, [0.5]), (300, 0.5, [0.8]), (-300, 1.25, [0.95]), (300, -0.4, [-0.1])):
        preferences = SimpleNamespace(picture_earlier=earlier)
        monkeypatch.setattr(picture_time, "preferences_of", lambda _context, given=preferences: given)
        audio.stream = stream
        ahead = [seconds for _, _, seconds in picture_time.heard_with_lead(audio)]
        assert ahead == pytest.approx([moment + picture_time.HALF_A_FRAME for moment in seen])
