"""How a conversation is written down for each kind of GPT-2, and how it is cut to the model's context."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from ..core.errors import TextError
from .persona import ALPHSISTANT, HUMAN_NAME, Persona, Turn
from .reply_sentences import clean_prompt, usable_history

HUMAN: Final = "<|human|>"
SELF: Final = "<|alphsistant|>"
"""Special tokens of the shipped model: who speaks next."""

OPENING: Final = "Hello."
"""Stands for the human's words before a greeting that nobody asked for: models know turns in pairs only."""

EXAMPLES: Final[tuple[Turn, ...]] = (
    ("Hello! Who are you?", "Hello! I am {name}. It is nice to meet you."),
    ("How are you today?", "I am very well, thank you. And how are you?"),
    ("I had a bad day at work.", "I am sorry to hear that. Do you want to tell me what happened?"),
    ("What is the sun?", "The sun is a star. It gives us light and warmth."),
    ("What do you like?", "I like talking with people. Every new conversation is a small adventure."),
    ("Can you dance?", "No, I cannot dance, but I like to hear about it. Do you dance?"),
)
"""Show a GPT-2 that was trained on web pages how the talk goes: questions, feelings, knowledge, all answered shortly
(Brown et al., *Language Models are Few-Shot Learners*, 2020, section 2). For personas without examples of their own."""


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

_MOST_EXAMPLES: Final = 1_000
"""Characters of examples, about 250 tokens."""
_MOST_ABOUT: Final = 600
"""Characters of who somebody is, about 150 of GPT-2's 1,024 tokens: a longer text would leave no room for the talk."""


def script(persona: Persona) -> TurnFormat:
    """Make the format of a plain GPT-2: who talks, examples, and a script with the speakers' names."""
    about = " ".join(part.strip() for part in (persona.description, persona.manner) if part.strip())
    head = f"This is a conversation between a human and {persona.name}. {about[:_MOST_ABOUT]}".strip()
    examples = _fitting(persona.examples) or [(human, answer.format(name=persona.name)) for human, answer in EXAMPLES]
    lines = [f"{HUMAN_NAME}: {human or OPENING}\n{persona.name}: {answer}\n" for human, answer in examples]
    return TurnFormat(
        f"{HUMAN_NAME}: ",
        "\n",
        f"{persona.name}:",
        "\n",
        f"{head}\n\n{''.join(lines)}",
        ("\n", f"{HUMAN_NAME}:", f"{persona.name}:"),
        Sampling(0.75, 0.9, 1.2),
    )


def _fitting(examples: Iterable[Turn]) -> list[Turn]:
    """Return the first of the examples, as many as leave room for the talk."""
    kept: list[Turn] = []
    left = _MOST_EXAMPLES
    for human, answer in examples:
        left -= len(human) + len(answer)
        if left < 0:
            break
        kept.append((human, answer))
    return kept


SCRIPT: Final = script(ALPHSISTANT)
"""Plain GPT-2 as Alphsistant."""


def plain_format(tokenizer: Tokenizer, config: Any, name: str) -> TurnFormat | None:
    """Tell from tokenizer, configuration and name which format a model was trained on; ``None``: on none of ours."""
    if {HUMAN, SELF} <= tokenizer.get_vocab().keys():
        return TURN_TOKENS
    tasks = getattr(config, "task_specific_params", None) or {}
    known_as = f"{name} {getattr(config, '_name_or_path', '')}".lower()
    # Before any template: DialoGPT's on the hub would make a turn of a system message.
    return END_OF_TEXT if "conversational" in tasks or "dialogpt" in known_as else None


def for_persona(turns: TurnFormat, persona: Persona) -> tuple[TurnFormat, tuple[Turn, ...]]:
    """Return the format in which a model plays a persona, and the turns that stand before the conversation.

    Only a script can say who somebody is: models with formats of their own see the examples as earlier turns.
    """
    if turns is SCRIPT:
        return script(persona), persona.turns[len(persona.examples) :]
    return turns, persona.turns


def earlier_turns(history: Iterable[Turn], most_characters: int) -> list[Turn]:
    """The (prompt, reply) pairs that the model may see again: cleaned, without empty and interrupted replies."""
    turns = []
    for prompt, reply in history:
        asked = prompt if prompt.strip() else OPENING
        if usable_history(reply):
            with contextlib.suppress(TextError):  # nothing but an address, markup or emoji says nothing to a model
                turns.append((clean_prompt(asked, most_characters), clean_prompt(reply, most_characters)))
    return turns


def join_unanswered(history: Iterable[Turn], prompt: str) -> tuple[list[Turn], str]:
    """Put words that were never answered before the next ones of the human: models know turns in pairs only.

    Args:
        history: (prompt, reply) pairs; an empty reply is that of words that were never answered.
        prompt: what is asked now.

    Returns:
        The pairs that have a reply, and what the model is asked.
    """
    pairs: list[Turn] = []
    waiting: list[str] = []
    for asked, reply in history:
        if not reply.strip():
            waiting.append(asked)
            continue
        pairs.append((" ".join([*waiting, asked]).strip(), reply))
        waiting.clear()
    return pairs, " ".join([*waiting, prompt]).strip()


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
