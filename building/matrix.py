"""The table version × feature in docs/blender_versions.md, made of what pytest reported on each Blender."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from .process import REPOSITORY

RESULTS: Final = REPOSITORY / "build" / "blenders"
"""One JUnit file per release."""

PAGE: Final = REPOSITORY / "docs" / "blender_versions.md"
BEGIN: Final = "<!-- made by: python build_addon.py test --all-blenders -->"
END: Final = "<!-- end of what was made -->"

FEATURES: Final[dict[str, str]] = {
    "test_extension": "the zip is valid, installs, answers a prompt from there, disables without a trace",
    "test_install_torch": "torch: install, cancel, resume, remove",
    "test_panel": "panel and buttons",
    "test_habits": "frame rates, several scenes, copying, packing, tooltips, a quiet console",
    "test_jobs": "jobs: cancel, undo, file load at every stage",
    "test_faults": "faults: nothing is lost",
    "test_takes": "takes: keys, sound strip, markers, NLA",
    "test_doctor": "nothing moves: each fault found and put right",
    "test_take_report": "report on a take",
    "test_recording": "recordings and strips",
    "test_voice_settings": "rate, pitch, loudness, pauses",
    "test_face": "the shipped face",
    "test_seals": "lips seal on p, b, m",
    "test_mapping": "any face: mapping, presets, bones",
    "test_batch_scene": "batch on characters of one's own",
    "test_headless": "film with sound, contact sheet, Cycles still",
}
"""Test file → what it shows. Files that are not named here stand at the end under their own name."""


@dataclass(frozen=True)
class Count:
    """Tests of one file on one release."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0

    @property
    def cell(self) -> str:
        """The cell of the table."""
        if self.failed:
            return f"**{self.failed} of {self.passed + self.failed} failed**"
        if not self.passed:
            return "–"
        return f"✓ {self.passed}" + (f" ({self.skipped} left out)" if self.skipped else "")


def result_file(release: str) -> Path:
    """Where pytest is told to report."""
    RESULTS.mkdir(parents=True, exist_ok=True)
    return RESULTS / f"{release}.xml"


def read(path: Path) -> tuple[dict[str, Count], set[str]]:
    """Counts by test file in ``tests/blender``, and why tests were skipped."""
    tests: dict[str, list[str]] = {}
    reasons = set()
    for case in ET.parse(path).iter("testcase"):  # noqa: S314  # our own file
        module = re.search(r"tests\.blender\.(\w+)", case.get("classname", ""))
        if module is None:
            continue
        skipped = case.find("skipped")
        broken = case.find("failure") is not None or case.find("error") is not None
        if skipped is not None:
            reasons.add(skipped.get("message", "").removeprefix("Skipped: "))
        outcome = "skipped" if skipped is not None else "failed" if broken else "passed"
        tests.setdefault(module[1], []).append(outcome)
    kinds = ("passed", "failed", "skipped")
    return {name: Count(*(found.count(kind) for kind in kinds)) for name, found in tests.items()}, reasons


def table(results: Mapping[str, tuple[dict[str, Count], set[str]]]) -> str:
    """Markdown: a row per feature, a column per release."""
    releases = list(results)
    modules = dict.fromkeys([*FEATURES, *sorted(name for counts, _ in results.values() for name in counts)])
    shown = [name for name in modules if any(name in counts for counts, _ in results.values())]
    lines = [f"| | {' | '.join(releases)} |", f"|---|{'---|' * len(releases)}"]
    for name in shown:
        cells = (results[release][0].get(name, Count()).cell for release in releases)
        lines.append(f"| {FEATURES.get(name, name)} (`{name}`) | {' | '.join(cells)} |")
    left_out = sorted({f"{release}: {reason}" for release in releases for reason in results[release][1]})
    return "\n".join([*lines, "", *(["Left out:", "", *(f"- {entry}" for entry in left_out)] if left_out else [])])


def write(releases: list[str]) -> None:
    """Put the table of these releases into the page, between its marks."""
    text = PAGE.read_text(encoding="utf-8")
    there = [release for release in releases if result_file(release).is_file()]
    made = table({release: read(result_file(release)) for release in there})
    if len(there) < len(releases):
        missing = ", ".join(release for release in releases if release not in there)
        made += f"\nNo result of {missing}: no Python for it here, or its tests did not come to their end.\n"
    before, rest = text.split(BEGIN)
    after = rest.split(END)[1]
    PAGE.write_text(f"{before}{BEGIN}\n{made}\n{END}{after}", encoding="utf-8")
    print(f"The table is in {PAGE.relative_to(REPOSITORY)}.")
