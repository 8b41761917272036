"""Weights on disk: what is read is what was written, within what eight bits can hold."""

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import nn

from alphsistant_addon.core.eight_bits import SCALE
from alphsistant_addon.core.errors import AssetError
from alphsistant_addon.text_to_speech.weights import load_weights, save_weights


@pytest.fixture
def network() -> nn.Module:
    torch.manual_seed(1)
    network = nn.Sequential(nn.Embedding(5, 8), nn.Conv1d(8, 6, 3), nn.LayerNorm(6))
    network[1].weight.data[2] *= 100.0  # one loud channel must not cost the others their precision
    network[1].weight.data[3] = 0.0
    return network


def empty() -> nn.Module:
    return nn.Sequential(nn.Embedding(5, 8), nn.Conv1d(8, 6, 3), nn.LayerNorm(6))


def test_every_channel_keeps_its_own_precision(network, tmp_path):
    save_weights(network.state_dict(), tmp_path / "x.safetensors")
    read = empty()
    load_weights(read, tmp_path / "x.safetensors")
    for name, weight in network.state_dict().items():
        rows = weight.reshape(len(weight), -1)
        largest = rows.abs().amax(dim=1, keepdim=True)
        error = (read.state_dict()[name].reshape(rows.shape) - rows).abs()
        assert (error <= largest / 254 + 1e-7).all(), name
    stored = load_file(tmp_path / "x.safetensors")
    assert stored["1.weight"].dtype == torch.int8
    assert stored["1.weight" + SCALE].shape == (6, 1, 1)
    assert stored["1.bias"].dtype == torch.float16


@pytest.mark.parametrize("kind", [torch.float16, torch.float32])
def test_files_of_earlier_versions_are_read_as_they_are(network, tmp_path, kind):
    weights = {name: weight.to(kind) for name, weight in network.state_dict().items()}
    save_file(weights, tmp_path / "x.safetensors")
    read = empty()
    load_weights(read, tmp_path / "x.safetensors")
    assert all(torch.equal(read.state_dict()[name], weight.float()) for name, weight in weights.items())


def test_half_precision_by_wish(network, tmp_path):
    save_weights(network.state_dict(), tmp_path / "x.safetensors", eight_bits=False)
    stored = load_file(tmp_path / "x.safetensors")
    assert {tensor.dtype for tensor in stored.values()} == {torch.float16}
    assert set(stored) == set(network.state_dict())


def test_weights_of_another_network_are_a_sentence(network, tmp_path):
    save_weights({**network.state_dict(), "1.weight": torch.zeros(7, 8, 3)}, tmp_path / "x.safetensors")
    with pytest.raises(AssetError, match="does not fit"):
        load_weights(empty(), tmp_path / "x.safetensors")


def test_a_scale_that_does_not_fit_is_a_sentence(network, tmp_path):
    save_weights(network.state_dict(), tmp_path / "x.safetensors")
    stored = load_file(tmp_path / "x.safetensors")
    save_file(stored | {"1.weight" + SCALE: torch.ones(4)}, tmp_path / "x.safetensors")
    with pytest.raises(AssetError, match="does not fit"):
        load_weights(empty(), tmp_path / "x.safetensors")
