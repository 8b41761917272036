"""Installing torch: whole or not at all, by the real pip, from a package index that can break off and lie."""

from __future__ import annotations

import hashlib
import http.server
import os
import re
import shutil
import sys
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import pytest

pytest.importorskip("bpy")

from alphsistant_addon.blender.common import packages, paths
from alphsistant_addon.core.errors import AssetError, Cancelled, DependencyError
from alphsistant_addon.torch_installer import download, install_torch

pytestmark = pytest.mark.blender

WITH_CUDA = pytest.param(
    True, marks=pytest.mark.skipif(not install_torch.has_cuda_build(), reason="there is no CUDA for this system")
)
LARGE = 3_000_000
"""Bytes of the stand-in for torch."""


def make_wheel(folder: Path, name: str, version: str, *, needs: tuple[str, ...] = (), content: bytes = b"") -> Path:
    """A wheel as pip accepts it."""
    path = folder / f"{name}-{version}-py3-none-any.whl"
    info = f"{name}-{version}.dist-info"
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{name}/__init__.py", f"version = '{version}'\n")
        archive.writestr(f"{name}/weights.bin", content)
        archive.writestr(f"{info}/METADATA", metadata + "".join(f"Requires-Dist: {need}\n" for need in needs))
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", f"{name}/weights.bin,,{len(content)}\n")
    return path


class Index:
    """A package index on this computer."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.asked: list[tuple[str, str]] = []
        """Wheels that were fetched, and the range that was asked for."""
        self.breaks_off_after: list[int] = []
        """Bytes after which the next downloads of torch break off."""
        self.hashes: dict[str, str] = {}
        self.page = b""
        """Replaces every page."""
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/simple"
        threading.Thread(target=self.server.serve_forever, name="index", daemon=True).start()

    def _handler(self) -> type[http.server.BaseHTTPRequestHandler]:  # a small class
        index = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def log_message(self, *_arguments: Any) -> None:
                pass

            def do_GET(self) -> None:
                if self.path.startswith("/simple/"):
                    name = self.path.split("/")[2].replace("-", "_")
                    self._page(name)
                else:
                    self._wheel(unquote(self.path.rpartition("/")[2]))

            def _send(self, status: int, content: bytes, **headers: str) -> None:
                self.send_response(status)
                self.send_header("Content-Length", str(len(content)))
                for key, value in headers.items():
                    self.send_header(key.replace("_", "-"), value)
                self.end_headers()
                self.wfile.write(content)

            def _page(self, name: str) -> None:
                links = []
                for wheel in index.folder.glob(f"{name}-*.whl"):
                    checksum = index.hashes.get(wheel.name, hashlib.sha256(wheel.read_bytes()).hexdigest())
                    links.append(f'<a href="../../files/{quote(wheel.name)}#sha256={checksum}">{wheel.name}</a>')
                page = f"<!DOCTYPE html><html><body>{''.join(links)}</body></html>".encode()
                self._send(200 if links else 404, index.page or page, Content_Type="text/html")

            def _wheel(self, name: str) -> None:
                content = (index.folder / name).read_bytes()
                wanted = self.headers.get("Range", "")
                index.asked.append((name.split("-", maxsplit=1)[0], wanted))
                first = int(re.fullmatch(r"bytes=(\d+)-", wanted)[1]) if wanted else 0
                part = content[first:]
                self.send_response(206 if wanted else 200)
                self.send_header("Content-Length", str(len(part)))
                if wanted:
                    self.send_header("Content-Range", f"bytes {first}-{len(content) - 1}/{len(content)}")
                self.end_headers()
                stop = index.breaks_off_after.pop(0) if index.breaks_off_after and name.startswith("torch") else None
                self.wfile.write(part[:stop])

        return Handler


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Index]:
    wheels = tmp_path / "index"
    wheels.mkdir()
    version = "2.13.0+cpu" if sys.platform.startswith("linux") else "2.13.0"
    make_wheel(wheels, "torch", version, needs=("filelock", "numpy"), content=os.urandom(LARGE))
    # With CUDA: what the package index has for Linux, and what torch's own has for Windows.
    for other in {"2.13.0", "2.13.0+cu130"} - {version}:
        make_wheel(wheels, "torch", other, needs=("nvidia-cublas",), content=os.urandom(LARGE))
    make_wheel(wheels, "torch", "99.0")
    for pin in (*install_torch.NEEDED, *install_torch.NEEDED_FOR_CUDA):
        name, _, needed = pin.partition("==")
        make_wheel(wheels, name.replace("-", "_"), needed)
        make_wheel(wheels, name.replace("-", "_"), "99.0")
    make_wheel(wheels, "numpy", "9.9")
    (wheels / "torch-2.13.0-cp27-cp27m-win32.whl").write_bytes(b"for another Python")
    there = Index(wheels)
    monkeypatch.setattr(install_torch, "INDEX", there.url)
    monkeypatch.setattr(install_torch, "CPU_INDEX", there.url)
    monkeypatch.setattr(install_torch, "CUDA_INDEX", there.url)
    monkeypatch.setattr(install_torch, "ROOM", {False: 2 * LARGE, True: 2 * LARGE})
    monkeypatch.setattr(download, "WAIT_SECONDS", 0.0)
    yield there
    there.server.shutdown()
    there.server.server_close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """With an older installation in it."""
    folder = tmp_path / "user" / "packages"
    (folder / "torch").mkdir(parents=True)
    (folder / "torch" / "old.py").write_text("")
    return folder


def is_untouched(folder: Path) -> bool:
    """The older installation is there, and nothing that Python could import besides."""
    beside = {path.name for path in folder.parent.iterdir()}
    return (folder / "torch" / "old.py").is_file() and beside <= {"packages", "packages.downloads", "torch.log"}


def install(folder: Path, **options: Any) -> list[Any]:
    return list(install_torch.install(folder, threading.Event(), **options))


def test_it_installs_what_was_tested_and_tells_how_far_it_is(index: Index, folder: Path):
    steps = install(folder)
    wanted = {pin.partition("==")[0].replace("-", "_") for pin in (install_torch.TORCH, *install_torch.NEEDED)}
    assert {path.name for path in folder.iterdir() if "dist-info" not in path.name} == wanted, "never a numpy"
    assert not (folder / "torch" / "old.py").exists()
    assert "4.2.11" in (folder / "filelock" / "__init__.py").read_text(), "not the newest one: the one that was tested"
    assert sorted(path.name for path in folder.parent.iterdir()) == ["packages", "torch.log"]
    assert "Successfully installed" in (folder.parent / "torch.log").read_text()
    assert any(re.fullmatch(r"Downloading torch: \d of 2 MB", step.words) for step in steps)
    fractions = [step.fraction for step in steps]
    assert fractions == sorted(fractions)
    assert sorted(index.asked) == sorted((name, "") for name in wanted), "each file once"


def versions(folder: Path) -> dict[str, str]:
    """Package → its version, of what was installed."""
    return {path.parent.name: path.read_text().split("'")[1] for path in folder.glob("*/__init__.py")}


@pytest.mark.parametrize(
    ("system", "torch", "beside"),
    [("linux", "2.13.0", install_torch.NEEDED_FOR_CUDA), ("win32", "2.13.0+cu130", ())],
)
def test_cuda_by_choice(
    index: Index, folder: Path, monkeypatch: pytest.MonkeyPatch, system: str, torch: str, beside: tuple[str, ...]
):
    monkeypatch.setattr(sys, "platform", system)
    steps = install(folder, cuda=True)
    pins = dict(pin.split("==") for pin in (*install_torch.NEEDED, *beside))
    assert versions(folder) == {"torch": torch, **{name.replace("-", "_"): pins[name] for name in pins}}
    assert len(index.asked) == len(pins) + 1
    fractions = [step.fraction for step in steps]
    assert fractions == sorted(fractions)


@pytest.mark.usefixtures("index")
def test_no_cuda_where_there_is_none(folder: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(DependencyError, match="Metal"):
        install(folder, cuda=True)
    assert is_untouched(folder)


def test_a_folder_of_wheels_with_cuda(index: Index, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sys, "platform", "linux")
    shutil.copytree(index.folder, tmp_path / "wheels")
    install(folder, cuda=True, wheels=tmp_path / "wheels")
    assert versions(folder)["torch"] == "2.13.0"
    assert versions(folder)["nvidia_cublas"] == "13.1.1.3"
    assert index.asked == []
    (tmp_path / "wheels" / "torch-2.13.0-py3-none-any.whl").unlink()
    with pytest.raises(DependencyError, match=r"no torch 2\.13\.0 for this Python"):
        install(folder, cuda=True, wheels=tmp_path / "wheels")
    assert versions(folder)["torch"] == "2.13.0", "the build for the CPU does not stand in"


@pytest.mark.parametrize("cuda", [False, WITH_CUDA])
def test_a_download_that_breaks_off_goes_on_where_it_stopped(index: Index, folder: Path, cuda: bool):
    index.breaks_off_after = [1_000_000, 500_000]
    install(folder, cuda=cuda)
    assert (folder / "torch" / "weights.bin").stat().st_size == LARGE
    ranges = [wanted for name, wanted in index.asked if name == "torch"]
    assert ranges == ["", "bytes=1000000-", "bytes=1500000-"]


def test_a_network_that_is_gone_leaves_what_was_there_and_the_next_try_goes_on(index: Index, folder: Path):
    index.breaks_off_after = [2_000_000, 0, 0, 0, 0, 0]
    with pytest.raises(DependencyError, match="goes on where"):
        install(folder)
    assert is_untouched(folder)
    index.asked.clear()
    index.breaks_off_after = []
    install(folder)
    assert ("torch", "bytes=2000000-") in index.asked
    assert (folder / "torch" / "weights.bin").stat().st_size == LARGE


def test_an_index_that_is_not_there(index: Index, folder: Path):
    index.server.shutdown()
    index.server.server_close()
    with pytest.raises(DependencyError, match="cannot be reached"):
        install(folder)
    assert is_untouched(folder)


@pytest.mark.parametrize("content", ["{", '{"files": 3}', '{"files": [{"filename": "../../x.whl"}]}', "<a href='x'>"])
def test_a_page_that_is_no_index(index: Index, folder: Path, content: str):
    index.page = content.encode()
    with pytest.raises(DependencyError):
        install(folder)
    assert is_untouched(folder)
    assert index.asked == []


@pytest.mark.parametrize("cuda", [False, WITH_CUDA])
def test_a_file_that_is_not_the_announced_one_is_thrown_away(index: Index, folder: Path, cuda: bool):
    for wheel in index.folder.glob("torch-2.13.0*-py3-*.whl"):
        index.hashes[wheel.name] = "0" * 64
    with pytest.raises(DependencyError, match="arrived damaged"):
        install(folder, cuda=cuda)
    assert is_untouched(folder)
    assert not list((folder.parent / "packages.downloads").glob("torch*"))


@pytest.mark.parametrize("cuda", [False, WITH_CUDA])
@pytest.mark.parametrize("words", ["Asking", "Downloading torch", "Unpacking"])
def test_cancel_at_every_stage(index: Index, folder: Path, words: str, cuda: bool):
    cancel = threading.Event()
    with pytest.raises(Cancelled):  # noqa: PT012  # it may come at any later step
        for step in install_torch.install(folder, cancel, cuda=cuda):
            if step.words.startswith(words):
                cancel.set()
    assert cancel.is_set()
    assert is_untouched(folder)
    assert index.folder.is_dir()


def test_a_folder_of_wheels_instead_of_the_network(index: Index, folder: Path, tmp_path: Path):
    shutil.copytree(index.folder, tmp_path / "wheels")
    install(folder, wheels=tmp_path / "wheels")
    assert index.asked == []
    assert (folder / "torch" / "weights.bin").stat().st_size == LARGE
    assert not (folder / "numpy").exists()
    assert len(list((tmp_path / "wheels").iterdir())) == len(list(index.folder.iterdir())), "the folder is only read"


def test_a_folder_without_the_right_wheels(folder: Path, tmp_path: Path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(DependencyError, match=r"no torch 2\.13\.0(\+cpu)? for this Python"):
        install(folder, wheels=tmp_path / "empty")
    with pytest.raises(AssetError, match="is not there"):
        install(folder, wheels=tmp_path / "none")
    assert is_untouched(folder)


@pytest.mark.usefixtures("index")
def test_a_failure_names_the_reason_and_leaves_what_was_there(folder: Path):
    script = "import sys; print('ERROR: No matching distribution found for torch'); print('bye'); sys.exit(1)"
    with pytest.raises(DependencyError, match="No matching distribution"):
        install(folder, pip=[sys.executable, "-c", script])
    assert is_untouched(folder)


@pytest.mark.usefixtures("index")
def test_cancel_while_pip_is_silent(folder: Path):
    cancel = threading.Event()
    script = "import time; print('Installing', flush=True); time.sleep(60)"
    steps = install_torch.install(folder, cancel, pip=[sys.executable, "-c", script])
    while next(steps).words != "Unpacking PyTorch":
        pass
    assert next(steps).fraction > 0.8, "pip has spoken"
    cancel.set()
    with pytest.raises(Cancelled):
        next(steps)
    assert is_untouched(folder)


def test_a_disk_that_is_too_small(index: Index, folder: Path, monkeypatch: pytest.MonkeyPatch):
    usage = shutil.disk_usage(folder)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage._replace(free=1000))
    with pytest.raises(AssetError, match="too full"):
        install(folder)
    assert is_untouched(folder)
    assert index.asked == [], "known before anything is downloaded"
    monkeypatch.setattr(install_torch, "ROOM", {False: 0})
    with pytest.raises(AssetError, match="too full"):
        install(folder)
    assert is_untouched(folder)


def test_a_folder_with_a_damaged_wheel(index: Index, folder: Path):
    (wheel,) = index.folder.glob("filelock-4*.whl")
    wheel.write_bytes(b"half a wheel")
    with pytest.raises(DependencyError, match="is damaged"):
        install(folder, wheels=index.folder)
    assert is_untouched(folder)


def test_a_folder_that_cannot_be_written_to(tmp_path: Path):
    (tmp_path / "wall").write_text("")
    with pytest.raises(AssetError, match="cannot be written to"):
        install(tmp_path / "wall" / "packages")


def test_removal_takes_everything_and_only_that(folder: Path):
    (folder.parent / "packages.downloads").mkdir()
    (folder.parent / "takes").mkdir()
    install_torch.remove(folder)
    assert [path.name for path in folder.parent.iterdir()] == ["takes"]
    install_torch.remove(folder)  # nothing is there: nothing happens


def test_removal_of_what_is_in_use_removes_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch):
    def in_use(_path: Path, _target: Path) -> None:
        raise PermissionError(13, "Access is denied")

    monkeypatch.setattr(Path, "rename", in_use)
    with pytest.raises(AssetError, match="restart Blender"):
        install_torch.remove(folder)
    assert is_untouched(folder)


def test_pip_comes_out_of_pythons_own_wheel_where_it_is_not_installed(monkeypatch: pytest.MonkeyPatch):
    import importlib.util
    import subprocess

    real = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "pip" else real(name))
    if real("ensurepip") is None:
        with pytest.raises(DependencyError, match="has no pip"):
            install_torch.pip_command()
        return
    command = install_torch.pip_command()
    answer = subprocess.run([*command, "--version"], capture_output=True, text=True, check=False)
    assert answer.stdout.startswith("pip "), answer.stderr


def test_enabling_makes_no_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setattr(paths, "user_path", lambda name: tmp_path / "wall" / name)
    (tmp_path / "wall").write_text("")
    monkeypatch.setattr(sys, "path", sys.path.copy())
    packages.add_to_path()
    assert sys.path[-1] == str(tmp_path / "wall" / "packages"), "last: Blender's own packages win"
    with pytest.raises(AssetError, match="cannot be made"):
        paths.user_folder("takes")


def test_the_table_says_which_version_is_there_where_from_and_how_large(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    monkeypatch.setattr(paths, "user_path", lambda name: tmp_path / name)
    monkeypatch.setattr(sys, "path", [*sys.path, str(tmp_path / "packages")])
    monkeypatch.setitem(packages.PACKAGES, "torchlike", "for this test")
    wheel = make_wheel(tmp_path, "torchlike", "1.5", content=b"x" * 2_000_000)
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "packages")
    packages.look_again()
    found = {dependency.name: dependency for dependency in packages.table()}
    own = found["torchlike"]
    assert (own.version, own.place, own.size) == ("1.5", "installed here", "2 MB")
    assert found["numpy"].place == "Blender's Python"
    packages.look_again()
