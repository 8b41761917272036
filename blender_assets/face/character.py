"""The character: her shape out of MakeHuman's targets, then skin, eyes, lashes and brows as parts of one mesh."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Final

import bpy
import numpy as np
from geometry import MM, Face, Part, Surface, edge_loop, follow_rigidly, grid_faces, normalised, smoothstep
from makehuman import Floats, Ints, MakeHuman


def _both(name: str, weight: float) -> dict[str, float]:
    return {name.replace("*", side): weight for side in "lr"}


SHAPE: Final[dict[str, float]] = {
    "macrodetails/caucasian-female-young": 0.5,
    "macrodetails/asian-female-young": 0.3,
    "macrodetails/african-female-young": 0.2,
    "macrodetails/proportions/female-young-averagemuscle-averageweight-idealproportions": 0.5,
    "head/head-oval": 0.5,
    "head/head-age-decr": 0.65,
    "mouth/mouth-upperlip-volume-incr": 0.3,
    "mouth/mouth-lowerlip-volume-incr": 0.3,
    "mouth/mouth-angles-up": 0.3,
    "mouth/mouth-scale-horiz-decr": 0.1,
    "nose/nose-scale-horiz-decr": 0.35,
    "nose/nose-scale-vert-decr": 0.25,
    "nose/nose-point-up": 0.35,
    "nose/nose-width2-decr": 0.3,
    "chin/chin-width-decr": 0.3,
    "chin/chin-height-decr": 0.2,
    "neck/neck-scale-horiz-decr": 0.35,
    "neck/neck-scale-depth-decr": 0.25,
    "neck/neck-scale-vert-decr": 0.25,
    **_both("eyes/*-eye-scale-incr", 1.4),
    **_both("eyes/*-eye-height2-incr", 0.3),
    **_both("cheek/*-cheek-bones-incr", 0.2),
}
"""Weights of MakeHuman targets; the three origins add up to 1. Large eyes, small nose: a drawn face, not a portrait."""

SKIN: Final = np.array([0.74, 0.45, 0.335])
BLUSH: Final = np.array([0.76, 0.31, 0.25])
LID: Final = np.array([0.56, 0.29, 0.22])
LIP: Final = np.array([0.62, 0.19, 0.18])
INSIDE: Final = np.array([0.26, 0.05, 0.05])
HAIR: Final = np.array([0.135, 0.052, 0.027])
LASH: Final = np.array([0.020, 0.011, 0.009])
BROW: Final = np.array([0.085, 0.035, 0.020])
SCLERA: Final = np.array([0.80, 0.79, 0.78])
IRIS: Final = np.array([0.045, 0.165, 0.150])
IRIS_INNER: Final = np.array([0.30, 0.22, 0.07])
RIM: Final = np.array([0.010, 0.028, 0.030])


def sculpt(mh: MakeHuman) -> None:
    """Mix the targets into the base mesh and put the origin below the neck, so that the bust stands on the floor."""
    for name, weight in SHAPE.items():
        mh.points += weight * mh.target(name)
    mh.points -= [0, 0, mh.joint("l-clavicle")[2] - 0.13]


def _mask(mh: MakeHuman, name: str, points: int) -> Floats:
    """A painted mask of the wheel, looked up at every vertex's place in the UV map; 0…1, ``[points]``."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, name)
        file.write_bytes(mh.texture(name))
        image = bpy.data.images.load(str(file))
        width, height = image.size
        grey = np.array(image.pixels[:], dtype=np.float32).reshape(height, width, -1)[..., 0]
        bpy.data.images.remove(image)
    u, v = mh.vertex_uv[:points].T
    mask: Floats = grey[
        np.clip((v * height).astype(int), 0, height - 1), np.clip((u * width).astype(int), 0, width - 1)
    ]
    return mask


def eye_centre(mh: MakeHuman, side: str) -> tuple[Floats, float]:
    """Centre and radius of the helper eye of side ``l`` or ``r``."""
    helper = mh.points[mh.groups[f"helper-{side}-eye"]]
    centre = (helper.min(0) + helper.max(0)) / 2
    return centre, float(np.linalg.norm(helper - centre, axis=1).max())


def hairline(x: Floats) -> Floats:
    """Height of the hairline above the eyes, over the forehead, at ``x``."""
    height: Floats = 70 * MM - 26 * MM * np.abs(x / 0.1) ** 1.5
    return height


def is_scalp(points: Floats, eye: Floats) -> Floats:
    """How much of a point (0…1) lies under the hair; ``eye`` is the left eye's centre."""
    up = points[:, 2] - eye[2]
    front = -points[:, 1]
    line = np.where(
        front > 55 * MM,
        hairline(points[:, 0]),
        np.where(
            front > 15 * MM,
            np.interp(front, [15 * MM, 35 * MM, 55 * MM], [5 * MM, 25 * MM, 55 * MM]),
            np.interp(front, [-100 * MM, 15 * MM], [-55 * MM, -5 * MM]),
        ),
    )
    return smoothstep(-2 * MM, 5 * MM, up - line)


RESTING_LIDS: Final = 0.13
RESTING_SMILE: Final = 0.14
"""Shares of the blink and the smile that the face keeps at rest: the base mesh stares and sulks."""


def rest(mh: MakeHuman, names: list[str], offsets: Floats) -> None:
    """Lower the lids and lift the mouth's corners at rest; the blink gets shorter by as much and still just closes."""
    for side in ("Left", "Right"):
        blink = offsets[names.index(f"eyeBlink{side}")]
        mh.points += RESTING_LIDS * blink + RESTING_SMILE * offsets[names.index(f"mouthSmile{side}")]
        blink *= 1 - RESTING_LIDS


def skin(mh: MakeHuman, offsets: Floats, lowest: Floats) -> tuple[Part, Ints]:
    """Head and neck above ``lowest`` (z for every vertex), coloured; also the base mesh's number of each vertex."""
    pts = mh.points
    faces = [f for f in mh.faces_of("body") if all(pts[v, 2] > lowest[v] and abs(pts[v, 0]) < 0.1 for v in f)]
    used = np.array(sorted({v for f in faces for v in f}))
    number = {v: i for i, v in enumerate(used)}
    at = pts[used]
    eye, _ = eye_centre(mh, "l")

    def spot(centre: Floats, size: tuple[float, float, float]) -> Floats:
        both = [np.exp(-(((at - centre * [s, 1, 1]) / (np.array(size) * MM)) ** 2).sum(1)) for s in (1, -1)]
        result: Floats = np.maximum(*both)
        return result

    lips = _mask(mh, "mpfb_lips.jpg", len(pts))[used]
    inside = _mask(mh, "mpfb_inside-mouth.jpg", len(pts))[used]
    middle = np.abs(at[:, 0]) < 4 * MM
    tip = at[middle][np.argmin(at[middle][:, 1])]
    cheek = spot(np.add(eye, [14 * MM, -6 * MM, -36 * MM]), (26, 44, 20))
    ear = spot(np.array([78 * MM, eye[1] + 95 * MM, eye[2] - 18 * MM]), (14, 26, 36))
    warm = np.clip(
        0.5 * cheek + 0.5 * ear + 0.5 * spot(tip, (13, 14, 11)) + 0.22 * spot(tip - [0, 0, 78 * MM], (16, 20, 14)), 0, 1
    )
    lid = spot(np.add(eye, [2 * MM, -12 * MM, 6 * MM]), (19, 14, 9))
    colours = SKIN * np.ones((len(at), 1))
    for amount, colour in (
        (warm, BLUSH),
        (0.42 * lid, LID),
        (0.92 * lips, LIP),
        (0.97 * inside, INSIDE),
        (0.96 * is_scalp(at, eye), HAIR * 0.7),
    ):
        colours = colours + (colour - colours) * amount[:, None]
    materials = []
    for f in faces:
        of_face = [number[v] for v in f]
        if inside[of_face].mean() > 0.5:
            materials.append("Mouth")
        else:
            materials.append("Lips" if lips[of_face].mean() > 0.5 else "Skin")
    return Part(at, offsets[:, used], [tuple(number[v] for v in f) for f in faces], materials, colours), used


def eye(mh: MakeHuman, offsets: Floats, side: str) -> Part:
    """An eyeball with pupil, iris and two painted catchlights, turned by the eyeLook keys as the helper eye is."""
    centre, radius = eye_centre(mh, side)
    rng = np.random.default_rng(7)  # the same iris on both sides
    segments = 36
    pupil, iris = 0.23, 0.60
    # Doubled rings keep the borders crisp under subdivision.
    angles = [0.09, pupil, pupil + 0.012, 0.33, 0.44, 0.54, iris, iris + 0.03, 0.74, 0.90, 1.15, 1.40, 1.70]
    points: list[list[float]] = [[0, 0, 1]]
    colours: list[Floats] = [np.array([0.004, 0.004, 0.005])]
    streaks = rng.uniform(0.86, 1.14, segments)
    for ring, angle in enumerate(angles):
        for k in range(segments):
            turn = 2 * np.pi * k / segments
            x, y = np.cos(turn), np.sin(turn)
            points.append([np.sin(angle) * x, np.sin(angle) * y, np.cos(angle)])
            if ring < 2:
                colour = colours[0]
            elif angle <= iris:
                inner = smoothstep(0.46, 0.24, angle)
                colour = IRIS + (IRIS_INNER - IRIS) * inner * 0.55
                # Light falls in from above and gathers below, as behind a cornea.
                colour = colour * streaks[k] * (1.1 - 0.6 * y)
                colour = colour + (RIM - colour) * smoothstep(0.49, iris, angle)
                if ring == 2:
                    colour = colour * 0.6
            else:
                colour = SCLERA * (1 - 0.45 * smoothstep(0.15, 0.62, np.sin(angle) * y))
                colour = colour * (1 - np.array([0.08, 0.26, 0.26]) * smoothstep(0.75, 1.3, angle))
            colours.append(colour)
    local = np.array(points)
    polar = np.arccos(np.clip(local[:, 2], -1, 1))
    local *= (radius * (1 + 0.03 * np.clip(1 - (polar / 0.6) ** 2, 0, 1)) * 0.997)[:, None]
    faces: list[Face] = [(0, 1 + k, 1 + (k + 1) % segments) for k in range(segments)]
    faces += grid_faces(len(angles), segments, 1, closed=True)
    mean_angle = [polar[list(f)].mean() for f in faces]
    materials = ["Pupil" if a < pupil else "Iris" if a < iris + 0.02 else "Sclera" for a in mean_angle]
    # Catchlights: two small discs just above the cornea.
    for angle, turn, size, rise in ((0.30, 2.25, 0.088, 1.036), (0.33, 5.5, 0.042, 1.034)):
        first = len(local)
        axis = np.array([np.sin(angle) * np.cos(turn), np.sin(angle) * np.sin(turn), np.cos(angle)])
        across = normalised(np.cross([0, 1.0, 0], axis))
        along = np.cross(axis, across)
        ring_points = [axis] + [
            axis + size * (across * np.cos(a) + along * np.sin(a))
            for a in np.linspace(0, 2 * np.pi, 10, endpoint=False)
        ]
        local = np.concatenate([local, normalised(np.array(ring_points)) * radius * rise])
        faces += [(first, first + 1 + k, first + 1 + (k + 1) % 10) for k in range(10)]
        materials += ["Catchlight"] * 10
        colours += [np.array([0.9, 0.93, 0.95])] * 11
    # Local axes: x the subject's left, y up, z out of the eye.
    world = np.stack([local[:, 0], -local[:, 2], local[:, 1]], 1) + centre
    helper = mh.groups[f"helper-{side}-eye"]
    return Part(
        world, follow_rigidly(world, mh.points[helper], offsets[:, helper]), faces, materials, np.array(colours)
    )


def _lash_card(mh: MakeHuman, side: str, card: int) -> list[list[int]]:
    """Columns of a helper lash card, each from the lid outwards, sorted from the nose outwards."""
    faces = mh.faces_of(f"helper-{side}-eyelashes-{card}")
    centre, _ = eye_centre(mh, side)
    count: dict[int, int] = {}
    for face in faces:
        for v in face:
            count[v] = count.get(v, 0) + 1
    corners = sorted((v for v, n in count.items() if n == 1), key=lambda v: np.linalg.norm(mh.points[v] - centre))
    start, other = corners[:2]
    beside = [v for f in faces if start in f for v in f if v != start]
    roots = next(
        loop
        for v in beside
        if sum(start in f and v in f for f in faces) == 1 and (loop := edge_loop(faces, start, v))[-1] == other
    )
    columns = []
    for root in roots:
        inward = next(
            v
            for f in faces
            if root in f
            for v in f
            if v not in roots and (f.index(v) - f.index(root)) % len(f) in (1, len(f) - 1)
        )
        columns.append(edge_loop(faces, root, inward))
    return sorted(columns, key=lambda column: abs(mh.points[column[0], 0]))


LASH_CARDS: Final = ((2, 15, 1.0, 0.36), (1, 9, 0.45, 0.16))
"""Upper and lower: number of the helper card, clumps, their length and the lid line's, as shares of the card's."""


def lashes(mh: MakeHuman, offsets: Floats, side: str) -> list[Part]:
    """Upper and lower lashes: a dark line along the lid, out of which tapered clumps grow."""
    return [_lash_row(mh, offsets, side, row) for row in LASH_CARDS]


def _lash_row(mh: MakeHuman, offsets: Floats, side: str, row: tuple[int, int, float, float]) -> Part:
    card, clumps, reach, line = row
    columns = _lash_card(mh, side, card)
    points: list[Floats] = []
    moves: list[Floats] = []
    faces: list[Face] = []

    def add(rows: list[list[tuple[float, float]]]) -> None:
        """A strip through places on the card: ``s`` along the lid and ``t`` from root to tip, both 0…1."""
        faces.extend(grid_faces(len(rows), len(rows[0]), len(points)))
        for s, t in (place for row in rows for place in row):
            x, y = np.clip(s, 0, 1) * (len(columns) - 1), t * (len(columns[0]) - 1)
            i, j = min(int(x), len(columns) - 2), min(int(y), len(columns[0]) - 2)
            corners = [columns[i + di][j + dj] for di in (0, 1) for dj in (0, 1)]
            weights = np.outer((1 - x + i, x - i), (1 - y + j, y - j)).ravel()
            points.append(weights @ mh.points[corners])
            moves.append(np.einsum("kcd,c->kd", offsets[:, corners], weights))

    along = np.linspace(0, 1, 19)
    thick = [line * float(smoothstep(-0.05, 0.25, s) * 0.8 + 0.2) * (1 + 0.5 * s) for s in along]
    add([[(s, 0.0), (s, 0.5 * w), (s, w)] for s, w in zip(along, thick, strict=True)])
    for k in range(clumps):
        s = 0.10 + 0.88 * k / (clumps - 1)
        half = 0.36 / clumps * (1.0 if card == 2 else 0.6)
        lean = 0.06 * (s - 0.35)  # outer clumps lean outwards
        tip = reach * (0.55 + 0.45 * s) * (0.86 if k % 2 else 1.0)
        steps = (0.0, 0.4, 0.75, 1.0)
        add([[(s + lean * t * t + d * half * (1 - t) ** 0.7, t * tip) for d in (-1, 1)] for t in steps])
    at = np.array(points)
    return Part(at, np.stack(moves, 1), faces, ["Lashes"] * len(faces), LASH * np.ones((len(at), 1)))


BROW_LINE: Final = np.array([[-17.0, 20.0], [-9.0, 23.2], [3.0, 26.4], [13.0, 26.0], [22.0, 21.5], [27.0, 17.0]])
"""The left brow from the nose outwards: x, z in mm from the eye's centre."""


def brow(mh: MakeHuman, surface: Surface, offsets: Floats, side: str) -> Part:
    """A brow of overlapping tapered clumps, glued to the skin."""
    centre, _ = eye_centre(mh, side)
    mirror = 1 if side == "l" else -1
    rng = np.random.default_rng(11)  # the same brow on both sides
    spans = np.linspace(0, 1, len(BROW_LINE))

    def line(t: float) -> Floats:
        return np.array([np.interp(t, spans, BROW_LINE[:, i]) for i in (0, 1)])

    points: list[Floats] = []
    faces: list[Face] = []
    count = 30
    for k in range(count):
        t = 0.93 * k / (count - 1)
        thick = float(np.interp(t, [0, 0.15, 0.6, 1], [4.6, 5.8, 4.6, 1.6]))
        ahead = normalised(line(min(t + 0.06, 1)) - line(max(t - 0.06, 0)))
        across = np.array([-ahead[1], ahead[0]])
        # Upper clumps comb down, lower ones up; at the nose they stand more upright.
        place = 0.85 * (1 if k % 2 else -1) * rng.uniform(0.35, 1.0)
        lean = float(np.interp(t, [0, 0.25, 1], [0.95, 0.30, 0.05])) - 0.28 * place
        comb = normalised(ahead + across * lean)
        root = line(t) + across * place * thick * 0.42
        length = float(np.interp(t, [0, 0.3, 1], [6.0, 9.5, 6.0])) * rng.uniform(0.9, 1.12)
        first = len(points)
        steps = np.linspace(0, 1, 5)
        for step in steps:
            middle = root + comb * length * step - across * 0.5 * step * step * lean * 1.6
            half = thick * 0.36 * (0.55 + 0.45 * np.sin(np.pi * min(step * 1.6, 1))) * (1 - step**2.2) + 0.05
            for d in (-1, 0, 1):
                x, z = middle + across * half * d
                hit = surface.meet(
                    np.array([centre[0] + mirror * x * MM, centre[1] - 0.1, centre[2] + z * MM]), np.array([0, 1.0, 0])
                )
                _, normal, _ = surface.nearest(hit)
                rise = (0.12 if d else 0.75 * (1 - 0.6 * step)) - (0.35 if step == 0 else 0)
                points.append(hit + normal * rise * MM)
        strip = grid_faces(len(steps), 3, first)
        faces += strip if side == "l" else [f[::-1] for f in strip]
    at = np.array(points)
    return Part(at, surface.carried(at, offsets), faces, ["Brows"] * len(faces), BROW * np.ones((len(at), 1)))
