"""A fresh scene with the add-on registered, faces built in the test, and the timer turned by hand.

The bpy wheel never runs timers, so ``finish`` calls the poll function as Blender would.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from alphsistant_addon.lip_sync.channels import VISEME_CHANNELS

try:
    import bpy
except ModuleNotFoundError:  # each test module skips itself
    bpy = None


@pytest.fixture
def blender(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, models: Any) -> Iterator[Any]:
    """An empty file, the add-on registered, fake models, a user folder of its own; no trace may be left."""
    import alphsistant_addon  # needs bpy from here on
    from alphsistant_addon.blender.common import paths
    from alphsistant_addon.blender.jobs import desk, models_owner
    from alphsistant_addon.pipeline import perform

    def user_folder(name: str) -> Path:
        folder = tmp_path / "user" / name
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    monkeypatch.setattr(paths, "user_folder", user_folder)
    monkeypatch.setattr(models_owner, "run", lambda request, cancel: perform(request, models, cancel))
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    bpy.context.scene.render.fps = 25
    alphsistant_addon.register()
    yield bpy
    alphsistant_addon.unregister()
    assert not bpy.app.timers.is_registered(desk.poll)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("Alphsistant")]
    assert not hasattr(bpy.types.Scene, "alphsistant")


@pytest.fixture
def make_face(blender: Any) -> Callable[..., Any]:
    """Build a mesh with shape keys of the given names in the scene."""

    def make(name: str = "Head", keys: tuple[str, ...] = VISEME_CHANNELS, *, active: bool = False) -> Any:
        mesh = blender.data.meshes.new(name)
        mesh.from_pydata([(0, 0, 0), (1, 0, 0), (0, 1, 0)], [], [(0, 1, 2)])
        face = blender.data.objects.new(name, mesh)
        blender.context.scene.collection.objects.link(face)
        if keys:
            face.shape_key_add(name="Basis", from_mix=False)
        for index, key in enumerate(keys):
            block = face.shape_key_add(name=key, from_mix=False)
            block.data[0].co.z = 0.1 * (index + 1)
            block.value = 0.0  # from 5.0 on a new key starts at 1
        if active:
            blender.context.view_layer.objects.active = face
        return face

    return make


@pytest.fixture
def finish() -> Callable[[], Any]:
    """Turn the timer until the job has ended; the panel's status."""
    from alphsistant_addon.blender.common.status import current
    from alphsistant_addon.blender.jobs import desk

    def turn() -> Any:
        for _ in range(2000):
            if desk.poll() is None:
                return current
            time.sleep(0.01)
        raise AssertionError(f"the job has not ended: {current}")

    return turn
