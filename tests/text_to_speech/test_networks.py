import dataclasses
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

torch = pytest.importorskip("torch")

from alphsistant_addon.core.errors import Cancelled
from alphsistant_addon.text_to_speech.dc_tts import products
from alphsistant_addon.text_to_speech.dc_tts.decoder import AHEAD, Decoder, symbol_edges
from alphsistant_addon.text_to_speech.dc_tts.networks import SSRN, Conv, Text2Mel
from alphsistant_addon.text_to_speech.dc_tts.stepping import StepConv
from alphsistant_addon.text_to_speech.dc_tts.voice_config import VoiceConfig
from alphsistant_addon.text_to_speech.training.train import shifted


def test_shapes(any_config):
    network, ssrn = Text2Mel(any_config), SSRN(any_config)
    symbols = torch.randint(1, len(any_config.symbols), (2, 7))
    mel = torch.rand(2, 11, any_config.coarse_channels)
    logits, log_attention = network(symbols, mel)
    assert logits.shape == mel.shape
    assert log_attention.shape == (2, 11, 7)
    assert torch.allclose(log_attention.exp().sum(-1), torch.ones(2, 11))
    frames = mel.reshape(2, -1, any_config.n_mels)
    assert ssrn(frames).shape == (2, 44, any_config.n_linear)


def test_a_convolution_is_the_textbook_one():
    conv = Conv(3, 5, kernel=3, dilation=2, norm=False)
    x = torch.randn(1, 9, 3)
    weight = conv.linear.weight.view(5, 3, 3).permute(0, 2, 1)
    expected = torch.nn.functional.conv1d(x.transpose(1, 2), weight, conv.linear.bias, padding=2, dilation=2)
    assert torch.allclose(conv(x), expected.transpose(1, 2), atol=1e-6)


def test_the_future_is_never_heard(config):
    network = Text2Mel(config).eval()
    symbols = torch.randint(1, len(config.symbols), (1, 7))
    mel = torch.rand(1, 40, config.coarse_channels)
    changed = mel.clone()
    changed[:, 20:] = 0
    with torch.no_grad():
        before, after = network(symbols, mel)[0], network(symbols, changed)[0]
    assert torch.equal(before[:, :20], after[:, :20])
    assert not torch.equal(before[:, 20:], after[:, 20:])


def test_padding_does_not_change_a_text(config):
    network = Text2Mel(config).eval()
    symbols = torch.randint(1, len(config.symbols), (1, 7))
    padded = torch.nn.functional.pad(symbols, (0, 9))
    mel = torch.rand(1, 12, config.coarse_channels)
    with torch.no_grad():
        assert torch.allclose(network(symbols, mel)[0], network(padded, mel)[0], atol=1e-5)


def test_step_by_step_equals_the_whole_sequence(any_config):
    """The decoder's caches change the cost, not the sound."""
    torch.manual_seed(1)
    network = Text2Mel(any_config).eval()
    symbols = torch.randint(3, len(any_config.symbols), (9,))
    spoken = Decoder(network, any_config).decode(symbols, monotonic=False)
    assert len(spoken.mel) > 100
    with torch.no_grad():
        logits, log_attention = network(symbols[None], shifted(spoken.mel[None]))
    assert torch.allclose(torch.sigmoid(logits[0]), spoken.mel, atol=1e-5)
    assert torch.allclose(log_attention[0].exp(), spoken.attention, atol=1e-5)


def test_a_numpy_without_blas_speaks_the_same(any_config, monkeypatch):
    """Blender's own numpy has none on Linux and Windows, so torch multiplies there."""
    network = Text2Mel(any_config).eval()
    symbols = torch.randint(1, len(any_config.symbols), (12,))
    with_blas = Decoder(network, any_config).decode(symbols, steps=30)
    monkeypatch.setattr(products, "numpy_has_blas", lambda: False)
    without = Decoder(network, any_config).decode(symbols, steps=30)
    torch.testing.assert_close(without.mel, with_blas.mel, atol=1e-5, rtol=0)
    torch.testing.assert_close(without.attention, with_blas.attention, atol=1e-5, rtol=0)


@pytest.mark.parametrize(
    ("built_with", "has"),
    [
        ({"blas": {"name": "openblas64", "found": True}}, True),
        ({"blas": {"name": "accelerate", "found": True}}, True),
        ({"blas": {"name": "none", "found": False}}, False),
        ({"blas": {"name": "blas", "found": False}}, False),
        ({}, True),
    ],
)
def test_how_numpy_was_built_decides_who_multiplies(monkeypatch, built_with, has):
    monkeypatch.setattr(products.np, "show_config", lambda mode: {"Build Dependencies": built_with})  # noqa: ARG005
    assert products.numpy_has_blas() is has


def test_only_causal_convolutions_run_step_by_step():
    with pytest.raises(ValueError, match="causal"):
        StepConv(Conv(2, 2, kernel=3))


def test_forced_attention_never_goes_back_or_jumps(config):
    torch.manual_seed(2)
    symbols = torch.randint(3, len(config.symbols), (30,))
    positions = Decoder(Text2Mel(config).eval(), config).decode(symbols).attention.argmax(1)
    furthest = torch.cummax(positions, 0).values
    assert (furthest - positions).max() <= 1
    assert furthest.diff().max() <= AHEAD


def test_an_untrained_voice_stops_all_the_same(config):
    symbols = torch.randint(3, len(config.symbols), (5,))
    spoken = Decoder(Text2Mel(config).eval(), config).decode(symbols)
    assert len(spoken.mel) * config.step_seconds <= 5 * 0.6 + 2 * config.step_seconds
    assert not spoken.finished


def test_two_threads_may_decode_at_once(config):
    """A voice reads ahead on a thread of its own, and may be asked for something else meanwhile."""
    decoder = Decoder(Text2Mel(config).eval(), config)
    texts = [torch.randint(1, len(config.symbols), (12,), generator=torch.Generator().manual_seed(n)) for n in (1, 2)]
    alone = [decoder.decode(text, steps=60).mel for text in texts]
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)  # so that the threads change places within a step
    try:
        with ThreadPoolExecutor(2) as pool:
            together = [made.mel for made in pool.map(lambda text: decoder.decode(text, steps=60), texts * 4)]
    finally:
        sys.setswitchinterval(interval)
    for made, expected in zip(together, alone * 4, strict=True):
        assert torch.equal(made, expected)


def test_decoding_is_cancelled(config):
    cancel = threading.Event()
    cancel.set()
    with pytest.raises(Cancelled):
        Decoder(Text2Mel(config).eval(), config).decode(torch.ones(5, dtype=torch.long), cancel=cancel)


def test_symbol_times_are_finer_than_a_step():
    config = VoiceConfig()
    step = config.step_seconds
    attention = torch.tensor([[1.0, 0.0, 0.0], [0.4, 0.6, 0.0], [0.0, 0.3, 0.7]])
    edges = symbol_edges(attention, config)
    half_frame = 0.5 * config.hop_length / config.sample_rate
    assert edges == pytest.approx([0, 1.4 * step - half_frame, 2.3 * step - half_frame, 3 * step - half_frame])


def test_the_papers_sizes_can_be_built():
    """d = 256, e = 128, c = 512 as published: the parameter counts of its figure 3 networks without layer norm."""
    config = dataclasses.replace(
        VoiceConfig(), channels=256, text_channels=512, ssrn_channels=512, stacked=False, layer_norm=False,
        n_fft=1024, win_length=1024, hop_length=256,
    )  # fmt: skip
    d, k = 256, 3
    highway = lambda c, kernel=k: kernel * c * 2 * c + 2 * c  # noqa: E731
    dense = lambda i, o: i * o + o  # noqa: E731
    audio_enc = dense(80, d) + 2 * dense(d, d) + 10 * highway(d)
    assert sum(p.numel() for p in Text2Mel(config).audio_enc.parameters()) == audio_enc
    assert SSRN(config)(torch.rand(1, 5, 80)).shape == (1, 20, 513)
