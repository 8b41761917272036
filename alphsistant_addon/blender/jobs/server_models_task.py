"""The list of a server's models as a job."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

from ...core.errors import ServerError
from .desk import Task

if TYPE_CHECKING:
    from ...core.progress import CancelEvent
    from ...text_generation.chat_server import Server

listed: Final[list[str]] = []
"""What was found last; the preferences offer it."""


class ServerModelsTask(Task):
    """Asks a server for the names of its models."""

    first_step = "Asking the server"

    def __init__(self, server: Server) -> None:
        """Ask this server."""
        self._server = server
        self._names: tuple[str, ...] = ()

    def work(self, cancel: CancelEvent) -> Iterable[Any]:
        """Ask it."""
        from ...text_generation.chat_server import ServerModel  # noqa: PLC0415  # not while Blender starts

        self._names = ServerModel(self._server).models(cancel)
        return ()

    def finish(self) -> bool:
        """Keep what was found."""
        listed[:] = self._names
        if not listed:
            raise ServerError(f"The server at “{self._server.address}” has no model yet: load one into it first.")
        self.notes = (f"The server has {len(listed)} models." if len(listed) > 1 else f"The server has “{listed[0]}”.",)
        return True
