"""From text that is still being written to the sentences of a reply that are worth saying. Plain Python."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, TypeAlias

from .reply_sentences import clean_sentence, is_echo, is_false_alarm, split_first

logger = logging.getLogger(__name__)

Written: TypeAlias = tuple[str, bool]
"""All that is written so far, and whether the turn has ended with it."""

MOST_SENTENCE_CHARACTERS: Final = 300
"""A sentence that has not ended by then is given up."""
THOUGHT_BEGINS, THOUGHT_ENDS = "<think>", "</think>"
"""Around what a reasoning model writes for itself before its answer (the form of DeepSeek-R1 and Qwen3)."""


def sentences_of(written: Iterable[Written], stop_texts: Sequence[str] = ()) -> Iterator[str]:
    """Yield clean sentences of one reply as soon as they are whole; a last one that was cut off is left out.

    Args:
        written: grows with each item.
        stop_texts: the reply ends where one of them begins.
    """
    given = 0
    rest = ""
    ended = False
    for so_far, has_ended in written:
        ended = has_ended
        text = _without_thoughts(so_far)
        stops = [at for stop in stop_texts if (at := text.find(stop, len(text) - len(text.lstrip()))) >= 0]
        if stops:
            text, ended = text[: min(stops)], True
        rest = text[given:]
        while (parts := split_first(rest)) is not None:
            given = len(text) - len(parts[1])
            rest = parts[1]
            if (sentence := clean_sentence(parts[0])) is not None:
                yield sentence
        if ended or len(rest) > MOST_SENTENCE_CHARACTERS:
            break
    if (sentence := clean_sentence(rest, ended=ended)) is not None:
        yield sentence


def _without_thoughts(text: str) -> str:
    """Leave out what a model writes for itself; nothing is left while it does so."""
    if not text.lstrip().startswith(THOUGHT_BEGINS):
        return "" if THOUGHT_BEGINS.startswith(text.strip()) else text
    return text.partition(THOUGHT_ENDS)[2]


def worth_saying(
    sentences: Iterable[str],
    *,
    asked: str,
    said_before: str,
    most_characters: float,
    last_attempt: bool,
    heard: str | None = None,
) -> Iterator[str]:
    """Yield the sentences of a reply until one only echoes or raises a false alarm, or the reply is long enough.

    Args:
        sentences: of one reply.
        asked: the prompt.
        said_before: the last reply of the conversation.
        most_characters: length of the reply; the first sentence is always whole.
        last_attempt: whether there will be no other: to say the same as last time is better than to say nothing.
        heard: all that the user said in this talk, to know false alarms by; they are not looked for without it.
    """
    said: list[str] = []
    characters = 0
    for sentence in sentences:
        repeats = is_echo(sentence, said_before) and not last_attempt
        if is_echo(sentence, asked) or repeats or any(is_echo(sentence, known) for known in said):
            logger.debug("refused %r", sentence)
            return
        if heard is not None and not last_attempt and is_false_alarm(sentence, heard):
            logger.debug("refused a false alarm: %r", sentence)
            return
        characters += len(sentence) + 1
        if said and characters > most_characters:
            return
        said.append(sentence)
        yield sentence
        if characters >= most_characters:
            return
