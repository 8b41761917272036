"""Notes on how to act, which are not spoken: “*sighs*”, “(whispers)”, “[applause]”."""

from __future__ import annotations

import re
from typing import Final

from .tables import listed

_ACTIONS: Final = listed(
    "blushes bows chuckles claps clears coughs cries frowns gasps giggles glances grins groans growls gulps hesitates",
    "hiccups hums laughs leans looks moans mumbles murmurs mutters nods panics pants pauses pouts raises rolls",
    "screams scoffs shakes shivers shouts shrugs sighs sings smiles smirks sneezes sniffles sniffs snorts sobs",
    "stammers stutters trembles waves weeps whimpers whispers whistles winks yawns yells",
)
"""Actions of an actor."""
_DOING: Final = listed(
    "blushing chuckling clapping coughing crying gasping giggling grinning groaning laughing mumbling muttering",
    "nodding panting screaming shivering shouting shrugging sighing singing smiling smirking sniffing sobbing",
    "stammering trembling whispering winking yawning yelling",
)
_SOUNDS: Final = listed("applause beat cheering cheers crosstalk inaudible indistinct laughter music silence static")
"""Sounds that captions and transcripts note."""
_CAMERA: Final = (r"V\.?O\.?", r"O\.?S\.?", r"O\.?C\.?", r"CONT'?D\.?", "off-?screen", "off-?camera", "offstage")
"""Places that a voice comes from, in film scripts: voice over, off screen, off camera, continued."""


def _one_of(words: tuple[str, ...]) -> str:
    return f"(?:{'|'.join(words)})"


_FURTHER_WORDS: Final = r"(?:,?\s[A-Za-z']{1,14}){0,5}"
_FEW_WORDS: Final = r"(?:,?\s[A-Za-z']{1,14}){0,3}"
_IN_STARS: Final = rf"\*{_one_of((*_ACTIONS, *_DOING, *_SOUNDS))}\b{_FURTHER_WORDS}[.!]?\*(?!\*)"
_GOING_ON: Final = r"(?:\s(?:continues|ends|playing|stops))?"
_BRACKETED: Final = "|".join(
    (rf"{_one_of((*_ACTIONS, *_DOING))}\b{_FEW_WORDS}", rf"{_one_of((*_SOUNDS, *_CAMERA))}{_GOING_ON}")
)

STAGE_DIRECTION: Final = re.compile(rf"{_IN_STARS}|\((?:{_BRACKETED})\)|\[(?:{_BRACKETED})\](?!\()", re.IGNORECASE)
"""A note in asterisks, or in brackets that begin with an action, a sound or a voice's place. “*really*” is none."""
