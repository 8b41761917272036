"""What one operation changes in the file, so that all of it can be taken back.

Every change is made through :meth:`FileChanges.do` or one of its short forms, together with what undoes it. If the
block fails, the changes are undone, the last one first. Whatever removes data is put off until every change is made:
removed data could not be brought back as it was. References to Blender's data are kept for the length of the block
only, in one go on the main thread.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self, TypeVar

from .stand_aside import stand_aside

Result = TypeVar("Result")

_MISSING: Final = object()


class FileChanges:
    """The changes of one ``with`` block: kept if it ends well, taken back if it fails."""

    def __init__(self) -> None:
        """Start with nothing changed."""
        self._undo: list[Callable[[], object]] = []
        self._at_end: list[Callable[[], object]] = []
        self.leaving: dict[int, dict[str, Any]] = {}
        """NLA strips that are removed at the end and count as gone before: address, and how each was laid down."""

    def __enter__(self) -> Self:
        """Begin, with the file's own values in the file."""
        stand_aside()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        """Take everything back after a failure; else remove what had to wait."""
        work = self._at_end if kind is None else reversed(self._undo)
        for step in work:
            try:
                step()
            except Exception:  # the other steps still have to be done
                import logging  # noqa: PLC0415  # not while Blender starts

                logging.getLogger(__name__).exception(
                    "A step could not be %s", "finished" if kind is None else "taken back"
                )

    def do(self, change: Callable[[], Result], undo: Callable[[Result], object]) -> Result:
        """Change something; ``undo`` gets what ``change`` returned."""
        result = change()
        self._undo.append(lambda: undo(result))
        return result

    def at_end(self, work: Callable[[], object]) -> None:
        """Do this when every change is made; it cannot be taken back."""
        self._at_end.append(work)

    def set(self, owner: Any, name: str, value: Any) -> None:
        """Set a property of Blender's data."""
        before = getattr(owner, name)
        if before != value:
            self.do(lambda: setattr(owner, name, value), lambda _: setattr(owner, name, before))

    def set_number(self, owner: Any, path: str, index: int, value: float) -> None:
        """Set one number by its data path; ``index`` counts only where the path leads to several numbers."""
        before = number_at(owner, path, index)
        if before != value:
            self.do(lambda: _put(owner, path, index, value), lambda _: _put(owner, path, index, before))

    def set_item(self, owner: Any, key: str, value: Any) -> None:
        """Set a custom property, or one item of a group of them; ``None`` removes it."""
        before = owner.get(key, _MISSING)
        # Groups and lists are views of what is there, and would change with it.
        if hasattr(before, "to_dict"):
            before = before.to_dict()
        elif hasattr(before, "to_list"):
            before = before.to_list()
        self.do(lambda: _set_item(owner, key, value), lambda _: _set_item(owner, key, before))

    def write_file(self, path: Path, write: Callable[[Path], object]) -> None:
        """Write a file; taking it back brings back what was there, or removes the file and the folders made for it."""
        before = path.read_bytes() if path.is_file() else None
        made = [folder for folder in path.parents if not folder.exists()]
        try:
            self.do(lambda: write(path), lambda _: _unwrite(path, before, made))
        except Exception:
            _unwrite(path, before, made)
            raise


def number_at(owner: Any, path: str, index: int) -> float:
    """Return the number at a data path. ``ValueError`` if the path leads nowhere."""
    found = owner.path_resolve(path)
    return float(found[index]) if hasattr(found, "__len__") else float(found)


def _put(owner: Any, path: str, index: int, value: float | None) -> None:
    if path.startswith('["'):  # a custom property, which stays a whole number if it is one
        key = path[2:-2]
        owner[key] = type(owner[key])(value)
        return
    holder, _, name = path.rpartition(".")
    holder = owner.path_resolve(holder) if holder else owner
    if hasattr(getattr(holder, name), "__len__"):
        getattr(holder, name)[index] = value
    else:
        setattr(holder, name, value)


def _set_item(owner: Any, key: str, value: Any) -> None:
    if value is not None and value is not _MISSING:
        owner[key] = value
    elif key in owner:
        del owner[key]


def _unwrite(path: Path, before: bytes | None, made: list[Path]) -> None:
    if before is not None:
        path.write_bytes(before)
        return
    if path.exists():
        path.unlink()
    for folder in made:  # the innermost first
        if folder.is_dir():
            folder.rmdir()
