"""What an index gives no checksum of is not installed."""

from __future__ import annotations

import threading

import pytest

from alphsistant_addon.core.errors import DependencyError
from alphsistant_addon.torch_installer import install_torch, wheel_index
from alphsistant_addon.torch_installer.wheel_index import Wheel


@pytest.mark.parametrize(("checksum", "installed"), [("a" * 64, True), ("", False)])
def test_every_file_needs_a_checksum(monkeypatch: pytest.MonkeyPatch, checksum: str, installed: bool) -> None:
    monkeypatch.setattr(
        wheel_index, "on_index", lambda pin, _index: Wheel(f"{pin}.whl", "https://example.org", checksum)
    )
    found = install_torch._find(None, threading.Event(), cuda=False)
    if installed:
        assert all(wheel.sha256 for _, wheel in found)
    else:
        with pytest.raises(DependencyError, match="gives no checksum"):
            next(found)
