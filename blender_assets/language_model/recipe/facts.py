"""Simple knowledge as exchanges: from the tables of packages, and from the calendar and arithmetic.

Countries come from countryinfo, elements from mendeleev, glosses and opposites from WordNet 3.0, names of young
animals and of groups from the quiz of the BSD games.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from num2words import num2words
from persona import Exchange

FEWEST_PEOPLE: Final = 3_000_000
"""Countries with fewer are left out: the network is small."""
LEFT_OUT: Final = frozenset(
    {"Palestine", "Israel", "Taiwan", "Kosovo", "Hong Kong", "Puerto Rico", "Western Sahara", "North Korea", "Lebanon"}
    | {
        "Serbia and Montenegro",
        "Republic of the Congo",
        "Democratic Republic of the Congo",
        "Georgia",
        "State of Palestine",
        "Palestinian",
    }
)
"""Disputed, ambiguous, or not countries."""
NAMES: Final = {
    "Myanmar (Burma)": "Myanmar", "Burma": "Myanmar", "United States": "the United States",
    "United Kingdom": "the United Kingdom",
    "Netherlands": "the Netherlands", "Philippines": "the Philippines", "Czech Republic": "the Czech Republic",
    "United Arab Emirates": "the United Arab Emirates", "Dominican Republic": "the Dominican Republic",
    "Central African Republic": "the Central African Republic", "Côte d'Ivoire": "Ivory Coast",
    "Türkiye": "Turkey", "Viet Nam": "Vietnam", "Russian Federation": "Russia", "Macedonia": "North Macedonia",
    "Republic of Macedonia": "North Macedonia", "Republic of Ireland": "Ireland",
}  # fmt: skip
"""The package's names, as people say them in a sentence."""
CAPITALS: Final = {
    "Kazakhstan": "Astana", "Burundi": "Gitega", "Myanmar": "Naypyidaw", "Sri Lanka": "Colombo", "Ukraine": "Kyiv",
    "the United States": "Washington", "Tanzania": "Dodoma", "Ivory Coast": "Yamoussoukro", "Bolivia": "Sucre",
    "South Africa": "Pretoria", "Mexico": "Mexico City", "Colombia": "Bogota", "Brazil": "Brasilia",
    "Paraguay": "Asuncion",
    "Costa Rica": "San Jose", "Cameroon": "Yaounde", "Togo": "Lome", "Moldova": "Chisinau", "Yemen": "Sanaa",
    "Mongolia": "Ulaanbaatar", "Kuwait": "Kuwait City", "Guatemala": "Guatemala City", "Panama": "Panama City",
}  # fmt: skip
"""Where the package is out of date, or writes a name as nobody types it."""
SUBREGIONS: Final = {
    "Northern America": "North America", "Central America": "Central America", "South America": "South America",
    "Caribbean": "the Caribbean", "Americas": "the Americas", "Australia and New Zealand": "Oceania",
    "Melanesia": "Oceania",
}  # fmt: skip
LANGUAGES: Final = {
    "fr": "French", "de": "German", "es": "Spanish", "pt": "Portuguese", "it": "Italian", "en": "English",
    "ru": "Russian",
    "ar": "Arabic", "zh": "Chinese", "ja": "Japanese", "ko": "Korean", "nl": "Dutch", "pl": "Polish", "tr": "Turkish",
    "sv": "Swedish", "da": "Danish", "fi": "Finnish", "el": "Greek", "hu": "Hungarian", "cs": "Czech", "ro": "Romanian",
    "uk": "Ukrainian", "vi": "Vietnamese", "th": "Thai", "fa": "Persian", "bg": "Bulgarian", "hr": "Croatian",
    "id": "Indonesian", "is": "Icelandic", "sk": "Slovak", "lt": "Lithuanian", "lv": "Latvian", "sq": "Albanian",
}  # fmt: skip
ELEMENTS: Final = (*range(1, 37), 47, 50, 53, 74, 78, 79, 80, 82, 92)
"""Atomic numbers of the elements people ask about."""
DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS: Final = {
    "January": 31, "February": 28, "March": 31, "April": 30, "May": 31, "June": 30, "July": 31, "August": 31,
    "September": 30, "October": 31, "November": 30, "December": 31,
}  # fmt: skip
LENGTHS: Final = (
    ("seconds", "minute", 60), ("minutes", "hour", 60), ("hours", "day", 24), ("days", "week", 7),
    ("weeks", "year", 52), ("months", "year", 12), ("years", "century", 100), ("years", "decade", 10),
    ("centimetres", "metre", 100), ("metres", "kilometre", 1000), ("grams", "kilogram", 1000),
    ("millimetres", "centimetre", 10), ("items", "dozen", 12), ("minutes", "half an hour", 30), ("days", "year", 365),
)  # fmt: skip
LEAST_TAGS: Final = 9
"""How often WordNet's own texts must use a thing in its first sense."""
LEAST_OPPOSITE_TAGS: Final = 6
LEXICAL_FILES: Final = {"05": "animal", "06": "artifact", "08": "body", "13": "food", "20": "plant", "17": "object"}
"""WordNet's numbers for the kinds of nouns that can be pointed at (``lexnames``)."""
MEANING_FILES: Final = frozenset(
    {"05", "06", "08", "13", "17", "20", "04", "12", "18", "19", "27", "28", "09", "10", "07"}
)
"""Kinds of nouns for :func:`meanings`: also acts, feelings, persons, substances, times, thoughts, words …"""
COMMON_FILES: Final = frozenset({"13"})
"""Kinds of which words are taken too that WordNet's own texts do not use: food."""
ABSTRACT_FILES: Final = frozenset({"04", "12", "19", "27", "28", "09", "10", "07"})
"""Kinds whose nouns mostly take no article."""
UNSUITABLE: Final = re.compile(
    r"genital|sex|breast|buttock|gun|weapon|explos|bomb|rifle|testic|nude|tobacco|cigar|liquor|beer|wine|alcohol|"
    r"worship|god|church|kill|corpse|rectum|anus|excre|urin|feces|penis|vagina|slang|informal|uncomplimentary|member of"
)


MASS_NOUNS: Final = frozenset(
    {"art", "milk", "honey", "soap", "coffee", "clothing", "furniture", "equipment", "hay", "cloth", "fabric", "sweat"}
    | {"pottery", "machinery", "skin"}
)
"""They take no article."""
TOO_RARE: Final = frozenset(
    {"agent", "anode", "bronchiole", "bunk", "canteen", "drug", "feed", "manifold", "opium", "pistol", "serum", "plant"}
    | {"subsection", "thyroid", "transducer", "disc", "product", "device", "chicken", "seed", "slope", "machinery"}
)
"""Words whose first sense is not what people mean, or that nobody asks a talking face about."""


class Noun(NamedTuple):
    """The first sense of a noun."""

    word: str
    kind: str
    gloss: str
    tags: int
    senses: int


def spoken(number: int) -> str:
    """Write a number as it is said."""
    return str(num2words(number)).replace(",", "")


def capital(text: str) -> str:
    """Begin with a capital."""
    return text[:1].upper() + text[1:]


def with_article(word: str) -> str:
    """Put “a” or “an” before a word."""
    return ("an " if word[0].lower() in "aeiou" and not word.startswith(("uni", "use", "eu")) else "a ") + word


def countries(package: Path) -> Iterator[Exchange]:
    """Capital, continent and language of the larger countries, from countryinfo's JSON files."""
    for path in sorted((package / "data").glob("*.json")):
        data = json.loads(path.read_text(encoding="utf-8"))
        name, city = data.get("name", ""), data.get("capital") or ""
        if name in LEFT_OUT or (data.get("population") or 0) < FEWEST_PEOPLE or not city:
            continue
        name = NAMES.get(name, name)
        city = CAPITALS.get(name, city)
        if not (name + city).replace("-", "").replace(" ", "").isascii() or "(" in name:
            continue
        yield Exchange(
            "capital",
            [
                f"What is the capital of {name}?",
                f"Which city is the capital of {name}?",
                f"Tell me the capital of {name}.",
                f"Capital of {name}?",
                f"Name the capital city of {name}.",
                f"{capital(name)}'s capital?",
                f"Do you know the capital of {name}?",
            ],
            [f"The capital of {name} is {city}.", f"{city} is the capital of {name}.", f"That is {city}."],
        )
        # Within the Americas the package tells the part in another field than elsewhere.
        region = data.get("intermediateregion") or data.get("subregion") or ""
        region = SUBREGIONS.get(region, data.get("region", ""))
        region = SUBREGIONS.get(region, region)
        yield Exchange(
            "country",
            [f"Where is {name}?", f"On which continent is {name}?", f"Which continent does {name} belong to?"],
            [f"{capital(name)} is in {region}."],
        )
        codes = data.get("languages") or []
        known = [LANGUAGES[code] for code in codes if code in LANGUAGES]
        if len(codes) <= 2 and known and len(known) == len(codes):
            yield Exchange(
                "country",
                [
                    f"Which language is spoken in {name}?",
                    f"What language do they speak in {name}?",
                    f"What is the language of {name}?",
                ],
                [f"In {name} people speak {' and '.join(known)}."],
            )


def elements(package: Path) -> Iterator[Exchange]:
    """Symbols and numbers of the elements, from mendeleev's SQLite file."""
    database = sqlite3.connect(package / "elements.db")
    rows = database.execute("select atomic_number, symbol, name from elements").fetchall()
    database.close()
    for number, symbol, name in rows:
        if number in ELEMENTS:
            yield Exchange(
                "element",
                [f"What is the symbol of {name.lower()}?", f"What's the chemical symbol for {name.lower()}?"],
                [f"The symbol of {name.lower()} is {symbol}."],
            )
            yield Exchange(
                "element",
                [
                    f"Which element is {symbol}?",
                    f"What does {symbol} stand for in chemistry?",
                    f"Which element has the sign {symbol}?",
                ],
                [f"{symbol} is the symbol of {name.lower()}.", f"That is {name.lower()}."],
            )
            yield Exchange(
                "element",
                [f"What is {name.lower()}?", f"What kind of thing is {name.lower()}?"],
                [f"{name} is a chemical element with the symbol {symbol} and the number {spoken(number)}."],
            )


def nouns(folder: Path) -> Iterator[Noun]:
    """First senses of WordNet's single-word nouns (formats: its manual pages wndb(5WN) and cntlist(5WN))."""
    tags: dict[str, int] = {}
    for line in (folder / "cntlist.rev").read_text(encoding="utf-8").splitlines():
        key, _, count = line.split()
        tags[key] = int(count)
    data: dict[str, tuple[str, list[tuple[str, str]], str]] = {}
    for line in (folder / "data.noun").read_text(encoding="utf-8").splitlines():
        if not line.startswith("  "):
            fields, gloss = line.split(" | ", 1)
            head = fields.split()
            count = int(head[3], 16)
            data[head[0]] = (head[1], [(head[4 + 2 * i], head[5 + 2 * i]) for i in range(count)], gloss.strip())
    for line in (folder / "index.noun").read_text(encoding="utf-8").splitlines():
        if line.startswith("  "):
            continue
        head = line.split()
        word, senses = head[0], int(head[2])
        kind, words, gloss = data[head[-senses]]
        numbers = [int(number, 16) for spelling, number in words if spelling == word]
        if word.isalpha() and numbers:
            yield Noun(word, kind, gloss, tags.get(f"{word}%1:{kind}:{numbers[0]:02}::", 0), senses)


def things(folder: Path) -> Iterator[Exchange]:
    """What everyday things are, by WordNet's glosses."""
    for noun in nouns(folder):
        gloss = noun.gloss.split(";")[0].strip()
        if (
            noun.kind not in LEXICAL_FILES
            or noun.tags < LEAST_TAGS
            or noun.senses > 6
            or not 4 <= len(gloss.split()) <= 15
            or re.search(r'["(:`\d]', gloss)
            or UNSUITABLE.search(gloss + " " + noun.word)
            or noun.word.endswith("s")
            or noun.word in TOO_RARE
            or not gloss.startswith(("a ", "an ", "the ", "any ", "one ", "either "))
        ):
            continue
        thing = noun.word if noun.word in MASS_NOUNS else with_article(noun.word)
        yield Exchange(
            "thing",
            [
                f"What is {thing}?",
                f"Explain what {thing} is.",
                f"What does the word {noun.word} mean?",
                f"Define {noun.word}.",
            ],
            [f"{capital(thing)} is {gloss}."],
        )


def meanings(folder: Path) -> Iterator[Exchange]:
    """What thousands of nouns mean, in WordNet's words: not always what people mean, but it ties words together."""
    known = {exchange.questions[0] for exchange in things(folder)}
    for noun in nouns(folder):
        gloss = re.sub(r"\([^)]*\) ?", "", noun.gloss.split(";")[0]).strip()
        if (
            noun.kind not in MEANING_FILES
            or noun.senses > 4
            or (noun.tags < 1 and noun.kind not in COMMON_FILES)
            or not 3 <= len(gloss.split()) <= 14
            or re.search(r'["(:`\d]', gloss)
            or UNSUITABLE.search(gloss + " " + noun.word)
            or not gloss.startswith(("a ", "an ", "the ", "any ", "one ", "either ", "someone ", "something "))
            or len(noun.word) > 12
        ):
            continue
        thing = noun.word if noun.word in MASS_NOUNS or noun.kind in ABSTRACT_FILES else with_article(noun.word)
        if noun.word.endswith("s") or f"What is {thing}?" in known:
            continue
        yield Exchange(
            "meaning",
            [
                f"What is {thing}?",
                f"What does {noun.word} mean?",
                f"What is meant by {noun.word}?",
                f"Define {noun.word}.",
            ],
            [f"{capital(thing)} is {gloss}."],
        )


def antonyms(folder: Path) -> Iterator[tuple[str, str]]:
    """Pairs of adjectives that WordNet calls antonyms."""
    synsets: dict[str, list[str]] = {}
    pointers: list[tuple[str, int, str, int]] = []
    for line in (folder / "data.adj").read_text(encoding="utf-8").splitlines():
        if line.startswith("  "):
            continue
        head = line.split(" | ", 1)[0].split()
        count = int(head[3], 16)
        synsets[head[0]] = [re.sub(r"\(\w+\)", "", head[4 + 2 * i]) for i in range(count)]
        rest = head[4 + 2 * count :]
        for i in range(int(rest[0])):
            symbol, offset, part, ends = rest[1 + 4 * i : 5 + 4 * i]
            if symbol == "!" and part == "a":
                # Two hexadecimal numbers of two digits: which word of this synset, and which of the other.
                number = int(ends, base=16)
                pointers.append((head[0], number // 256 - 1, offset, number % 256 - 1))
    for offset, i, other, j in pointers:
        yield synsets[offset][i], synsets[other][j]


def opposites(folder: Path) -> Iterator[Exchange]:
    """Opposites of common adjectives, the most common of several."""
    tags: dict[str, int] = defaultdict(int)
    for line in (folder / "cntlist.rev").read_text(encoding="utf-8").splitlines():
        key, _, count = line.split()
        word, rest = key.split("%", 1)
        if rest[0] in "35":
            tags[word] += int(count)
    best: dict[str, tuple[int, str]] = {}
    for word, opposite in antonyms(folder):
        if word.isalpha() and opposite.isalpha() and min(tags[word], tags[opposite]) >= LEAST_OPPOSITE_TAGS:
            best[word] = max(best.get(word, (0, "")), (tags[opposite], opposite))
    for word, (_, opposite) in sorted(best.items()):
        if not UNSUITABLE.search(word + opposite):
            yield Exchange(
                "opposite",
                [
                    f"What is the opposite of {word}?",
                    f"Opposite of {word}?",
                    f"Tell me the opposite of {word}.",
                    f"What's the contrary of {word}?",
                ],
                [f"The opposite of {word} is {opposite}.", f"The opposite is {opposite}."],
            )


def quiz(folder: Path) -> Iterator[Exchange]:
    """Young animals and groups, from the quiz files of the BSD games (first answer of each)."""
    young: dict[str, str] = {}
    for line in (folder / "babies").read_text(encoding="utf-8").splitlines():
        baby, adults = line.split(":")
        for adult in adults.split("|"):
            young.setdefault(adult.strip(), baby.split("|")[0].strip())
    for adult, baby in young.items():
        if (adult + baby).replace(" ", "").isalpha():
            yield Exchange(
                "animal",
                [
                    f"What is a young {adult} called?",
                    f"What's the name for the young of a {adult}?",
                    f"How is a {adult}'s baby called?",
                ],
                [f"A young {adult} is called {with_article(baby)}.", f"It is called {with_article(baby)}."],
            )
    for line in (folder / "collectives").read_text(encoding="utf-8").splitlines():
        members, groups = line.split(":")
        for member in members.split("|"):
            group = groups.split("|")[0].strip()
            if (member + group).replace(" ", "").isalpha():
                yield Exchange(
                    "animal",
                    [f"What is a group of {member} called?", f"How do you call many {member} together?"],
                    [f"A group of {member} is called {with_article(group)}."],
                )


def sums() -> Iterator[Exchange]:
    """Sums and differences up to twenty, products of the small times table, doubles and halves."""

    def asked(topic: str, left: int, right: int, words: Sequence[str], sign: str, result: int) -> Exchange:
        a, b = spoken(left), spoken(right)
        questions = [f"What is {a} {word} {b}?" for word in words]
        questions += [
            f"What is {left} {words[0]} {right}?",
            f"{left} {sign} {right}?",
            f"How much is {a} {words[0]} {b}?",
        ]
        questions += [f"Calculate {left} {sign} {right}.", f"What's {left} {sign} {right}?"]
        return Exchange(
            topic, questions, [f"{capital(a)} {words[0]} {b} is {spoken(result)}.", f"That is {spoken(result)}."]
        )

    for left in range(21):
        for right in range(21 - left):
            yield asked("sum", left, right, ("plus", "and"), "+", left + right)
    for left in range(1, 21):
        for right in range(left + 1):
            yield asked("sum", left, right, ("minus", "take away"), "-", left - right)
    for left in range(1, 11):
        for right in range(1, 11):
            yield asked("product", left, right, ("times", "multiplied by"), "*", left * right)


def calendar() -> Iterator[Exchange]:
    """Days, months, and how many of the one are in the other."""
    for names, kind in ((DAYS, "day"), (tuple(MONTHS), "month")):
        for i, name in enumerate(names):
            after, before = names[(i + 1) % len(names)], names[i - 1]
            yield Exchange(
                "calendar",
                [f"What comes after {name}?", f"Which {kind} follows {name}?", f"What is the {kind} after {name}?"],
                [f"After {name} comes {after}."],
            )
            yield Exchange(
                "calendar",
                [f"What comes before {name}?", f"Which {kind} is before {name}?", f"What is the {kind} before {name}?"],
                [f"Before {name} comes {before}."],
            )
    for month, days in MONTHS.items():
        more = ", and twenty-nine in a leap year" if month == "February" else ""
        yield Exchange(
            "calendar",
            [f"How many days has {month}?", f"How many days does {month} have?", f"How long is {month}?"],
            [f"{month} has {spoken(days)} days{more}."],
        )
    for parts, whole, number in LENGTHS:
        one = whole if whole.startswith("half") else with_article(whole).replace("a hour", "an hour")
        yield Exchange(
            "calendar",
            [f"How many {parts} are in {one}?", f"How many {parts} does {one} have?", f"How many {parts} make {one}?"],
            [f"There are {spoken(number)} {parts} in {one}.", f"{capital(one)} has {spoken(number)} {parts}."],
        )


def exchanges(countryinfo: Path, mendeleev: Path, wordnet: Path, bsd_quiz: Path) -> list[Exchange]:
    """All facts.

    Args:
        countryinfo: folder of the package countryinfo.
        mendeleev: folder of the package mendeleev.
        wordnet: folder with WordNet's ``data.noun``, ``index.noun``, ``data.adj``, ``cntlist.rev``.
        bsd_quiz: folder with the files of the BSD games' quiz.
    """
    return [
        *countries(countryinfo),
        *elements(mendeleev),
        *things(wordnet),
        *meanings(wordnet),
        *opposites(wordnet),
        *quiz(bsd_quiz),
        *sums(),
        *calendar(),
    ]
