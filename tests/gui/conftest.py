"""A window for all tests in this folder: the system, the zip, the installation."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parent))  # window.py, hearing.py

from window import Window

from building import extension_zip
from building.gui_system import prepare
from building.process import REPOSITORY
from building.zip_targets import target_for

SIZE = (1120, 700)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.gui)


@pytest.fixture(scope="session")
def window() -> Iterator[Window]:
    """The extension installed from the built zip; Blender itself is not started yet."""
    assert REPOSITORY in Path(__file__).parents
    system = prepare()
    target = target_for(system.blender, system.python)
    (archive,) = extension_zip.build(["linux-x64"], output=system.output, targets=[target])
    window = Window(system, archive, SIZE)
    try:
        window.install()
        yield window
    finally:
        window.shut_down()


@pytest.fixture(scope="module")
def blender(window: Window) -> Iterator[Window]:
    """A Blender that has just been started."""
    window.open()
    yield window
    window.close()
