"""What lip-sync loses where a recording has no transcript, by who listens.

    python tests/benchmarks/lip_sync_without_transcript.py CORPUS_FOLDER ALIGNMENTS.jsonl [--clips 60] [--start 0]
        [--whisper FOLDER]

The columns are those of ``lip_sync.py``, with the word error rate before them. Phone recognition (PocketSphinx's
``allphone`` with its bundled phone language model) is not in the add-on: this is why. Needs pocketsphinx,
phonemizer, espeakng-loader, jiwer; faster-whisper for a Whisper model kept as CTranslate2 does.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable
from pathlib import Path

import jiwer
from lip_sync import HEADER, System, Tally, add, our_curves, our_visemes, row
from lip_sync_corpus import Clip, read_clips
from pocketsphinx import get_model_path

from alphsistant_addon.core.errors import AlphsistantError
from alphsistant_addon.core.phone_inventory import SILENCE
from alphsistant_addon.core.speech import Phone, Speech
from alphsistant_addon.listening import align, alignment, refine
from alphsistant_addon.listening.pocketsphinx_decoder import feed, make_decoder, resample, to_pcm
from alphsistant_addon.text_to_phones.phones import SpokenPhone

SYMBOLS = {name: symbol for symbol, name in reversed(alignment.ARPABET.items())} | {"AH": "ə"}
"""The model's phones → the first of ours that it stands for."""


def recognise_phones() -> Callable[[Clip], Speech]:
    """Return a function that finds the phones of a clip without words."""
    decoder = make_decoder(allphone=get_model_path("en-us/en-us-phone.lm.bin"), lw=2.0, beam=1e-40, pbeam=1e-30)

    def listen(clip: Clip) -> Speech:
        speech = clip.speech
        feed(decoder, to_pcm(resample(speech.samples, speech.sample_rate)), None)
        found: list[alignment.Found] = []
        for segment in decoder.seg():
            symbol = SYMBOLS.get(segment.word)
            unit = alignment._Unit(segment.word, (SpokenPhone(symbol, 0, 0),)) if symbol else None
            found.append((unit, segment.start_frame / 100, (segment.end_frame + 1) / 100))
        phones = alignment._later(alignment._spread(found, speech.duration))
        return Speech(speech.samples, speech.sample_rate, refine(phones, speech.samples, speech.sample_rate), (), "")

    return listen


def aligned(transcript: bool, whisper: Path | None = None) -> Callable[[Clip], Speech]:
    """Return a function that aligns a clip; one in which nothing is heard is one pause."""

    def listen(clip: Clip) -> Speech:
        speech = clip.speech
        try:
            text = speech.text if transcript else None
            return align(speech.samples, speech.sample_rate, text, whisper=whisper)
        except AlphsistantError as error:
            print(f"{clip.name}: {error}")
            return Speech(speech.samples, speech.sample_rate, (Phone(SILENCE, 0.0, speech.duration),), (), "")

    return listen


def words(text: str) -> str:
    """Lower-case words only."""
    return " ".join(re.sub(r"[^a-z' ]", " ", text.lower()).split()) or "-"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("corpus", type=Path)
    parser.add_argument("alignments", type=Path)
    parser.add_argument("--clips", type=int, default=60)
    parser.add_argument("--start", type=int, default=0)
    parser.add_argument("--whisper", type=Path)
    options = parser.parse_args()
    clips = list(read_clips(options.corpus, options.alignments, options.start, options.clips))
    listeners = {"with the transcript": aligned(transcript=True)}
    if options.whisper:
        listeners["Whisper"] = aligned(transcript=False, whisper=options.whisper)
    listeners["PocketSphinx, words"] = aligned(transcript=False)
    listeners["PocketSphinx, phones"] = recognise_phones()
    print(f"{len(clips)} clips, {sum(c.speech.duration for c in clips):.0f} s\n\n{HEADER}")
    for name, listen in listeners.items():
        heard = {clip.name: listen(clip) for clip in clips}
        tally = Tally()
        system = System(name, lambda clip: heard[clip.name], our_curves, our_visemes)  # noqa: B023
        for clip in clips:
            add(tally, clip, system)
        rate = jiwer.wer([words(c.speech.text) for c in clips], [words(heard[c.name].text) for c in clips])
        system.name += f" (WER {100 * rate:.1f} %)" if "phones" not in name else ""
        print(row(system, tally), flush=True)


if __name__ == "__main__":
    main()
