"""One line of a dataset's ``metadata.csv``: its recording and its text, or why training leaves it out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import soxr

from ...core.errors import AssetError, TextError
from ...core.sound_files import read_sound
from ...text_to_phones.phones import transcribe
from ...text_to_phones.reading import read_out
from ..dc_tts.spelling import spell
from ..dc_tts.voice_config import VoiceConfig

MIN_SECONDS: Final = 0.2
MAX_SECONDS: Final = 12.0
"""Longer clips are left out: they cost memory and teach little."""

CLIPPED: Final = 0.001
"""Share of samples at full scale over which a recording is clipped."""

SILENT: Final = 10 ** (-50 / 20)
"""A recording that never gets louder holds no speech (full scale is 1)."""


class Unusable(AssetError):  # noqa: N818  (a finding, not a fault)
    """Training leaves the line out; ``kind`` is what it has in common with others."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


@dataclass(frozen=True, slots=True)
class Recording:
    """A line that can be learnt from: samples ``int16 [n]`` at the voice's rate, and the symbols of its text.

    ``notes`` are the kinds of what had to be done to it.
    """

    name: str
    text: str
    tokens: tuple[str, ...]
    samples: npt.NDArray[np.int16]
    notes: tuple[str, ...]


def read_line(folder: Path, row: Sequence[str], config: VoiceConfig, tokens: Sequence[str] | None = None) -> Recording:
    """Read the recording of one line of ``metadata.csv``; ``tokens`` are an aligner's, if there are any.

    Raises:
        Unusable: training has to leave it out.
        DependencyError: the phonemizer is not installed.
    """
    if len(row) < 2 or not row[-1].strip():
        raise Unusable("no text", f"The line “{'|'.join(row)}” of metadata.csv has no text.")
    name, text = row[0], row[-1]
    samples, notes = read_samples(folder / "wavs" / f"{name}.wav", config.sample_rate)
    seconds = len(samples) / config.sample_rate
    if seconds < MIN_SECONDS:
        raise Unusable(f"shorter than {MIN_SECONDS} s", f"The recording “{name}” lasts only {seconds:.1f} s.")
    if seconds > MAX_SECONDS:
        raise Unusable(f"longer than {MAX_SECONDS:.0f} s", f"The recording “{name}” lasts {seconds:.1f} s.")
    levels = np.abs(samples.astype(np.int32))
    if np.mean(levels >= 32_700) > CLIPPED:
        raise Unusable("clipped", f"The recording “{name}” is clipped.")
    if levels.max() <= SILENT * 32_768:
        raise Unusable("silence", f"The recording “{name}” is silent.")
    if tokens is None:
        tokens, lost = _tokens(name, text, config)
        notes += lost
    unknown = sorted(set(tokens) - set(config.symbols[1:]))
    if unknown:
        raise Unusable(
            "symbols the voice does not have",
            f"The voice has no symbol for {', '.join(map(repr, unknown))} of the text of “{name}”.",
        )
    return Recording(name, text, tuple(tokens), samples, notes)


def _tokens(name: str, text: str, config: VoiceConfig) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Text → the voice's symbols, and notes on signs that had to be left out."""
    try:
        reading = read_out(text, max_characters=max(20, 10 * len(text)))
        spoken = " ".join(sentence.spoken for sentence in reading.sentences)
        tokens = transcribe(spoken).tokens if config.reads == "phones" else spell(spoken, config).tokens
    except TextError as error:
        raise Unusable("text that cannot be spoken", f"The text of “{name}” cannot be spoken: {error}") from error
    return tokens, ("text with signs that were left out",) if reading.warnings else ()


def read_samples(path: Path, sample_rate: int) -> tuple[npt.NDArray[np.int16], tuple[str, ...]]:
    """Read a sound file as 16-bit mono of the given rate, and note what had to be done for that.

    Raises:
        Unusable: it is missing or damaged.
    """
    if not path.is_file():
        raise Unusable("no recording", f"There is no recording “{path}”.")
    try:
        sound = read_sound(path)
    except AssetError as error:
        raise Unusable("damaged recordings", str(error)) from error
    samples, rate = sound.samples, sound.sample_rate
    notes: tuple[str, ...] = ("more than one channel, mixed to one",) if sound.channels > 1 else ()
    if rate != sample_rate and len(samples):
        samples = np.asarray(soxr.resample(samples, rate, sample_rate), np.float32)
        notes += (f"resampled from {rate} Hz to {sample_rate} Hz",)
    return np.asarray(np.clip(np.round(samples * 32_768), -32_768, 32_767), np.int16), notes
