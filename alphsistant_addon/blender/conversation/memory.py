"""What a face remembers: read for the next prompt, and noted down when an answer has become a take."""

from __future__ import annotations

from typing import Any, Final

import bpy

from ...text_generation.persona import Persona, Turn

MOST_TURNS: Final = 100
"""So many of the last are handed on; what the model cannot see at once it leaves out itself."""


def history(root: Any, replaced: str | None = None) -> tuple[Turn, ...]:
    """Return what was said to the face, oldest first, up to the turn whose take is to be replaced.

    Args:
        root: the face's topmost object; ``None`` if there is no face yet.
        replaced: id of that take.
    """
    if root is None or not root.alphsistant_conversation.remember:
        return ()
    turns: list[Turn] = []
    for turn in root.alphsistant_conversation.turns:
        if replaced and turn.take == replaced:
            break
        turns.append((turn.prompt, turn.answer))
    return tuple(turns[-MOST_TURNS:])


def persona(root: Any) -> Persona | None:
    """Return who the face is; ``None`` if nobody else than Alphsistant.

    Raises:
        AssetError: the text names no persona.
    """
    text = root.alphsistant_conversation.persona if root is not None else None
    return Persona.from_text(text.as_string()) if text is not None else None


def keep_persona(root: Any, persona: Persona) -> None:
    """Let the face be somebody: who that is goes into a new text of the Text Editor, where it can be changed."""
    text = bpy.data.texts.new(persona.name)
    text.from_string(persona.text)
    text.cursor_set(0)
    root.alphsistant_conversation.persona = text


def voice(root: Any) -> str:
    """Return the face's own voice, a name or a folder; empty if it has none, or there is no face."""
    return str(bpy.path.abspath(root.alphsistant_conversation.voice.strip())) if root is not None else ""


def note(root: Any, prompt: str, answer: str, take: str, replaced: str | None = None) -> None:
    """Note down a turn, in the place of the one whose take is replaced."""
    kept = root.alphsistant_conversation
    if not kept.remember:
        return
    turn = _turn_of(kept, replaced)
    if turn is None:
        turn = kept.turns.add()
        kept.turn_index = len(kept.turns) - 1
    turn.prompt, turn.answer, turn.take = prompt, answer, take


def take_replaced(root: Any, replaced: str | None, take: str) -> None:
    """Let the turn of a take belong to the take that says the same text now."""
    turn = _turn_of(root.alphsistant_conversation, replaced)
    if turn is not None:
        turn.take = take


def _turn_of(kept: Any, take: str | None) -> Any:
    return next((turn for turn in kept.turns if take and turn.take == take), None)
