"""Installing torch: whole or not at all, with a stand-in for pip."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

import pytest

pytest.importorskip("bpy")

from alphsistant_addon.blender import install_torch
from alphsistant_addon.errors import AssetError, Cancelled, DependencyError

pytestmark = pytest.mark.blender

GOOD = """
import pathlib, sys
print("Collecting torch")
for done in (0, 50 << 20, 100 << 20):
    print(f"Progress {done} of {100 << 20}")
print("Installing collected packages: torch")
folder = pathlib.Path(sys.argv[1]) / "torch"
folder.mkdir()
(folder / "__init__.py").write_text("new = True")
"""


def pip(script: str) -> list[str]:
    return [sys.executable, "-c", script]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """With an older installation in it."""
    folder = tmp_path / "packages"
    (folder / "torch").mkdir(parents=True)
    (folder / "torch" / "old.py").write_text("")
    return folder


def is_untouched(folder: Path) -> bool:
    return (folder / "torch" / "old.py").is_file() and [path.name for path in folder.parent.iterdir()] == ["packages"]


def test_it_installs_and_tells_how_far_it_is(folder: Path):
    steps = list(install_torch.install(folder, threading.Event(), command=pip(GOOD)))
    assert [path.name for path in (folder / "torch").iterdir()] == ["__init__.py"]
    assert [path.name for path in folder.parent.iterdir()] == ["packages"]
    assert "Downloading PyTorch: 50 of 100 MB" in [step.words for step in steps]
    fractions = [step.fraction for step in steps]
    assert fractions == sorted(fractions)


def test_a_failure_names_the_reason_and_leaves_what_was_there(folder: Path):
    script = "import sys; print('ERROR: No matching distribution found for torch'); print('bye'); sys.exit(1)"
    with pytest.raises(DependencyError, match="No matching distribution"):
        list(install_torch.install(folder, threading.Event(), command=pip(script)))
    assert is_untouched(folder)


def test_cancel_while_pip_is_silent(folder: Path):
    cancel = threading.Event()
    steps = install_torch.install(
        folder, cancel, command=pip("import time; print('Installing', flush=True); time.sleep(60)")
    )
    next(steps)
    assert next(steps).words == "Unpacking PyTorch"
    cancel.set()
    with pytest.raises(Cancelled):
        next(steps)
    assert is_untouched(folder)


def test_a_folder_that_cannot_be_written_to(tmp_path: Path):
    (tmp_path / "wall").write_text("")
    with pytest.raises(AssetError, match="cannot be written to"):
        list(install_torch.install(tmp_path / "wall" / "packages", threading.Event(), command=pip(GOOD)))


def test_enabling_makes_no_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    from alphsistant_addon.blender import dependencies, paths

    monkeypatch.setattr(paths, "user_path", lambda name: tmp_path / "wall" / name)
    (tmp_path / "wall").write_text("")
    monkeypatch.setattr(sys, "path", sys.path.copy())
    dependencies.add_to_path()
    assert sys.path[-1] == str(tmp_path / "wall" / "packages"), "last: Blender's own packages win"
    with pytest.raises(AssetError, match="cannot be made"):
        paths.user_folder("takes")
