"""What Blender and the models' process say to each other.

Every message bears the number of its job, so that what belongs to an older one can be dropped on arrival.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Job:
    """To the process: do this, once the jobs before it have ended."""

    number: int
    request: Any
    """A ``pipeline.requests.Request``."""


@dataclass(frozen=True, slots=True)
class Cancel:
    """To the process: stop the job of this number, or do not begin it."""

    number: int


@dataclass(frozen=True, slots=True)
class More:
    """To the process: the next piece of what a job is about, such as sound that is still being recorded."""

    number: int
    data: Any
    """``None`` is the end."""


@dataclass(frozen=True, slots=True)
class Happened:
    """From the process: a step, a sentence, a part, or the end of a reply."""

    number: int
    event: Any


@dataclass(frozen=True, slots=True)
class End:
    """From the process: the job is over. ``error`` is the exception's name, empty if all went well."""

    number: int
    error: str = ""
    sentence: str = ""
