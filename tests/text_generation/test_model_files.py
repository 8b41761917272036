"""Where models come from, and what is said when they do not."""

from __future__ import annotations

import hashlib
import http.server
import json
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from small_models import make_folder

from alphsistant_addon.core import assets
from alphsistant_addon.core.errors import AssetError, Cancelled
from alphsistant_addon.text_generation import LanguageModel
from alphsistant_addon.text_generation.dialogue_format import END_OF_TEXT, SCRIPT, TURN_TOKENS
from alphsistant_addon.text_generation.model_files import HUB_ID
from alphsistant_addon.text_generation.model_list import MODELS, is_here

REPOSITORY = Path(__file__).resolve().parents[2]

torch = pytest.importorskip("torch")
huggingface_hub = pytest.importorskip("huggingface_hub")
load_file = pytest.importorskip("safetensors.torch").load_file


def test_a_folder_is_loaded_in_its_own_format(tiny_folder: Path, tmp_path: Path):
    assert LanguageModel.load(tiny_folder).turns is TURN_TOKENS
    assert LanguageModel.load(str(make_folder(tmp_path / "plain"))).turns is SCRIPT
    assert LanguageModel.load(make_folder(tmp_path / "DialoGPT-copy")).turns is END_OF_TEXT


def test_sampling_of_the_folder_is_used(tiny_folder: Path):
    settings = {"do_sample": True, "temperature": 0.5, "top_p": 0.8, "repetition_penalty": 1.3}
    (tiny_folder / "generation_config.json").write_text(json.dumps(settings))
    sampling = LanguageModel.load(tiny_folder).sampling
    assert (sampling.temperature, sampling.top_p, sampling.repetition_penalty) == (0.5, 0.8, 1.3)


@pytest.mark.parametrize("name", ["openai-community/gpt2", "nobody/has-this", "some-model"])
def test_a_hub_model_is_not_fetched_without_permission(name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(AssetError, match="allow network access"):
        LanguageModel.load(name)


@pytest.mark.parametrize("name", ["/no/such/folder", "./nothing here", "a/b/c", Path("nowhere")])
def test_a_missing_folder_is_named(name: str | Path):
    with pytest.raises(AssetError, match="no language model folder"):
        LanguageModel.load(name, allow_network=True)


class FakeHub:
    """Stands for the download: copies files, moves the progress bar, counts."""

    def __init__(self, origin: Path, target: Path) -> None:
        self.origin = origin
        self.target = target
        self.online: list[list[str]] = []

    def __call__(self, _name: str, *, allow_patterns: list[str], local_files_only: bool, tqdm_class: Any) -> str:
        if local_files_only:
            if not self.target.exists():
                raise huggingface_hub.errors.LocalEntryNotFoundError("not in the cache")
            return str(self.target)
        self.online.append(allow_patterns)
        bar = tqdm_class(total=40_000_000, unit="B", desc="Downloading")
        for _ in range(4):
            bar.update(10_000_000)
        self.target.mkdir(exist_ok=True)
        for pattern in allow_patterns:
            for path in self.origin.glob(pattern):
                shutil.copy(path, self.target)
        return str(self.target)


@pytest.fixture
def hub(tiny_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeHub:
    fake = FakeHub(tiny_folder, tmp_path / "cache")
    monkeypatch.setattr("huggingface_hub.snapshot_download", fake)
    return fake


def test_a_hub_model_is_downloaded_once_with_progress(hub: FakeHub):
    seen: list[tuple[str, float]] = []
    model = LanguageModel.load("some/model", allow_network=True, progress=lambda *step: seen.append(step))
    assert model.context == 256
    shares = [share for words, share in seen if words == "Downloading some/model"]
    assert shares == [0.25, 0.5, 0.75, 1.0]
    LanguageModel.load("some/model")
    assert len(hub.online) == 1


def test_a_download_that_was_cancelled_between_two_files_goes_on(hub: FakeHub):
    hub.target.mkdir()
    shutil.copy(hub.origin / "config.json", hub.target)
    parts = [f"model-0000{number}-of-00002.safetensors" for number in (1, 2)]
    shutil.copy(hub.origin / "model.safetensors", hub.target / parts[0])
    for listed in ({"weight_map": {"a": parts[0], "b": parts[1]}}, {}):
        (hub.target / "model.safetensors.index.json").write_text(json.dumps(listed))
        with pytest.raises(AssetError, match="allow network access"):
            LanguageModel.load("some/model")
    LanguageModel.load("some/model", allow_network=True)
    assert len(hub.online) == 1


def test_the_list_knows_which_models_are_here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    known = [model.id for model in MODELS]
    assert known[:2] == ["", "openai-community/gpt2"]
    assert len(set(known)) == len(known)
    assert all(HUB_ID.fullmatch(name) for name in known[1:])
    assert [name for name in known if is_here(name)] == [""]
    folder = tmp_path / "models--microsoft--DialoGPT-small" / "snapshots" / "0"
    folder.mkdir(parents=True)
    (folder / "config.json").touch()
    assert not is_here("microsoft/DialoGPT-small"), "settings alone are no model"
    (folder / "pytorch_model.bin").touch()
    assert is_here("microsoft/DialoGPT-small")


def test_the_page_lists_the_same_models():
    page = (REPOSITORY / "docs" / "language_models.md").read_text(encoding="utf-8")
    for model in MODELS:
        size = f"{model.download_gigabytes} GB" if model.download_gigabytes else "none"
        name = f"`{model.id}`" if model.id else model.name
        row = f"| {name} | {model.parameters} M | {size} | {model.licence} | {model.good_for} |"
        assert row.lower() in page.lower()


@pytest.mark.parametrize("variables", [{}, {"HF_HOME": "/a"}, {"XDG_CACHE_HOME": "/b"}, {"HF_HUB_CACHE": "/c"}])
def test_the_hubs_folder_is_the_one_that_its_library_uses(variables: dict[str, str]):
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("HF_", "XDG_", "HUGGINGFACE"))}
    code = (
        "from huggingface_hub import constants\n"
        "from alphsistant_addon.text_generation.model_list import hub_cache\n"
        "print(constants.HF_HUB_CACHE == str(hub_cache()))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=REPOSITORY, env=kept | variables, capture_output=True, text=True, check=True
    )
    assert done.stdout == "True\n"


class HubServer(http.server.BaseHTTPRequestHandler):
    """The part of the hub's protocol that a download uses, for one model whose files the hub keeps in Xet."""

    folder: Path

    def do_HEAD(self) -> None:
        self.answer(body=False)

    def do_GET(self) -> None:
        self.answer(body=True)

    def answer(self, *, body: bool) -> None:
        path = self.path.partition("?")[0]
        headers = {}
        if path.startswith("/api/models/"):
            files = sorted(self.folder.iterdir())
            entries: Any = [{"type": "file", "path": f.name, "size": f.stat().st_size, "oid": "0"} for f in files]
            if "/tree/" not in path:
                siblings = [{"rfilename": f.name} for f in files]
                entries = {"id": "some/model", "sha": "0" * 40, "siblings": siblings}
            content = json.dumps(entries).encode()
        else:
            content = (self.folder / Path(path).name).read_bytes()
            digest = hashlib.sha256(content).hexdigest()
            headers = {"X-Repo-Commit": "0" * 40, "ETag": f'"{digest}"', "X-Xet-Hash": digest}
            headers["Link"] = f"<http://{self.headers['Host']}/xet>; rel=xet-auth"
        self.send_response(200)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if body:
            self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        pass


def test_a_model_comes_from_the_hub_itself(tiny_folder: Path, tmp_path: Path):
    """With the real ``huggingface_hub``, without the package ``hf_xet``, and without a word on the console."""
    handler = type("Handler", (HubServer,), {"folder": tiny_folder})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        script = (
            "import sys; sys.modules['hf_xet'] = None\n"
            "from alphsistant_addon.text_generation.model_files import model_folder\n"
            "print(model_folder('some/model', allow_network=True))"
        )
        answer = subprocess.run(
            [sys.executable, "-c", script],
            capture_output=True,
            text=True,
            check=False,
            cwd=REPOSITORY,
            env={
                **os.environ,
                "HF_ENDPOINT": f"http://127.0.0.1:{server.server_port}",
                "HF_HOME": str(tmp_path),
                "NO_PROXY": "127.0.0.1",
            },
        )
        server.shutdown()
    assert answer.returncode == 0, answer.stderr
    weights = "model.safetensors"
    assert (Path(answer.stdout.strip()) / weights).read_bytes() == (tiny_folder / weights).read_bytes()
    assert "hf_xet" not in answer.stderr


def test_old_weights_are_fetched_only_where_there_are_no_safe_ones(hub: FakeHub):
    torch.save(load_file(hub.origin / "model.safetensors"), hub.origin / "pytorch_model.bin")
    LanguageModel.load("some/model", allow_network=True)
    assert not (hub.target / "pytorch_model.bin").exists()
    shutil.rmtree(hub.target)
    (hub.origin / "model.safetensors").unlink()
    LanguageModel.load("some/model", allow_network=True)
    assert (hub.target / "pytorch_model.bin").exists()


def test_a_download_can_be_cancelled(hub: FakeHub):
    cancel = threading.Event()
    with pytest.raises(Cancelled):
        LanguageModel.load("some/model", allow_network=True, progress=lambda *_: cancel.set(), cancel=cancel)
    assert not hub.target.exists()


def test_no_network_is_said_in_a_sentence(monkeypatch: pytest.MonkeyPatch):
    def broken(*_: Any, local_files_only: bool, **__: Any) -> str:
        if local_files_only:
            raise huggingface_hub.errors.LocalEntryNotFoundError("not in the cache")
        raise ConnectionError("no route to host")

    monkeypatch.setattr("huggingface_hub.snapshot_download", broken)
    with pytest.raises(AssetError, match="check the network"):
        LanguageModel.load("some/model", allow_network=True)


def _truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


@pytest.mark.parametrize(
    "damage",
    [
        lambda folder: _truncate(folder / "model.safetensors"),
        lambda folder: (folder / "model.safetensors").write_bytes(b"not weights at all"),
        lambda folder: (folder / "model.safetensors").unlink(),
        lambda folder: (folder / "config.json").write_text("{"),
        lambda folder: (folder / "config.json").unlink(),
        lambda folder: _truncate(folder / "tokenizer.json"),
        lambda folder: (folder / "config.json").write_text('{"model_type": "bert"}'),
        lambda folder: (folder / "config.json").write_text(
            (folder / "config.json").read_text().replace('"n_layer": 1', '"n_layer": 2')
        ),
        lambda folder: (folder / "config.json").write_text(
            (folder / "config.json").read_text().replace('"n_embd": 16', '"n_embd": 32')
        ),
    ],
)
def test_a_damaged_folder_is_said_in_a_sentence(tiny_folder: Path, damage: Any):
    damage(tiny_folder)
    with pytest.raises(AssetError, match="The language model in"):
        LanguageModel.load(tiny_folder)


def test_pickled_code_is_not_run(tiny_folder: Path, tmp_path: Path):
    witness = tmp_path / "witness"

    class Bomb:
        def __reduce__(self) -> Any:
            return (witness.write_text, ("run",))

    (tiny_folder / "model.safetensors").unlink()
    torch.save({"transformer.wte.weight": Bomb()}, tiny_folder / "pytorch_model.bin")
    with pytest.raises(AssetError):
        LanguageModel.load(tiny_folder)
    assert not witness.exists()


def test_code_in_a_model_folder_is_not_run(tiny_folder: Path, tmp_path: Path):
    witness = tmp_path / "witness"
    (tiny_folder / "evil.py").write_text(f"open({str(witness)!r}, 'w').close()")
    settings = json.loads((tiny_folder / "config.json").read_text())
    settings |= {"model_type": "evil", "auto_map": {"AutoConfig": "evil.Config"}}
    (tiny_folder / "config.json").write_text(json.dumps(settings))
    with pytest.raises(AssetError):
        LanguageModel.load(tiny_folder)
    assert not witness.exists()


def test_missing_assets_are_said_in_a_sentence():
    with pytest.raises(AssetError, match="install Alphsistant again"):
        assets.asset_folder("no_such_asset")


@pytest.mark.parametrize("package", ["torch", "tokenizers"])
def test_a_missing_package_is_named(package: str):
    code = (
        f"import sys; sys.modules[{package!r}] = None\n"
        "from alphsistant_addon.core.errors import DependencyError\n"
        "try:\n    from alphsistant_addon.text_generation import LanguageModel\n"
        "except DependencyError as error:\n    print(error)"
    )
    root = Path(assets.__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout == f"Text generation needs the Python package {package}.\n"


def test_the_package_is_light_until_it_is_used():
    code = "import sys, alphsistant_addon.text_generation; print('torch' in sys.modules, 'transformers' in sys.modules)"
    root = Path(assets.__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout == "False False\n"
