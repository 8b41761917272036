"""``recognise_words``: the words of a recording without a transcript.

Whisper recognises them where the user has a model of it, else PocketSphinx.

Phone recognition (PocketSphinx's ``allphone``) would need no words, but finds far fewer lip closures: see
``tests/benchmarks/lip_sync_without_transcript.py``.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from ..core.errors import AssetError, DependencyError
from ..core.progress import CancelEvent, Progress, check_cancel, untold
from .pocketsphinx_decoder import RATE, feed, make_decoder, to_pcm

if TYPE_CHECKING:
    from pocketsphinx import Decoder

Samples = npt.NDArray[np.float32]

WINDOW: Final = 30
"""Seconds Whisper hears at once (Radford et al. 2022, section 2.1)."""

QUIET_FROM: Final = 22
"""Longer recordings are cut at the quietest moment between these two, so that no word is cut."""


def recognise_words(
    samples: Samples,
    *,
    whisper: str | Path | None = None,
    cancel: CancelEvent | None = None,
    progress: Progress = untold,
) -> str:
    """Return what is said; nothing, where no words can be made out.

    Args:
        samples: mono samples in −1…1 at 16 kHz, shape ``[n]``.
        whisper: folder of a Whisper model, as transformers (``model.safetensors``) or CTranslate2 (``model.bin``, for
            which the package faster-whisper must be installed) keep it; without one PocketSphinx listens, which knows
            US English.
        cancel: looked at every tenth of a second.
        progress: called with the share (0…1) of the recording that was heard.

    Raises:
        AssetError: the folder holds no Whisper model.
        DependencyError: a package is missing.
        Cancelled: ``cancel`` was set.
    """
    text = (
        _by_pocketsphinx(samples, cancel, progress) if whisper is None else _by_whisper(samples, Path(whisper), cancel)
    )
    return text.strip()


@functools.cache
def _word_decoder() -> Decoder:
    return make_decoder()


def _by_pocketsphinx(samples: Samples, cancel: CancelEvent | None, progress: Progress) -> str:
    decoder = _word_decoder()
    texts, done = [], 0
    for piece in _pieces(samples):
        feed(decoder, to_pcm(piece), cancel)
        found = decoder.hyp()
        texts.append(str(found.hypstr) if found else "")
        done += len(piece)
        progress(done / len(samples))
    return " ".join(filter(None, texts))


def _by_whisper(samples: Samples, folder: Path, cancel: CancelEvent | None) -> str:
    if not (folder / "config.json").is_file():
        raise AssetError(f"“{folder}” is not the folder of a Whisper model: it has no config.json.")
    if (folder / "model.bin").is_file():
        return _by_ctranslate2(samples, folder, cancel)
    return _by_transformers(samples, folder, cancel)


def _by_ctranslate2(samples: Samples, folder: Path, cancel: CancelEvent | None) -> str:
    try:
        from faster_whisper import WhisperModel  # noqa: PLC0415  (optional)
    except ImportError as error:
        raise DependencyError(
            "This Whisper model is kept as CTranslate2 does: install the package “faster-whisper”, "
            "or choose one with model.safetensors."
        ) from error
    try:
        model = WhisperModel(str(folder), device="cpu", compute_type="int8", local_files_only=True)
    except (OSError, RuntimeError, ValueError) as error:
        raise AssetError(f"The Whisper model “{folder}” cannot be loaded ({error}).") from error
    segments, _ = model.transcribe(samples, beam_size=1)
    texts = []
    for segment in segments:
        check_cancel(cancel)
        texts.append(segment.text.strip())
    return " ".join(texts)


def _by_transformers(samples: Samples, folder: Path, cancel: CancelEvent | None) -> str:
    import torch  # noqa: PLC0415  (heavy)
    from transformers import WhisperForConditionalGeneration, WhisperProcessor  # noqa: PLC0415  (heavy)

    try:
        processor: Any = WhisperProcessor.from_pretrained(folder, local_files_only=True)
        model: Any = WhisperForConditionalGeneration.from_pretrained(folder, local_files_only=True)
        model.eval()
    except (OSError, RuntimeError, ValueError, TypeError, KeyError) as error:
        raise AssetError(f"The Whisper model “{folder}” cannot be loaded ({error}).") from error

    def is_cancelled(tokens: torch.Tensor, *_: Any, **__: Any) -> torch.Tensor:
        return torch.full((len(tokens),), fill_value=cancel is not None and cancel.is_set())

    texts = []
    for piece in _pieces(samples):
        inputs = processor(piece, sampling_rate=RATE, return_tensors="pt", return_attention_mask=True)
        with torch.inference_mode():
            tokens = model.generate(
                inputs.input_features, attention_mask=inputs.attention_mask, stopping_criteria=[is_cancelled]
            )
        check_cancel(cancel)
        texts.append(processor.batch_decode(tokens, skip_special_tokens=True)[0].strip())
    return " ".join(texts)


def _pieces(samples: Samples) -> Iterator[Samples]:
    """Cut into pieces that Whisper hears at once; PocketSphinx would keep all paths through a longer one in memory."""
    frame = RATE // 50
    while len(samples) > WINDOW * RATE:
        late = samples[QUIET_FROM * RATE : WINDOW * RATE].reshape(-1, frame)
        cut = QUIET_FROM * RATE + int(np.argmin((late**2).sum(axis=1))) * frame + frame // 2
        yield samples[:cut]
        samples = samples[cut:]
    yield samples
