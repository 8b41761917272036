import dataclasses
import math

import pytest

torch = pytest.importorskip("torch")

from alphsistant_addon.text_to_speech.dc_tts import pulse_source
from alphsistant_addon.text_to_speech.dc_tts.networks import SSRN
from alphsistant_addon.text_to_speech.dc_tts.vocoder import vocode
from alphsistant_addon.text_to_speech.dc_tts.voice_config import VoiceConfig

CONFIG = VoiceConfig()
MELODY = torch.cat([torch.zeros(5), torch.linspace(150, 260, 40), torch.zeros(3), torch.full((30,), 200.0)])


def test_channels_and_back():
    channels = pulse_source.pitch_channels(MELODY)
    assert channels.shape == (78, 2)
    assert torch.allclose(pulse_source.hertz_of(channels), MELODY, atol=1e-2)
    assert channels[:, 0].min() > 0.4  # Straight on through the unvoiced frames.
    assert torch.equal(pulse_source.pitch_channels(torch.zeros(4)), torch.zeros(4, 2))


def test_harmonics_are_where_they_belong_and_of_one_size():
    spectrum = pulse_source.source_spectrum(torch.full((40,), 200.0), CONFIG)
    middle = spectrum.abs()[:, 20]
    assert torch.allclose(middle[10:500:10], torch.ones(49), atol=0.02)  # 200 Hz are 10 bins.
    assert middle[15:500:10].max() < 1e-3


def test_the_phase_of_a_pulse_train_runs_on_without_a_jump():
    samples = pulse_source.pulse_train(MELODY[5:45], CONFIG)
    distances = torch.diff(torch.nonzero(samples > samples.max() / 3).squeeze(1).float())
    periods = distances[distances > 3]
    assert periods.max() <= CONFIG.sample_rate / 150 + 2
    assert periods.min() >= CONFIG.sample_rate / 260 - 2


def test_a_frame_is_voiced_for_half_a_hop_on_both_sides_of_its_centre():
    hertz = torch.tensor([0.0, 0.0, 200.0, 200.0, 0.0, 0.0])
    heard = torch.nonzero(pulse_source.pulse_train(hertz, CONFIG)).squeeze(1)
    hop = CONFIG.hop_length
    assert 1.5 * hop <= heard.min() <= 1.5 * hop + 2
    assert 3.5 * hop - 2 <= heard.max() < 3.5 * hop


def test_unvoiced_is_silent_and_flat():
    spectrum = pulse_source.source_spectrum(torch.zeros(20), CONFIG)
    assert spectrum.abs().max() == 0
    assert pulse_source.comb(spectrum).abs().max() == 0


def test_a_comb_lies_between_minus_one_and_zero():
    teeth = pulse_source.comb(pulse_source.source_spectrum(MELODY, CONFIG))
    assert teeth.shape == (78, 601)
    assert teeth.min() == -1
    assert teeth.max() == 0


def test_phase_is_random_only_where_there_is_noise():
    spectrum = pulse_source.source_spectrum(torch.full((40,), 200.0), CONFIG)
    none, full = torch.zeros(spectrum.shape), torch.full(spectrum.shape, 1e3)
    one, two = (torch.Generator().manual_seed(seed) for seed in (1, 2))
    assert torch.equal(
        pulse_source.starting_phase(spectrum, none, one), pulse_source.starting_phase(spectrum, none, two)
    )
    assert not torch.allclose(
        pulse_source.starting_phase(spectrum, full, one), pulse_source.starting_phase(spectrum, full, two)
    )


@pytest.mark.parametrize(("semitones", "period"), [(0, 100), (-12 * math.log2(1.25), 125), (12 * math.log2(1.25), 80)])
def test_a_voice_with_pitch_sings_at_its_pitch(semitones, period):
    """Before any training: the SSRN's comb is told where harmonics are, and the samples repeat with that period."""
    torch.manual_seed(0)
    config = dataclasses.replace(CONFIG, pitch=True, ssrn_channels=16)
    ssrn = SSRN(config).eval()
    with torch.no_grad():  # A flat envelope with deep valleys.
        last = ssrn.layers[-1].linear
        last.weight.zero_()
        last.bias.copy_(torch.cat([torch.ones(601), torch.full((601,), 4.0)]))
    hertz = torch.full((60,), 240.0)
    frames = torch.cat([torch.rand(60, 80), pulse_source.pitch_channels(hertz)], dim=1)
    samples = vocode(frames, ssrn, config, semitones=semitones)
    assert len(samples) == 59 * config.hop_length
    middle = samples[4_000:12_000] - samples[4_000:12_000].mean()
    alike = [float((middle[:-lag] * middle[lag:]).sum() / (middle**2).sum()) for lag in range(50, 150)]
    assert math.isclose(50 + max(range(100), key=alike.__getitem__), period, abs_tol=1)
    assert torch.equal(samples, vocode(frames, ssrn, config, semitones=semitones))
