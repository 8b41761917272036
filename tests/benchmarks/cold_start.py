"""From the click to the reply in a fresh Blender: ``python tests/benchmarks/cold_start.py [--turns N]``.

Each turn starts the models' process anew, as the first click does, and prints when each step begins, by the clock and
by the processor time of all child processes; the last column is the share of the whole. Then the same with a process
that was warmed up before, as opening the tab does it. By processor time the figures hold on a busy computer too.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from alphsistant_addon.model_process.client import ModelProcess
from alphsistant_addon.pipeline import Part, SpeakRequest, WarmUpRequest
from alphsistant_addon.pipeline.reply import ReplyEnd

PROMPT = "Hello, who are you?"
STEPS = {"Loading the voice": "start, torch, voice", "Loading the language model": "language model"}


def processor_seconds(process: ModelProcess) -> float:
    """Processor time of the process so far (Linux), seconds."""
    assert process._process is not None
    fields = (
        Path(f"/proc/{process._process.child.popen.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    )
    return (int(fields[11]) + int(fields[12])) / 100


def reply(process: ModelProcess) -> dict[str, tuple[float, float]]:
    """Run one job; for each stage its end, seconds since the click, by the clock and by the processor."""
    began = time.perf_counter()
    ends: dict[str, tuple[float, float]] = {}
    stage = "Python, numpy"
    for event in process.run(SpeakRequest(PROMPT, frame_rate=25.0)):
        now = (time.perf_counter() - began, processor_seconds(process))
        name = STEPS.get(getattr(event, "words", ""))
        if name is not None or getattr(event, "words", "") == "Thinking":
            ends[stage] = now
            stage = name or "first sentence heard"
        if isinstance(event, Part) and stage == "first sentence heard":
            ends[stage] = now
            stage = "rest of the reply"
        if isinstance(event, ReplyEnd):
            ends[stage] = now
    return ends


def show(title: str, turns: list[dict[str, tuple[float, float]]]) -> None:
    """Print the median of all turns."""
    print(f"\n{title} (median of {len(turns)})\n{'stage':<32}{'until, s':>10}{'processor, s':>14}{'share':>8}")
    whole = statistics.median(list(turn.values())[-1][1] for turn in turns)
    before = 0.0
    for stage in turns[0]:
        clock = statistics.median(turn[stage][0] for turn in turns)
        processor = statistics.median(turn[stage][1] for turn in turns)
        print(f"{stage:<32}{clock:>10.2f}{processor - before:>14.2f}{(processor - before) / whole:>8.0%}")
        before = processor


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--turns", type=int, default=3)
    options = parser.parse_args()
    cold, warm = [], []
    for _ in range(options.turns):
        process = ModelProcess()
        cold.append(reply(process))
        process.stop()
        process = ModelProcess()
        process.warm_up(WarmUpRequest())
        assert process._process is not None
        while not process._process.loaded:
            time.sleep(0.02)
        already = processor_seconds(process)
        warm.append({stage: (clock, processor - already) for stage, (clock, processor) in reply(process).items()})
        process.stop()
    show("Cold: the first click in a fresh Blender", cold)
    show("Warmed up: the tab was opened before", warm)


if __name__ == "__main__":
    main()
