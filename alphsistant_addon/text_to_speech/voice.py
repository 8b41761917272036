"""A voice: text in, sound with its phones out."""

from __future__ import annotations

import itertools
import logging
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from ..core.errors import AssetError
from ..core.progress import CancelEvent, check_cancel
from ..core.speech import Speech, join_speeches
from ..text_to_phones.phones import Transcription, transcribe
from ..text_to_phones.reading import Sentence, read_out
from .controls import NATURAL, RATES, Controls
from .dc_tts.attention_check import Trouble, trouble
from .dc_tts.decoder import Decoder, Utterance, symbol_edges
from .dc_tts.networks import SSRN, Text2Mel
from .dc_tts.published_networks import build_networks
from .dc_tts.spelling import spell, token_edges
from .dc_tts.vocoder import resampled, vocode
from .dc_tts.voice_config import START, VoiceConfig, symbol_indices
from .dc_tts.voice_dials import NONE, Derived, Dials
from .emphasis import accents, durations, emphasised_phones, emphasised_words, louder
from .intonation import SEMITONES, intonation, with_rests
from .timing import TimeMap, phones_of, words_of
from .voices import SETTINGS, parent_folder, voice_folder
from .weights import load_weights, save_weights

logger = logging.getLogger(__name__)

LEVEL: Final = -23.0
"""dB below full scale, root mean square of the parts within 30 dB of the loudest 20 ms: every sentence is as loud as
the next."""

PEAK: Final = 0.97
"""No sample goes over this: sentences with a sharp peak are turned down."""

RETRIES: Final = 2
"""Further tries at a sentence in which the attention lost its way, before it is cut into clauses."""


class Voice:
    """DC-TTS with its weights: Text2Mel, SSRN and Griffin-Lim."""

    def __init__(self, config: VoiceConfig, text2mel: Text2Mel, ssrn: SSRN, dials: Dials = NONE) -> None:
        self.config, self.text2mel, self.ssrn, self.dials = config, text2mel.eval(), ssrn.eval(), dials
        self._decoder = Decoder(text2mel, config)

    @classmethod
    def load(cls, name_or_folder: str | Path | None = None) -> Voice:
        """Load a shipped voice by its name, or a voice folder; ``None`` is the default voice.

        Raises:
            AssetError: there is no such voice, the folder is not a voice, or a file in it is damaged.
        """
        path = voice_folder(name_or_folder)
        derived = Derived.load(path, SETTINGS)
        dials = NONE
        if derived is not None:
            path, dials = parent_folder(path, derived.based_on), derived.dials
        config = VoiceConfig.load(path)
        text2mel, ssrn = build_networks(config)
        load_weights(text2mel, path / "text2mel.safetensors")
        load_weights(ssrn, path / "ssrn.safetensors")
        if dials != NONE and not config.pitch:
            raise AssetError(f"The voice “{path}” has no pitch of its own, so no other voice can be based on it.")
        return cls(config, text2mel, ssrn, dials)

    def speak(
        self, text: str, *, seed: int = 0, controls: Controls = NATURAL, cancel: CancelEvent | None = None
    ) -> Speech:
        """Speak a whole text; see :meth:`stream` for what it raises."""
        return join(list(self.stream(text, seed=seed, controls=controls, cancel=cancel)))

    def stream(
        self,
        text: str,
        *,
        seed: int = 0,
        controls: Controls = NATURAL,
        cancel: CancelEvent | None = None,
        sounds: Mapping[str, str] | None = None,
    ) -> Iterator[Speech]:
        """Yield the speech of each sentence as soon as it is made.

        ``sounds`` are pronunciations of words, as ``text_to_phones.phones.transcribe`` takes them; a voice that reads
        letters reads these words as they are written.

        Raises:
            TextError: nothing in the text can be spoken.
            DependencyError: the phonemizer is not installed.
            Cancelled: ``cancel`` was set.
        """
        reading = read_out(text, emoji=controls.emoji)
        check_cancel(cancel)
        # Text2Mel waits for memory on one core; the vocoder of the sentence before has the other one meanwhile.
        with ThreadPoolExecutor(1, thread_name_prefix="text2mel") as reader:
            ahead = reader.submit(self._read_well, reading.sentences[0], seed, cancel, sounds)
            for i, sentence in enumerate(reading.sentences):
                pieces = ahead.result()
                if i + 1 < len(reading.sentences):
                    ahead = reader.submit(self._read_well, reading.sentences[i + 1], seed, cancel, sounds)
                parts = [self._sound(piece, seed, controls, cancel) for piece in pieces]
                speech = replace(join(parts), text=sentence.written) if len(parts) > 1 else parts[0]
                yield replace(speech, warnings=(*reading.warnings, *speech.warnings)) if i == 0 else speech

    def _read_well(
        self, sentence: Sentence, seed: int, cancel: CancelEvent | None, sounds: Mapping[str, str] | None = None
    ) -> list[_Heard]:
        """Read one sentence; where the attention loses its way, try again, at last clause by clause."""
        heard = self._read(sentence, cancel, sounds)
        for restlessness in range(1, RETRIES + 1):
            if not heard.trouble:
                break
            logger.info("The attention lost its way (%s) in %r: again", heard.trouble, sentence.spoken)
            again = self._read(sentence, cancel, sounds, seed=seed + restlessness)
            heard = min(heard, again, key=lambda h: h.trouble.weight)
        if heard.trouble:
            clauses = read_out(sentence.spoken, max_characters=max(20, len(sentence.spoken) // 2)).sentences
            pieces = [self._read(clause, cancel, sounds) for clause in clauses] if len(clauses) > 1 else []
            if pieces and sum(p.trouble.weight for p in pieces) < heard.trouble.weight:
                return pieces
        return [heard]

    def _read(
        self,
        sentence: Sentence,
        cancel: CancelEvent | None,
        sounds: Mapping[str, str] | None,
        *,
        seed: int | None = None,
    ) -> _Heard:
        """Run Text2Mel over a sentence; a seed makes it hear itself through a little noise, as in training."""
        config = self.config
        transcription = transcribe(sentence.spoken, sounds)
        spelling = spell(sentence.spoken, config) if config.reads == "characters" else None
        tokens = transcription.tokens if spelling is None else spelling.tokens
        symbols = torch.from_numpy(symbol_indices(tokens, config))
        noise = None if seed is None else np.random.default_rng(seed)
        utterance = self._decoder.decode(symbols, cancel=cancel, noise=noise)
        first = int(START in config.symbols)
        edges = symbol_edges(utterance.attention, config)[first:-1]  # Without the start symbol and the end symbol.
        if spelling is not None:
            edges = token_edges(transcription, spelling, edges)
        names = [config.symbols[i] for i in symbols.tolist()]
        return _Heard(sentence, transcription, utterance, edges, trouble(utterance, names, config.step_seconds))

    def _sound(self, heard: _Heard, seed: int, controls: Controls, cancel: CancelEvent | None) -> Speech:
        """Frames → samples at the wished rate, pitch and loudness, with the phones and words where they then are."""
        config, dials = self.config, self.dials
        controls = replace(controls, rate=min(max(controls.rate * dials.rate, RATES[0]), RATES[1]))
        frames = heard.utterance.mel.reshape(-1, config.frame_channels)
        frame_seconds = config.upsampling * config.hop_length / config.sample_rate
        frames, edges = with_rests(frames, heard.edges, heard.transcription.tokens, frame_seconds, config.pitch)
        phones = phones_of(heard.transcription, edges, (len(frames) - 1) * frame_seconds)
        words = words_of(heard.sentence, heard.transcription, edges)
        stressed = emphasised_phones(phones, heard.transcription, emphasised_words(heard.sentence))
        if controls.rate != 1 or controls.pauses != 1 or any(stressed):
            times = TimeMap.of(phones, controls, durations(phones, stressed))
            frames = resampled(frames, times.places(frame_seconds))
            phones = tuple(replace(p, start=times.moved(p.start), end=times.moved(p.end)) for p in phones)
            words = tuple(replace(w, start=times.moved(w.start), end=times.moved(w.end)) for w in words)
        if any(stressed):
            frames = louder(frames, phones, stressed, frame_seconds, config.n_mels)
        bends: list[Tensor | None] = [dials.bend(frames, frame_seconds)] if dials != NONE else []
        if config.pitch:
            bends += [
                intonation(frames, phones, heard.transcription, frame_seconds),
                accents(frames, phones, stressed, frame_seconds, SEMITONES),
            ]
        bend = sum((b for b in bends if b is not None), start=torch.zeros(len(frames)))
        made = vocode(
            frames, self.ssrn, config, semitones=controls.pitch, bend=bend, dials=dials, seed=seed, cancel=cancel
        )
        samples = levelled(made.numpy(), config.sample_rate, LEVEL + controls.loudness)
        seconds = len(samples) / config.sample_rate
        phones = (*phones[:-1], replace(phones[-1], end=seconds))
        return Speech(samples, config.sample_rate, phones, words, heard.sentence.written, heard.warnings)


@dataclass(frozen=True)
class _Heard:
    """A sentence after Text2Mel; ``edges`` are those of the transcription's tokens, seconds."""

    sentence: Sentence
    transcription: Transcription
    utterance: Utterance
    edges: Sequence[float]
    trouble: Trouble

    @property
    def warnings(self) -> tuple[str, ...]:
        if self.trouble.unfinished:
            return (f"The voice lost its way in “{self.sentence.written}”: it may be cut off.",)
        if self.trouble:
            return (f"The voice may have slipped over a sound in “{self.sentence.written}”.",)
        return ()


def levelled(samples: npt.NDArray[np.float32], sample_rate: int, level: float = LEVEL) -> npt.NDArray[np.float32]:
    """Return the samples at a level (dB, see :data:`LEVEL`), never over :data:`PEAK`, faded for 5 ms at both ends."""
    n = sample_rate // 50
    blocks = samples[: len(samples) // n * n].reshape(-1, n).astype(np.float64)
    power = (blocks**2).mean(axis=1)
    if len(power) == 0 or power.max() <= 1e-12:
        return samples
    active = power[power > power.max() * 1e-3]
    gain = min(10 ** (level / 20) / np.sqrt(active.mean()), PEAK / np.abs(samples).max())
    out = samples * np.float32(gain)
    fade = min(len(out), sample_rate // 200)
    out[:fade] *= np.linspace(0, 1, fade, dtype=np.float32)
    out[-fade:] *= np.linspace(1, 0, fade, dtype=np.float32)
    return out


def join(parts: Sequence[Speech]) -> Speech:
    """Put sentences one after the other."""
    starts = [0.0, *itertools.accumulate(part.duration for part in parts[:-1])]
    return join_speeches(parts, starts)


def save_voice(
    folder: Path, config: VoiceConfig, networks: Mapping[str, Mapping[str, Tensor]], *, eight_bits: bool = True
) -> None:
    """Write a voice folder: ``voice.json``, and a ``.safetensors`` file for each of ``text2mel`` and ``ssrn``.

    In eight bits or, for weights whose loss by that has not been measured, in half precision.
    """
    folder.mkdir(parents=True, exist_ok=True)
    config.save(folder)
    for name, weights in networks.items():
        save_weights(weights, folder / f"{name}.safetensors", eight_bits=eight_bits)
