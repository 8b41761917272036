"""Recordings as users bring them: odd rates, silence around, numbers, unknown words, the wrong text."""

from __future__ import annotations

import json
import sys
import threading
import types
import wave
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from alphsistant_addon.core.errors import AlphsistantError, AssetError, Cancelled, DependencyError, TextError
from alphsistant_addon.core.phone_inventory import SILENCE
from alphsistant_addon.core.speech import Phone, Speech
from alphsistant_addon.lip_sync import animate
from alphsistant_addon.lip_sync.quality import check_quality
from alphsistant_addon.listening import align, alignment, hear, recognition, refine
from alphsistant_addon.listening.edges import FARTHEST_MOVE

pytest.importorskip("pocketsphinx")
pytest.importorskip("phonemizer")

DATA = Path(__file__).parents[1] / "data"
KNOWN = json.loads((DATA / "fitting_symbol.json").read_text(encoding="utf-8"))
Samples = npt.NDArray[np.float32]


def read() -> tuple[Samples, int]:
    with wave.open(str(DATA / "fitting_symbol.wav"), "rb") as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.float32) / 32768.0
        return samples, file.getframerate()


def check_contract(speech: Speech) -> None:
    assert speech.phones[0].start == 0.0
    assert speech.phones[-1].end == pytest.approx(speech.duration)
    for before, after in zip(speech.phones, speech.phones[1:], strict=False):
        assert before.end == after.start
        assert before.duration > 0.0
        assert not before.symbol == after.symbol == SILENCE


def errors(speech: Speech, shift: float = 0.0) -> npt.NDArray[np.float64]:
    found = [p for p in speech.phones if p.symbol != SILENCE]
    assert [p.symbol for p in found] == [symbol for symbol, *_ in KNOWN["phones"]]
    return np.array([f.start - t - shift for f, (_, _, t, _) in zip(found, KNOWN["phones"], strict=True)])


def test_phones_words_and_seals_of_a_recording_with_known_times() -> None:
    samples, rate = read()
    speech = align(samples, rate, KNOWN["text"])
    check_contract(speech)
    assert np.abs(errors(speech)).mean() < 0.020
    assert [word.text for word in speech.words] == KNOWN["text"].split()
    assert all(word.start < word.end for word in speech.words)
    assert [p.stress for p in speech.phones if p.symbol != SILENCE] == [stress for _, stress, _, _ in KNOWN["phones"]]
    report = check_quality(animate(speech), speech)
    assert report.seals_reached == report.seals == 6


@pytest.mark.parametrize("rate", [8000, 16000, 44100, 48000])
def test_any_sample_rate_and_level(rate: int) -> None:
    samples, own = read()
    count = round(len(samples) / own * rate)
    resampled = 0.05 * np.interp(np.arange(count) / rate, np.arange(len(samples)) / own, samples)
    speech = align(resampled.astype(np.float32), rate, KNOWN["text"])
    assert speech.sample_rate == rate
    assert np.abs(errors(speech)).mean() < 0.030


def test_silence_around_is_a_pause() -> None:
    samples, rate = read()
    padded = np.concatenate((np.zeros(rate, np.float32), samples, np.zeros(rate // 2, np.float32)))
    speech = align(padded, rate, KNOWN["text"])
    check_contract(speech)
    assert speech.phones[0].symbol == speech.phones[-1].symbol == SILENCE
    assert np.abs(errors(speech, shift=1.0)).mean() < 0.025


def test_unknown_words_are_no_obstacle() -> None:
    samples, rate = read()
    speech = align(samples, rate, "A fitting simbool ov spowsel luv")
    assert np.abs(speech.words[2].start - align(samples, rate, KNOWN["text"]).words[2].start) < 0.06


def test_the_samples_come_back_as_they_were() -> None:
    samples, rate = read()
    speech = align(samples, rate, KNOWN["text"])
    assert np.array_equal(speech.samples, samples)
    assert speech.text == KNOWN["text"]


def test_quick_speech_is_aligned_where_narrow_beams_give_up() -> None:
    """Played 1.6 times as fast, the recording is refused twice before the wide beams take it."""
    samples, rate = read()
    quick = align(samples, round(1.6 * rate), KNOWN["text"])
    slow = align(samples, rate, KNOWN["text"])
    for fast, plain in zip(quick.words, slow.words, strict=True):
        assert fast.start == pytest.approx(plain.start / 1.6, abs=0.08)


def test_a_transcript_that_does_not_fit_gives_what_is_heard_and_says_so() -> None:
    samples, rate = read()
    text = "This is a very long sentence that nobody could ever say within such a short time, even with great effort."
    speech = align(samples[: rate // 2], rate, text)
    check_contract(speech)
    assert any("not heard" in warning for warning in speech.warnings)
    assert any("Most of the transcript" in warning for warning in speech.warnings)


@pytest.mark.parametrize(
    ("samples", "rate", "text", "words"),
    [
        (np.zeros(16000, np.float32), 16000, "Hello.", "empty or silent"),
        (np.zeros(0, np.float32), 16000, "Hello.", "empty or silent"),
        (np.full(16000, np.nan, np.float32), 16000, "Hello.", "empty or silent"),
        (np.ones((16000, 2), np.float32), 16000, "Hello.", "mono"),
        (np.ones(16000, np.float32), 0, "Hello.", "sample rate"),
    ],
)
def test_bad_recordings_are_met_with_a_sentence(samples: Samples, rate: int, text: str, words: str) -> None:
    with pytest.raises(AlphsistantError, match=words):
        align(samples, rate, text)


@pytest.mark.parametrize("text", ["🙂", "..."])
def test_transcripts_without_words_are_met_with_a_sentence(text: str) -> None:
    with pytest.raises(TextError):
        align(*read(), text)


@pytest.mark.parametrize("text", [None, "", " \n"])
def test_without_a_transcript_the_words_are_heard_and_said_so(text: str | None) -> None:
    samples, rate = read()
    speech = align(samples, rate, text)
    check_contract(speech)
    assert "fitting symbol" in speech.text.lower()
    assert any(speech.text in warning for warning in speech.warnings)
    closed = [p for p in speech.phones if p.symbol in ("b", "p", "f", "v", "m")]
    true = [start for symbol, _, start, _ in KNOWN["phones"] if symbol in ("b", "p", "f", "v", "m")]
    assert sum(any(abs(p.start - start) < 0.05 for p in closed) for start in true) >= len(true) - 1


def test_the_same_recording_gives_the_same_phones_whatever_was_heard_before() -> None:
    samples, rate = read()
    first = align(samples, rate, KNOWN["text"])
    align(0.1 * samples[::-1].copy(), rate, "No, no, no.")
    assert align(samples, rate, KNOWN["text"]).phones == first.phones


def test_where_no_words_can_be_made_out_the_lips_follow_the_sound_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alignment, "recognise_words", lambda *_args, **_options: "")
    samples, rate = read()
    speech = align(samples, rate)
    check_contract(speech)
    assert speech.words == ()
    assert speech.phones == hear(samples, rate).phones
    assert any("sound alone" in warning for warning in speech.warnings)


def test_what_whisper_hears_is_aligned(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked = []

    class Model:
        def __init__(self, folder: str, **options: Any) -> None:
            asked.append((folder, options["local_files_only"]))

        def transcribe(self, heard: Samples, **_options: Any) -> tuple[list[Any], None]:
            asked.append(len(heard))
            return [types.SimpleNamespace(text=f" {word}") for word in KNOWN["text"].split()], None

    for name in ("config.json", "model.bin"):
        (tmp_path / name).write_bytes(b"{}")
    monkeypatch.setitem(sys.modules, "faster_whisper", types.SimpleNamespace(WhisperModel=Model))
    samples, rate = read()
    speech = align(samples, rate, whisper=tmp_path)
    assert speech.phones == align(samples, rate, KNOWN["text"]).phones
    assert asked == [(str(tmp_path), True), round(len(samples) / rate * 16000)]


def test_folders_that_are_no_whisper_model_are_met_with_a_sentence(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with pytest.raises(AssetError, match=r"no config\.json"):
        align(*read(), whisper=tmp_path / "nowhere")
    (tmp_path / "config.json").write_text("{}", encoding="utf-8")
    with pytest.raises(AssetError, match="cannot be loaded"):
        align(*read(), whisper=tmp_path)
    (tmp_path / "model.bin").write_bytes(b"")
    monkeypatch.setitem(sys.modules, "faster_whisper", None)
    with pytest.raises(DependencyError, match="faster-whisper"):
        align(*read(), whisper=tmp_path)


def test_whisper_hears_long_recordings_in_pieces_cut_where_it_is_quiet() -> None:
    loud = np.full(70 * 16000, 0.3, np.float32)
    loud[int(25.2 * 16000) : int(25.3 * 16000)] = 0.0
    pieces = [len(piece) / 16000 for piece in recognition._pieces(loud)]
    assert sum(pieces) == pytest.approx(70.0)
    assert max(pieces) <= 30.0
    assert 25.2 <= pieces[0] <= 25.3


def test_cancel() -> None:
    cancel = threading.Event()
    cancel.set()
    with pytest.raises(Cancelled):
        align(*read(), KNOWN["text"], cancel=cancel)


def make_tone(*spans: tuple[float, float], seconds: float = 2.0, rate: int = 16000) -> Samples:
    samples = np.zeros(round(seconds * rate), np.float32)
    for start, end in spans:
        samples[round(start * rate) : round(end * rate)] = 0.3
    return samples


def test_refine_puts_the_edges_of_speech_on_the_sound() -> None:
    phones = (Phone("ɑ", 0.0, 0.8), Phone(SILENCE, 0.8, 1.2), Phone("i", 1.2, 2.0))
    refined = refine(phones, make_tone((0.3, 0.7), (1.3, 1.8)), 16000)
    assert [p.symbol for p in refined] == [SILENCE, "ɑ", SILENCE, "i", SILENCE]
    assert [p.start for p in refined] == pytest.approx([0.0, 0.3, 0.7, 1.3, 1.8], abs=0.015)
    assert refined[-1].end == 2.0


def test_refine_moves_no_edge_of_a_pause_by_more_than_a_tenth_of_a_second() -> None:
    """Room noise as loud as a quiet voice stands in the pauses: it is not taken for speech all through them."""
    edges = (0.0, 0.7, 1.0, 1.6, 1.9, 3.0)
    phones = tuple(map(Phone, (SILENCE, "ɑ", SILENCE, "i", SILENCE), edges[:-1], edges[1:]))
    noisy = make_tone((0.1, 1.4), (1.62, 2.8), seconds=3.0)
    refined = refine(phones, noisy, 16000)
    assert [p.symbol for p in refined] == [p.symbol for p in phones]
    moves = [abs(new.end - old.end) for new, old in zip(refined, phones, strict=True)]
    assert max(moves) == pytest.approx(FARTHEST_MOVE)
    assert moves[:2] == pytest.approx([0.1, 0.1])
    quiet = refine(phones, make_tone((0.85, 0.86), seconds=3.0), 16000)
    assert quiet[1].start == pytest.approx(0.8), "nor later"


def test_refine_keeps_edges_between_spoken_phones_and_drops_false_pauses() -> None:
    phones = (Phone("ɑ", 0.0, 0.5), Phone("s", 0.5, 0.9), Phone(SILENCE, 0.9, 0.92), Phone("i", 0.92, 2.0))
    refined = refine(phones, make_tone((0.0, 2.0)), 16000)
    assert [p.symbol for p in refined] == ["ɑ", "s", "i"]
    assert refined[1].start == 0.5
    assert refined[1].end == refined[2].start == pytest.approx(0.91)


def test_refine_leaves_silence_alone() -> None:
    assert refine((), np.zeros(10, np.float32), 16000) == ()
    pause = (Phone(SILENCE, 0.0, 1.0),)
    assert refine(pause, np.zeros(16000, np.float32), 16000) == pause
