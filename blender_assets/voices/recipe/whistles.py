"""Take the teacher's whistles out of a voice: ``python whistles.py VOICE_FOLDER``.

Kokoro's decoder turns frames of 5 samples into sound (iSTFTNet, Kaneko et al. 2022) and whistles at 4,800 and 9,600 Hz,
multiples of its frame rate, 8 to 10 dB over what is around, and faintly half-way between them; whoever learns from it
learns that too. The SSRN's outputs for those bins become the line between their neighbours. A second time changes
nothing.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))
from alphsistant_addon.text_to_speech import Voice
from alphsistant_addon.text_to_speech.weights import save_weights

WHISTLES: Final = (4_800.0, 7_200.0, 9_600.0)
"""Hz."""

SIDE: Final = 2
"""Bins to either side that the window's main lobe fills."""


def without_whistles(voice: Voice) -> None:
    """Draw the line between the neighbours of each whistle in the envelope's and the depth's outputs, in place."""
    last = voice.ssrn.layers[-1].linear
    count = voice.config.n_linear
    with torch.no_grad():
        for values in (last.weight, last.bias):
            for offset in (0, count):  # the envelope's outputs, then the depth's
                for hertz in WHISTLES:
                    middle = offset + round(hertz / voice.config.bin_hertz)
                    below, above = middle - SIDE - 1, middle + SIDE + 1
                    for bin_ in range(below + 1, above):
                        share = (bin_ - below) / (above - below)
                        values[bin_] = torch.lerp(values[below], values[above], share)


def main() -> None:
    """Mend the SSRN of a voice folder."""
    folder = Path(sys.argv[1])
    voice = Voice.load(folder)
    without_whistles(voice)
    save_weights(voice.ssrn.state_dict(), folder / "ssrn.safetensors")


if __name__ == "__main__":
    main()
