"""The models' process: what goes in comes out; it can be cancelled, killed and out of memory without harm."""

from __future__ import annotations

import io
import os
import queue
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from alphsistant_addon import lip_sync
from alphsistant_addon.core import face_animation, messages
from alphsistant_addon.core import speech as data
from alphsistant_addon.core.errors import AlphsistantError, AssetError, Cancelled
from alphsistant_addon.core.progress import Step
from alphsistant_addon.model_process import client
from alphsistant_addon.model_process.client import ModelProcess
from alphsistant_addon.model_process.protocol import Cancel, Job
from alphsistant_addon.model_process.server import Server
from alphsistant_addon.pipeline import ModelChoice, Part, Reply, Sentence, SpeakRequest, WarmUpRequest
from alphsistant_addon.pipeline.hearing import HeardWords
from alphsistant_addon.pipeline.reply import put_together, without_repetition, without_samples
from alphsistant_addon.pipeline.requests import HearRequest
from alphsistant_addon.text_generation import Persona

ROOT = Path(__file__).parents[1]
FAKE = (
    "import json, os, runpy, sys; sys.path[:] = json.loads(os.environ['ALPHSISTANT_PATH']); "
    f"runpy.run_path({str(ROOT / 'tests' / 'model_process_fake.py')!r})"
)


@pytest.fixture
def process() -> Iterator[ModelProcess]:
    process = ModelProcess([sys.executable, "-c", FAKE])
    yield process
    process.stop()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("Alphsistant")]


def request(text: str, **choice: Any) -> SpeakRequest:
    return SpeakRequest("", text=text, seed=3, models=ModelChoice(**choice))


def spoken(process: ModelProcess, text: str, cancel: Any = None, **choice: Any) -> list[data.Speech]:
    events = process.run(request(text, **choice), cancel)
    return [event.speech for event in events if isinstance(event, Part)]


def wait_for(condition: Callable[[], object]) -> None:
    for _ in range(6000):
        if condition():
            return
        time.sleep(0.01)
    raise AssertionError("it did not happen")


def sent(message: Any) -> Any:
    pipe = io.BytesIO()
    messages.write(pipe, message)
    pipe.seek(0)
    return messages.read(pipe)


def test_speech_comes_as_it_was_made(process: ModelProcess):
    first, second = spoken(process, "Hello there")
    assert (first.text, second.text) == ("Hello", "there")
    assert first.phones == (data.Phone("ɑ", 0.0, 0.1, 1),)
    assert first.words == (data.Word("Hello", 0.0, 0.1),)
    assert first.warnings == ("A note.",)
    assert first.samples.dtype == np.float32
    np.testing.assert_array_equal(first.samples, np.arange(5, dtype=np.float32) / 10 + 3)
    first.samples[0] = 1  # it can be written to, as the pipeline may


def test_the_whole_job_is_one_stream(process: ModelProcess):
    events = list(put_together(process.run(request("Hello there"))))
    kinds = [type(event) for event in events]
    assert kinds[0] is Step
    assert kinds.index(Sentence) < kinds.index(Part)
    assert kinds[-1] is Reply
    assert kinds.count(Part) == 2
    assert events[-1].speech.text == "Hello there"


def test_the_choice_the_arguments_and_the_progress_arrive(process: ModelProcess, tmp_path: Path):
    choice = ModelChoice("gpt2", tmp_path, allow_network=True, use_gpu=False)
    wish = SpeakRequest("Hi", seed=7, history=(("a", "b"),), persona=Persona("Mara"), models=choice)
    events = list(process.run(wish))
    said = [event.text for event in events if isinstance(event, Sentence)]
    assert said[0] == "Hi [('a', 'b')] 7 30.0 Mara"
    assert said[1].startswith(f"{('gpt2', tmp_path, True, False)} in ")
    (download,) = (event for event in events if isinstance(event, Step) and event.words == "Downloading")
    assert 0.15 < download.fraction < 0.3


def test_a_download_has_the_bar_to_itself_where_the_models_are_only_loaded(process: ModelProcess):
    steps = [event for event in process.run(WarmUpRequest()) if isinstance(event, Step)]
    assert [step.fraction for step in steps] == sorted(step.fraction for step in steps)
    assert next(step.fraction for step in steps if step.words == "Downloading") == pytest.approx(0.55)


def test_the_process_and_its_models_are_kept_for_the_next_job(process: ModelProcess):
    def job(name: str | None = None) -> str:
        wish = SpeakRequest("Hi", models=ModelChoice(name))
        return [event.text for event in process.run(wish) if isinstance(event, Sentence)][1]

    first = job()
    assert first.endswith(", models 1")
    assert job() == first
    assert job("gpt2").endswith(", models 2")


def test_another_voice_leaves_the_language_model_where_it_is(process: ModelProcess):
    def job(voice: str | None) -> str:
        wish = SpeakRequest("Hi", models=ModelChoice("gpt2", voice))
        return [event.text for event in process.run(wish) if isinstance(event, Sentence)][1]

    assert job(None).startswith("('gpt2', None, ")
    second = job("michael")
    assert second.startswith("('gpt2', 'michael', ")
    assert second.endswith(", models 1")


def test_cancel_ends_the_job_at_once_and_keeps_the_process(process: ModelProcess, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(client, "_GRACE_SECONDS", 600.0)  # however busy this computer is
    spoken(process, "warm")
    running = process._process
    cancel = threading.Event()
    threading.Timer(0.1, cancel.set).start()
    with pytest.raises(Cancelled):
        spoken(process, "work", cancel)
    assert [speech.text for speech in spoken(process, "go on")] == ["go", "on"]
    assert process._process is running


def test_what_belongs_to_a_cancelled_job_is_dropped(process: ModelProcess):
    """The process is in the middle of a long text; not one of its parts comes in the next job."""
    spoken(process, "warm")
    cancel = threading.Event()

    def job() -> None:
        for event in process.run(request("old " * 2000), cancel):
            if isinstance(event, Part):
                cancel.set()

    with pytest.raises(Cancelled):
        job()
    assert {speech.text for speech in spoken(process, "new words")} == {"new", "words"}


def test_a_job_that_is_given_up_is_cancelled(process: ModelProcess):
    """A worker that leaves the stream, without any cancel event."""
    spoken(process, "warm")
    events = process.run(request("old " * 2000))
    for event in events:
        if isinstance(event, Part):
            break
    events.close()
    assert [speech.text for speech in spoken(process, "go on")] == ["go", "on"]


def test_a_cancelled_job_that_does_not_stop_is_ended_by_the_next_one(
    process: ModelProcess, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(client, "_GRACE_SECONDS", 0.1)
    spoken(process, "warm")
    hanging = process._process
    assert hanging is not None
    cancel = threading.Event()
    threading.Timer(0.1, cancel.set).start()
    with pytest.raises(Cancelled):
        spoken(process, "hang", cancel)
    assert [speech.text for speech in spoken(process, "again")] == ["again"]
    assert hanging.child.popen.wait(60) != 0


class Beside:
    """A job on a thread of its own, as each of a talk is."""

    def __init__(self, process: ModelProcess, text: str, **choice: Any) -> None:
        self.cancel = threading.Event()
        self.events: list[Any] = []
        self.error: Exception | None = None
        self._events = process.run(request(text, **choice), self.cancel)
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        try:
            for event in self._events:
                self.events.append(event)
        except AlphsistantError as error:
            self.error = error

    def end(self) -> None:
        self._thread.join(60)
        assert not self._thread.is_alive()


def test_a_cancelled_job_does_not_disturb_the_one_it_waits_behind(
    process: ModelProcess, monkeypatch: pytest.MonkeyPatch
):
    """Somebody coughs while the answer is still being made: the recogniser's job never began."""
    monkeypatch.setattr(client, "_GRACE_SECONDS", 0.1)
    spoken(process, "warm")
    running = process._process
    answer = Beside(process, "work")
    wait_for(lambda: len(answer.events) > 2)
    cough = Beside(process, "cough")
    wait_for(lambda: running is not None and len(running.waiting) == 2)
    cough.cancel.set()
    cough.end()
    assert isinstance(cough.error, Cancelled)
    time.sleep(0.4)  # several times what it has to stop
    assert process._process is running
    count = len(answer.events)
    answer.cancel.set()
    answer.end()
    assert len(answer.events) == count, "it did not begin again"


def test_a_job_cancelled_before_anything_is_loaded_leaves_the_others_alone(process: ModelProcess):
    first = Beside(process, "Hello", language_model="slow")
    second = Beside(process, "there", language_model="slow")
    wait_for(lambda: process._process is not None and len(process._process.waiting) == 2)
    running = process._process
    second.cancel.set()
    second.end()
    first.end()
    assert first.error is None
    assert [event.speech.text for event in first.events if isinstance(event, Part)] == ["Hello"]
    assert process._process is running


def test_all_jobs_begin_again_where_a_cancelled_one_does_not_stop(
    process: ModelProcess, monkeypatch: pytest.MonkeyPatch
):
    spoken(process, "warm")
    hanging = Beside(process, "hang")
    wait_for(lambda: len(hanging.events) > 2)
    others = [Beside(process, "one"), Beside(process, "two")]
    monkeypatch.setattr(client, "_GRACE_SECONDS", 0.1)
    hanging.cancel.set()
    for other in (hanging, *others):
        other.end()
    assert [other.error for other in others] == [None, None]
    said = [[event.speech.text for event in other.events if isinstance(event, Part)] for other in others]
    assert said == [["one"], ["two"]]


def test_a_cancel_that_meets_the_end_of_its_job_does_not_stop_the_process_from_listening(tmp_path: Path):
    """The job may end between the look for it and the cancel; then the pipe has to be read all the same."""

    class Ending(dict[int, Any]):
        def __contains__(self, number: object) -> bool:
            there = super().__contains__(number)
            self.clear()
            return there

    pipe = io.BytesIO(messages.frame(Cancel(3)) + messages.frame(Cancel(3)))
    server = Server((tmp_path / "answers").open("wb"), lambda *_: None)
    server._cancels = Ending({3: threading.Event()})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "_exit", _exited)
        with pytest.raises(SystemExit, match="0"):
            server.listen(pipe)


def _exited(code: int) -> None:
    raise SystemExit(code)


def test_cancel_before_anything_is_loaded_ends_the_process_at_once(process: ModelProcess):
    cancel = threading.Event()
    threading.Timer(0.1, cancel.set).start()
    with pytest.raises(Cancelled):
        spoken(process, "Hello", cancel, language_model="hang")
    assert not process.is_running
    assert [speech.text for speech in spoken(process, "again")] == ["again"]


def test_stop_waits_for_every_process_that_was_told_to_end(process: ModelProcess):
    for _ in range(2):
        spoken(process, "warm")
        assert process._process is not None
        process._end(process._process)
    process.stop()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("Alphsistant")]


def test_cancel_is_seen_between_reports_of_progress(process: ModelProcess):
    cancel = threading.Event()

    def job() -> None:
        for event in process.run(request("Hello", language_model="busy"), cancel):
            if event.words == "Downloading":
                cancel.set()

    with pytest.raises(Cancelled):
        job()


def test_stop_from_another_thread_ends_a_job(process: ModelProcess):
    spoken(process, "warm")
    threading.Timer(0.1, process.stop).start()
    with pytest.raises(Cancelled):
        spoken(process, "hang")


def test_a_process_that_dies_is_a_sentence_and_the_next_job_works(process: ModelProcess):
    with pytest.raises(AlphsistantError, match=r"ended unexpectedly \(code 9\)"):
        spoken(process, "die")
    assert [speech.text for speech in spoken(process, "again")] == ["again"]


def test_warmed_up_models_are_there_for_the_first_job(process: ModelProcess):
    process.warm_up(WarmUpRequest())
    warmed = process._process
    assert warmed is not None
    wait_for(lambda: warmed.loaded)
    process.warm_up(WarmUpRequest())  # a second one does nothing
    assert [speech.text for speech in spoken(process, "Hello")] == ["Hello"]
    assert process._process is warmed


def test_a_job_does_not_wait_for_the_rest_of_the_warming_up(process: ModelProcess):
    process.warm_up(WarmUpRequest(ModelChoice("busy")))
    assert [speech.text for speech in spoken(process, "Hello")] == ["Hello"]


def test_a_job_keeps_what_the_warming_up_is_loading(process: ModelProcess, monkeypatch: pytest.MonkeyPatch):
    """The warming up is told to stop, but may take as long as it wants: the job needs the same models."""
    monkeypatch.setattr(client, "_GRACE_SECONDS", 0.1)
    process.warm_up(WarmUpRequest(ModelChoice("slow")))
    warmed = process._process
    assert [speech.text for speech in spoken(process, "Hello", language_model="slow")] == ["Hello"]
    assert process._process is warmed


@pytest.mark.parametrize("frame", [b"\xff" * 64, b"ALPH\x04\0\0\0\0\0\0\0what", b""])
@pytest.mark.skipif(os.name == "nt", reason="writes into a pipe as Unix does")
def test_a_damaged_frame_ends_the_process(process: ModelProcess, frame: bytes):
    """From our side, or (none given) from its own."""
    spoken(process, "warm")
    running = process._process
    assert running is not None
    if not frame:
        with pytest.raises(AlphsistantError, match="ended unexpectedly"):
            spoken(process, "garble")
    else:
        assert running.child.popen.stdin is not None
        running.child.popen.stdin.write(frame)
        running.child.popen.stdin.flush()
    assert running.child.popen.wait(30) != 0
    assert [speech.text for speech in spoken(process, "again")] == ["again"]


@pytest.mark.parametrize(
    ("text", "error", "sentence"),
    [
        ("damaged", AssetError, "The voice is damaged."),
        ("memory", MemoryError, None),
        ("allocate", RuntimeError, "allocate memory"),  # the worker makes a sentence of it
    ],
)
def test_errors_come_through(process: ModelProcess, text: str, error: type[Exception], sentence: str | None):
    with pytest.raises(error, match=sentence):
        spoken(process, text)
    assert spoken(process, "again")


def test_a_python_that_cannot_be_started_is_a_sentence(tmp_path: Path):
    with pytest.raises(AlphsistantError, match="could not be started"):
        spoken(ModelProcess([str(tmp_path / "no-python")]), "Hello")


@pytest.mark.skipif(os.name == "nt", reason="kills as Unix does")
def test_it_leaves_with_the_one_who_started_it(process: ModelProcess):
    spoken(process, "warm")
    running = process._process
    assert running is not None
    assert running.child.popen.stdin is not None
    running.child.popen.stdin.close()  # what the system does when Blender crashes
    assert running.child.popen.wait(30) == 0


def test_a_reply_travels_as_its_parts():
    speech = data.Speech(np.ones(4, np.float32), 8, (data.Phone("ɑ", 0.0, 0.5),), (), "Ah")
    parts = (
        Part(speech, face_animation.FaceAnimation({}, 0.5), 0.0),
        Part(speech, face_animation.FaceAnimation({}, 0.5), 1.0),
    )
    reply = Reply.of("Hi", 4, parts)
    there = list(without_repetition([*parts, reply]))
    assert not any(isinstance(event, Reply) for event in there)
    *_, back = put_together(there)
    assert (back.prompt, back.seed, back.parts) == ("Hi", 4, parts)
    np.testing.assert_array_equal(back.speech.samples, reply.speech.samples)


def test_a_recording_travels_without_its_samples():
    """20 minutes at 48 kHz would be 230 MB."""
    speech = data.Speech(np.ones(1_000_000, np.float32), 48_000, (), (), "")
    part = without_samples(Part(speech, face_animation.FaceAnimation(), 0.0))
    pipe = io.BytesIO()
    messages.write(pipe, part)
    assert pipe.tell() < 2000
    pipe.seek(0)
    back = messages.read(pipe)
    assert back.speech.duration == speech.duration
    assert not back.speech.samples.any()


PERSONA = Persona("Mara", examples=(("Hi", "Hm."),))


@pytest.mark.parametrize("message", [Job(3, SpeakRequest("Hi", history=(("a", "b"),), persona=PERSONA)), Cancel(3)])
def test_messages_arrive_as_they_were_sent(message: Any):
    assert sent(message) == message


def test_all_that_flows_can_be_sent():
    curve = face_animation.Curve(np.array([0.0, 0.5]), np.array([0.0, 1.0]))
    animation = sent(face_animation.FaceAnimation({"viseme_PP": curve}, 0.5))
    np.testing.assert_array_equal(animation.channels["viseme_PP"].weights, curve.weights)
    assert sent(lip_sync.Life()) == lip_sync.Life()
    assert sent((np.float32(0.5), None, [1, "a"], {"b": Path("c")})) == (0.5, None, [1, "a"], {"b": Path("c")})


def test_nothing_but_data_can_be_sent():
    with pytest.raises(TypeError):
        sent(print)
    with pytest.raises(TypeError):
        sent(np.array([object()]))


@pytest.mark.parametrize("name", ["missing_packages_named", "ShippedModels", "Sequence"])
def test_nothing_but_dataclasses_of_ours_is_made(name: str):
    message = {"kind": "dataclass", "module": "pipeline.models", "name": name, "fields": {}}
    with pytest.raises(TypeError):
        messages._unpacked(message, b"")


def test_sound_reaches_a_job_in_pieces_while_it_runs(process: ModelProcess):
    incoming: queue.SimpleQueue[Any] = queue.SimpleQueue()
    for _ in range(3):
        incoming.put(np.zeros(1600, np.float32))
    threading.Timer(0.3, incoming.put, [None]).start()
    (heard,) = process.run(HearRequest(), incoming=incoming)
    assert heard == HeardWords("")


def test_sound_that_is_given_up_leaves_the_process_and_what_it_is_loading(process: ModelProcess):
    """Nothing was loaded yet, and still the process is kept."""
    cancel = threading.Event()
    threading.Timer(0.2, cancel.set).start()
    with pytest.raises(Cancelled):
        list(process.run(HearRequest(), cancel, queue.SimpleQueue()))
    first = process._process
    assert spoken(process, "go on")[0].text == "go"
    assert process._process is first
