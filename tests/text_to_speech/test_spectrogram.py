import math
import threading

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from alphsistant_addon.core.errors import Cancelled
from alphsistant_addon.text_to_speech.dc_tts import spectrogram
from alphsistant_addon.text_to_speech.dc_tts.voice_config import VoiceConfig
from alphsistant_addon.text_to_speech.voice import LEVEL, PEAK, levelled

CONFIG = VoiceConfig()


def tone(hz=440.0, seconds=0.5, level=0.3):
    return (
        level * torch.sin(2 * math.pi * hz * torch.arange(int(seconds * CONFIG.sample_rate)) / CONFIG.sample_rate)
    ).float()


def test_stft_and_back():
    samples = torch.randn(CONFIG.hop_length * 40)
    assert torch.allclose(spectrogram.istft(spectrogram.stft(samples, CONFIG), CONFIG), samples, atol=1e-4)


def test_emphasis_and_back():
    samples = torch.randn(1000)
    assert torch.allclose(spectrogram.deemphasise(spectrogram.emphasise(samples, CONFIG), CONFIG), samples, atol=1e-4)


def test_deemphasis_of_one_sample_fades_as_its_formula_says():
    impulse = torch.zeros(2, 3000)
    impulse[1, 10] = 1
    expected = torch.zeros(2, 3000)
    expected[1, 10:] = CONFIG.preemphasis ** torch.arange(2990)
    assert torch.allclose(spectrogram.deemphasise(impulse, CONFIG), expected, rtol=1e-5, atol=1e-9)


def test_levels_and_back():
    magnitudes = torch.logspace(-3.9, 0.9, 50)
    assert torch.allclose(spectrogram.from_unit(spectrogram.to_unit(magnitudes, CONFIG), CONFIG), magnitudes, rtol=1e-3)
    assert spectrogram.to_unit(torch.tensor([0.0, 1e9]), CONFIG).tolist() == pytest.approx([0, 1], abs=1e-6)


def test_mel_filters_cover_every_band_once():
    filters = spectrogram.mel_filters(CONFIG.sample_rate, CONFIG.n_fft, CONFIG.n_mels)
    assert filters.shape == (80, 601)
    peaks = filters.argmax(1)
    assert (peaks.diff() > 0).all()
    # Slaney's scale: 1,000 Hz is mel 15 (linear below it), and it is 27 steps up to 6,400 Hz.
    assert spectrogram.mel_frequency(torch.tensor([200 / 3, 1000.0, 6400.0])).tolist() == pytest.approx(
        [1, 15, 42], abs=1e-4
    )


def test_a_tone_is_heard_at_its_place():
    mel, linear = spectrogram.spectrograms(tone(1000.0, level=0.02), CONFIG)
    assert mel.shape == (41, 80)
    assert linear[20].argmax() == round(1000 * CONFIG.n_fft / CONFIG.sample_rate)


def test_griffin_lim_rebuilds_a_tone():
    _, linear = spectrogram.spectrograms(tone(level=0.02), CONFIG)
    rebuilt = spectrogram.griffin_lim(linear, CONFIG, iterations=30, generator=torch.Generator().manual_seed(0))
    again = spectrogram.spectrograms(rebuilt, CONFIG)[1]
    loud = linear[3:-3] > 0.6
    assert (again[3:-3] - linear[3:-3])[loud].abs().mean() < 0.02


def test_griffin_lim_is_the_fast_one():
    """Perraudin et al. 2013, algorithm 2: each step goes on in the direction of the last one."""
    torch.manual_seed(0)
    levels = torch.rand(20, CONFIG.n_linear)
    phase = torch.rand(CONFIG.n_linear, 20) * 6
    magnitudes = spectrogram.from_unit(levels, CONFIG).T
    spectrum, previous = torch.polar(magnitudes, phase), 0.0
    for _ in range(3):
        rebuilt = spectrogram.stft(spectrogram.istft(spectrum, CONFIG), CONFIG)
        spectrum = torch.polar(magnitudes, (rebuilt + 0.99 * (rebuilt - previous)).angle())
        previous = rebuilt
    expected = spectrogram.deemphasise(spectrogram.istft(spectrum, CONFIG), CONFIG)
    assert torch.allclose(spectrogram.griffin_lim(levels, CONFIG, iterations=3, phase=phase), expected, atol=1e-3)


def test_griffin_lim_is_the_same_for_the_same_seed_and_can_be_cancelled():
    levels = torch.rand(20, CONFIG.n_linear)
    first, second, other = (
        spectrogram.griffin_lim(levels, CONFIG, iterations=2, generator=torch.Generator().manual_seed(s))
        for s in (1, 1, 2)
    )
    assert torch.equal(first, second)
    assert not torch.equal(first, other)
    cancel = threading.Event()
    cancel.set()
    with pytest.raises(Cancelled):
        spectrogram.griffin_lim(levels, CONFIG, cancel=cancel)


@pytest.mark.parametrize("gain", [0.001, 0.1, 3.0])
def test_every_sentence_is_as_loud_as_the_next(gain):
    samples = levelled((tone(seconds=1) * gain).numpy(), CONFIG.sample_rate)
    assert 20 * np.log10(np.sqrt(np.mean(samples[1000:-1000] ** 2))) == pytest.approx(LEVEL, abs=0.1)


def test_rests_make_a_sentence_no_louder():
    """The level is that of the parts in which something is said."""
    spoken = tone(seconds=1).numpy()
    with_rest = np.concatenate([spoken, np.zeros(72_000, np.float32), spoken])
    alone, rested = levelled(spoken, CONFIG.sample_rate), levelled(with_rest, CONFIG.sample_rate)
    assert np.abs(rested).max() == pytest.approx(np.abs(alone).max(), rel=1e-3)


def test_levelling_never_clips_and_leaves_silence_alone():
    click = np.zeros(24_000, np.float32)
    click[12_000] = 1e-3
    assert np.abs(levelled(click, 24_000)).max() <= PEAK + 1e-6
    assert not levelled(np.zeros(24_000, np.float32), 24_000).any()
