"""A new installation takes the place of the old one as a whole, or the old one stays."""

from __future__ import annotations

from pathlib import Path

import pytest

from alphsistant_addon.core.errors import AssetError
from alphsistant_addon.torch_installer import install_torch


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """The new installation, and where the old one is."""
    staging, folder = tmp_path / "packages.part", tmp_path / "packages"
    for place, content in ((staging, "new"), (folder, "old")):
        place.mkdir()
        (place / "torch.py").write_text(content, encoding="utf-8")
    return staging, folder


def test_the_new_one_takes_the_place_of_the_old_one(folders: tuple[Path, Path]) -> None:
    staging, folder = folders
    install_torch._swap(staging, folder)
    assert (folder / "torch.py").read_text(encoding="utf-8") == "new"
    assert [path.name for path in folder.parent.iterdir()] == ["packages"]


def test_the_old_one_comes_back_when_the_new_one_cannot_be_put_there(
    folders: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    staging, folder = folders
    rename = Path.rename

    def in_use(path: Path, target: Path) -> Path:
        if path == staging:
            raise PermissionError(13, "in use")
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", in_use)
    with pytest.raises(AssetError, match="restart Blender"):
        install_torch._swap(staging, folder)
    assert (folder / "torch.py").read_text(encoding="utf-8") == "old"
    assert not folder.with_name("packages.old").exists()
