"""The ears that come with the add-on, and what they make of a recording."""

from __future__ import annotations

import functools
from typing import Final

import numpy as np
import numpy.typing as npt

from ..core.assets import asset_folder
from ..core.errors import AlphsistantError
from ..core.progress import CancelEvent, Progress, check_cancel, untold
from .acoustic_model import AcousticModel, Heard
from .pocketsphinx_decoder import resample

Samples = npt.NDArray[np.float32]

SHORTEST_RECORDING: Final = 0.1
"""Seconds."""
FAINTEST: Final = 1e-4
"""Loudest sample of a recording that is not silent."""


@functools.cache
def shipped_ears() -> AcousticModel:
    """Return the acoustic model of the add-on, read once.

    Raises:
        AssetError: it was not installed with the add-on, or is damaged.
    """
    return AcousticModel.load(asset_folder("ears") / "ears.npz")


def check_recording(samples: Samples, sample_rate: int) -> Samples:
    """Return the samples as 32-bit floats.

    Raises:
        AlphsistantError: they are not mono, or the recording is empty or silent.
    """
    samples = np.asarray(samples, dtype=np.float32)
    if samples.ndim != 1:
        raise AlphsistantError("The recording must have one channel; mix it down to mono first.")
    if not sample_rate > 0:
        raise AlphsistantError(f"The sample rate must be above 0, not {sample_rate}.")
    if (
        len(samples) < SHORTEST_RECORDING * sample_rate
        or not np.isfinite(samples).all()
        or np.abs(samples).max() < FAINTEST
    ):
        raise AlphsistantError("The recording is empty or silent.")
    return samples


def listen(samples: Samples, sample_rate: int, cancel: CancelEvent | None = None, progress: Progress = untold) -> Heard:
    """Return what the shipped ears hear in mono samples of any rate.

    Raises:
        AssetError: the acoustic model is missing.
        Cancelled: ``cancel`` was set.
    """
    check_cancel(cancel)
    return shipped_ears().hear(resample(samples, sample_rate), cancel=cancel, progress=progress)
