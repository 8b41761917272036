"""Conversations as a chat model's own template writes them (``tokenizer.chat_template``: Jinja, in the model's files).

transformers renders templates in Jinja's sandbox: they can compute text, and reach nothing else.
"""

from __future__ import annotations

import bisect
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from ..core.errors import AssetError, DependencyError
from .dialogue_format import Sampling
from .persona import Persona, Turn
from .sentence_stream import THOUGHT_BEGINS, THOUGHT_ENDS

logger = logging.getLogger(__name__)

SAMPLING: Final = Sampling(0.3, 0.9, 1.05)
"""For chat models whose files ask for nothing else: low, since small ones lose the thread (SmolLM2's card says 0.2)."""

_LEAST_SYSTEM: Final = 60
"""Characters below which a cut system message says nothing any more."""

_HUMAN, _SELF, _SYSTEM = "\ue001", "\ue002", "\ue003"
"""Marks from Unicode's private use area, which no template writes by itself."""

_Message = dict[str, str]


@dataclass(frozen=True, slots=True)
class ChatTemplate:
    """The format of a model with a chat template."""

    tokenizer: Any
    knows_system: bool
    """Whether the template has a place for a system message; otherwise it goes before the first words of the human."""
    stop_texts: tuple[str, ...]
    """A reply ends where one of them begins, for templates that end turns with plain text."""
    sampling: Sampling = SAMPLING

    @classmethod
    def of(cls, tokenizer: Any) -> ChatTemplate:
        """Look at what a tokenizer's template does.

        Raises:
            AssetError: it cannot write a conversation.
        """
        talk = [*_pair(_HUMAN, _SELF), _message("user", _HUMAN)]
        text = _rendered(tokenizer, talk)
        if text is None or _SELF not in text or text.count(_HUMAN) != 2:
            raise AssetError("The language model's chat template cannot write a conversation: choose another model.")
        with_system = _rendered(tokenizer, [_message("system", _SYSTEM), *talk])
        between = text.partition(_SELF)[2].partition(_HUMAN)[0]
        return cls(tokenizer, with_system is not None and _SYSTEM in with_system, tuple(_stops(tokenizer, between)))

    def prompt_ids(self, persona: Persona, prompt: str, turns: Sequence[Turn], room: int) -> list[int]:
        """Token ids up to where the reply begins, at most ``room`` of them.

        What does not fit goes in this order: the oldest turns, the end of who answers, then the beginning of the
        prompt.
        """
        system = persona.system
        while len(self._ids(system, (), prompt)) > room and len(system) > _LEAST_SYSTEM:
            system = system[: 3 * len(system) // 4]

        def fits(start: int) -> bool:
            return len(self._ids(system, turns[start:], prompt)) <= room

        start = bisect.bisect_left(range(len(turns) + 1), True, key=fits)
        if start <= len(turns):
            return self._ids(system, turns[start:], prompt)
        shortest = self._ids("", (), prompt)
        while len(shortest) > room and len(prompt) > 1:
            # The template's own tokens are few: halves lead there quickly.
            prompt = prompt[len(prompt) // 2 :] if len(shortest) > 2 * room else prompt[max(1, len(prompt) // 8) :]
            shortest = self._ids("", (), prompt)
        return shortest[-room:]

    def _ids(self, system: str, turns: Iterable[Turn], prompt: str) -> list[int]:
        talk = [message for turn in turns for message in _pair(*turn)]
        talk.append(_message("user", prompt))
        if system and self.knows_system:
            talk.insert(0, _message("system", system))
        elif system:
            talk[0] = _message("user", f"{system}\n\n{talk[0]['content']}")
        text = _rendered(self.tokenizer, talk)
        if text is None:
            raise AssetError("The language model's chat template cannot write this conversation: choose another model.")
        if text.rstrip().endswith(THOUGHT_BEGINS):  # DeepSeek-R1: a reply that begins within a thought is never spoken
            text += f"\n{THOUGHT_ENDS}\n\n"
        ids: list[int] = self.tokenizer.encode(text, add_special_tokens=False)
        return ids


def _message(role: str, content: str) -> _Message:
    return {"role": role, "content": content}


def _pair(human: str, answer: str) -> list[_Message]:
    return [_message("user", human), _message("assistant", answer)]


def _rendered(tokenizer: Any, messages: list[_Message]) -> str | None:
    """Render the messages up to where the reply begins; ``None`` where the template refuses them."""
    try:
        # ``enable_thinking`` is what Qwen3's template asks; others do not look at it.
        text = tokenizer.apply_chat_template(
            messages, tokenize=False, add_generation_prompt=True, enable_thinking=False
        )
    except ImportError as error:  # jinja2 comes with torch
        raise DependencyError("Chat models need the Python package jinja2: install torch again.") from error
    except Exception:  # a template raises what it likes where it has no place for a role
        logger.debug("The chat template refuses %r", [message["role"] for message in messages], exc_info=True)
        return None
    return str(text)


def _stops(tokenizer: Any, between: str) -> list[str]:
    """Say which plain text ends a reply, from what stands between a reply and the next words of the human."""
    for token in getattr(tokenizer, "added_tokens_decoder", {}).values():
        if token.special and str(token) in between:
            return []  # a token of its own ends the reply
    first = next((line.strip() for line in between.splitlines() if line.strip()), "")
    return [first] if first else []
