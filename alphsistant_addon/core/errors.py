"""The project's own exceptions: each message is one sentence a user can act on (the panel shows it as it is)."""

from __future__ import annotations


class AlphsistantError(Exception):
    """Something a user can do something about; ``str(error)`` is the sentence for the panel."""


class Cancelled(AlphsistantError):  # noqa: N818  (an outcome, not a fault)
    """The user cancelled the job. Every loop of the worker checks its cancel event at least every 50 ms."""

    def __init__(self, message: str = "Cancelled.") -> None:
        super().__init__(message)


class TextError(AlphsistantError):
    """The text holds nothing that can be spoken, or holds signs the voice cannot read."""


class AssetError(AlphsistantError):
    """A voice, language model, face, preset or sound file is missing, damaged or of the wrong kind."""


class SoundFormatError(AssetError):
    """A sound file is damaged, or of a format that the sound library does not know (Blender may know it)."""


class DependencyError(AlphsistantError):
    """A Python package that the work needs is not installed (the message names it)."""


class ServerError(AlphsistantError):
    """A server that a language model was to be asked of is not there, refuses, hangs or breaks off."""
