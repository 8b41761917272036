"""Write ``known_answers.json``: the questions of ``text/`` with the answers that people wrote to them.

    python known_answers.py OUTPUT_FILE

Only what can be answered without what was said before: the first exchange of a block, without slots. The topics of
:data:`FIXED` are about danger; their answers are always the written ones, never the network's.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, Final

from persona import SLOT, read

FIXED: Final = frozenset(
    {"self_harm", "emergencies", "abuse_and_threats", "harmful_requests", "eating_disorders", "danger_feelings"}
)
"""Topics of ``text/danger*.txt``."""


def known_answers(folder: Path) -> list[dict[str, Any]]:
    """Collect the exchanges: ``q`` wordings, ``a`` answers, ``fixed`` where it is about danger."""
    found = []
    for exchange in read(folder):
        questions = [question for question in exchange.questions if not SLOT.search(question)]
        answers = [answer for answer in exchange.answers if not SLOT.search(answer)]
        if questions and answers:
            entry: dict[str, Any] = {"q": questions, "a": answers}
            if exchange.topic in FIXED:
                entry["fixed"] = True
            found.append(entry)
    return found


if __name__ == "__main__":
    answers = known_answers(Path(__file__).parent / "text")
    Path(sys.argv[1]).write_text(json.dumps(answers, ensure_ascii=False, separators=(",", ":")), encoding="utf-8")
    print(f"{len(answers)} exchanges, {sum(len(entry['q']) for entry in answers)} wordings")
