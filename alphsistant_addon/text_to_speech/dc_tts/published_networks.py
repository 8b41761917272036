"""The networks of two published DC-TTS implementations, where they differ from the paper and from :mod:`.model`.

``tugstugi`` (tugstugi/pytorch-dc-tts): gated convolutions in Text2Mel, residual ones in the SSRN, whose weight norm the
converter folds into the weights. ``kyubyong`` (Kyubyong/dc_tts): the paper's networks, normalised after the last
convolution too, and with a longer transposed convolution.
"""

from __future__ import annotations

import dataclasses
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from .networks import SSRN, Conv, HighwayConv, Text2Mel
from .voice_config import VoiceConfig

TENSORFLOW_EPSILON: Final = 1e-12
"""What ``tf.contrib.layers.layer_norm`` adds to the variance."""


class GatedConv(Conv):
    """``H1 · σ(H2) + x`` with ``[H1, H2] = norm(C^{2d←d}(x))`` (Dauphin et al. 2017, arXiv:1612.08083, section 3)."""

    def __init__(self, channels: int, kernel: int, dilation: int = 1, *, causal: bool = False) -> None:
        super().__init__(channels, 2 * channels, kernel, dilation, causal=causal)

    def finish(self, product: Tensor, x: Tensor) -> Tensor:
        """Gate one half of the normalised product by the other, and add the input."""
        return functional.glu(super().finish(product, x), dim=-1) + x


class ResidualConv(nn.Module):
    """Two convolutions with their activations, and the input added (He et al. 2016, arXiv:1512.03385, figure 2)."""

    def __init__(self, channels: int, kernel: int, dilation: int = 1) -> None:
        super().__init__()
        self.first = Conv(channels, channels, kernel, dilation, relu=True, norm=False)
        self.second = Conv(channels, channels, kernel, dilation, relu=True, norm=False)

    def forward(self, x: Tensor) -> Tensor:
        """(B, T, c) → (B, T, c)."""
        y: Tensor = self.second(self.first(x)) + x
        return y


class OverlappingDeconv(nn.Module):
    """Transposed convolution of kernel 3 and stride 2, cut as TensorFlow's ``SAME`` cuts it, then layer norm.

    ``y[2t] = W0 x[t] + W2 x[t−1]`` and ``y[2t+1] = W1 x[t]``; the rows of the weights are W0, W1, W2.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.linear = nn.Linear(channels, 3 * channels, bias=False)
        self.bias = nn.Parameter(torch.zeros(channels))
        self.norm = nn.LayerNorm(channels)

    def forward(self, x: Tensor) -> Tensor:
        """(B, T, c) → (B, 2T, c)."""
        now, odd, late = self.linear(x).chunk(3, dim=-1)
        even = now + functional.pad(late[:, :-1], (0, 0, 1, 0))
        y: Tensor = self.norm(torch.stack([even, odd], dim=2).flatten(1, 2) + self.bias)
        return y


def _gated(layers: nn.ModuleList) -> list[nn.Module]:
    """Return the layers with gated convolutions in place of the highway convolutions."""
    return [
        GatedConv(layer.linear.out_features // 2, layer.kernel, layer.dilation, causal=layer.causal)
        if isinstance(layer, HighwayConv)
        else layer
        for layer in layers
    ]


def _residual(layers: nn.ModuleList) -> list[nn.Module]:
    """Return the layers with residual blocks in place of the highway convolutions."""
    return [
        ResidualConv(layer.linear.out_features // 2, layer.kernel, layer.dilation)
        if isinstance(layer, HighwayConv)
        else layer
        for layer in layers
    ]


def _tugstugi(config: VoiceConfig) -> tuple[Text2Mel, SSRN]:
    text2mel, ssrn = Text2Mel(config), SSRN(dataclasses.replace(config, layer_norm=False))
    text2mel.text_enc.layers = nn.ModuleList(_gated(text2mel.text_enc.layers))
    text2mel.audio_enc.layers = nn.ModuleList(_gated(text2mel.audio_enc.layers))
    # One gated convolution stands where the paper has two plain ones, and the last convolution is normalised.
    *body, _, _, plain, _ = _gated(text2mel.audio_dec.layers)
    gated = GatedConv(config.channels, 1, causal=True)
    last = Conv(config.channels, config.coarse_channels, causal=True)
    text2mel.audio_dec.layers = nn.ModuleList([*body, gated, plain, last])
    # One residual block stands where the paper has two plain convolutions.
    *body, _, _, out = _residual(ssrn.layers)
    ssrn.layers = nn.ModuleList([*body, ResidualConv(config.n_linear, 1), out])
    return text2mel, ssrn


def _kyubyong(config: VoiceConfig) -> tuple[Text2Mel, SSRN]:
    text2mel, ssrn = Text2Mel(config), SSRN(config)
    text2mel.audio_dec.layers[-1] = Conv(config.channels, config.coarse_channels, causal=True)
    ssrn.layers[-1] = Conv(config.n_linear, config.n_linear)
    for place in (3, 6):
        ssrn.layers[place] = OverlappingDeconv(config.ssrn_channels)
    for network in (text2mel, ssrn):
        for module in network.modules():
            if isinstance(module, nn.LayerNorm):
                module.eps = TENSORFLOW_EPSILON
    return text2mel, ssrn


def build_networks(config: VoiceConfig) -> tuple[Text2Mel, SSRN]:
    """Return untrained networks of the voice's architecture."""
    builders = {"tugstugi": _tugstugi, "kyubyong": _kyubyong}
    return (
        builders[config.architecture](config) if config.architecture in builders else (Text2Mel(config), SSRN(config))
    )
