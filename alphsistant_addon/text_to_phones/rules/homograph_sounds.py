"""Sounds of words that are written alike: as noun or adjective, and as verb.

General American, in the symbols of :mod:`alphsistant_addon.core.phone_inventory` with stress marks. Source:
Merriam-Webster's Collegiate Dictionary, 11th edition, transcribed with the vowels that espeak-ng uses.
"""

from __future__ import annotations

from typing import Final

NOUN_OR_VERB: Final[dict[str, tuple[str, str]]] = {
    # The last consonant differs.
    "abuse": ("əbjˈus", "əbjˈuz"),
    "diffuse": ("dᵻfjˈus", "dᵻfjˈuz"),
    "excuse": ("ɛkskjˈus", "ɛkskjˈuz"),
    "house": ("hˈaʊs", "hˈaʊz"),
    "misuse": ("mɪsjˈus", "mɪsjˈuz"),
    "reuse": ("ɹijˈus", "ɹijˈuz"),
    "use": ("jˈus", "jˈuz"),
    # The stress moves.
    "attribute": ("ˈætɹɪbjˌut", "ətɹˈɪbjut"),
    "combine": ("kˈɑmbaɪn", "kəmbˈaɪn"),
    "compound": ("kˈɑmpaʊnd", "kəmpˈaʊnd"),
    "compress": ("kˈɑmpɹɛs", "kəmpɹˈɛs"),
    "conduct": ("kˈɑndʌkt", "kəndˈʌkt"),
    "conflict": ("kˈɑnflɪkt", "kənflˈɪkt"),
    "console": ("kˈɑnsoʊl", "kənsˈoʊl"),
    "construct": ("kˈɑnstɹʌkt", "kənstɹˈʌkt"),
    "content": ("kˈɑntɛnt", "kəntˈɛnt"),
    "contest": ("kˈɑntɛst", "kəntˈɛst"),
    "contract": ("kˈɑntɹækt", "kəntɹˈækt"),
    "contrast": ("kˈɑntɹæst", "kəntɹˈæst"),
    "convert": ("kˈɑnvɜɹt", "kənvˈɜɹt"),
    "convict": ("kˈɑnvɪkt", "kənvˈɪkt"),
    "decrease": ("dˈikɹis", "dᵻkɹˈis"),
    "defect": ("dˈifɛkt", "dᵻfˈɛkt"),
    "desert": ("dˈɛzəɹt", "dᵻzˈɜɹt"),
    "digest": ("dˈaɪdʒɛst", "daɪdʒˈɛst"),
    "discount": ("dˈɪskaʊnt", "dɪskˈaʊnt"),
    "entrance": ("ˈɛntɹəns", "ɛntɹˈæns"),
    "escort": ("ˈɛskɔɹt", "ɛskˈɔɹt"),
    "exploit": ("ˈɛksplɔɪt", "ɛksplˈɔɪt"),
    "export": ("ˈɛkspɔɹt", "ɛkspˈɔɹt"),
    "extract": ("ˈɛkstɹækt", "ɛkstɹˈækt"),
    "import": ("ˈɪmpɔɹt", "ɪmpˈɔɹt"),
    "incline": ("ˈɪnklaɪn", "ɪnklˈaɪn"),
    "increase": ("ˈɪnkɹis", "ɪnkɹˈis"),
    "insert": ("ˈɪnsɜɹt", "ɪnsˈɜɹt"),
    "insult": ("ˈɪnsʌlt", "ɪnsˈʌlt"),
    "object": ("ˈɑbdʒɛkt", "əbdʒˈɛkt"),
    "perfect": ("pˈɜɹfɛkt", "pəɹfˈɛkt"),
    "permit": ("pˈɜɹmɪt", "pəɹmˈɪt"),
    "pervert": ("pˈɜɹvəɹt", "pəɹvˈɜɹt"),
    "present": ("pɹˈɛzənt", "pɹɪzˈɛnt"),
    "produce": ("pɹˈoʊdus", "pɹədˈus"),
    "progress": ("pɹˈɑɡɹɛs", "pɹəɡɹˈɛs"),
    "project": ("pɹˈɑdʒɛkt", "pɹədʒˈɛkt"),
    "protest": ("pɹˈoʊtɛst", "pɹətˈɛst"),
    "rebel": ("ɹˈɛbəl", "ɹᵻbˈɛl"),
    "recall": ("ɹˈikɔl", "ɹᵻkˈɔl"),
    "record": ("ɹˈɛkəɹd", "ɹᵻkˈɔɹd"),
    "refill": ("ɹˈifɪl", "ɹifˈɪl"),
    "refund": ("ɹˈifʌnd", "ɹᵻfˈʌnd"),
    "refuse": ("ɹˈɛfjus", "ɹᵻfjˈuz"),
    "reject": ("ɹˈidʒɛkt", "ɹᵻdʒˈɛkt"),
    "subject": ("sˈʌbdʒɛkt", "səbdʒˈɛkt"),
    "survey": ("sˈɜɹveɪ", "səɹvˈeɪ"),
    "suspect": ("sˈʌspɛkt", "səspˈɛkt"),
    "torment": ("tˈɔɹmɛnt", "tɔɹmˈɛnt"),
    "transfer": ("tɹˈænsfɜɹ", "tɹænsfˈɜɹ"),
    "transplant": ("tɹˈænsplænt", "tɹænsplˈænt"),
    "transport": ("tɹˈænspɔɹt", "tɹænspˈɔɹt"),
    "update": ("ˈʌpdeɪt", "ʌpdˈeɪt"),
    "upgrade": ("ˈʌpɡɹeɪd", "ʌpɡɹˈeɪd"),
    "upset": ("ˈʌpsɛt", "ʌpsˈɛt"),
    # The last vowel differs: a noun or adjective in “-ate”, and a verb.
    "advocate": ("ˈædvəkət", "ˈædvəkˌeɪt"),
    "aggregate": ("ˈæɡɹɪɡət", "ˈæɡɹɪɡˌeɪt"),
    "alternate": ("ˈɔltəɹnət", "ˈɔltəɹnˌeɪt"),
    "animate": ("ˈænɪmət", "ˈænɪmˌeɪt"),
    "appropriate": ("əpɹˈoʊpɹɪət", "əpɹˈoʊpɹɪˌeɪt"),
    "approximate": ("əpɹˈɑksɪmət", "əpɹˈɑksɪmˌeɪt"),
    "articulate": ("ɑɹtˈɪkjʊlət", "ɑɹtˈɪkjʊlˌeɪt"),
    "associate": ("əsˈoʊsɪət", "əsˈoʊsɪˌeɪt"),
    "coordinate": ("koʊˈɔɹdᵻnət", "koʊˈɔɹdɪnˌeɪt"),
    "delegate": ("dˈɛlɪɡət", "dˈɛlɪɡˌeɪt"),
    "deliberate": ("dᵻlˈɪbəɹət", "dᵻlˈɪbəɹˌeɪt"),
    "duplicate": ("dˈuplᵻkət", "dˈuplᵻkˌeɪt"),
    "elaborate": ("ᵻlˈæbəɹət", "ᵻlˈæbəɹˌeɪt"),
    "estimate": ("ˈɛstᵻmət", "ˈɛstᵻmˌeɪt"),
    "graduate": ("ɡɹˈædʒuət", "ɡɹˈædʒuˌeɪt"),
    "initiate": ("ɪnˈɪʃɪət", "ɪnˈɪʃɪˌeɪt"),
    "intimate": ("ˈɪntᵻmət", "ˈɪntᵻmˌeɪt"),
    "moderate": ("mˈɑdəɹət", "mˈɑdəɹˌeɪt"),
    "separate": ("sˈɛpɹət", "sˈɛpəɹˌeɪt"),
    "subordinate": ("səbˈɔɹdᵻnət", "səbˈɔɹdᵻnˌeɪt"),
    # Words of two origins.
    "bow": ("bˈoʊ", "bˈaʊ"),
    "close": ("klˈoʊs", "klˈoʊz"),
    "live": ("lˈaɪv", "lˈɪv"),
    "sow": ("sˈaʊ", "sˈoʊ"),
    "tear": ("tˈɪɹ", "tˈɛɹ"),
    "wind": ("wˈɪnd", "wˈaɪnd"),
}
"""Word → sound as noun or adjective, sound as verb. Forms in “-s” follow from these; those in “-ed” and “-ing” are
verbs, which espeak-ng knows."""

ONE_SOUND: Final[dict[str, str]] = {
    "closes": "klˈoʊzᵻz",
    "excused": "ɛkskjˈuzd",
    "excusing": "ɛkskjˈuzɪŋ",
    "houses": "hˈaʊzᵻz",
}
"""Forms of these words with one sound, which is not that of their noun."""


def with_s(sound: str) -> str:
    """Add the sound of the ending “-s”."""
    if sound.endswith(("s", "z", "ʃ", "ʒ")):
        return sound + "ᵻz"
    return sound + ("s" if sound.endswith(("p", "t", "k", "f", "θ")) else "z")
