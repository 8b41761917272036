"""Let the teacher read the sentences: ``python corpus.py --sentences sentences.tsv --out corpus``.

The teacher is hibari "heart" (PyPI ``hibari-tts==0.2.1``, Apache-2.0, distilled from Kokoro-82M af_heart). It is given
*our* phones, those the voice will be given at run time, so that symbols, sound and times agree by construction. Written
in LJSpeech's layout (``wavs/ID.wav``, ``metadata.csv``) with ``alignments.jsonl`` beside it, one object a clip:
``{"id", "text", "tokens", "phones": [[symbol, stress, start, end], …], "spans": [[token index, start, end], …],
"pitch": [Hz, …]}``; times in seconds, a pitch every 12.5 ms, 0 where unvoiced.
"""

from __future__ import annotations

import argparse
import itertools
import json
import sys
from multiprocessing import Pool
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import soundfile

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))
from alphsistant_addon.text_to_phones.phones import PUNCTUATION, Transcription, transcribe

SAMPLE_RATE: Final = 24_000
FRAME: Final = 0.025
"""Seconds of the teacher's duration frames."""
HOP: Final = 300
"""Samples between the teacher's pitch frames, and between ours."""
LOWEST_PITCH: Final = 40.0
"""Hz; the teacher's vocoder takes less for unvoiced."""
OFFSET: Final = -0.050
"""The teacher's sound runs ahead of its duration frames (energy contrasts of vowels and fricatives peak there)."""
LEAD: Final = 0.1
"""Seconds of silence before the first and after the last phone."""
LEVEL: Final = -23.0
"""dB, root mean square of the parts within 30 dB of the loudest 20 ms."""

TEACHER_SYMBOLS: Final[dict[str, str]] = {
    "eɪ": "A", "aɪ": "I", "oʊ": "O", "aʊ": "W", "ɔɪ": "Y", "tʃ": "ʧ", "dʒ": "ʤ", "ɾ": "T", "ʔ": "t",
}  # fmt: skip
"""Inventory → misaki's one-letter symbols, where they differ."""

_teacher: Any = None


def _load_teacher() -> None:
    """Open the teacher's network with its durations as one more output."""
    global _teacher  # noqa: PLW0603  (one per worker process)
    import onnx  # noqa: PLC0415
    import onnxruntime  # noqa: PLC0415
    from hibari import Hibari  # noqa: PLC0415

    voice = Hibari(threads=1)
    graph = onnx.load(voice.model_path)
    graph.graph.output.append(onnx.helper.make_tensor_value_info("/Clip_output_0", onnx.TensorProto.FLOAT, None))
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    _teacher = (
        voice,
        onnxruntime.InferenceSession(graph.SerializeToString(), options, providers=["CPUExecutionProvider"]),
    )


def read(
    symbols: list[str], seed: int
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float64], npt.NDArray[np.float32]]:
    """Return the teacher's samples (24 kHz), the seconds of each of its symbols, and Hz every :data:`HOP` samples.

    Durations have one more entry before and one after the symbols.
    """
    from hibari import dsp  # noqa: PLC0415

    voice, session = _teacher
    ids = np.asarray([[0, *(voice.vocab[s] for s in symbols), 0]], np.int64)
    outputs = session.run(None, {"ids": ids, "speed": np.ones(1, np.float32)})
    samples = dsp.synth(*(o[0] for o in outputs[:6]), np.random.default_rng(seed))
    return np.asarray(samples, np.float32), outputs[6].ravel().astype(float) * FRAME, outputs[5].ravel()


def teacher_symbols(sentence: Transcription) -> tuple[list[str], list[int]]:
    """Return misaki's symbols and, for each, the index of our token it belongs to."""
    symbols: list[str] = []
    owners: list[int] = []
    for i, token in enumerate(sentence.tokens):
        plain = token.lstrip("ˈˌ")
        for s in (token[: len(token) - len(plain)] + TEACHER_SYMBOLS.get(plain, plain)) + (
            " " if token in PUNCTUATION else ""
        ):
            symbols.append(s)
            owners.append(i)
    while symbols[-1] == " ":
        symbols.pop()
        owners.pop()
    return symbols, owners


def envelope(samples: npt.NDArray[np.float32], seconds: float) -> npt.NDArray[np.float64]:
    """Return the level in dB of each stretch of so many seconds."""
    n = int(SAMPLE_RATE * seconds)
    squares = samples[: len(samples) // n * n].astype(float).reshape(-1, n) ** 2
    return np.asarray(10 * np.log10(squares.mean(1) + 1e-10))


def spans_of(
    tokens: tuple[str, ...], seconds: npt.NDArray[np.float64], owners: list[int], level: npt.NDArray[np.float64]
) -> list[list[float]]:
    """Turn the teacher's durations into ``[start, end]`` per token, seconds in the uncut sound.

    A word boundary without a pause gets no time of its own; the phone before a pause ends where its sound ends, since
    the teacher counts the decay and some of the silence to it.
    """
    edges = np.concatenate([[0.0], np.cumsum(seconds)]) + OFFSET
    starts = [edges[owners.index(i) + 1] for i in range(len(tokens))] + [edges[-1]]
    for i, symbol in enumerate(tokens):
        if symbol == " " and starts[i + 1] - starts[i] < 3 * FRAME - 1e-6:
            starts[i] = starts[i + 1] = (starts[i] + starts[i + 1]) / 2
    spans = [[a, b] for a, b in itertools.pairwise(starts)]
    for i in range(len(tokens) - 1):
        if (tokens[i + 1] in PUNCTUATION or (tokens[i + 1] == " " and spans[i + 1][1] > spans[i + 1][0])) and tokens[
            i
        ] != " ":
            a, b = int(spans[i][0] / 0.005), int(np.ceil(spans[i + 1][1] / 0.005))
            loud = np.flatnonzero(level[max(a, 0) : b] > level.max() - 35)
            if len(loud):
                end = min(max(spans[i][0] + 0.03, (a + loud[-1] + 1) * 0.005 + 0.01), spans[i + 1][1])
                if end < spans[i][1] - 0.02:
                    spans[i][1] = spans[i + 1][0] = end
    return [[float(a), float(b)] for a, b in spans]


def pitch_from(hertz: npt.NDArray[np.float32], start: int, samples: int) -> list[float]:
    """Pitch of the cut sound: Hz every :data:`HOP` samples from sample ``start`` on, 0 where unvoiced."""
    places = start / HOP + np.arange(1 + samples // HOP)
    nearest = np.clip(np.round(places).astype(int), 0, len(hertz) - 1)
    before = np.clip(np.floor(places).astype(int), 0, len(hertz) - 1)
    after = np.clip(before + 1, 0, len(hertz) - 1)
    # Beside an unvoiced frame the voiced one's pitch holds.
    a = np.where(hertz[before] > LOWEST_PITCH, hertz[before], hertz[after])
    b = np.where(hertz[after] > LOWEST_PITCH, hertz[after], hertz[before])
    voiced = (hertz[nearest] > LOWEST_PITCH) & (places <= len(hertz) - 1)
    found = np.where(voiced, a + (b - a) * (places - np.floor(places)), 0.0)
    return [round(float(f), 1) for f in found]


def make(row: tuple[str, str, str]) -> tuple[str, npt.NDArray[np.int16], dict[str, object]] | None:
    """Return id, 16-bit samples and alignment of one sentence, or ``None`` where the teacher lacks a symbol."""
    if _teacher is None:
        _load_teacher()
    name, _, text = row
    sentence = transcribe(text)
    symbols, owners = teacher_symbols(sentence)
    if len(symbols) > 400 or any(s not in _teacher[0].vocab for s in symbols):
        return None
    samples, seconds, hertz = read(symbols, seed=int(name[1:]))
    spans = spans_of(sentence.tokens, seconds, owners, envelope(samples, 0.005))
    live = np.flatnonzero((level := envelope(samples, 0.02)) > level.max() - 45)
    start = max(0, int((spans[0][0] - LEAD) * SAMPLE_RATE))
    end = min(len(samples), int((live[-1] + 1) * 0.02 * SAMPLE_RATE) + int(LEAD * SAMPLE_RATE))
    samples = samples[start:end]
    level = envelope(samples, 0.02)
    loud = level > level.max() - 30
    samples = samples * 10 ** ((LEVEL - 10 * np.log10(np.mean(10 ** (level[loud] / 10)))) / 20)
    fade = int(0.01 * SAMPLE_RATE)
    samples[:fade] *= np.linspace(0, 1, fade)
    samples[-fade:] *= np.linspace(1, 0, fade)
    total = len(samples) / SAMPLE_RATE
    cut = [[float(np.clip(t - start / SAMPLE_RATE, 0, total)) for t in span] for span in spans]
    record: dict[str, object] = {
        "id": name, "text": text, "tokens": sentence.tokens, "dur": round(total, 4),
        "phones": [
            [p.symbol, p.stress, round(a, 4), round(b, 4)] for p, (a, b) in zip(sentence.phones, cut, strict=True) if p
        ],
        "spans": [[i, round(a, 4), round(b, 4)] for i, (a, b) in enumerate(cut)],
        "pitch": pitch_from(hertz, start, len(samples)),
    }  # fmt: skip
    return name, (np.clip(samples, -1, 1) * 32767).astype(np.int16), record


def main() -> None:
    """Write the corpus."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sentences", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--processes", type=int, default=2)
    arguments = parser.parse_args()
    lines = arguments.sentences.read_text(encoding="utf-8").splitlines()
    rows = [(a, b, c) for a, b, c in (line.split("\t")[:3] for line in lines)]
    (arguments.out / "wavs").mkdir(parents=True, exist_ok=True)
    seconds, skipped = 0.0, 0
    with (
        Pool(arguments.processes) as pool,
        (arguments.out / "metadata.csv").open("w", encoding="utf-8") as metadata,
        (arguments.out / "alignments.jsonl").open("w", encoding="utf-8") as alignments,
    ):
        for done, made in enumerate(pool.imap(make, rows, chunksize=16), 1):
            if made is None:
                skipped += 1
                continue
            name, samples, record = made
            soundfile.write(arguments.out / "wavs" / f"{name}.wav", samples, SAMPLE_RATE, subtype="PCM_16")
            metadata.write(f"{name}|{record['text']}|{record['text']}\n")
            alignments.write(json.dumps(record, ensure_ascii=False) + "\n")
            seconds += len(samples) / SAMPLE_RATE
            if done % 500 == 0:
                print(f"{done} of {len(rows)} sentences, {seconds / 3600:.2f} h, {skipped} skipped", flush=True)
    print(f"done: {seconds / 3600:.2f} h of speech, {skipped} sentences skipped")


if __name__ == "__main__":
    main()
