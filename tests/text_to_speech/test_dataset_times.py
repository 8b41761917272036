"""Times and pitch of a dataset of one's own: found by the aligner and the tracker, and good enough to train on."""

import dataclasses
import json

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("phonemizer")
pytest.importorskip("parselmouth")
from scipy.io import wavfile
from test_train import command

from alphsistant_addon.core.phone_inventory import SILENCE
from alphsistant_addon.core.speech import Phone, Speech
from alphsistant_addon.text_to_speech import Voice
from alphsistant_addon.text_to_speech.training.dataset_check import read_alignments
from alphsistant_addon.text_to_speech.training.dataset_times import pitch_of, spans_of
from alphsistant_addon.text_to_speech.training.train import load_checkpoint

TEXTS = ("Bob may go, she said.", "We knew nothing about it.")


@pytest.fixture(scope="module")
def spoken():
    voice = Voice.load("heart")
    return [voice.speak(text) for text in TEXTS]


@pytest.fixture
def dataset(spoken, tmp_path):
    """Two sentences of the shipped voice, and a recording that says something else than its text."""
    folder = tmp_path / "dataset"
    (folder / "wavs").mkdir(parents=True)
    for i, speech in enumerate((*spoken, spoken[0])):
        samples = (np.clip(speech.samples, -1, 1) * 32767).astype(np.int16)
        wavfile.write(folder / "wavs" / f"S{i}.wav", speech.sample_rate, samples)
    lines = [*TEXTS, "A completely different sentence, of which there is nothing to be heard."]
    (folder / "metadata.csv").write_text("".join(f"S{i}|{t}|{t}\n" for i, t in enumerate(lines)), encoding="utf-8")
    return folder


@pytest.mark.parametrize("hertz", [90.0, 220.0, 400.0])
def test_the_pitch_of_a_pulse_train_is_found(config, hertz):
    config = dataclasses.replace(config, sample_rate=24_000, hop_length=300)
    n = np.arange(24_000)
    samples = np.where((n * hertz / 24_000) % 1 < hertz / 24_000, 0.5, 0.0).astype(np.float32)
    samples[12_000:] = 0
    found = np.array(pitch_of(samples, config))
    assert len(found) == 81
    np.testing.assert_allclose(found[4:36], hertz, rtol=0.01)
    assert (found[44:] == 0).all()
    assert pitch_of(samples[:500], config) == [0.0, 0.0]


def test_signs_have_the_time_between_the_phones_around_them():
    phones = (
        Phone(SILENCE, 0.0, 0.1, 0), Phone("b", 0.1, 0.2, 0), Phone(SILENCE, 0.2, 0.5, 0), Phone("m", 0.5, 0.6, 0),
        Phone("i", 0.6, 0.8, 1), Phone(SILENCE, 0.8, 1.0, 0),
    )  # fmt: skip
    speech = Speech(np.zeros(1000, np.float32), 1000, phones, (), "")
    spans = spans_of(("b", ",", " ", "m", "ˈi", "."), speech)
    assert spans == [(0.1, 0.2), (0.2, 0.2), (0.2, 0.5), (0.5, 0.6), (0.6, 0.8), (0.8, 0.8)]
    assert spans_of(("b", " ", "n", "ˈi", "."), speech) is None
    assert spans_of(("b", "."), speech) is None


def test_a_dataset_gets_times_and_pitch_and_a_voice_is_trained_on_it(dataset, spoken, tmp_path, monkeypatch, capsys):
    assert command(monkeypatch, "times", dataset) == 0
    assert "1 × recordings that do not go with their text (S2)" in capsys.readouterr().out
    records = read_alignments(dataset)
    assert set(records) == {"S0", "S1"}
    for record, speech in zip(records.values(), spoken, strict=True):
        true = [phone for phone in speech.phones if phone.symbol != SILENCE]
        found = [span for span in record["spans"] if record["tokens"][span[0]].strip("ˈˌ ").isalpha()]
        assert [record["tokens"][i].lstrip("ˈˌ") for i, _, _ in found] == [phone.symbol for phone in true]
        errors = np.abs([start - phone.start for (_, start, _), phone in zip(found, true, strict=True)])
        assert np.median(errors) < 0.03
        assert len(record["pitch"]) == 1 + len(speech.samples) // 300
        voiced = np.array([hertz for hertz in record["pitch"] if hertz])
        assert 0.3 < len(voiced) / len(record["pitch"]) < 0.95
        assert 150 < np.median(voiced) < 260, "a woman's voice"
    # The second run has nothing to do but the one that could not be used.
    before = (dataset / "alignments.jsonl").read_text(encoding="utf-8")
    assert command(monkeypatch, "times", dataset) == 0
    assert (dataset / "alignments.jsonl").read_text(encoding="utf-8") == before
    (dataset / "metadata.csv").write_text("".join(f"S{i}|{t}|{t}\n" for i, t in enumerate(TEXTS)), encoding="utf-8")
    arguments = ("train", dataset, tmp_path / "run", "--start", "heart", "--threads", "1", "--crop", "8")
    assert command(monkeypatch, *arguments, "--steps", "2", "--batch-size", "1") == 0
    assert "1 clips to learn from, 1 held out" in capsys.readouterr().out
    trained = load_checkpoint(tmp_path / "run" / "text2mel.ckpt")["network"]
    own = Voice.load("heart").text2mel.state_dict()
    name = "text_encoder.embedding.weight" if "text_encoder.embedding.weight" in own else next(iter(own))
    assert 0 < float((trained[name] - own[name]).abs().max()) < 0.1, "it went on from the weights of heart"
    assert json.loads((tmp_path / "run" / "voice.json").read_text(encoding="utf-8"))["pitch"] is True
