"""Is somebody speaking? Silero's detector (Silero Team, 2020 to 2026, MIT licence), on numpy alone.

Its weights are an asset (``blender_assets/voice_activity``), and its network is small: magnitudes of a short-time
Fourier transform, four convolutions and an LSTM say of every 32 ms how likely there is speech in them, of any voice and
language. They need nothing of what comes after. ``docs/talk_terminal.md`` has the figures.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from ..core.assets import asset_folder
from ..core.errors import AssetError
from .protocol import SPEECH_RATE, Samples

CHUNK: Final = 512
"""Samples between two answers."""
FRAME: Final = CHUNK / SPEECH_RATE
"""Seconds between two answers."""

LIKELY: Final = 0.5
"""Probability from which a frame is speech."""
STILL_LIKELY: Final = 0.35
"""Probability down to which it goes on: what Silero's own functions take."""

_CONTEXT: Final = 64
"""Samples before a chunk that the network hears with it."""
_WINDOW, _HOP = 256, 128
"""Samples of the Fourier transform."""
_STRIDES: Final = (1, 2, 2, 1)
"""Frames that each convolution goes on by: of the four of a chunk, one is left."""
_CELLS: Final = 128
"""Of the LSTM."""


@dataclass(frozen=True)
class Network:
    """The weights, as the products need them."""

    convolutions: tuple[tuple[Samples, Samples], ...]
    """Matrix ``[3 · inputs, outputs]`` and bias of each."""
    gates: tuple[Samples, Samples]
    """Matrix ``[inputs + cells, 4 · cells]`` and bias of the LSTM: input, forget, cell, output."""
    output: tuple[Samples, Samples]
    """Vector ``[cells]`` and bias."""

    @classmethod
    def load(cls, path: Path) -> Network:
        """Read the weights.

        Args:
            path: an ``.npz`` file as the recipe writes it.

        Raises:
            AssetError: there is no such file, or it is no detector.
        """
        try:
            with np.load(path, allow_pickle=False) as data:
                parts = {name: np.ascontiguousarray(data[name], np.float32) for name in data.files}
            found = cls(
                tuple((parts[f"convolution.{i}.weight"], parts[f"convolution.{i}.bias"]) for i in range(len(_STRIDES))),
                (parts["gates.weight"], parts["gates.bias"]),
                (parts["output.weight"], parts["output.bias"]),
            )
        except (OSError, ValueError, KeyError) as error:
            raise AssetError(f"The detector of speech “{path}” cannot be read ({error}).") from error
        if found.gates[0].shape != (2 * _CELLS, 4 * _CELLS):
            raise AssetError(f"The detector of speech “{path}” is of another kind: install the add-on again.")
        return found


@functools.cache
def shipped_network() -> Network:
    """Return the network of the add-on, read once.

    Raises:
        AssetError: it was not installed with the add-on, or is damaged.
    """
    return Network.load(asset_folder("voice_activity") / "silero.npz")


class VoiceActivity:
    """Says of every 32 ms whether there is speech in them."""

    def __init__(self, network: Network | None = None) -> None:
        """Begin before the first sample; ``AssetError`` if the shipped network is missing."""
        self._network = network or shipped_network()
        self._window = np.hanning(_WINDOW + 1)[:-1].astype(np.float32)
        self._hidden: Samples = np.zeros(_CELLS, np.float32)
        self._cells: Samples = np.zeros(_CELLS, np.float32)
        self._heard: Samples = np.zeros(_CONTEXT, np.float32)
        """The context, and what is less than a chunk."""
        self._is_speech = False

    @property
    def unheard(self) -> float:
        """Seconds that wait for their chunk to be whole."""
        return (len(self._heard) - _CONTEXT) / SPEECH_RATE

    def push(self, samples: Samples) -> list[bool]:
        """Take the next samples, mono at 16 kHz, shape ``[n]``, and return the answers that are possible now."""
        answers = []
        for probability in self.probabilities(samples):
            self._is_speech = probability > (STILL_LIKELY if self._is_speech else LIKELY)
            answers.append(self._is_speech)
        return answers

    def probabilities(self, samples: Samples) -> list[float]:
        """Take the next samples and return how likely there is speech in each chunk that is whole now."""
        self._heard = np.concatenate([self._heard, samples])
        found = []
        while len(self._heard) >= _CONTEXT + CHUNK:
            found.append(self._probability(self._heard[: _CONTEXT + CHUNK]))
            self._heard = self._heard[CHUNK:]
        return found

    def _probability(self, chunk: Samples) -> float:
        """Hear one chunk after its context, and remember it in the LSTM."""
        mirrored = np.concatenate([chunk, chunk[-2 : -2 - _CONTEXT : -1]])
        frames = np.lib.stride_tricks.sliding_window_view(mirrored, _WINDOW)[::_HOP] * self._window
        hidden: Samples = np.abs(np.fft.rfft(frames)).astype(np.float32)
        for (weight, bias), stride in zip(self._network.convolutions, _STRIDES, strict=True):
            padded = np.zeros((len(hidden) + 2, hidden.shape[1]), np.float32)
            padded[1:-1] = hidden
            around = np.concatenate([padded[:-2], padded[1:-1], padded[2:]], axis=1)[::stride]
            hidden = np.maximum(around @ weight + bias, 0.0)
        weight, bias = self._network.gates
        gates = np.concatenate([hidden[0], self._hidden]) @ weight + bias
        taken, kept, shown = _sigmoid(gates[:_CELLS]), _sigmoid(gates[_CELLS : 2 * _CELLS]), _sigmoid(gates[-_CELLS:])
        self._cells = kept * self._cells + taken * np.tanh(gates[2 * _CELLS : 3 * _CELLS])
        self._hidden = shown * np.tanh(self._cells)
        weight, bias = self._network.output
        return float(_sigmoid(np.maximum(self._hidden, 0.0) @ weight + bias)[0])


def _sigmoid(values: Samples) -> Samples:
    return np.asarray(1.0 / (1.0 + np.exp(-values)), np.float32)
