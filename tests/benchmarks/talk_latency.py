"""How fast the talk is: ``python tests/benchmarks/talk_latency.py [--turns N] [--card] [--only typed …]``.

The real processes of models and sound, and a conversation that is ticked 60 times a second. What is heard is written
down by the sound device in memory (``audio_process/memory_device.py``), which counts 30 ms from a sample to its being
heard; with ``--card`` a PulseAudio of its own is started with two null sinks, whose monitors are recorded (Debian's
packages pulseaudio, pulseaudio-utils, libportaudio2, libasound2-plugins). The questions are spoken by our voice.

typed        end of a typed line → first sound
key          Enter in mid-speech → last sound; and the words of the history against those in the recording
push         the key let go → first sound
hands-free   last sound of the question → first sound
break-in     first sound of a voice in mid-speech (headphones) → last sound
idle         what of a core the sound's process takes, hands-free in silence (Linux)
false        interruptions of a minute of speech that the microphone hears too, through loudspeakers
clock        when a reply's first sound was said to be heard, which is what the picture follows, against the recording;
             and how that moves from the first reply to the last

``--turns`` counts for typed and push; hands-free and break-in take half as many. Some eight minutes.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from alphsistant_addon.audio_process.client import Audio
from alphsistant_addon.audio_process.player import FADE
from alphsistant_addon.audio_process.protocol import RATE, Settings
from alphsistant_addon.model_process.client import ModelProcess
from alphsistant_addon.pipeline.requests import HearRequest, SpeakRequest, WarmUpRequest
from alphsistant_addon.talk.conversation import Conversation
from alphsistant_addon.talk.happenings import Told
from alphsistant_addon.talk.turns import CUT, Turn
from alphsistant_addon.text_to_speech import Voice

Samples = npt.NDArray[np.float32]

QUESTIONS: Final = (
    "Hello, who are you?",
    "How are you today?",
    "Can you tell me a story?",
    "Do you like music?",
    "What is your favourite colour?",
    "Good morning, my friend.",
    "Tell me something about the moon.",
    "Where do you live?",
    "Do you have any friends?",
    "I am very happy today.",
)
AIMS: Final = {"typed": 0.3, "push": 0.5, "hands-free": 0.7, "key": 0.06, "break-in": 0.35}
"""Seconds."""
LOUD: Final = 2e-3
"""Samples beyond this are sound."""
FULL_SCALE_16: Final = 32768.0


@dataclass
class Recording:
    """What was heard, with when."""

    samples: Samples
    begin: float
    """When the first was heard, by ``perf_counter``."""

    def after(self, moment: float) -> tuple[Samples, float]:
        """Return what was heard from a moment on, and when the first of it was."""
        first = max(0, round((moment - self.begin) * RATE))
        return self.samples[first:], self.begin + first / RATE

    def first_sound(self, moment: float) -> float | None:
        """Return when the first sound after a moment was heard."""
        samples, begin = self.after(moment)
        loud = np.flatnonzero(np.abs(samples) > LOUD)
        return begin + loud[0] / RATE if len(loud) else None

    def last_sound(self) -> float:
        """Return when the last sound was heard; the beginning, if there was none."""
        loud = np.flatnonzero(np.abs(self.samples) > LOUD)
        return self.begin + (loud[-1] + 1) / RATE if len(loud) else self.begin


class MemoryRig:
    """The device in memory."""

    def __init__(self, stack: ExitStack) -> None:
        self.folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        self.settings = Settings(kind="memory", folder=self.folder)

    def recording(self) -> Recording:
        blocks = np.fromfile(self.folder / "heard_at.f64").reshape(-1, 2)
        samples = np.fromfile(self.folder / "heard.f32", np.float32)
        offsets = blocks[:, 1] - blocks[:, 0] / RATE
        return Recording(samples, float(np.median(offsets)))

    def speak(self, samples: Samples) -> float:
        """Let the microphone hear it; return when its first sample is heard."""
        for name in ("microphone_at.f64", "microphone.done"):
            (self.folder / name).unlink(missing_ok=True)
        samples.astype(np.float32).tofile(self.folder / "microphone.part")
        (self.folder / "microphone.part").rename(self.folder / "microphone.f32")
        until = time.perf_counter() + 5.0
        while not (self.folder / "microphone.done").exists():
            if time.perf_counter() > until:
                raise TimeoutError("the microphone does not listen")
            time.sleep(0.002)
        return float(np.fromfile(self.folder / "microphone_at.f64")[0])


class Tap:
    """Records the monitor of a sink; when each sample came is the earliest that fits all chunks."""

    def __init__(self, source: str, environment: dict[str, str]) -> None:
        command = ["parec", "-d", source, "--rate=48000", "--channels=1", "--format=s16le", "--latency-msec=5", "--raw"]
        self.popen = subprocess.Popen(command, stdout=subprocess.PIPE, env=environment)
        self.chunks: list[bytes] = []
        self.count = 0
        self.begin = float("inf")
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.popen.stdout is not None
        while chunk := os.read(self.popen.stdout.fileno(), 4096):
            now = time.perf_counter()
            self.chunks.append(chunk)
            self.count += len(chunk) // 2
            self.begin = min(self.begin, now - self.count / RATE)

    def recording(self) -> Recording:
        data = b"".join(self.chunks)
        return Recording(np.frombuffer(data[: len(data) // 2 * 2], "<i2") / np.float32(FULL_SCALE_16), self.begin)


class CardRig:
    """PortAudio on a PulseAudio of our own, with a null sink for each direction."""

    def __init__(self, stack: ExitStack) -> None:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        (folder / ".asoundrc").write_text("pcm.!default { type pulse }\nctl.!default { type pulse }\n")
        server = f"unix:{folder}/native"
        os.environ.update(
            HOME=str(folder), XDG_RUNTIME_DIR=str(folder), PULSE_RUNTIME_PATH=str(folder), PULSE_SERVER=server
        )
        modules = [
            f"module-native-protocol-unix socket={folder}/native auth-anonymous=1",
            "module-null-sink sink_name=out rate=48000",
            "module-null-sink sink_name=mic rate=48000",
        ]
        command = ["pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1", "--realtime=no", "--high-priority=no"]
        command += [part for module in modules for part in ("-L", module)]
        daemon = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        stack.callback(daemon.wait)
        stack.callback(daemon.terminate)
        for _ in range(200):
            if subprocess.run(["pactl", "info"], capture_output=True, check=False).returncode == 0:  # noqa: S607
                break
            time.sleep(0.05)
        for what in (("set-default-sink", "out"), ("set-default-source", "mic.monitor")):
            subprocess.run(["pactl", *what], check=True)  # noqa: S607
        self.settings = Settings()
        self.out, self.microphone = Tap("out.monitor", dict(os.environ)), Tap("mic.monitor", dict(os.environ))
        for tap in (self.out, self.microphone):
            stack.callback(tap.popen.wait)
            stack.callback(tap.popen.terminate)

    def recording(self) -> Recording:
        return self.out.recording()

    def speak(self, samples: Samples) -> float:
        """Let the microphone hear it; return when its first sample is heard, which the monitor says."""
        began = time.perf_counter()
        pacat = ["pacat", "-d", "mic", "--rate=48000", "--channels=1", "--format=s16le", "--latency-msec=10", "--raw"]
        data = np.asarray(np.clip(samples, -1, 1) * (FULL_SCALE_16 - 1), "<i2").tobytes()
        threading.Thread(target=subprocess.run, args=(pacat,), kwargs={"input": data}, daemon=True).start()
        loud = np.flatnonzero(np.abs(samples) > LOUD)[0] / RATE
        while (first := self.microphone.recording().first_sound(began)) is None:
            if time.perf_counter() > began + 5.0:
                raise TimeoutError("the microphone does not listen")
            time.sleep(0.01)
        return first - loud


Rig = MemoryRig | CardRig


@dataclass
class Question:
    """A spoken question and where in it the speech is."""

    text: str
    samples: Samples
    first: float
    last: float
    """Seconds of its first and last sound (35 dB below its loudest 10 ms)."""


def questions() -> list[Question]:
    """Let the voice speak them, with what a room has of noise around."""
    import soxr

    voice = Voice.load()
    found = []
    for number, text in enumerate(QUESTIONS):
        speech = voice.speak(text, seed=number)
        samples = np.asarray(soxr.resample(speech.samples, speech.sample_rate, RATE), np.float32)
        frames = np.sqrt(np.square(samples[: len(samples) // 480 * 480].reshape(-1, 480)).mean(axis=1))
        loud = np.flatnonzero(frames > frames.max() * 10 ** (-35 / 20))
        found.append(Question(text, samples, loud[0] * 0.01, (loud[-1] + 1) * 0.01))
    return found


@dataclass
class Bench:
    """A conversation and what was measured of it."""

    talk: Conversation
    models: ModelProcess
    rig: Rig
    seed: np.random.Generator
    found: dict[str, list[float]] = field(default_factory=dict)
    words_wrong: list[str] = field(default_factory=list)
    words_checked: int = 0
    processor: dict[str, list[float]] = field(default_factory=dict)
    """Seconds that the models' process has worked for each first sound."""
    missed: dict[str, int] = field(default_factory=dict)
    clock: list[tuple[float, float]] = field(default_factory=list)
    """When a reply was heard, and how much later than the clock had said."""
    idle: float | None = None
    """Share of a core."""
    false: int | None = None
    """Interruptions that nobody made."""

    def tick(self) -> None:
        for news in self.talk.tick():
            if isinstance(news, Told):
                print(f"  ({news.text})")
        time.sleep(1 / 60)

    def until(self, condition: Callable[[], object], seconds: float = 30.0) -> bool:
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            self.tick()
            if condition():
                return True
        return False

    def wait(self, seconds: float) -> None:
        self.until(lambda: False, seconds)

    def note(self, what: str, seconds: float | None) -> None:
        if seconds is None:
            self.missed[what] = self.missed.get(what, 0) + 1
        else:
            self.found.setdefault(what, []).append(seconds)

    def reply(self) -> Turn:
        return [turn for turn in self.talk.log if turn.who == "face"][-1]

    def worked(self) -> float:
        """Return the processor time of the models' process so far (Linux)."""
        process = self.models._process
        if process is None:  # it did not stop in time, on a crowded computer, and is started again
            return 0.0
        fields = Path(f"/proc/{process.child.popen.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / 100

    def first_sound(self, what: str, moment: float) -> bool:
        """Wait for the first sound of the reply, and note how long it took."""
        before = self.worked()
        has_sound = self.until(lambda: self.talk.state == "speaking")
        self.processor.setdefault(what, []).append(max(0.0, self.worked() - before))
        if not has_sound:
            self.note(what, None)
            return False
        self.wait(0.25)
        first = self.rig.recording().first_sound(moment)
        self.note(what, None if first is None else first - moment)
        if first is not None:
            self.compare_clock(first)
        return first is not None

    def compare_clock(self, first: float) -> None:
        """Note how far the clock that the picture follows is from what was recorded, at the first sound of a reply."""
        turn = self.reply()
        predicted = self.talk.audio.heard_at(turn.starts[0]) if 0 in turn.starts else None
        if predicted is not None:
            speech = turn.parts[0].speech
            loud = np.flatnonzero(np.abs(speech.samples) > LOUD)
            self.clock.append((first, first - predicted - loud[0] / speech.sample_rate))

    def interrupt(self, begin: float) -> None:
        """Stop by key after a while; note when it was silent, and compare the words."""
        self.wait(float(self.seed.uniform(0.0, 2.0)))
        was_speaking = self.talk.state == "speaking"
        moment = time.perf_counter()
        self.talk.interrupt()
        self.wait(0.3)
        turn = self.reply()
        if was_speaking and turn.state == "interrupted":
            recording = self.rig.recording()
            last = recording.last_sound()
            self.note("key", max(0.0, last - moment))
            self.compare(turn, recording, begin)

    def compare(self, turn: Turn, recording: Recording, begin: float) -> None:
        """Count the words in the recording and compare them with those of the history."""
        heard, _ = recording.after(begin)
        least, most = words_in(heard, turn)
        said = [] if not turn.heard else turn.heard.removesuffix(CUT).split()
        self.words_checked += 1
        if not least <= len(said) <= most:
            self.words_wrong.append(f"{len(said)} words in the history, {least} to {most} in the recording")

    def end(self) -> None:
        self.talk.interrupt()
        self.until(lambda: self.talk.state == "listening")
        self.wait(0.15)


def words_in(heard: Samples, turn: Turn) -> tuple[int, int]:
    """Return how many words of a reply are whole in what was heard: at least, and at most.

    What should have been heard is laid over it at the first sound. From the last sample that is there to the first
    that should be there and is not, nobody can tell where it was cut (a pause).
    """
    import soxr

    expected = np.zeros(0, np.float32)
    ends: list[float] = []
    for index, part in enumerate(turn.parts):
        pause = part.start - turn.parts[index - 1].end if index else 0.0
        expected = np.concatenate([expected, np.zeros(round(pause * RATE), np.float32)])
        start = len(expected) / RATE
        ends += [start + word.end for word in part.speech.words]
        part_samples = soxr.resample(part.speech.samples, part.speech.sample_rate, RATE)
        expected = np.concatenate([expected, np.asarray(part_samples, np.float32)])
    loud_heard, loud_expected = (np.flatnonzero(np.abs(one) > LOUD) for one in (heard, expected))
    if not len(loud_heard):
        return 0, 0
    lag = int(loud_heard[0] - loud_expected[0])
    last_there = int(loud_heard[-1]) - lag
    later = loud_expected[loud_expected > last_there]
    # The fade of 8 ms is heard, but counts as silence.
    least = last_there / RATE - 2 * FADE
    most = (later[0] / RATE if len(later) else len(expected) / RATE) + FADE
    count = [len(word.text.split()) for part in turn.parts for word in part.speech.words]
    return (
        sum(n for n, end in zip(count, ends, strict=True) if end <= least),
        sum(n for n, end in zip(count, ends, strict=True) if end <= most),
    )


def typed(bench: Bench, asked: list[Question], turns: int) -> None:
    """Typed lines, each interrupted by key."""
    for number in range(turns):
        begin = time.perf_counter()
        bench.talk.say(asked[number % len(asked)].text)
        if bench.first_sound("typed", begin):
            bench.interrupt(begin)
        bench.end()


def push(bench: Bench, asked: list[Question], turns: int) -> None:
    """Questions spoken while a key is held."""
    bench.talk.microphone(True)
    bench.wait(1.0)
    for number in range(turns):
        question = asked[number % len(asked)]
        bench.talk.push_to_talk(True)
        bench.wait(0.1)
        begin = bench.rig.speak(question.samples)
        bench.until(lambda: time.perf_counter() >= begin + question.last + 0.05)  # noqa: B023
        moment = time.perf_counter()
        bench.talk.push_to_talk(False)
        bench.first_sound("push", moment)
        bench.end()
    bench.talk.microphone(False)


def hands_free(bench: Bench, asked: list[Question], turns: int) -> None:
    """Questions spoken without a key."""
    bench.talk.hands_free(True)
    bench.wait(1.0)
    for number in range(turns):
        question = asked[number % len(asked)]
        begin = bench.rig.speak(question.samples)
        bench.until(lambda: time.perf_counter() >= begin + question.last)  # noqa: B023
        bench.first_sound("hands-free", begin + question.last)
        bench.end()
        bench.wait(0.4)
    bench.talk.hands_free(False)


def break_in(bench: Bench, asked: list[Question], turns: int) -> None:
    """A voice in mid-speech, with headphones on."""
    bench.talk.audio.use_headphones(True)
    bench.talk.hands_free(True)
    bench.wait(1.0)
    for number in range(turns):
        bench.talk.speak("This is a long text, so that somebody can break into it whenever they like to do so.")
        if not bench.until(lambda: bench.talk.state == "speaking"):
            bench.note("break-in", None)
            bench.end()
            continue
        bench.wait(float(bench.seed.uniform(0.2, 1.0)))
        reply = bench.reply()
        question = asked[number % len(asked)]
        onset = bench.rig.speak(question.samples) + question.first
        stopped = bench.until(lambda: reply.state == "interrupted", 1.5)  # noqa: B023
        bench.wait(0.1)
        bench.note("break-in", bench.rig.recording().last_sound() - onset if stopped else None)
        bench.until(lambda: bench.talk.state != "thinking", 4.0)
        bench.end()
        bench.wait(0.6)
    bench.talk.hands_free(False)
    bench.talk.audio.use_headphones(False)


def idle(bench: Bench, _asked: list[Question], _turns: int) -> None:
    """Hands-free, and nobody speaks."""
    bench.talk.hands_free(True)
    bench.wait(2.0)
    child = bench.talk.audio._child
    assert child is not None
    tasks = Path(f"/proc/{child.popen.pid}/task")

    def worked() -> float:
        return sum(int((task / "schedstat").read_text("ascii").split()[0]) for task in tasks.iterdir()) / 1e9

    before, began = worked(), time.perf_counter()
    bench.wait(15.0)
    bench.idle = (worked() - before) / (time.perf_counter() - began)
    bench.talk.hands_free(False)


def false(bench: Bench, _asked: list[Question], _turns: int) -> None:
    """Let the microphone hear what is said itself, through loudspeakers: nobody interrupts it."""
    bench.talk.hands_free(True)
    bench.wait(1.0)
    said = len(bench.talk.log)
    bench.false = 0
    for _ in range(6):
        bench.talk.speak(
            "Nobody breaks into this. It hears what it says itself, and it does not answer that. It goes on to its end."
        )
        reply = bench.reply()
        bench.until(lambda: reply.state == "speaking")  # noqa: B023
        part = reply.parts[0].speech
        import soxr

        bench.rig.speak(np.asarray(soxr.resample(part.samples, part.sample_rate, RATE), np.float32))
        bench.until(lambda: reply.state not in {"thinking", "speaking"})  # noqa: B023
        bench.false += reply.state != "done"
        bench.wait(0.6)
    bench.false += len(bench.talk.log) - said - 6
    bench.talk.hands_free(False)


MEASURES: Final[dict[str, Callable[[Bench, list[Question], int], None]]] = {
    "typed": typed, "push": push, "hands-free": hands_free, "break-in": break_in, "idle": idle, "false": false,
}  # fmt: skip


def report(bench: Bench, seconds: float) -> Iterator[str]:
    """Yield the lines of the table."""
    yield "| what | turns | median, s | 95 of 100, s | aim, s | nothing heard | models' processor, median, s |"
    yield "|---|---|---|---|---|---|---|"
    for what, aim in AIMS.items():
        values = bench.found.get(what, [])
        if values or bench.missed.get(what):
            middle, high = np.percentile(values, (50, 95)) if values else (float("nan"),) * 2
            missed = bench.missed.get(what, 0)
            worked = f"{np.median(bench.processor[what]):.2f}" if what in bench.processor else "–"
            yield f"| {what} | {len(values)} | {middle:.3f} | {high:.3f} | {aim:g} | {missed} | {worked} |"
    right = bench.words_checked - len(bench.words_wrong)
    yield f"\nWords of the history as in the recording: {right} of {bench.words_checked} interruptions."
    yield from (f"  {wrong}" for wrong in bench.words_wrong)
    if bench.clock:
        times, late = np.array(bench.clock).T
        off = 1000 * np.abs(late)
        drift = 600.0 * float(np.polyfit(times - times[0], late, 1)[0]) if len(late) > 2 else float("nan")
        yield (
            f"Clock against the recording: off by {np.median(off):.1f} ms ({np.percentile(off, 95):.1f} in 95 of 100), "
            f"{np.median(1000 * late):+.1f} ms signed; drift {1000 * drift:+.1f} ms in ten minutes."
        )
    if bench.idle is not None:
        yield f"The sound's process, hands-free in silence: {100 * bench.idle:.1f} % of a core."
    if bench.false is not None:
        yield f"False interruptions and turns in 6 replies that the microphone hears too: {bench.false}."
    yield f"Lost buffers: {bench.talk.audio.lost_buffers} in {seconds:.0f} s. Load: {os.getloadavg()[0]:.1f}."


def main() -> int:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--turns", type=int, default=40)
    parser.add_argument("--card", action="store_true", help="PortAudio on a PulseAudio with null sinks")
    parser.add_argument("--only", nargs="+", choices=MEASURES, default=list(MEASURES))
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    if options.card and not shutil.which("pulseaudio"):
        print("Install pulseaudio, pulseaudio-utils, libportaudio2 and libasound2-plugins for --card.")
        return 1
    asked = questions()
    with ExitStack() as stack:
        rig: Rig = CardRig(stack) if options.card else MemoryRig(stack)
        models = ModelProcess()
        stack.callback(models.stop)
        for _ in models.run(WarmUpRequest()):
            pass
        for _ in models.run(SpeakRequest("Hello")):
            pass
        talk = Conversation(Audio(rig.settings), models, hearing=HearRequest())
        stack.callback(talk.close)
        bench = Bench(talk, models, rig, np.random.default_rng(options.seed))
        bench.wait(1.0)
        began = time.perf_counter()
        for name in options.only:
            MEASURES[name](bench, asked, options.turns if name in {"typed", "push"} else max(options.turns // 2, 1))
        print("\n".join(report(bench, time.perf_counter() - began)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
