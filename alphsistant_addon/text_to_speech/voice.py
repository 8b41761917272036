"""A voice: text in, sound with its phones out."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from ..assets import asset_folder
from ..data import SILENCE, CancelEvent, Phone, Speech, Word, check_cancel, join_speeches
from ..errors import AssetError
from .audio import griffin_lim
from .config import START, VoiceConfig
from .dataset import symbol_indices
from .model import SSRN, Text2Mel
from .phones import Transcription, transcribe
from .published import build_networks
from .spelling import spell, token_edges
from .synthesis import Utterance, decode, symbol_edges
from .text import Sentence, read_out

LEVEL: Final = -23.0
"""dB below full scale, root mean square of the parts within 30 dB of the loudest 20 ms: every sentence is as loud as
the next."""

PEAK: Final = 0.97
"""No sample goes over this: sentences with a sharp peak are turned down."""

SHORTEST_PAUSE: Final = 0.04
"""Seconds; a shorter rest between two phones is shared by them."""


class Voice:
    """DC-TTS with its weights: Text2Mel, SSRN and Griffin-Lim."""

    def __init__(self, config: VoiceConfig, text2mel: Text2Mel, ssrn: SSRN) -> None:
        self.config, self.text2mel, self.ssrn = config, text2mel.eval(), ssrn.eval()

    @classmethod
    def load(cls, folder: str | Path | None = None) -> Voice:
        """Load a voice folder; ``None`` is the shipped voice.

        Raises:
            AssetError: the folder is not a voice, or a file in it is damaged.
        """
        path = asset_folder("voice") if folder is None else Path(folder)
        config = VoiceConfig.load(path)
        text2mel, ssrn = build_networks(config)
        _load_weights(text2mel, path / "text2mel.safetensors")
        _load_weights(ssrn, path / "ssrn.safetensors")
        return cls(config, text2mel, ssrn)

    def speak(self, text: str, *, seed: int = 0, cancel: CancelEvent | None = None) -> Speech:
        """Speak a whole text; see :meth:`stream` for what it raises."""
        return join(list(self.stream(text, seed=seed, cancel=cancel)))

    def stream(
        self, text: str, *, seed: int = 0, cancel: CancelEvent | None = None, emoji: Literal["drop", "speak"] = "drop"
    ) -> Iterator[Speech]:
        """Yield the speech of each sentence as soon as it is made.

        Raises:
            TextError: nothing in the text can be spoken.
            DependencyError: the phonemizer is not installed.
            Cancelled: ``cancel`` was set.
        """
        reading = read_out(text, emoji=emoji)
        for i, sentence in enumerate(reading.sentences):
            check_cancel(cancel)
            speech = self._say(sentence, seed, cancel)
            yield replace(speech, warnings=(*reading.warnings, *speech.warnings)) if i == 0 else speech

    def _say(self, sentence: Sentence, seed: int, cancel: CancelEvent | None) -> Speech:
        config = self.config
        transcription = transcribe(sentence.spoken)
        spelling = spell(sentence.spoken, config) if config.reads == "characters" else None
        tokens = transcription.tokens if spelling is None else spelling.tokens
        symbols = torch.from_numpy(symbol_indices(tokens, config))
        utterance = decode(self.text2mel, symbols, config, cancel=cancel)
        warnings = (
            () if utterance.finished else (f"The voice lost its way in “{sentence.written}”: it may be cut off.",)
        )
        samples = levelled(self._vocode(utterance, seed, cancel), config.sample_rate)
        seconds = len(samples) / config.sample_rate
        first = int(START in config.symbols)
        edges = symbol_edges(utterance.attention, config)[first:-1]  # Without the start symbol and the end symbol.
        if spelling is not None:
            edges = token_edges(transcription, spelling, edges)
        phones = phones_of(transcription, edges, seconds)
        return Speech(
            samples, config.sample_rate, phones, words_of(sentence, transcription, edges), sentence.written, warnings
        )

    def _vocode(self, utterance: Utterance, seed: int, cancel: CancelEvent | None) -> npt.NDArray[np.float32]:
        """Mel steps → samples, by the SSRN and Griffin-Lim."""
        with torch.inference_mode():
            mel = utterance.mel.reshape(-1, self.config.n_mels)
            check_cancel(cancel)
            levels = torch.sigmoid(self.ssrn(mel[None])[0])
            generator = torch.Generator().manual_seed(seed)
            samples = griffin_lim(levels, self.config, power=self.config.power, generator=generator, cancel=cancel)
        return np.asarray(samples.numpy(), np.float32)


def levelled(samples: npt.NDArray[np.float32], sample_rate: int) -> npt.NDArray[np.float32]:
    """Return the samples at the voice's level, never over :data:`PEAK`, with 5 ms of fade at both ends."""
    n = sample_rate // 50
    blocks = samples[: len(samples) // n * n].reshape(-1, n).astype(np.float64)
    power = (blocks**2).mean(axis=1)
    if len(power) == 0 or power.max() <= 1e-12:
        return samples
    active = power[power > power.max() * 1e-3]
    gain = min(10 ** (LEVEL / 20) / np.sqrt(active.mean()), PEAK / np.abs(samples).max())
    out = samples * np.float32(gain)
    fade = min(len(out), sample_rate // 200)
    out[:fade] *= np.linspace(0, 1, fade, dtype=np.float32)
    out[-fade:] *= np.linspace(1, 0, fade, dtype=np.float32)
    return out


def phones_of(transcription: Transcription, edges: Sequence[float], seconds: float) -> tuple[Phone, ...]:
    """Token edges (``len(tokens) + 1``, seconds) → phones without gaps from 0 to ``seconds``.

    Long rests become pauses, short ones are shared by their neighbours.
    """
    timed: list[Phone] = [Phone(SILENCE, 0.0, min(edges[0], seconds))]
    for i, phone in enumerate(transcription.phones):
        start, end = min(edges[i], seconds), min(edges[i + 1], seconds)
        if phone is not None:
            timed.append(Phone(phone.symbol, timed[-1].end, end, phone.stress))
        elif end - start >= SHORTEST_PAUSE:
            timed.append(Phone(SILENCE, timed[-1].end, end))
        else:  # Shared by its neighbours.
            timed[-1] = replace(timed[-1], end=(start + end) / 2)
    last = timed.pop() if timed[-1].symbol == SILENCE else Phone(SILENCE, timed[-1].end, seconds)
    timed.append(replace(last, end=seconds))
    return tuple(p for p in timed if p.end > p.start or p.symbol != SILENCE)


def words_of(sentence: Sentence, transcription: Transcription, edges: Sequence[float]) -> tuple[Word, ...]:
    """Return the words as they are written, from the start of their first phone to the end of their last."""
    spans: dict[int, tuple[float, float]] = {}
    for i, phone in enumerate(transcription.phones):
        if phone is not None:
            start, _ = spans.get(phone.word, (edges[i], 0.0))
            spans[phone.word] = (start, edges[i + 1])
    words: list[Word] = []
    index = 0
    for word in sentence.words:
        count = len(word.spoken.replace("—", " ").split())
        found = [spans[k] for k in range(index, index + count) if k in spans]
        index += count
        if not found:
            continue
        if word.written or not words:
            words.append(Word(word.written, found[0][0], found[-1][1]))
        else:  # A further part of something that had to be cut.
            words[-1] = replace(words[-1], end=found[-1][1])
    return tuple(words)


def join(parts: Sequence[Speech]) -> Speech:
    """Put sentences one after the other."""
    starts = [0.0, *itertools.accumulate(part.duration for part in parts[:-1])]
    return join_speeches(parts, starts)


def _load_weights(network: nn.Module, path: Path) -> None:
    from safetensors import SafetensorError  # noqa: PLC0415
    from safetensors.torch import load_file  # noqa: PLC0415

    try:
        weights = {name: tensor.float() for name, tensor in load_file(path).items()}
    except FileNotFoundError as error:
        raise AssetError(f"The voice “{path.parent}” is incomplete: {path.name} is missing.") from error
    except (OSError, SafetensorError) as error:
        raise AssetError(f"The voice file “{path}” is damaged ({error}).") from error
    try:
        network.load_state_dict(weights)
    except RuntimeError as error:
        raise AssetError(f"The voice file “{path}” does not fit its voice.json.") from error


def save_voice(folder: Path, config: VoiceConfig, networks: Mapping[str, Mapping[str, Any]]) -> None:
    """Write a voice folder.

    It holds ``voice.json`` and a half-precision ``.safetensors`` file for each of ``text2mel`` and ``ssrn``.
    """
    from safetensors.torch import save_file  # noqa: PLC0415

    folder.mkdir(parents=True, exist_ok=True)
    config.save(folder)
    for name, weights in networks.items():
        halves: dict[str, Tensor] = {k: v.half().contiguous() for k, v in weights.items()}
        save_file(halves, folder / f"{name}.safetensors")
