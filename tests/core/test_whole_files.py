"""Files appear whole or not at all, and leave nothing beside them."""

from __future__ import annotations

from pathlib import Path

import pytest

from alphsistant_addon.core.errors import AssetError
from alphsistant_addon.core.files import replacing, write_bytes


def test_a_file_appears_with_its_folder_and_nothing_beside_it(tmp_path: Path) -> None:
    write_bytes(tmp_path / "folder" / "a.txt", b"new")
    assert [path.name for path in (tmp_path / "folder").iterdir()] == ["a.txt"]
    assert (tmp_path / "folder" / "a.txt").read_bytes() == b"new"


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), MemoryError(), KeyboardInterrupt()])
def test_what_breaks_off_leaves_the_old_file_and_no_part(tmp_path: Path, error: BaseException) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"old")

    def write() -> None:
        with replacing(path) as file:
            file.write(b"half of the n")
            raise error

    with pytest.raises(AssetError if isinstance(error, OSError) else type(error)) as caught:
        write()
    if isinstance(error, OSError):
        assert "“a.txt” could not be written" in str(caught.value)
        assert "No space left" in str(caught.value)
    assert [found.name for found in tmp_path.iterdir()] == ["a.txt"]
    assert path.read_bytes() == b"old"


def test_the_old_file_is_there_until_the_new_one_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"old")
    with replacing(path) as file:
        file.write(b"new")
        assert path.read_bytes() == b"old"
    assert path.read_bytes() == b"new"


def test_a_folder_that_cannot_be_made_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(AssetError, match="could not be written"):
        write_bytes(tmp_path / "file" / "a.txt", b"new")
