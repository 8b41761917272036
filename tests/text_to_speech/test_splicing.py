"""Another reading of some words goes into a sound without a click, as loud as the rest, with its phones in time."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest
from fake_speech import PHONES, fake_speech

from alphsistant_addon.core.sound_files import write_wav
from alphsistant_addon.core.speech import Phone, Speech, Word
from alphsistant_addon.pipeline import respeaking
from alphsistant_addon.pipeline.models import ShippedModels
from alphsistant_addon.text_to_phones.phones import transcribe
from alphsistant_addon.text_to_speech.splicing import splice

RATE = 22050


def reading(text: str, *, level: float = 0.1, pitch: float = 120.0, phase: float = 0.0) -> Speech:
    """A buzz with the phones of a made-up speech, softer in each consonant."""
    made = fake_speech(text)
    times = np.arange(len(made.samples)) / RATE
    wave = sum(np.sin(2 * np.pi * pitch * k * times + k + k * phase) / k for k in range(1, 12))
    gain = np.ones(len(times))
    for phone in made.phones:
        inside = (times >= phone.start) & (times < phone.end)
        gain[inside] = {"sil": 0.0}.get(phone.symbol, 1.0 if phone.symbol in {"ɑ", "i", "u", "oʊ"} else 0.4)
    smooth = np.convolve(gain, np.ones(441) / 441, mode="same")
    return Speech((level * wave * smooth).astype(np.float32), RATE, made.phones, made.words, text)


def test_a_piece_goes_in_without_a_click_and_in_phase():
    old = reading("Bob may pop a little van")
    new = reading("Bob may swim a little van", phase=2.0)
    made = splice(old, new, (2, 3), (2, 3)).speech
    assert [w.text for w in made.words] == ["Bob", "may", "swim", "a", "little", "van"]
    assert made.duration == pytest.approx(old.duration + 0.09, abs=0.02)
    roughest = max(np.abs(np.diff(speech.samples, 2)).max() for speech in (old, new))
    assert np.abs(np.diff(made.samples, 2)).max() < 1.2 * roughest
    assert all(a.end == pytest.approx(b.start) for a, b in itertools.pairwise(made.phones))
    assert made.phones[-1].end == pytest.approx(made.duration)
    assert [p.symbol for p in made.phones] == [p.symbol for p in new.phones]
    for word in made.words:
        inside = [p for p in made.phones if word.start - 1e-6 <= p.start < word.end - 1e-6]
        assert len(inside) == sum(letter in PHONES for letter in word.text.lower())


def test_what_is_far_from_the_piece_is_the_old_sound():
    old = reading("Bob may pop a little van")
    spliced = splice(old, reading("Bob may swim a little van"), (2, 3), (2, 3))
    made = spliced.speech
    assert np.array_equal(made.samples[: RATE // 5], old.samples[: RATE // 5])
    assert np.array_equal(made.samples[-RATE // 2 :], old.samples[-RATE // 2 :])
    assert (np.diff(spliced.before) > 0).all()
    assert (np.diff(spliced.after) > 0).all()
    assert spliced.after[-1] - spliced.before[-1] == pytest.approx(made.duration - old.duration, abs=1e-3)


@pytest.mark.parametrize("level", [0.07, 0.14])
def test_the_piece_is_as_loud_as_the_words_around_it(level: float):
    old = reading("Bob may pop a little van")
    made = splice(old, reading("Bob may pop a little van", level=level), (2, 3), (2, 3)).speech
    word = old.words[2]
    inside = slice(round(word.start * RATE), round(word.end * RATE))
    assert np.std(made.samples[inside]) == pytest.approx(np.std(old.samples[inside]), rel=0.06)


@pytest.mark.parametrize("place", [0, 5])
def test_the_first_and_the_last_word_can_be_exchanged(place: int):
    old = reading("Bob may pop a little van")
    texts = [word.text for word in old.words]
    new = reading(" ".join((*texts[:place], "moon", *texts[place + 1 :])))
    made = splice(old, new, (place, place + 1), (place, place + 1)).speech
    assert [w.text for w in made.words] == [*texts[:place], "moon", *texts[place + 1 :]]
    assert all(w.end <= made.duration + 1e-6 for w in made.words)
    assert [p.symbol for p in made.phones] == [p.symbol for p in new.phones]


def test_a_sound_of_another_rate_is_refused():
    old = reading("Bob may")
    with pytest.raises(ValueError, match="one sample rate"):
        splice(old, Speech(old.samples, 16000, old.phones, old.words, ""), (0, 1), (0, 1))


def test_a_word_sounds_as_somebody_wants_it_to():
    sounds = {"record": "ɹᵻkˈɔɹd"}
    plain = transcribe("I heard the record.")
    wanted = transcribe("I heard the record.", sounds)
    assert "".join(plain.tokens) != "".join(wanted.tokens)
    assert "".join(wanted.tokens).endswith("ɹᵻkˈɔɹd.")


def test_the_shipped_voice_says_one_word_anew(tmp_path: Path):
    models = ShippedModels()
    (old,) = models.speaker().stream("The little dog ran over the bridge.", seed=0)
    write_wav(old, tmp_path / "old.wav")
    *_, made = respeaking.run(
        tmp_path / "old.wav", old.words, old.phones, models, place=2, sentence=(0, len(old.words)), text="elephant"
    )
    assert isinstance(made, respeaking.Respoken)
    assert [w.text for w in made.words] == ["The", "little", "elephant", "ran", "over", "the", "bridge."]
    symbols = "".join(p.symbol for p in made.phones)
    assert "ɛləf" in symbols or "ɛlɪf" in symbols
    head = round((old.words[1].start - 0.05) * old.sample_rate)
    assert np.abs(made.samples[:head] - old.samples[:head]).max() < 1e-4, "16 bits on the way"
    assert _flux_at(made.samples, made.sample_rate, made.after[1:3]) < 1.0


def _flux_at(samples: np.ndarray, rate: int, places: tuple[float, ...]) -> float:
    """The largest change of the spectrum within 20 ms of some places, as a share of the largest in all of the sound."""
    hop, size = 64, 512
    frames = np.stack([samples[i : i + size] * np.hanning(size) for i in range(0, len(samples) - size, hop)])
    logs = np.log(np.abs(np.fft.rfft(frames)) + 1e-3)
    flux = np.sqrt(((logs[4:] - logs[:-4]) ** 2).mean(axis=1))
    at = (np.arange(len(flux)) * hop + size / 2 + 2 * hop) / rate
    near = np.zeros(len(at), dtype=bool)
    for place in places:
        near |= np.abs(at - place) < 0.02
    return float(flux[near].max() / flux[~near].max())


def test_phones_for_several_words_are_refused(tmp_path: Path):
    words, phones = (Word("$5", 0.0, 0.5),), (Phone("f", 0.0, 0.5),)
    with pytest.raises(Exception, match="is read as 2 words"):
        list(
            respeaking.run(
                tmp_path / "x.wav", words, phones, _Silent(), place=0, sentence=(0, 1), text="$5", pronunciation="fˈaɪv"
            )
        )


class _Silent:
    """Models whose voice is never asked."""

    def speaker(self, cancel=None):
        return cancel
