"""A network's weights on disk: safetensors, in eight bits with a scale for each output channel."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from torch import Tensor, nn

from ..core.eight_bits import packed, unpacked
from ..core.errors import AssetError


def save_weights(weights: Mapping[str, Tensor], path: Path, *, eight_bits: bool = True) -> None:
    """Write weights as :func:`.eight_bits.packed` makes them; without ``eight_bits``, all in half precision."""
    from safetensors.torch import save_file  # noqa: PLC0415  (not needed for speaking)

    halves = {name: weight.half().contiguous() for name, weight in weights.items()}
    save_file(packed(weights) if eight_bits else halves, path)
    path.chmod(0o644)  # as other files: safetensors lets nobody else read its own


def load_weights(network: nn.Module, path: Path) -> None:
    """Give a network the weights of a file, as :func:`save_weights` writes them or in any floating-point precision.

    Raises:
        AssetError: the file is missing, damaged, or of another network.
    """
    from safetensors import SafetensorError  # noqa: PLC0415
    from safetensors.torch import load_file  # noqa: PLC0415

    try:
        stored = load_file(path)
    except FileNotFoundError as error:
        raise AssetError(f"The voice “{path.parent}” is incomplete: {path.name} is missing.") from error
    except (OSError, SafetensorError) as error:
        raise AssetError(f"The voice file “{path}” is damaged ({error}).") from error
    try:
        network.load_state_dict(unpacked(stored))
    except RuntimeError as error:
        raise AssetError(f"The voice file “{path}” does not fit its voice.json.") from error
