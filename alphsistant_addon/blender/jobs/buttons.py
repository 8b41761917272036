"""What the buttons that start jobs share."""

from __future__ import annotations

from typing import Any

from ...core.errors import AlphsistantError
from ..common.status import current as status


class NoJobRunning:
    """For buttons that wait while a job runs."""

    @classmethod
    def poll(cls, _context: Any) -> bool:
        """Grey while a job runs."""
        cls.poll_message_set("A job is running: wait for it or cancel it")  # type: ignore[attr-defined]
        return not status.running


def done_or_reported(operator: Any, action: Any) -> set[str]:
    """Do it; an error the user can do something about is shown in the panel and as Blender shows errors."""
    try:
        action()
    except AlphsistantError as error:
        status.say(str(error))
        operator.report({"ERROR"}, str(error))
        return {"CANCELLED"}
    return {"FINISHED"}
