"""The picture against the sound, with the real process of the sound and a sound card in memory."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

bpy = pytest.importorskip("bpy")

from alphsistant_addon.audio_process.client import Audio
from alphsistant_addon.audio_process.protocol import RATE, Settings
from alphsistant_addon.blender.jobs import desk
from alphsistant_addon.blender.live import audio_owner, hear_switch, live_session
from alphsistant_addon.blender.live.live_status import current as live_status
from alphsistant_addon.blender.takes import bake
from alphsistant_addon.lip_sync.curves import sample_curve
from alphsistant_addon.pipeline.reply import join_animation

pytestmark = [pytest.mark.blender, pytest.mark.usefixtures("blender")]

TICK = 1.0 / 60.0
TEXT = "Mama may pop a map. Papa may mop it up, and a bad banana bops a happy panda."


@pytest.fixture
def card(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """The folder in which is written what is heard, and when."""
    folder = tmp_path / "card"
    folder.mkdir()
    monkeypatch.setattr(hear_switch, "is_wanted", lambda: True)
    monkeypatch.setattr(audio_owner, "_made", lambda _chosen: Audio(Settings(kind="memory", folder=folder)))
    yield folder
    live_session.stop()
    audio_owner.stop()


def turn_timers(until: Callable[[], bool], each: Callable[[], object]) -> None:
    """Call what Blender's timers call, as often as they do."""
    deadline = time.monotonic() + 60.0
    due = time.perf_counter()
    while not until():
        assert time.monotonic() < deadline
        desk.poll()
        live_session.tick()
        each()
        due = max(due + TICK, time.perf_counter())
        time.sleep(max(due - time.perf_counter(), 0.0))


def heard(folder: Path) -> tuple[Any, Callable[[int], float]]:
    """All samples that were heard, and what tells when one of them was (``perf_counter``)."""
    samples = np.fromfile(folder / "heard.f32", np.float32)
    times = np.fromfile(folder / "heard_at.f64").reshape(-1, 2)
    return samples, lambda index: float(np.interp(index, times[:, 0], times[:, 1]))


def test_the_mouth_moves_with_what_is_heard(card: Path, make_face: Callable[..., Any]) -> None:
    face = make_face()
    block = face.data.shape_keys.key_blocks["viseme_aa"]
    bpy.context.scene.alphsistant.prompt = TEXT
    shown: list[tuple[float, float]] = []
    bpy.ops.alphsistant.speak()
    turn_timers(lambda: live_status.is_running, lambda: None)
    reply = live_session.source()
    turn_timers(lambda: not live_status.is_running, lambda: shown.append((time.perf_counter(), block.value)))
    assert len(bake.all_takes()) == 1
    parts = reply._parts
    samples, when = heard(card)
    start = when(int(np.flatnonzero(samples)[0]))
    seconds = np.array([moment - start for moment, _ in shown])
    values = np.array([value for _, value in shown])
    curve = join_animation(parts).channels["viseme_aa"]
    inside = (seconds > 0.5) & (seconds < parts[-1].end - 0.2)
    shifts = np.arange(-0.15, 0.151, 0.0025)
    errors = [np.square(values[inside] - sample_curve(curve, seconds[inside] + shift)).mean() for shift in shifts]
    ahead = float(shifts[int(np.argmin(errors))])
    print(f"\nThe picture is set {1000 * ahead:.1f} ms before it is heard; rms {np.sqrt(min(errors)):.3f}")
    assert 0.0 <= ahead <= 0.02, "half a frame, as it is seen later than it is set"
    assert np.sqrt(min(errors)) < 0.06


@pytest.fixture
def talking(monkeypatch: pytest.MonkeyPatch, card: Path, models: Any, make_face: Callable[..., Any]) -> Path:
    """A talk with a real conversation and a real process for the sound; the models are those of the tests."""
    from alphsistant_addon.blender.live import talk_start
    from alphsistant_addon.pipeline import perform

    monkeypatch.setattr(talk_start, "Audio", lambda _settings: Audio(Settings(kind="memory", folder=card)))
    monkeypatch.setattr(
        talk_start._Models, "run", lambda _self, request, cancel, _incoming: perform(request, models, cancel)
    )
    make_face()
    assert bpy.ops.alphsistant.start_talk() == {"FINISHED"}
    return card


def test_a_talk_that_is_interrupted_and_kept(talking: Path) -> None:
    """The take's sound is what was heard, to the moment of the stop."""
    import soxr

    from alphsistant_addon.core.sound_files import read_sound

    keys = bpy.data.objects["Head"].data.shape_keys.key_blocks
    conversation = live_status.talk.conversation
    bpy.context.scene.alphsistant_live.line = "Who are you?"
    began: list[float] = []

    def speaking() -> bool:
        if conversation.state == "speaking" and not began:
            began.append(time.perf_counter())
        return bool(began) and time.perf_counter() - began[0] > 1.1

    turn_timers(speaking, lambda: None)
    assert max(block.value for block in keys[1:]) > 0.1
    bpy.ops.alphsistant.interrupt()
    turn_timers(lambda: live_status.log[-1].state == "interrupted", lambda: None)
    over = time.perf_counter()
    turn_timers(lambda: time.perf_counter() - over > 0.12, lambda: None)
    assert max(block.value for block in keys[1:] if block.name.startswith("viseme_")) < 1e-3
    asked, reply = live_status.log
    assert (asked.text, reply.state) == ("Who are you?", "interrupted")
    assert reply.heard.endswith("—")
    assert bpy.ops.alphsistant.keep_turn(turn=reply.number) == {"FINISHED"}
    bpy.ops.alphsistant.stop_talk()
    (take,) = bake.all_takes()
    assert take.text == reply.heard
    samples, _ = heard(talking)
    sounding = np.flatnonzero(samples)
    played = samples[sounding[0] : sounding[-1] + 1]
    kept = read_sound(Path(bpy.path.abspath(take.sound)))
    kept_samples = soxr.resample(kept.samples, kept.sample_rate, RATE)
    count = min(len(played), len(kept_samples))
    assert abs(len(played) - (len(kept_samples) - round(0.3 * RATE))) < 0.02 * RATE, "cut at the stop, and .3 s of rest"
    both = np.stack([played[: count - 2000], kept_samples[: count - 2000]])
    assert np.corrcoef(both)[0, 1] > 0.98


def test_a_voice_at_the_microphone_is_recorded_whole(
    monkeypatch: pytest.MonkeyPatch, card: Path, make_face: Callable[..., Any]
) -> None:
    import soxr

    from alphsistant_addon.blender.live import puppet_start
    from alphsistant_addon.core.sound_files import read_sound

    make_face()
    keys = bpy.data.objects["Head"].data.shape_keys.key_blocks
    handed_on: list[Path] = []
    monkeypatch.setattr(puppet_start, "_lip_sync", lambda _scene, path: handed_on.append(path))
    sound = read_sound(Path(__file__).resolve().parents[1] / "data" / "german.wav")
    voice = np.asarray(soxr.resample(sound.samples, sound.sample_rate, RATE), np.float32)[: 2 * RATE]
    bpy.ops.alphsistant.record_voice()
    time.sleep(0.5)
    voice.tofile(card / "coming.f32")
    (card / "coming.f32").rename(card / "microphone.f32")
    opened: list[float] = []
    began = time.perf_counter()
    turn_timers(
        lambda: time.perf_counter() - began > 2.6,
        lambda: opened.append(max(block.value for block in keys[1:] if block.name in {"viseme_aa", "viseme_E"})),
    )
    assert max(opened) > 0.3, "the face follows"
    bpy.ops.alphsistant.record_voice()
    turn_timers(lambda: bool(handed_on), lambda: None)
    recorded = read_sound(handed_on[0])
    assert recorded.sample_rate == RATE
    alike = np.correlate(recorded.samples[: 4 * RATE : 8], voice[::8], mode="valid")
    at = int(np.argmax(alike))
    part = recorded.samples[: 4 * RATE : 8][at : at + len(voice[::8])]
    assert np.corrcoef(part, voice[::8])[0, 1] > 0.95, "from the first sample to the last"
