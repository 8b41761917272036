"""A talk by voice in a real window: recorded questions at a microphone that is only memory, and what is heard of it.

The models load for minutes on a busy computer, so the first answer has all the time it wants; the tests build on it.
"""

from __future__ import annotations

import time
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

import hearing
import numpy as np
import pytest
from window import ROOM, Window

from alphsistant_addon.text_to_speech import Voice

LOADING = 900.0
"""Seconds for the first answer."""
ANSWERING = 180.0
"""Seconds for any other one."""
REST = 1e-4
"""A shape key is at rest below this."""
QUESTIONS = {"name": "What is your name?", "music": "Do you like music?", "abilities": "What can you do?"}
RATE = 48_000


@pytest.fixture(scope="module")
def spoken(window: Window) -> dict[str, np.ndarray]:
    """The questions, spoken by our voice into files that can be played; with a little of the room around them."""
    import soxr

    voice, found = Voice.load(), {}
    for number, (name, text) in enumerate(QUESTIONS.items()):
        speech = voice.speak(text, seed=number)
        samples = np.asarray(soxr.resample(speech.samples, speech.sample_rate, RATE), np.float32)
        room = np.random.default_rng(number).standard_normal(len(samples) + RATE) * 1e-4
        room[RATE // 5 : RATE // 5 + len(samples)] += samples
        hearing.write_wav(window.system.shared / f"{name}.wav", room, RATE)
        found[name] = samples
    return found


def ask(window: Window, name: str) -> None:
    """Speak a question at the microphone; it is over when this is."""
    done = window.run_inside("paplay", f"--device={ROOM}", f"/srv/gui/{name}.wav")
    assert done.returncode == 0, done.stderr


def turns(window: Window) -> list[dict[str, Any]]:
    return list(window.call("talk")["log"])


def wait_for_answer(window: Window, count: int, seconds: float = ANSWERING) -> tuple[dict[str, Any], dict[str, Any]]:
    """Wait until there are so many turns and the last one was heard to its end; the last two."""
    window.wait(
        f"turn {count}",
        lambda: len(log := turns(window)) >= count and log[-1]["state"] == "done" and log[-1]["who"] == "face",
        seconds,
    )
    asked, answered = turns(window)[-2:]
    return asked, answered


def is_like(heard: str, said: str) -> bool:
    """Whether enough was understood: the recogniser that comes with the add-on gets some words wrong."""
    return SequenceMatcher(None, heard.lower(), said.lower().rstrip("?")).ratio() > 0.5


@pytest.fixture(scope="module")
def talking(blender: Window, spoken: dict[str, np.ndarray]) -> dict[str, float]:
    """A talk whose models are loaded, since a typed line was answered; the face's values before it."""
    assert spoken
    blender.open_tab()
    assert blender.call("in_the_sidebar", "add_face") == ["FINISHED"]
    before: dict[str, float] = blender.call("face_values")
    assert blender.call("in_the_sidebar", "start_talk") == ["FINISHED"]
    blender.call("say", "What is your name?")
    asked, answered = wait_for_answer(blender, 2, LOADING)
    assert (asked["who"], asked["text"]) == ("user", "What is your name?")
    assert answered["heard"]
    return before


def test_three_turns_by_voice(blender: Window, talking: dict[str, float]):
    """By the key, hands-free through a loudspeaker, and with headphones on."""
    assert talking
    blender.call("talk_setting", "ready", True)
    blender.wait("the microphone", lambda: blender.call("talk")["hears"])
    blender.key("Escape")  # the mouse is over the viewport now
    blender.hands("keydown", "F8")
    ask(blender, "name")
    blender.hands("keyup", "F8")
    asked, answered = wait_for_answer(blender, 4)
    assert asked["is_spoken"]
    assert is_like(asked["text"], QUESTIONS["name"])
    blender.screenshot("talk")
    blender.call("talk_setting", "hands_free", True)
    time.sleep(1.0)  # it hears nothing for .3 s after its own last word
    for count, (headphones, name) in enumerate(((False, "music"), (True, "name")), 3):
        blender.call("talk_setting", "headphones", headphones)
        time.sleep(1.0)
        ask(blender, name)
        asked, answered = wait_for_answer(blender, 2 * count)
        assert asked["is_spoken"]
        assert is_like(asked["text"], QUESTIONS[name])
        assert answered["heard"]


@pytest.fixture(scope="module")
def interrupted(blender: Window, talking: dict[str, float]) -> dict[str, Any]:
    """A long answer that a voice broke into, and what was heard meanwhile."""
    assert talking
    blender.call("talk_setting", "hands_free", True)
    blender.call("talk_setting", "headphones", True)
    count = len(turns(blender))
    recorder = hearing.Recorder(blender, RATE)
    ask(blender, "abilities")
    blender.wait("the list of what it can do", lambda: blender.call("talk")["state"] == "speaking", ANSWERING)
    time.sleep(2.0)
    ask(blender, "name")
    wait_for_answer(blender, count + 4)
    heard, _ = recorder.stop()
    reply = turns(blender)[count + 1]
    return {"reply": reply, "heard": heard}


def test_a_voice_interrupts(blender: Window, interrupted: dict[str, Any]):
    reply = interrupted["reply"]
    assert reply["state"] == "interrupted"
    assert reply["heard"].endswith("—")
    assert len(reply["heard"]) < len(reply["text"])
    assert turns(blender)[-1]["state"] == "done"


@pytest.fixture(scope="module")
def kept(blender: Window, interrupted: dict[str, Any]) -> dict[str, Any]:
    """The interrupted answer as a take, saved and opened again."""
    assert blender.call("keep_turn", interrupted["reply"]["number"]) == ["FINISHED"]
    assert blender.call("in_the_sidebar", "stop_talk") == ["FINISHED"]
    blender.call("save", "/srv/gui/home/talk.blend")
    saved = blender.call("scene")
    blender.call("new_file")
    blender.wait("a new file", lambda: blender.call("scene")["strips"] == [])
    blender.call("open_file", "/srv/gui/home/talk.blend")
    blender.wait("the file", lambda: blender.call("scene")["strips"])
    return dict(saved)


def test_the_take_is_what_was_heard(blender: Window, interrupted: dict[str, Any], kept: dict[str, Any]):
    assert blender.call("scene")["strips"] == kept["strips"]
    (strip,) = kept["strips"]
    sound, rate = hearing.read_wav(blender.system.folder / strip["absolute"].lstrip("/"))
    sounding = np.flatnonzero(np.abs(sound) > 2e-3)
    sound = at_rate(sound[sounding[0] : sounding[-1]], rate)
    start = came_in_order(sound, interrupted["heard"])
    after = interrupted["heard"][start + len(sound) + RATE // 10 :][: RATE // 5]
    assert np.abs(after).max() < 0.02, "nothing of it was heard after what the take holds"
    # Replayed, it is heard once more.
    recorder = hearing.Recorder(blender, RATE)
    blender.key("space")
    blender.wait("playback", lambda: blender.call("playing"))
    time.sleep(len(sound) / RATE + 1.5)
    blender.key("Escape")
    blender.wait("the end of playback", lambda: not blender.call("playing"))
    heard, _ = recorder.stop()
    came_in_order(sound, heard)


def came_in_order(sound: np.ndarray, heard: np.ndarray) -> int:
    """Check that a sound was heard, piece by piece as the loudspeaker may have waited for samples; where it began.

    The last half second was softer for the voice that broke in, and a piece of silence is found anywhere.
    """
    length = RATE // 2
    pieces = {at: sound[at : at + length] for at in range(0, len(sound) - 2 * length + 1, length)}
    loud = {at: piece for at, piece in pieces.items() if np.sqrt(np.mean(piece**2)) > 0.02}
    assert loud
    found = {at: hearing.find(piece, heard) for at, piece in loud.items()}
    assert np.mean([alike > 0.9 for _, alike in found.values()]) >= 0.8, found
    starts = [place - at for at, (place, alike) in found.items() if alike > 0.9]
    assert np.ptp(starts) < RATE // 5, "in their order, and hardly anything between them"
    return int(max(starts))


def at_rate(sound: np.ndarray, rate: int) -> np.ndarray:
    import soxr

    return np.asarray(soxr.resample(sound, rate, RATE), np.float32)


@pytest.fixture(scope="module")
def second_talk(blender: Window, kept: dict[str, Any]) -> dict[str, float]:
    """Another talk in a new file, and the face's values before it."""
    assert kept
    blender.call("new_file")
    blender.wait("a new file", lambda: blender.call("scene")["strips"] == [])
    assert blender.call("in_the_sidebar", "add_face") == ["FINISHED"]
    before: dict[str, float] = blender.call("face_values")
    assert blender.call("in_the_sidebar", "start_talk") == ["FINISHED"]
    blender.call("talk_setting", "hands_free", True)
    return before


@pytest.mark.parametrize("state", ["listening", "thinking", "speaking"])
@pytest.mark.parametrize("deed", ["save", "undo", "render", "kill the sound", "kill the models"])
def test_nothing_is_left_of_it(blender: Window, second_talk: dict[str, float], state: str, deed: str):
    """Whatever is done while the talk is in whatever state, the file's own values are there, and it is answered."""
    blender.call("do_while", state, deed)
    if state != "listening":
        blender.call("say", "What can you do?" if state == "speaking" else "What do you think of rain?")
    came = blender.wait(f"{deed} while {state}", lambda: blender.call("done"), LOADING)
    assert came["error"] == ""
    if deed == "save":
        assert came["came"]
        for name, value in came["came"].items():
            assert value == pytest.approx(second_talk[name], abs=REST), name
    if deed in {"save", "undo", "render"}:
        assert set(came["values"]) == set(second_talk)
    blender.wait("the talk", lambda: blender.call("talk")["state"], ANSWERING)
    blender.call("in_the_sidebar", "interrupt")
    count = len(turns(blender))
    blender.call("say", "What is your name?")
    wait_for_answer(blender, count + 2, LOADING)


@pytest.mark.parametrize("deed", ["stop", "load", "disable"])
def test_the_end_of_a_talk_leaves_nothing(blender: Window, second_talk: dict[str, float], deed: str):
    if not blender.call("talk")["state"]:
        assert blender.call("in_the_sidebar", "start_talk") == ["FINISHED"]
    blender.call("say", "What can you do?")
    blender.wait("its voice", lambda: blender.call("talk")["state"] == "speaking", LOADING)
    pids = blender.call("talk")["pids"]
    assert set(pids) == {"sound", "models"}
    if deed == "stop":
        blender.call("in_the_sidebar", "stop_talk")
        assert blender.call("face_values") == pytest.approx(second_talk, abs=REST)
    elif deed == "load":
        blender.call("open_file", "/srv/gui/home/copy.blend")
        blender.wait("the file", lambda: blender.call("scene")["file"].endswith("copy.blend"))
        assert blender.call("face_values") == pytest.approx(second_talk, abs=REST)
    else:
        left = blender.call("disable")
        assert (left["threads"], left["handlers"], left["panel"]) == ([], [], False)
        assert blender.call("face_values") == pytest.approx(second_talk, abs=REST)
        blender.wait("the end of both", lambda: not any(is_alive(pid) for pid in pids.values()), 30)
        blender.call("enable")
        return
    blender.wait("the end of the sound's process", lambda: not is_alive(pids["sound"]), 30)


def is_alive(pid: int) -> bool:
    """Whether there is such a process that has not ended; the system in the folder has the machine's own numbers."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_nothing_was_complained_about(blender: Window, second_talk: dict[str, float]):
    """Killed processes are told in sentences; no traceback is in the log."""
    assert second_talk
    assert blender.close() == 0
    assert "Traceback" not in blender.log.read_text(encoding="utf-8", errors="replace")
