"""Models that are loaded before the first click."""

from __future__ import annotations

import threading
import time
from types import SimpleNamespace
from typing import Any

import pytest

bpy = pytest.importorskip("bpy")

from alphsistant_addon.blender.common import packages
from alphsistant_addon.blender.jobs import models_owner
from alphsistant_addon.blender.speak import warm_up
from alphsistant_addon.pipeline import WarmUpRequest

pytestmark = [pytest.mark.blender, pytest.mark.usefixtures("blender")]


@pytest.fixture
def wished(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What the process is asked for."""
    requests: list[Any] = []
    monkeypatch.setattr(models_owner, "warm_up", requests.append)
    return requests


def test_beginning_asks_the_process_for_the_models_of_the_preferences(wished: list[Any]):
    warm_up.begin()
    for _ in range(500):
        if wished:
            break
        time.sleep(0.01)
    (request,) = wished
    assert isinstance(request, WarmUpRequest)
    assert (request.models.language_model, request.models.voice) == (None, None)
    warm_up.forget()
    assert not [thread for thread in threading.enumerate() if thread.name == "Alphsistant warm-up"]


@pytest.mark.parametrize(
    ("in_window", "wanted", "torch", "begins"),
    [(True, True, True, True), (False, True, True, False), (True, False, True, False), (True, True, False, False)],
)
def test_the_tab_begins_it_once_where_it_is_wanted(
    monkeypatch: pytest.MonkeyPatch, in_window: bool, wanted: bool, torch: bool, begins: bool
):
    monkeypatch.setattr(
        warm_up, "bpy", SimpleNamespace(app=SimpleNamespace(background=not in_window, timers=bpy.app.timers))
    )
    monkeypatch.setattr(warm_up, "preferences_of", lambda _context: SimpleNamespace(warm_up=wanted))
    monkeypatch.setattr(packages, "is_there", lambda _name: torch)
    warm_up.tab_is_drawn(bpy.context)
    assert bpy.app.timers.is_registered(warm_up.begin) == begins
    if begins:
        bpy.app.timers.unregister(warm_up.begin)
        warm_up.tab_is_drawn(bpy.context)
        assert not bpy.app.timers.is_registered(warm_up.begin)
    warm_up.forget()


def test_disabling_leaves_no_timer():
    bpy.app.timers.register(warm_up.begin, first_interval=60.0)
    warm_up.forget()
    assert not bpy.app.timers.is_registered(warm_up.begin)
