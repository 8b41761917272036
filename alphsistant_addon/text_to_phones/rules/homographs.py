"""Words that are written alike and sound differently (“a record”, “to record”): the words around decide.

Most are a noun or adjective with one sound and a verb with another, which :func:`.homograph_context.is_verb` tells
apart. The words of :data:`_BY_OWN_RULE` have rules of their own here. espeak-ng looks back a word or two for the same
purpose and knows fewer of them, so that it says “Please close it” like “so close”.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from .homograph_context import (
    ADJECTIVES,
    BE,
    CAUSES,
    DETERMINERS,
    HAVE,
    OBJECTS,
    PAUSES,
    PERSONS,
    PREPOSITIONS,
    SUBJECTS,
    VERB_WITH_S_COMES,
    Place,
    first_that_holds,
    has_noun_before,
    has_verb_before,
    is_adverb,
    is_plural_subject,
    is_verb,
)
from .homograph_sounds import NOUN_OR_VERB, ONE_SOUND, with_s
from .tables import listed


def _words(*lines: str) -> frozenset[str]:
    return frozenset(listed(*lines))


_PAST_TIME: Final = _words(
    "yesterday ago last earlier once previously recently already never when then afterwards was were had did"
)
_PAST_VERBS: Final = _words(
    "went came took sat got gave found saw said bought stood lay began wrote heard put held brought ran made told"
)
_ASKING: Final = _words(
    "did didn't do does don't doesn't can can't could couldn't will won't would should may might shall must"
)
"""Before a subject in questions: “Did she read it?”"""
_READ_ONCE: Final = _words("your about that the it somewhere in")
_REPEATED: Final = _words("when if every")


def _read(place: Place) -> str:
    """Choose “red” for what was read, “reed” for what is or will be."""
    red, reed = "ɹˈɛd", "ɹˈid"
    before, earlier, after = place.before(), place.before(2), place.after()
    is_subject = before in SUBJECTS
    in_the_past = place.is_near(_PAST_TIME) and not place.is_near(frozenset({"every"}))
    just_once = before == "i" and after in _READ_ONCE and not place.is_near(_REPEATED)
    words_before = place.words[max(0, place.at - 8) : place.at]
    told_before = any(word in _PAST_VERBS or word.endswith("ed") for word in words_before)
    return first_that_holds(
        (before in HAVE | BE or before.endswith("'ve") or before in {"get", "got", "gets"}, red),
        (is_subject and earlier in HAVE, red),
        (before in SUBJECTS | PERSONS and earlier in _ASKING | CAUSES, reed),
        (before in {"he", "she", "it"} or (before == "who" and earlier in PAUSES), red),
        (is_subject, red if in_the_past or just_once else reed),
        (before in PAUSES and is_adverb(place.directly_before), red),  # “Widely read, the book …”
        (has_verb_before(place) or before in PAUSES, reed),
        (before in {"and", "then", "but"}, red if told_before else reed),
        (is_plural_subject(before), red if in_the_past else reed),
        (has_noun_before(place), reed),  # “a good read”
        otherwise=red,  # One person or thing: the present would be “reads”.
    )


_MADE_OF_LEAD: Final = _words(
    "acetate apron aprons battery batteries bullet bullets crystal ingot ingots ore paint pencil pencils pipe pipes",
    "pipeline piping plate poisoning shot solder weight weights pellets exposure free roof",
)
_LEAD_COMES: Final = _words("pencil molten liquid toxic contains containing like metal melted pure white red")
_METALS: Final = _words("zinc copper tin iron silver gold mercury cadmium steel arsenic")
_OF_METALS: Final = _words("metal element toxic poisonous")
_AMOUNTS: Final = _words("made lined traces levels amount full cased")


def _lead(place: Place) -> str:
    """Choose “led” for the metal."""
    before, after = place.before(), place.after()
    is_metal = (
        after in _MADE_OF_LEAD
        or before in _LEAD_COMES
        or (after in {"is", "was"} and place.is_near(_OF_METALS))
        or (before in {"of", "in"} and place.before(2) in _AMOUNTS)
        or (after in {"and", "or", ","} and place.after(2) in _METALS)
        or (before in {"and", "or", ","} and place.before(2) in _METALS)
        or (before == "as" and place.before(2) in {"heavy", "gray", "grey"})
    )
    return "lˈɛd" if is_metal else "lˈid"


_LIVE_THINGS: Final = _words(
    "action album ammo ammunition animal animals audience band birth broadcast chat concert concerts coverage demo",
    "event events feed footage match music news performance performances podcast preview recording report score",
    "shot session show shows sports stage stream streaming streams television translation tv updates version video",
    "view wire wires",
)
_GO_LIVE: Final = _words(
    "go goes going gone went air aired airs broadcast broadcasting come coming perform performed performing play",
    "played recorded report reporting stream streamed streaming sung watch",
)
_THOSE: Final = _words("those many few both")


def _live(place: Place) -> str:
    """Choose the adjective of “live music” and “we are live”, or the verb of “I live here”."""
    adjective, verb = NOUN_OR_VERB["live"]
    before, after = place.before(), place.after()
    is_attribute = before in DETERMINERS - _THOSE and after not in PAUSES | PREPOSITIONS
    return first_that_holds(
        (has_verb_before(place) and after not in _LIVE_THINGS, verb),
        (before in BE | _GO_LIVE or after in _LIVE_THINGS, adjective),
        (before in PAUSES and after == "from", adjective),
        (is_attribute or (before in PREPOSITIONS - {"as", "like", "than"} and after not in PAUSES), adjective),
        otherwise=verb,
    )


_LIVES_WHERE: Final = _words("in at on with alone here there near by next under")
_COUNTS: Final = _words("two three four five six seven eight nine ten hundred thousand past human inner daily")
_LIVES_DO: Final = _words("of are were lost matter have depend and")


def _lives(place: Place) -> str:
    """Choose the plural of “life”, or what somebody does who lives somewhere."""
    noun, verb = "lˈaɪvz", "lˈɪvz"
    before, after = place.before(), place.after()
    return first_that_holds(
        (before in VERB_WITH_S_COMES or place.directly_before.endswith("ly"), verb),
        (before in DETERMINERS | ADJECTIVES | PREPOSITIONS or before.endswith(("'s", "s'")), noun),
        (after in PAUSES | _LIVES_DO, noun),
        (after in _LIVES_WHERE or (place.before(2) in {"a", "the"} and before not in _COUNTS), verb),
        otherwise=noun,
    )


_CLOSE_LIKE: Final = _words(
    "so too very pretty that quite really more as how stay stays stayed get gets getting got come comes came hold",
    "stand stood sit sat keep kept draw drew stick up not standing sitting coming staying feel felt seem seems",
)
_CLOSED_WHEN: Final = _words("down out at on early automatically soon")
_NEAR_THINGS: Final = _words("by up enough friends behind")
_KEPT: Final = _words("keep keeping kept hold holding held bring pull pulled draw")


def _close(place: Place) -> str:
    """Choose “close to” and “a close friend”, or the verb and the end of something."""
    near, shut = NOUN_OR_VERB["close"]
    before, after = place.before(), place.after()
    is_end = before in {"a", "the", "its"} and (
        after == "of" or (after in PAUSES and place.before(2) in {"to", "at", "by"})
    )
    is_imperative = before in PAUSES | {"and", "then", "or"} and after not in PAUSES | _NEAR_THINGS
    closes_itself = is_plural_subject(before) and after not in _NEAR_THINGS and not place.is_near(_KEPT)
    return first_that_holds(
        (is_end, shut),
        (place.directly_before in _CLOSE_LIKE | BE, near),
        (after == "to" and before not in {"to", "please"}, near),
        (has_verb_before(place), shut),
        (has_noun_before(place), near),
        (after in OBJECTS | _CLOSED_WHEN or is_imperative or closes_itself, shut),
        otherwise=near,
    )


_WINDING: Final = _words("up down through around round along its their his back")
_WIND_THINGS: Final = _words("speed speeds power turbine turbines")


def _wind(place: Place) -> str:
    """Choose the moving air, or what is done with a clock and what roads do."""
    noun, verb = NOUN_OR_VERB["wind"]
    before, after = place.before(), place.after()
    return first_that_holds(
        (before in {"north", "south", "east", "west"} or after in _WIND_THINGS, noun),
        (after in _WINDING and not has_noun_before(place) and before not in {"and", "or"}, verb),
        otherwise=verb if is_verb(place, "wind") else noun,
    )


_CRYING: Final = _words(
    "cheek cheeks eye eyes face cry cried crying wept weep sad shed joy drop drops single wiped wipe gas burst duct"
)
_TORN: Final = _words(
    "shirt cloth fabric pants jeans dress sleeve paper muscle ligament sail coat jacket sheet tent curtain skirt"
)
_TORN_WHERE: Final = _words("up down apart along off away open here")


def _tear(place: Place) -> str:
    """Choose what runs down a cheek, or what happens to cloth."""
    eye, cloth = NOUN_OR_VERB["tear"]
    before, after = place.before(), place.after()
    is_one = place.word == "tear"
    is_done = is_one and (has_verb_before(place) or (before == "and" and place.before(2) == "wear"))
    return first_that_holds(
        (is_done or (is_one and place.is_near(_TORN)), cloth),
        (place.is_near(_CRYING), eye),
        (after in OBJECTS | _TORN_WHERE, cloth),
        (not is_one, cloth if before in VERB_WITH_S_COMES else eye),
        (before in PAUSES or (after == "in" and place.after(2) in DETERMINERS), cloth),
        otherwise=eye,
    )


_SHOT_OR_TIED: Final = _words(
    "arrow arrows quiver archer hair ribbon tie tied knot violin cello fiddle string strings wear wore wearing gift"
)
_BENDING: Final = _words("take took takes deep ship ship's stern deck boat low slight final curtain polite")
_BOWED_TO: Final = _words("to before down your his her their out")


def _bow(place: Place) -> str:
    """Choose what shoots arrows and is tied in hair, or what is done to a queen, and the front of a ship."""
    knot, bend = NOUN_OR_VERB["bow"]
    return first_that_holds(
        (place.is_near(_SHOT_OR_TIED), knot),
        (place.is_near(_BENDING) or place.after() in _BOWED_TO, bend),
        otherwise=bend if is_verb(place, "bow") else knot,
    )


_TINY_THINGS: Final = _words(
    "amount amounts detail details quantity quantities crack cracks difference differences particle particles traces",
    "trace changes organisms fragments",
)


def _minute(place: Place) -> str:
    """Choose sixty seconds, or “very small”."""
    return "maɪnˈut" if place.after() in _TINY_THINGS else "mˈɪnɪt"


_HARMING: Final = _words("to can could will would may might not")
_WOUND_WHERE: Final = _WINDING | _words("the tightly it her")


def _wound(place: Place) -> str:
    """Choose the injury, or the past of “wind”."""
    before = place.before()
    turned = before not in DETERMINERS | ADJECTIVES | _HARMING and place.after() in _WOUND_WHERE
    return "wˈaʊnd" if turned else "wˈund"


_FISHING: Final = _words("fish fishing caught catch lake river striped sea largemouth smallmouth grilled pond fried")


def _bass(place: Place) -> str:
    """Choose the fish where there is fishing, or the deep sound."""
    return "bˈæs" if place.is_near(_FISHING, 4) else "bˈeɪs"


_DIVING: Final = _words("into in under off deep down for headfirst through behind straight right")


def _dove(place: Place) -> str:
    """Choose the bird, or the past of “dive”."""
    went_down = place.after() in _DIVING and place.before() not in DETERMINERS | ADJECTIVES | {"white"}
    return "dˈoʊv" if went_down else "dˈʌv"


_RUBBISH: Final = _words("bin bins collection collector disposal sack sacks truck")


def _refuse(place: Place) -> str:
    """Choose rubbish, or “say no”."""
    noun, verb = NOUN_OR_VERB["refuse"]
    return noun if place.after() in _RUBBISH or not is_verb(place, "refuse") else verb


_THINGS_ARE: Final = _words("is are was were be been being isn't aren't wasn't weren't")
_HAVE_HABITS: Final = SUBJECTS | _words(
    "there that this which people everyone everybody nobody someone children men women police father mother dad mom",
    "brother sister friend friends wife husband man woman boy girl teacher boss grandfather grandmother parents uncle",
    "aunt kids get gets got getting grow grown become became i'm you're he's she's we're they're am didn't did",
)
"""Who used to do something, or got used to it; things are rather used to do something: “a tool used to cut”."""
_HABITS: Final = _words(
    "be have live think know love like hate work go say tell play sing dream believe come feel want call see own wear",
    "smoke drink belong mean stand spend",
)
"""What somebody or something used to do."""


def _used(place: Place) -> str:
    """Choose “used to” of habits, where s and t run together, or the past of “use”."""
    before, after, next_word = place.before(), place.after(), place.after(2)
    habit, made_use_of = "jˈust", "jˈuzd"
    is_accustomed = next_word in DETERMINERS | OBJECTS or next_word.endswith("ing")  # “She was used to waiting”
    return first_that_holds(
        (after != "to", made_use_of),
        (before in _THINGS_ARE, habit if is_accustomed else made_use_of),
        (before in _HAVE_HABITS or next_word in _HABITS or is_accustomed, habit),
        otherwise=made_use_of,
    )


def _row(place: Place) -> str:
    """Choose a quarrel where one is had, or a line of things."""
    is_had = place.before() in {"a", "blazing", "terrible", "huge"} and place.is_near(_words("had having have"), 3)
    return "ɹˈaʊ" if is_had and place.after() in {"about", "with", "over"} else "ɹˈoʊ"


_FEELING: Final = _words("feel feels felt seem seems seemed quite perfectly very")


def _content(place: Place) -> str:
    """Choose what is in something, or “satisfied”."""
    noun, satisfied = NOUN_OR_VERB["content"]
    is_felt = place.before() in BE | _FEELING
    is_with_something = place.after() in {"with", "to"} and not has_noun_before(place)
    return satisfied if is_felt or is_with_something or is_verb(place, "content") else noun


_BY_OWN_RULE: Final[dict[str, Callable[[Place], str]]] = {
    "bass": _bass,
    "bow": _bow,
    "close": _close,
    "content": _content,
    "dove": _dove,
    "lead": _lead,
    "live": _live,
    "lives": _lives,
    "minute": _minute,
    "read": _read,
    "refuse": _refuse,
    "row": _row,
    "tear": _tear,
    "used": _used,
    "wind": _wind,
    "wound": _wound,
}
_ALIKE_WITH_S: Final = frozenset({"bow", "tear", "wind"})
"""Those whose rule holds for their form in “-s” as well."""


def _polish(place: Place, written: str) -> str:
    """Choose the nation by its capital, or what makes shoes shine."""
    is_nation = written[:1].isupper() and (place.before() not in PAUSES or place.after() not in OBJECTS)
    return "pˈoʊlɪʃ" if is_nation else "pˈɑlɪʃ"


def _sound(place: Place, written: str) -> str:
    """Return how one word sounds, or nothing where the word is no homograph."""
    word = place.word
    if word == "polish":
        return _polish(place, written)
    if word in _BY_OWN_RULE:
        return _BY_OWN_RULE[word](place)
    if word in NOUN_OR_VERB:
        return NOUN_OR_VERB[word][is_verb(place, word)]
    return ONE_SOUND.get(word) or _sound_with_s(place)


def _sound_with_s(place: Place) -> str:
    plain = place.word[:-1]
    if not place.word.endswith("s") or plain not in NOUN_OR_VERB:
        return ""
    return with_s(_BY_OWN_RULE[plain](place) if plain in _ALIKE_WITH_S else NOUN_OR_VERB[plain][is_verb(place, plain)])


def homograph_sounds(words: Sequence[str]) -> dict[int, str]:
    """Choose the sound of each homograph of a sentence.

    Args:
        words: the sentence's words, with the signs of pauses (``, . ? ! ; : —``) as words of their own.

    Returns:
        Index of the word → its phones as one string of inventory symbols, each stressed vowel after its mark.
    """
    lowered = [word.lower() for word in words]
    chosen = {index: _sound(Place(lowered, index), word) for index, word in enumerate(words)}
    return {index: sound for index, sound in chosen.items() if sound}
