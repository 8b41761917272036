"""Voices that are made of others: resonances, pitch, breath and rate go where the dials say."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from alphsistant_addon.core.errors import AssetError
from alphsistant_addon.text_to_speech import Voice, voices
from alphsistant_addon.text_to_speech.dc_tts import harmonic_warp
from alphsistant_addon.text_to_speech.dc_tts.pulse_source import comb, pitch_channels, source_spectrum
from alphsistant_addon.text_to_speech.dc_tts.voice_config import VoiceConfig
from alphsistant_addon.text_to_speech.dc_tts.voice_dials import NONE, RANGES, SEMITONES, Dials
from alphsistant_addon.text_to_speech.voice import Voice as LoadedVoice

CONFIG = VoiceConfig(pitch=True)


def derived(folder: Path, **values: object) -> Path:
    """Write the settings of a voice without weights."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "voice.json").write_text(json.dumps(values), encoding="utf-8")
    return folder


def tuned(voice: Voice, **dials: float) -> Voice:
    return LoadedVoice(voice.config, voice.text2mel, voice.ssrn, Dials(**dials))


@pytest.fixture(scope="module")
def heart() -> Voice:
    return Voice.load("heart")


def spectrum(hertz: float, resonance: float) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Envelope with one resonance (Hz), depth and comb of a steady tone, forty frames."""
    pitch = torch.full((40,), hertz)
    bins = torch.arange(CONFIG.n_linear) * CONFIG.bin_hertz
    envelope = (2 - ((bins - resonance) / 400) ** 2).clamp(min=-4).repeat(40, 1)
    return envelope, torch.full_like(envelope, 4.0), comb(source_spectrum(pitch, CONFIG))


def level(levels: tuple[torch.Tensor, torch.Tensor, torch.Tensor]) -> torch.Tensor:
    envelope, depth, harmonics = levels
    return (envelope + depth * harmonics)[20]


def test_where_nothing_moves_everything_stays():
    own = spectrum(200.0, 2000.0)
    same = harmonic_warp.moved(own, torch.full((40,), 200.0), torch.ones(40), 1.0, CONFIG)
    for before, after in zip(own, same, strict=True):
        torch.testing.assert_close(after, before)


@pytest.mark.parametrize("ratio", [0.8, 1.25])
def test_harmonics_move_and_resonances_stay(ratio):
    own = spectrum(200.0, 2000.0)
    higher = harmonic_warp.moved(own, torch.full((40,), 200.0), torch.full((40,), ratio), 1.0, CONFIG)
    true = spectrum(200.0 * ratio, 2000.0)
    found, wanted = level(higher), level(true)
    harmonic = 200.0 * ratio / CONFIG.bin_hertz
    for number in range(5, 15):
        bin_ = round(number * harmonic)
        near = found[bin_ - 3 : bin_ + 4]
        assert abs(int(near.argmax()) - 3) <= 1, "a peak stands at every harmonic of the new pitch"
        assert float(near.max()) == pytest.approx(float(wanted[bin_ - 3 : bin_ + 4].max()), abs=0.6)


@pytest.mark.parametrize("factor", [0.85, 1.2])
def test_a_resonance_moves_by_the_factor_and_harmonics_stay(factor):
    own = spectrum(200.0, 2000.0)
    other = harmonic_warp.moved(own, torch.full((40,), 200.0), torch.ones(40), factor, CONFIG)
    peaks = level(other)[10::10]  # one harmonic every ten bins
    assert (int(peaks.argmax()) + 1) * 200 == pytest.approx(2000 * factor, abs=200)
    torch.testing.assert_close(other[2], own[2])


def test_unvoiced_frames_keep_their_noise():
    noise = torch.rand(4, CONFIG.n_linear)
    flat = (noise, torch.zeros_like(noise), torch.zeros_like(noise))
    same = harmonic_warp.moved(flat, torch.zeros(4), torch.full((4,), 2.0), 1.0, CONFIG)
    torch.testing.assert_close(same[0], noise)


def test_breath_fills_the_valleys_above_a_thousand_hertz():
    depth = torch.ones(2, CONFIG.n_linear)
    filled = Dials(breath=0.6).breathed(depth, CONFIG)
    hertz = torch.arange(CONFIG.n_linear) * CONFIG.bin_hertz
    assert (filled[:, hertz <= 1000] == 1).all()
    torch.testing.assert_close(filled[:, hertz >= 3000], torch.full_like(filled[:, hertz >= 3000], 0.4))


def test_pitch_melody_and_tremor_are_semitones():
    hertz = torch.tensor([100.0, 200.0, 0.0, 100.0, 100.0])
    frames = torch.cat([torch.zeros(5, 80), pitch_channels(hertz)], dim=1)
    torch.testing.assert_close(Dials(pitch=-3).bend(frames, 0.0125), torch.full((5,), -3.0))
    flat = Dials(melody=0).bend(frames, 0.0125) + frames[:, -2] * SEMITONES
    assert float(flat.std()) < 1e-4, "all on the median"
    wobble = Dials(tremor=0.5).bend(torch.cat([frames] * 20), 0.0125)
    assert 0.45 < float(wobble.max()) <= 0.5
    spectrum = np.abs(np.fft.rfft(wobble.numpy()))
    assert np.fft.rfftfreq(len(wobble), 0.0125)[spectrum.argmax()] == pytest.approx(5, abs=1)


def test_a_derived_voice_is_lower_slower_and_darker(heart):
    text = "No more of your many games, Ronnie."
    own, deep = heart.speak(text), tuned(heart, pitch=-4.0, formant=0.85, rate=0.8).speak(text)
    assert deep.duration == pytest.approx(own.duration / 0.8, rel=0.03)
    assert [p.symbol for p in deep.phones] == [p.symbol for p in own.phones]
    assert deep.phones[3].start == pytest.approx(own.phones[3].start / 0.8, rel=0.05)
    bands = []
    for speech in (own, deep):
        hertz = np.fft.rfftfreq(len(speech.samples), 1 / 24000)
        size = np.abs(np.fft.rfft(speech.samples))
        bands.append([20 * np.log10(size[(hertz >= low) & (hertz < low + 1000)].mean()) for low in (0, 3000)])
    (own_low, own_high), (deep_low, deep_high) = bands
    assert deep_high - deep_low < own_high - own_low - 2, "what was over 3 kHz is under it"


def test_dials_at_rest_change_nothing(heart):
    assert Dials() == NONE
    np.testing.assert_array_equal(tuned(heart).speak("Hello.").samples, heart.speak("Hello.").samples)


def test_a_folder_names_its_parent_and_its_dials(tmp_path):
    child = derived(tmp_path / "child", based_on="heart", formant=1.15, pitch=4, description="A child")
    loaded = Voice.load(child)
    assert loaded.dials == Dials(formant=1.15, pitch=4)
    assert loaded.config == Voice.load("heart").config
    assert Voice.load("heart").dials == NONE
    beside = derived(tmp_path / "twin", based_on=str(voices.voice_folder("heart")))
    assert Voice.load(beside).dials == NONE


@pytest.mark.parametrize(
    "values",
    [{"formant": 9}, {"pitch": "high"}, {"breath": -1}, {"rate": None}, {"tremor": [1]}, {"based_on": 3}],
    ids=str,
)
def test_an_impossible_dial_is_a_sentence(tmp_path, values):
    with pytest.raises(AssetError, match=r"impossible figure: formant 0\.7 to 1\.4"):
        Voice.load(derived(tmp_path / "x", **{"based_on": "heart", **values}))


def test_a_missing_parent_and_a_second_generation_are_sentences(tmp_path):
    with pytest.raises(AssetError, match="There is no voice “nobody”"):
        Voice.load(derived(tmp_path / "x", based_on="nobody"))
    derived(tmp_path / "y", based_on="heart", pitch=1)
    with pytest.raises(AssetError, match="no weights of its own"):
        Voice.load(derived(tmp_path / "z", based_on=str(tmp_path / "y")))


def test_a_voice_without_pitch_is_nobodys_parent(tmp_path, voice_folder):
    with pytest.raises(AssetError, match="no pitch of its own"):
        Voice.load(derived(tmp_path / "x", based_on=str(voice_folder), formant=1.1))


def test_every_dial_has_a_range_that_holds_its_rest():
    for name, (low, high) in RANGES.items():
        assert low <= getattr(NONE, name) <= high
    assert set(RANGES) == set(Dials.__dataclass_fields__)


@pytest.mark.parametrize("ratio", [0.2, 0.49, 0.84, 1.0, 2.0])
def test_a_frame_may_fall_or_rise_by_any_interval(ratio: float):
    levels = torch.linspace(1.0, 0.0, 11).repeat(2, 1)
    moved = harmonic_warp.stretched(levels, torch.tensor([1.0, ratio]))
    assert torch.equal(moved[0], levels[0])
    assert torch.isfinite(moved).all()
    assert float(moved[1, 0]) == 1.0
