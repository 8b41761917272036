"""DC-TTS: Text2Mel and SSRN (Tachibana, Uenoyama and Aihara 2017, arXiv:1710.08969).

Tensors are batch first, time second, channels last: ``(B, T, C)``. A convolution is one matrix product on the ``k``
dilated inputs laid side by side, which is the fastest way on a CPU and lets a decoding step be the same product on a
ring buffer (:mod:`.synthesis`).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from .voice_config import VoiceConfig


class Conv(nn.Module):
    """Dilated 1-D convolution, layer norm, activation (paper, section 2.2: ``C^{out←in}_{k⋆δ}``).

    ``causal`` looks at the past only; otherwise the kernel is centred. Weights are ``[out, k · in]``, oldest input
    first.
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        kernel: int = 1,
        dilation: int = 1,
        *,
        causal: bool = False,
        relu: bool = False,
        norm: bool = True,
    ) -> None:
        super().__init__()
        self.kernel, self.dilation, self.causal, self.relu = kernel, dilation, causal, relu
        self.linear = nn.Linear(kernel * inputs, outputs)
        nn.init.kaiming_normal_(self.linear.weight, nonlinearity="relu" if relu else "linear")
        nn.init.zeros_(self.linear.bias)
        self.norm: nn.Module = nn.LayerNorm(outputs) if norm else nn.Identity()

    @property
    def reach(self) -> int:
        """Steps between the oldest and the newest input."""
        return (self.kernel - 1) * self.dilation

    def product(self, x: Tensor) -> Tensor:
        """(B, T, in) → (B, T, out), before norm and activation."""
        if self.kernel == 1:
            return self._linear(x)
        past = self.reach if self.causal else self.reach // 2
        padded = functional.pad(x, (0, 0, past, self.reach - past))
        steps = x.shape[1]
        taps = [padded[:, i * self.dilation : i * self.dilation + steps] for i in range(self.kernel)]
        return self._linear(torch.cat(taps, dim=-1))

    def _linear(self, x: Tensor) -> Tensor:
        y: Tensor = self.linear(x)
        return y

    def finish(self, product: Tensor, x: Tensor) -> Tensor:  # noqa: ARG002  (the highway needs x)
        """Norm and activation of a product."""
        y: Tensor = self.norm(product)
        return functional.relu(y) if self.relu else y

    def forward(self, x: Tensor) -> Tensor:
        """(B, T, in) → (B, T, out)."""
        return self.finish(self.product(x), x)


class HighwayConv(Conv):
    """Highway convolution (paper, section 2.2): ``σ(H1) · H2 + (1 − σ(H1)) · x`` with ``[H1, H2] = C^{2d←d}(x)``."""

    def __init__(
        self, channels: int, kernel: int, dilation: int = 1, *, causal: bool = False, norm: bool = True
    ) -> None:
        super().__init__(channels, 2 * channels, kernel, dilation, causal=causal, norm=False)
        self.norm1: nn.Module = nn.LayerNorm(channels) if norm else nn.Identity()
        self.norm2: nn.Module = nn.LayerNorm(channels) if norm else nn.Identity()
        if norm:  # Gates start nearly closed, so that a deep stack starts as the identity.
            nn.init.constant_(self.norm1.bias, -1.0)  # type: ignore[arg-type]

    def finish(self, product: Tensor, x: Tensor) -> Tensor:
        """Gate between the product's halves and the input."""
        h1, h2 = product.chunk(2, dim=-1)
        gate = torch.sigmoid(self.norm1(h1))
        return torch.lerp(x, self.norm2(h2), gate)


def _highways(channels: int, dilations: tuple[int, ...], kernel: int = 3, *, causal: bool, norm: bool) -> list[Conv]:
    return [HighwayConv(channels, kernel, dilation, causal=causal, norm=norm) for dilation in dilations]


class TextEnc(nn.Module):
    """Symbols → keys and values (paper, section 3.2, figure 3)."""

    def __init__(self, config: VoiceConfig) -> None:
        super().__init__()
        h, d, norm = config.text_channels, config.channels, config.layer_norm
        self.embedding = nn.Embedding(len(config.symbols), config.embedding_channels, padding_idx=0)
        nn.init.normal_(self.embedding.weight, std=0.3)
        layers = [
            Conv(config.embedding_channels, h, relu=True, norm=norm),
            Conv(h, h, norm=norm),
            *_highways(h, (1, 3, 9, 27, 1, 3, 9, 27), causal=False, norm=norm),
            *_highways(h, (1, 1), causal=False, norm=norm),
            *_highways(h, (1, 1), kernel=1, causal=False, norm=norm),
        ]
        if h != 2 * d:
            layers.append(Conv(h, 2 * d, norm=False))
        self.layers = nn.ModuleList(layers)

    def forward(self, symbols: Tensor) -> tuple[Tensor, Tensor]:
        """(B, N) symbol indices → K (B, N, d), V (B, N, d). Padding (index 0) is kept from leaking into the text."""
        mask = (symbols != 0).unsqueeze(-1)
        x = self.embedding(symbols)
        for layer in self.layers:
            x = layer(x) * mask
        keys, values = x.chunk(2, dim=-1)
        return keys, values


class AudioEnc(nn.Module):
    """Mel steps so far → queries; causal (paper, section 3.2, figure 3)."""

    def __init__(self, config: VoiceConfig) -> None:
        super().__init__()
        d, norm = config.channels, config.layer_norm
        self.layers = nn.ModuleList([
            Conv(config.coarse_channels, d, causal=True, relu=True, norm=norm),
            Conv(d, d, causal=True, relu=True, norm=norm),
            Conv(d, d, causal=True, norm=norm),
            *_highways(d, (1, 3, 9, 27, 1, 3, 9, 27), causal=True, norm=norm),
            *_highways(d, (3, 3), causal=True, norm=norm),
        ])  # fmt: skip

    def forward(self, mel: Tensor) -> Tensor:
        """(B, T, F) → Q (B, T, d)."""
        for layer in self.layers:
            mel = layer(mel)
        return mel


class AudioDec(nn.Module):
    """Attended text and queries → the next mel step; causal (paper, section 3.2, figure 3)."""

    def __init__(self, config: VoiceConfig) -> None:
        super().__init__()
        d, norm = config.channels, config.layer_norm
        self.layers = nn.ModuleList([
            Conv(2 * d, d, causal=True, norm=norm),
            *_highways(d, (1, 3, 9, 27, 1, 1), causal=True, norm=norm),
            *(Conv(d, d, causal=True, relu=True, norm=norm) for _ in range(3)),
            Conv(d, config.coarse_channels, causal=True, norm=False),
        ])  # fmt: skip

    def forward(self, x: Tensor) -> Tensor:
        """(B, T, 2d) → logits (B, T, F); their sigmoid is the mel spectrogram in 0…1."""
        for layer in self.layers:
            x = layer(x)
        return x


def attention_scores(queries: Tensor, keys: Tensor) -> Tensor:
    """Q (B, T, d), K (B, N, d) → scores (B, T, N).

    Their softmax over N is the attention A (paper, section 3.2, eq. 3).
    """
    scores: Tensor = queries @ keys.transpose(1, 2)
    return scores * float(keys.shape[-1] ** -0.5)


class Text2Mel(nn.Module):
    """Text and the mel steps so far → the next mel step (paper, section 3.2)."""

    def __init__(self, config: VoiceConfig) -> None:
        super().__init__()
        self.text_enc, self.audio_enc, self.audio_dec = TextEnc(config), AudioEnc(config), AudioDec(config)

    def forward(self, symbols: Tensor, mel: Tensor, attention: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Predict every step from the steps before it.

        Args:
            symbols: (B, N) indices, 0 is padding.
            mel: (B, T, F) in 0…1, shifted: step t holds what step t−1 sounded like, step 0 is silence.
            attention: (B, T, N) to use instead of the network's own.

        Returns:
            Logits (B, T, F) of the mel spectrogram, and log-attention (B, T, N).
        """
        keys, values = self.text_enc(symbols)
        queries = self.audio_enc(mel)
        scores = attention_scores(queries, keys).masked_fill((symbols == 0).unsqueeze(1), -1e9)
        log_attention = functional.log_softmax(scores, dim=-1)
        attended = (log_attention.exp() if attention is None else attention) @ values
        return self.audio_dec(torch.cat([attended, queries], dim=-1)), log_attention


class Deconv(nn.Module):
    """Transposed convolution that doubles the time steps (paper, section 3.3: ``D^{c←c}_{2⋆1}``)."""

    def __init__(self, channels: int, *, norm: bool) -> None:
        super().__init__()
        self.linear = nn.Linear(channels, 2 * channels)
        self.norm: nn.Module = nn.LayerNorm(channels) if norm else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        """(B, T, c) → (B, 2T, c)."""
        batch, steps, channels = x.shape
        y: Tensor = self.norm(self.linear(x).reshape(batch, 2 * steps, channels))
        return y


class SSRN(nn.Module):
    """Spectrogram super-resolution: mel → linear, and up in time where the mel is coarse.

    Paper, section 3.3, figure 3.
    """

    def __init__(self, config: VoiceConfig) -> None:
        super().__init__()
        c, linear, norm = config.ssrn_channels, config.n_linear, config.layer_norm
        if config.upsampling not in (1, 2, 4, 8):
            raise ValueError(f"SSRN upsamples by 1, 2, 4 or 8, not {config.upsampling}")
        self.layers = nn.ModuleList([
            Conv(config.frame_channels, c, norm=norm),
            *_highways(c, (1, 3), causal=False, norm=norm),
        ])  # fmt: skip
        for _ in range(config.upsampling.bit_length() - 1):
            self.layers.extend([Deconv(c, norm=norm), *_highways(c, (1, 3), causal=False, norm=norm)])
        self.layers.extend([
            Conv(c, 2 * c, norm=norm),
            *_highways(2 * c, (1, 1), causal=False, norm=norm),
            Conv(2 * c, linear, norm=norm),
            *(Conv(linear, linear, relu=True, norm=norm) for _ in range(2)),
            Conv(linear, 2 * linear if config.pitch else linear, norm=False),
        ])  # fmt: skip

    def forward(self, mel: Tensor, comb: Tensor | None = None) -> Tensor:
        """(B, T, frame_channels) → logits (B, T · upsampling, n_linear).

        Their sigmoid is the linear spectrogram in 0…1. A voice with pitch is given the ``comb`` of its harmonics
        (B, T · upsampling, n_linear), in −1…0.
        """
        if comb is not None:
            envelope, depth = self.envelope_and_depth(mel)
            return torch.addcmul(envelope, depth, comb)
        for layer in self.layers:
            mel = layer(mel)
        return mel

    def envelope_and_depth(self, mel: Tensor) -> tuple[Tensor, Tensor]:
        """(B, T, frame_channels) → logits over the harmonics' peaks, and how far under them the valleys lie.

        Both are (B, T · upsampling, n_linear). For a voice with pitch.
        """
        envelope, depth = self(mel).chunk(2, dim=-1)
        return envelope, depth
