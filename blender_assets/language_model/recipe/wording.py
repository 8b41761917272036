"""One question in the many ways people type it: contractions, politeness, case, missing signs, typing errors."""

from __future__ import annotations

import random
import re
from typing import Final

CONTRACTIONS: Final = (
    ("I am", "I'm"),
    ("I have", "I've"),
    ("I will", "I'll"),
    ("I would", "I'd"),
    ("you are", "you're"),
    ("it is", "it's"),
    ("that is", "that's"),
    ("he is", "he's"),
    ("she is", "she's"),
    ("we are", "we're"),
    ("they are", "they're"),
    ("what is", "what's"),
    ("what are", "what're"),
    ("who is", "who's"),
    ("where is", "where's"),
    ("how is", "how's"),
    ("there is", "there's"),
    ("do not", "don't"),
    ("does not", "doesn't"),
    ("did not", "didn't"),
    ("is not", "isn't"),
    ("are not", "aren't"),
    ("was not", "wasn't"),
    ("can not", "can't"),
    ("cannot", "can't"),
    ("could not", "couldn't"),
    ("will not", "won't"),
    ("would not", "wouldn't"),
    ("have not", "haven't"),
)
"""Long and short form."""

TEXTING: Final = (
    ("you", "u"),
    ("are", "r"),
    ("your", "ur"),
    ("please", "pls"),
    ("thanks", "thx"),
    ("because", "cos"),
    ("really", "rly"),
    ("want to", "wanna"),
    ("going to", "gonna"),
    ("don't know", "dunno"),
    ("tomorrow", "tmrw"),
    ("okay", "ok"),
)
"""A word and how it is shortened in a text message."""

CALLS: Final = ("Hey, ", "So, ", "Well, ", "Okay, ", "Oh, ", "Hmm, ", "Alphsistant, ", "Listen, ", "Um, ", "Right, ")
"""What people say before they come to the point."""
ASIDES: Final = (
    "Just wondering: ",
    "Quick question: ",
    "One question: ",
    "I have a question. ",
    "Another thing: ",
    "I was wondering, ",
    "Tell me, ",
    "Let me ask you this. ",
)
"""Openings of a question."""
INDIRECT: Final = (
    "Do you know {}?",
    "Can you tell me {}?",
    "Could you tell me {}?",
    "Tell me {}.",
    "Please tell me {}.",
    "I would like to know {}.",
    "I wonder {}.",
    "Do you happen to know {}?",
    "Would you tell me {}?",
    "I want to know {}.",
)
"""Frames of an indirect question."""
ASKING: Final = (
    "Can you {}?",
    "Could you {}?",
    "Could you please {}?",
    "Would you {}?",
    "Please {}.",
    "Will you {}?",
    "I want you to {}.",
    "I would like you to {}.",
    "Can you please {}?",
    "Be so kind and {}.",
)
"""Frames of a request."""
REQUEST: Final = re.compile(
    r"(?:tell|give|write|make|say|explain|sing|describe|invent|name|wish|show|help|teach|read|recite|"
    r"think of|come up with|compose|suggest|create|ask|let me hear|cheer|rephrase|reword|finish|imagine|recommend)\b",
    re.IGNORECASE,
)
WHAT_IS: Final = re.compile(r"(what|who|where|which \w+) (is|are|was|were) (.+)\?", re.IGNORECASE)
QUESTION: Final = re.compile(
    r"(?:what|who|where|when|why|how|which|do|does|did|are|is|can|could|would|will|should|have|has)\b", re.IGNORECASE
)
SUBJECT_CLAUSE: Final = re.compile(r"\b(?:you|i|it|we|they|he|she|that|this|there)\b", re.IGNORECASE)
NEIGHBOURS: Final = {
    "a": "sq", "b": "vn", "c": "xv", "d": "sf", "e": "wr", "f": "dg", "g": "fh", "h": "gj", "i": "uo", "j": "hk",
    "k": "jl", "l": "k", "m": "n", "n": "bm", "o": "ip", "p": "o", "q": "w", "r": "et", "s": "ad", "t": "ry",
    "u": "yi", "v": "cb", "w": "qe", "x": "zc", "y": "tu", "z": "x",
}  # fmt: skip
"""Keys beside each other on an English keyboard."""


def lower_first(text: str) -> str:
    """Begin with a small letter, unless the first word is “I” or a name's kind of word."""
    return text if re.match(r"I\b|[A-Z]\w*[A-Z]|Blender|Alphsistant", text) else text[:1].lower() + text[1:]


def contracted(text: str, rng: random.Random) -> str:
    """Shorten or lengthen the contractions of a text."""
    pairs = CONTRACTIONS if rng.random() < 0.7 else tuple((short, long) for long, short in CONTRACTIONS)
    for old, new in pairs:
        if new == "cannot":
            continue
        match = re.search(rf"\b{old}\b(?!\s*[.?!,]|$)", text, re.IGNORECASE)
        if match is not None:
            word = new if match[0][0].islower() or new[0].isupper() else new[0].upper() + new[1:]
            text = text[: match.start()] + word + text[match.end() :]
    return text


def reframed(text: str, rng: random.Random) -> str:
    """Ask politely or indirectly, or say something before it."""
    if match := REQUEST.match(text):
        core = text.rstrip(".!? ")
        if "." not in core and ":" not in core and "," not in core and match.start() == 0 and rng.random() < 0.7:
            return rng.choice(ASKING).format(lower_first(core))
        return text.rstrip(".!") + rng.choice((", please.", " please", ", will you?")) if ":" not in text else text
    found = WHAT_IS.fullmatch(text)
    if found is not None and not SUBJECT_CLAUSE.match(found[3]) and "?" not in found[3] and rng.random() < 0.7:
        return rng.choice(INDIRECT).format(f"{found[1].lower()} {found[3]} {found[2]}")
    if QUESTION.match(text):
        return rng.choice(CALLS + ASIDES) + lower_first(text)
    return rng.choice(CALLS[:6]) + lower_first(text)


def mistyped(text: str, answer: str, rng: random.Random) -> str:
    """Make one typing error, in a word that the answer does not repeat."""
    known = set(re.findall(r"[a-z']+", answer.lower()))
    places = [m for m in re.finditer(r"[A-Za-z]{4,}", text) if m[0].lower() not in known and not m[0][0].isupper()]
    if not places:
        return text
    place = rng.choice(places)
    i = place.start() + rng.randrange(1, len(place[0]) - 1)
    kind = rng.randrange(4)
    if kind == 0:
        return text[:i] + text[i + 1] + text[i] + text[i + 2 :]
    if kind == 1:
        return text[:i] + text[i + 1 :]
    if kind == 2:
        return text[:i] + text[i] + text[i:]
    return text[:i] + rng.choice(NEIGHBOURS[text[i].lower()]) + text[i + 1 :]


def typed(text: str, answer: str, rng: random.Random) -> str:
    """Type a question as somebody might.

    Args:
        text: the question as it is written in the files.
        answer: what will be answered; the words that it repeats stay free of errors.
        rng: source of the choices.
    """
    if rng.random() < 0.35:
        return text
    if rng.random() < 0.4:
        text = contracted(text, rng)
    if rng.random() < 0.25:
        text = reframed(text, rng)
    if rng.random() < 0.05:
        for long, short in TEXTING:
            if rng.random() < 0.6:
                text = re.sub(rf"\b{long}\b", short, text, flags=re.IGNORECASE)
    if rng.random() < 0.12:
        text = mistyped(text, answer, rng)
    return hasty(text, rng)


def hasty(text: str, rng: random.Random) -> str:
    """Drop capitals and signs, or set more of them, as people do who type fast."""
    case = rng.random()
    if case < 0.25:
        text = text.lower()
    elif case < 0.26:
        text = text.upper()
    sign = rng.random()
    if sign < 0.25:
        text = text.rstrip(".?!")
    elif sign < 0.28 and text[-1] in "?!":
        text += text[-1]
    elif sign < 0.31 and text[-1] == ".":
        text = text[:-1] + "!"
    if rng.random() < 0.04:
        text = text.replace("'", "").replace(",", "")
    return text
