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
    turn_timers(lambda: not live_status.is_running, lambda: shown.append((time.perf_counter(), block.value)))
    (take,) = bake.all_takes()
    samples, when = heard(card)
    start = when(int(np.flatnonzero(samples)[0]))
    # The take's own keys are what the mouth does at each second of the sound.
    from alphsistant_addon.blender.common import compat

    path = block.path_from_id("value")
    (curve,) = [curve for curve in compat.curves_of(face.data.shape_keys) if curve.data_path == path]
    seconds = np.array([moment - start for moment, _ in shown])
    values = np.array([value for _, value in shown])
    inside = (seconds > 0.5) & (seconds < len(np.flatnonzero(samples)) / RATE - 0.2)
    shifts = np.arange(-0.15, 0.151, 0.0025)
    errors = [
        np.square(
            values[inside] - [curve.evaluate(take.start + (second + shift) * 25.0) for second in seconds[inside]]
        ).mean()
        for shift in shifts
    ]
    ahead = float(shifts[int(np.argmin(errors))])
    print(f"\nThe picture is set {1000 * ahead:.1f} ms before it is heard; rms {np.sqrt(min(errors)):.3f}")
    assert 0.0 <= ahead <= 0.02, "half a frame, as it is seen later than it is set"
    assert np.sqrt(min(errors)) < 0.06
