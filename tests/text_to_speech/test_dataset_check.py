"""A dataset with everything wrong that people's recordings have; and training that is killed."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("phonemizer")
from scipy.io import wavfile

from alphsistant_addon.core.errors import AssetError
from alphsistant_addon.text_to_speech.__main__ import main
from alphsistant_addon.text_to_speech.training.dataset import load_clips
from alphsistant_addon.text_to_speech.training.dataset_check import check_dataset
from alphsistant_addon.text_to_speech.training.dataset_line import read_samples
from alphsistant_addon.text_to_speech.training.train import load_checkpoint

ROOT = Path(__file__).parents[2]
RATE = 16_000
WORDS = "one two three four five six seven eight nine ten".split()  # noqa: SIM905


def tone(seconds=0.5, rate=RATE, level=0.3):
    return level * np.sin(2 * np.pi * 220 * np.arange(int(seconds * rate)) / rate)


def write(folder, name, samples, rate=RATE):
    wavfile.write(folder / "wavs" / f"{name}.wav", rate, samples)


@pytest.fixture
def dataset(tmp_path):
    """Ten words in LJSpeech's layout, without times."""
    folder = tmp_path / "dataset"
    (folder / "wavs").mkdir(parents=True)
    for i in range(len(WORDS)):
        write(folder, f"W{i}", (tone(0.4 + 0.02 * i) * 32_767).astype(np.int16))
    (folder / "metadata.csv").write_text("".join(f"W{i}|{w}|{w}.\n" for i, w in enumerate(WORDS)), encoding="utf-8")
    return folder


def append(dataset, *lines):
    with (dataset / "metadata.csv").open("a", encoding="utf-8") as file:
        file.write("".join(f"{line}\n" for line in lines))


def broken(dataset):
    """Nothing of W0 to W6 can be used."""
    write(dataset, "W0", np.zeros(100, np.int16))
    write(dataset, "W1", np.full(RATE, 32_767, np.int16))
    write(dataset, "W2", np.zeros(RATE, np.int16))
    (dataset / "wavs" / "W3.wav").unlink()
    (dataset / "wavs" / "W4.wav").write_bytes(b"RIFF????WAVE")
    whole = (dataset / "wavs" / "W5.wav").read_bytes()
    (dataset / "wavs" / "W5.wav").write_bytes(whole[:30])
    write(dataset, "W6", (tone(13) * 32_767).astype(np.int16))
    append(dataset, "nothing", "W8|again|again.", "W7b|你好|你好", "W7c|x|  ")
    for name in ("W7b", "W7c", "W99"):
        write(dataset, name, (tone() * 32_767).astype(np.int16))


def test_everything_wrong_is_listed_with_counts(dataset, config):
    broken(dataset)
    report = check_dataset(dataset, config)
    assert report.usable == 3
    assert report.left_out == {
        "shorter than 0.2 s": ["W0"],
        "clipped": ["W1"],
        "silence": ["W2"],
        "no recording": ["W3"],
        "damaged recordings": ["W4", "W5"],
        "longer than 12 s": ["W6"],
        "no text": ["nothing", "W7c"],
        "ids given before": ["W8"],
        "text that cannot be spoken": ["W7b"],
    }
    assert report.unlisted == ["W99"]
    text = str(report)
    assert "14 lines: 3 usable (0.00 h), 11 left out" in text
    assert "2 × damaged recordings (W4, W5)" in text
    assert "1 × recordings (W99)" in text


@pytest.mark.parametrize(("samples", "usable"), [(7, True), (9, False)])
def test_a_recording_is_clipped_from_a_thousandth_of_its_samples_on(dataset, config, samples, usable):
    """Of 8,000 samples eight are a thousandth."""
    recording = (tone(0.5) * 32_767).astype(np.int16)
    recording[1000 : 1000 + samples] = 32_767
    write(dataset, "W0", recording)
    report = check_dataset(dataset, config)
    assert report.left_out == ({} if usable else {"clipped": ["W0"]})


@pytest.mark.parametrize(
    ("seconds", "kind"), [(0.19, "shorter than 0.2 s"), (0.21, ""), (11.9, ""), (12.1, "longer than 12 s")]
)
def test_recordings_from_a_fifth_of_a_second_to_twelve_are_used(dataset, config, seconds, kind):
    write(dataset, "W0", (tone(seconds) * 32_767).astype(np.int16))
    assert check_dataset(dataset, config).left_out == ({kind: ["W0"]} if kind else {})


def test_training_leaves_out_what_the_check_lists(dataset, config):
    broken(dataset)
    clips, report = load_clips(dataset, config)
    assert [clip.name for clip in clips] == ["W7", "W8", "W9"]
    assert report.left_out == check_dataset(dataset, config).left_out


def test_what_can_be_mended_is_kept_and_counted(dataset, config):
    write(dataset, "W0", (tone(0.5, 44_100) * 32_767).astype(np.int16), 44_100)
    mono = tone().astype(np.float32)
    write(dataset, "W1", np.stack([mono, mono], axis=1))
    append(dataset, "X|(5 < 6)|In 1999, “forty-two” 你 of them.")
    write(dataset, "X", (tone() * 32_767).astype(np.int16))
    report = check_dataset(dataset, config)
    assert report.usable == 11
    assert report.mended == {
        "resampled from 44100 Hz to 16000 Hz": ["W0"],
        "more than one channel, mixed to one": ["W1"],
        "text with signs that were left out": ["X"],
    }


@pytest.mark.parametrize("kind", [np.uint8, np.int16, np.int32, np.float32, np.float64])
def test_samples_of_every_format_are_the_same_sound(tmp_path, kind):
    sound = tone()
    integers = {np.uint8: (sound + 1) * 127.5, np.int16: sound * 32_767, np.int32: sound * (2**31 - 1)}
    wavfile.write(tmp_path / "a.wav", RATE, integers.get(kind, sound).astype(kind))
    samples, notes = read_samples(tmp_path / "a.wav", RATE)
    assert np.abs(samples / 32_768 - sound).max() < (0.02 if kind is np.uint8 else 1e-4)
    assert not notes


def test_resampling_keeps_the_tone_and_the_length(tmp_path):
    wavfile.write(tmp_path / "a.wav", 44_100, tone(1, 44_100).astype(np.float32))
    samples, _ = read_samples(tmp_path / "a.wav", RATE)
    assert len(samples) == RATE
    assert np.abs(samples[500:-500] / 32_768 - tone(1)[500:-500]).max() < 0.01


def test_float_samples_that_are_not_numbers_are_a_damaged_recording(dataset, config):
    write(dataset, "W0", np.full(RATE, np.nan, np.float32))
    assert check_dataset(dataset, config).left_out == {"damaged recordings": ["W0"]}


def test_the_check_is_a_command(dataset, config, tmp_path, monkeypatch, capsys):
    config.save(tmp_path)
    monkeypatch.setattr(sys, "argv", ["", "check", str(dataset), "--config", str(tmp_path)])
    assert main() == 0
    assert "10 lines: 10 usable" in capsys.readouterr().out
    for path in (dataset / "wavs").iterdir():
        path.unlink()
    assert main() == 1
    captured = capsys.readouterr()
    assert "10 × no recording (W0, W1, W2, W3, W4, …)" in captured.out
    assert "no usable recording" in captured.err


@pytest.mark.parametrize("content", [b"a|\xff\xfe|b", b"a\x00|b"])
def test_metadata_that_is_not_text_is_a_sentence(dataset, config, content):
    (dataset / "metadata.csv").write_bytes(content)
    with pytest.raises(AssetError, match=r"UTF-8|no usable"):
        load_clips(dataset, config)


@pytest.mark.parametrize("line", ["{", "3", '{"id": "W0"}'])
def test_damaged_alignments_are_a_sentence(dataset, config, line):
    (dataset / "alignments.jsonl").write_text(line)
    with pytest.raises(AssetError, match="Line 1"):
        load_clips(dataset, config)


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs kill -9")
def test_training_goes_on_after_a_kill(dataset, config, tmp_path):
    """A checkpoint is written every step, so that the kill falls into a step or into the writing of one."""
    config.save(tmp_path)
    out = tmp_path / "run"
    arguments = [sys.executable, "-u", "-m", "alphsistant_addon.text_to_speech", "train", str(dataset), str(out)]
    arguments += ["--config", str(tmp_path), "--batch-size", "4", "--crop", "8", "--threads", "1", "--save-every", "0"]
    arguments += ["--network", "text2mel"]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    reached = 0
    for delay in (0.0, 0.03):
        training = subprocess.Popen(
            [*arguments, "--steps", "1000000"], cwd=ROOT, env=environment, stdout=subprocess.DEVNULL
        )
        try:
            give_up = time.monotonic() + 300
            checkpoint = out / "text2mel.ckpt"
            while not (checkpoint.is_file() and load_checkpoint(checkpoint)["step"] > reached):
                assert training.poll() is None
                assert time.monotonic() < give_up
                time.sleep(0.1)
            time.sleep(delay)
        finally:
            training.kill()
            training.wait()
        step = load_checkpoint(checkpoint)["step"]
        assert step > reached
        reached = step
    (out / "text2mel.part").write_bytes(b"half a checkpoint")
    finished = subprocess.run(
        [*arguments, "--steps", str(reached + 1)], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    assert f"goes on from step {reached}" in finished.stdout
    assert load_checkpoint(checkpoint)["step"] == reached + 1
