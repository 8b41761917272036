"""Speech to learn from: a folder in LJSpeech's layout.

The phone times of an aligner may stand beside it, in ``alignments.jsonl``.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from ...core.errors import AssetError
from ..dc_tts.pulse_source import comb, hertz_of, pitch_channels, source_spectrum
from ..dc_tts.spectrogram import emphasise, spectrograms, to_unit
from ..dc_tts.voice_config import VoiceConfig, symbol_indices
from .dataset_check import Report, read_alignments, read_recordings
from .dataset_line import Recording, Unusable


@dataclass(frozen=True, slots=True)
class Clip:
    """One recording: symbol indices ``int64 [n]``, samples ``int16``.

    ``mel`` (``float16 [frames, frame_channels]``) holds the mel levels, and the pitch if the voice has that. ``edges``
    (``float32 [n + 1]``, seconds) is where each symbol begins and the last one ends, ``None`` where unknown.
    """

    name: str
    text: str
    symbols: npt.NDArray[np.int64]
    mel: npt.NDArray[np.float16]
    samples: npt.NDArray[np.int16]
    edges: npt.NDArray[np.float32] | None


def edges_of(spans: list[list[float]], tokens: list[str], seconds: float) -> npt.NDArray[np.float32]:
    """Spans ``[token, start, end]`` of all tokens → edges of the start symbol, the tokens and the end symbol.

    The closing silence is shared by the last sign, which shapes the sentence's melody, and the end symbol.
    """
    starts = [start for _, start, _ in spans]
    last = (
        starts[-1] + min(0.05, (seconds - starts[-1]) / 2)
        if len(tokens[-1]) == 1 and not tokens[-1].isalpha()
        else spans[-1][2]
    )
    return np.maximum.accumulate(np.array([0.0, *starts, last, seconds], np.float32))


def load_clips(folder: Path, config: VoiceConfig, *, limit: int | None = None) -> tuple[list[Clip], Report]:
    """Read a dataset folder, or its first clips; return them and what was found on the way.

    Raises:
        AssetError: there is no ``metadata.csv``, or not one usable clip.
        DependencyError: the phonemizer is not installed.
    """
    aligned = read_alignments(folder)
    clips: list[Clip] = []
    report = Report()
    for name, found in read_recordings(folder, config, aligned):
        try:
            clips.append(clip_of(found, aligned.get(name), config))
            report.add(name, found, config)
        except Unusable as problem:
            report.add(name, problem, config)
        if limit is not None and len(clips) >= limit:
            break
    if not clips:
        found_instead = str(report) if report.left_out else "Its metadata.csv is empty."
        raise AssetError(f"“{folder}” has no usable recording. {found_instead}")
    return clips, report


def clip_of(recording: Recording | Unusable, record: dict[str, Any] | None, config: VoiceConfig) -> Clip:
    """What training needs of a recording; ``record`` is its line of ``alignments.jsonl``, if it has one.

    Raises:
        AssetError: it is unusable, or the voice has pitch and the record has none.
    """
    if isinstance(recording, Unusable):
        raise recording
    name, samples, tokens = recording.name, recording.samples, list(recording.tokens)
    seconds = len(samples) / config.sample_rate
    mel, _ = spectrograms(torch.from_numpy(samples.astype(np.float32) / 32768), config)
    if config.pitch:
        mel = torch.cat([mel, pitch_channels(_pitch(name, record, len(mel)))], dim=1)
    return Clip(
        name, recording.text, symbol_indices(tokens, config), mel.numpy().astype(np.float16), samples,
        edges_of(record["spans"], tokens, seconds) if record else None,
    )  # fmt: skip


def _pitch(name: str, record: dict[str, Any] | None, frames: int) -> Tensor:
    """Hz by frame, 0 where unvoiced."""
    if record is None or "pitch" not in record:
        raise Unusable(
            "no pitch in alignments.jsonl",
            f"The recording “{name}” has no pitch in alignments.jsonl, which this voice needs.",
        )
    hertz = torch.tensor(record["pitch"], dtype=torch.float32)[:frames]
    return torch.nn.functional.pad(hertz, (0, frames - len(hertz)))


def steps_of(mel: npt.NDArray[np.float16], config: VoiceConfig) -> npt.NDArray[np.float32]:
    """Mel frames → Text2Mel's steps ``[ceil(frames / reduction), coarse_channels]``.

    The last step is filled up with silence.
    """
    steps = -(-len(mel) // config.reduction)
    padded = np.zeros((steps * config.reduction, config.frame_channels), np.float32)
    padded[: len(mel)] = mel
    grouped = padded.reshape(steps, config.reduction, config.frame_channels)
    return grouped.reshape(steps, -1) if config.stacked else grouped[:, 0]


@dataclass(frozen=True, slots=True)
class Batch:
    """Clips side by side: ``symbols [B, N]``, ``mel [B, T, F]``, ``mask [B, T]`` (1 where there is sound).

    ``attention [B, T, N]`` is the share of each step that belongs to each symbol; all zero for clips without times.
    """

    symbols: Tensor
    mel: Tensor
    mask: Tensor
    attention: Tensor


def make_batch(clips: list[Clip], config: VoiceConfig) -> Batch:
    """Pad clips to one length."""
    mels = [steps_of(c.mel, config) for c in clips]
    rows, steps = max(len(c.symbols) for c in clips), max(len(m) for m in mels)
    symbols = np.zeros((len(clips), rows), np.int64)
    mel = np.zeros((len(clips), steps, config.coarse_channels), np.float32)
    mask = np.zeros((len(clips), steps), np.float32)
    attention = np.zeros((len(clips), steps, rows), np.float32)
    times = np.arange(steps, dtype=np.float32)[:, None]
    for i, (clip, m) in enumerate(zip(clips, mels, strict=True)):
        symbols[i, : len(clip.symbols)] = clip.symbols
        mel[i, : len(m)] = m
        mask[i, : len(m)] = 1
        if clip.edges is not None:
            # Frames are centred on their time: a step of four begins half a frame before its first one.
            edges = (clip.edges * (config.sample_rate / config.hop_length) + 0.5) / config.reduction
            edges[0], edges[-1] = 0, steps
            share = np.minimum(edges[1:], times + 1) - np.maximum(edges[:-1], times)
            attention[i, :, : len(clip.symbols)] = np.maximum(share, 0)
    return Batch(*(torch.from_numpy(a) for a in (symbols, mel, mask, attention)))


@dataclass(frozen=True, slots=True)
class Crops:
    """Stretches of clips: ``mel [B, frames, frame_channels]``, ``linear [B, frames, n_linear]``, levels in 0…1.

    ``comb`` is :func:`.pitch.comb` of a voice with pitch; ``starts`` is the frame of the clip each begins at.
    """

    mel: Tensor
    linear: Tensor
    comb: Tensor | None
    starts: list[int]


def spectrogram_crops(clips: list[Clip], frames: int, config: VoiceConfig, rng: np.random.Generator) -> Crops:
    """Cut one stretch of each clip."""
    length = (frames - 1) * config.hop_length + config.n_fft
    margin = config.n_fft // 2 // config.hop_length + 1
    waves = np.zeros((len(clips), length), np.float32)
    mel = np.zeros((len(clips), frames + 2 * margin, config.frame_channels), np.float32)
    starts: list[int] = []
    for i, clip in enumerate(clips):
        first = int(rng.integers(0, max(1, len(clip.mel) - frames)))
        begin = first * config.hop_length - config.n_fft // 2
        piece = clip.samples[max(0, begin) : begin + length].astype(np.float32) / 32768
        offset = max(0, -begin)
        waves[i, offset : offset + len(piece)] = piece
        around = clip.mel[max(0, first - margin) : first + frames + margin]
        offset = max(0, margin - first)
        mel[i, offset : offset + len(around)] = around
        starts.append(first)
    emphasised = emphasise(torch.from_numpy(waves), config)
    magnitudes = torch.stft(
        emphasised, config.n_fft, config.hop_length, config.win_length, torch.hann_window(config.win_length),
        center=False, return_complex=True,
    ).abs()  # fmt: skip
    levels = torch.from_numpy(mel)
    harmonics = comb(source_spectrum(hertz_of(levels[..., -2:]), config)) if config.pitch else None
    inner = slice(margin, margin + frames)
    return Crops(
        levels[:, inner],
        to_unit(magnitudes, config).transpose(1, 2),
        None if harmonics is None else harmonics[:, inner],
        starts,
    )
