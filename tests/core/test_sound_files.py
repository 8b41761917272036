"""WAV files of every kind that people have, and what is said of the others."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from alphsistant_addon.core.errors import AssetError
from alphsistant_addon.core.sound_files import read_wav

soundfile = pytest.importorskip("soundfile")

SAMPLES = np.round(np.sin(np.arange(4000) / 7) * 0.75 * 128) / 128
"""Values that 8 bits can hold."""


@pytest.mark.parametrize("kind", ["WAV", "WAVEX", "RF64"])
@pytest.mark.parametrize("subtype", ["PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE"])
def test_every_kind_of_wav_holds_the_same_samples(kind: str, subtype: str, tmp_path: Path):
    path = tmp_path / "speech.wav"
    soundfile.write(path, np.stack([SAMPLES, SAMPLES], axis=1), 22_050, format=kind, subtype=subtype)
    wav = read_wav(path)
    assert (wav.sample_rate, wav.channels, wav.samples.dtype) == (22_050, 2, np.float32)
    np.testing.assert_allclose(wav.samples, SAMPLES, atol=1e-6)


def test_what_is_louder_than_full_scale_is_cut(tmp_path: Path):
    soundfile.write(tmp_path / "loud.wav", SAMPLES * 4, 16_000, subtype="FLOAT")
    samples = read_wav(tmp_path / "loud.wav").samples
    assert (samples.min(), samples.max()) == (-1, 1)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda path: path.unlink(), "cannot be read: No such file"),
        (lambda path: path.write_text("no sound at all"), "damaged or no WAV file"),
        (lambda path: path.write_bytes(path.read_bytes()[:20]), "damaged or no WAV file"),
        (lambda path: soundfile.write(path, SAMPLES, 22_050, format="FLAC"), "no WAV file but FLAC"),
        (lambda path: soundfile.write(path, SAMPLES, 800), "its rate is 800 Hz"),
        (lambda path: soundfile.write(path, SAMPLES * np.nan, 22_050, subtype="FLOAT"), "samples that are no numbers"),
    ],
)
def test_what_cannot_be_trusted_is_refused_with_a_sentence(change, words: str, tmp_path: Path):
    path = tmp_path / "speech.wav"
    soundfile.write(path, SAMPLES, 22_050)
    change(path)
    with pytest.raises(AssetError, match=words):
        read_wav(path)
