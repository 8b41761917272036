"""A model that is larger than the memory is refused before it is loaded, with both figures."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from alphsistant_addon.core.errors import AssetError
from alphsistant_addon.text_generation import LanguageModel, model_memory


def write_head(path: Path, shapes: list[list[int]], dtype: str = "BF16") -> None:
    """Write a file of safetensors without its parameters."""
    head = {str(number): {"dtype": dtype, "shape": shape} for number, shape in enumerate(shapes)}
    content = json.dumps({"__metadata__": {"format": "pt"}, **head}).encode()
    path.write_bytes(len(content).to_bytes(8, "little") + content)


def test_all_parts_are_counted_in_single_precision(tmp_path: Path):
    write_head(tmp_path / "model-00001-of-00002.safetensors", [[7_000, 500_000]])
    write_head(tmp_path / "model-00002-of-00002.safetensors", [[7_000, 499_999], [7_000], []])
    assert model_memory.needed_bytes(tmp_path) == 4 * (7_000_000_000 + 1)


def test_a_model_larger_than_the_memory_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    write_head(tmp_path / "model.safetensors", [[7_000, 1_000_000]])
    (tmp_path / "config.json").write_text('{"model_type": "llama"}')
    monkeypatch.setattr(model_memory, "available_bytes", lambda: 5_940_000_000)
    with pytest.raises(AssetError, match=r"needs 28\.0 GB of memory, and this computer has 5\.9 GB for it"):
        LanguageModel.load(tmp_path)


@pytest.mark.parametrize("available", [None, 28_000_000_000])
def test_one_that_has_room_is_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, available: int | None):
    write_head(tmp_path / "model.safetensors", [[7_000, 1_000_000]])
    monkeypatch.setattr(model_memory, "available_bytes", lambda: available)
    model_memory.check_memory(tmp_path)


@pytest.mark.parametrize("content", [b"\xff" * 20, b"\x05\0\0\0\0\0\0\0{tru"])
def test_a_damaged_head_is_no_size(tmp_path: Path, content: bytes):
    (tmp_path / "model.safetensors").write_bytes(content)
    (tmp_path / "config.json").write_text('{"model_type": "llama"}')
    with pytest.raises(AssetError, match="damaged"):
        LanguageModel.load(tmp_path)


def test_the_system_tells_what_is_available():
    available = model_memory.available_bytes()
    assert available is None or 100_000_000 < available < 10**14
