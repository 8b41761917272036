import dataclasses
import itertools
import json
import sys

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("phonemizer")
from scipy.io import wavfile

from alphsistant_addon.core.errors import AssetError
from alphsistant_addon.text_to_phones.phones import transcribe
from alphsistant_addon.text_to_speech import Voice
from alphsistant_addon.text_to_speech.__main__ import main
from alphsistant_addon.text_to_speech.dc_tts.networks import Text2Mel
from alphsistant_addon.text_to_speech.training import sharpening
from alphsistant_addon.text_to_speech.training.dataset import edges_of, load_clips, make_batch
from alphsistant_addon.text_to_speech.training.train import Schedule, attention_loss, load_checkpoint, text2mel_loss

RATE = 16_000
WORDS = "one two three four five six seven eight nine ten".split()  # noqa: SIM905


def write(folder, name, samples, rate=RATE):
    wavfile.write(folder / "wavs" / f"{name}.wav", rate, samples)


@pytest.fixture
def dataset(tmp_path):
    """Ten words, each a tone of its own, with times for every phone."""
    folder = tmp_path / "dataset"
    (folder / "wavs").mkdir(parents=True)
    metadata, records = [], []
    for i, word in enumerate(WORDS):
        t = np.arange(int(RATE * (0.4 + 0.02 * i))) / RATE
        write(folder, f"W{i}", (8000 * np.sin(2 * np.pi * (200 + 40 * i) * t)).astype(np.int16))
        tokens = [*transcribe(word).tokens, "."]
        bounds = np.linspace(0.05, t[-1] - 0.05, len(tokens) + 1)
        spans = [[k, a, b] for k, (a, b) in enumerate(itertools.pairwise(bounds))]
        metadata.append(f"W{i}|{word}|{word}.")
        records.append(json.dumps({"id": f"W{i}", "tokens": tokens, "spans": spans}))
    (folder / "metadata.csv").write_text("\n".join(metadata), encoding="utf-8")
    (folder / "alignments.jsonl").write_text("\n".join(records), encoding="utf-8")
    return folder


def command(monkeypatch, *words):
    monkeypatch.setattr(sys, "argv", ["text_to_speech", *map(str, words)])
    return main()


def test_ten_clips_become_a_voice_and_training_goes_on_where_it_stopped(dataset, config, tmp_path, monkeypatch, capsys):
    config.save(tmp_path)
    out = tmp_path / "run"
    arguments = ("train", dataset, out, "--config", tmp_path, "--batch-size", "4", "--threads", "1", "--crop", "8")
    assert command(monkeypatch, *arguments, "--steps", "2") == 0
    assert "9 clips to learn from, 1 held out" in capsys.readouterr().out
    assert load_checkpoint(out / "text2mel.ckpt")["step"] == 2
    assert command(monkeypatch, *arguments, "--steps", "3", "--tune-ssrn") == 0
    assert "text2mel: goes on from step 2" in capsys.readouterr().out
    assert load_checkpoint(out / "ssrn.ckpt")["step"] == 3
    assert command(monkeypatch, "export", out, tmp_path / "voice", "--name", "Ten") == 0
    voice = Voice.load(tmp_path / "voice")
    assert voice.config == dataclasses.replace(config, name="Ten")
    assert voice.speak("One two.").duration > 0


def test_a_damaged_checkpoint_is_a_sentence(dataset, config, tmp_path, monkeypatch, capsys):
    config.save(tmp_path)
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "text2mel.ckpt").write_bytes(b"PK\x03\x04 half a file")
    assert command(monkeypatch, "train", dataset, tmp_path / "run", "--config", tmp_path, "--steps", "1") == 1
    assert "cannot be read" in capsys.readouterr().err


@pytest.mark.parametrize("content", [None, ""])
def test_a_folder_without_speech_is_a_sentence(tmp_path, config, content):
    if content is not None:
        (tmp_path / "metadata.csv").write_text(content)
    with pytest.raises(AssetError, match="metadata"):
        load_clips(tmp_path, config)


def test_the_true_attention_shares_every_step(dataset, config):
    clips, _ = load_clips(dataset, config)
    batch = make_batch(clips[:3], config)
    assert torch.allclose(batch.attention.sum(-1), torch.ones(batch.attention.shape[:2]), atol=1e-5)
    seconds = batch.attention[0].sum(0)[1:-1] * config.step_seconds
    expected = np.diff(clips[0].edges)[1:-1]
    assert np.abs(seconds[: len(expected)].numpy() - expected).max() < 1e-3


def test_edges_never_run_backwards():
    edges = edges_of([[0, 0.2, 0.1], [1, 0.1, 0.3]], ["a", "."], 0.5)
    assert (np.diff(edges) >= 0).all()


def test_attention_on_the_truth_costs_least(dataset, config):
    batch = make_batch(load_clips(dataset, config)[0][:4], config)
    true = batch.attention.clamp(min=1e-9).log()
    assert attention_loss(true, batch) < attention_loss(true.roll(1, dims=2), batch)
    untimed = dataclasses.replace(batch, attention=torch.zeros_like(batch.attention))
    spread = torch.full_like(true, -np.log(true.shape[2]))
    assert attention_loss(true, untimed) < attention_loss(spread, untimed)


def test_a_network_learns(dataset, config):
    torch.manual_seed(0)
    batch = make_batch(load_clips(dataset, config)[0][:4], config)
    network = Text2Mel(config)
    optimiser = torch.optim.Adam(network.parameters(), 1e-2)
    first = text2mel_loss(network, batch, config)[1]["l1"]
    for _ in range(60):
        loss, parts = text2mel_loss(network, batch, config, own_input=0.5)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    assert parts["l1"] < 0.5 * first


def test_the_rate_warms_up_and_falls_to_the_end():
    schedule = Schedule(steps=1000, warm_up=100, decay_from=0.5)
    rates = [schedule.rate(s) for s in (0, 99, 500, 750, 999)]
    assert rates[0] < rates[1] == rates[2] == schedule.learning_rate
    assert rates[3] == pytest.approx(schedule.learning_rate / 2)
    assert rates[4] < schedule.learning_rate / 50


def test_a_finished_voice_is_sharpened(dataset, config, tmp_path, monkeypatch, capsys):
    config.save(tmp_path)
    run, folder = tmp_path / "run", tmp_path / "voice"
    arguments = ("train", dataset, run, "--config", tmp_path, "--batch-size", "4", "--threads", "1", "--crop", "8")
    assert command(monkeypatch, *arguments, "--steps", "1") == 0
    assert command(monkeypatch, "export", run, folder) == 0
    before, others = (folder / "ssrn.safetensors").read_bytes(), (folder / "text2mel.safetensors").read_bytes()
    monkeypatch.setattr(sharpening, "CRITIC_ALONE", 1)
    sharpen = ("sharpen", dataset, tmp_path / "sharp", folder, "--batch-size", "4", "--crop", "8", "--threads", "1")
    assert command(monkeypatch, *sharpen, "--steps", "2") == 0
    assert (folder / "ssrn.safetensors").read_bytes() != before
    assert (folder / "text2mel.safetensors").read_bytes() == others
    assert load_checkpoint(tmp_path / "sharp" / "ssrn_sharp.ckpt")["step"] == 2
    Voice.load(folder).speak("one")
    assert command(monkeypatch, *sharpen, "--steps", "3") == 0
    assert "goes on from step 2" in capsys.readouterr().out


def test_the_critic_learns_to_tell_recordings_from_their_average():
    """A few steps on grainy levels against smooth ones, and it scores the grainy ones higher."""
    torch.manual_seed(0)
    critic = sharpening.Critic()
    optimiser = torch.optim.AdamW(critic.parameters(), lr=3e-3)
    for _ in range(30):
        grainy, smooth = (0.5 + 0.1 * torch.randn(4, 16, 41)).clamp(0, 1), torch.full((4, 16, 41), 0.5)
        loss = sharpening.critic_loss(critic(grainy)[0], critic(smooth)[0])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    assert critic(grainy)[0].mean() > critic(smooth)[0].mean() + 0.5


def test_features_match_themselves():
    features = [torch.rand(2, 3), torch.rand(4)]
    assert sharpening.matching_loss(features, features) == 0
    assert sharpening.matching_loss([2 * f for f in features], features) == pytest.approx(1, abs=1e-6)
