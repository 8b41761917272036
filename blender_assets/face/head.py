"""A person's head: MakeHuman's targets mixed into a shape, and what every other part of the face is measured by."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

import bpy
import numpy as np
from geometry import MM, Part, Surface, normalised
from makehuman import Floats, Ints, MakeHuman
from people import REFERENCE, Person

TONGUE_KEYS: Final = ("tongueBackUp", "tongueTipUp")
"""Keys that the data lack; the tongue's part fills them."""
MASKS: Final = {
    "lips": "mpfb_lips.jpg",
    "inside": "mpfb_inside-mouth.jpg",
    "ears": "mpfb_ears.jpg",
    "eyelids": "mpfb_eyelids.jpg",
}
"""Painted masks of the wheel."""
MASK_SIZE: Final = 1024
"""Pixels across a mask as it is read."""
CLAVICLE_HEIGHT: Final = 0.13
"""Metres from the floor, where the bust stands, to the collarbones."""


@dataclass
class Head:
    """One person's head, and the reference woman's beside it. All coordinates in metres, in Blender's axes."""

    person: Person
    mh: MakeHuman
    """The base mesh in this person's shape."""
    reference: Floats
    """The base mesh in the reference woman's shape, ``[points, 3]``."""
    names: list[str]
    offsets: Floats
    """What each key moves, ``[keys, points, 3]``, for every vertex of the base mesh."""
    used: Ints
    """The base mesh's number of each vertex of the skin, ``[skin]``."""
    skin: Part
    masks: dict[str, Floats]
    """Painted masks by name (see :data:`MASKS`), 0…1, ``[skin]``."""
    cranium: Floats
    """The affine map ``[4, 3]`` from the reference woman's skull to this one."""
    scale: float
    """Size of the skull against the reference woman's."""

    def key(self, name: str) -> Floats:
        """Offsets ``[points, 3]`` of one key over the whole base mesh; a view, to be written to as well."""
        moved: Floats = self.offsets[self.names.index(name)]
        return moved

    def eye_centre(self, side: str) -> tuple[Floats, float]:
        """Centre and radius of the helper eye of side ``l`` or ``r``."""
        return eye_centre(self.mh, self.mh.points, side)

    @property
    def reference_eye(self) -> Floats:
        """Centre of the reference woman's left eye."""
        return eye_centre(self.mh, self.reference, "l")[0]

    @property
    def reference_skin(self) -> Floats:
        """The skin's vertices on the reference woman, ``[skin, 3]``."""
        points: Floats = self.reference[self.used]
        return points

    @cached_property
    def surface(self) -> Surface:
        """This person's skin at rest, as it is when first asked for: after the lips are closed."""
        return Surface(self.skin.points, self.skin.faces)

    @cached_property
    def reference_surface(self) -> Surface:
        """The reference woman's skin, to draw on."""
        return Surface(self.reference_skin, self.skin.faces)

    def to_person(self, points: Floats) -> Floats:
        """Places near the reference woman's skull → the same places about this one, ``[n, 3]``."""
        mapped: Floats = np.c_[points, np.ones(len(points))] @ self.cranium
        return mapped

    def carry(self, point: Floats) -> tuple[Floats, Floats, Floats]:
        """Bring a point near the reference woman's skin onto this person's.

        Returns:
            The place on the skin and its normal, ``[3]`` each, and what every key moves it by, ``[keys, 3]``.
        """
        corners, weights = self.reference_surface.bind(point)
        a, b, c = self.skin.points[list(corners)]
        moved = np.einsum("kcd,c->kd", self.skin.offsets[:, list(corners)], weights)
        return weights @ np.stack([a, b, c]), normalised(np.cross(b - a, c - a)), moved


def eye_centre(mh: MakeHuman, points: Floats, side: str) -> tuple[Floats, float]:
    """Centre and radius of the helper eye of side ``l`` or ``r`` among ``points`` of the base mesh."""
    helper = points[mh.groups[f"helper-{side}-eye"]]
    centre = (helper.min(0) + helper.max(0)) / 2
    return centre, float(np.linalg.norm(helper - centre, axis=1).max())


def sculpt(mh: MakeHuman, shape: dict[str, float]) -> Floats:
    """The base mesh with the targets mixed in, the origin below the neck, so that the bust stands on the floor."""
    points = mh.points + sum(weight * mh.target(name) for name, weight in shape.items())
    points[:, 2] -= points[mh.groups["joint-l-clavicle"]].mean(0)[2] - CLAVICLE_HEIGHT
    return points


def _mask(mh: MakeHuman, name: str) -> Floats:
    """A painted mask of the wheel, looked up at every vertex's place in the UV map; 0…1, ``[points]``."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, name)
        file.write_bytes(mh.texture(name))
        image = bpy.data.images.load(str(file))
        image.scale(MASK_SIZE, MASK_SIZE)
        pixels = np.empty((MASK_SIZE, MASK_SIZE, image.channels), dtype=np.float32)
        image.pixels.foreach_get(pixels.ravel())
        bpy.data.images.remove(image)
    u, v = np.clip((mh.vertex_uv * MASK_SIZE).astype(int), 0, MASK_SIZE - 1).T
    mask: Floats = pixels[v, u, 0].astype(float)
    return mask


def collar_height(mh: MakeHuman, y: Floats, points: Floats | None = None) -> Floats:
    """Height of the collar's rim at ``y``: low in front, higher behind. ``points``: whose, this person's by default."""
    clavicle = (mh.points if points is None else points)[mh.groups["joint-l-clavicle"]].mean(0)
    height: Floats = clavicle[2] + 60 * MM + 0.34 * (y - clavicle[1])
    return height


def make(mh: MakeHuman, person: Person) -> Head:
    """Shape the head, with what each key moves, and cut the skin off below the collar."""
    reference, shaped = sculpt(mh, REFERENCE), sculpt(mh, dict(person.shape))
    units = mh.face_units()
    names = [*units, *TONGUE_KEYS]
    offsets = np.stack([*units.values(), *(np.zeros_like(mh.points) for _ in TONGUE_KEYS)])
    faces, used = _above_collar(mh, reference)
    cranium, scale = _skull(mh, reference, shaped, used)
    mh.points = shaped
    _fit_keys(mh, reference, names, offsets, scale)
    numbered = [tuple(int(used[v]) for v in f) for f in faces]
    _rest(mh, person, names, offsets, numbered)

    masks = {name: _mask(mh, file)[used] for name, file in MASKS.items()}
    materials = []
    for f in faces:
        corners = list(f)
        if masks["inside"][corners].mean() > 0.5:
            materials.append("Mouth")
        else:
            materials.append("Lips" if masks["lips"][corners].mean() > 0.5 else "Skin")
    number = {tuple(face): corners for face, corners in zip(mh.faces, mh.face_uv, strict=True)}
    skin = Part(
        mh.points[used],
        offsets[:, used],
        faces,
        materials,
        np.ones((len(used), 3)),
        uvs=[number[f] for f in numbered],
    )
    return Head(person, mh, reference, names, offsets, used, skin, masks, cranium, scale)


def _above_collar(mh: MakeHuman, reference: Floats) -> tuple[list[tuple[int, ...]], Ints]:
    """The faces above the collar and the vertices in them; chosen on the reference woman, for one topology for all."""
    lowest = collar_height(mh, reference[:, 1], reference) - 9 * MM
    faces = [
        f for f in mh.faces_of("body") if all(reference[v, 2] > lowest[v] and abs(reference[v, 0]) < 0.1 for v in f)
    ]
    used = np.array(sorted({v for f in faces for v in f}))
    number = {int(v): i for i, v in enumerate(used)}
    return [tuple(number[v] for v in f) for f in faces], used


def _skull(mh: MakeHuman, reference: Floats, shaped: Floats, used: Ints) -> tuple[Floats, float]:
    """The affine map from the reference woman's skull to this person's, ``[4, 3]``, and how much it enlarges."""
    eye, _ = eye_centre(mh, reference, "l")
    skull = used[reference[used, 2] > eye[2] - 20 * MM]
    affine: Floats = np.linalg.lstsq(np.c_[reference[skull], np.ones(len(skull))], shaped[skull], rcond=None)[0]
    return affine, float(np.cbrt(abs(np.linalg.det(affine[:3]))))


STRENGTH: Final[dict[str, float]] = {
    "noseSneer": 1.9,
    "mouthShrugLower": 1.4,
    "mouthPress": 0.5,
    "mouthSmile": 0.8,
    "cheekSquint": 0.65,
    "eyeLookUp": 1.6,
    "eyeLookDown": 1.1,
    "browInnerUp": 1.25,
}
"""By how much a key of the data is made stronger, so that it moves about as far as a scanned face's does."""


ALSO: Final[dict[str, dict[str, float]]] = {
    "mouthSmile": {
        "mouth/mouth-laugh-lines-in": 0.9,
        "mouth/mouth-laugh-lines-out": 0.7,
        "cheek/*-cheek-trans-up": 0.3,
    },
    "cheekSquint": {"cheek/*-cheek-trans-up": 0.35},
    "noseSneer": {"mouth/mouth-laugh-lines-in": 0.6},
}
"""Modelling targets that take part in a key: the fold beside the mouth and the cheek that rises."""


def _fit_keys(mh: MakeHuman, reference: Floats, names: list[str], offsets: Floats, scale: float) -> None:
    """Scale all keys with the size of the face, and some by :data:`STRENGTH`, in place."""
    eyes = [eye_centre(mh, points, "l")[0][0] - eye_centre(mh, points, "r")[0][0] for points in (mh.points, reference)]
    offsets *= np.clip((scale + eyes[0] / eyes[1]) / 2, 0.8, 1.15)
    for index, name in enumerate(names):
        side = "l" if name.endswith("Left") else "r"
        stem = name.removesuffix("Left").removesuffix("Right")
        offsets[index] *= STRENGTH.get(stem, 1.0)
        for target, weight in ALSO.get(stem, {}).items():
            own_side = mh.points[:, 0] > 0 if side == "l" else mh.points[:, 0] < 0
            offsets[index] += weight * scale * mh.target(target.replace("*", side)) * own_side[:, None]


def _rest(mh: MakeHuman, person: Person, names: list[str], offsets: Floats, faces: list[tuple[int, ...]]) -> None:
    """Lower the lids and lift the mouth's corners at rest; each blink gets as long as it takes to just close.

    ``faces``: the skin's, as numbers of the base mesh's vertices.
    """
    shifts = np.zeros_like(mh.points)
    for side in ("Left", "Right"):
        blink = offsets[names.index(f"eyeBlink{side}")]
        shifts += person.resting_lids * blink + person.resting_smile * offsets[names.index(f"mouthSmile{side}")]
    mh.points += shifts
    for side in ("Left", "Right"):
        blink = offsets[names.index(f"eyeBlink{side}")]
        blink *= _closing(mh, side[0].lower(), blink, faces) + BLINK_MARGIN
        _clear_cornea(mh, side[0].lower(), blink)


BLINK_MARGIN: Final = 0.03
"""Share of the blink by which the lids press on after they have met."""


CORNEA: Final = 0.075
"""How far the cornea stands out of the eyeball, as a share of its radius (see eyes.py)."""
LID_CLEARANCE: Final = 1.0 * MM
"""Between cornea and closed lid: subdivision draws the lid in by some of it."""


def _clear_cornea(mh: MakeHuman, side: str, blink: Floats) -> None:
    """Lead the closed lid over the cornea, in place."""
    centre, radius = eye_centre(mh, mh.points, side)
    lid = np.flatnonzero(np.linalg.norm(blink, axis=1) > 1 * MM)
    away = mh.points[lid] + blink[lid] - centre
    distance = np.linalg.norm(away, axis=1)
    polar = np.arccos(np.clip(-away[:, 1] / distance, -1, 1))
    needed = radius * (1 + CORNEA * np.clip(1 - (polar / 0.8) ** 2, 0, 1)) + LID_CLEARANCE
    short = np.where(polar < 1.2, np.maximum(needed - distance, 0), 0)
    blink[lid] += away / distance[:, None] * short[:, None]


def _closing(mh: MakeHuman, side: str, blink: Floats, faces: list[tuple[int, ...]]) -> float:
    """The smallest share of a blink that hides the eye from the front, in steps of a fiftieth."""
    centre, radius = eye_centre(mh, mh.points, side)
    across = np.linspace(-radius, radius, 33)
    rays = [(x, z, np.sqrt(radius**2 - x * x - z * z)) for x in across for z in across if x * x + z * z < radius**2]
    for share in np.arange(0.5, 1.6, 0.02):
        skin = Surface(mh.points + share * blink, faces)
        starts = [centre + np.array([x, -0.1, z]) for x, z, _ in rays]
        hits = [skin.cast(start, np.array([0.0, 1.0, 0.0])) for start in starts]
        if all(
            hit is not None and hit[1] < centre[1] - depth + 0.2 * MM
            for hit, (_, _, depth) in zip(hits, rays, strict=True)
        ):
            return float(share)
    raise ValueError(f"no blink closes the eye of side {side}")
