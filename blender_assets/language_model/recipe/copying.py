"""Conversations in which something said earlier is asked back: names, colours, places, things, numbers, plans.

The words are in ``words.txt``. There are many names, some of them made up, so that the network learns to copy what
stands there and not to guess.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from persona import Dialogue

WORDS: Final = {
    name: words.split(", ")
    for name, words in (
        line.split(" = ") for line in Path(__file__).with_name("words.txt").read_text(encoding="utf-8").splitlines()
    )
}
"""What is copied, by kind."""

FILLERS: Final = (
    ("Do you like music?", "I like anything with a good rhythm."),
    ("It is nice today.", "I am glad to hear it."),
    ("I am a little tired.", "Then take a break, and have a glass of water."),
    ("Are you always awake?", "I am awake whenever Blender is."),
    ("I am working on a film.", "How exciting! What is it about?"),
    ("Just a moment.", "Take your time."),
    ("That is interesting.", "I am glad you think so."),
    ("Okay.", "Good. What shall we talk about now?"),
    ("I was away for a minute.", "Welcome back!"),
    ("You are nice.", "Thank you, so are you."),
)
"""What may stand between the telling and the asking, beside exchanges of the text files."""

MADE_UP_SHARE: Final = 0.1
"""Share of the names that nobody bears."""


def made_up(rng: random.Random) -> str:
    """Invent a name of two or three syllables."""
    starts, vowels, ends = [*"bdfghjklmnprstvwz", "br", "dr", "fl", "gr", "tr"], "aeiou", "nlrskxm"
    name = "".join(rng.choice(starts) + rng.choice(vowels) for _ in range(rng.choice((1, 2, 2, 3))))
    return (name + (rng.choice(ends) if len(name) < 4 or rng.random() < 0.4 else "")).capitalize()


def name(rng: random.Random) -> str:
    """Draw a name, sometimes one that nobody bears."""
    return made_up(rng) if rng.random() < MADE_UP_SHARE else rng.choice(WORDS["names"])


def article(word: str) -> str:
    """Put “a” or “an” before a word."""
    return ("an " if word[0] in "aeiou" else "a ") + word


class Told:
    """Something told, the words it is told and asked back with, and the answers."""

    def __init__(
        self, told: Sequence[str], heard: Sequence[str], asked: Sequence[str], answered: Sequence[str]
    ) -> None:
        self.told, self.heard, self.asked, self.answered = told, heard, asked, answered


def own_name(rng: random.Random) -> Told:
    """The user's name."""
    n = name(rng)
    return Told(
        [
            f"My name is {n}.",
            f"I am {n}.",
            f"Hi, I'm {n}.",
            f"I'm called {n}.",
            f"You can call me {n}.",
            f"{n} here.",
            f"Hello, {n} is my name.",
        ],
        [
            f"Nice to meet you, {n}!",
            f"Hello {n}! It is good to have you here.",
            f"What a lovely name, {n}.",
            f"Welcome, {n}! What shall we do today?",
        ],
        [
            "What is my name?",
            "Do you know my name?",
            "What am I called?",
            "Do you remember my name?",
            "Tell me my name.",
            "Say my name.",
            "Who am I?",
        ],
        [f"Your name is {n}.", f"You are {n}.", f"You told me that you are {n}.", f"{n}, of course."],
    )


def coloured(rng: random.Random) -> Told:
    """The colour of a thing."""
    c, t = rng.choice(WORDS["colours"]), rng.choice(WORDS["things"])
    return Told(
        [
            f"I have {article(c)} {t}.",
            f"I bought {article(c)} {t}.",
            f"My {t} is {c}.",
            f"I painted my {t} {c}.",
            f"Someone gave me {article(c)} {t}.",
        ],
        [
            f"{article(c).capitalize()} {t} sounds lovely.",
            f"I like {c}. It would suit a shader.",
            f"A good choice! I can imagine your {c} {t}.",
            "How nice! I wish I could see it.",
        ],
        [
            f"What colour is my {t}?",
            f"Which colour does my {t} have?",
            f"Do you remember the colour of my {t}?",
            f"Is my {t} {c}?",
            f"Tell me the colour of my {t}.",
        ],
        [f"Your {t} is {c}.", f"It is {c}.", f"You said that your {t} is {c}."],
    )


def pet(rng: random.Random) -> Told:
    """A pet's name."""
    a, n = rng.choice(WORDS["animals"]), name(rng)
    return Told(
        [
            f"I have {article(a)} called {n}.",
            f"My {a} is called {n}.",
            f"My {a}'s name is {n}.",
            f"This is {n}, my {a}.",
        ],
        [
            f"{n} is a fine name for {article(a)}.",
            f"Say hello to {n} from me.",
            f"How sweet! What does {n} like to do?",
        ],
        [f"What is my {a} called?", f"What's my {a}'s name?", f"Do you remember the name of my {a}?", f"Who is {n}?"],
        [f"Your {a} is called {n}.", f"{n} is your {a}.", f"Your {a}'s name is {n}."],
    )


def person(rng: random.Random) -> Told:
    """A relative's or friend's name."""
    p, n = rng.choice(WORDS["people"]), name(rng)
    return Told(
        [
            f"My {p} is called {n}.",
            f"My {p}'s name is {n}.",
            f"I have a {p} called {n}." if p[0] not in "aeiou" else f"My {p} is {n}.",
            f"{n} is my {p}.",
        ],
        [
            f"{n} is a nice name. Do you see your {p} often?",
            f"Tell {n} that I said hello.",
            f"I would like to hear more about {n}.",
        ],
        [f"What is my {p} called?", f"What's the name of my {p}?", f"Who is {n}?", f"Do you remember my {p}'s name?"],
        [f"Your {p} is called {n}.", f"{n} is your {p}.", f"You told me about {n}, your {p}."],
    )


def home(rng: random.Random) -> Told:
    """Where the user lives or travels."""
    p = rng.choice(WORDS["places"]) if rng.random() < 0.8 else made_up(rng)
    if rng.random() < 0.5:
        return Told(
            [f"I live in {p}.", f"My home is in {p}.", f"I have just moved to {p}.", f"I am from {p}."],
            [
                f"{p}! What do you like about it?",
                f"I only know {p} from words. Is it noisy or quiet?",
                f"I hope {p} is treating you well.",
            ],
            [
                "Where is my home?",
                "Which place do I come from?",
                "Do you remember where I live?",
                "In which place am I at home?",
            ],
            [f"You live in {p}.", f"You told me that your home is {p}.", f"Your home is in {p}."],
        )
    return Told(
        [
            f"I am going to {p} next week.",
            f"We are travelling to {p} soon.",
            f"My next trip goes to {p}.",
            f"I booked a holiday in {p}.",
        ],
        [
            f"{p} sounds like an adventure. What will you see there?",
            f"Have a wonderful time in {p}!",
            "How exciting! Do not forget your toothbrush.",
        ],
        [
            "Where am I going?",
            "Where does my trip go?",
            "Which place am I going to visit?",
            "Do you remember my travel plans?",
        ],
        [f"You are going to {p}.", f"Your trip goes to {p}.", f"To {p}, if I remember correctly."],
    )


def liking(rng: random.Random) -> Told:
    """A favourite food, hobby or colour."""
    kind, words = rng.choice((("food", WORDS["foods"]), ("hobby", WORDS["hobbies"]), ("colour", WORDS["colours"])))
    w = rng.choice(words)
    return Told(
        [f"My favourite {kind} is {w}.", f"The {kind} I like best is {w}.", f"I have a favourite {kind}: {w}."],
        [
            f"{w.capitalize()} is a good choice.",
            f"I can see why you like {w}.",
            f"{w.capitalize()}! What do you like about it?",
        ],
        [f"What is my favourite {kind}?", f"Which {kind} do I like best?", f"Do you remember my favourite {kind}?"],
        [f"Your favourite {kind} is {w}.", f"You like {w} best.", f"{w.capitalize()}, you told me."],
    )


def work(rng: random.Random) -> Told:
    """The user's or a relative's job."""
    j, p = rng.choice(WORDS["jobs"]), rng.choice(WORDS["people"])
    if rng.random() < 0.5:
        return Told(
            [f"I work as {article(j)}.", f"I am {article(j)}.", f"My job is {j}.", f"I earn my money as {article(j)}."],
            [
                f"{article(j).capitalize()} is always needed. Do you like it?",
                "That sounds like honest work.",
                f"How did you become {article(j)}?",
            ],
            [
                "What is my job?",
                "What do I do for a living?",
                "What is my profession?",
                "Do you remember what I work as?",
            ],
            [f"You are {article(j)}.", f"You work as {article(j)}."],
        )
    return Told(
        [f"My {p} is {article(j)}.", f"My {p} works as {article(j)}."],
        [f"{article(j).capitalize()} in the family, how useful!", "That sounds like a busy life."],
        [f"What does my {p} do?", f"What is my {p}'s job?", f"What does my {p} work as?"],
        [f"Your {p} is {article(j)}.", f"Your {p} works as {article(j)}."],
    )


def count(rng: random.Random) -> Told:
    """A number of things or years."""
    n = rng.choice(WORDS["numbers"])
    if rng.random() < 0.4:
        p = rng.choice(WORDS["people"][:5])
        return Told(
            [f"My {p} is {n} years old.", f"My {p} turned {n} today.", f"My {p} is {n}."],
            [f"{n.capitalize()} is a good age.", f"Greetings to your {p}!"],
            [f"How old is my {p}?", f"What is my {p}'s age?"],
            [f"Your {p} is {n} years old.", f"Your {p} is {n}."],
        )
    t = rng.choice(WORDS["things"])
    t = t + ("es" if t.endswith(("s", "x", "sh", "ch")) else "s")
    return Told(
        [f"I own {n} {t}.", f"I have {n} {t}.", f"There are {n} {t} in my room."],
        [f"{n.capitalize()} {t}! You will never run out.", "That is quite a collection."],
        [f"How many {t} do I have?", f"How many {t} did I tell you about?", f"Do you remember how many {t} I have?"],
        [f"You have {n} {t}.", f"{n.capitalize()}, you said."],
    )


def appointment(rng: random.Random) -> Told:
    """A day on which something happens."""
    d = rng.choice(WORDS["days"])
    e = rng.choice(WORDS["events"])
    return Told(
        [
            f"My {e} is on {d}.",
            f"The {e} is on {d}.",
            f"I have a {e} on {d}." if e[0] != "i" else f"I have an {e} on {d}.",
        ],
        [f"I hope {d} will be a good day.", f"{d} it is. Are you looking forward to it?"],
        [f"When is my {e}?", f"On which day is the {e}?", f"Do you remember when the {e} is?"],
        [f"Your {e} is on {d}.", f"It is on {d}.", f"On {d}."],
    )


KINDS: Final[tuple[tuple[Callable[[random.Random], Told], int], ...]] = (
    (own_name, 7), (coloured, 5), (pet, 2), (person, 1), (home, 3), (liking, 3), (work, 2), (count, 1),
    (appointment, 1),
)  # fmt: skip
"""What is told, and how often."""


def conversation(rng: random.Random, between: Callable[[], Dialogue], longest: int = 2) -> Dialogue:
    """Tell one or two things, talk of something else, and ask one or two of them back.

    Args:
        rng: source of the choices.
        between: an exchange about something else.
        longest: most exchanges between the telling and the asking.
    """
    makers = [maker for maker, _ in KINDS]
    weights = [weight for _, weight in KINDS]
    chosen = list(dict.fromkeys(rng.choices(makers, weights, k=rng.choice((1, 1, 1, 2)))))
    told = [maker(rng) for maker in chosen]
    dialogue: Dialogue = []
    for item in told:
        dialogue += [("human", rng.choice(item.told)), ("self", rng.choice(item.heard))]
    for _ in range(rng.randint(0, longest)):
        dialogue += (
            [("human", (pair := rng.choice(FILLERS))[0]), ("self", pair[1])] if rng.random() < 0.4 else between()
        )
    for item in rng.sample(told, min(len(told), rng.choice((1, 1, 2)))):
        answers = item.answered
        question = rng.choice(item.asked)
        if question.startswith("Is my "):
            answers = [f"Yes, {answers[0][0].lower()}{answers[0][1:]}"]
        elif question.startswith("Who is "):
            answers = [answer for answer in answers if answer.split()[0].rstrip(",") in question] or answers
        dialogue += [("human", question), ("self", rng.choice(answers))]
    return dialogue
