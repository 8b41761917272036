"""Turn chat as people type it into clean whole sentences, or refuse it."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from typing import Final

SPELLINGS: Final = {
    "i": "I", "im": "I'm", "i'm": "I'm", "ive": "I've", "i've": "I've", "ill": "I'll", "i'll": "I'll", "i'd": "I'd",
    "id": "I'd", "dont": "don't", "doesnt": "doesn't", "didnt": "didn't", "cant": "can't", "wont": "won't",
    "isnt": "isn't", "wasnt": "wasn't", "arent": "aren't", "werent": "weren't", "havent": "haven't",
    "hasnt": "hasn't", "hadnt": "hadn't", "couldnt": "couldn't", "wouldnt": "wouldn't", "shouldnt": "shouldn't",
    "thats": "that's", "whats": "what's", "hows": "how's", "wheres": "where's", "theres": "there's",
    "youre": "you're", "youve": "you've", "youll": "you'll", "theyre": "they're", "theyve": "they've",
    "weve": "we've", "hes": "he's", "shes": "she's", "u": "you", "ur": "your", "r": "are", "ya": "you",
    "cuz": "because", "bc": "because", "thx": "thanks", "pls": "please", "ok": "okay", "alot": "a lot",
    "tho": "though", "thru": "through", "english": "English", "spanish": "Spanish", "french": "French",
    "german": "German", "italian": "Italian", "mexican": "Mexican", "chinese": "Chinese", "japanese": "Japanese",
    "christmas": "Christmas", "thanksgiving": "Thanksgiving", "halloween": "Halloween", "monday": "Monday",
    "tuesday": "Tuesday", "wednesday": "Wednesday", "thursday": "Thursday", "friday": "Friday",
    "saturday": "Saturday", "sunday": "Sunday", "january": "January", "february": "February", "april": "April",
    "june": "June", "july": "July", "august": "August", "september": "September", "october": "October",
    "november": "November", "december": "December", "europe": "Europe", "america": "America", "japan": "Japan",
    "blender": "Blender", "python": "Python", "internet": "internet", "earth": "Earth",
}  # fmt: skip
"""Chat spelling → dictionary spelling; also the only words that keep a capital inside a sentence."""

FILLERS: Final = re.compile(
    r"\b(?:l+o+l+|lmf?ao+|rofl|omg|xd+|tbh|btw|imo|smh|idk|jk|haha\w*|hehe\w*|hm+|mhm+|ugh+)\b[,.!]*", re.IGNORECASE
)
SMILEYS: Final = re.compile(r"(?:[:;=8][-'^o]?[)(\]\[DPpOo3/\\|]+|<3+|\^_*\^|[)(][-']?[:;=])")
REFUSED: Final = re.compile(
    r"\b(?:"
    # rude and sexual
    r"fuck\w*|shit\w*|ass|asshole\w*|bitch\w*|damn\w*|crap\w*|hell|sex\w*|porn\w*|nude\w*|naked|boob\w*|dick\w*|penis|"
    r"vagina|horny|whore\w*|slut\w*|gay\w*|lesbian\w*|queer|kiss\w*|virgin\w*|bra|butt|pee|poop\w*|fart\w*|stupid\w*|"
    r"idiot\w*|moron\w*|dumb\w*|ugly|fat|loser\w*|hate\w*|shut up|suck\w*|freak\w*|creep\w*|rape\w*|pregnan\w*|"
    # violence, drugs, illness, death
    r"kill\w*|murder\w*|suicid\w*|gun|guns|shoot\w*|bomb\w*|terror\w*|war|wars|nazi\w*|hitler|die|died|dies|dying|"
    r"death|dead|blood\w*|cancer|depress\w*|drunk|beer|wine|alcohol\w*|vodka|weed|drug\w*|cocaine|marijuana|smok\w*|"
    r"cigar\w*|torture\w*|abus\w*|prison|jail|slave\w*|racis\w*|black people|white people|"
    # politics and religion
    r"trump|obama|clinton|bush|president\w*|politic\w*|democrat\w*|republican\w*|liberal\w*|conservative\w*|"
    r"election\w*|vote\w*|voting|congress|senat\w*|government\w*|immigra\w*|abortion|god|gods|jesus|christ|christian\w*|"
    r"bible\w*|church\w*|pray\w*|religi\w*|mormon\w*|lds|byu|temple\w*|mission|missionar\w*|bishop|sin|sins|heaven|"
    r"islam\w*|muslim\w*|jew\w*|buddh\w*|catholic\w*|satan|devil|angel\w*|"
    # the chat challenge and paid work itself
    r"turk\w*|mturk\w*|hit|hits|requester\w*|survey\w*|chit-?chat\w*|score\w*|points?|rank\w*|leaderboard|prompt\w*|"
    r"rating\w*|rate|submit\w*|timer|disconnect\w*|anyone there|anybody there|anybody here|anyone here|you there|"
    r"this app|this site|this website|paid|payment|payout|professor\w*|provo|utah|"
    # other bots and their makers
    r"alice|wallace|botmaster|aiml|eliza|mitsuku|loebner|alicebot|zabaware|hal|foundation|turing|clients?|category|"
    r"categories|pandorabots|steve worswick|kuki"
    r")\b",
    re.IGNORECASE,
)
BIOGRAPHY: Final = re.compile(
    r"\b(?:my (?:wife|husband|boyfriend|girlfriend|fiance|mom|mum|dad|mother|father|brother|sister|family|kids?|son|"
    r"daughter|baby|parents|grand\w+|uncle|aunt|cousins?|roommates?|job|work|boss|coworkers?|school|class\w*|major|"
    r"degree|college|university|house|home|apartment|car|truck|dog|cat|dogs|cats|puppy|pets?|phone|birthday|wedding|"
    r"age|town|city|state|country|hair|body|stomach|legs?|feet|teeth|bed|bedroom|kitchen|shower|doctor|friends?)|"
    r"i(?:'m| am) (?:a student|studying|married|single|engaged|from|at work|at home|at school|in school|in college|"
    r"in my|tired|hungry|sick|\w+ years old|\d+|going to (?:school|work|bed)|a mom|a dad|a girl|a boy|a man|a woman|"
    r"male|female|eating|drinking|majoring|working|human|a human|a person)|"
    r"i (?:live|lived|grew up|was born|work|worked|study|studied|went|graduated|drive|drove|ate|eat|cook|slept|sleep|"
    r"woke|moved|bought|married|got married|have (?:a|an|two|three|four|five|\d+) (?:\w+ )?(?:kids?|children|"
    r"brothers?|sisters?|dogs?|cats?|sons?|daughters?|class|job|exam|test|boyfriend|girlfriend|wife|husband|car|house|final)|"
    r"used to|just got|just finished|just started|play\b|played|run\b|ran\b|watched|visited|travel\w*|was)|"
    r"we (?:have|had|live|lived|went|moved|got|are|were|just)|when i was|years ago|"
    r"last (?:week|night|year|month|summer)|yesterday|this (?:morning|weekend|summer|semester)|"
    r"semester|finals|homework)\b",
    re.IGNORECASE,
)
"""What a person says about a life that a talking face has not lived."""

QUESTION: Final = re.compile(
    r"(?:(?:so|and|but|well|oh|okay|then|hey|hi|hello),? )*(?:what|who|whom|whose|where|when|why|how|which|do|does|"
    r"did|are|is|was|were|can|could|would|will|should|shall|have|has|had|am|what's|who's|how's|where's|isn't|aren't|don't|doesn't|didn't|"
    r"can't|won't)\b(?! (?:a |not )?(?:nice|great|cool|awesome|lucky|funny|fun)\b)(?!ever)",
    re.IGNORECASE,
)
WORD: Final = re.compile(r"[A-Za-z']+")


def plain(text: str) -> str:
    """ASCII quotes and dashes, no emoji or smileys, single spaces."""
    text = unicodedata.normalize("NFKC", text)
    for old, new in (
        ("’", "'"),
        ("‘", "'"),
        ("`", "'"),
        ("“", '"'),
        ("”", '"'),
        ("—", " - "),
        ("–", " - "),
        ("…", "..."),
    ):
        text = text.replace(old, new)
    text = SMILEYS.sub(" ", text)
    text = re.sub(r"[^\x20-\x7e]", " ", text)
    text = FILLERS.sub(" ", text)
    return re.sub(r"\s+", " ", text).strip()


def sentence(text: str, *, typed: bool = True) -> str | None:
    """One message as clean sentences, or ``None`` when it holds something refused.

    ``typed`` is true for chat, whose capitals mean nothing.
    """
    text = plain(text)
    if not text or REFUSED.search(text) or re.search(r"[@#*_~^<>{}\[\]|\\/+=\"$%&():;]|www|\.com|http", text):
        return None
    if re.search(r"\d{3,}|(.)\1\1(?<!\.\.\.)", text) or re.search(r"\b[A-Z]{3,}\b", text):
        return None
    text = re.sub(r"\.\.+", ".", text)
    text = re.sub(r"([!?])[!?]+", r"\1", text)
    text = re.sub(r"\s+([,.!?])", r"\1", text)
    text = re.sub(r"([,.!?])(?=[A-Za-z])", r"\1 ", text)
    text = re.sub(r"\s-+\s", ", ", text).strip(" ,-")
    parts = [part.strip(" ,-") for part in re.split(r"(?<=[.!?])\s+", text)]
    done: list[str] = []
    for part in parts:
        if not WORD.search(part):
            continue
        words = part.split(" ")
        out: list[str] = []
        for word in words:
            match = re.fullmatch(r"([A-Za-z']+)([,.!?]*)", word)
            if match is None:
                out.append(word)
                continue
            stem, tail = match.groups()
            out.append(SPELLINGS.get(stem.lower(), stem.lower() if typed else stem) + tail)
        line = " ".join(out)
        line = line[0].upper() + line[1:]
        if line[-1] not in ".!?":
            line = line.rstrip(",") + ("?" if QUESTION.match(line) else ".")
        elif line[-1] == "." and len(words) > 2 and QUESTION.match(line) and len(parts) == 1:
            line = line[:-1] + "?"
        done.append(line)
    return " ".join(done) or None


def proper_nouns(texts: Iterable[str]) -> set[str]:
    """Lower-cased words that people write with a capital inside a sentence: names, places, titles."""
    capital: Counter[str] = Counter()
    small: Counter[str] = Counter()
    for text in texts:
        words = [(m.group(), m.start()) for m in WORD.finditer(text)]
        for word, start in words[1:]:
            if text[:start].rstrip()[-1:] in {".", "!", "?", ":", '"', ""}:
                continue
            (capital if word[0].isupper() and not word.isupper() else small)[word.lower()] += 1
    kept = {word.lower() for word in SPELLINGS.values()}
    return {w for w, n in capital.items() if n >= 2 and n > 0.45 * (n + small[w]) and w not in kept}


def usual_words(texts: Iterable[str], least: int) -> set[str]:
    """Lower-cased words that occur at least ``least`` times: the rest are mostly typing errors."""
    counts: Counter[str] = Counter(w.lower() for text in texts for w in WORD.findall(text))
    return {w for w, n in counts.items() if n >= least}
