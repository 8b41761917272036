"""How a conversation is written down for each kind of GPT-2, and how it is cut to the model's context."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from .reply_sentences import clean_prompt, usable_history

HUMAN: Final = "<|human|>"
SELF: Final = "<|alphsistant|>"
"""Special tokens of the shipped model: who speaks next."""

PERSONA: Final = (
    "This is a conversation between a human and Alphsistant, a friendly talking face that lives in Blender. "
    "Alphsistant answers politely, in one or two short sentences.\n\n"
    "Human: Hello! Who are you?\n"
    "Alphsistant: Hello! I am Alphsistant, a talking face in Blender. It is nice to meet you.\n"
    "Human: What do you like?\n"
    "Alphsistant: I like talking with people. Every new sentence is an adventure for my lips.\n"
)
"""What a GPT-2 that was trained on web pages has to read before it talks as Alphsistant does."""


class Tokenizer(Protocol):
    """What is needed of a ``transformers`` tokenizer."""

    eos_token_id: int

    def encode(self, text: str, *, add_special_tokens: bool) -> list[int]:
        """Token ids of the text."""
        ...

    def decode(self, ids: Sequence[int], *, skip_special_tokens: bool) -> str:
        """The text of token ids."""
        ...

    def get_vocab(self) -> dict[str, int]:
        """Token → id."""
        ...


@dataclass(frozen=True, slots=True)
class Sampling:
    """How tokens are drawn."""

    temperature: float
    top_p: float
    """Nucleus sampling (Holtzman et al., *The Curious Case of Neural Text Degeneration*, 2020, section 3.1)."""
    repetition_penalty: float
    """On tokens of the reply itself (Keskar et al., *CTRL*, 2019, section 4.1)."""


@dataclass(frozen=True, slots=True)
class TurnFormat:
    """One way to write turns: what stands before and after each, and what ends a reply."""

    before_human: str
    after_human: str
    before_self: str
    after_self: str
    preamble: str
    stop_texts: tuple[str, ...]
    """A reply ends where one of them begins; token ids that end it are the tokenizer's special ones."""
    sampling: Sampling


_END: Final = "<|endoftext|>"

TURN_TOKENS: Final = TurnFormat(HUMAN, "", SELF, "", "", (), Sampling(0.4, 0.9, 1.05))
"""The shipped model: a special token before each turn (``blender_assets/language_model/card.md``)."""

END_OF_TEXT: Final = TurnFormat("", _END, "", _END, "", ("\n",), Sampling(0.7, 0.9, 1.15))
"""DialoGPT: end-of-text after each turn (Zhang et al., *DialoGPT*, 2020, section 3.1)."""

SCRIPT: Final = TurnFormat(
    "Human: ", "\n", "Alphsistant:", "\n", PERSONA, ("\n", "Human:", "Alphsistant:"), Sampling(0.75, 0.9, 1.2)
)
"""Plain GPT-2: a persona and a script with the speakers' names."""


def turn_format(tokenizer: Tokenizer, config: Any, name: str) -> TurnFormat:
    """Tell from its tokenizer, configuration and name which format a model was trained on."""
    if {HUMAN, SELF} <= tokenizer.get_vocab().keys():
        return TURN_TOKENS
    tasks = getattr(config, "task_specific_params", None) or {}
    known_as = f"{name} {getattr(config, '_name_or_path', '')}".lower()
    if "conversational" in tasks or "dialogpt" in known_as:
        return END_OF_TEXT
    return SCRIPT


def earlier_turns(history: Iterable[tuple[str, str]], most_characters: int) -> list[tuple[str, str]]:
    """The (prompt, reply) pairs that the model may see again: cleaned, without empty and interrupted replies."""
    turns = []
    for prompt, reply in history:
        if any(sign.isalnum() for sign in prompt) and usable_history(reply):
            turns.append((clean_prompt(prompt, most_characters), clean_prompt(reply, most_characters)))
    return turns


def prompt_ids(
    turns: TurnFormat, tokenizer: Tokenizer, prompt: str, history: Sequence[tuple[str, str]], room: int
) -> list[int]:
    """Token ids up to where the reply begins, at most ``room`` of them.

    What does not fit goes in this order: the oldest turns, then the beginning of the prompt.
    """

    def ids(text: str) -> list[int]:
        return tokenizer.encode(text, add_special_tokens=False)

    start = ids(turns.preamble) if turns.preamble else []
    before, after = ids(turns.before_human), ids(turns.after_human + turns.before_self)
    if len(start) > room // 2:
        start = []
    asked = ids(prompt)[-max(1, room - len(start) - len(before) - len(after)) :]
    last = before + asked + after
    left = room - len(start) - len(last)
    middle: list[int] = []
    for human, answer in reversed(history):
        # A script writes a space after the speaker's name, and GPT-2 tokens hold it at their start.
        said = f" {answer}" if turns.before_self.endswith(":") else answer
        pair = ids(turns.before_human + human + turns.after_human + turns.before_self + said + turns.after_self)
        if len(pair) > left:
            break
        middle = pair + middle
        left -= len(pair)
    return start + middle + last
