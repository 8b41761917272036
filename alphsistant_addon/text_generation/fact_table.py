"""Facts from tables: capitals, places, languages, elements, opposites, animals, the calendar, everyday things.

The table is made by ``blender_assets/language_model/recipe/fact_table.py``. A question has to fit a wording from its
first to its last word, and what it asks about has to stand in the table: a wrong answer is worse than none.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from pathlib import Path
from typing import Final

from ..core.assets import asset_folder
from ..core.errors import AssetError
from .arithmetic import NoSumError, work_out, written
from .dates import weekday_of
from .known_answers import FACTS, WORKED_OUT, KnownAnswer

FILE: Final = "facts.json"
"""Beside the shipped language model."""

_POLITE: Final = re.compile(
    r"^(?:(?:please|hey|hi|hello|ok|okay|so|well|now|and|alphsistant|tell me|(?:can|could|would|will) you (?:please )?"
    r"(?:tell me)?|do you know|i want to know|i wonder)[, ]+)+|[, ]+(?:please|now|alphsistant|thanks|thank you)$"
)
"""What may stand around a question."""
_IS: Final = r"(?:is|'s|are)"
_WHAT: Final = rf"what ?{_IS} "
_KEY: Final = r"(?:the )?(?P<key>.+?)"
_ONE: Final = r"(?:an? |the |one )?"

WORDINGS: Final[tuple[tuple[str, str], ...]] = (
    ("capital", rf"(?:(?:what|which)(?: city)? ?{_IS} )?(?:the )?capital(?: city)? of {_KEY}"),
    ("capital", rf"name the capital(?: city)? of {_KEY}"),
    ("capital", rf"(?:{_WHAT})?{_KEY}'s? capital(?: city)?"),
    ("place", rf"(?:where {_IS}|(?:on|in) (?:what|which) continent is|(?:what|which) continent is) {_KEY}(?: in| on)?"),
    ("place", rf"where in the world is {_KEY}"),
    ("language", rf"(?:what|which) languages? (?:is|are) spoken in {_KEY}"),
    ("language", rf"(?:what|which) language do (?:they|people) speak in {_KEY}"),
    ("language", rf"{_WHAT}the (?:official )?language of {_KEY}"),
    ("symbol", rf"{_WHAT}the (?:chemical )?(?:symbol|sign) (?:of|for) {_KEY}"),
    ("sign", rf"(?:what|which) (?:chemical )?element (?:is|has the (?:symbol|sign)) {_KEY}"),
    ("sign", rf"what does {_KEY} stand for in chemistry"),
    ("opposite", rf"(?:{_WHAT})?(?:the |an )?(?:opposite|contrary|antonym) of {_KEY}"),
    ("opposite", rf"(?:tell|say|give|name) (?:me )?the opposite of {_KEY}"),
    ("young", rf"{_WHAT}an? (?:young|baby) {_KEY} called"),
    ("young", rf"what (?:do you|do we|do people) call an? (?:young|baby) {_KEY}"),
    ("young", rf"{_WHAT}the name (?:for|of) an? (?:young|baby) {_KEY}"),
    ("group", rf"{_WHAT}an? group of {_KEY} called"),
    ("group", rf"what (?:do you|do we|do people) call an? group of {_KEY}"),
    ("group", rf"{_WHAT}the (?:word|name|collective noun) for an? group of {_KEY}"),
    ("after", rf"(?:what|which)(?: day| month)? (?:comes|follows|is)(?: right)? after {_KEY}"),
    ("after", rf"{_WHAT}the (?:day|month) after {_KEY}"),
    ("before", rf"(?:what|which)(?: day| month)? (?:comes|is)(?: right)? before {_KEY}"),
    ("before", rf"{_WHAT}the (?:day|month) before {_KEY}"),
    ("days", rf"how many days (?:has|are in|are there in) {_KEY}(?: got)?"),
    ("days", rf"how many days does {_KEY} have"),
    ("length", rf"how many (?P<part>[a-z]+) (?:are|are there) in {_ONE}(?P<key>.+)"),
    ("length", rf"how many (?P<part>[a-z]+) (?:has|make|make up) {_ONE}(?P<key>.+)"),
    ("length", rf"how many (?P<part>[a-z]+) does {_ONE}(?P<key>.+) have"),
)
"""Kinds of the table, and how they are asked for; those who know more come first."""

THINGS: Final[tuple[str, ...]] = (
    rf"what ?{_IS} (?:an? )?(?P<key>.+)",
    r"what does (?:the word )?(?P<key>.+) mean",
    r"(?:define|explain what) (?:an? )?(?P<key>.+?)(?: is)?",
    r"what is meant by (?:an? )?(?P<key>.+)",
)
"""How people ask what a thing is. “What is the station” means a certain one, so that article is left to others."""

SAME: Final = {
    "usa": "united states", "us": "united states", "u.s": "united states", "u.s.a": "united states",
    "america": "united states", "united states of america": "united states", "uk": "united kingdom",
    "u.k": "united kingdom", "great britain": "united kingdom", "britain": "united kingdom",
    "holland": "netherlands", "czechia": "czech republic", "uae": "united arab emirates", "burma": "myanmar",
    "cote d'ivoire": "ivory coast", "türkiye": "turkey", "aluminum": "aluminium", "sulphur": "sulfur",
}  # fmt: skip
"""Other names, where the table has the one beside it."""

NO_SUM: Final = re.compile(
    r"9 ?[/-] ?11|24/7|7[-/]11|50[/-]50|20/20|\d{1,4}[-/]\d{1,2}[-/]\d{1,4}|\d{3}-\d{3,}|\d{4}-\d{4}|\d+(?:-\d+){2,}"
)
"""Dates, numbers to call and figures of speech that look like a sum."""
_ASKED_TO_RECKON: Final = re.compile(
    rf"(?:{_WHAT}|what ?{_IS} the (?:result|sum) of |how much {_IS} |calculate |compute |work out )?(?P<sum>.+?)"
    r"(?: equals?| make| makes| ?=| is)?"
)


class Facts:
    """The table, and what can be worked out."""

    def __init__(self, table: dict[str, dict[str, str]]) -> None:
        """Keep the table: by kind, then by key, a sentence."""
        self._table = table

    @classmethod
    def load(cls, path: Path | None = None) -> Facts:
        """Read the table, the shipped one by default.

        Raises:
            AssetError: it is missing or damaged.
        """
        path = path or asset_folder("language_model") / FILE
        try:
            table = json.loads(path.read_text(encoding="utf-8"))
            kinds = {kind for kind, _ in WORDINGS} | {"thing"}
            whole = all(isinstance(text, str) for kind in kinds for text in table[kind].values())
        except OSError as error:
            raise AssetError(f"The table of facts “{path}” cannot be read: {error.strerror or error}.") from error
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise AssetError(f"The file “{path}” is damaged: install the add-on again from its zip.") from error
        if not whole:
            raise AssetError(f"The file “{path}” is damaged: install the add-on again from its zip.")
        return cls(table)

    def find(self, prompt: str, today: dt.date) -> KnownAnswer | None:
        """Return what is known for certain, or can be worked out; ``None`` if that is nothing."""
        asked = asked_of(prompt)
        return self._in_table(asked) or _sum(asked) or _weekday(asked, today)

    def find_thing(self, prompt: str) -> KnownAnswer | None:
        """Return what a thing or an element is; ``None`` if it is not in the table."""
        asked = asked_of(prompt)
        for wording in THINGS:
            if (match := re.fullmatch(wording, asked)) and (found := self._entry("thing", match["key"])):
                return found
        return None

    def _in_table(self, asked: str) -> KnownAnswer | None:
        for kind, wording in WORDINGS:
            match = re.fullmatch(wording, asked)
            if match is not None:
                part = match.groupdict().get("part")
                key = f"{part}|{match['key']}" if part else match["key"]
                if found := self._entry(kind, key):
                    return found
        return None

    def _entry(self, kind: str, key: str) -> KnownAnswer | None:
        text = self._table[kind].get(key) or self._table[kind].get(SAME.get(key, ""))
        return KnownAnswer(text, f"{kind}: {key.replace('|', ' in ')}", source=FACTS) if text else None


def asked_of(prompt: str) -> str:
    """Write a question in small letters, with single blanks, no sign at its end and nothing polite around it."""
    found = " ".join(prompt.lower().replace("’", "'").replace('"', "").split()).strip(" .!?,")
    while (shorter := _POLITE.sub("", found).strip(" ,")) not in {found, ""}:
        found = shorter
    return found


def _sum(asked: str) -> KnownAnswer | None:
    """Work out a sum that is asked for and nothing else."""
    match = _ASKED_TO_RECKON.fullmatch(asked)
    if match is None or NO_SUM.fullmatch(match["sum"].strip()):
        return None
    try:
        value = written(work_out(match["sum"]))
    except NoSumError:
        return None
    return KnownAnswer(f"{match['sum'][0].upper()}{match['sum'][1:]} is {value}.", match["sum"], source=WORKED_OUT)


def _weekday(asked: str, today: dt.date) -> KnownAnswer | None:
    found = weekday_of(asked, today)
    return KnownAnswer(found, asked, source=WORKED_OUT) if found else None
