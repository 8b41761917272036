"""The installation of PyTorch as a job."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..common import packages
from .desk import Task

if TYPE_CHECKING:
    from ...core.progress import CancelEvent


class InstallTask(Task):
    """Installs PyTorch into a folder of the add-on's own."""

    first_step = "Installing"

    def __init__(self, folder: Path, *, cuda: bool, wheels: Path | None) -> None:
        """Install into ``folder``, from the folder ``wheels`` where there is no network."""
        self._folder = folder
        self._cuda = cuda
        self._wheels = wheels

    def work(self, cancel: CancelEvent) -> Iterable[Any]:
        """Download, check and unpack."""
        from ...torch_installer import install_torch  # noqa: PLC0415  # not while Blender starts

        yield from install_torch.install(self._folder, cancel, cuda=self._cuda, wheels=self._wheels)

    def put_away(self) -> None:
        """Look for the packages again, whatever has become of it."""
        packages.look_again()
