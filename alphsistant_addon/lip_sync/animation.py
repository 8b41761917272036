"""``animate``: from speech to the keys of a speaking face."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from ..core.errors import AlphsistantError
from ..core.face_animation import Curve, FaceAnimation
from ..core.phone_inventory import SILENCE
from ..core.speech import Phone, Speech
from .channels import VISEME_CHANNELS
from .coarticulation import Trajectory, make_trajectory
from .curves import fit_keys, sample_curve
from .life import Life, find_life, make_life
from .prosody import loudness, vowel_loudness
from .style import Style, find_style
from .visemes import ARTICULATIONS

FloatArray = npt.NDArray[np.float64]

TOLERANCES: Final = (0.025, 0.035, 0.05, 0.07, 0.1)
"""Largest difference between the dense curve and the played keys, tried in turn until the keys are few enough."""

KEYS_PER_SECOND: Final = 100.0
"""What animators accept over all channels (facts of the field: OpenFaceFX 95)."""

FAINTEST: Final = 0.03
"""Weights below this are not seen on a face; they are taken off so that channels rest at 0."""

FAINTEST_BUMP: Final = 0.07
"""Bumps that never reach this are left out."""

DECIBELS_PER_GAIN: Final = 0.02
"""A vowel 6 dB above the median opens the mouth 12 % further."""

STRESS_GAIN: Final = {0: 0.97, 1: 1.05, 2: 1.0}

QUIETEST, LOUDEST = 0.75, 1.2


def animate(
    speech: Speech,
    *,
    style: Style | str = "neutral",
    frame_rate: float | None = None,
    key_every_frame: bool = False,
    keys_per_second: float = KEYS_PER_SECOND,
    life: Life | str | None = None,
    seed: int = 0,
) -> FaceAnimation:
    """Return the viseme curves of a speech, and with ``life`` those of eyes, brows, head and mood.

    Args:
        speech: phones with times, and the sound whose loudness drives the opening of the mouth.
        style: a :class:`Style` or the name of a preset (``neutral``, ``mumble``, ``whisper``, ``exaggerated``,
            ``shout``).
        frame_rate: frames per second of the film, if known: every p b m f v is then held for at least one frame, so
            that a rendered frame shows it.
        key_every_frame: one key a frame on every moving channel instead of few keys; needs ``frame_rate``.
        keys_per_second: how many keys all channels together may have for each second (sparse keys only).
        life: blinks, glances, brows, head motion and mood, on channels of their own: a :class:`Life` or the name of a
            preset (``speaker``, ``reader``, ``listener``, ``idle``); none by default.
        seed: for what is random in ``life``.

    Returns:
        Channels ``viseme_sil`` … ``viseme_U`` with keys in seconds. p b m reach ``viseme_PP`` 1 and f v reach
        ``viseme_FF`` .8 within the phone, in every style; every weight is within 0…1.

    Raises:
        AlphsistantError: an unknown style or life, a frame rate that is not positive, or phones that are not in order.
    """
    chosen = find_style(style)
    life = None if life is None else find_life(life)
    if frame_rate is not None and not frame_rate > 0.0:
        raise AlphsistantError(f"The frame rate must be above 0, not {frame_rate:g}.")
    if key_every_frame and frame_rate is None:
        raise AlphsistantError("One key a frame needs the frame rate of the film.")
    phones = check_phones(speech.phones, speech.duration)
    trajectory = make_trajectory(
        phones,
        speech.duration,
        _amplitudes(speech, phones, chosen),
        chosen.gains(),
        shortest_hold=1.0 / frame_rate if frame_rate else 0.0,
        breath=1.0 if life is None else life.breath,
    )
    _rest_when_faint(trajectory.weights)
    alive = make_life(speech, life, seed) if life is not None and speech.duration > 0.0 else {}
    budget = max(keys_per_second * speech.duration - sum(len(curve.times) for curve in alive.values()), 1.0)
    curves: dict[str, Curve] = {}
    for tolerance in TOLERANCES:
        curves = _fit(trajectory, tolerance)
        if sum(len(curve.times) for curve in curves.values()) <= budget:
            break
    curves |= alive
    if key_every_frame and frame_rate is not None:
        frames = np.arange(int(np.ceil(speech.duration * frame_rate)) + 1) / frame_rate
        curves = {name: Curve(frames, sample_curve(curve, frames)) for name, curve in curves.items()}
    return FaceAnimation(curves, speech.duration)


def check_phones(phones: Sequence[Phone], duration: float) -> tuple[Phone, ...]:
    """Return the phones, or a single pause when there are none.

    Raises:
        AlphsistantError: a symbol is not in the inventory, or times go backwards or overlap.
    """
    end = 0.0
    for phone in phones:
        if phone.symbol not in ARTICULATIONS:
            raise AlphsistantError(f"The phone “{phone.symbol}” is not one this face knows.")
        if not (np.isfinite(phone.start) and np.isfinite(phone.end)) or phone.end < phone.start:
            raise AlphsistantError(f"The phone “{phone.symbol}” ends before it starts.")
        if phone.start < end - 1e-6:
            raise AlphsistantError(f"The phone “{phone.symbol}” at {phone.start:.2f} s overlaps the one before.")
        end = phone.end
    return tuple(phones) or (Phone(SILENCE, 0.0, duration),)


def _amplitudes(speech: Speech, phones: tuple[Phone, ...], style: Style) -> list[float]:
    """One factor per phone from the vowel's own loudness and stress; consonants follow the vowels around."""
    relative = vowel_loudness(phones, loudness(speech.samples, speech.sample_rate))
    amplitudes = []
    last = 1.0
    for index, phone in enumerate(phones):
        if index in relative:
            gain = STRESS_GAIN[phone.stress] * (1.0 + DECIBELS_PER_GAIN * relative[index])
            last = float(np.clip(1.0 + style.loudness * (gain - 1.0), QUIETEST, LOUDEST))
        amplitudes.append(last)
    return amplitudes


def _rest_when_faint(weights: FloatArray) -> None:
    """Take off what is too faint to see, in place; full weights stay full."""
    weights[:] = np.where(weights < 0.5, np.maximum(0.0, (weights - FAINTEST) / (0.5 - FAINTEST) * 0.5), weights)
    for channel in range(weights.shape[1]):
        moving = np.flatnonzero(np.diff(np.concatenate(([0], (weights[:, channel] > 0.0).astype(np.int8), [0]))))
        for first, last in moving.reshape(-1, 2):
            if weights[first:last, channel].max() < FAINTEST_BUMP:
                weights[first:last, channel] = 0.0


def _fit(trajectory: Trajectory, tolerance: float) -> dict[str, Curve]:
    """Sparse keys for each channel that moves; both ends of a hold are keys on all of them."""
    edges = sorted({frame for _, first, last in trajectory.holds for frame in (first, last)})
    curves: dict[str, Curve] = {}
    for index, channel in enumerate(VISEME_CHANNELS):
        weights = trajectory.weights[:, index]
        own = [frame for viseme, first, last in trajectory.holds if viseme == index for frame in (first, last)]
        # On the other channels a hold's edges matter only where the channel is moving right beside it.
        beside = [f for f in edges if weights[max(f - 1, 0) : f + 2].max(initial=0.0) > 0.0]
        curve = fit_keys(trajectory.times, weights, tolerance, {*own, *beside})
        if len(curve.times):
            curves[channel] = curve
    return curves
