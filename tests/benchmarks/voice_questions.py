"""Whether a question is heard as one: ``python tests/benchmarks/voice_questions.py [--voice FOLDER]``.

Twenty sentences of a few words, none with a question word, are spoken with ``.``, ``?`` and ``!``. Printed is how many
semitones the pitch at the end (the last four moments within 25 dB of the loudest) lies over the median, as tracked in
the sound itself (:func:`lip_sync.prosody.pitch`), and how far questions end above the same words stated.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Final

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from alphsistant_addon.core.speech import Speech
from alphsistant_addon.lip_sync.prosody import loudness, pitch
from alphsistant_addon.text_to_speech import Voice

SENTENCES: Final = (
    *("You are coming", "Is it raining", "Do you like the blue one", "You have finished it already"),
    *("Are we there yet", "Would you like a cup of tea", "You did", "Yes", "Really", "She bought a new car"),
    *("The train is late again", "They live in the old house", "It works in Blender", "Can I see your drawing"),
    *("Did anybody call", "You want me to wait here", "Nobody told him", "Is this your first film"),
    *("He sold the company", "Shall we go"),
)


def end_over_median(speech: Speech) -> float:
    """Semitones."""
    hertz, level = pitch(speech.samples, speech.sample_rate), loudness(speech.samples, speech.sample_rate)
    moments = min(len(hertz), len(level))  # the grids may differ by one at the end
    hertz, level = hertz[:moments], level[:moments]
    heard = hertz[(hertz > 90) & (level > level.max() - 25)]
    return float(12 * np.log2(np.median(heard[-4:]) / np.median(heard)))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--voice", help="name of a shipped voice, or folder")
    voice = Voice.load(parser.parse_args().voice)
    ends = {sign: np.array([end_over_median(voice.speak(s + sign)) for s in SENTENCES]) for sign in ".?!"}
    for sign, found in ends.items():
        print(f"{sign}  end over median: {np.median(found):+.1f} semitones (median of {len(found)})")
    rise = ends["?"] - ends["."]
    least, middle, most = np.percentile(rise, [0, 50, 100])
    print(f"a question ends {least:.1f} to {most:.1f} semitones over its statement, median {middle:.1f}")


if __name__ == "__main__":
    main()
