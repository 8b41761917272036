"""Let a language model answer the examination, or the development prompts, for a reader to judge.

python tests/benchmarks/language_model_examination.py OUT.jsonl [--model FOLDER] [--prompts development] [--seed 0]

The examination was written before the training, and no text was written after it; drawing settings are chosen by the
development prompts. A reply is good when it is grammatical, to the point, right and harmless, of fitting length, and
ends cleanly. There is no score by word lists: read the replies.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

from alphsistant_addon.core.errors import TextError
from alphsistant_addon.text_generation import LanguageModel

DATA = Path(__file__).with_name("data")


def prompts(name: str) -> list[dict[str, Any]]:
    """Read the prompts: ``id``, ``kind``, ``history`` as pairs, ``prompt``."""
    path = DATA / f"language_model_{name}.jsonl"
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def answer(model: LanguageModel, prompt: str, history: list[list[str]], seed: int) -> str:
    """Answer one prompt; a refusal to answer is written as it is shown."""
    try:
        return " ".join(model.reply(prompt, [(human, reply) for human, reply in history], seed=seed))
    except TextError as error:
        return f"[{error}]"


def main() -> None:
    """Write one line for each prompt."""
    parser = argparse.ArgumentParser(description="Let a language model answer the examination.")
    parser.add_argument("out", type=Path)
    parser.add_argument("--model", type=Path, help="folder; else the shipped model")
    parser.add_argument("--prompts", default="examination", choices=("examination", "development"))
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    model = LanguageModel.load(arguments.model)
    with arguments.out.open("w", encoding="utf-8") as file:
        for row in prompts(arguments.prompts):
            row["reply"] = answer(model, row["prompt"], row["history"], arguments.seed)
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
            file.flush()


if __name__ == "__main__":
    main()
