"""What a dataset lacks for a voice with pitch: when each symbol is said, by an aligner, and how high, by a tracker.

Written into ``alignments.jsonl`` beside the recordings, a line for each. The tracker is Praat's (Boersma 1993, Accurate
short-term analysis of the fundamental frequency and the harmonics-to-noise ratio of a sampled sound), as
``praat-parselmouth`` (GPL-3.0-or-later) has it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from ...core.errors import AlphsistantError, DependencyError
from ...core.phone_inventory import SILENCE
from ...core.speech import Speech
from ..dc_tts.pulse_source import HIGHEST, LOWEST
from ..dc_tts.voice_config import VoiceConfig
from .dataset_check import Report, read_alignments, read_recordings
from .dataset_line import Recording, Unusable

Align = Callable[[npt.NDArray[np.float32], int, str], Speech]
"""As :func:`alphsistant_addon.listening.align`: samples, Hz and what is said → phones with their times."""

FILE: Final = "alignments.jsonl"


def add_times(folder: Path, config: VoiceConfig, align: Align, report: Callable[[str], None]) -> Report:
    """Find times and pitch of the recordings that have none yet, and return what was found on the way.

    Each line is written as soon as it is found, so that the same call goes on where it was stopped.

    Raises:
        AssetError: there is no ``metadata.csv``, or it or ``alignments.jsonl`` is damaged.
        DependencyError: the tracker or the phonemizer is not installed.
    """
    have = read_alignments(folder)
    found = Report()
    with (folder / FILE).open("a", encoding="utf-8") as file:
        for number, (name, recording) in enumerate(read_recordings(folder, config, have), 1):
            if name in have:
                continue
            try:
                record = record_of(recording, config, align)
            except Unusable as problem:
                found.add(name, problem, config)
                continue
            file.write(json.dumps(record, ensure_ascii=False) + "\n")
            file.flush()
            found.add(name, recording, config)
            if number % 50 == 0:
                report(f"{number} lines, {found.seconds / 3600:.2f} h")
    return found


def record_of(recording: Recording | Unusable, config: VoiceConfig, align: Align) -> dict[str, Any]:
    """Return the line of ``alignments.jsonl`` for a recording.

    Raises:
        Unusable: it cannot be learnt from, or what is heard does not go with its text.
        DependencyError: the tracker is not installed.
    """
    if isinstance(recording, Unusable):
        raise recording
    samples = recording.samples.astype(np.float32) / 32768
    try:
        speech = align(samples, config.sample_rate, recording.text)
    except AlphsistantError as error:
        raise Unusable("recordings that do not go with their text", f"“{recording.name}”: {error}") from error
    spans = spans_of(recording.tokens, speech)
    if spans is None:
        raise Unusable(
            "recordings that do not go with their text",
            f"What is heard in “{recording.name}” is not what its text says.",
        )
    return {
        "id": recording.name, "tokens": recording.tokens,
        "spans": [[i, round(a, 4), round(b, 4)] for i, (a, b) in enumerate(spans)],
        "pitch": pitch_of(samples, config),
    }  # fmt: skip


def spans_of(tokens: Sequence[str], speech: Speech) -> list[tuple[float, float]] | None:
    """Return start and end of each symbol in seconds; ``None`` where other phones were heard than the text has.

    A space or a sign has the time between the phones around it, which is a pause or nothing.
    """
    heard = [phone for phone in speech.phones if phone.symbol != SILENCE]
    said = [i for i, token in enumerate(tokens) if token.strip("ˈˌ ").isalpha()]
    if [tokens[i].lstrip("ˈˌ") for i in said] != [phone.symbol for phone in heard] or not heard:
        return None
    times = {i: (phone.start, phone.end) for i, phone in zip(said, heard, strict=True)}
    spans: list[tuple[float, float]] = []
    for i in range(len(tokens)):
        before = spans[-1][1] if spans else 0.0
        after = next((times[k][0] for k in said if k > i), speech.duration)
        spans.append(times.get(i, (before, after if i + 1 in times else before)))
    return spans


def pitch_of(samples: npt.NDArray[np.float32], config: VoiceConfig) -> list[float]:
    """Return Hz for each frame of the mel spectrogram, 0 where unvoiced.

    Args:
        samples: ``float32 [n]`` at the voice's rate.
        config: for the rate and the frames.

    Raises:
        DependencyError: ``praat-parselmouth`` is not installed.
    """
    try:
        import parselmouth  # noqa: PLC0415  (a training dependency)
    except ImportError as error:
        raise DependencyError(
            "Pitch is tracked by praat-parselmouth: install it with “pip install praat-parselmouth”."
        ) from error
    step = config.hop_length / config.sample_rate
    sound = parselmouth.Sound(samples.astype(np.float64), config.sample_rate)
    frames = 1 + len(samples) // config.hop_length
    if sound.duration <= 3 / LOWEST:  # Praat needs three periods of the lowest pitch.
        return [0.0] * frames
    track = sound.to_pitch_ac(time_step=step, pitch_floor=LOWEST, pitch_ceiling=HIGHEST)
    hertz = np.nan_to_num([track.get_value_at_time(i * step) for i in range(frames)])
    return [round(float(value), 1) for value in hertz]
