"""Tell from what stands around a word whether it is a verb there or a noun."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from .tables import listed

RATHER_VERBS: Final = frozenset(
    listed(
        "combine compress convert defect digest diffuse elaborate exploit incline initiate insert live produce recall",
        "refill refuse reject reuse sow",
    )
)
"""Verbs where nothing speaks for the noun."""
IMPERATIVES: Final = RATHER_VERBS | frozenset(
    listed("coordinate excuse export extract import transfer update upgrade use")
)
"""Verbs at the head of a sentence: “Use soap”. Others are nouns there: “Record sales”."""

PAUSES: Final = frozenset({"", ",", ".", "?", "!", ";", ":", "—"})
"""What bounds a clause; nothing, at either end of the sentence."""
DETERMINERS: Final = frozenset(
    listed(
        "a an the this that these those my your his its our their some any no every each another either neither one",
        "two three many few several both such what whose",
    )
)
PREPOSITIONS: Final = frozenset(
    listed(
        "of in on at for with without from by about into under over after before during between against through via",
        "as than like per within beyond despite",
    )
)
ADJECTIVES: Final = frozenset(
    listed(
        "new old first second third last next big large small good better best great same only other own whole long",
        "short early late high low main fresh local public private daily common free full real regular heavy strong",
        "further personal proper frequent constant current recent criminal final total clean online",
    )
)
"""Common words that tell of a noun after them."""
VERB_COMES: Final = frozenset(
    listed(
        "please can could will would shall should may might must cannot can't couldn't won't wouldn't shouldn't",
        "mustn't do does did don't doesn't didn't let's gonna wanna gotta i you we they who which",
    )
)
"""A verb follows these directly."""
VERB_WITH_S_COMES: Final = frozenset(listed("he she it who which that everyone everybody nobody someone somebody"))
NOUN_AFTER_TO: Final = frozenset(
    listed(
        "access according added addition back close compared contrary devoted due equal opposed prior prone related",
        "relation response return similar subject thanks",
    )
)
"""After these and “to” a noun follows: “due to conflict”."""
OBJECTS: Final = frozenset(
    listed(
        "it them me him us the a an my your his her our their its this that these those everything something someone",
        "everyone anything nothing yourself myself himself herself itself themselves all both",
    )
)
"""After a verb these begin what it is done to."""
CAUSES: Final = frozenset(
    listed("let lets help helps helped make makes made see saw watch watched hear heard have had has letting helping")
)
"""“Let me present”: a verb follows these and a pronoun."""
PERSONS: Final = frozenset(listed("me him her us them it you"))
SUBJECTS: Final = frozenset(listed("i you he she it we they who"))
BE: Final = frozenset(
    listed(
        "be is are was were am been being isn't aren't wasn't weren't i'm you're he's she's it's we're they're that's",
    )
)
HAVE: Final = frozenset(listed("have has had having haven't hasn't hadn't"))
_ADVERBS: Final = frozenset(listed("always never often also just only then still not even ever sometimes now soon"))
_PLURALS: Final = frozenset(listed("people children men women police most others"))
_NO_PLURALS: Final = frozenset(
    listed(
        "always does perhaps sometimes whereas makes takes gives needs wants likes shows sets breaks holds contains",
        "gets means becomes remains seems looks feels towards besides previous various famous serious",
    )
)
"""Words in “-s” that are not the plural subject of a verb."""

_Outcome = TypeVar("_Outcome")


@dataclass(frozen=True, slots=True)
class Place:
    """One word of a sentence and what stands around it.

    ``words`` are in lower case, with the signs of pauses between them; ``at`` is the word's own index.
    """

    words: Sequence[str]
    at: int

    @property
    def word(self) -> str:
        """The word itself."""
        return self.words[self.at]

    @property
    def directly_before(self) -> str:
        """The word before, be it an adverb; empty at the start."""
        return self.words[self.at - 1] if self.at else ""

    def after(self, distance: int = 1) -> str:
        """Word so far after this one; empty beyond the end."""
        place = self.at + distance
        return self.words[place] if place < len(self.words) else ""

    def before(self, distance: int = 1) -> str:
        """Word so far before this one, adverbs not counted (“to really use”); empty beyond the start."""
        place = self.at
        for _ in range(distance):
            place -= 1
            while place >= 0 and is_adverb(self.words[place]):
                place -= 1
        return self.words[place] if place >= 0 else ""

    def is_near(self, words: frozenset[str], reach: int = 8) -> bool:
        """Tell whether one of the words stands in the same sentence, at most so far away."""
        return not words.isdisjoint(self.words[max(0, self.at - reach) : self.at + reach + 1])


def first_that_holds(*rules: tuple[bool, _Outcome], otherwise: _Outcome) -> _Outcome:
    """Return the outcome of the first rule whose condition holds."""
    return next((outcome for holds, outcome in rules if holds), otherwise)


def is_adverb(word: str) -> bool:
    """Tell whether a word may stand between “to” and its verb."""
    return word in _ADVERBS or (word.endswith("ly") and len(word) > len("only"))


def has_verb_before(place: Place) -> bool:
    """Tell whether what stands before calls for a verb: “to …”, “can …”, “let me …”."""
    before = place.before()
    if before == "to":
        return place.before(2) not in NOUN_AFTER_TO or place.after() in OBJECTS
    if before in VERB_COMES or before.endswith(("'ll", "'d")):
        return True
    if before == "better" and (place.before(2) == "had" or place.before(2).endswith("'d")):
        return True  # “You'd better not refuse.”
    return before in PERSONS and place.before(2) in CAUSES


def has_noun_before(place: Place) -> bool:
    """Tell whether what stands before calls for a noun: “the …”, “of …”, “new …”, “Ann's …”."""
    before = place.before()
    if before in DETERMINERS | PREPOSITIONS | ADJECTIVES:
        return not (before == "that" and is_plural_subject(place.before(2)))  # “computers that use …”
    return before.endswith("'s") and before not in BE and before != "let's"


def is_plural_subject(word: str) -> bool:
    """Tell whether a word is a noun in the plural, as far as its letters show."""
    if word in _PLURALS:
        return True
    plural = word.endswith("s") and not word.endswith(("ss", "'s", "us", "is"))
    return plural and len(word) > len("his") and word not in _NO_PLURALS


def _follows_plural(place: Place) -> bool:
    """“Farmers produce milk”, “prices increase”, “computers that use”; but not “He likes sports record”."""
    before, earlier = place.before(), place.before(2)
    if before == "that":
        return is_plural_subject(earlier)
    return is_plural_subject(before) and (place.after() not in PAUSES or earlier in PAUSES | {"the"})


def is_verb(place: Place, plain: str) -> bool:
    """Decide whether a word is a verb where it stands; the first rule that fits counts.

    Args:
        place: the word, with or without the ending “-s”.
        plain: the word without it.
    """
    has_s = place.word != plain
    before, after = place.before(), place.after()
    is_after_be = before in BE
    return first_that_holds(
        (after == "of", False),
        (not has_s and has_verb_before(place), True),
        (has_s and before in VERB_WITH_S_COMES, True),
        (has_noun_before(place), False),
        (after in OBJECTS and not is_after_be, True),
        (not has_s and _follows_plural(place), True),
        (not has_s and before in PAUSES, plain in IMPERATIVES),
        (has_s and plain == "use" and not is_after_be, True),
        otherwise=plain in RATHER_VERBS and not is_after_be,
    )
