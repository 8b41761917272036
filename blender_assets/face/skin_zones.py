"""Colours and zones of the skin, drawn on the reference woman and carried to everybody by vertex number.

The colours alone have to make a face in Blender's Solid mode and in Workbench. The zones steer the skin's shader.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from geometry import MM, Face, smoothstep
from head import Head
from makehuman import Floats
from scalp import is_scalp

INSIDE: Final = np.array([0.26, 0.05, 0.05])
"""The mouth's inside."""


def smoothed(faces: list[Face], values: Floats, times: int, share: float = 0.35) -> Floats:
    """Mix every vertex's value with the mean of its neighbours', ``times`` times; ``values [n]``."""
    edges = np.array([edge for f in faces for edge in zip(f, (*f[1:], f[0]), strict=True)])
    count = np.bincount(edges.ravel(), minlength=len(values))
    for _ in range(times):
        total = np.bincount(edges[:, 0], values[edges[:, 1]], len(values))
        total += np.bincount(edges[:, 1], values[edges[:, 0]], len(values))
        values = values * (1 - share) + share * total / np.maximum(count, 1)
    return values


def _spot(head: Head, centre: Floats, size: tuple[float, float, float]) -> Floats:
    """A soft ellipsoid around ``centre`` and its mirror image; ``size`` in mm, 0…1."""
    both = [
        np.exp(-(((head.reference_skin - centre * [side, 1, 1]) / (np.array(size) * MM)) ** 2).sum(1))
        for side in (1, -1)
    ]
    result: Floats = np.maximum(*both)
    return result


def nose_tip(head: Head) -> Floats:
    """The foremost point of the reference woman's face."""
    points = head.reference_skin
    middle = points[np.abs(points[:, 0]) < 4 * MM]
    tip: Floats = middle[np.argmin(middle[:, 1])]
    return tip


def lips(head: Head) -> Floats:
    """How much of a vertex is lip, with a soft edge, 0…1."""
    return smoothed(head.skin.faces, head.masks["lips"], 1)


def thin(head: Head) -> Floats:
    """Where the skin is thin and red: cheeks, the tip of the nose, ears, under the eyes, the chin."""
    eye, tip = head.reference_eye, nose_tip(head)
    return np.clip(
        0.75 * _spot(head, eye + np.array([12, -8, -34]) * MM, (22, 40, 16))
        + 0.8 * _spot(head, tip, (12, 14, 10))
        + 0.8 * head.masks["ears"]
        + 0.5 * _spot(head, eye + np.array([0, -14, -10]) * MM, (16, 12, 7))
        + 0.25 * _spot(head, tip - np.array([0, 0, 76]) * MM, (14, 18, 10)),
        0,
        1,
    )


def oil(head: Head) -> Floats:
    """Where the skin shines: the bridge of the nose, the forehead, the chin, over the cheekbones."""
    eye, tip = head.reference_eye, nose_tip(head)
    return np.clip(
        _spot(head, tip + np.array([0, 2, 8]) * MM, (9, 20, 24))
        + 0.8 * _spot(head, eye * [0, 1, 1] + np.array([0, -30, 45]) * MM, (26, 30, 18))
        + 0.6 * _spot(head, tip - np.array([0, 0, 76]) * MM, (12, 16, 10))
        + 0.5 * _spot(head, eye + np.array([16, -6, -20]) * MM, (14, 20, 8)),
        0,
        1,
    )


def moustache(head: Head) -> Floats:
    """Where a moustache grows, 0…1."""
    bare = (1 - head.masks["lips"]) * (1 - head.masks["inside"])
    return np.clip(1.3 * _spot(head, nose_tip(head) + np.array([0, 10, -24]) * MM, (30, 20, 8)), 0, 1) * bare


def beard(head: Head) -> Floats:
    """Where a beard grows, with the moustache: chin, cheeks, below the jaw, up to the ears; 0…1."""
    eye, tip = head.reference_eye, nose_tip(head)
    bare = (1 - head.masks["lips"]) * (1 - head.masks["inside"])
    area = np.clip(
        1.2 * _spot(head, tip + np.array([0, 16, -75]) * MM, (34, 34, 24))
        + 1.1 * _spot(head, np.array([0.052, eye[1] + 0.035, eye[2] - 0.070]), (16, 40, 26))
        + _spot(head, np.array([0.068, eye[1] + 0.075, eye[2] - 0.035]), (10, 16, 30)),
        0,
        1,
    )
    return np.clip(1.15 * np.maximum(area * bare, moustache(head)), 0, 1)


def scalp(head: Head) -> Floats:
    """Where hair grows on the head, 0…1."""
    result: Floats = is_scalp(head.reference_skin, head.reference_eye) * (1 - head.masks["ears"])
    return result


def zones(head: Head) -> Floats:
    """Lips, thin skin, scalp, oil: what the shader reads as the attribute ``Zones``, ``[skin, 4]``."""
    return np.stack([lips(head), thin(head), scalp(head), oil(head)], 1)


def colours(head: Head) -> Floats:
    """The skin's colours, linear RGB ``[skin, 3]``."""
    person = head.person
    skin = np.array(person.skin)
    hair = np.array(person.hair_colour)
    light = skin.mean() > 0.25
    eye = head.reference_eye
    blush = skin * [1.02, 0.66, 0.68]
    lid = skin * [0.84, 0.68, 0.66]
    # Dark skin has lips that are redder than it, not darker.
    lip = skin * ([0.86, 0.46, 0.50] if light else [1.15, 0.72, 0.75])
    lid_area = _spot(head, eye + np.array([2, -12, 6]) * MM, (18, 14, 8))
    shaved = beard(head) * min(1.0, person.beard * 1.6)
    result = skin * np.ones((len(head.used), 1))
    for amount, colour in (
        (0.50 * thin(head), blush),
        (0.36 * lid_area + 0.25 * head.masks["eyelids"], lid),
        (0.85 * smoothstep(0.1, 0.9, lips(head)), lip),
        (0.97 * head.masks["inside"], INSIDE),
        (0.92 * scalp(head), hair * 0.6 + skin * 0.03),
        (0.55 * shaved, hair * 0.5 + skin * 0.35),
    ):
        result = result + (colour - result) * amount[:, None]
    return result
