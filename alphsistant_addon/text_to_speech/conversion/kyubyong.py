"""Kyubyong/dc_tts: TensorFlow variables in the scopes ``Text2Mel`` and ``SSRN``, of one or two checkpoints."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from torch import nn

from ...core.errors import AssetError
from ..dc_tts.networks import SSRN, Conv, HighwayConv, Text2Mel
from ..dc_tts.published_networks import OverlappingDeconv, build_networks
from ..dc_tts.voice_config import VoiceConfig
from .checkpoint import CHARACTERS, PUBLISHED, Source, fill_conv, read_tensorflow, set_parameter, sized

KIND = "Kyubyong/dc_tts"
EMBEDDING = "Text2Mel/TextEnc/embed_1/lookup_table"
FIRST_OF_SSRN = "SSRN/C_1/conv1d/kernel"


def convert_kyubyong(paths: Sequence[Path]) -> tuple[VoiceConfig, Text2Mel, SSRN]:
    """Return the voice of a checkpoint with both networks, or of one for each.

    Raises:
        AssetError: a checkpoint is missing or damaged, or is not what was published.
        DependencyError: TensorFlow is not installed.
    """
    tensors = {name: tensor for path in paths for name, tensor in read_tensorflow(path).items()}
    source = Source(paths[0], tensors, KIND)
    for name, network in ((EMBEDDING, "Text2Mel"), (FIRST_OF_SSRN, "SSRN")):
        if name not in source:
            given = " and ".join(f"“{path}”" for path in paths)
            raise AssetError(f"The {network} of {KIND} is not in {given} (no “{name}”).")
    config = _config(source)
    text2mel, ssrn = build_networks(config)
    embedding = source.take(EMBEDDING, len(CHARACTERS), config.embedding_channels).clone()
    embedding[0] = 0  # The published graph replaces the row of the padding by zeros.
    set_parameter(text2mel.text_enc.embedding.weight, embedding)
    _fill("Text2Mel/TextEnc/", text2mel.text_enc.layers, 2, source)
    _fill("Text2Mel/AudioEnc/", text2mel.audio_enc.layers, 1, source)
    _fill("Text2Mel/AudioDec/", text2mel.audio_dec.layers, 1, source)
    _fill("SSRN/", ssrn.layers, 1, source)
    return config, text2mel, ssrn


def _config(source: Source) -> VoiceConfig:
    embedding = source.embedding_channels(EMBEDDING)
    _, mels, channels = source.shape("Text2Mel/AudioEnc/C_1/conv1d/kernel", 3)
    _, _, text_channels = source.shape("Text2Mel/TextEnc/C_2/conv1d/kernel", 3)
    _, _, ssrn_channels = source.shape(FIRST_OF_SSRN, 3)
    (linear,) = source.shape("SSRN/C_16/conv1d/bias", 1)
    return sized(
        PUBLISHED, source.path, architecture="kyubyong", embedding_channels=embedding, channels=channels,
        text_channels=text_channels, n_mels=mels, ssrn_channels=ssrn_channels, n_fft=2 * (linear - 1),
    )  # fmt: skip


def _fill(scope: str, layers: nn.ModuleList, first: int, source: Source) -> None:
    """Fill layers; the published ones are numbered through, ``C_``, ``HC_`` and ``D_`` by kind."""
    for i, layer in enumerate(layers, first):
        if isinstance(layer, OverlappingDeconv):
            name = f"{scope}D_{i}/"
            channels = layer.linear.in_features
            kernel = source.take(name + "conv2d_transpose/kernel", 1, 3, channels, channels)[0]  # [k, out, in]
            set_parameter(layer.linear.weight, kernel.flatten(0, 1))
            set_parameter(layer.bias, source.take(name + "conv2d_transpose/bias", channels))
            _fill_norm(layer.norm, source, name + "normalize/")
        elif isinstance(layer, HighwayConv):
            name = f"{scope}HC_{i}/"
            _fill_conv(layer, source, name)
            _fill_norm(layer.norm1, source, name + "H1/")
            _fill_norm(layer.norm2, source, name + "H2/")
        elif isinstance(layer, Conv):
            name = f"{scope}C_{i}/"
            _fill_conv(layer, source, name)
            _fill_norm(layer.norm, source, name + "normalize/")
        else:
            raise TypeError(f"layer {i} of {scope} is a {type(layer).__name__}")


def _fill_conv(conv: Conv, source: Source, name: str) -> None:
    outputs, inputs = conv.linear.out_features, conv.linear.in_features // conv.kernel
    kernel = source.take(name + "conv1d/kernel", conv.kernel, inputs, outputs)
    fill_conv(conv, kernel.permute(2, 1, 0), source.take(name + "conv1d/bias", outputs))


def _fill_norm(norm: nn.Module, source: Source, name: str) -> None:
    weight = norm.get_parameter("weight")
    set_parameter(weight, source.take(name + "gamma", *weight.shape))
    set_parameter(norm.get_parameter("bias"), source.take(name + "beta", *weight.shape))
