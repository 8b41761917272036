"""What the user has told in this talk, to be said back: their name, age, home, work, and what is theirs.

A small language model does not copy a name that it never saw. These are patterns of plain English, no understanding:
a fact that is worded otherwise is left to the language model.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from typing import Final

from .known_answers import TALK, KnownAnswer
from .persona import Turn

NAME, AGE, HOME, WORK, COLOUR = "name", "age", "home", "work", "colour of "
"""Keys of what is not simply “my …”; the last one is followed by a thing."""

COLOURS: Final = frozenset({
    "red", "green", "blue", "yellow", "orange", "purple", "violet", "pink", "brown", "black", "white", "grey", "gray",
    "gold", "golden", "silver", "turquoise", "beige", "cyan", "magenta",
})  # fmt: skip

NO_NAMES: Final = frozenset({
    "american", "british", "english", "scottish", "irish", "welsh", "french", "german", "dutch", "danish", "swedish",
    "norwegian", "finnish", "polish", "czech", "russian", "ukrainian", "italian", "spanish", "portuguese", "greek",
    "turkish", "swiss", "austrian", "belgian", "indian", "chinese", "japanese", "korean", "canadian", "australian",
    "mexican", "brazilian", "african", "european", "asian", "christian", "muslim", "jewish", "ok", "okay", "sorry",
})  # fmt: skip
"""Words that follow “I am” with a capital and are no name (Christian may be one: it is not guessed at)."""

_VALUE: Final = r"(?P<value>[^.,;!?\n]+)"
_PROPER: Final = r"(?P<value>[A-Z][\w'-]*(?: [A-Z][\w'-]*)?)"
_THING: Final = r"(?P<thing>[a-z]+(?: [a-z]+)?)"

STATEMENTS: Final[tuple[tuple[str, re.Pattern[str]], ...]] = (
    (NAME, re.compile(rf"\b(?i:my name is|my name's|i am called|i'm called|people call me|call me) {_PROPER}")),
    (NAME, re.compile(rf"\b(?:I'm|I am|i'm|i am) {_PROPER}(?=[.,!?]|$| and\b)")),
    (AGE, re.compile(r"\b(?:i'm|i am) (?P<value>\d{1,3}|[a-z-]+)(?: years old| years of age)", re.IGNORECASE)),
    (HOME, re.compile(rf"\bi live in {_VALUE}", re.IGNORECASE)),
    (WORK, re.compile(r"\bi work as (?P<value>an? [^.,;!?\n]+)", re.IGNORECASE)),
    ("", re.compile(rf"\bmy {_THING} (?:is called|is named|are called|are named) {_VALUE}", re.IGNORECASE)),
    ("", re.compile(rf"\bmy {_THING}'s name is {_VALUE}", re.IGNORECASE)),
    ("", re.compile(rf"\bthe name of my {_THING} is {_VALUE}", re.IGNORECASE)),
    ("", re.compile(rf"\bi (?:have|got|own|adopted) an? {_THING},? (?:called|named) {_VALUE}", re.IGNORECASE)),
    ("", re.compile(rf"\bmy {_THING} (?:is|are) (?!called\b|named\b){_VALUE}", re.IGNORECASE)),
)
"""Key and pattern; an empty key means “my …”."""
COLOURED: Final = re.compile(
    rf"\bi (?:have|got|own|bought|wear) (?:an? |some )?(?P<value>{'|'.join(sorted(COLOURS))}) (?P<thing>[a-z]+)",
    re.IGNORECASE,
)

_END: Final = r"(?: again| please| by the way)*$"
QUESTIONS: Final[tuple[tuple[str, re.Pattern[str]], ...]] = (
    (
        NAME,
        re.compile(
            r"^(?:(?:and |so )?(?:what is|what's|what was|do you (?:still )?(?:know|remember)|tell me|say) my name"
            rf"|who am i|do you (?:still )?(?:know|remember) (?:who i am|what i am called)|what am i called){_END}"
        ),
    ),
    (AGE, re.compile(rf"^(?:how old am i|what is my age|do you (?:know|remember) how old i am){_END}")),
    (HOME, re.compile(rf"^(?:where do i live|where is my home|do you (?:know|remember) where i live){_END}")),
    (
        WORK,
        re.compile(rf"^(?:what do i do(?: for a living)?|what is my (?:job|work|profession)|what do i work as){_END}"),
    ),
    (COLOUR, re.compile(rf"^what colou?r (?:is|are|was) my (?P<thing>[a-z]+(?: [a-z]+)?){_END}")),
    ("", re.compile(rf"^(?:what is|what's|what was|what are) the name of my (?P<thing>[a-z]+(?: [a-z]+)?){_END}")),
    (
        "",
        re.compile(
            r"^(?:what is|what's|what was|what are|what did i call|do you (?:still )?(?:know|remember)) my"
            rf" (?P<thing>[a-z]+(?: [a-z]+)??)(?:'s name| called| named)?{_END}"
        ),
    ),
)
"""Key and pattern of what is asked, in small letters without a sign at the end."""

ANSWERS: Final[dict[str, tuple[str, ...]]] = {
    NAME: ("Your name is {value}.", "You are {value}. I have not forgotten."),
    AGE: ("You told me that you are {value}.", "You are {value} years old."),
    HOME: ("You live in {value}.", "You told me that you live in {value}."),
    WORK: ("You work as {value}.", "You told me that you work as {value}."),
    "": ("Your {thing} is {value}.", "You told me: your {thing} is {value}."),
}
MANY: Final = ("Your {thing} are {value}.", "You told me: your {thing} are {value}.")
"""For things that end in s, such as shoes."""

_TURNED: Final = {"my": "your", "mine": "yours", "our": "our", "me": "you", "myself": "yourself"}
"""First person → second."""


def find_told(prompt: str, history: Sequence[Turn], seed: int = 0) -> KnownAnswer | None:
    """Return the answer to a question about what the user has told; the last telling counts.

    Args:
        prompt: what was asked.
        history: what was said before, pairs of the user's words and the reply, oldest first.
        seed: chooses among the wordings of the answer.
    """
    asked = re.sub(r"\s+", " ", prompt.replace("’", "'")).strip(" .!?").lower()
    for key, pattern in QUESTIONS:
        if question := pattern.match(asked):
            wanted = key + _thing(question)
            for human, _ in reversed(history):
                for told, value, words in reversed(list(_statements(human.replace("’", "'")))):
                    if told == wanted:
                        return KnownAnswer(_answer(key, _thing(question), value, seed), words, source=TALK)
    return None


def _statements(text: str) -> Iterator[tuple[str, str, str]]:
    """Yield what a turn tells, in the order of its words: key, value and the words themselves."""
    found = []
    for key, pattern in STATEMENTS:
        for match in pattern.finditer(text):
            value = match["value"].strip()
            if key == NAME and value.lower() in NO_NAMES:
                continue
            found.append((match.start(), key + _thing(match), value, match[0]))
            if key == "" and COLOURS.intersection(re.findall(r"[a-z]+", value.lower())):
                found.append((match.start(), COLOUR + _thing(match), value, match[0]))
    found += [(m.start(), COLOUR + _thing(m), m["value"], m[0]) for m in COLOURED.finditer(text)]
    for _, key, value, words in sorted(found, key=lambda entry: entry[0]):
        if not re.search(r"\b(?:i|i'm|we)\b", value.lower()):
            yield key, value, words


def _thing(match: re.Match[str]) -> str:
    """The thing that a pattern names, spelt in one way; empty where it names none."""
    thing = match.groupdict().get("thing") or ""
    return thing.lower().replace("favorite", "favourite").replace("color", "colour")


def _answer(key: str, thing: str, value: str, seed: int) -> str:
    turned = " ".join(_TURNED.get(word.lower(), word) for word in value.split())
    wordings = ANSWERS["" if key == COLOUR else key]
    if thing.endswith("s") and not thing.endswith("ss"):
        wordings = MANY
    return random.Random(seed).choice(wordings).format(thing=thing, value=turned)
