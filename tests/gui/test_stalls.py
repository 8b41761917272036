"""How long the main thread is away from its events while a reply is made, and how soon a cancel is obeyed."""

from __future__ import annotations

import json
import os
import time
from typing import Any

import numpy as np
import pytest
from window import Window

STEPS = (
    *(("Starting", 0.0), ("Loading the voice", 0.0), ("Loading the voice", 1.0)),
    *(("Loading the language model", 0.0), ("Loading the language model", 1.0), ("Thinking", 0.0)),
    *(("Speaking", 0.0), ("Speaking", 0.3), ("Speaking", 1.0)),
)
"""What the panel says, and the seconds from then on until Cancel is pressed."""

LONG_TEXT = " ".join(f"This is sentence number {number} of a long speech." for number in range(1, 41))
"""Spoken where Cancel is to be pressed during the speech: a usual reply may be over before that."""

LONGEST_STALL = 0.5
"""Seconds. Importing torch on a thread stalls for longer even on an idle computer; nothing else comes near."""

LONGEST_TAKE_TICK = 0.1
"""Seconds, without waiting for a processor: what making a take may need at a time."""
LONGEST_FACE_TICK = 0.3
"""The same for the first take, which puts the shipped face into the scene; it was 0.2 s."""

ON_THREAD = bool(os.environ.get("ALPHSISTANT_GUI_ON_THREAD"))
"""To compare: the models on Blender's own worker thread instead of in their process."""


class Stalls:
    """Gaps between ticks, without what Blender needs to draw and what other programs took of the processor.

    Of a job, only those while it runs: after it comes the take, with the first drawing of a new face.
    """

    def __init__(self, ticks: list[list[Any]], drawing: float) -> None:
        steps = [tick[3] for tick in ticks[1:]]
        kept = np.array([bool(step) for step in steps]) if any(steps) else np.ones(len(steps), bool)
        gaps, waited = (np.diff([tick[i] for tick in ticks])[kept] for i in (0, 1))
        drawn = np.array([tick[2] for tick in ticks[1:]])[kept]
        self.steps = [step for step, keep in zip(steps, kept, strict=True) if keep]
        self.gaps = gaps
        self.beyond_drawing = np.maximum(gaps - np.where(drawn, drawing, 0.0), 0.0)
        self.own = np.maximum(self.beyond_drawing - waited, 0.0)

    def row(self, name: str) -> str:
        figures = [
            f"{len(self.gaps)}",
            f"{100 * np.mean(self.beyond_drawing < 0.020):.1f} %",
            f"{1000 * self.beyond_drawing.max():.0f} ms",
            f"{100 * np.mean(self.own < 0.020):.1f} %",
            f"{1000 * self.own.max():.0f} ms",
            self.steps[int(self.own.argmax())],
        ]
        return f"| {name} | {' | '.join(figures)} |"


@pytest.fixture(scope="module")
def generate(blender: Window) -> tuple[int, int]:
    if ON_THREAD:
        blender.call("models_on_thread")
    blender.call("let_the_language_model_answer")
    blender.open_tab()
    return blender.find("ops.alphsistant.generate")


@pytest.fixture(scope="module")
def speak(blender: Window, generate: tuple[int, int]) -> tuple[int, int]:
    assert generate
    return blender.find("ops.alphsistant.speak")


def test_no_frozen_frame(blender: Window, generate: tuple[int, int]):
    blender.hands("mousemove", 20, 300)
    blender.call("start_probe")
    blender.call("redraw_for", 6.0)
    time.sleep(6.5)
    ticks = blender.call("stop_probe")
    drawn = [tick[2] for tick in ticks[1:]]
    gaps = np.diff([tick[0] for tick in ticks])
    drawing = float(np.median(gaps[drawn]))
    rows = [Stalls(ticks, drawing).row("no job, the panel drawn as often")]
    stalls, takes, take_rows = {}, {}, []
    # The tab has loaded the models beforehand: the first reply is measured as if it had not.
    blender.wait("the warm-up", lambda: "Alphsistant warm-up" not in blender.call("job")["threads"], 120)
    blender.call("forget_models")
    for name in ("first reply, everything loaded", "second reply"):
        blender.call("start_probe")
        blender.start_job(generate, "alphsistant.generate")
        blender.call("time_takes")
        assert blender.wait_for_job()["error"] == ""
        time.sleep(1.0)
        ticks = blender.call("stop_probe")
        file = blender.output / f"ticks-{name.split(' ', maxsplit=1)[0]}.json"
        file.write_text(json.dumps(ticks), encoding="utf-8")
        stalls[name] = Stalls(ticks, drawing)
        rows.append(stalls[name].row(name))
        takes[name] = np.array(blender.call("takes"))
        of_each = ", ".join(
            f"{1000 * (long - waited):.0f} ms ({1000 * long:.0f} ms)" for long, _, waited in takes[name]
        )
        take_rows.append(f"| {name} | {of_each} |")
    table = "\n".join(
        [
            f"Drawing the panel: {1000 * drawing:.0f} ms (median).",
            "",
            "| | ticks | under 20 ms | worst | without waiting for a processor: under 20 ms | worst | when |",
            "|---|---|---|---|---|---|---|",
            *rows,
            "",
            "| its take | each tick without waiting for a processor (and with) |",
            "|---|---|",
            *take_rows,
        ]
    )
    (blender.output / "stalls.md").write_text(table + "\n", encoding="utf-8")
    print(f"\n{table}")
    for made in stalls.values():
        assert made.own.max() < LONGEST_STALL
    for longest, ticks in zip((LONGEST_FACE_TICK, LONGEST_TAKE_TICK), takes.values(), strict=True):
        assert (ticks[:, 0] - ticks[:, 2]).max() < longest


def test_cancel_is_obeyed_at_every_step(blender: Window, generate: tuple[int, int], speak: tuple[int, int]):
    rows = []
    for step, later in STEPS:
        button, operator = (generate, "alphsistant.generate")
        if step == "Speaking":
            blender.call("write_prompt", LONG_TEXT)
            button, operator = (speak, "alphsistant.speak")
        if step.startswith(("Starting", "Loading")):
            blender.call("forget_models")  # they are loaded by the first job only
        blender.call("cancel_at", step, later)
        blender.start_job(button, operator)
        blender.wait(f"the cancel while {step}", lambda: blender.call("cancelled"))
        done = blender.call("cancelled")
        assert done["error"] == "Cancelled."
        models = "kept" if done["kept"] else f"{1000 * done['process']:.0f} ms"
        when = f"{step}, {later:.1f} s later" if later else step
        rows.append(f"| {when} | {1000 * done['panel']:.0f} ms | {1000 * done['thread']:.0f} ms | {models} |")
    table = "\n".join(["| cancelled while | panel | thread | process |", "|---|---|---|---|", *rows])
    (blender.output / "cancel.md").write_text(table + "\n", encoding="utf-8")
    print(f"\n{table}")
