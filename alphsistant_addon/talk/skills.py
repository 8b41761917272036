"""Small commands and skills: exact, offline, tried before the language model. A table of small functions.

A skill looks at what was said and returns an :class:`Answer`, or ``None`` if it is not meant. None of them does
anything: what is to change is in the answer, and the conversation does it once the answer is given. A pattern has to
fit all that was said, so that “stop the war” is no command.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from ..lip_sync.moods import MOODS
from ..text_generation.arithmetic import NoSumError, work_out, written
from ..text_generation.dates import MONTHS, WEEKDAYS, weekday_of
from .measures import convert

Command: TypeAlias = Literal["", "repeat", "stop"]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a skill answers."""

    text: str = ""
    """Spoken; empty if nothing is."""
    command: Command = ""
    rate: float = 1.0
    """The voice's rate is multiplied by this from now on."""
    loudness: float = 0.0
    """dB that are added from now on."""
    mood: str = ""
    """The face's mood from now on."""


@dataclass(frozen=True, slots=True)
class Skill:
    """One row of the table."""

    name: str
    example: str
    """What somebody says to use it; also the answer to “What can you do?”."""
    answer: Callable[[str, dt.datetime], Answer | None]
    """Gets what was said, as :func:`plain` writes it, and the moment."""


_POLITE: Final = re.compile(
    r"^(?:(?:please|hey|ok|okay|alphsistant|well|now|so|and|can you|could you|would you|will you|tell me)[, ]+)+"
    r"|[, ]+(?:please|for me|now|alphsistant|thank you|thanks)$"
)
"""What may stand around a command."""

SLOWER, FASTER = 0.85, 1.18
"""Factors of the rate: each undoes the other."""
STEP_OF_LOUDNESS: Final = 4.0
"""dB."""

IN_DANGER: Final = "If you are in danger, please call the emergency services where you live, or a person you trust. "
"""Comes before all else where somebody says nothing but “help”: nobody knows whether it is a question."""

_NO_SUM: Final = re.compile(r"\+?[\d ()]*\d\)?(?:[-–/]\d+)+")
"""A date, a telephone number, a pair like “24/7”: figures with a sign and no blank between them."""

_MOOD_WORDS: Final[dict[str, str]] = {
    "happy": "happy", "cheerful": "happy", "glad": "happy", "sad": "sad", "unhappy": "sad", "angry": "angry",
    "cross": "angry", "surprised": "surprised", "astonished": "surprised", "neutral": "neutral", "calm": "neutral",
    "normal": "neutral", "yourself": "neutral",
}  # fmt: skip
"""Words for the moods of ``lip_sync``."""

_MOOD_ANSWERS: Final[dict[str, str]] = {
    "happy": "With pleasure! I am happy now.",
    "sad": "All right. I am sad now.",
    "angry": "Very well. I am angry now.",
    "surprised": "Oh! I am surprised now.",
    "neutral": "All right. I am calm again.",
}


def plain(text: str) -> str:
    """Small letters, single blanks, no sign at the end, nothing polite around it."""
    found = re.sub(r"\s+", " ", text.lower().replace("’", "'")).strip(" .!?,")
    found = re.sub(r"[,!?](?=\s)", "", found)
    while (shorter := _POLITE.sub("", found).strip(" ,")) not in {found, ""}:
        found = shorter
    return found


def find_skill(text: str, now: dt.datetime) -> tuple[str, Answer] | None:
    """Return the name and the answer of the first skill that is meant; ``None`` if none is."""
    said = plain(text)
    if not said:
        return None
    for skill in SKILLS:
        answer = skill.answer(said, now)
        if answer is not None:
            return skill.name, answer
    return None


def _when(pattern: str, answer: Answer) -> Callable[[str, dt.datetime], Answer | None]:
    """Answer always the same to what fits the pattern as a whole."""
    compiled = re.compile(pattern)
    return lambda said, _now: answer if compiled.fullmatch(said) else None


def _mood(said: str, _now: dt.datetime) -> Answer | None:
    verbs = "be|look|become|get|act|stay|feel"
    match = re.fullmatch(rf"(?:{verbs}) (?:more |a bit |a little |very )?(\w+)(?: again)?", said)
    mood = _MOOD_WORDS.get(match[1]) if match else None
    return Answer(_MOOD_ANSWERS[mood], mood=mood) if mood in MOODS else None


def _abilities(said: str, _now: dt.datetime) -> Answer | None:
    asked = r"what (?:else )?can (?:you|i) (?:do|say|ask(?: you)?)|what are your (?:skills|commands)|help"
    if not re.fullmatch(asked, said):
        return None
    examples = "; ".join(f"“{skill.example}”" for skill in SKILLS if skill.name != "abilities")
    first = IN_DANGER if said == "help" else ""
    return Answer(f"{first}You can talk with me about anything. And you can say: {examples}.")


def _time(said: str, now: dt.datetime) -> Answer | None:
    if not re.fullmatch(r"what(?:'s| is)? (?:the )?time(?: is it)?(?: right)?|(?:the |what )time|how late is it", said):
        return None
    hour, half = now.hour % 12 or 12, "a.m." if now.hour < 12 else "p.m."
    return Answer(f"It is {hour}:{now.minute:02d} {half}")


def _today(said: str, now: dt.datetime) -> Answer | None:
    asks_date = r"what(?:'s| is)? (?:the |today's )?date(?: is it)?(?: today)?"
    asks_day = r"(?:what|which) (?:day|weekday|day of the week) is (?:it|today)(?: today)?|what(?:'s| is) today"
    if not re.fullmatch(f"{asks_date}|{asks_day}", said):
        return None
    return Answer(f"Today is {WEEKDAYS[now.weekday()]}, {MONTHS[now.month - 1]} {now.day}, {now.year}.")


def _weekday(said: str, now: dt.datetime) -> Answer | None:
    found = weekday_of(said, now.date())
    return Answer(found) if found else None


def _units(said: str, _now: dt.datetime) -> Answer | None:
    found = convert(said)
    return Answer(found) if found else None


def _sum(said: str, _now: dt.datetime) -> Answer | None:
    asked = "what is |what's |what are |how much is |how much are |calculate |compute |work out "
    match = re.fullmatch(f"(?:{asked})?(.+)", said)
    if match is None or not re.search(r"[\d)]|[a-z] ", match[1]) or _NO_SUM.fullmatch(said):
        return None
    try:
        value = work_out(match[1])
    except NoSumError:
        return None
    return Answer(f"{match[1][0].upper()}{match[1][1:]} is {written(value)}.")


SKILLS: Final[tuple[Skill, ...]] = (
    Skill("repeat", "Say that again", _when(
        r"(?:say|repeat) (?:that|it|this)(?: again| once more)?|repeat|again|say again|once more|come again"
        r"|what did you say|pardon(?: me)?|(?:i beg your|beg your) pardon",
        Answer(command="repeat"))),
    Skill("stop", "Stop", _when(
        r"stop(?: it| that| talking| speaking)?|be quiet|be silent|silence|shut up|quiet|enough|that is enough"
        r"|that's enough|hush", Answer(command="stop"))),
    Skill("slower", "Slower", _when(
        r"(?:(?:speak|talk|go) )?(?:a bit |a little |more )?(?:slower|slowly|slow down)|slow down|you are too fast",
        Answer("All right, I will speak more slowly.", rate=SLOWER))),
    Skill("faster", "Faster", _when(
        r"(?:(?:speak|talk|go) )?(?:a bit |a little |more )?(?:faster|quicker|quickly)|speed up|you are too slow",
        Answer("All right, I will speak faster.", rate=FASTER))),
    Skill("louder", "Louder", _when(
        r"(?:(?:speak|talk) )?(?:a bit |a little |more )?(?:louder|loudly)|speak up|volume up|i can(?:not|'t) hear you",
        Answer("All right, I will speak louder.", loudness=STEP_OF_LOUDNESS))),
    Skill("quieter", "Quieter", _when(
        r"(?:(?:be|speak|talk) )?(?:a bit |a little |more )?(?:quieter|quietly|softer|softly|less loud)|volume down"
        r"|(?:you are )?too loud|not so loud",
        Answer("All right, I will speak more quietly.", loudness=-STEP_OF_LOUDNESS))),
    Skill("mood", "Be happy", _mood),
    Skill("time", "What time is it?", _time),
    Skill("date", "What day is it today?", _today),
    Skill("weekday", "What day was July 4, 1776?", _weekday),
    Skill("units", "How many centimetres are 3 feet?", _units),
    Skill("sum", "What is 12 times 7?", _sum),
    Skill("abilities", "What can you do?", _abilities),
)  # fmt: skip
"""In the order in which they are tried."""
