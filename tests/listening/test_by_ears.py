"""The shipped ears on recordings as users bring them: noise, silence, words too many or missing, no words at all."""

import itertools
import json
import threading
import time
import wave
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from alphsistant_addon.core.errors import AlphsistantError, AssetError, Cancelled
from alphsistant_addon.core.phone_inventory import CONSONANTS, SILENCE, VOWELS
from alphsistant_addon.core.speech import Phone, Speech
from alphsistant_addon.lip_sync import animate
from alphsistant_addon.lip_sync.channels import VISEMES
from alphsistant_addon.lip_sync.heard_visemes import DELAY, HeardVisemes, heard_visemes
from alphsistant_addon.lip_sync.visemes import VISEME_INDEX
from alphsistant_addon.listening import features, hear
from alphsistant_addon.listening.acoustic_model import CLASSES, LOOK_AHEAD, AcousticModel, HearingStream, join
from alphsistant_addon.listening.by_ears import align_by_ears, likelihood
from alphsistant_addon.listening.ears import listen, shipped_ears
from alphsistant_addon.listening.pocketsphinx_decoder import resample

pytest.importorskip("soxr")

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
    for before, after in itertools.pairwise(speech.phones):
        assert before.end == after.start
        assert before.duration > 0.0
        assert not before.symbol == after.symbol == SILENCE
    for phone in speech.phones:
        assert phone.symbol not in CONSONANTS or phone.duration <= 0.25 + 1e-6


def spoken(phones: tuple[Phone, ...]) -> list[str]:
    return [phone.symbol for phone in phones if phone.symbol != SILENCE]


def start_errors(speech: Speech, shift: float = 0.0) -> npt.NDArray[np.float64]:
    found = [phone for phone in speech.phones if phone.symbol != SILENCE]
    assert [phone.symbol for phone in found] == [symbol for symbol, *_ in KNOWN["phones"]]
    return np.array([f.start - t - shift for f, (_, _, t, _) in zip(found, KNOWN["phones"], strict=True)])


def noise(count: int, level: float, seed: int = 0) -> Samples:
    return (level * np.random.default_rng(seed).standard_normal(count)).astype(np.float32)


def test_words_phones_and_stress_of_a_transcript() -> None:
    samples, rate = read()
    found = align_by_ears(samples, rate, KNOWN["text"])
    check_contract(found.speech)
    assert found.is_complete
    assert found.speech.warnings == ()
    assert np.abs(start_errors(found.speech)).mean() < 0.020
    assert [word.text for word in found.speech.words] == KNOWN["text"].split()
    stresses = [phone.stress for phone in found.speech.phones if phone.symbol != SILENCE]
    assert stresses == [stress for _, stress, _, _ in KNOWN["phones"]]


@pytest.mark.parametrize("decibels", [-40, -20, 10])
def test_the_level_makes_no_difference(decibels: int) -> None:
    samples, rate = read()
    assert np.abs(samples).max() * 10**0.5 < 2.0
    louder = (samples * 10 ** (decibels / 20)).astype(np.float32)
    edges = [[p.start for p in align_by_ears(s, rate, KNOWN["text"]).speech.phones] for s in (samples, louder)]
    assert edges[0] == pytest.approx(edges[1], abs=0.003)


def test_noise_as_loud_as_the_speech_is_not_refused() -> None:
    samples, rate = read()
    loud = samples + noise(len(samples), float(samples.std()))
    speech = align_by_ears(loud, rate, KNOWN["text"]).speech
    check_contract(speech)
    assert np.abs(start_errors(speech)).mean() < 0.045


def test_silence_and_room_around_are_a_pause() -> None:
    samples, rate = read()
    around = np.concatenate([np.zeros(2 * rate, np.float32), samples, np.zeros(rate, np.float32)])
    speech = align_by_ears(around + noise(len(around), 0.001), rate, KNOWN["text"]).speech
    check_contract(speech)
    assert speech.phones[0].symbol == speech.phones[-1].symbol == SILENCE
    assert np.abs(start_errors(speech, shift=2.0)).mean() < 0.025


def test_words_that_are_not_said_are_named_and_left_out() -> None:
    samples, rate = read()
    found = align_by_ears(samples, rate, "A fitting symbol of complicated hippopotamus spousal love.")
    assert not found.is_complete
    assert "hippopotamus" not in [word.text for word in found.speech.words]
    (warning,) = found.speech.warnings
    assert "“hippopotamus”" in warning
    assert "spousal" not in warning
    assert (
        np.abs(found.speech.words[-1].start - align_by_ears(samples, rate, KNOWN["text"]).speech.words[-1].start) < 0.05
    )


def test_speech_that_is_not_written_is_bridged_and_its_time_is_told() -> None:
    samples, rate = read()
    whole = align_by_ears(samples, rate, KNOWN["text"]).speech
    found = align_by_ears(samples, rate, "A fitting love.")
    assert [word.text for word in found.speech.words] == ["A", "fitting", "love."]
    assert any("not written" in warning for warning in found.speech.warnings)
    missing = [word for word in whole.words if word.text in ("symbol", "of", "spousal")]
    bridged = [p for p in found.speech.phones if missing[0].start < p.start and p.end < missing[-1].end]
    assert sum(p.symbol != SILENCE for p in bridged) >= 6


def test_the_path_is_likelier_than_one_that_is_moved() -> None:
    samples, rate = read()
    found = align_by_ears(samples, rate, KNOWN["text"])
    late = tuple(Phone(p.symbol, p.start + 0.05, p.end + 0.05) for p in found.speech.phones)
    assert likelihood(found.heard, found.speech.phones) > likelihood(found.heard, late) + 0.3


def test_sound_alone_closes_the_lips_where_they_are_closed() -> None:
    samples, rate = read()
    speech = hear(samples, rate)
    check_contract(speech)
    assert speech.words == ()
    closed = [p for p in speech.phones if p.symbol in ("p", "b", "m")]
    for symbol, _, start, end in KNOWN["phones"]:
        if symbol in ("p", "b", "m"):
            assert any(p.start < end + 0.02 and p.end > start - 0.02 for p in closed), (symbol, start)
    face = animate(speech)
    assert face.key_count <= 100 * speech.duration + 1


@pytest.mark.parametrize("kind", ["white", "hum", "steps"])
def test_half_a_minute_of_noise_opens_no_mouth(kind: str) -> None:
    rate = features.RATE
    times = np.arange(30 * rate) / rate
    sound = {
        "white": noise(len(times), 0.1),
        "hum": (0.2 * np.sin(2 * np.pi * 100 * times) + 0.05 * np.sin(2 * np.pi * 300 * times)).astype(np.float32),
        "steps": noise(len(times), 0.2) * (times % 0.7 < 0.05).astype(np.float32) + noise(len(times), 0.002, seed=1),
    }[kind]
    speech = hear(sound, rate)
    check_contract(speech)
    assert sum(p.duration for p in speech.phones if p.symbol in VOWELS) < 1.0


def test_pieces_are_heard_as_the_whole_is() -> None:
    samples, rate = read()
    sound = resample(samples, rate)
    ears = shipped_ears()
    whole = ears.hear(sound)
    assert len(whole) == len(sound) // features.HOP
    for step in (160, 333, 5000):
        stream = HearingStream(ears, features.level_of(sound))
        parts = [stream.push(sound[first : first + step]) for first in range(0, len(sound), step)]
        heard = join([*parts, stream.finish()])
        assert np.allclose(heard.phones, whole.phones, atol=1e-4)
        assert np.allclose(heard.lips_shut, whole.lips_shut, atol=1e-4)
        assert np.allclose(heard.lip_on_teeth, whole.lip_on_teeth, atol=1e-4)


def test_a_stream_is_a_tenth_of_a_second_behind() -> None:
    assert LOOK_AHEAD <= 0.08 + 1e-9
    samples, rate = read()
    sound = resample(samples, rate)
    stream = HearingStream(shipped_ears())
    told, late = 0, []
    for first in range(0, len(sound) - 160, 160):
        heard = stream.push(sound[first : first + 160])
        late += [(first + 160) / features.RATE - (told + i + 0.5) * 0.01 for i in range(len(heard))]
        told += len(heard)
    assert max(late) < 0.13
    assert np.mean(late) < 0.115


def test_a_second_of_sound_is_heard_in_a_small_part_of_it() -> None:
    sound = noise(10 * features.RATE, 0.1)
    ears = shipped_ears()
    ears.hear(sound)
    began = time.process_time()
    ears.hear(sound)
    assert time.process_time() - began < 1.0


def test_live_weights_are_in_bounds_sealed_and_the_same_in_pieces() -> None:
    samples, rate = read()
    heard = listen(samples, rate)
    weights = heard_visemes(heard, CLASSES)
    assert weights.shape == (len(heard), len(VISEMES))
    assert weights.min() >= 0.0
    assert weights.max() <= 1.0
    sealed = weights[:, VISEME_INDEX["PP"]] == 1.0
    assert sealed.any()
    assert np.delete(weights, VISEME_INDEX["PP"], axis=1)[sealed].max() == 0.0
    mouth = HeardVisemes(CLASSES)
    stream = HearingStream(shipped_ears(), features.level_of(resample(samples, rate)))
    sound = resample(samples, rate)
    parts = [mouth.push(stream.push(sound[first : first + 480])) for first in range(0, len(sound), 480)]
    parts += [mouth.push(stream.finish()), mouth.finish()]
    assert np.allclose(np.concatenate(parts), weights, atol=1e-3)
    assert DELAY * 0.01 + LOOK_AHEAD <= 0.1


@pytest.mark.parametrize(
    ("samples", "words"),
    [(np.zeros(16000, np.float32), "empty or silent"), (np.ones((9000, 2), np.float32), "mono")],
)
def test_bad_recordings_are_met_with_a_sentence(samples: Samples, words: str) -> None:
    with pytest.raises(AlphsistantError, match=words):
        hear(samples, 16000)
    with pytest.raises(AlphsistantError, match=words):
        align_by_ears(samples, 16000, "Hello.")


def test_a_file_that_is_no_acoustic_model_is_met_with_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(AssetError, match="cannot be read"):
        AcousticModel.load(tmp_path / "nowhere.npz")
    (tmp_path / "ears.npz").write_bytes(b"no zip")
    with pytest.raises(AssetError, match="cannot be read"):
        AcousticModel.load(tmp_path / "ears.npz")
    np.savez(tmp_path / "other.npz", something=np.zeros(3))
    with pytest.raises(AssetError, match="cannot be read"):
        AcousticModel.load(tmp_path / "other.npz")


def test_cancel() -> None:
    cancel = threading.Event()
    cancel.set()
    with pytest.raises(Cancelled):
        hear(*read(), cancel=cancel)


@pytest.mark.parametrize("name", ["german", "french", "japanese"])
def test_other_languages(name: str) -> None:
    """Said by espeak-ng, whose phone times are known; Japanese is none of the languages that were learnt from."""
    known = json.loads((DATA / f"{name}.json").read_text(encoding="utf-8"))
    with wave.open(str(DATA / f"{name}.wav"), "rb") as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.float32) / 32768.0
        rate = file.getframerate()
    found = align_by_ears(samples, rate, known["text"], language=None if name == "japanese" else known["language"])
    check_contract(found.speech)
    assert found.is_complete
    starts = {symbol: [p.start for p in found.speech.phones if p.symbol == symbol] for symbol in CONSONANTS}
    errors = [
        min(abs(start - t) for t in starts[symbol] or [9.0])
        for symbol, _, start, _ in known["phones"]
        if symbol in CONSONANTS
    ]
    assert np.median(errors) < 0.025
    heard = hear(samples, rate)
    check_contract(heard)
    closed = [p for p in heard.phones if p.symbol in ("p", "b", "m")]
    sealed = [(s, e) for symbol, _, s, e in known["phones"] if symbol in ("p", "b", "m")]
    met = sum(any(p.start < end + 0.02 and p.end > start - 0.02 for p in closed) for start, end in sealed)
    assert met >= len(sealed) - 1
