"""The models' process: what goes in comes out; it can be cancelled, killed and out of memory without harm."""

from __future__ import annotations

import io
import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from alphsistant_addon import lip_sync
from alphsistant_addon.core import face_animation
from alphsistant_addon.core import speech as data
from alphsistant_addon.core.errors import AlphsistantError, AssetError, Cancelled
from alphsistant_addon.model_process import client, messages
from alphsistant_addon.model_process.client import ModelProcess, RemoteModels
from alphsistant_addon.pipeline import reply_stream
from alphsistant_addon.pipeline.reply import Reply

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


def spoken(process: ModelProcess, text: str, cancel: Any = None) -> list[data.Speech]:
    return list(RemoteModels(process).speaker(cancel).stream(text, seed=3, cancel=cancel))


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


def test_the_choice_the_arguments_and_the_progress_arrive(process: ModelProcess, tmp_path: Path):
    steps: list[tuple[str, float]] = []
    models = RemoteModels(
        process,
        "gpt2",
        tmp_path,
        allow_network=True,
        use_gpu=False,
        progress=lambda words, share: steps.append((words, share)),
    )
    models.speaker()
    said = list(models.writer(None).reply("Hi", [("a", "b")], seed=7, max_seconds=3.5))
    assert said[0] == "Hi [('a', 'b')] 7 3.5"
    assert said[1].startswith(f"{('gpt2', tmp_path, True, False)} in ")
    assert set(steps) == {("Downloading", 0.5)}


def test_the_pipeline_runs_with_it(process: ModelProcess):
    *_, reply = reply_stream.run("", RemoteModels(process), text="Hello there", seed=1)
    assert isinstance(reply, Reply)
    assert reply.speech.text == "Hello there"


def test_the_process_is_kept_for_the_next_job(process: ModelProcess):
    def job() -> str:
        models = RemoteModels(process)
        models.speaker()
        return list(models.writer(None).reply("Hi", seed=0, max_seconds=1.0))[1]

    assert job() == job()


def test_cancel_while_it_works_keeps_the_process(process: ModelProcess, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(client, "_GRACE_SECONDS", 60.0)  # however busy this computer is
    spoken(process, "warm")
    running = process._process
    cancel = threading.Event()
    threading.Timer(0.1, cancel.set).start()
    with pytest.raises(Cancelled):
        spoken(process, "work", cancel)
    assert process._process is running
    assert [speech.text for speech in spoken(process, "go on")] == ["go", "on"]


def test_cancel_while_it_hears_nothing_ends_the_process(process: ModelProcess):
    spoken(process, "warm")
    hanging = process._process
    assert hanging is not None
    cancel = threading.Event()
    threading.Timer(0.1, cancel.set).start()
    with pytest.raises(Cancelled):
        spoken(process, "hang", cancel)
    assert hanging.wait(60) != 0
    assert [speech.text for speech in spoken(process, "again")] == ["again"]


def test_cancel_before_anything_is_loaded_ends_the_process_at_once(
    process: ModelProcess, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(client, "_GRACE_SECONDS", 600.0)
    cancel = threading.Event()
    threading.Timer(0.1, cancel.set).start()
    with pytest.raises(Cancelled):
        RemoteModels(process, "hang").speaker(cancel)
    assert process._process is None
    assert [speech.text for speech in spoken(process, "again")] == ["again"]


def test_stop_waits_for_every_process_that_was_told_to_end(process: ModelProcess):
    for _ in range(2):
        spoken(process, "warm")
        process._end()
    process.stop()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("Alphsistant")]


def test_cancel_is_seen_between_reports_of_progress(process: ModelProcess):
    cancel = threading.Event()
    models = RemoteModels(process, "busy", progress=lambda _words, _share: cancel.set())
    with pytest.raises(Cancelled):
        models.speaker(cancel)


def test_stop_from_another_thread_ends_a_request(process: ModelProcess):
    spoken(process, "warm")
    threading.Timer(0.1, process.stop).start()
    with pytest.raises(Cancelled):
        spoken(process, "hang")


def test_a_process_that_dies_is_a_sentence_and_the_next_job_works(process: ModelProcess):
    with pytest.raises(AlphsistantError, match=r"ended unexpectedly \(code 9\)"):
        spoken(process, "die")
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
    assert running.stdin is not None
    running.stdin.close()  # what the system does when Blender crashes
    assert running.wait(30) == 0


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


@pytest.mark.parametrize("name", ["missing_packages_named", "ShippedModels", "Path"])
def test_nothing_but_dataclasses_of_ours_is_made(name: str):
    message = {"kind": "dataclass", "module": "pipeline.models", "name": name, "fields": {}}
    with pytest.raises(TypeError):
        messages._unpacked(message, b"")
