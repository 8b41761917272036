"""Measure the shipped language model beside a GPT-2 of OpenAI's size: speed, first sentence, memory, perplexity.

python tests/benchmarks/language_model.py [--threads 1]

The large one has random weights, for no package carries GPT-2's: speed and memory do not depend on them, and its
perplexity shows what knowing nothing is. Whether replies are good is a matter of reading them:
``language_model_examination.py``.
"""

from __future__ import annotations

import argparse
import json
import math
import re
import resource
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import torch
from torch.nn import functional

REPOSITORY: Final = Path(__file__).parents[2]
sys.path[:0] = [str(REPOSITORY), str(REPOSITORY / "blender_assets" / "language_model" / "recipe")]

from alphsistant_addon.text_generation import LanguageModel, gpt2, int8
from alphsistant_addon.text_generation.dialogue_format import HUMAN, SELF

QUESTIONS: Final = (
    "Hello my friend!",
    "Which colour is your favourite?",
    "What are shape keys good for?",
    "Today I feel a little sad.",
    "Please tell us a good joke.",
    "Which city is the capital of Norway?",
    "I like to play the piano.",
    "What are you able to do for us?",
)
MODELS: Final = ("shipped", "124 M", "124 M in single precision")
FIRST_SENTENCE_TOKENS: Final = 14
"""Drawn of the random network, which never ends a sentence: about as many as the shipped one's first sentence has."""

Dialogue = list[tuple[str, str]]


def load(name: str) -> LanguageModel:
    """The shipped model, or GPT-2 in its smallest size (Radford et al., 2019, table 2) with random weights."""
    shipped = LanguageModel.load(use_gpu=False)
    if name == "shipped":
        return shipped
    torch.manual_seed(0)
    network = gpt2.GPT2(gpt2.Config()).to_empty(device="cpu").eval()
    for parameter, values in network.named_parameters():
        # As GPT-2 was initialised: Radford et al., section 2.3.
        values.data.normal_(0.0, 0.02) if values.dim() > 1 else values.data.fill_(float(".ln" in parameter))
    network.tie()
    if name == "124 M" and not int8.make_faster(network, shipped._tokenizer.encode(int8.TEXT)):
        raise SystemExit("This torch cannot compute with eight bits.")
    return LanguageModel(network, shipped._tokenizer, shipped.turns)


def tokens_per_second(model: LanguageModel, tokens: int = 100) -> tuple[float, float]:
    """Speed of drawing, without the time for reading the prompt: by the clock, and by the processor's own time.

    The second is what an idle computer would come near to when this one is busy with other things.
    """
    drawn = model._tokens(model._tokenizer.encode(f"{HUMAN}Hello!{SELF}"), tokens + 1, torch.Generator(), None)
    next(drawn)
    clock, processor = time.perf_counter(), time.process_time()
    count = sum(1 for _ in drawn)
    return count / (time.perf_counter() - clock), count / (time.process_time() - processor)


def first_sentence_seconds(model: LanguageModel, name: str) -> tuple[float, float]:
    """Median time from the question to the first sentence: by the clock, and by the processor's own time."""
    clocks, processors = [], []
    for question in QUESTIONS:
        clock, processor = time.perf_counter(), time.process_time()
        if name == "shipped":
            next(model.reply(question))
        else:
            ids = model._tokenizer.encode(f"{HUMAN}{question}{SELF}")
            list(model._tokens(ids, FIRST_SENTENCE_TOKENS, torch.Generator(), None))
        clocks.append(time.perf_counter() - clock)
        processors.append(time.process_time() - processor)
    return sorted(clocks)[len(clocks) // 2], sorted(processors)[len(processors) // 2]


@torch.inference_mode()
def perplexity(model: LanguageModel, dialogues: Iterable[Dialogue]) -> float:
    """Per token of the replies, each token predicted from what stands before it."""
    loss = count = 0.0
    marks, vocabulary = {"human": HUMAN, "self": SELF}, model._tokenizer.get_vocab()
    for dialogue in dialogues:
        ids: list[int] = []
        labels: list[int] = []
        for speaker, text in dialogue:
            said = model._tokenizer.encode(text)
            ids += [vocabulary[marks[speaker]], *said]
            labels += [-100, *(said if speaker == "self" else [-100] * len(said))]
        tokens = sum(label >= 0 for label in labels[: model.context])
        if tokens:
            batch, learned = (torch.tensor([row[: model.context]]) for row in (ids, labels))
            logits = model._network(batch[:, :-1]).logits[0]
            loss += float(functional.cross_entropy(logits, learned[0, 1:], ignore_index=-100, reduction="sum"))
            count += tokens
    return math.exp(loss / count)


def held_out() -> dict[str, list[Dialogue]]:
    """Dialogues that were not learned: people's chat, whole blocks of our text, and new wordings of learned blocks."""
    from persona import read
    from train import hold_out, spoken

    path = Path(__file__).with_name("language_model_held_out.jsonl")
    chat = [[(s, t) for s, t in json.loads(line)] for line in path.read_text(encoding="utf-8").splitlines()]
    _, unseen, reworded = hold_out(read(REPOSITORY / "blender_assets" / "language_model" / "recipe" / "text"))
    return {"chat": chat, "unseen blocks": spoken(unseen), "unseen wordings": spoken(reworded)}


def measure(name: str, threads: int) -> dict[str, Any]:
    """All figures of one model."""
    torch.set_num_threads(threads)
    model = load(name)
    clock, processor = tokens_per_second(model)
    first, first_processor = first_sentence_seconds(model, name)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    resident = int(re.search(r"VmRSS:\s*(\d+)", Path("/proc/self/status").read_text(encoding="utf-8"))[1]) / 1024
    parameters = 124.4 if name != "shipped" else sum(p.numel() for p in model._network.parameters()) / 1e6
    dialogues = held_out() if name == "shipped" else {"chat": held_out()["chat"][:10]}
    figures = {f"perplexity, {kind}": perplexity(model, texts) for kind, texts in dialogues.items()}
    return {
        "million parameters": parameters,
        "tokens a second": clock,
        "tokens a second of processor time": processor,
        "seconds to the first sentence": first,
        "seconds of processor time to it": first_processor,
        "MiB of memory": resident,
        "MiB of memory at most, while it was loaded": memory,
        **figures,
    }


def main() -> None:
    """Print the figures, each model measured in a process of its own so that its memory is its own."""
    parser = argparse.ArgumentParser(description="Measure the shipped language model beside one of 124 M parameters.")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--only", choices=MODELS, help="print the figures of one model as JSON")
    arguments = parser.parse_args()
    if arguments.only:
        print(json.dumps(measure(arguments.only, arguments.threads)))
        return
    for name in MODELS:
        command = [sys.executable, __file__, "--threads", str(arguments.threads), "--only", name]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        print(name)
        for what, figure in json.loads(done.stdout.splitlines()[-1]).items():
            print(f"  {what}: {figure:.3g}")


if __name__ == "__main__":
    main()
