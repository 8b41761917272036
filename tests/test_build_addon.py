"""The build tool: what is in the zip, and whether a person who runs it wrongly is told what to do."""

import hashlib
import http.server
import importlib.util
import io
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tarfile
import threading
import tomllib
import urllib.parse
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from building import (
    environment,
    extension_zip,
    matrix,
    process,
    pythons,
    system_libraries,
    wheel_fit,
    zip_targets,
)

REPOSITORY = Path(__file__).resolve().parents[1]


def other_pythons() -> list[str]:
    """Interpreters of other versions on this machine, from the ones too old to the newest."""
    found = []
    for version in ("2.7", "3.6", "3.8", "3.9", "3.12", "3.13", "3.14"):
        on_path = shutil.which(f"python{version}")
        managed = sorted((Path.home() / ".pyenv" / "versions").glob(f"{version}.*/bin/python"))
        for path in [*([on_path] if on_path else []), *map(str, managed)]:
            if subprocess.run([path, "-c", ""], capture_output=True, check=False).returncode == 0:
                found.append(path)
                break
    return found


def build_addon(*arguments: str, python: str = sys.executable, **changes: str) -> subprocess.CompletedProcess[str]:
    """Run the tool as a person would, with the environment changed by ``changes``."""
    return subprocess.run(
        [python, str(REPOSITORY / "build_addon.py"), *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **changes},
    )


@pytest.fixture(scope="session")
def small_zip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The zip without wheels, built by the command line on a Python that has no packages at all."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-S", str(REPOSITORY / "build_addon.py"), "--no-wheels", "--output", str(folder)]
    subprocess.run(command, check=True, capture_output=True, text=True, cwd=folder)
    (path,) = folder.glob("*.zip")
    return path


def test_the_zip_holds_the_add_on_and_nothing_of_the_workshop(small_zip: Path):
    names = zipfile.ZipFile(small_zip).namelist()
    assert {"blender_manifest.toml", "__init__.py", "LICENSE", "alphsistant_addon/__init__.py"} <= set(names)
    assert {"alphsistant_addon/pipeline/reply_stream.py", "alphsistant_addon/blender/__init__.py"} <= set(names)
    assert all(name.split("/")[0] in {"alphsistant_addon", "blender_assets"} for name in names if "/" in name)
    workshop = re.compile(r"__pycache__|\.pyc$|/recipe/|blender_assets/.*\.py$|\.blend1$|/sheet|/\.")
    assert [name for name in names if workshop.search(name)] == []


@pytest.mark.parametrize(
    "asset",
    [
        "face/face.blend",
        "voices/heart/voice.json",
        "language_model/config.json",
        "ears/ears.npz",
        "cast/ada/character.json",
        "voice_activity/silero.npz",
    ],
)
def test_every_shipped_asset_is_in_the_zip_with_its_card(small_zip: Path, asset: str):
    names = zipfile.ZipFile(small_zip).namelist()
    assert f"blender_assets/{asset}" in names
    assert any(name.startswith(f"blender_assets/{Path(asset).parent}/") and name.endswith(".md") for name in names)


def test_the_same_sources_make_the_same_zip(small_zip: Path, tmp_path: Path):
    (again,) = extension_zip.build([], wheels=False, output=tmp_path)
    assert again.read_bytes() == small_zip.read_bytes()


def test_manifest_and_project_tell_the_same_version():
    manifest = tomllib.loads((REPOSITORY / "blender_manifest.toml").read_text(encoding="utf-8"))
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert manifest["version"] == project["version"] == extension_zip.version()
    assert manifest["id"] == project["name"]
    assert manifest["license"] == [f"SPDX:{project['license']}"]
    assert not any(text.endswith(".") for text in manifest["permissions"].values())


def test_the_manifest_lists_the_wheels_of_its_platform():
    target = zip_targets.TARGETS["4.2-5.0"]
    manifest = tomllib.loads(extension_zip.manifest_for("linux-x64", target, ["a-1-py3-none-any.whl"]))
    assert manifest["platforms"] == ["linux-x64"]
    assert manifest["wheels"] == ["./wheels/a-1-py3-none-any.whl"]
    assert (manifest["blender_version_min"], manifest["blender_version_max"]) == ("4.2.0", "5.1.0")
    assert manifest["permissions"]["network"]


@pytest.mark.parametrize(("release", "python"), pythons.BLENDERS.items())
def test_every_blender_we_test_with_has_the_zip_of_its_python(release: str, python: tuple[int, int]):
    official = [target for target in zip_targets.TARGETS.values() if "debian" not in target.name]
    fitting = [target for target in official if target.admits(release)]
    assert [target.python for target in fitting] == ["{}.{}".format(*python)]
    assert fitting[0].platforms == tuple(zip_targets.PLATFORMS)


@pytest.mark.parametrize(
    ("release", "python", "name"), [("4.3.2", "3.13", "4.3-debian"), ("5.2.2", "3.14", "5.2-debian")]
)
def test_debians_blenders_have_zips_too(release: str, python: str, name: str):
    assert zip_targets.target_for(release, python) is zip_targets.TARGETS[name]


def test_a_blender_that_no_zip_is_for_gets_one_of_its_own():
    target = zip_targets.target_for("5.4.1", "3.14")
    assert [release for release in ("5.3.9", "5.4.0", "5.4.1", "5.4.9", "5.5.0") if target.admits(release)] == [
        *("5.4.1", "5.4.9")
    ]
    assert (target.python, target.platforms) == ("3.14", ("linux-x64",))


@pytest.fixture(scope="session")
def extension_tool() -> Path:
    """Blender's own command line for extensions, which runs without Blender."""
    module = importlib.util.find_spec("bpy")
    if module is None or module.origin is None:
        pytest.skip("Blender as a Python module is not installed")
    (tool,) = Path(module.origin).parent.glob("*/scripts/addons_core/bl_pkg/cli/blender_ext.py")
    return tool


@pytest.mark.parametrize("name", zip_targets.TARGETS)
@pytest.mark.parametrize("platform", zip_targets.PLATFORMS)
def test_blender_finds_the_zip_of_each_platform_and_target_valid(
    name: str, platform: str, extension_tool: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    target = zip_targets.TARGETS[name]
    wheel = tmp_path / "soxr-1.1.0-py3-none-any.whl"
    wheel.write_bytes(b"")
    monkeypatch.setattr(extension_zip, "download_wheels", lambda *_: [wheel])
    monkeypatch.setattr(extension_zip, "packages_for", lambda *_: {"soxr"})
    monkeypatch.setattr(extension_zip, "packed_files", lambda: [REPOSITORY / "LICENSE"])  # compressing takes seconds
    built = extension_zip.build([platform], output=tmp_path, targets=[target])
    if platform not in target.platforms:
        assert built == []
        return
    assert built == [tmp_path / f"alphsistant-{extension_zip.version()}-{platform}-blender-{name}.zip"]
    command = [sys.executable, str(extension_tool), "validate", str(built[0])]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stdout + answer.stderr


@pytest.mark.parametrize("name", zip_targets.TARGETS)
def test_blender_installs_a_zip_in_just_the_releases_that_we_say(name: str, extension_tool: Path):
    """Its ``blender_version_max`` is the first release that is refused."""
    target = zip_targets.TARGETS[name]
    manifest = tomllib.loads(extension_zip.manifest_for("linux-x64", target, []))
    releases = [f"{major}.{minor}.{patch}" for major in (4, 5) for minor in range(7) for patch in (0, 3, 21)]
    script = (
        "import json, sys; sys.path.insert(0, sys.argv[1]); import blender_ext\n"
        "manifest, releases = json.loads(sys.argv[2]), sys.argv[3].split()\n"
        "filters = {'filter_platform': 'linux-x64', 'filter_python_version': (0, 0, 0)}\n"
        "filters |= {'skip_message_fn': None, 'error_fn': print}\n"
        "print(*(r for r in releases if not blender_ext.repository_filter_skip(\n"
        "    manifest, filter_blender_version=tuple(map(int, r.split('.'))), **filters)))"
    )
    command = [sys.executable, "-c", script, str(extension_tool.parent), json.dumps(manifest), " ".join(releases)]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    assert answer.stdout.split() == [release for release in releases if target.admits(release)], answer.stderr


@pytest.fixture(scope="session")
def full_zip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The largest of the zips, with its real wheels: 65 MB come from the network the first time."""
    target = zip_targets.TARGETS["4.2-5.0"]
    (path,) = extension_zip.build(["linux-x64"], output=tmp_path_factory.mktemp("full"), targets=[target])
    return path


def test_the_largest_zip_can_be_loaded_over_a_slow_line(full_zip: Path):
    assert full_zip.stat().st_size <= 110_000_000


def test_blender_finds_the_largest_zip_valid(full_zip: Path, extension_tool: Path):
    command = [sys.executable, str(extension_tool), "validate", str(full_zip)]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stdout + answer.stderr


def test_the_wheels_of_a_zip_are_as_their_makers_published_them(full_zip: Path):
    pinned = set(re.findall(r"sha256:([0-9a-f]{64})", (REPOSITORY / "requirements/runtime.txt").read_text("utf-8")))
    with zipfile.ZipFile(full_zip) as archive:
        wheels = [name for name in archive.namelist() if name.endswith(".whl")]
        found = {name: hashlib.sha256(archive.read(name)).hexdigest() for name in wheels}
    assert len(wheels) > 20
    assert {name for name, digest in found.items() if digest not in pinned} == set()


def test_a_zip_that_grows_too_large_is_refused_with_its_largest_wheels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    wheel = tmp_path / "soxr-1.1.0-py3-none-any.whl"
    wheel.write_bytes(bytes(2_000_000))
    monkeypatch.setattr(extension_zip, "download_wheels", lambda *_: [wheel])
    monkeypatch.setattr(extension_zip, "packages_for", lambda *_: {"soxr"})
    monkeypatch.setattr(extension_zip, "LARGEST", 2_000_000)
    with pytest.raises(process.BuildError, match=r"more than the 2 MB .* soxr-1\.1\.0-py3-none-any\.whl \(2\.0 MB\)"):
        extension_zip.build(["linux-x64"], output=tmp_path, targets=[zip_targets.TARGETS["4.2-5.0"]])


@pytest.mark.parametrize("platform", zip_targets.PLATFORMS)
@pytest.mark.parametrize("python", zip_targets.PYTHONS)
def test_pins_of_a_platform_have_hashes_and_never_numpy_or_torch(platform: str, python: str):
    pins = extension_zip.pins_for(platform, python)
    names = re.findall(r"^([\w.-]+)==", pins, re.MULTILINE)
    assert {"soxr", "transformers", "espeakng-loader", "phonemizer"} <= set(names)
    assert {"numpy", "torch"}.isdisjoint(names)
    assert ("colorama" in names) == (platform == "windows-x64")
    assert ";" not in pins
    assert pins.count("==") <= pins.count("--hash=sha256:")


LINUX = ("manylinux_2_28_x86_64", "manylinux2014_x86_64")
GOOD_WHEELS = (
    "num2words-0.5.14-py3-none-any.whl",
    "scipy-1.17.1-cp311-cp311-manylinux_2_27_x86_64.manylinux_2_28_x86_64.whl",
    "tokenizers-0.23.3-cp39-abi3-manylinux2014_x86_64.whl",
)


def test_wheels_that_fit_the_platform_and_the_python():
    packages = {"num2words", "SciPy", "tokenizers"}
    assert wheel_fit.misfits(GOOD_WHEELS, packages, "3.11", LINUX) == []


@pytest.mark.parametrize(
    ("wheel", "words"),
    [
        ("scipy-1.17.1-cp311-cp311-win_amd64.whl", "another platform"),
        ("scipy-1.17.1-cp312-cp312-manylinux_2_28_x86_64.whl", "another Python"),
        ("tokenizers-0.23.3-cp314-abi3-manylinux2014_x86_64.whl", "another Python"),
        ("scipy-1.17.1.tar.gz", "not the name of a wheel"),
    ],
)
def test_a_wheel_that_does_not_fit_is_named(wheel: str, words: str):
    (problem,) = wheel_fit.misfits([*GOOD_WHEELS, wheel], {"scipy"}, "3.11", LINUX)
    assert words in problem
    assert wheel in problem


@pytest.mark.parametrize("platform", ["macos-arm64", "macos-x64"])
def test_a_universal_wheel_runs_on_both_kinds_of_mac(platform: str):
    name = "sounddevice-0.5.6-py3-none-macosx_10_6_x86_64.macosx_10_6_universal2.whl"
    assert wheel_fit.misfits([name], {"sounddevice"}, "3.11", zip_targets.PLATFORMS[platform]) == []
    assert wheel_fit.misfits([name], set(), "3.11", LINUX) == [f"{name} is for another platform"]


def test_a_python_that_goes_without_a_package_is_named():
    assert wheel_fit.misfits(GOOD_WHEELS, {"scipy", "safetensors"}, "3.11", LINUX) == [
        "Python 3.11 goes without safetensors",
    ]


def test_direct_dependencies_are_the_pinned_ones():
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))
    for name, wanted in {
        "runtime": project["project"]["dependencies"],
        **project["dependency-groups"],
    }.items():
        pinned = (REPOSITORY / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
        assert [pin for pin in wanted if f"{pin} " not in pinned] == [], name


def test_requirement_files_agree_on_every_version():
    """They are installed into one environment, one after the other."""
    files = [path for path in (REPOSITORY / "requirements").glob("*.txt") if not path.name.startswith("bpy-")]
    files.append(REPOSITORY / "requirements" / "bpy-4.5.15.txt")
    versions: dict[str, set[str]] = {}
    for file in files:
        for name, version in re.findall(r"^([\w.-]+)==([\w.]+)", file.read_text(encoding="utf-8"), re.MULTILINE):
            versions.setdefault(name.lower(), set()).add(version)
    assert {name: found for name, found in versions.items() if len(found) > 1} == {}


def test_blender_installs_the_torch_that_the_tests_ran_on():
    source = (REPOSITORY / "alphsistant_addon" / "torch_installer" / "install_torch.py").read_text(encoding="utf-8")
    wanted = re.findall(r'"([a-z][a-z\d-]*==\d[^"]+)"', source)
    files = [
        (REPOSITORY / "requirements" / f"{name}.txt").read_text(encoding="utf-8") for name in ("torch", "torch_cuda")
    ]
    pins = [line for file in files for line in file.splitlines()]
    assert sorted(wanted) == sorted(pin for pin in pins if "==" in pin and not pin.startswith("#"))


@pytest.mark.parametrize("python", other_pythons())
def test_any_python_is_told_or_served(python: str):
    answer = build_addon("--help", python=python)
    if answer.returncode == 0:
        assert "demo" in answer.stdout
    else:
        assert "needs Python 3.9 or newer" in answer.stderr
        assert "Traceback" not in answer.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["fly"], "invalid choice: 'fly'"),
        (["demo"], "the following arguments are required: prompt"),
        (["--platform", "amiga"], "invalid choice: 'amiga'"),
        (["--for", "2.79"], "invalid choice: '2.79'"),
        (["--with-everything"], "unknown argument --with-everything"),
        (["test", "--suite", "sid"], "say --gui too"),
        (["test", "--gui", "--suite", "potato"], "invalid choice: 'potato'"),
        (["assets", "hat"], "There is no asset hat"),
        (["bench", "speed_of_light"], "There is no benchmark speed_of_light"),
    ],
)
def test_wrong_arguments_are_named(arguments: list[str], words: str):
    answer = build_addon(*arguments)
    assert answer.returncode != 0
    assert words in answer.stderr
    assert "Traceback" not in answer.stderr


ARCHIVE = "cpython-3.11.18+20261110-x86_64-unknown-linux-gnu-install_only_stripped.tar.gz"


class Downloads(http.server.BaseHTTPRequestHandler):
    """A package index with a ``uv``, and a mirror with a Python 3.11; ``files`` holds both by their paths."""

    files: dict[str, bytes]
    asked: list[str]

    def do_HEAD(self) -> None:
        self.answer(body=False)

    def do_GET(self) -> None:
        self.answer(body=True)

    def answer(self, *, body: bool) -> None:
        path = urllib.parse.unquote(self.path)
        self.asked.append(f"{self.command} {path}")
        content = self.files.get(path)
        self.send_response(200 if content is not None else 404)
        self.send_header("Content-Length", str(len(content or b"")))
        if path.startswith("/simple/"):
            self.send_header("Content-Type", "application/vnd.pypi.simple.v1+json")
        self.end_headers()
        if body and content is not None:
            self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        pass


@dataclass
class FreshMachine:
    """A machine with one Python, which no Blender exists for, and a fresh clone; ``PATH`` leads to nothing else."""

    clone: Path
    home: Path
    python: Path
    variables: dict[str, str]
    downloads: type[Downloads]

    def run(self, *arguments: str, **changes: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(self.python), *arguments],
            cwd=self.clone,
            env={**self.variables, **changes},
            capture_output=True,
            text=True,
            check=False,
        )

    def choose_python(self, *options: str, **changes: str) -> subprocess.CompletedProcess[str]:
        """Let ``building`` look for a Python; its path is the last line."""
        script = "from building.pythons import choose_python; print(choose_python().path)"
        return self.run(*options, "-c", script, **changes)


def wheel_of(program: bytes) -> bytes:
    """A wheel as that of ``uv``, with another program in it."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as wheel:
        wheel.writestr(f"uv-{UV}.data/scripts/uv", program)
        wheel.writestr(f"uv-{UV}.dist-info/METADATA", f"Metadata-Version: 2.1\nName: uv\nVersion: {UV}\n")
        wheel.writestr(f"uv-{UV}.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: false\n")
        wheel.writestr(f"uv-{UV}.dist-info/RECORD", "")
    return content.getvalue()


def archive_of(python: str) -> bytes:
    """An archive laid out as those of python-build-standalone, whose interpreter starts another one."""
    files = {
        "python/bin/python3.11": f'#!/bin/sh\nexec "{python}" "$@"\n',
        # What uv looks into, to tell the Python where it is now.
        "python/lib/python3.11/_sysconfigdata__linux_x86_64-linux-gnu.py": (
            "# system configuration generated and used by the sysconfig module\nbuild_time_vars = {}\n"
        ),
    }
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as archive:
        for name, text in files.items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(text), 0o755
            archive.addfile(entry, io.BytesIO(text.encode()))
    return content.getvalue()


UV = re.findall(r"^uv==(\S+)", (REPOSITORY / "requirements" / "uv.txt").read_text(encoding="utf-8"), re.MULTILINE)[0]


@pytest.fixture
def fresh_machine(tmp_path: Path) -> Iterator[FreshMachine]:
    """Its ``uv`` is the real one, told of one Python only; that and the package index are stand-ins on this machine."""
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        pytest.skip("the stand-ins are for Linux on x86-64")
    uv = pytest.importorskip("uv").find_uv_bin()
    wanted = pythons.find_python((3, 11))
    other = next((path for path in other_pythons() if re.search(r"3\.(9|10|12|14)", path)), None)
    if wanted is None or other is None:
        pytest.skip("it takes a Python 3.11 to stand in for the download, and one that no Blender exists for")
    wheel = wheel_of(f'#!/bin/sh\nexec "{uv}" "$@"\n'.encode())
    digest = hashlib.sha256(wheel).hexdigest()
    name = f"uv-{UV}-py3-none-manylinux_2_17_x86_64.manylinux2014_x86_64.whl"
    offer = {"filename": name, "url": f"/files/{name}", "hashes": {"sha256": digest}, "size": len(wheel)}
    page = {"meta": {"api-version": "1.0"}, "name": "uv", "files": [offer]}
    handler = type("Handler", (Downloads,), {"files": {}, "asked": []})
    handler.files = {
        "/simple/uv/": json.dumps(page).encode(),
        f"/files/{name}": wheel,
        f"/20261110/{ARCHIVE}": archive_of(wanted.path),
    }
    clone, home, path = tmp_path / "clone", tmp_path / "home", tmp_path / "bin"
    for folder in (clone, home, path):
        folder.mkdir()
    for part in ("building", "requirements"):
        shutil.copytree(REPOSITORY / part, clone / part)
    shutil.copy(REPOSITORY / "build_addon.py", clone)
    (clone / "requirements" / "uv.txt").write_text(f"uv=={UV} --hash=sha256:{digest}\n")
    (path / "python3").symlink_to(other)
    for program in ("sh", "env"):
        (path / program).symlink_to(str(shutil.which(program)))
    release = {
        "name": "cpython",
        "os": "linux",
        "libc": "gnu",
        "major": 3,
        "minor": 11,
        "patch": 18,
        "prerelease": "",
        "arch": {"family": "x86_64", "variant": None},
        "variant": None,
        "sha256": None,
        "build": "20261110",
        "url": "https://github.com/astral-sh/python-build-standalone/releases/download/20261110/"
        + urllib.parse.quote(ARCHIVE),
    }
    offered = tmp_path / "pythons.json"
    offered.write_text(json.dumps({"cpython-3.11.18-linux-x86_64-gnu": release}))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}"
        variables = {
            "PATH": str(path),
            "HOME": str(home),
            "PYENV_ROOT": str(tmp_path / "nowhere"),
            "NO_PROXY": "127.0.0.1",
            "PIP_INDEX_URL": f"{address}/simple",
            "PIP_CONFIG_FILE": os.devnull,
            "UV_PYTHON_DOWNLOADS_JSON_URL": str(offered),
            "UV_PYTHON_INSTALL_MIRROR": address,
        }
        yield FreshMachine(clone, home, path / "python3", variables, handler)
        server.shutdown()


@pytest.mark.parametrize("options", [(), ("-S",)], ids=["with pip", "without pip"])
def test_a_machine_without_a_suitable_python_fetches_one(fresh_machine: FreshMachine, options: tuple[str, ...]):
    answer = fresh_machine.choose_python(*options)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    *said, path = answer.stdout.splitlines()
    found = pythons.look_at(path)
    assert found is not None
    assert found.version == (3, 11)
    assert said[0] == "Blender as a Python module needs Python 3.11 or 3.13, and neither is on this machine."
    assert re.fullmatch(r"Fetching uv.* \(.*MB\), which fetches Pythons, .* …", said[1])
    pattern = r"Fetching Python 3\.11 \(\d+ MB\) from 127\.0\.0\.1:\d+ into build/python …"
    assert [line for line in said if re.fullmatch(pattern, line)]
    assert f"GET /20261110/{ARCHIVE}" in fresh_machine.downloads.asked
    # Nothing is left in the user's own folders.
    assert list(fresh_machine.home.rglob("*")) == []
    fresh_machine.downloads.asked.clear()
    again = fresh_machine.choose_python(*options)
    assert again.stdout.splitlines() == [path], again.stderr
    assert fresh_machine.downloads.asked == []


@pytest.mark.parametrize("options", [(), ("-S",)], ids=["with pip", "without pip"])
@pytest.mark.parametrize("lost", ["/simple/uv/", "/files/", "/20261110/"])
def test_where_no_python_can_be_fetched_the_message_says_what_to_install(
    fresh_machine: FreshMachine, options: tuple[str, ...], lost: str
):
    files = fresh_machine.downloads.files
    fresh_machine.downloads.files = {path: content for path, content in files.items() if not path.startswith(lost)}
    answer = fresh_machine.run(*options, "build_addon.py", "demo", "Hello", UV_HTTP_RETRIES="0")
    assert answer.returncode == 1, answer.stdout
    assert "Traceback" not in answer.stderr
    assert re.search(r"404|cannot be had|No matching distribution|failed", answer.stderr)
    assert "needs Python 3.11 (Blender 4.5) or Python 3.13 (Blender 5.2), and neither was found" in answer.stderr
    assert "Install one of them" in answer.stderr


@pytest.mark.parametrize("options", [(), ("-S",)], ids=["with pip", "without pip"])
def test_a_downloaded_program_that_is_not_the_pinned_one_is_never_started(
    fresh_machine: FreshMachine, options: tuple[str, ...]
):
    started = fresh_machine.home / "started"
    for path in fresh_machine.downloads.files:
        if path.startswith("/files/"):
            fresh_machine.downloads.files[path] = wheel_of(f'#!/bin/sh\n: > "{started}"\n'.encode())
    answer = fresh_machine.choose_python(*options)
    assert answer.returncode != 0
    assert re.search(r"SHA-256 is not the one|DO NOT MATCH THE HASHES", answer.stderr)
    assert not started.exists()


def test_a_system_python_that_lacks_a_package_is_completed_or_replaced(monkeypatch: pytest.MonkeyPatch):
    """Debian and Ubuntu leave what ``python -m venv`` needs to a package of its own."""
    incomplete = pythons.Python("/usr/bin/python3.13", (3, 13), has_pip=False)
    fetched = pythons.look_at(sys.executable)
    monkeypatch.setattr(pythons, "find_python", lambda version: incomplete if version == (3, 13) else None)
    monkeypatch.setattr(pythons, "fetch_python", lambda *_, **__: sys.executable)
    monkeypatch.setattr(pythons, "can_install_packages", lambda: True)
    assert pythons.choose_python() == incomplete
    monkeypatch.setattr(pythons, "can_install_packages", lambda: False)
    assert pythons.choose_python() == fetched

    def offline(*_: object, **__: object) -> str:
        raise process.BuildError("no network")

    monkeypatch.setattr(pythons, "fetch_python", offline)
    assert pythons.choose_python() == incomplete  # what then is said names the package


def test_on_a_machine_without_a_bpy_package_the_message_says_so(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(pythons.platform, "system", lambda: "Linux")
    monkeypatch.setattr(pythons.platform, "machine", lambda: "aarch64")
    with pytest.raises(process.BuildError, match="on x86-64 only, and this machine is aarch64"):
        pythons.choose_python()


def test_python_of_another_kind_is_passed_over(tmp_path: Path):
    broken = tmp_path / "python3.11"
    broken.write_text("#!/bin/sh\nexit 3\n")
    broken.chmod(0o755)
    assert pythons.look_at(str(broken)) is None
    assert pythons.look_at(str(tmp_path / "not there")) is None
    here = pythons.look_at(sys.executable)
    assert here is not None
    assert here.version == sys.version_info[:2]


@pytest.fixture
def workshop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> environment.Environment:
    """This interpreter as an environment with requirement files of its own, on a machine without network."""
    monkeypatch.setattr(environment, "REQUIREMENTS", tmp_path)
    monkeypatch.setattr(environment, "LOG", tmp_path / "set-up.log")
    monkeypatch.setattr(environment.Environment, "python", Path(sys.executable))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    return environment.Environment(tmp_path / "venv")


def test_without_network_the_message_says_what_failed_and_how_to_go_on(
    workshop: environment.Environment, tmp_path: Path
):
    (tmp_path / "few.txt").write_text("a-package-that-is-nowhere==1.0\n")
    with pytest.raises(process.BuildError, match=r"(?s)Installing a few.*Is the network there\?"):
        workshop.install("few", "Installing a few")


def test_installing_is_done_once_and_again_when_the_pins_change(
    workshop: environment.Environment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    asked: list[str] = []
    monkeypatch.setattr(environment, "run_step", lambda title, *_rest: asked.append(title))
    pins = tmp_path / "few.txt"
    pins.write_text("one==1\n")
    workshop.install("few", "first")
    workshop.install("few", "second")
    pins.write_text("one==2\n")
    workshop.install("few", "third")
    assert asked == ["first", "third"]


def test_an_interrupted_installation_is_tried_again(
    workshop: environment.Environment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "few.txt").write_text("one==1\n")
    calls: list[str] = []

    def fail_once(title: str, *_rest: object) -> None:
        calls.append(title)
        if len(calls) == 1:
            raise process.BuildError("cut off")

    monkeypatch.setattr(environment, "run_step", fail_once)
    with pytest.raises(process.BuildError, match="cut off"):
        workshop.install("few", "step")
    workshop.install("few", "step")
    assert len(calls) == 2


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux leaves libraries to the system")
def test_missing_system_libraries_are_named_with_their_packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(system_libraries, "missing_libraries", lambda _module: ["libXi.so.6", "libEGL.so.1"])
    monkeypatch.setattr(system_libraries.os, "geteuid", lambda: 1000)
    with pytest.raises(process.BuildError, match=r"libXi\.so\.6, .*sudo apt-get install libegl1 libxi6\."):
        system_libraries.install_system_libraries(tmp_path / "bpy.so", tmp_path / "log")


def test_a_failed_command_shows_the_end_of_its_output(tmp_path: Path):
    command = [sys.executable, "-c", "print('the reason'); raise SystemExit(3)"]
    with pytest.raises(process.BuildError, match=r"(?s)A step failed.*the reason"):
        process.run_step("A step", command, tmp_path / "log")
    assert "the reason" in (tmp_path / "log").read_text()


JUNIT = """<testsuites><testsuite>
<testcase classname="tests.blender.test_takes" name="a"/>
<testcase classname="tests.blender.test_takes" name="b"><failure message="no"/></testcase>
<testcase classname="tests.blender.test_jobs" name="c"/>
<testcase classname="tests.blender.test_jobs" name="d"><skipped message="Skipped: no torch"/></testcase>
<testcase classname="tests.test_pipeline" name="e"/>
</testsuite></testsuites>"""


def test_the_matrix_of_versions_shows_failures_and_what_was_left_out(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    page = tmp_path / "docs" / "page.md"
    page.parent.mkdir()
    page.write_text(f"# Head\n{matrix.BEGIN}\nold\n{matrix.END}\nfoot\n")
    monkeypatch.setattr(matrix, "RESULTS", tmp_path)
    monkeypatch.setattr(matrix, "PAGE", page)
    monkeypatch.setattr(matrix, "REPOSITORY", tmp_path)
    matrix.result_file("4.2.23").write_text(JUNIT)
    matrix.write(["4.2.23", "5.2.3"])
    text = page.read_text(encoding="utf-8")
    assert "**1 of 2 failed**" in text
    assert "✓ 1 (1 left out)" in text
    assert "4.2.23: no torch" in text
    assert "No result of 5.2.3" in text
    assert "test_pipeline" not in text
    assert "old" not in text
    assert text.endswith("foot\n")
    matrix.write(["4.2.23"])
    assert page.read_text(encoding="utf-8").count(matrix.END) == 1
