"""From a stream of generated text to whole, clean sentences, and what is refused. Plain Python."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from ..core.errors import TextError
from ..text_to_phones.rules.stage_directions import STAGE_DIRECTION
from ..text_to_phones.sentence_ends import ends_sentence

CHARACTERS_PER_SECOND: Final = 14.0
"""Of spoken English: about 160 words a minute (Tauroza and Allison, *Speech Rates in British English*, 1990)."""

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

ALARM: Final = re.compile(
    r"\b(?:crisis line|helpline|hotline|emergency (?:services?|numbers?)|poison control|suicid\w*|ending your life"
    r"|kill(?:ing)? yourself|dark place|not to blame|call the police|tell (?:someone|somebody) you trust)\b",
    re.IGNORECASE,
)
"""What is said to somebody in danger."""
TROUBLE_WORDS: Final = """
abus accident afraid alive alone ambulance anxi attack awful bad beat bite bitten blackmail bleed blood bomb break
breath bridge broke bullied bully burglar burn chest chok crash cried cry cut danger dead death depress despair die
died dizzy doctor drink drown drug drunk dying eat emergency empty end explo faint fear fell fever fight fire
followed forced fright gas gave_up give_up gone grief griev gun hack hang harm hate heart help hit hopeless hospital
hungry hurt ill jump kick kidnap kill knife leave live lonely lost lump miss mugged murder myself no_one nobody
nothing numb overdos pain panic pass_out pill point poison police pregnan push rape rapist relapse rob ruin sad scam
scar seizure sex shak shoot shot sick sinking slap smoke sober stab stalk starv steal stole stop strangl stroke
stuck suffer suicid survive swallow terrible terrif threat tired touch trap trouble unconscious violen vomit weapon
weep without_me worse worthless wound wreck yell yourself
"""
"""Beginnings of words of whoever may be in danger, ill, sad or in want: rather too many than too few; _ is a space."""
TROUBLE: Final = re.compile(rf"\b(?:{'|'.join(TROUBLE_WORDS.split()).replace('_', ' ')})", re.IGNORECASE)


def clean_prompt(text: str, most_characters: int) -> str:
    """The user's text on one line, without emoji and control signs; of a long text the end, where the question is.

    Raises:
        TextError: nothing is left that could be answered.
    """
    text = unicodedata.normalize("NFC", text[-most_characters:].translate(_QUOTES))
    text = _MARKUP.sub(" ", text)
    text = " ".join("".join(sign if _is_kept(sign) else " " for sign in text).split())
    if not any(sign.isalnum() for sign in text):
        raise TextError("Type some words first: there is nothing in the prompt that could be answered.")
    return text


def _is_kept(sign: str) -> bool:
    """Keep letters, figures, punctuation, and the signs that the voice has words for: money, arithmetic, degrees.

    Unicode's categories S* hold these and emoji, C* control signs, surrogates and joiners.
    """
    category = unicodedata.category(sign)
    return category[0] not in "SC" or (category in {"Sc", "Sm"} and sign not in "|~") or sign in "^°"


def words_of(text: str) -> list[str]:
    """Lower-cased words without punctuation."""
    return _WORD.findall(text.lower().translate(_QUOTES))


def split_first(text: str) -> tuple[str, str] | None:
    """Part the first sentence from what follows, or ``None`` while its end cannot be seen yet.

    A sentence has ended when the next one has begun, so that ``3.5`` and ``Dr. Who`` stay whole. A full stop before a
    small letter ends nothing, unless the whole text is written in small letters.
    """
    in_small_letters = text == text.lower()
    for match in _END.finditer(text):
        head, tail = text[: match.end()], text[match.end() :].lstrip()
        if head.endswith("...") and tail[:1].islower():
            continue
        if head.endswith(".") and not _ends_in_dot(text, match, in_small_letters=in_small_letters):
            continue
        return head, tail
    return None


def _ends_in_dot(text: str, match: re.Match[str], *, in_small_letters: bool) -> bool:
    """Tell whether the full stop of a match ends a sentence; small letters are judged as if a capital followed."""
    if in_small_letters:
        next_letter = next((i for i in range(match.end(), len(text)) if text[i].isalpha()), len(text))
        text = text[:next_letter] + text[next_letter : next_letter + 1].upper() + text[next_letter + 1 :]
    return ends_sentence(text, match.end())


def _says_something(text: str) -> bool:
    """Tell a sentence of words or arithmetic from stage directions, punctuation and the numbers of lists (“2.”)."""
    spoken = STAGE_DIRECTION.sub("", text)
    has_figures = any(sign.isdigit() for sign in spoken)
    return any(sign.isalpha() or (has_figures and unicodedata.category(sign)[0] == "S") for sign in spoken)


def clean_sentence(text: str, *, ended: bool = True) -> str | None:
    """One sentence ready to be spoken, or ``None`` when it says nothing.

    Args:
        text: what the model wrote.
        ended: the turn ended here, so a missing full stop may be added; otherwise a sentence without one is cut off.
    """
    text = _SMILEY.sub(" ", _MARKUP.sub(" ", text.translate(_QUOTES)))
    text = "".join(sign for sign in text if _is_kept(sign))
    text = " ".join(text.split())
    text = re.sub(r"\.\.\.+", "...", re.sub(r"([!?])[!?.]+", r"\1", text))
    for pair in ('""', "()", "[]"):
        # A quotation or bracket that does not close within the sentence reads badly.
        if text.count(pair[0]) % 2 if pair == '""' else text.count(pair[0]) != text.count(pair[1]):
            text = text.replace(pair[0], "").replace(pair[1], "")
    if text.count("*") % 2:
        text = text.replace("*", "")
    text = text.strip(" -_#,;:/|~")
    if not _says_something(text):
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
    """Tell whether the sentence only says again what was heard, or most of it."""
    said, known = words_of(sentence), words_of(heard)
    if len(said) < _FEWEST_ECHOED_WORDS or len(known) < _FEWEST_ECHOED_WORDS:
        return False
    if said == known:
        return True
    shared = len(set(said) & set(known))
    return shared >= 0.85 * len(set(said)) and shared >= 0.85 * len(set(known))


def is_false_alarm(sentence: str, heard: str) -> bool:
    """Tell whether a sentence speaks to somebody in danger, where nothing that was heard has to do with trouble."""
    return bool(ALARM.search(sentence)) and not TROUBLE.search(heard)


def usable_history(history: str) -> bool:
    """Tell whether an earlier reply may be shown to the model: an empty or interrupted one teaches it to break off."""
    text = history.strip()
    return any(sign.isalpha() for sign in text) and not text.endswith(("…", "..."))
