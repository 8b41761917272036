"""Recordings of many minutes, and recordings that say more or less than their transcript."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from alphsistant_addon.core.errors import Cancelled
from alphsistant_addon.core.phone_inventory import CONSONANTS, SILENCE
from alphsistant_addon.core.progress import Step
from alphsistant_addon.core.speech import Phone, Speech, join_speeches
from alphsistant_addon.listening import align, long_recordings, recognition
from alphsistant_addon.listening.by_ears import SaidWord
from alphsistant_addon.listening.pronunciation import WrittenWord
from alphsistant_addon.listening.stretches import without_stretches
from alphsistant_addon.pipeline import recording_stream
from alphsistant_addon.text_to_speech import Voice

pytest.importorskip("pocketsphinx")
pytest.importorskip("phonemizer")

DATA = Path(__file__).parents[1] / "data"
KNOWN = json.loads((DATA / "fitting_symbol.json").read_text(encoding="utf-8"))
Samples = npt.NDArray[np.float32]

SENTENCES = (
    "The harbour was quiet when we came.",
    "Nobody remembers the name of that ship.",
    "Please bring seven apples and a little bread.",
    "My brother paints the garden wall yellow.",
)


@pytest.fixture(scope="module")
def speeches() -> list[Speech]:
    voice = Voice.load()
    return [voice.speak(sentence, seed=0) for sentence in SENTENCES]


def joined(speeches: list[Speech], pause: float = 0.5) -> Speech:
    starts = np.cumsum([0.3, *(speech.duration + pause for speech in speeches[:-1])])
    return join_speeches(speeches, starts.tolist())


def read() -> tuple[Samples, int]:
    with wave.open(str(DATA / "fitting_symbol.wav"), "rb") as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.float32) / 32768.0
        return samples, file.getframerate()


def repeated(times: int) -> tuple[Samples, int, str]:
    """The recording over and over, with pauses of several lengths."""
    samples, rate = read()
    parts = [np.concatenate((samples, np.zeros(int((0.2 + 0.1 * (i % 5)) * rate), np.float32))) for i in range(times)]
    return np.concatenate(parts), rate, " ".join([KNOWN["text"]] * times)


def check_contract(speech: Speech) -> None:
    assert speech.phones[0].start == 0.0
    assert speech.phones[-1].end == pytest.approx(speech.duration)
    for before, after in zip(speech.phones, speech.phones[1:], strict=False):
        assert before.end == after.start
        assert before.duration > 0.0
        assert not before.symbol == after.symbol == SILENCE


def test_pieces_are_aligned_as_well_as_a_sentence_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(long_recordings, "LONGEST_WHOLE", 10.0)
    times = 12
    samples, rate, text = repeated(times)
    shares: list[float] = []
    speech = align(samples, rate, text, progress=shares.append)
    check_contract(speech)
    assert speech.warnings == ()
    assert [word.text for word in speech.words] == KNOWN["text"].split() * times
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    spoken = [phone for phone in speech.phones if phone.symbol != SILENCE]
    starts, at = [], 0.0
    for index in range(times):
        starts += [at + start for _, _, start, _ in KNOWN["phones"]]
        at += len(read()[0]) / rate + 0.2 + 0.1 * (index % 5)
    errors = np.abs([phone.start - start for phone, start in zip(spoken, starts, strict=True)])
    assert errors.mean() < 0.020
    assert errors.max() < 0.15


MEASURE = """
import resource, sys, time
sys.path[:0] = [{root!r}, {tests!r}]
from test_long_recordings import align, repeated
align(*repeated(1))
before, begun = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
align(*repeated({times}))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before, time.process_time() - begun)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there is no resource module")
def test_memory_and_time_grow_with_the_length_and_not_with_its_square() -> None:
    """Three times as long: the square would be nine times as much."""
    here = Path(__file__)

    def measured(times: int) -> tuple[float, float]:
        code = MEASURE.format(root=str(here.parents[2]), tests=str(here.parent), times=times)
        answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        kilobytes, seconds = answer.stdout.split()
        return float(kilobytes) / (1 if sys.platform == "linux" else 1024), float(seconds)

    (short_memory, short_time), (long_memory, long_time) = measured(15), measured(45)
    assert long_memory - short_memory < 100_000
    assert long_time < 5 * short_time


def test_a_sentence_that_is_not_written_is_told_and_stretches_nothing(speeches: list[Speech]) -> None:
    true = joined(speeches)
    for missing in (3, 1, 0):
        text = " ".join(sentence for index, sentence in enumerate(SENTENCES) if index != missing)
        speech = align(true.samples, true.sample_rate, text)
        check_contract(speech)
        assert any("Heard but not written" in warning for warning in speech.warnings), missing
        known = joined([s for index, s in enumerate(speeches) if index != missing])
        assert {word.text for word in speech.words} <= {word.text for word in known.words}
        assert len(speech.words) >= len(known.words) - 2
        assert max(word.end - word.start for word in speech.words) < 0.9
        assert max(p.duration for p in speech.phones if p.symbol in CONSONANTS) <= 0.251
        # The lips go on moving by what is heard.
        begin = sum(s.duration + 0.5 for s in speeches[:missing]) + 0.3
        own = [p for p in speech.phones if begin < p.start < begin + speeches[missing].duration]
        assert sum(p.symbol != SILENCE for p in own) > 8


def test_a_sentence_that_is_not_said_is_told_and_squeezes_nothing(speeches: list[Speech]) -> None:
    true = joined(speeches[:3])
    for place in (3, 1, 0):
        sentences = [*SENTENCES[:3]]
        sentences.insert(place, SENTENCES[3])
        speech = align(true.samples, true.sample_rate, " ".join(sentences))
        check_contract(speech)
        (warning,) = speech.warnings
        assert "not heard" in warning
        assert "“brother”" in warning
        # A word or two of one syllable may be heard in a breath.
        own = [word for word in speech.words if word.text not in ("the", "wall")]
        known = [word for word in true.words if word.text != "the"]
        assert [word.text for word in own] == [word.text for word in known]
        assert len(speech.words) <= len(true.words) + 2
        late = np.array([word.start for word in own]) - np.array([word.start for word in known])
        assert np.abs(late).max() < 0.12


def test_a_pause_of_many_seconds_and_noise_in_it_stretch_no_word(speeches: list[Speech]) -> None:
    first, second = speeches[0], speeches[2]
    rate = first.sample_rate
    true = join_speeches([first, second], [0.5, 0.5 + first.duration + 6.0])
    noise = np.random.default_rng(0).standard_normal(len(true.samples)).astype(np.float32)
    samples = true.samples + 0.002 * noise
    breath = slice(round((0.5 + first.duration + 1.0) * rate), round((0.5 + first.duration + 1.4) * rate))
    samples[breath] += 0.05 * noise[breath]
    speech = align(samples, rate, f"{SENTENCES[0]} {SENTENCES[2]}")
    check_contract(speech)
    assert [word.text for word in speech.words] == [word.text for word in true.words]
    starts = np.array([word.start for word in true.words])
    assert np.abs(np.array([word.start for word in speech.words]) - starts).max() < 0.15
    assert max(p.duration for p in speech.phones if p.symbol in CONSONANTS) <= 0.251
    assert sum(p.duration for p in speech.phones if p.symbol == SILENCE and p.start > 1) > 4.5


def test_without_a_transcript_long_recordings_are_heard_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recognition, "WINDOW", 10)
    monkeypatch.setattr(recognition, "QUIET_FROM", 6)
    samples, rate, _ = repeated(8)
    speech = align(samples, rate)
    check_contract(speech)
    assert speech.text.lower().count("fitting symbol") >= 7


def said_at(*times: tuple[float, float]) -> list[SaidWord]:
    return [SaidWord(index, WrittenWord("word", ()), *span) for index, span in enumerate(times)]


def test_pieces_are_cut_in_the_longest_pauses_between_words() -> None:
    times = [(float(second), second + 0.9) for second in range(60) if second not in (8, 20, 33, 47)]
    pieces = long_recordings.cut_between_words(said_at(*times), [(40.2, 40.8)], 60.0)
    assert [piece.start for piece in pieces] == pytest.approx([0.0, 8.45, 20.45, 33.45, 47.45])
    assert [piece.end for piece in pieces] == [*(piece.start for piece in pieces[1:]), 60.0]
    assert [word for piece in pieces for word in piece.words] == said_at(*times)
    assert [piece.is_complete for piece in pieces] == [True, True, True, False, True]
    unsaid = [word for word in said_at(*times) if word.index != 3]
    assert [p.is_complete for p in long_recordings.cut_between_words(unsaid, [], 60.0)] == [False, *[True] * 4]
    (whole,) = long_recordings.cut_between_words(said_at(*times[:20]), [], 25.0)
    assert (whole.start, whole.end, len(whole.words)) == (0.0, 25.0, 20)


def test_music_without_words_is_cut_all_the_same() -> None:
    pieces = long_recordings.cut_between_words([], [(0.0, 100.0)], 100.0)
    assert max(piece.end - piece.start for piece in pieces) <= long_recordings.LONGEST_PIECE


def phones_of(*spans: tuple[str, float]) -> tuple[Phone, ...]:
    phones, at = [], 0.0
    for symbol, duration in spans:
        phones.append(Phone(symbol, at, at + duration))
        at += duration
    return tuple(phones)


def test_consonants_over_a_quarter_of_a_second_give_the_rest_to_the_pause() -> None:
    samples = np.full(3 * 16000, 0.3, np.float32)
    kept = without_stretches(phones_of(("s", 1.0), ("ɑ", 0.3), ("m", 0.5), (SILENCE, 1.2)), samples, 16000)
    assert [(p.symbol, round(p.duration, 3)) for p in kept] == [
        (SILENCE, 0.75), ("s", 0.25), ("ɑ", 0.3), ("m", 0.25), (SILENCE, 1.45),
    ]  # fmt: skip


def test_no_phone_reaches_over_a_silence() -> None:
    samples = np.full(2 * 16000, 0.3, np.float32)
    samples[round(0.5 * 16000) : round(1.5 * 16000)] = 0.0
    kept = without_stretches(phones_of(("i", 0.1), ("ɑ", 1.65), ("t", 0.25)), samples, 16000)
    assert [p.symbol for p in kept] == ["i", "ɑ", SILENCE, "t"]
    assert [p.end for p in kept] == pytest.approx([0.1, 0.5, 1.75, 2.0], abs=0.011)
    # A phone without any sound keeps a moment: phones are never lost.
    silent = without_stretches(phones_of(("i", 0.5), ("ɑ", 0.8), ("t", 0.7)), samples, 16000)
    assert [p.symbol for p in silent if p.symbol != SILENCE] == ["i", "ɑ", "t"]


SPOKEN = recording_stream.Words(KNOWN["text"])


def test_progress_is_told_while_phones_are_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    events = list(recording_stream.run(DATA / "fitting_symbol.wav", SPOKEN))
    steps = [event for event in events if isinstance(event, Step)]
    assert [step.fraction for step in steps] == sorted(step.fraction for step in steps)
    told: list[float] = []

    def slow(_samples: Samples, _rate: int, _text: str, *, progress: Any, cancel: threading.Event, **_: Any) -> None:
        for share in (0.2, 0.4):
            progress(share)
        told.append(0.4)
        assert cancel.wait(20.0), "nobody told the work to stop"
        raise Cancelled

    from alphsistant_addon import listening

    monkeypatch.setitem(vars(listening), "align", slow)
    cancel = threading.Event()
    running: Iterator[Any] = recording_stream.run(DATA / "fitting_symbol.wav", SPOKEN, cancel=cancel)
    fractions = [next(running).fraction for _ in range(4)]
    assert fractions == pytest.approx([0.0, 0.05, 0.23, 0.41])
    cancel.set()
    with pytest.raises(Cancelled):
        next(running)
    # Whoever loses interest stops the work too.
    running = recording_stream.run(DATA / "fitting_symbol.wav", SPOKEN)
    assert next(running).fraction < next(running).fraction < next(running).fraction
    running.close()  # type: ignore[attr-defined]
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("Alphsistant phones")]
