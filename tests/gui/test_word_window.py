"""A word is dragged with the mouse in the timeline: keys and sound follow when it is let go; one undo takes it back."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import hearing
import numpy as np
import pytest
from window import Window

TEXT = "Apples, oranges, and bananas."
WORD = 1
FRAMES = 3


def outside(window: Window, path: str) -> Path:
    """A path inside the system as this side sees it."""
    return window.system.folder / path.lstrip("/")


@pytest.fixture(scope="module")
def take(blender: Window) -> dict[str, Any]:
    """A take of the shipped voice, with its words shown."""
    blender.open_tab()
    before = blender.call("job")["started"]
    blender.call("in_the_sidebar", "speak_line", {"text": TEXT})
    assert blender.wait_for_job(600)["error"] == ""
    assert blender.call("job")["started"] > before
    blender._make_room_for_the_ruler()
    blender.call("show_words", "ALPHSISTANT_PT_words")
    blender.call("select_word", WORD)
    blender.call("shade", "WIREFRAME")  # the drag needs no picture that takes a processor seconds
    blender.call("draw")
    return state(blender)


def state(window: Window) -> dict[str, Any]:
    """Words, keys, markers, and the sound that is played."""
    scene = window.call("scene")
    (strip,) = [strip for strip in scene["strips"] if not strip["mute"]]
    sound, rate = hearing.read_wav(outside(window, strip["absolute"]))
    return {
        "words": window.call("words"),
        "curves": window.call("curves"),
        "markers": [marker for marker in scene["markers"] if "." in marker[0].partition(" ")[0]],
        "strip": strip,
        "sound": np.asarray(sound),
        "rate": rate,
        "fps": scene["rate"],
    }


def marker(seen: dict[str, Any]) -> int:
    """Frame of the dragged word's marker."""
    return next(frame for name, frame in seen["markers"] if name.endswith(f".{WORD + 1} {seen['words'][WORD][0]}"))


def drag(window: Window, take: dict[str, Any], start: tuple[int, int], end: int) -> None:
    """Press on a marker, move the mouse and let go; or, as a busy Blender may take a press for a click, by G."""
    x, y = start
    for gesture in ("press", "press", "G"):
        window.hands("mousemove", x - 2, y, "sleep", 0.3, "mousemove", x, y, "sleep", 0.5)
        window.hands(*(("key", "g") if gesture == "G" else ("mousedown", 1)), "sleep", 0.4)
        for step in range(1, 13):
            window.hands("mousemove", x + (end - x) * step // 12, y, "sleep", 0.15)
        assert window.call("words") == take["words"], "nothing is changed while the mouse is down"
        window.hands("sleep", 0.3, *(("mousedown", 1) if gesture == "G" else ()), "mouseup", 1, "sleep", 1)
        if state(window)["markers"] != take["markers"]:
            print(f"\ndragged by {gesture}")
            return
    raise AssertionError(f"the marker was not dragged; {window.screenshot('gave-up')} shows the window")


def test_a_word_is_dragged_with_the_mouse(blender: Window, take: dict[str, Any]):
    frame = marker(take)
    blender.screenshot("words-before")
    start, y = blender.call("marker_place", frame)
    end, _ = blender.call("marker_place", frame + FRAMES)
    drag(blender, take, (start, y), end)
    blender.wait("the words to follow", lambda: blender.call("words") != take["words"], 60)
    time.sleep(1)
    now = state(blender)
    blender.call("shade", "SOLID")
    left, top, width, height = blender.call("place", "UI", "VIEW_3D")
    blender.hands("mousemove", left + width // 3, top + height // 2, "sleep", 0.3)
    blender.hands("click", "--repeat", 40, "--delay", 30, 5, "sleep", 1)  # to the section of the words
    blender.call("draw")
    blender.screenshot("words-after")
    moved = marker(now) - frame
    assert moved >= 1
    seconds = now["words"][WORD][1] - take["words"][WORD][1]
    assert seconds == pytest.approx(moved / now["fps"], abs=0.5 / now["fps"] + 0.01)
    assert now["curves"] != take["curves"], "keys move"
    assert now["strip"]["start"] == take["strip"]["start"]
    assert now["strip"]["end"] == take["strip"]["end"]
    assert len(now["sound"]) == len(take["sound"])
    # The word is where its keys are: its own sound is found at its new start.
    rate = now["rate"]
    first = round((take["words"][WORD][1] + 0.05) * rate)
    piece = take["sound"][first : first + round(0.15 * rate)]
    at, alike = hearing.find(piece, now["sound"])
    print(f"\nmoved by {moved} frames; its sound by {(at - first) / rate * 1000:.0f} ms, alike {alike:.3f}")
    assert alike > 0.9
    assert (at - first) / rate == pytest.approx(seconds, abs=0.02)
    assert blender.call("job")["error"] == ""


def test_one_undo_takes_the_drag_back_and_one_redo_brings_it(blender: Window, take: dict[str, Any]):
    now = state(blender)
    blender.call("shade", "WIREFRAME")
    blender.key("ctrl+z")
    blender.wait("undo", lambda: blender.call("words") == take["words"], 60)
    # The drag's own step is undone by the watch a moment later, once Blender has drawn.
    blender.wait("the marker", lambda: state(blender)["markers"] == take["markers"], 60)
    undone = state(blender)
    for what in ("words", "curves", "markers", "strip"):
        assert undone[what] == take[what], what
    assert np.array_equal(undone["sound"], take["sound"])
    blender.key("ctrl+shift+z")
    blender.wait("redo", lambda: blender.call("words") == now["words"], 60)
    time.sleep(1)
    again = state(blender)
    for what in ("words", "curves", "markers", "strip"):
        assert again[what] == now[what], what


def test_nothing_was_complained_about(blender: Window):
    assert blender.close() == 0
    assert "Traceback" not in blender.log.read_text(encoding="utf-8", errors="replace")
