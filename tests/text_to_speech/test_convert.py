"""Published checkpoints: synthetic files with their exact names and shapes, and what can be wrong with a file."""

import pickle
import sys
import types
import warnings

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("phonemizer")

from published_references import (
    Kyubyong,
    TugstugiSSRN,
    TugstugiText2Mel,
    kyubyong_variables,
    save_tugstugi,
)

from alphsistant_addon.core.errors import AssetError, DependencyError
from alphsistant_addon.core.phone_inventory import SILENCE
from alphsistant_addon.text_to_speech import Voice
from alphsistant_addon.text_to_speech.__main__ import main
from alphsistant_addon.text_to_speech.conversion.checkpoint import checkpoint_prefix
from alphsistant_addon.text_to_speech.conversion.convert import convert
from alphsistant_addon.text_to_speech.conversion.kyubyong import convert_kyubyong
from alphsistant_addon.text_to_speech.conversion.tugstugi import EMBEDDING, convert_tugstugi
from alphsistant_addon.text_to_speech.dc_tts.decoder import Decoder

warnings.filterwarnings("ignore", message=".*weight_norm.*")

SYMBOLS = torch.tensor([11, 8, 15, 15, 18, 2, 23, 11, 8, 21, 8, 31, 1])
"""A sentence's worth of characters, the end included."""


def small_tugstugi():
    torch.manual_seed(3)
    networks = TugstugiText2Mel(e=8, d=12), TugstugiSSRN(c=16)
    for network in networks:
        for name, parameter in network.named_parameters():
            torch.nn.init.normal_(parameter, mean=float(name.endswith(("weight_g", "norm.weight"))), std=0.3)
    return networks


@pytest.fixture(scope="module")
def tugstugi_files(tmp_path_factory):
    return save_tugstugi(tmp_path_factory.mktemp("tugstugi"), *small_tugstugi())


class Reader:
    def __init__(self, variables):
        self._variables = variables

    def get_variable_to_shape_map(self):
        return {name: list(value.shape) for name, value in self._variables.items()}

    def get_tensor(self, name):
        return self._variables[name]


@pytest.fixture
def tensorflow(monkeypatch):
    """Stand in for TensorFlow: checkpoints are ``.npz`` files behind an empty ``.index``."""

    def load_checkpoint(prefix):
        with np.load(f"{prefix}.npz") as file:
            return Reader(dict(file))

    module = types.SimpleNamespace(train=types.SimpleNamespace(load_checkpoint=load_checkpoint))
    monkeypatch.setitem(sys.modules, "tensorflow", module)

    def save(folder, variables, name="model_gs_005k"):
        folder.mkdir(parents=True, exist_ok=True)
        np.savez(folder / f"{name}.npz", **variables)
        (folder / f"{name}.index").touch()
        return folder

    return save


def equal_networks(text2mel, ssrn, reference_text2mel, reference_ssrn):
    generator = torch.Generator().manual_seed(0)
    mel = torch.rand(80, 60, generator=generator)
    with torch.no_grad():
        logits, log_attention = text2mel.eval()(SYMBOLS[None], mel.T[None])
        expected, attention = reference_text2mel(SYMBOLS, mel)
        assert expected.std(1).mean() > 0.002
        assert torch.allclose(logits[0].sigmoid().T, expected, atol=2e-5)
        assert torch.allclose(log_attention[0].exp().T, attention, atol=2e-5)
        linear = ssrn.eval()(mel.T[None])[0].sigmoid().T
        expected = reference_ssrn(mel)
        assert expected.shape[1] == 4 * 60
        assert expected.std(1).mean() > 0.002
        assert torch.allclose(linear, expected, atol=2e-5)


def speaks(voice):
    """An untrained voice makes noise, but a whole Speech of it."""
    speech = voice.speak("Hello, you!")
    assert np.isfinite(speech.samples).all()
    assert speech.sample_rate == 22_050
    assert [w.text for w in speech.words] == ["Hello,", "you!"]
    assert [p.symbol for p in speech.phones if p.symbol != SILENCE] == ["h", "ə", "l", "oʊ", "j", "u"]
    assert speech.phones[0].start == 0
    assert speech.phones[-1].end == pytest.approx(speech.duration)
    for a, b in zip(speech.phones, speech.phones[1:], strict=False):
        assert a.start <= a.end == pytest.approx(b.start)


@pytest.mark.parametrize("order", [1, -1])
def test_tugstugi_networks_are_the_published_ones(tugstugi_files, order):
    _, text2mel, ssrn = convert_tugstugi(tugstugi_files[::order])
    reference_text2mel, reference_ssrn = small_tugstugi()
    equal_networks(text2mel, ssrn, reference_text2mel, reference_ssrn)


def test_tugstugi_at_its_published_size(tmp_path):
    paths = save_tugstugi(tmp_path, TugstugiText2Mel(), TugstugiSSRN())
    config, text2mel, ssrn = convert_tugstugi(paths)
    assert (config.embedding_channels, config.channels, config.text_channels) == (128, 256, 512)
    assert (config.ssrn_channels, config.n_fft, config.hop_length, config.win_length) == (640, 2048, 275, 1102)
    assert sum(p.numel() for p in text2mel.parameters()) == sum(p.numel() for p in TugstugiText2Mel().parameters())
    assert ssrn(torch.zeros(1, 2, 80)).shape == (1, 8, 1025)


def test_kyubyong_networks_are_the_published_ones(tensorflow, tmp_path):
    variables = kyubyong_variables(np.random.default_rng(1), e=8, d=12, c=16)
    _, text2mel, ssrn = convert_kyubyong([tensorflow(tmp_path / "logdir", variables)])
    reference = Kyubyong(variables)
    equal_networks(text2mel, ssrn, reference.text2mel, reference.ssrn)


def test_kyubyong_at_its_published_size(tensorflow, tmp_path):
    """The published logdir is two: Text2Mel in one, the SSRN in the other."""
    variables = kyubyong_variables(np.random.default_rng(1))
    first = tensorflow(tmp_path / "LJ01-1", {k: v for k, v in variables.items() if not k.startswith("SSRN")})
    second = tensorflow(tmp_path / "LJ01-2", {k: v for k, v in variables.items() if not k.startswith("Text2Mel")})
    config, _, ssrn = convert_kyubyong([first, second])
    assert (config.embedding_channels, config.channels, config.text_channels) == (128, 256, 512)
    assert (config.ssrn_channels, config.n_fft) == (512, 2048)
    assert ssrn(torch.zeros(1, 2, 80)).shape == (1, 8, 1025)


def test_a_converted_tugstugi_voice_speaks(tugstugi_files, tmp_path, monkeypatch, capsys):
    out = tmp_path / "voice"
    arguments = ["", "convert", *map(str, tugstugi_files), str(out), "--name", "Linda", "--licence", "CC0"]
    monkeypatch.setattr(sys, "argv", arguments)
    assert main() == 0, capsys.readouterr().err
    voice = Voice.load(out)
    assert (voice.config.name, voice.config.licence, voice.config.power) == ("Linda", "CC0", 1.5)
    speaks(voice)


def test_a_converted_kyubyong_voice_speaks(tensorflow, tmp_path):
    variables = kyubyong_variables(np.random.default_rng(1), e=8, d=12, c=16)
    convert([tensorflow(tmp_path / "logdir", variables)], tmp_path / "voice")
    speaks(Voice.load(tmp_path / "voice"))


@pytest.mark.parametrize("kind", ["tugstugi", "kyubyong"])
def test_published_networks_run_step_by_step(kind, tugstugi_files, tensorflow, tmp_path):
    if kind == "tugstugi":
        config, text2mel, _ = convert_tugstugi(tugstugi_files)
    else:
        variables = kyubyong_variables(np.random.default_rng(1), e=8, d=12, c=16)
        config, text2mel, _ = convert_kyubyong([tensorflow(tmp_path / "logdir", variables)])
    spoken = Decoder(text2mel.eval(), config).decode(SYMBOLS, monotonic=False)
    assert len(spoken.mel) > 10
    with torch.no_grad():
        before = torch.cat([torch.zeros(1, 80), spoken.mel[:-1]])
        logits, _ = text2mel(SYMBOLS[None], before[None])
    assert torch.allclose(logits[0].sigmoid(), spoken.mel, atol=1e-4)


def test_real_tensorflow_checkpoints_are_read(tmp_path):
    tensorflow = pytest.importorskip("tensorflow").compat.v1
    variables = kyubyong_variables(np.random.default_rng(1), e=8, d=12, c=16)
    with tensorflow.Graph().as_default(), tensorflow.Session() as session:
        for name, value in variables.items():
            tensorflow.get_variable(name, initializer=value, use_resource=False)
        session.run(tensorflow.global_variables_initializer())
        tensorflow.train.Saver().save(session, str(tmp_path / "model_gs_005k"))
        row = variables["SSRN/D_4/conv2d_transpose/kernel"]
        x = np.random.default_rng(2).standard_normal((1, 7, 16)).astype(np.float32)
        y = session.run(tensorflow.nn.conv2d_transpose(x[:, None], row, (1, 1, 14, 16), (1, 1, 2, 1), padding="SAME"))
    _, text2mel, ssrn = convert_kyubyong([tmp_path])
    reference = Kyubyong(variables)
    equal_networks(text2mel, ssrn, reference.text2mel, reference.ssrn)
    kernel = torch.from_numpy(row[0]).permute(2, 1, 0)
    ours = torch.nn.functional.conv_transpose1d(torch.from_numpy(x).transpose(1, 2), kernel, stride=2)[..., :14]
    assert torch.allclose(ours.transpose(1, 2), torch.from_numpy(y[:, 0]), atol=1e-5)
    data = next(tmp_path.glob("*.data-*"))
    data.write_bytes(data.read_bytes()[:1000])
    with pytest.raises(AssetError, match="cannot be read"):
        convert_kyubyong([tmp_path])


class Hostile:
    def __init__(self, path):
        self._path = path

    def __reduce__(self):
        return open, (str(self._path), "w")


def test_a_hostile_pickle_is_not_executed(tugstugi_files, tmp_path):
    bad, done = tmp_path / "bad.pth", tmp_path / "done"
    torch.save({"state_dict": {"text_enc.embedding.embedding.weight": Hostile(done)}}, bad)
    with pytest.raises(AssetError, match="holds more than weights"):
        convert([bad, tugstugi_files[1]], tmp_path / "voice")
    bad.write_bytes(pickle.dumps(Hostile(done)))
    with pytest.raises(AssetError, match="cannot be read"):
        convert([bad, tugstugi_files[1]], tmp_path / "voice")
    assert not done.exists()
    assert not (tmp_path / "voice").exists()


@pytest.mark.parametrize("length", [0, 1, 1000, -100])
def test_a_truncated_file_is_a_sentence(tugstugi_files, tmp_path, length):
    cut = tmp_path / "cut.pth"
    cut.write_bytes(tugstugi_files[0].read_bytes()[:length])
    with pytest.raises(AssetError, match="cut"):
        convert([cut, tugstugi_files[1]], tmp_path / "voice")


def changed(path, out, change):
    checkpoint = torch.load(path, weights_only=True)
    checkpoint = change(checkpoint) or checkpoint
    torch.save(checkpoint, out)
    return out


NAME = "audio_dec.layers.8.conv.weight"


@pytest.mark.parametrize(
    ("change", "clue"),
    [
        (lambda c: {"epoch": c["epoch"]}, "state_dict"),
        (lambda c: [c], "holds a list"),
        (lambda c: c["state_dict"].__delitem__(NAME), f"no “{NAME}”"),
        (lambda c: c["state_dict"].update({NAME: torch.zeros(12, 13, 1)}), r"shape \[12, 13, 1\] instead"),
        (lambda c: c["state_dict"].update({NAME: torch.full((12, 12, 1), np.nan)}), "not finite"),
        (lambda c: c["state_dict"].update({"text_enc.layers.14.conv.bias": torch.zeros(1)}), "is new"),
        (lambda c: c["state_dict"].update({EMBEDDING: torch.zeros(66, 8)}), "66 characters"),
        (lambda c: c["state_dict"].update({"audio_enc.layers.0.conv.weight": torch.zeros(0, 80, 1)}), r"shape \[0"),
    ],
    ids=["no state", "list", "missing", "shape", "nan", "more", "vocabulary", "empty"],
)  # fmt: skip
def test_a_file_of_something_else_is_a_sentence(tugstugi_files, tmp_path, change, clue):
    bad = changed(tugstugi_files[0], tmp_path / "bad.pth", change)
    with pytest.raises(AssetError, match=clue):
        convert([bad, tugstugi_files[1]], tmp_path / "voice")


def test_two_files_of_one_network_are_a_sentence(tugstugi_files, tmp_path):
    with pytest.raises(AssetError, match="SSRN"):
        convert([tugstugi_files[0]] * 2, tmp_path / "voice")
    with pytest.raises(AssetError, match="Text2Mel"):
        convert([tugstugi_files[1]] * 2, tmp_path / "voice")
    with pytest.raises(AssetError, match="two files"):
        convert([tugstugi_files[1]], tmp_path / "voice")
    with pytest.raises(AssetError, match="no file"):
        convert([tmp_path / "a.pth", tugstugi_files[1]], tmp_path / "voice")


def test_half_a_tensorflow_voice_is_a_sentence(tensorflow, tmp_path):
    variables = kyubyong_variables(np.random.default_rng(1), e=8, d=12, c=16)
    half = tensorflow(tmp_path / "LJ01-1", {k: v for k, v in variables.items() if not k.startswith("SSRN")})
    with pytest.raises(AssetError, match="SSRN of Kyubyong"):
        convert([half], tmp_path / "voice")
    del variables["SSRN/HC_8/H2/gamma"]
    with pytest.raises(AssetError, match="SSRN/HC_8/H2/gamma"):
        convert([tensorflow(tmp_path / "whole", variables)], tmp_path / "voice")


def test_without_tensorflow_the_message_says_how_to_get_it(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "tensorflow", None)
    (tmp_path / "model.index").touch()
    with pytest.raises(DependencyError, match="pip install tensorflow"):
        convert([tmp_path], tmp_path / "voice")


def test_the_checkpoint_file_names_the_checkpoint(tmp_path):
    for name in ("model_gs_99k", "model_gs_100k", "model_gs_101k"):
        (tmp_path / f"{name}.index").touch()
    assert checkpoint_prefix(tmp_path).name == "model_gs_101k"
    (tmp_path / "checkpoint").write_text('model_checkpoint_path: "/data/LJ01-1/model_gs_100k"\nall_model_… "x"\n')
    assert checkpoint_prefix(tmp_path) == tmp_path / "model_gs_100k"
    assert checkpoint_prefix(tmp_path / "model_gs_99k.data-00000-of-00001") == tmp_path / "model_gs_99k"
    for nothing in (tmp_path / "model_gs_3k", tmp_path / "model_gs_3k.index"):
        with pytest.raises(AssetError, match="no TensorFlow checkpoint"):
            checkpoint_prefix(nothing)
