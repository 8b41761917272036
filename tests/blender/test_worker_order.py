"""One job at a time: the next one begins when the one before it has ended."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

pytest.importorskip("bpy")

from alphsistant_addon.blender.jobs.worker import Ended, Worker


def test_the_next_job_waits_for_the_end_of_the_one_before_it_and_its_events_are_dropped() -> None:
    happened: list[str] = []
    has_begun = threading.Event()

    def slow(cancel: threading.Event) -> Iterator[str]:
        yield "slow"
        has_begun.set()
        cancel.wait(10)
        time.sleep(0.2)
        happened.append("slow has ended")

    def next_one(_cancel: threading.Event) -> Iterator[str]:
        happened.append("next begins")
        yield "next"

    worker = Worker()
    worker.start(slow)
    assert has_begun.wait(10)
    worker.start(next_one)
    events: list[Any] = []
    while Ended() not in events:
        events += worker.events(0.05)
        time.sleep(0.01)
    worker.stop()
    assert happened == ["slow has ended", "next begins"]
    assert events == ["next", Ended()]
    assert not worker.alive
