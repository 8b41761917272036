"""Words: which are spelled out, which are abbreviations, which are written in a way espeak-ng would misread.

The one table of abbreviations: the voice reads by it, and :mod:`alphsistant_addon.text_to_phones.sentence_ends` tells
by it for the voice and for the language model's splitter where a full stop ends nothing. Sources: The Chicago Manual
of Style, 17th edition, chapter 10 (titles, months, addresses, scholarly and business abbreviations); United States
Postal Service, Publication 28, appendices B and C1 (states, streets).
"""

from __future__ import annotations

import re
from typing import Final

from .tables import listed

# The name of the letter A: espeak-ng reads a lone "A" inside a phrase as the article, and "eh" as the letter.
_LETTER_A: Final = "eh"

TITLES: Final[dict[str, str]] = {
    "dr": "Doctor",
    "mr": "Mister",
    "mrs": "Missus",
    "ms": "Miz",
    "messrs": "Messrs",
    "prof": "Professor",
    "rev": "Reverend",
    "pvt": "Private",
    "cpl": "Corporal",
    "adm": "Admiral",
    "brig": "Brigadier",
    "insp": "Inspector",
    "det": "Detective",
    "supt": "Superintendent",
    "atty": "Attorney",
    "gen": "General",
    "col": "Colonel",
    "capt": "Captain",
    "cpt": "Captain",
    "cmdr": "Commander",
    "lt": "Lieutenant",
    "maj": "Major",
    "sgt": "Sergeant",
    "sen": "Senator",
    "rep": "Representative",
    "gov": "Governor",
    "pres": "President",
    "hon": "Honorable",
    "mt": "Mount",
    "ft": "Fort",
    "vs": "versus",
    "approx": "approximately",
    "cf": "compare",
    "viz": "namely",
    "incl": "including",
    "excl": "excluding",
    "resp": "respectively",
    "esp": "especially",
}
"""Abbreviations that stand before something: their dot never ends a sentence."""

ABBREVIATIONS: Final[dict[str, str]] = {
    "etc": "et cetera",
    "jr": "Junior",
    "sr": "Senior",
    "esq": "Esquire",
    "inc": "Incorporated",
    "ltd": "Limited",
    "corp": "Corporation",
    "co": "Company",
    "bros": "Brothers",
    "dept": "department",
    "univ": "University",
    "assn": "Association",
    "ave": "Avenue",
    "blvd": "Boulevard",
    "rd": "Road",
    "hwy": "Highway",
    "pkwy": "Parkway",
    "rte": "Route",
    "bldg": "building",
    "lvl": "level",
    "doz": "dozen",
    "qty": "quantity",
    "acct": "account",
    "appt": "appointment",
    "assoc": "Association",
    "attn": "attention",
    "intl": "International",
    "natl": "National",
    "mfg": "manufacturing",
    "pkg": "package",
    "wks": "weeks",
    "pts": "points",
    "ext": "extension",
    "tel": "telephone",
    "al": "al",
    "ibid": "ibid",
    "misc": "miscellaneous",
    "avg": "average",
    "jan": "January",
    "feb": "February",
    "apr": "April",
    "aug": "August",
    "sept": "September",
    "sep": "September",
    "oct": "October",
    "nov": "November",
    "dec": "December",
    "mon": "Monday",
    "tue": "Tuesday",
    "tues": "Tuesday",
    "wed": "Wednesday",
    "thu": "Thursday",
    "thur": "Thursday",
    "thurs": "Thursday",
    "fri": "Friday",
    "hrs": "hours",
    "hr": "hour",
    "mins": "minutes",
    "secs": "seconds",
    "lbs": "pounds",
    "govt": "government",
    "mgr": "manager",
    "asst": "assistant",
    "est": "established",
    "yrs": "years",
}
"""Abbreviations whose dot may end a sentence too."""

BEFORE_FIGURES: Final[dict[str, str]] = {
    "no": "number",
    "nos": "numbers",
    "bk": "book",
    "chs": "chapters",
    "ep": "episode",
    "rm": "room",
    "sc": "scene",
    "vols": "volumes",
    "nr": "number",
    "rs": "rupees",
    "apt": "apartment",
    "sat": "Saturday",
    "sun": "Sunday",
    "p": "page",
    "pp": "pages",
    "pg": "page",
    "fig": "figure",
    "figs": "figures",
    "eq": "equation",
    "vol": "volume",
    "ch": "chapter",
    "chap": "chapter",
    "sec": "section",
    "ver": "version",
    "v": "version",
    "max": "maximum",
    "min": "minimum",
    "art": "article",
    "op": "opus",
    "c": "circa",
    "ca": "circa",
    "mar": "March",
    "jun": "June",
    "jul": "July",
}
"""Abbreviations only when figures follow: “No. 5”, but “No.” is also an answer."""

BEFORE_SMALL_LETTERS: Final = frozenset({"max", "min", "vol", "approx", "avg"})
"""Those of :data:`BEFORE_FIGURES` that stand before a word in small letters too: “max. load”."""

IN_CAPITALS: Final[dict[str, str]] = {"INT": "interior", "EXT": "exterior"}
"""Abbreviations of film scripts, written in capitals: “INT. HOUSE - DAY”."""

LETTERS_IN_CAPITALS: Final = frozenset({"al", "est", "hr", "op", "pp", "sec"})
"""Abbreviations that, in capitals, are letters: “Call HR.”"""

CAPITALS_AMONG_SMALL: Final = frozenset(
    listed("mr mrs ms dr st jr sr vs etc no prof sgt lt capt gen col gov jan feb mar apr jun jul aug sept oct nov dec")
)
"""Abbreviations in capitals beside words in small letters: “DR. Smith”. Others, in capitals, are letters there."""

STATES: Final[dict[str, str]] = {
    "AK": "Alaska",
    "AL": "Alabama",
    "AR": "Arkansas",
    "AZ": "Arizona",
    "CA": "California",
    "CO": "Colorado",
    "CT": "Connecticut",
    "DE": "Delaware",
    "FL": "Florida",
    "GA": "Georgia",
    "HI": "Hawaii",
    "IA": "Iowa",
    "ID": "Idaho",
    "IL": "Illinois",
    "IN": "Indiana",
    "KS": "Kansas",
    "KY": "Kentucky",
    "LA": "Louisiana",
    "MA": "Massachusetts",
    "MD": "Maryland",
    "ME": "Maine",
    "MI": "Michigan",
    "MN": "Minnesota",
    "MO": "Missouri",
    "MS": "Mississippi",
    "MT": "Montana",
    "NC": "North Carolina",
    "ND": "North Dakota",
    "NE": "Nebraska",
    "NH": "New Hampshire",
    "NJ": "New Jersey",
    "NM": "New Mexico",
    "NV": "Nevada",
    "NY": "New York",
    "OH": "Ohio",
    "OK": "Oklahoma",
    "OR": "Oregon",
    "PA": "Pennsylvania",
    "RI": "Rhode Island",
    "SC": "South Carolina",
    "SD": "South Dakota",
    "TN": "Tennessee",
    "TX": "Texas",
    "UT": "Utah",
    "VA": "Virginia",
    "VT": "Vermont",
    "WA": "Washington",
    "WI": "Wisconsin",
    "WV": "West Virginia",
    "WY": "Wyoming",
}
"""States of the USA by their postal codes, said after a city and a comma: “Denver, CO”."""

CITIES_OF_AMBIGUOUS_CODES: Final[dict[str, frozenset[str]]] = {
    "DE": frozenset(listed("Wilmington Dover Newark")),
    "HI": frozenset(listed("Honolulu Hilo Kailua")),
    "ID": frozenset(listed("Boise Meridian Nampa Pocatello")),
    "IN": frozenset(listed("Indianapolis Wayne Evansville Bloomington Gary Bend")),
    "LA": frozenset(listed("Orleans Rouge Shreveport Lafayette")),
    "MA": frozenset(listed("Boston Cambridge Worcester Springfield Lowell Salem Somerville")),
    "MD": frozenset(listed("Baltimore Annapolis Bethesda Rockville Frederick Columbia")),
    "ME": frozenset(listed("Portland Bangor Augusta Lewiston")),
    "MS": frozenset(listed("Jackson Gulfport Biloxi Oxford")),
    "OH": frozenset(listed("Columbus Cleveland Cincinnati Toledo Akron Dayton")),
    "OK": frozenset(listed("City Tulsa Norman Lawton Stillwater")),
    "OR": frozenset(listed("Portland Salem Eugene Bend Medford Ashland")),
    "PA": frozenset(listed("Philadelphia Pittsburgh Harrisburg Scranton Erie Allentown")),
}
"""Codes that are words, degrees or cities as well (“Well, OK”, “Jane Doe, MD”): last words of their larger cities.
After other words such a code is a state only where a postal code follows."""

WITHOUT_DOT: Final[frozenset[str]] = frozenset(
    {"dr", "mr", "mrs", "vs", "etc", "prof", "sgt", "jr", "approx", "dept", "govt", "hrs"}
)
"""Abbreviations understood without their dot."""

NAMES: Final = frozenset(
    listed(
        "jan feb apr aug sept sep oct nov dec mon tue tues wed thu thur thurs fri co",
        "mar jun jul sat sun sen gen rep col hon pres mt ft",
    )
)
"""Those of the abbreviations that are short for a name, and another word when written small."""

DOTTED: Final[dict[str, str]] = {
    "e.g.": "for example",
    "i.e.": "that is",
    "a.k.a.": "also known as",
    "w.r.t.": "with respect to",
    "n.b.": "note well",
    "ph.d.": "P H D",
    "b.sc.": "B S C",
    "m.sc.": "M S C",
}

WHOLE: Final[dict[str, str]] = {
    "eg": "for example",
    "ie": "that is",
    "aka": "also known as",
    "btw": "by the way",
    "phd": "P H D",
    "phds": "P H D's",
    "bsc": "B S C",
    "msc": "M S C",
    "hm": "hmm",
    "hmm": "hmm",
    "mm": "hmm",
    "mhm": "uh huh",
    "shh": "shush",
    "sh": "shush",
    "brr": "burr",
    "grr": "gurr",
    "pfft": "puff",
    "pff": "puff",
    "pst": "psst",
    "zz": "zizz",
    "nth": "enth",
    "www": "W W W",
    "'tis": "'tis",
    "'twas": "'twas",
    "'em": "'em",
    "'n'": "and",
    "'til": "'til",
    "'cause": "'cause",
    "'bout": "'bout",
    "ok": "okay",
    "b/c": "because",
    "w/o": "without",
    "w/": "with",
    "c/o": "care of",
    "km/h": "kilometers per hour",
    "m/s": "meters per second",
    "n/a": "not applicable",
    "km": "kilometers",
    "kg": "kilograms",
    "cm": "centimeters",
    "mph": "miles per hour",
    "kmh": "kilometers per hour",
    "fps": "frames per second",
    "ctrl": "control",
    "cmd": "command",
    "pls": "please",
    "tbsp": "tablespoon",
    "tsp": "teaspoon",
    "json": "jason",
    "toml": "tommel",
    "yaml": "yammel",
    "jpeg": "jay peg",
    "jpg": "jay peg",
    "mpeg": "M peg",
    "wwi": "World War one",
    "wwii": "World War two",
}
"""Whole words by their lower-case spelling: shorthand, and interjections that espeak-ng would spell out."""

_SPOKEN_SHORT: Final = frozenset(
    listed(
        "aah ace act add ads age ago aha aid aim air all am amy an and ann any ape are arm art as ask at ate ava",
        "aw aye bad bag bah ban bar bat be bed bee beg ben bet big bit bob bot box boy bro bug bus but buy by bye",
        "cab can cap car cat cop cow cry cub cup cut dad dam dan day den did die dig dip do dog dot dry due duh",
        "ear eat egg ego elf end era eve eye fad fan far fat fed few fit fix fly fog for fox fun fur gap gas gay",
        "gem get gif go god got gum gun guy gym ha had hah has hat hay he heh hen her hey hi him hip his hit ho",
        "hop hot how hub hug huh hum hut ice if ill in ink inn is its jam jar jaw jet jim job joe jog joy ken key",
        "kid kim kin kit lab lad lag lap law lay led lee leg leo let lid lie lip log lol lot low mad man map mat",
        "may me men met mia mix mob mom mud mum my nah nap ned net new nice no nod nor not now nun nut oak odd of",
        "off oh oil old oof on one ooh or our out ow owe owl own ox pad pal pan paw pay pea peg pen pet pie pig pin",
        "pit pod pop pot pro pub pup put rag ram rat raw ray red rex rib rid rip rob rom row roy rub rug run sad",
        "sam sap sat saw say sea see set sex she shy sim sin sip sir sit six ski sky so sob son sub sue sum sun",
        "tab tag tan tap tax tea ted ten the tie tim tin tip to toe tom ton too top toy try tub tug two ugh uh um",
        "up use van via vow war was wax way we web wee wet who why wig win wit woo wow yay ye yeah yep yes yet yo",
        "you yup zen zip zoe zoo cad dom dos lan nas pep sim vin wan",
    )
)
"""Words of two or three letters that are read as words in capitals too; other capitals of that length are letters."""
_WORD_WHEN_SHOUTED: Final = frozenset({"US", "IT", "LED"})
_SPELLED_LONG: Final = frozenset(
    listed(
        "AAAS AARP ABCD ACLU ADHD AFAIK APIS ASAP ASPCA CEOS CPUS EBITDA ESPN EPUB FAQS GPUS HDMI HTML HTTP IATA",
        "IEEE IIRC IMHO IPTV ISBN ISDN ISSN LGBT LGBTQ NAACP NCAA NSFW OECD OTOH RGBA RSVP UCLA UNHCR USAF USB",
        "USDA USSR UUID WASD XHTML YMCA",
    )
)
_VOWELS: Final = frozenset("AEIOUYÀÁÂÃÄÅÆÈÉÊËÌÍÎÏÒÓÔÕÖØÙÚÛÜÝŒ")
_STRETCHED: Final = re.compile(r"([^\W\d_])\1{2,}", re.IGNORECASE)
_SYLLABLE: Final = re.compile(r"[^AEIOUY][AEIOU][^AEIOUY]")
_SMALL_THEN_CAPITALS: Final = re.compile(r"([a-z]{1,8})([A-Z]{2,4})")
"""“macOS”, “iOS”"""
_ROMAN: Final = re.compile(r"(?:C{0,3})(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})")
_ROMAN_VALUES: Final = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100}


_ONSETS: Final = frozenset(
    listed(
        "bl br ch chr cl cr dr dw fl fr gh gl gn gr kh kl kn kr ph phr pl pn pr ps qu rh sc sch scr sh shr sk sl sm sn",
        "sp sph spl spr squ st str sv sw th thr thw tr ts tw wh wr",
    )
)
_CODAS: Final = frozenset(
    listed(
        "ch ck cks cs ct cts ds dth ff fs ft fts gh ghs ght ghts gn gns gs ks lb lbs lch ld lds lf lfs lk lks ll lls",
        "lm lms lp lps ls lt lth lts mb mbs mn mns mp mps mpt ms nch nck nd nds ng ngs ngth nk nks nn ns nt nth nts",
        "ph phs ps pt pth pts rb rbs rc rch rd rds rf rfs rg rk rks rl rls rm rms rn rns rp rps rr rs rst rsts rt rth",
        "rts sh sk sks sm sms sp sps ss st sts tch th ths ts tt tts wd wds wk wks wl wls wn wns ws xt xth xts zz bs",
    )
)
"""Consonant letters with which English words begin and end."""
_LONGEST_INITIALISM: Final = 5
"""Letters of the longest word in capitals that is spelled out without standing in a list."""
_FIRST_CONSONANTS: Final = re.compile(r"[^aeiouy]*")
_LAST_CONSONANTS: Final = re.compile(r"[^aeiouy]*$")


def spell(letters: str) -> str:
    """Read letters one by one, so that espeak-ng says each one's name: “FAQ” → “F eh Q”."""
    return " ".join(_LETTER_A if letter in "Aa" else letter.upper() for letter in letters)


def read_word(word: str, *, shouted: bool = False) -> str:
    """Read one word of letters and apostrophes; ``shouted`` tells that its neighbours are in capitals too."""
    key = word.lower()
    if key in WHOLE:
        return WHOLE[key]
    stretched = _STRETCHED.sub(lambda run: run[0][:2], word)
    is_acronym = word.isupper() and word.isalpha() and _is_spelled(word, shouted=shouted)
    if stretched != word and (stretched.lower() in WHOLE or not is_acronym):
        return read_word(stretched[:-1] if stretched.endswith(("oo", "OO")) else stretched, shouted=shouted)
    if "'" in word and word.isupper():
        return word.lower()  # DON'T
    stem, plural = (word[:-1], "'s") if len(word) > 2 and word.endswith("s") and word[:-1].isupper() else (word, "")
    stem, plural = (word[:-2], "'s") if word.endswith(("'s", "'S")) and word[:-2].isupper() else (stem, plural)
    mixed = _SMALL_THEN_CAPITALS.fullmatch(word)
    if mixed and _is_spelled(mixed[2], shouted=False):
        return f"{mixed[1].upper() if len(mixed[1]) == 1 else mixed[1]} {spell(mixed[2])}"
    if len(stem) > 1 and stem.isalpha() and stem.isupper():
        return spell(stem) + plural if _is_spelled(stem, shouted=shouted) else stem.lower() + plural
    return word


def _is_spelled(capitals: str, *, shouted: bool) -> bool:
    if capitals in _WORD_WHEN_SHOUTED:
        return not shouted
    if shouted and _SYLLABLE.fullmatch(capitals):
        return False
    if len(capitals) <= 3:
        return capitals.lower() not in _SPOKEN_SHORT
    if capitals in _SPELLED_LONG or not _VOWELS.intersection(capitals):
        return True
    is_short = len(capitals) <= _LONGEST_INITIALISM
    return is_short and not shouted and capitals.isascii() and not _is_pronounceable(capitals.lower())


def _is_pronounceable(letters: str) -> bool:
    """Tell whether a word of English may begin and end as these letters do: “naacp” does not."""
    first = _FIRST_CONSONANTS.match(letters)
    last = _LAST_CONSONANTS.search(letters)
    begins = first is None or len(first[0]) < 2 or first[0] in _ONSETS
    ends = last is None or len(last[0]) < 2 or last[0] in _CODAS
    return begins and ends


def state_of(code: str, city: str, after: str) -> str:
    """Name the state of the USA that a postal code stands for; empty where it stands for something else.

    Args:
        code: two capitals after a comma.
        city: the word before the comma.
        after: the text after the code.
    """
    if code not in STATES or not (city[:1].isupper() and city[1:].islower()):
        return ""
    cities = CITIES_OF_AMBIGUOUS_CODES.get(code)
    has_postal_code = re.match(r"\s\d{5}(?!\d)", after)
    return STATES[code] if cities is None or city in cities or has_postal_code else ""


def is_abbreviation(word: str, *, shouted: bool) -> bool:
    """Tell whether a word may be an abbreviation at all: “hr” with its dot may, “HR” may not.

    ``shouted`` tells that its neighbours are in capitals too.
    """
    if len(word) < 2 or not word.isupper() or "." in word:
        return True
    key = word.lower()
    return key not in LETTERS_IN_CAPITALS and (shouted or key in CAPITALS_AMONG_SMALL)


def roman(numeral: str) -> int:
    """Value of a Roman numeral up to 399; 0 when it is none."""
    if not numeral or not _ROMAN.fullmatch(numeral):
        return 0
    values = [_ROMAN_VALUES[letter] for letter in numeral]
    return sum(-value if value < after else value for value, after in zip(values, [*values[1:], 0], strict=True))
