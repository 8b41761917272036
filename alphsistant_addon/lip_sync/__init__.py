"""Phones → visemes → curves, and the names under which faces have them. No bpy, no torch.

``animate`` and ``align`` are the public names; both are loaded on first use, because numpy and the aligner are not
needed to enable the add-on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .animation import animate as animate

__all__ = ["animate"]


def __getattr__(name: str) -> Any:
    if name == "animate":
        from .animation import animate  # noqa: PLC0415  (loaded on first use, see above)

        return animate
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
