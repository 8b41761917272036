"""The one reader of sound: every format, damaged files, parts, channels that cancel each other out."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import pytest

soundfile = pytest.importorskip("soundfile")

from alphsistant_addon.core.errors import AssetError, SoundFormatError
from alphsistant_addon.core.sound_files import read_sound, write_wav
from alphsistant_addon.core.speech import Speech

RATE = 22_050
TONE = (0.5 * np.sin(np.arange(RATE) * 2 * np.pi * 440 / RATE)).astype(np.float32)


HEADER = b"RIFF\xff\xff\xff\xffWAVEfmt \x10\0\0\0\x01\0\x01\0\x22\x56\0\0\x44\xac\0\0\x02\0\x10\0"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"RIFF",
        b"ID3\x04 an mp3",
        HEADER,
        HEADER + b"data\xff\xff\xff\x7f",
        HEADER + b"data\0\0\0\0",
        HEADER.replace(b"\x22\x56\0\0", b"\0\0\0\0") + b"data\x04\0\0\0\1\2\3\4",
        HEADER.replace(b"\x01\0\x01\0", b"\x01\0\0\0") + b"data\x04\0\0\0\1\2\3\4",
    ],
    ids=["empty", "cut", "mp3", "no data", "lies about its size", "no samples", "rate 0", "no channels"],
)
def test_a_hostile_recording_is_a_sentence(tmp_path: Path, content: bytes):
    (tmp_path / "a.wav").write_bytes(content)
    with pytest.raises(AssetError, match=r"recording|damaged"):
        read_sound(tmp_path / "a.wav")


@pytest.mark.parametrize("damage", [np.nan, np.inf, -np.inf])
def test_a_recording_with_a_sample_that_is_no_number_is_refused(tmp_path: Path, damage: float):
    samples = np.zeros(8000, np.float32)
    samples[4000] = damage
    soundfile.write(tmp_path / "a.wav", samples, 16_000, subtype="FLOAT")
    with pytest.raises(AssetError, match="no numbers"):
        read_sound(tmp_path / "a.wav")


@pytest.mark.parametrize(("width", "channels"), [(1, 1), (2, 2), (3, 1), (4, 2)])
def test_recordings_of_every_width(tmp_path: Path, width: int, channels: int):
    wanted = np.sin(np.arange(400) / 9) * 0.5
    whole = np.round(wanted * (2 ** (8 * width - 1) - 1)).astype("<i4") + (128 if width == 1 else 0)
    with wave.open(str(tmp_path / "a.wav"), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(width)
        file.setframerate(48000)
        file.writeframes(b"".join(value.tobytes()[:width] * channels for value in whole))
    sound = read_sound(tmp_path / "a.wav")
    assert (sound.sample_rate, sound.channels) == (48000, channels)
    assert sound.samples == pytest.approx(wanted, abs=0.01)


@pytest.mark.parametrize("name", ["a.wav", "a.flac", "a.ogg", "a.mp3", "a.aiff"])
def test_every_usual_format_is_read(tmp_path: Path, name: str):
    soundfile.write(tmp_path / name, TONE, RATE)
    sound = read_sound(tmp_path / name)
    assert sound.sample_rate == RATE
    assert len(sound.samples) == pytest.approx(len(TONE), abs=0.1 * RATE)  # MP3 pads
    spectrum = np.abs(np.fft.rfft(sound.samples[2000:20_000]))
    assert np.argmax(spectrum) * RATE / 18_000 == pytest.approx(440, abs=2)


def test_a_part_of_a_recording(tmp_path: Path):
    soundfile.write(tmp_path / "a.wav", TONE, RATE, subtype="FLOAT")
    sound = read_sound(tmp_path / "a.wav", start=0.25, seconds=0.5)
    np.testing.assert_array_equal(sound.samples, TONE[round(0.25 * RATE) :][: round(0.5 * RATE)])
    with pytest.raises(AssetError, match="holds no sound"):
        read_sound(tmp_path / "a.wav", start=3.0)


def test_one_length_is_the_most_and_a_part_of_a_longer_file_is_read(tmp_path: Path):
    soundfile.write(tmp_path / "a.wav", TONE, RATE)
    with pytest.raises(AssetError, match="longer than"):
        read_sound(tmp_path / "a.wav", longest=0.5)
    assert len(read_sound(tmp_path / "a.wav", start=0.1, seconds=0.4, longest=0.5).samples) == round(0.4 * RATE)


def test_channels_are_mixed(tmp_path: Path):
    soundfile.write(tmp_path / "a.wav", np.stack((TONE, TONE / 2), axis=1), RATE, subtype="FLOAT")
    sound = read_sound(tmp_path / "a.wav")
    np.testing.assert_allclose(sound.samples, TONE * 0.75, atol=1e-6)
    assert sound.notes == ()


@pytest.mark.parametrize("louder", [1, 2])
def test_channels_out_of_phase_leave_the_louder_one_and_a_note(tmp_path: Path, louder: int):
    left, right = (TONE, -TONE * 0.95) if louder == 1 else (-TONE * 0.95, TONE)
    soundfile.write(tmp_path / "a.wav", np.stack((left, right), axis=1), RATE, subtype="FLOAT")
    sound = read_sound(tmp_path / "a.wav")
    np.testing.assert_allclose(sound.samples, TONE, atol=1e-6)
    assert sound.notes == (f"The channels of “a.wav” cancel each other out, so channel {louder} was used.",)


def test_silence_is_not_taken_for_channels_out_of_phase(tmp_path: Path):
    soundfile.write(tmp_path / "a.wav", np.zeros((RATE, 2), np.float32), RATE)
    assert read_sound(tmp_path / "a.wav").notes == ()


def test_an_unknown_format_has_an_error_of_its_own(tmp_path: Path):
    """Blender may know it."""
    (tmp_path / "a.m4a").write_bytes(b"\0\0\0\x20ftypM4A " + bytes(200))
    with pytest.raises(SoundFormatError, match="no known format"):
        read_sound(tmp_path / "a.m4a")
    with pytest.raises(AssetError, match="There is no recording"):
        read_sound(tmp_path / "gone.wav")


@pytest.mark.parametrize("kind", ["WAV", "WAVEX", "RF64"])
@pytest.mark.parametrize("subtype", ["PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE"])
def test_every_kind_of_wav_holds_the_same_samples(kind: str, subtype: str, tmp_path: Path):
    wanted = np.round(np.sin(np.arange(4000) / 7) * 0.75 * 128) / 128  # values that 8 bits can hold
    soundfile.write(tmp_path / "a.wav", np.stack([wanted, wanted], axis=1), RATE, format=kind, subtype=subtype)
    sound = read_sound(tmp_path / "a.wav")
    assert (sound.sample_rate, sound.channels, sound.samples.dtype) == (RATE, 2, np.float32)
    np.testing.assert_allclose(sound.samples, wanted, atol=1e-6)


def test_what_is_louder_than_full_scale_is_cut(tmp_path: Path):
    soundfile.write(tmp_path / "loud.wav", TONE * 4, RATE, subtype="FLOAT")
    samples = read_sound(tmp_path / "loud.wav").samples
    assert (samples.min(), samples.max()) == (-1, 1)


def test_a_written_sample_over_full_scale_is_at_full_scale(tmp_path: Path):
    samples = np.array([-1.5, -1.0, 0.0, 0.5, 1.0, 1.5], np.float32)
    write_wav(Speech(samples, RATE, (), (), ""), tmp_path / "a.wav")
    with wave.open(str(tmp_path / "a.wav")) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, RATE)
        written = np.frombuffer(file.readframes(10), "<i2")
    assert written.tolist() == [-32767, -32767, 0, 16384, 32767, 32767]
