"""Measure the shipped language model: speed, perplexity, and whether it answers what it was asked.

python tests/benchmarks/language_model.py [--threads 2]

The held-out dialogues beside this file were set aside by ``blender_assets/language_model/recipe/prepare.py``; the questions
below are worded as they nowhere are in ``persona.txt``.
"""

from __future__ import annotations

import argparse
import json
import math
import re
import sys
import time
from pathlib import Path
from typing import Final

import torch

sys.path.insert(0, str(Path(__file__).parents[2]))

from alphsistant_addon.core.errors import TextError
from alphsistant_addon.text_generation import LanguageModel
from alphsistant_addon.text_generation.dialogue_format import HUMAN, SELF

QUESTIONS: Final = (
    ("Hey, who might you be?", r"Alphsistant"),
    ("Could you tell me your name please?", r"Alphsistant|called"),
    ("So, what are you exactly?", r"Alphsistant|face|assistant"),
    ("Are you some kind of robot?", r"program|model|mouth|face"),
    ("Who was it that made you?", r"project|free software|source"),
    ("In which place do you live?", r"Blender|blend file|viewport"),
    ("How exactly do you work?", r"GPT|DC-TTS|speech|keyframe|model"),
    ("What makes your lips move?", r"shape|mouth|sound"),
    ("What are you able to do for us?", r"chat|talk|answer|joke|help"),
    ("Do you ever have any feelings?", r"feel|smile|happ"),
    ("Please tell us a good joke.", r"\?|joke"),
    ("Hello my friend!", r"[Hh]ello|Hi|nice|glad"),
    ("Good morning to you!", r"[Mm]orning"),
    ("How do you feel this evening?", r"well|fine|wonderful|feel|evening"),
    ("Thanks a lot for the help!", r"welcome|pleasure|[Aa]ny time"),
    ("Okay, goodbye then!", r"[Gg]oodbye|Bye|See you|soon"),
    ("How's the weather over there?", r"window|scene|weather|outside"),
    ("Which colour is your favourite?", r"orange|colour"),
    ("Which music do you like?", r"music|song|rhythm|ears|words"),
    ("Which film did you like most?", r"film|animated|Bunny|Sintel|movie"),
    ("Do you have some hobbies?", r"vowel|[Tt]alking|hobby|fun|cursor"),
    ("I really love pizza.", r"pizza|delicious|tast|food|eat|curious"),
    ("I like to play the piano.", r"piano|music|play"),
    ("My dog is very sweet.", r"dog|pet|lovely|name"),
    ("Today I feel a little sad.", r"sorry|pity|hope|better"),
    ("What is Blender good for?", r"free|software|program|animation|film|home"),
    ("How can I make my character talk?", r"panel|shape keys|select|button|tab"),
    ("What are shape keys good for?", r"mesh|vert|slider|shape|form"),
    ("What time is it now?", r"clock|time|frame"),
    ("What is three plus five?", r"number|calculator|eight"),
)
"""Question, and what a fitting answer contains at least one of."""
SEEDS: Final = range(3)


def tokens_per_second(model: LanguageModel, tokens: int = 100) -> tuple[float, float]:
    """Speed of drawing, without the time for reading the prompt: by the clock, and by the processor's own time.

    The second is what an idle computer would come near to when this one is busy with other things.
    """
    drawn = model._tokens(model._tokenizer.encode(f"{HUMAN}Hello!{SELF}"), tokens + 1, torch.Generator(), None)
    next(drawn)
    clock, processor = time.perf_counter(), time.process_time()
    count = sum(1 for _ in drawn)
    return count / (time.perf_counter() - clock), count / (time.process_time() - processor)


def first_sentence_seconds(model: LanguageModel) -> float:
    """Median time from the question to the first sentence."""
    times = []
    for question, _ in QUESTIONS[:15]:
        start = time.perf_counter()
        next(model.reply(question))
        times.append(time.perf_counter() - start)
    return sorted(times)[len(times) // 2]


@torch.inference_mode()
def perplexity(model: LanguageModel) -> float:
    """Per token of the replies in the held-out dialogues, each token predicted from what stands before it."""
    loss = count = 0.0
    path = Path(__file__).with_name("language_model_held_out.jsonl")
    for line in path.read_text(encoding="utf-8").splitlines():
        ids, labels = [], []
        for speaker, text in json.loads(line):
            said = model._tokenizer.encode(text)
            ids += [model._tokenizer.convert_tokens_to_ids({"human": HUMAN, "self": SELF}[speaker]), *said]
            labels += [-100, *(said if speaker == "self" else [-100] * len(said))]
        tokens = sum(label >= 0 for label in labels[: model.context])
        if tokens:
            batch, learned = (torch.tensor([row[: model.context]]) for row in (ids, labels))
            loss += float(model._network(batch, labels=learned).loss) * tokens
            count += tokens
    return math.exp(loss / count)


def fitting(model: LanguageModel) -> float:
    """Share of replies that fit, over the questions and seeds; prints those of the first seed."""
    good = 0
    for seed in SEEDS:
        for question, expected in QUESTIONS:
            try:
                reply = " ".join(model.reply(question, seed=seed))
            except TextError as error:
                reply = str(error)
            fits = bool(re.search(expected, reply))
            good += fits
            if seed == SEEDS[0]:
                print(f"  {'+' if fits else '-'} {question} → {reply}")
    return good / (len(SEEDS) * len(QUESTIONS))


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description="Measure the shipped language model.")
    parser.add_argument("--threads", type=int, default=2)
    torch.set_num_threads(parser.parse_args().threads)
    start = time.perf_counter()
    model = LanguageModel.load()
    print(f"loaded in {time.perf_counter() - start:.2f} s (torch was imported before)")
    clock, processor = tokens_per_second(model)
    print(f"{clock:.0f} tokens a second, {processor:.0f} a second of processor time")
    print(f"first sentence after {first_sentence_seconds(model):.2f} s")
    print(f"held-out perplexity {perplexity(model):.1f} a token")
    print(f"fitting replies to unseen wordings: {fitting(model):.0%}")


if __name__ == "__main__":
    main()
