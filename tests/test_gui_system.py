"""The Debian systems of the window tests, without making one: one for each suite; what is said when Debian moves."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from building import gui_system
from building.gui_system import SUITES, System, prepare
from building.process import BuildError


@dataclass
class Debian:
    """What Debian has today."""

    blender: str = "4.3.2"
    python: str = "3.13"
    broken: bool = False
    made: list[str] = field(default_factory=list)

    def make(self, system: System) -> None:
        if self.broken:
            raise BuildError("blender: Depends: libfoo but it is not installable")
        system.folder.mkdir(parents=True, exist_ok=True)
        self.made.append(system.suite.name)

    def versions(self, _system: System) -> dict[str, str]:
        return {"blender": self.blender, "python": self.python}


@pytest.fixture
def debian(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Debian:
    debian = Debian()
    monkeypatch.setenv(gui_system.FOLDER_VARIABLE, str(tmp_path))
    monkeypatch.delenv(gui_system.SUITE_VARIABLE, raising=False)
    monkeypatch.setattr(gui_system, "_check_machine", lambda: None)
    monkeypatch.setattr(gui_system, "_make", debian.make)
    monkeypatch.setattr(gui_system, "_versions", debian.versions)
    return debian


def test_each_suite_has_a_folder_and_is_made_once(debian: Debian, monkeypatch: pytest.MonkeyPatch):
    assert prepare().suite == prepare("trixie").suite
    assert (prepare().blender, prepare().python) == ("4.3.2", "3.13")
    debian.blender, debian.python = "5.2.2", "3.14"
    monkeypatch.setenv(gui_system.SUITE_VARIABLE, "sid")
    assert prepare().python == "3.14"
    assert prepare("trixie").python == "3.13"
    assert debian.made == ["trixie", "sid"]
    assert len({prepare(name).folder for name in SUITES}) == len({prepare(name).output for name in SUITES}) == 2


def test_other_packages_bring_it_up_to_date(debian: Debian, monkeypatch: pytest.MonkeyPatch):
    prepare()
    monkeypatch.setattr(gui_system, "PACKAGES", ("blender", "another"))
    debian.blender = "4.3.3"
    assert prepare().blender == "4.3.3"
    assert debian.made == ["trixie", "trixie"]


def test_another_blender_in_the_suite_is_named_and_tried(debian: Debian, capsys: pytest.CaptureFixture[str]):
    debian.blender, debian.python = "5.3.0", "3.14"
    assert prepare("sid").blender == "5.3.0"
    said = capsys.readouterr().out
    assert "Debian's sid has Blender 5.3.0 now" in said
    assert SUITES["sid"].blender in said


def test_a_python_without_wheels_is_named(debian: Debian):
    debian.blender, debian.python = "5.3.0", "3.15"
    with pytest.raises(BuildError, match=r"Blender 5\.3\.0 of Debian's sid runs on Python 3\.15.*no wheels"):
        prepare("sid")


def test_a_day_on_which_sid_cannot_be_installed(debian: Debian):
    debian.broken = True
    with pytest.raises(BuildError, match=r"(?s)libfoo.*from day to day.*trixie"):
        prepare("sid")
    with pytest.raises(BuildError) as raised:
        prepare("trixie")
    assert "from day to day" not in str(raised.value)
    debian.broken = False
    assert prepare("sid").suite.name == "sid"
