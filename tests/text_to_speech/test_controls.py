"""Rate, pitch, loudness and pauses; and the watch on the attention."""

import dataclasses

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from alphsistant_addon.core.errors import TextError
from alphsistant_addon.core.phone_inventory import SILENCE
from alphsistant_addon.core.speech import Phone
from alphsistant_addon.lip_sync.moods import MOODS
from alphsistant_addon.text_to_speech import voice as voice_module
from alphsistant_addon.text_to_speech.controls import MANNERS, Controls
from alphsistant_addon.text_to_speech.dc_tts.attention_check import trouble
from alphsistant_addon.text_to_speech.dc_tts.decoder import Decoder, Utterance
from alphsistant_addon.text_to_speech.dc_tts.vocoder import resampled
from alphsistant_addon.text_to_speech.dc_tts.voice_config import END, START
from alphsistant_addon.text_to_speech.timing import TimeMap

TEXT = "A pie, a boy."


@pytest.mark.parametrize(
    "wrong",
    [
        {"rate": 0.1},
        {"rate": 3},
        {"pitch": 7},
        {"loudness": 20},
        {"pauses": -1},
        {"rate": float("nan")},
        {"feeling": 2},
    ],
)
def test_out_of_range_is_a_sentence(wrong):
    with pytest.raises(TextError, match=next(iter(wrong))):
        Controls(**wrong)


def test_a_mood_is_heard_as_far_as_wished():
    assert Controls().in_mood("sad") == Controls(), "off, unless asked for"
    assert Controls(feeling=1).in_mood("neutral") == Controls(feeling=1)
    sad, happy = Controls(feeling=1).in_mood("sad"), Controls(feeling=1).in_mood("happy")
    assert sad.rate < 1 < happy.rate
    assert sad.pitch < 0 < happy.pitch
    assert sad.loudness < 0 < happy.loudness
    half = Controls(feeling=0.5).in_mood("sad")
    assert half.pitch == pytest.approx(sad.pitch / 2)
    assert half.rate == pytest.approx(sad.rate**0.5)
    assert Controls(feeling=1, rate=2, pitch=6, loudness=6).in_mood("surprised").pitch == 6, "never out of range"


def test_every_mood_of_the_face_has_a_manner():
    assert set(MANNERS) == set(MOODS) - {"neutral"}


@pytest.mark.parametrize("rate", [0.5, 0.8, 1.5, 2.0])
def test_the_rate_moves_sound_phones_and_words_together(voice, rate):
    own, wished = voice.speak(TEXT), voice.speak(TEXT, controls=Controls(rate=rate))
    assert wished.duration == pytest.approx(own.duration / rate, abs=0.02)
    assert [p.symbol for p in own.phones] == [p.symbol for p in wished.phones]
    for a, b in zip(own.phones[:-1], wished.phones[:-1], strict=True):
        assert b.end == pytest.approx(a.end / rate, abs=1e-6)
    for a, b in zip(own.words, wished.words, strict=True):
        assert b.start == pytest.approx(a.start / rate, abs=1e-6)
    assert wished.phones[-1].end == pytest.approx(wished.duration)


@pytest.mark.parametrize("semitones", [-6, 6])
def test_pitch_does_not_change_the_times(voice, semitones):
    own, wished = voice.speak(TEXT), voice.speak(TEXT, controls=Controls(pitch=semitones))
    assert len(own.samples) == len(wished.samples)
    assert own.phones == wished.phones
    assert not np.allclose(own.samples, wished.samples)


def test_loudness_is_decibels(voice):
    own, wished = voice.speak(TEXT), voice.speak(TEXT, controls=Controls(loudness=-12))
    assert 20 * np.log10(np.abs(wished.samples).max() / np.abs(own.samples).max()) == pytest.approx(-12, abs=0.1)


def test_only_pauses_inside_grow():
    phones = (Phone(SILENCE, 0, 0.1), Phone("m", 0.1, 0.3), Phone(SILENCE, 0.3, 0.5), Phone("i", 0.5, 0.6))
    phones = (*phones, Phone(SILENCE, 0.6, 0.8))
    times = TimeMap.of(phones, Controls(pauses=2))
    assert [times.moved(p.end) for p in phones] == pytest.approx([0.1, 0.3, 0.7, 0.8, 1.0])
    assert len(times.places(0.01)) == 101
    none = TimeMap.of(phones, Controls(pauses=0))
    assert none.moved(0.3) == none.moved(0.4)
    assert none.moved(0.8) == pytest.approx(0.6)


def test_frames_between_frames():
    frames = torch.arange(5.0)[:, None] * torch.tensor([1.0, 2.0])
    places = np.array([0.0, 0.5, 3.25, 4.0, 9.0])
    assert torch.allclose(resampled(frames, places)[:, 0], torch.tensor([0.0, 0.5, 3.25, 4.0, 4.0]))
    assert torch.equal(resampled(frames[:1], np.array([0.0, 0.0])), frames[[0, 0]])


def attention(*shares):
    """Attention of an utterance whose symbols last so many steps."""
    columns = torch.zeros(int(sum(shares) + 0.999), len(shares))
    t = 0.0
    for n, share in enumerate(shares):
        for step in range(len(columns)):
            columns[step, n] = max(0.0, min(t + share, step + 1) - max(t, step))
        t += share
    return Utterance(torch.zeros(len(columns), 1), columns, finished=True)


def test_the_watch_sees_what_is_passed_over_and_dwelt_on():
    tokens = [START, "m", "i", " ", "t", END]
    assert not trouble(attention(2, 2, 3, 0.0, 1, 2), tokens, 0.05)
    assert trouble(attention(2, 2, 3, 0.0, 0.1, 2), tokens, 0.05).passed_over == (4,)
    assert trouble(attention(2, 20, 3, 0.0, 1, 2), tokens, 0.05).dwelt_on == (1,)
    assert not trouble(attention(20, 2, 3, 20, 1, 20), tokens, 0.05)
    lost = dataclasses.replace(attention(2, 2, 3, 0.0, 1, 2), finished=False)
    assert trouble(lost, tokens, 0.05).unfinished


def test_a_bad_try_is_tried_again_with_noise(voice, monkeypatch):
    """The first try is lost, the second is not: no warning, and the second is what is heard."""
    tries = []

    decode = Decoder.decode

    def first_lost(*arguments, noise=None, **options):
        tries.append(noise)
        utterance = decode(*arguments, noise=noise, **options)
        return dataclasses.replace(utterance, finished=noise is not None)

    monkeypatch.setattr(Decoder, "decode", first_lost)
    monkeypatch.setattr(voice_module, "trouble", lambda u, *_: trouble(u, [END] * u.attention.shape[1], 0.05))
    speech = voice.speak("Hello.")
    assert [t is None for t in tries] == [True, False]
    assert not speech.warnings


def test_noise_is_by_seed(voice):
    symbols = torch.tensor([1, 20, 30, 2])
    decoder = Decoder(voice.text2mel, voice.config)
    one, same, other = (decoder.decode(symbols, noise=np.random.default_rng(s)).mel for s in (1, 1, 2))
    assert torch.equal(one, same)
    assert not torch.equal(one, other)
