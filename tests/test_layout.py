"""The rules of the house that a script can check: who may import what, what runs at start-up, lint and types."""

import ast
import re
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]
PACKAGE = REPOSITORY / "alphsistant_addon"
BLENDER_ONLY = {"blf", "bpy", "bpy_extras", "bmesh", "mathutils", "gpu", "aud", "addon_utils", "bl_ext"}
HEAVY = {"torch", "transformers", "scipy", "phonemizer", "espeakng_loader", "num2words", "pocketsphinx", "sounddevice"}


def imported_by(source: str, *, top_level_only: bool = False) -> set[str]:
    """Top-level names of the packages that ``source`` imports by absolute names."""
    tree = ast.parse(source)
    nodes = tree.body if top_level_only else list(ast.walk(tree))
    names = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            names.add(node.module.split(".")[0])
    return names


def sources(folder: Path) -> list[Path]:
    """Python files under ``folder``, of which there must be some."""
    found = sorted(folder.rglob("*.py"))
    assert found
    return found


def test_bpy_is_imported_in_the_blender_folder_alone():
    outside = [path for path in sources(PACKAGE) if PACKAGE / "blender" not in path.parents and path.parent != PACKAGE]
    outside += [path for path in PACKAGE.glob("*.py") if path.name != "__init__.py"]
    guilty = {
        path.name: found for path in outside if (found := imported_by(path.read_text(encoding="utf-8")) & BLENDER_ONLY)
    }
    assert not guilty


ROOMS = (
    *("core", "text_to_phones", "text_generation", "cast", "torch_installer"),
    *("text_to_speech/dc_tts", "text_to_speech", "text_to_speech/training", "text_to_speech/conversion"),
    *(
        "listening",
        "lip_sync",
        "face_rig",
        "interchange",
        "pipeline",
        "model_process",
        "audio_process",
        "talk",
        "batch",
        "dialogue",
    ),
    *("blender/common", "blender/jobs", "blender/face", "blender/takes", "blender/conversation", "blender/cast"),
    *("blender/speak", "blender/recording", "blender/interchange", "blender/words", "blender/dialogue"),
    *("blender/live", "blender/film", "blender/headless", "blender", ""),
)
"""The folders of the package from the bottom to the top: each may import those before it, and none after it.

The features inside ``blender`` (speak, recording, live, film) are beside each other; recording reads the settings of
speak, and live those of both.
"""


def room_of(path: Path) -> str:
    """The room of a module; a folder that :data:`ROOMS` does not name belongs to the one around it."""
    folders = [folder.as_posix() for folder in path.relative_to(PACKAGE).parents]
    return next(folder for folder in (*folders[:-1], "") if folder in ROOMS)


def targets_of(path: Path) -> set[Path]:
    """Modules of the package that a module imports by relative names, wherever in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level:
            base = path.parent
            for _ in range(node.level - 1):
                base = base.parent
            base = base.joinpath(*(node.module or "").split("."))
            for name in (alias.name for alias in node.names):
                candidates = (
                    base / f"{name}.py",
                    base / name / "__init__.py",
                    base.with_suffix(".py"),
                    base / "__init__.py",
                )
                found.add(next(candidate for candidate in candidates if candidate.is_file()))
    return found


def test_no_arrow_points_upward():
    upward = [
        f"{path.relative_to(PACKAGE)} imports {target.relative_to(PACKAGE)}"
        for path in sources(PACKAGE)
        for target in targets_of(path)
        # A package's own __init__ hands out what is in it.
        if path.name != "__init__.py"
        and ROOMS.index(room_of(target)) > ROOMS.index(room_of(path))
        # The command line of the voice trains and converts.
        and path.relative_to(PACKAGE).as_posix() != "text_to_speech/__main__.py"
    ]
    assert not upward


def test_nothing_that_speaks_imports_training():
    guilty = [
        str(path.relative_to(PACKAGE))
        for path in sources(PACKAGE)
        if path.name != "__main__.py" and room_of(path) != "text_to_speech/training"
        for target in targets_of(path)
        if room_of(target) == "text_to_speech/training"
    ]
    assert not guilty


def test_no_two_modules_share_a_name():
    """But for those that every feature of the Blender side has, and each process of ours."""
    shared = {"__init__", "__main__", "operators", "panel", "properties", "command_line"}
    shared |= {"client", "server", "protocol"}
    names = [path.stem for path in sources(PACKAGE) if path.stem not in shared]
    assert sorted({name for name in names if names.count(name) > 1}) == []


def test_the_blender_side_imports_nothing_heavy_at_its_top():
    guilty = {
        path.name: found
        for path in sources(PACKAGE / "blender")
        if (found := imported_by(path.read_text(encoding="utf-8"), top_level_only=True) & HEAVY)
    }
    assert not guilty


def test_everything_imported_is_pinned_for_the_zip():
    """A package that only happens to be on the developer's machine is missing on the user's."""
    pins = (REPOSITORY / "requirements" / "runtime.txt").read_text(encoding="utf-8")
    pinned = {re.sub(r"[-_.]+", "-", name).lower() for name in re.findall(r"^([\w.-]+)==", pins, re.MULTILINE)}
    shipped_otherwise = set(sys.stdlib_module_names) | BLENDER_ONLY | {"numpy", "torch"}
    for_training = {"PIL", "parselmouth"}
    brought_by_the_user = {"faster_whisper"}  # for Whisper models kept as CTranslate2 does; its absence is a sentence
    packages = packages_distributions()
    missing = {
        f"{path.relative_to(REPOSITORY)}: {name}"
        for path in sources(PACKAGE)
        for name in imported_by(path.read_text(encoding="utf-8"))
        - shipped_otherwise
        - for_training
        - brought_by_the_user
        if pinned.isdisjoint(re.sub(r"[-_.]+", "-", owner).lower() for owner in packages.get(name, ()))
    }
    assert not missing


def test_the_package_imports_itself_by_relative_names():
    """Installed, it is called ``bl_ext.<repository>.alphsistant.alphsistant_addon``."""
    guilty = [
        path.name for path in sources(PACKAGE) if "alphsistant_addon" in imported_by(path.read_text(encoding="utf-8"))
    ]
    assert not guilty


def test_no_file_can_bring_code_that_runs():
    """Weights, presets and tables come from strangers: nothing unpickles, evaluates, or asks a shell."""
    forbidden = {"eval", "exec", "compile", "__import__"}
    guilty = []
    for path in [*sources(PACKAGE), *sources(REPOSITORY / "building")]:
        source = path.read_text(encoding="utf-8")
        guilty += [f"{path.name}: {name}" for name in imported_by(source) & {"pickle", "marshal", "shelve", "dill"}]
        for call in (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)):
            name = ast.unparse(call.func)
            options = {option.arg: ast.unparse(option.value) for option in call.keywords}
            if (
                name in forbidden
                or (name == "torch.load" and options.get("weights_only") != "True")
                or options.get("allow_pickle") == "True"
                or options.get("shell") == "True"
                or options.get("trust_remote_code") == "True"
                or name in {"os.system", "os.popen"}
            ):
                guilty.append(f"{path.name}:{call.lineno}: {name}")
    assert not guilty


@pytest.mark.parametrize(
    "module", ["alphsistant_addon", "alphsistant_addon.pipeline.reply_stream", "alphsistant_addon.lip_sync"]
)
def test_importing_a_stage_loads_nothing_heavy(module: str):
    """What Blender reads at start-up must not cost seconds."""
    check = f"import sys, {module}; print(*sorted(set(sys.modules) & {HEAVY!r}))"
    answer = subprocess.run([sys.executable, "-c", check], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == ""


def test_the_build_tool_needs_the_standard_library_alone():
    known = set(sys.stdlib_module_names) | {"building"}
    for path in [REPOSITORY / "build_addon.py", *sources(REPOSITORY / "building")]:
        assert imported_by(path.read_text(encoding="utf-8")) <= known, path.name


@pytest.mark.parametrize("arguments", [["ruff", "check"], ["ruff", "format", "--check"], ["mypy"]], ids=" ".join)
def test_lint_and_types(arguments: list[str]):
    answer = subprocess.run(
        [sys.executable, "-m", *arguments], cwd=REPOSITORY, capture_output=True, text=True, check=False
    )
    assert answer.returncode == 0, answer.stdout + answer.stderr
