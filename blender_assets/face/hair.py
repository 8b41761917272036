"""Hair on the head: lines grow from roots spread over the scalp, along a field of directions; strands follow them.

Coordinates of a style are millimetres from the point between the reference woman's eyes: x to the subject's left,
y backwards, z up. They grow with the head.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import bpy
import numpy as np
from geometry import MM, Surface, normalised, smoothstep
from head import Head
from makehuman import Floats
from materials import material
from mathutils import Matrix
from scalp import is_scalp
from strands import Lock, curves, grow_strands

Triple = tuple[float, float, float]
STEPS: Final = 12
"""Points of a line."""
CENTRE: Final = (0.0, 85.0, 15.0)
"""The middle of the skull."""


@dataclass(frozen=True)
class Style:
    """How hair grows. Lengths in mm."""

    lock: Lock
    spacing: float
    """Distance between the roots of locks."""
    length: float
    parting: tuple[Triple, Triple]
    """Hair flows away from this line; a line that is one point is a whorl."""
    hem: float | None = None
    """Hair ends here over the eyes, however long it is."""
    fringe: float | None = None
    """Hair that falls over the forehead ends here over the eyes."""
    lift: tuple[float, float] = (4.0, 12.0)
    """Height over the scalp of the lowest locks and of those that grow at the parting, which lie on top."""
    back: float = 0.0
    """How much the flow is drawn backwards."""
    towards: Triple | None = None
    """A point that all hair is drawn to instead, and ends at."""
    weight: float = 1.0
    """How soon hair falls."""
    curl_in: float = 0.0
    """How far tips turn in."""
    wave: tuple[float, float] = (0.0, 60.0)
    """Amplitude and length of waves."""
    disorder: float = 0.15
    """How much the directions of neighbours differ."""
    clear: float = 0.0
    """How much hair of the forehead is combed off the face."""
    sides: float = 1.0
    """Length at the sides against that on top."""


STYLES: Final[dict[str, Style]] = {
    "bob": Style(
        Lock(20, 0.0075, 0.0030, 0.00016, 0.0030, 0.35, 0.12),
        spacing=8.0,
        length=330,
        hem=-118,
        parting=((24, -18, 74), (14, 95, 104)),
        lift=(2.5, 9.0),
        back=0.30,
        curl_in=0.6,
        wave=(4.0, 95.0),
        clear=0.9,
    ),
    "short": Style(
        Lock(9, 0.0036, 0.0016, 0.00013, 0.0016, 0.9, 0.35),
        spacing=5.0,
        length=17,
        parting=((8, 120, 85), (8, 120, 85)),
        lift=(0.8, 4.5),
        weight=0.25,
        disorder=0.55,
        sides=0.32,
    ),
    "mop": Style(
        Lock(18, 0.0075, 0.0030, 0.00016, 0.0040, 0.35, 0.25),
        spacing=8.0,
        length=120,
        parting=((10, 112, 96), (10, 112, 96)),
        lift=(2.5, 9.0),
        weight=0.8,
        disorder=0.30,
        wave=(1.5, 50.0),
        hem=-25,
        fringe=34,
        sides=0.35,
    ),
    "bun": Style(
        Lock(18, 0.0065, 0.0018, 0.00016, 0.0016, 0.30, 0.05),
        spacing=7.5,
        length=260,
        parting=((0, -30, 70), (0, -30, 70)),
        lift=(1.5, 6.0),
        towards=(0, 150, 50),
        disorder=0.06,
    ),
    "mane": Style(
        Lock(20, 0.0075, 0.0040, 0.00018, 0.0060, 0.35, 0.20),
        spacing=8.0,
        length=290,
        hem=-122,
        parting=((0, -15, 90), (0, 60, 112)),
        lift=(3.0, 15.0),
        back=1.15,
        disorder=0.18,
        wave=(4.0, 70.0),
        clear=0.8,
    ),
}
BUN_RADII: Final = (30.0, 26.0)
"""Of the knot at the back of the head: across, and along its axis."""


class Groom:
    """One head's hair while it is made."""

    def __init__(self, head: Head, style: Style) -> None:
        self.head, self.style = head, style
        self.unit = head.scale * MM
        left, _ = head.eye_centre("l")
        right, _ = head.eye_centre("r")
        self.origin = (left + right) / 2
        self.scalp = Surface(head.skin.points, head.skin.faces)
        # The bust below the collar as well: long hair lies on shoulders.
        points = head.mh.points
        bust = [f for f in head.mh.faces_of("body") if all(points[v, 2] > 0.02 and abs(points[v, 0]) < 0.25 for v in f)]
        self.body = Surface(points, bust)
        self.random = np.random.default_rng(5)
        self.first, self.last = (np.array(p) for p in style.parting)

    def local(self, points: Floats) -> Floats:
        """Metres in the scene → mm from between the eyes of a head of the reference woman's size."""
        result: Floats = (points - self.origin) / self.unit
        return result

    def scene(self, points: Floats) -> Floats:
        """The inverse of :meth:`local`."""
        result: Floats = np.asarray(points) * self.unit + self.origin
        return result

    def roots(self) -> Floats:
        """Points on the scalp at least ``spacing`` apart, ``[n, 3]`` in the scene."""
        skin = self.head.skin
        triangles = np.array([(f[0], f[i], f[i + 1]) for f in skin.faces for i in range(1, len(f) - 1)])
        grows = is_scalp(self.head.reference_skin, self.head.reference_eye) * (self.head.masks["ears"] < 0.1)
        corners = skin.points[triangles]
        area = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1)
        area = area * (grows[triangles].mean(1) > 0.45)
        gap = self.style.spacing * self.unit
        candidates = int(area.sum() / 2 / gap**2 * 14)
        chosen: list[Floats] = []
        cells: dict[tuple[int, ...], list[Floats]] = {}
        for index in self.random.choice(len(triangles), candidates, p=area / area.sum()):
            a, b = self.random.uniform(size=2) ** [0.5, 1]
            point = corners[index].T @ [1 - a, a * (1 - b), a * b]
            cell = tuple(np.floor(point / gap).astype(int))
            around = [
                other
                for x in (-1, 0, 1)
                for y in (-1, 0, 1)
                for z in (-1, 0, 1)
                for other in cells.get((cell[0] + x, cell[1] + y, cell[2] + z), ())
            ]
            if all(np.linalg.norm(point - other) > gap for other in around):
                cells.setdefault(cell, []).append(point)
                chosen.append(point)
        return np.array(chosen)

    def _from_parting(self, places: Floats) -> Floats:
        """Vectors from the nearest points of the parting, in mm, ``[n, 3]``."""
        line = self.last - self.first
        length = float(line @ line)
        share = np.clip((places - self.first) @ line / length, 0, 1) if length else np.zeros(len(places))
        result: Floats = places - self.first - share[:, None] * line
        return result

    def _flow(self, places: Floats, front: Floats) -> Floats:
        """The wanted directions at ``places`` (mm); ``front`` is how much the root belongs to the forehead."""
        style = self.style
        if style.towards is not None:
            return normalised(np.array(style.towards) - places)
        away = self._from_parting(places)
        fall = (style.weight * smoothstep(10, 95, np.linalg.norm(away, axis=1)))[:, None]
        want = normalised(away + np.array([0, 0, 1e-3])) * (1 - 0.8 * fall) + np.array([0, 0, -1.0]) * fall
        if style.clear:
            # Hair of the forehead is combed aside and back until it is past the temple, and none hangs over the cheeks.
            side = np.where(places[:, 0] > self.first[0], 1.0, -1.0)
            on_cheek = smoothstep(50, 35, places[:, 2]) * smoothstep(-90, -50, places[:, 2])
            on_face = np.maximum(front * smoothstep(74, 50, np.abs(places[:, 0])), on_cheek)
            held = (style.clear * smoothstep(80, 50, places[:, 1]) * on_face)[:, None]
            aside = np.stack([0.8 * side, np.full(len(side), 0.9), np.full(len(side), -0.35)], 1)
            want = want * (1 - held) + aside * held
        hanging = smoothstep(-5, -45, places[:, 2])
        want[:, 1] += style.back * (1 - 0.65 * fall[:, 0]) * (1 - hanging)
        want[:, 2] -= 1.5 * hanging
        return want

    def _settled(self, places: Floats, goal: Floats) -> Floats:
        """Bring places to ``goal`` mm over the skin: at once from below, slowly from above, never where hair hangs."""
        near, normal, _ = self.body.nearest_all(places)
        height = ((places - near) * normal).sum(1) / self.unit
        sunk = np.where(self.local(places)[:, 2] > -15, goal + 0.35 * (height - goal), height)
        wanted = np.where(height < goal, goal, sunk)
        result: Floats = places + normal * ((wanted - height) * self.unit)[:, None]
        return result

    def lines(self) -> Floats:
        """All lines, grown side by side, ``[n, STEPS, 3]``."""
        style, unit, random = self.style, self.unit, self.random
        roots = self.roots()
        count = len(roots)
        start = self.local(roots)
        length = style.length * random.uniform(0.88, 1.06, count)
        if style.sides < 1:
            length *= np.interp(start[:, 2], [-10, 35, 80], [style.sides, 0.5 * (style.sides + 1), 1])
        step = np.minimum(4.0, length / 6)
        turn = np.where(step < 4, 0.5, 0.35)[:, None]
        front = smoothstep(40, 5, start[:, 1])
        on_top = np.interp(np.linalg.norm(self._from_parting(start), axis=1), [0, 130], [1, 0])
        layer = style.lift[0] + (style.lift[1] - style.lift[0]) * on_top + random.normal(0, 0.5, count)
        lean = random.normal(0, style.disorder, (count, 3))
        hem = np.full(count, -1e3 if style.hem is None else style.hem)
        jitter = random.uniform(-9, 7, count)
        hem = hem + jitter

        near, normal, _ = self.scalp.nearest_all(roots)
        place, direction = near - normal * 0.8 * MM, normal
        paths: list[list[Floats]] = [[point.copy()] for point in place]
        walked = np.zeros(count)
        growing = np.arange(count)
        while len(growing):
            here = self.local(place[growing])
            want = normalised(self._flow(here, front[growing]) + lean[growing])
            near, normal, distance = self.body.nearest_all(place[growing])
            hanging = smoothstep(-5, -45, here[:, 2])
            # Close to the skin hair runs along it; what hangs may stand off.
            along = (distance < 20 * unit) * (1 - 0.6 * hanging) * (want * normal).sum(1)
            want = normalised(want - normal * along[:, None])
            inward = normalised(here * [-1, -1, 0] + np.array([0, 60.0, 0]))
            curl = style.curl_in * smoothstep(hem[growing] + 45, hem[growing], here[:, 2])
            want = normalised(want + inward * curl[:, None])
            direction[growing] = normalised((1 - turn[growing]) * direction[growing] + turn[growing] * want)
            moved = place[growing] + direction[growing] * step[growing, None] * unit
            walked[growing] += step[growing]
            goal = layer[growing] * smoothstep(-2, np.minimum(30.0, 0.7 * length[growing]), walked[growing])
            place[growing] = self._settled(moved, goal)
            for line in growing:
                paths[line].append(place[line].copy())
            at = self.local(place[growing])
            done = (walked[growing] >= length[growing]) | (at[:, 2] < hem[growing])
            if style.fringe is not None:
                ends = style.fringe - 25 * (at[:, 0] / 60) ** 2 + jitter[growing]
                done |= (at[:, 1] < 12) & (at[:, 2] < ends)
            if style.towards is not None:
                arrived = np.linalg.norm(at - style.towards, axis=1) < BUN_RADII[1]
                for line in growing[arrived]:
                    paths[line].append(self.scene(np.array(style.towards)))
                done |= arrived
            growing = growing[~done]
        return np.array([self._resampled(np.array(path)) for path in paths])

    def _resampled(self, path: Floats) -> Floats:
        """Smooth the path, give it waves, and put ``STEPS`` points on it."""
        for _ in range(2):
            path[1:-1] = (path[:-2] + 2 * path[1:-1] + path[2:]) / 4
        along = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(path, axis=0), axis=1))])
        line = np.stack([np.interp(np.linspace(0, along[-1], STEPS), along, path[:, i]) for i in (0, 1, 2)], 1)
        amplitude, period = self.style.wave
        if amplitude:
            share = np.linspace(0, 1, STEPS)
            outward = normalised(line - self.scene(np.array(CENTRE)))
            across = normalised(np.cross(np.gradient(line, axis=0), outward))
            # Neighbours wave together: the phase hangs on where the lock grows.
            start = self.local(line[0])
            phase = 0.035 * start[2] + 0.02 * start[1] + self.random.normal(0, 0.5)
            swing = np.sin(2 * np.pi * share * (along[-1] / self.unit) / period + phase) * smoothstep(0.15, 0.7, share)
            line = line + across * (amplitude * self.unit * swing)[:, None]
        return line

    def knot(self) -> Floats:
        """Lines that wind around the bun, ``[n, STEPS, 3]``."""
        axis = normalised(np.array([0.0, 1.0, 0.30]))
        side = np.array([1.0, 0, 0])
        upward = np.cross(axis, side) * -1
        result = []
        for k in range(150):
            tilt = np.arccos(1 - 1.75 * (k + 0.5) / 150)  # from the knot's back towards the head
            begin = k * 2.399963 + self.random.normal(0, 0.2)  # the golden angle spreads them
            turns = begin + np.linspace(0, 1.5, STEPS)
            tilts = np.clip(tilt + np.linspace(0.25, -0.25, STEPS), 0.05, 2.6)
            wide, long = BUN_RADII
            swell = 1 + 0.05 * np.sin(5 * tilt)
            places = (
                np.cos(turns)[:, None] * side * wide * np.sin(tilts)[:, None]
                + np.sin(turns)[:, None] * upward * wide * np.sin(tilts)[:, None]
                + axis * (long * np.cos(tilts))[:, None]
            ) * swell
            result.append(self.scene(np.array(self.style.towards) + axis * 12 + places))
        return np.array(result)


def add(head: Head, face: bpy.types.Object, collection: bpy.types.Collection) -> list[Any]:
    """Grow the person's hair into the collection, on the rig's head bone; returns its objects."""
    style = STYLES[head.person.hair]
    groom = Groom(head, style)
    colour = material("Hair", head.person)
    made = [curves("Alphsistant Hair", groom.lines(), colour, collection)]
    grow_strands(made[0], style.lock, groom.scene(np.array(CENTRE)))
    if style.towards is not None:
        knot = curves("Alphsistant Hair Knot", groom.knot(), colour, collection)
        grow_strands(knot, Lock(22, 0.0045, 0.0022, 0.00017, 0.0018, 0.5, 0.1), groom.scene(np.array(style.towards)))
        made.append(knot)
    rig = face.parent
    for thing in made:
        hang(thing, rig, "head")
    return made


def hang(thing: Any, rig: bpy.types.Object, bone: str) -> None:
    """Parent an object to a bone and leave it where it is."""
    thing.parent, thing.parent_type, thing.parent_bone = rig, "BONE", bone
    pose = rig.pose.bones[bone]
    # A child of a bone hangs on its tail.
    thing.matrix_parent_inverse = (rig.matrix_world @ pose.matrix @ Matrix.Translation((0, pose.length, 0))).inverted()
