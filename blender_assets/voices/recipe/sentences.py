"""Choose the sentences that the voice learns from: ``python sentences.py --sources FOLDER --out sentences.tsv``.

Sources, all with licences that allow it: chitchat-dataset 0.9.0 (MIT), chatterbot-corpus 1.3.3 (BSD-3-Clause), the
usage examples of WordNet 3.0 (WordNet licence; Debian's ``wordnet-base``). Rudeness, names and misspelt words are left
out: a word must stand in the American lexicon that the teacher's package carries. Columns: id, source, text.
"""

from __future__ import annotations

import argparse
import gzip
import importlib.util
import json
import random
import re
import sys
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Final

_CONTRACTIONS: Final = """
i'm i've don't doesn't didn't can't isn't wasn't wouldn't couldn't shouldn't that's what's you're they're you've hasn't
haven't aren't there's here's where's how's you'll they'll weren't hadn't let's
""".split()  # noqa: SIM905  (a list of words reads better as words)

FIXES: Final[dict[str, str]] = {
    **{w.replace("'", ""): w for w in _CONTRACTIONS},
    "ok": "okay", "gonna": "going to", "wanna": "want to", "alot": "a lot", "u": "you", "ur": "your", "thx": "thanks",
}  # fmt: skip
"""Chat spellings and what is meant."""

CAPITALS: Final = frozenset(
    """
    english monday tuesday wednesday thursday friday saturday sunday january february march april june july august
    september october november december american europe
    """.split()  # noqa: SIM905  (a list of words reads better as words)
)
RUDE: Final = frozenset(
    """
    fuck shit bitch ass asshole damn hell sex sexy porn rape kill suicide nazi hitler dick pussy cock cunt fag
    faggot nigger nigga retard retarded whore slut tits boobs penis vagina murder drug drugs cocaine weed gun lol
    lmao haha hahaha hehe hmm umm uhh um uh mturk turk amazon hit hits slur gay lesbian trump obama hillary
    clinton biden republican democrat jesus christ allah muslim jew jews islam mormon terrorist abortion orgasm
    crap piss bastard idiot stupid dumb naked nude breast breasts erotic intercourse genital prostitute negro
    slave slaves black white corpse corpses
    """.split()  # noqa: SIM905  (a list of words reads better as words)
)
RUDE_PARTS: Final = ("shit", "fuck", "bitch", "nigg", "rape", "porn", "murder", "racis", "sexual", "muslim")
QUESTION: Final = re.compile(
    r"(what|who|whose|where|when|why|how|which|do|does|did|are|is|was|were|can|could|would|will|have|has|should)\b",
    re.IGNORECASE,
)


def clean_word(word: str, lexicon: frozenset[str]) -> str | None:
    """Return a word with its punctuation as it is read aloud, or ``None`` where it is unfit for that."""
    match = re.fullmatch(r"([A-Za-z][A-Za-z']*)([,.?!;:]?)", word)
    if not match or (match[1].isupper() and len(match[1]) > 1):
        return None
    plain = FIXES.get(match[1].lower(), match[1])
    low = plain.lower()
    known = all(w in lexicon or w.removesuffix("'s") in lexicon for w in low.split())
    rude = low in RUDE or any(part in low for part in RUDE_PARTS)
    if not known or rude or plain.endswith("'") or (len(plain) == 1 and low not in ("i", "a")):
        return None
    if low == "i" or low.startswith("i'"):
        plain = "I" + plain[1:]
    elif low in CAPITALS:
        plain = plain.capitalize()
    return plain + match[2]


def clean(text: str, lexicon: frozenset[str], words: tuple[int, int]) -> str | None:
    """Return the sentence with chat spelling mended, or ``None`` where it is unfit to be read aloud."""
    text = re.sub(r"\s+", " ", text.replace("’", "'").replace('"', "")).strip()
    if not re.fullmatch(r"[A-Za-z',.?!;: -]+", text):
        return None
    text = re.sub(r"\s+([,.?!;:])", r"\1", text)
    text = re.sub(r"([.?!,;:])[.?!,;:]+", lambda m: "?" if "?" in m.group() else m.group(1), text)
    text = re.sub(r"([,;:])(?=\S)", r"\1 ", text).replace("-", " ")
    cleaned = [clean_word(word, lexicon) for word in text.split()]
    out = [word for word in cleaned if word]
    if len(out) < len(cleaned) or not words[0] <= len(out) <= words[1]:
        return None
    text = " ".join(out).rstrip(",;: ")
    if re.search(r"[.?!] ", text) or len({w.lower() for w in out}) < 0.6 * len(out):
        return None
    text = text[0].upper() + text[1:]
    return text if text[-1] in ".?!" else text + ("?" if QUESTION.match(text) else ".")


def _split(text: str) -> list[str]:
    return re.split(r"(?<=[.?!])\s+", text)


def chitchat(sources: Path) -> Iterator[str]:
    """Yield the utterances of chitchat-dataset."""
    with zipfile.ZipFile(next(sources.glob("chitchat_dataset-*.whl"))) as wheel:
        for conversation in json.loads(wheel.read("chitchat_dataset/dataset.json")).values():
            for turn in conversation["messages"]:
                for utterance in turn:
                    yield from _split(utterance["text"])


def chatterbot(sources: Path) -> Iterator[str]:
    """Yield the English lines of chatterbot-corpus."""
    with zipfile.ZipFile(next(sources.glob("chatterbot_corpus-*.whl"))) as wheel:
        for name in sorted(n for n in wheel.namelist() if "/data/english/" in n and n.endswith(".yml")):
            for line in wheel.read(name).decode().splitlines():
                match = re.match(r"\s*-\s+(?:-\s+)?(.+)", line)
                if match:
                    yield from _split(match[1].strip("\"'"))


def wordnet(sources: Path) -> Iterator[str]:
    """Yield the usage examples of WordNet 3.0, from a folder with its ``data.*`` files."""
    for path in sorted((sources / "wordnet").glob("data.*")):
        for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
            if not line.startswith("  ") and "|" in line:
                yield from re.findall(r'"([^"]+)"', line.split("|", 1)[1])


def lexicon_of_the_teacher() -> frozenset[str]:
    """Return the words of the American lexicon in the teacher's package, in small letters."""
    spec = importlib.util.find_spec("hibari")
    if spec is None or spec.origin is None:
        sys.exit("hibari-tts is not installed")
    with gzip.open(Path(spec.origin).parent / "assets/lexicon_us_gold.json.gz", "rt", encoding="utf-8") as file:
        return frozenset(w.lower() for w in json.load(file))


def key_of(text: str) -> str:
    """Return the letters of a sentence alone: two sentences with the same are the same."""
    return re.sub(r"[^a-z]", "", text.lower())


def kept_apart() -> frozenset[str]:
    """Return the keys of the sentences that a voice is judged by (``bench voice_quality``)."""
    data = Path(__file__).resolve().parents[3] / "tests" / "benchmarks" / "data"
    lines = [line for name in ("held_out", "hard") for line in (data / f"{name}.tsv").read_text("utf-8").splitlines()]
    return frozenset(key_of(line.split("\t")[1]) for line in lines)


def without(pool: list[tuple[str, str]], apart: frozenset[str]) -> list[tuple[str, str]]:
    """Leave out what is kept apart; ``pool`` is sources and sentences."""
    return [(source, text) for source, text in pool if key_of(text) not in apart]


def main() -> None:
    """Write the chosen sentences, mixed so that every prefix has every source."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sources", type=Path, required=True, help="folder with the two wheels and wordnet/data.*")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--count", type=int, default=13_000)
    arguments = parser.parse_args()
    lexicon = lexicon_of_the_teacher()
    chosen: dict[str, list[str]] = {}
    seen: set[str] = set()
    readers = (("chatterbot", chatterbot, (1, 24)), ("wordnet", wordnet, (5, 24)), ("chitchat", chitchat, (2, 24)))
    for name, source, words in readers:
        for raw in source(arguments.sources):
            text = clean(raw, lexicon, words)
            key = key_of(text) if text else ""
            if text and key not in seen:
                seen.add(key)
                chosen.setdefault(name, []).append(text)
    rng = random.Random(1)
    for texts in chosen.values():
        rng.shuffle(texts)
    # Short turns are plenty in chat: keep one in three, so that the voice also meets clauses and long sentences.
    short = [t for t in chosen["chitchat"] if len(t.split()) < 6]
    chat = [t for t in chosen["chitchat"] if len(t.split()) >= 6] + short[: len(short) // 3]
    rng.shuffle(chat)
    rest = arguments.count - len(chosen["chatterbot"])
    pool = [("chatterbot", t) for t in chosen["chatterbot"]]
    pool += [("wordnet", t) for t in chosen["wordnet"][: rest // 3]]
    pool += [("chitchat", t) for t in chat[: rest - rest // 3]]
    rng.shuffle(pool)
    pool = without(pool, kept_apart())
    lines = [f"S{i:05d}\t{source}\t{text}\n" for i, (source, text) in enumerate(pool)]
    arguments.out.write_text("".join(lines), encoding="utf-8")
    sources = Counter(source for source, _ in pool)
    print(f"{len(lines)} sentences, {sources}, {sum(len(t.split()) for _, t in pool)} words")


if __name__ == "__main__":
    main()
