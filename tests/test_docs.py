"""The pages for developers name what is there: files, functions, rooms in their order; code blocks import."""

import ast
import importlib
import re
import subprocess
import sys
from pathlib import Path

import pytest
from test_layout import PACKAGE, ROOMS

REPOSITORY = Path(__file__).resolve().parents[1]
ARCHITECTURE = REPOSITORY / "docs" / "architecture.md"
FOR_DEVELOPERS = (ARCHITECTURE, REPOSITORY / "docs" / "developing.md", REPOSITORY / "CONTRIBUTING.md")
PAGES = sorted([*(REPOSITORY / "docs").glob("*.md"), *REPOSITORY.glob("*.md")])
MADE_LATER = {".venv", "build", "dist", "demo", "dialogue"}
"""Folders that are made when a command runs."""


def quoted(text: str) -> list[str]:
    """What stands in backticks outside blocks of code."""
    return re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL))


def paths_of(page: Path) -> list[str]:
    """Paths that a page names: with a slash and no blank, each with its first part in the repository or made later."""
    return [
        name
        for name in quoted(page.read_text(encoding="utf-8"))
        if "/" in name and re.fullmatch(r"[\w./-]+", name) and name.split("/")[0] not in MADE_LATER
    ]


def table_after(page: Path, heading: str) -> list[list[str]]:
    """Cells of the first table under a heading, without its head."""
    section = page.read_text(encoding="utf-8").split(f"\n## {heading}\n")[1].split("\n## ")[0]
    rows = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows[2:]]


@pytest.mark.parametrize("page", FOR_DEVELOPERS, ids=lambda page: page.name)
def test_every_path_that_the_developers_pages_name_exists(page: Path):
    named = paths_of(page)
    assert named
    # Rooms are named as they are inside the package.
    assert [name for name in named if not ((REPOSITORY / name).exists() or (PACKAGE / name).is_dir())] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_to_a_file(page: Path):
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    links = [link.partition("#")[0] for link in re.findall(r"\]\(([^)\s]+)\)", text) if "://" not in link]
    assert [link for link in links if link and not (page.parent / link).exists()] == []


def test_the_table_of_rooms_is_the_order_that_the_layout_test_holds():
    *rooms, last = [room for room, *_ in table_after(ARCHITECTURE, "The rooms, from bottom to top")]
    assert [room.strip("`") for room in rooms] == [room for room in ROOMS if room]
    assert last == "the package itself"


def test_each_name_that_the_page_looks_up_is_defined_in_the_file_beside_it():
    rows = table_after(ARCHITECTURE, "Where is …")
    assert len(rows) > 15
    missing = [
        f"{name} in {file}"
        for _, names, file in rows
        for name in quoted(names)
        if not re.search(
            rf"^(?:def |class )?{name}\b(?=[\s(:=])",
            (REPOSITORY / quoted(file)[0]).read_text(encoding="utf-8"),
            re.MULTILINE,
        )
    ]
    assert missing == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_code_in_the_docs_imports_names_that_are_there(page: Path):
    missing = []
    for block in re.findall(r"^```python\n(.*?)^```", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL):
        for node in ast.walk(ast.parse(block)):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("alphsistant_addon"):
                module = importlib.import_module(node.module or "")
                missing += [f"{node.module}.{alias.name}" for alias in node.names if not hasattr(module, alias.name)]
    assert missing == []


def test_every_planted_fault_can_be_planted():
    """A change of the line takes the fault out of the benchmark without a word."""
    answer = subprocess.run(
        [sys.executable, "noticed_faults.py", "--check"],
        cwd=REPOSITORY / "tests" / "benchmarks",
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert answer.returncode == 0, answer.stdout + answer.stderr
