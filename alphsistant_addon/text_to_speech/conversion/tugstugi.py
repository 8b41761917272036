"""tugstugi/pytorch-dc-tts: a ``.pth`` file for each network, ``{epoch, global_step, state_dict, optimizer}``."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn

from ...core.errors import AssetError
from ..dc_tts.networks import SSRN, Conv, Deconv, Text2Mel
from ..dc_tts.published_networks import GatedConv, ResidualConv, build_networks
from ..dc_tts.voice_config import VoiceConfig
from .checkpoint import PUBLISHED, Source, fill_conv, read_torch, set_parameter, sized

KIND = "tugstugi/pytorch-dc-tts"
EMBEDDING = "text_enc.embedding.embedding.weight"
FIRST_OF_SSRN = "layers.0.conv.weight_v"


def convert_tugstugi(paths: list[Path]) -> tuple[VoiceConfig, Text2Mel, SSRN]:
    """Return the voice of the two files, which may come in any order.

    Raises:
        AssetError: a file is missing or damaged, or is not what was published.
    """
    if len(paths) != 2:
        raise AssetError(f"A {KIND} voice is two files, one of Text2Mel and one of the SSRN; {len(paths)} given.")
    sources = [_open(path) for path in paths]
    text2mel = next((s for s in sources if EMBEDDING in s), None)
    ssrn = next((s for s in sources if FIRST_OF_SSRN in s), None)
    if text2mel is None or ssrn is None:
        lost, sign = ("Text2Mel", EMBEDDING) if text2mel is None else ("SSRN", FIRST_OF_SSRN)
        raise AssetError(f"None of the files holds the {lost} of {KIND} (no “{sign}”).")
    config = _config(text2mel, ssrn)
    networks = build_networks(config)
    _fill_text2mel(networks[0], text2mel)
    for i, layer in enumerate(networks[1].layers):
        _fill_ssrn_layer(layer, ssrn, f"layers.{i}.")
    for source in (text2mel, ssrn):
        if source.left_over():
            raise AssetError(f"“{source.path}” does not hold the published networks: “{source.left_over()[0]}” is new.")
    return config, *networks


def _open(path: Path) -> Source:
    checkpoint = read_torch(path)
    state = checkpoint.get("state_dict")
    if not isinstance(state, dict) or not all(isinstance(t, Tensor) for t in state.values()):
        raise AssetError(f"“{path}” is not a {KIND} checkpoint: it has no “state_dict” of tensors.")
    return Source(path, state, KIND)


def _config(text2mel: Source, ssrn: Source) -> VoiceConfig:
    embedding = text2mel.embedding_channels(EMBEDDING)
    channels, mels, _ = text2mel.shape("audio_enc.layers.0.conv.weight", 3)
    text_channels, _, _ = text2mel.shape("text_enc.layers.0.conv.weight", 3)
    ssrn_channels, _, _ = ssrn.shape(FIRST_OF_SSRN, 3)
    (linear,) = ssrn.shape("layers.14.conv.bias", 1)
    return sized(
        PUBLISHED, text2mel.path, architecture="tugstugi", embedding_channels=embedding, channels=channels,
        text_channels=text_channels, n_mels=mels, ssrn_channels=ssrn_channels, n_fft=2 * (linear - 1),
    )  # fmt: skip


def _fill_text2mel(network: Text2Mel, source: Source) -> None:
    embedding = network.text_enc.embedding.weight
    set_parameter(embedding, source.take(EMBEDDING, *embedding.shape))
    parts = {
        "text_enc": network.text_enc.layers,
        "audio_enc": network.audio_enc.layers,
        "audio_dec": network.audio_dec.layers,
    }
    for part, layers in parts.items():
        for i, layer in enumerate(layers):
            name = f"{part}.layers.{i}." + ("C." if isinstance(layer, GatedConv) else "")
            _fill_normalised(layer, source, name)


def _fill_normalised(layer: nn.Module, source: Source, name: str) -> None:
    if not isinstance(layer, Conv) or not isinstance(layer.norm, nn.LayerNorm):
        raise TypeError(f"{name} is not a normalised convolution")
    outputs, inputs = layer.linear.out_features, layer.linear.in_features // layer.kernel
    weight = source.take(name + "conv.weight", outputs, inputs, layer.kernel)
    fill_conv(layer, weight, source.take(name + "conv.bias", outputs))
    set_parameter(layer.norm.weight, source.take(name + "layer_norm.weight", outputs))
    set_parameter(layer.norm.bias, source.take(name + "layer_norm.bias", outputs))


def _fill_ssrn_layer(layer: nn.Module, source: Source, name: str) -> None:
    if isinstance(layer, ResidualConv):
        _fill_weight_normed(layer.first, source, name + "C1.conv.")
        _fill_weight_normed(layer.second, source, name + "C2.conv.")
    elif isinstance(layer, Deconv):
        channels = layer.linear.in_features
        weight = _folded(source, name + "deconv.", channels, channels, 2)  # [in, out, 2]
        set_parameter(layer.linear.weight, weight.permute(2, 1, 0).flatten(0, 1))
        set_parameter(layer.linear.bias, source.take(name + "deconv.bias", channels).repeat(2))
    elif isinstance(layer, Conv):
        _fill_weight_normed(layer, source, name + "conv.")
    else:
        raise TypeError(f"{name} is not a layer of the SSRN")


def _fill_weight_normed(conv: Conv, source: Source, name: str) -> None:
    outputs, inputs = conv.linear.out_features, conv.linear.in_features // conv.kernel
    fill_conv(conv, _folded(source, name, outputs, inputs, conv.kernel), source.take(name + "bias", outputs))


def _folded(source: Source, name: str, *shape: int) -> Tensor:
    """Weight norm, ``w = g · v / ‖v‖`` by first index (Salimans and Kingma 2016, arXiv:1602.07868, eq. 2)."""
    g = source.take(name + "weight_g", shape[0], 1, 1)
    v = source.take(name + "weight_v", *shape)
    norm = torch.linalg.vector_norm(v, dim=(1, 2), keepdim=True)
    folded: Tensor = g * v / norm.clamp(min=torch.finfo(v.dtype).tiny)
    return folded
