"""Make the table of facts that the add-on looks up: ``facts.json``, by kind and key, each with its sentence.

    python fact_table.py SOURCES OUTPUT_FOLDER

``SOURCES`` is the folder that :mod:`prepare` reads, with the wheels unpacked in ``wheels``. The facts are those of
:mod:`facts`, so what the network learns and
what is looked up agree.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Final

import facts

FILE: Final = "facts.json"

KINDS: Final = (
    ("capital", re.compile(r"What is the capital of (.+)\?")),
    ("place", re.compile(r"Where is (.+)\?")),
    ("language", re.compile(r"Which language is spoken in (.+)\?")),
    ("symbol", re.compile(r"What is the symbol of (.+)\?")),
    ("sign", re.compile(r"Which element is (.+)\?")),
    ("opposite", re.compile(r"What is the opposite of (.+)\?")),
    ("young", re.compile(r"What is a young (.+) called\?")),
    ("group", re.compile(r"What is a group of (.+) called\?")),
    ("after", re.compile(r"What comes after (.+)\?")),
    ("before", re.compile(r"What comes before (.+)\?")),
    ("days", re.compile(r"How many days has (.+)\?")),
    ("length", re.compile(r"How many (.+ are in .+)\?")),
    ("thing", re.compile(r"What is (.+)\?")),
)
"""How the first wording of an exchange tells what it is about; the first pattern that fits counts."""

CORRECTED: Final = {
    ("place", "mexico"): "Mexico is in North America.",
    ("place", "russia"): "Russia is in Europe and Asia.",
    ("place", "turkey"): "Turkey is in Asia and Europe.",
    ("place", "egypt"): "Egypt is in Africa, with a corner of it in Asia.",
    ("place", "kazakhstan"): "Kazakhstan is in Asia, with a corner of it in Europe.",
    ("place", "philippines"): "The Philippines are in Asia.",
    ("thing", "clothing"): "Clothing is what people wear on their bodies.",
}
"""Where the sources say less than what is so."""


def words(*lines: str) -> frozenset[str]:
    """Read a list that is written as prose, parted by commas."""
    return frozenset(word.strip() for line in lines for word in line.split(","))


LEFT_OUT: Final = {
    "capital": words("sri lanka"),  # it has two
    "place": words("chad, jordan"),  # people are asked for by these names too
    # WordNet's first sense is not what people mean.
    "opposite": words(
        "active, quiet, thin, full, flat, natural, sharp, dry, sweet, green, ripe, away, home, alternate, opposite",
        "middle, second, neutral, side, top, out, following, leading, single, bound, half, uneasy, conventional",
        "nuclear, intermediate, terminal, individual, common, local, general, little, right, idle, busy, live",
        "delicate, rugged, bare, covered, like, unlike, mild, tender, concrete, abstract, verbal, numerical, moving",
        "still, dull, bright, lively, last, latter, former, loud, some, all, no, other, same, greater, lesser, many",
        "few, analytic, synthetic",
    ),
    "young": words("fox, donkey, horse, zebra, panther, antelope, rat"),
    "group": words(
        "brats, curs, asses, maidens, men, worshippers, candidates, robbers, prisoners, engineers, actors, gangsters",
        "firemen, rubbish, earthquakes, stars, moles, eggs, angels, people",
    ),
    "thing": words(
        "art, equipment, sky, apartment, watercolor, dish, plane, station, drink, tape, mercury, store, shop, cellar",
        "basement, dinner, meal, lap",
    ),
}
"""What the sources answer in a way that few would call right: a wrong answer is worse than none."""

LANGUAGE_OF_MOST: Final = words(
    "angola, australia, austria, brazil, bulgaria, canada, chile, china, colombia, costa rica, croatia, cuba, denmark",
    "dominican republic, ecuador, egypt, el salvador, finland, france, germany, greece, guatemala, honduras, hungary",
    "indonesia, iran, italy, japan, jordan, kuwait, libya, mexico, moldova, netherlands, nicaragua, oman, panama, peru",
    "poland, portugal, romania, russia, saudi arabia, slovakia, south korea, spain, sweden, syria, thailand, tunisia",
    "turkey, ukraine, united arab emirates, united kingdom, united states, uruguay, venezuela, vietnam, yemen",
)
"""Countries whose official language is the one that most people speak there."""


def table(exchanges: list[facts.Exchange]) -> dict[str, dict[str, str]]:
    """Sort the facts by kind; keys in small letters without an article. Sums are worked out, not looked up."""
    found: dict[str, dict[str, str]] = {kind: {} for kind, _ in KINDS}
    for exchange in exchanges:
        if exchange.topic in {"sum", "product"}:
            continue
        for kind, pattern in KINDS:
            if match := pattern.fullmatch(exchange.questions[0]):
                key = re.sub(r"^(?:the|an?) ", "", match[1].lower())
                if kind == "length":
                    part, whole = key.split(" are in ")
                    key = f"{part}|{re.sub(r'^an? ', '', whole)}"
                is_left_out = key in LEFT_OUT.get(kind, ()) or (kind == "language" and key not in LANGUAGE_OF_MOST)
                # Of several things with one name the first stands: the tables begin with the commonest.
                if not is_left_out:
                    found[kind].setdefault(key, CORRECTED.get((kind, key), exchange.answers[0]))
                break
        else:
            raise ValueError(f"no kind fits “{exchange.questions[0]}”")
    return {kind: dict(sorted(entries.items())) for kind, entries in found.items()}


def main() -> None:
    """Write the table."""
    sources, out = Path(sys.argv[1]), Path(sys.argv[2])
    exchanges = facts.exchanges(
        sources / "wheels" / "countryinfo",
        sources / "wheels" / "mendeleev",
        sources / "wordnet",
        sources / "quiz",
    )
    made = json.dumps(table(exchanges), ensure_ascii=False, indent=0)
    (out / FILE).write_text(made + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
