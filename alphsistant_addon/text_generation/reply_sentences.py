"""From a stream of generated text to whole, clean sentences, and what is refused. Plain Python."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from ..core.errors import TextError

CHARACTERS_PER_SECOND: Final = 14.0
"""Of spoken English: about 160 words a minute (Tauroza and Allison, *Speech Rates in British English*, 1990)."""

ABBREVIATIONS: Final = frozenset(
    {"mr", "mrs", "ms", "dr", "prof", "st", "jr", "sr", "vs", "etc", "e.g", "i.e", "no", "approx", "fig"}
)
"""Words whose full stop does not end a sentence (``no`` only before a figure)."""

QUESTION_WORDS: Final = frozenset(
    {"what", "who", "whose", "where", "when", "why", "how", "which", "do", "does", "did", "are", "is", "can", "could"}
    | {"would", "will", "should", "have", "has", "was", "were"}
)

_QUOTES: Final = str.maketrans(
    {"’": "'", "‘": "'", "`": "'", "“": '"', "”": '"', "—": ", ", "–": "-", "…": "...", "\t": " "}
)
_END: Final = re.compile(r"[.!?]+[\"')\]]*(?=\s+\S)")
_MARKUP: Final = re.compile(r"<\|[^|>]*\|>|https?://\S+|www\.\S+")
_SMILEY: Final = re.compile(r"(?<!\w)(?:[:;=]-?[)(DPpOo/\\|3]+|<3|\^_*\^|[xX]D)(?!\w)")
_WORD: Final = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
_FEWEST_ECHOED_WORDS: Final = 3
"""“Hello!” may be answered by “Hello!”; three words or more repeated are an echo."""


def clean_prompt(text: str, most_characters: int) -> str:
    """The user's text on one line, without emoji and control signs; of a long text the end, where the question is.

    Raises:
        TextError: nothing is left that could be answered.
    """
    text = unicodedata.normalize("NFC", text[-most_characters:].translate(_QUOTES))
    text = _MARKUP.sub(" ", text)
    # Categories S* hold emoji and arithmetic signs, C* control signs, surrogates and joiners.
    kept = (sign if unicodedata.category(sign)[0] not in "SC" or sign in "+=$<>" else " " for sign in text)
    text = " ".join("".join(kept).split())
    if not any(sign.isalnum() for sign in text):
        raise TextError("Type some words first: there is nothing in the prompt that could be answered.")
    return text


def words_of(text: str) -> list[str]:
    """Lower-cased words without punctuation."""
    return _WORD.findall(text.lower().translate(_QUOTES))


def split_first(text: str) -> tuple[str, str] | None:
    """Part the first sentence from what follows, or ``None`` while its end cannot be seen yet.

    A sentence has ended when the next one has begun, so that ``3.5`` and ``Dr. Who`` stay whole.
    """
    for match in _END.finditer(text):
        head, tail = text[: match.end()], text[match.end() :].lstrip()
        last = head.rstrip(".\"')]").rsplit(None, 1)[-1:] or [""]
        word = last[0].lower().lstrip("\"'([")
        if head.endswith(".") and (len(word) == 1 and word.isalpha() and word != "i"):
            continue
        if head.endswith(".") and word in ABBREVIATIONS and (word != "no" or tail[:1].isdigit()):
            continue
        if head.endswith("...") and tail[:1].islower():
            continue
        return head, tail
    return None


def clean_sentence(text: str, *, ended: bool = True) -> str | None:
    """One sentence ready to be spoken, or ``None`` when it says nothing.

    Args:
        text: what the model wrote.
        ended: the turn ended here, so a missing full stop may be added; otherwise a sentence without one is cut off.
    """
    text = _SMILEY.sub(" ", _MARKUP.sub(" ", text.translate(_QUOTES)))
    text = "".join(sign for sign in text if unicodedata.category(sign)[0] not in "SC" or sign in " +=$")
    text = " ".join(text.split())
    text = re.sub(r"\.\.\.+", "...", re.sub(r"([!?])[!?.]+", r"\1", text))
    for pair in ('""', "()", "[]"):
        # A quotation or bracket that does not close within the sentence reads badly.
        if text.count(pair[0]) % 2 if pair == '""' else text.count(pair[0]) != text.count(pair[1]):
            text = text.replace(pair[0], "").replace(pair[1], "")
    text = text.strip(" -*_#,;:/|~")
    if not any(sign.isalpha() for sign in text):
        return None
    text = re.sub(r"\bi(?=\b(?!\.\w))", "I", text)
    text = re.sub(r"\s+([,.!?;])", r"\1", text)
    if text.rstrip("\"')]")[-1:] not in {".", "!", "?"}:
        if not ended:
            return None
        text += "?" if words_of(text)[0] in QUESTION_WORDS else "."
    first = next(i for i, sign in enumerate(text) if sign.isalnum())
    return text[:first] + text[first].upper() + text[first + 1 :]


def is_echo(sentence: str, heard: str) -> bool:
    """Whether the sentence only says again what was heard, or most of it."""
    said, known = words_of(sentence), words_of(heard)
    if len(said) < _FEWEST_ECHOED_WORDS or len(known) < _FEWEST_ECHOED_WORDS:
        return False
    if said == known:
        return True
    shared = len(set(said) & set(known))
    return shared >= 0.85 * len(set(said)) and shared >= 0.85 * len(set(known))


def usable_history(history: str) -> bool:
    """Whether an earlier reply may be shown to the model: an empty or interrupted one teaches it to break off."""
    text = history.strip()
    return any(sign.isalpha() for sign in text) and not text.endswith(("…", "..."))
