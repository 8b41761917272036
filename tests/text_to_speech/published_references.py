"""The two published implementations, straight from their descriptions: channels first, every layer spelled out.

Attribute and variable names are those of the published checkpoints; the forward passes share nothing with the package.
"""

import numpy as np
import torch
from torch import nn
from torch.nn import functional

VOCABULARY = "PE abcdefghijklmnopqrstuvwxyz'.?"
MELS = 80


class Normed(nn.Module):
    """A convolution with layer norm, or with weight norm."""

    def __init__(self, inputs, outputs, kernel=1, dilation=1, *, causal=False, relu=False, weight_norm=False):
        super().__init__()
        self.cut = (kernel - 1) * dilation if causal else 0
        padding = (kernel - 1) * dilation if causal else (kernel - 1) * dilation // 2
        conv = nn.Conv1d(inputs, outputs, kernel, padding=padding, dilation=dilation)
        self.conv = nn.utils.weight_norm(conv) if weight_norm else conv
        if not weight_norm:
            self.layer_norm = nn.LayerNorm(outputs)
        self.relu = relu

    def forward(self, x):
        y = self.conv(x)
        y = y[..., : y.shape[-1] - self.cut]
        if hasattr(self, "layer_norm"):
            y = self.layer_norm(y.transpose(1, 2)).transpose(1, 2)
        return y.relu() if self.relu else y


class Gated(nn.Module):
    def __init__(self, channels, kernel, dilation=1, *, causal=False):
        super().__init__()
        self.C = Normed(channels, 2 * channels, kernel, dilation, causal=causal)

    def forward(self, x):
        value, gate = self.C(x).chunk(2, dim=1)
        return value * gate.sigmoid() + x


class Residual(nn.Module):
    def __init__(self, channels, kernel, dilation=1):
        super().__init__()
        self.C1 = Normed(channels, channels, kernel, dilation, relu=True, weight_norm=True)
        self.C2 = Normed(channels, channels, kernel, dilation, relu=True, weight_norm=True)

    def forward(self, x):
        return self.C2(self.C1(x)) + x


class Transposed(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.deconv = nn.utils.weight_norm(nn.ConvTranspose1d(channels, channels, 2, stride=2))

    def forward(self, x):
        return self.deconv(x)


class Embedding(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.embedding = nn.Embedding(len(VOCABULARY), channels, padding_idx=0)


class Part(nn.Module):
    def __init__(self, *layers, embedding=None):
        super().__init__()
        if embedding:
            self.embedding = Embedding(embedding)
        self.layers = nn.Sequential(*layers)


class TugstugiText2Mel(nn.Module):
    def __init__(self, e=128, d=256):
        super().__init__()
        long = (1, 3, 9, 27)
        self.text_enc = Part(
            Normed(e, 2 * d, relu=True), Normed(2 * d, 2 * d),
            *(Gated(2 * d, 3, n) for n in long + long), *(Gated(2 * d, 3) for _ in "12"),
            *(Gated(2 * d, 1) for _ in "12"), embedding=e,
        )  # fmt: skip
        self.audio_enc = Part(
            Normed(MELS, d, relu=True), Normed(d, d, relu=True), Normed(d, d),
            *(Gated(d, 3, n, causal=True) for n in (*long, *long, 3, 3)),
        )  # fmt: skip
        self.audio_dec = Part(
            Normed(2 * d, d), *(Gated(d, 3, n, causal=True) for n in (*long, 1, 1)),
            Gated(d, 1, causal=True), Normed(d, d, relu=True), Normed(d, MELS),
        )  # fmt: skip

    def forward(self, symbols, mel):
        """(N,), (F, T) → levels (F, T), attention (N, T)."""
        keys, values = self.text_enc.layers(self.text_enc.embedding.embedding(symbols)[None].transpose(1, 2)).chunk(
            2, 1
        )
        queries = self.audio_enc.layers(mel[None])
        attention = (keys.transpose(1, 2) @ queries / np.sqrt(keys.shape[1])).softmax(1)
        return self.audio_dec.layers(torch.cat([values @ attention, queries], 1))[0].sigmoid(), attention[0]


class TugstugiSSRN(nn.Module):
    def __init__(self, c=640, linear=1025):
        super().__init__()
        self.layers = nn.Sequential(
            Normed(MELS, c, weight_norm=True), Residual(c, 3), Residual(c, 3, 3),
            Transposed(c), Residual(c, 3), Residual(c, 3, 3), Transposed(c), Residual(c, 3), Residual(c, 3, 3),
            Normed(c, 2 * c, weight_norm=True), Residual(2 * c, 3), Residual(2 * c, 3),
            Normed(2 * c, linear, weight_norm=True), Residual(linear, 1), Normed(linear, linear, weight_norm=True),
        )  # fmt: skip

    def forward(self, mel):
        """(F, T) → levels (F', 4T)."""
        return self.layers(mel[None])[0].sigmoid()


def save_tugstugi(folder, text2mel, ssrn):
    """Write the pair of files as the published training does; return their paths."""
    paths = []
    for name, network in (("text2mel", text2mel), ("ssrn", ssrn)):
        optimiser = torch.optim.Adam(network.parameters())
        checkpoint = {
            "epoch": 3, "global_step": 5000, "state_dict": network.state_dict(), "optimizer": optimiser.state_dict()
        }  # fmt: skip
        torch.save(checkpoint, folder / f"{name}-step-005K.pth")
        paths.append(folder / f"{name}-step-005K.pth")
    return paths


CAUSAL_PARTS = {
    # For each layer of a scope: kind, input and output channels as multiples of a size, kernel.
    "AudioEnc": [("C", "f", "d"), *[("C", "d", "d")] * 2, *[("HC", "d", 3)] * 10],
    "AudioDec": [("C", "2d", "d"), *[("HC", "d", 3)] * 6, *[("C", "d", "d")] * 3, ("C", "d", "f")],
}
TEXT_ENC = [("C", "e", "2d"), ("C", "2d", "2d"), *[("HC", "2d", 3)] * 10, *[("HC", "2d", 1)] * 2]
SSRN = [
    *[("C", "f", "c"), ("HC", "c", 3), ("HC", "c", 3), ("D", "c", 3), ("HC", "c", 3), ("HC", "c", 3), ("D", "c", 3)],
    *[("HC", "c", 3), ("HC", "c", 3), ("C", "c", "2c"), ("HC", "2c", 3), ("HC", "2c", 3), ("C", "2c", "l")],
    *[("C", "l", "l")] * 3,
]


def layer_shapes(kind, first, second, sizes):
    """Names and shapes of one layer."""
    inputs = sizes[first]
    if kind == "D":
        kernel, outputs, norms = ("conv2d_transpose", (1, 3, inputs, inputs)), inputs, ["normalize"]
    elif kind == "HC":
        kernel, outputs, norms = ("conv1d", (second, inputs, 2 * inputs)), 2 * inputs, ["H1", "H2"]
    else:
        kernel, outputs, norms = ("conv1d", (1, inputs, sizes[second])), sizes[second], ["normalize"]
    yield f"{kernel[0]}/kernel", kernel[1]
    yield f"{kernel[0]}/bias", (outputs,)
    for norm in norms:
        yield f"{norm}/gamma", (outputs // len(norms),)
        yield f"{norm}/beta", (outputs // len(norms),)


def kyubyong_variables(generator, e=128, d=256, c=512, linear=1025):
    """Random variables with the names and shapes of Kyubyong/dc_tts."""
    sizes = {"f": MELS, "e": e, "d": d, "2d": 2 * d, "c": c, "2c": 2 * c, "l": linear}
    variables = {"Text2Mel/TextEnc/embed_1/lookup_table": (len(VOCABULARY), e), "gs/global_step": ()}
    scopes = [("Text2Mel/TextEnc", 2, TEXT_ENC), ("SSRN", 1, SSRN)]
    scopes += [(f"Text2Mel/{part}", 1, layers) for part, layers in CAUSAL_PARTS.items()]
    for scope, start, layers in scopes:
        for i, (kind, first, second) in enumerate(layers, start):
            for name, shape in layer_shapes(kind, first, second, sizes):
                variables[f"{scope}/{kind}_{i}/{name}"] = shape
    found = {}
    for name, shape in variables.items():
        scale = 1.0 if name.endswith("gamma") else 0.0
        spread = 0.3 / max(1, int(np.prod(shape[:-1]))) ** 0.5
        found[name] = (scale + spread * generator.standard_normal(shape)).astype(np.float32)
    # What the optimiser keeps beside a variable, and has no place in a voice.
    found["Text2Mel/AudioEnc/C_1/conv1d/bias/Adam"] = np.zeros(d, np.float32)
    found["Text2Mel/beta1_power"] = np.zeros((), np.float32)
    return found


class Kyubyong:
    """The published graph on a dictionary of variables."""

    def __init__(self, variables):
        self.variables = {name: torch.from_numpy(np.asarray(value)) for name, value in variables.items()}

    def norm(self, x, name):
        mean, variance = x.mean(1, keepdim=True), x.var(1, keepdim=True, correction=0)
        gamma, beta = self.variables[f"{name}/gamma"], self.variables[f"{name}/beta"]
        return (x - mean) / (variance + 1e-12).sqrt() * gamma[:, None] + beta[:, None]

    def conv(self, x, name, dilation, causal):
        kernel = self.variables[f"{name}/conv1d/kernel"].permute(2, 1, 0)
        reach = (kernel.shape[2] - 1) * dilation
        padded = functional.pad(x, (reach, 0) if causal else (reach // 2, reach - reach // 2))
        return functional.conv1d(padded, kernel, self.variables[f"{name}/conv1d/bias"], dilation=dilation)

    def plain(self, x, name, *, relu=False, causal=False):
        y = self.norm(self.conv(x, name, 1, causal), f"{name}/normalize")
        return y.relu() if relu else y

    def highway(self, x, name, dilation=1, *, causal=False):
        h1, h2 = self.conv(x, name, dilation, causal).chunk(2, dim=1)
        gate = self.norm(h1, f"{name}/H1").sigmoid()
        return gate * self.norm(h2, f"{name}/H2") + (1 - gate) * x

    def deconv(self, x, name):
        """Stride 2, cut to twice the length at the end, which is TensorFlow's SAME for a kernel of 3."""
        kernel = self.variables[f"{name}/conv2d_transpose/kernel"][0].permute(2, 1, 0)
        bias = self.variables[f"{name}/conv2d_transpose/bias"]
        y = functional.conv_transpose1d(x, kernel, bias, stride=2)[..., : 2 * x.shape[-1]]
        return self.norm(y, f"{name}/normalize")

    def text2mel(self, symbols, mel):
        """(N,), (F, T) → levels (F, T), attention (N, T)."""
        table = self.variables["Text2Mel/TextEnc/embed_1/lookup_table"].clone()
        table[0] = 0
        scope = "Text2Mel/TextEnc"
        x = self.plain(table[symbols].T[None], f"{scope}/C_2", relu=True)
        x = self.plain(x, f"{scope}/C_3")
        for i, dilation in enumerate((1, 3, 9, 27, 1, 3, 9, 27, 1, 1, 1, 1), 4):
            x = self.highway(x, f"{scope}/HC_{i}", dilation)
        keys, values = x.chunk(2, dim=1)
        scope, x = "Text2Mel/AudioEnc", mel[None]
        for i in (1, 2, 3):
            x = self.plain(x, f"{scope}/C_{i}", relu=i < 3, causal=True)
        for i, dilation in enumerate((1, 3, 9, 27, 1, 3, 9, 27, 3, 3), 4):
            x = self.highway(x, f"{scope}/HC_{i}", dilation, causal=True)
        queries = x
        attention = (keys.transpose(1, 2) @ queries * keys.shape[1] ** -0.5).softmax(1)
        scope = "Text2Mel/AudioDec"
        x = self.plain(torch.cat([values @ attention, queries], 1), f"{scope}/C_1", causal=True)
        for i, dilation in enumerate((1, 3, 9, 27, 1, 1), 2):
            x = self.highway(x, f"{scope}/HC_{i}", dilation, causal=True)
        for i in (8, 9, 10, 11):
            x = self.plain(x, f"{scope}/C_{i}", relu=i < 11, causal=True)
        return x[0].sigmoid(), attention[0]

    def ssrn(self, mel):
        """(F, T) → levels (F', 4T)."""
        x = self.plain(mel[None], "SSRN/C_1")
        for first in (2, 5, 8):
            if first > 2:
                x = self.deconv(x, f"SSRN/D_{first - 1}")
            x = self.highway(x, f"SSRN/HC_{first}", 1)
            x = self.highway(x, f"SSRN/HC_{first + 1}", 3)
        x = self.plain(x, "SSRN/C_10")
        x = self.highway(self.highway(x, "SSRN/HC_11"), "SSRN/HC_12")
        for i in (13, 14, 15, 16):
            x = self.plain(x, f"SSRN/C_{i}", relu=i in (14, 15))
        return x[0].sigmoid()
