"""What making, listing and looking up a take costs with many takes in the file, as a ratio to an almost empty one.

    python tests/benchmarks/many_takes.py [--takes 1000] [--place after]

Needs bpy. A small face, replies of one short sentence. ``after`` lays take behind take: all of them play, as NLA strips
and sound strips. ``start`` puts all at the first frame: one plays, the others are muted. Times are process times, the
median of ten. “Blender's own part” is what Blender's calls alone take in the same file, without anything of the add-on:
a sound strip, an Action with a slot, an NLA strip. They are removed again, outside the measured time.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import bpy
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import alphsistant_addon
from alphsistant_addon.blender.common import compat, paths
from alphsistant_addon.blender.face import find
from alphsistant_addon.blender.takes import bake, panel, placement, playback, record
from alphsistant_addon.core.speech import Phone, Speech
from alphsistant_addon.lip_sync import animate
from alphsistant_addon.lip_sync.channels import VISEME_CHANNELS
from alphsistant_addon.lip_sync.mood_tags import Moods
from alphsistant_addon.pipeline.reply import Part, Reply

REPEATS = 10


def make_face() -> Any:
    """A triangle with the fifteen visemes."""
    mesh = bpy.data.meshes.new("Head")
    mesh.from_pydata([(0, 0, 0), (1, 0, 0), (0, 1, 0)], [], [(0, 1, 2)])
    head = bpy.data.objects.new("Head", mesh)
    bpy.context.scene.collection.objects.link(head)
    head.shape_key_add(name="Basis")
    for name in VISEME_CHANNELS:
        head.shape_key_add(name=name)
    return head


def make_reply() -> Reply:
    """“Bob.”, half a second of silence."""
    phones = tuple(Phone(symbol, 0.1 * i, 0.1 * (i + 1)) for i, symbol in enumerate("bɑb"))
    speech = Speech(np.zeros(11025, dtype=np.float32), 22050, phones, (), "Bob.")
    return Reply.of("", 0, [Part(speech, animate(speech, frame_rate=25.0), 0.0, Moods())])


def timed(work: Callable[[], object]) -> float:
    """Return milliseconds of processor time."""
    began = time.process_time()
    work()
    return 1000.0 * (time.process_time() - began)


def measure(scene: Any, make: Callable[[], bake.Take]) -> dict[str, float]:
    """Return medians of making a take, of listing all for one redraw, of drawing a row, of finding one."""
    takes: list[bake.Take] = []
    found = {"making a take": statistics.median(timed(lambda: takes.append(make())) for _ in range(REPEATS))}
    last, path = takes[-1].id, bpy.path.abspath(takes[-1].sound)
    found["Blender's own part of it"] = statistics.median(blenders_part(scene, path) for _ in range(REPEATS))
    listed = SimpleNamespace(filter_name="", bitflag_filter_item=1)
    work: dict[str, Callable[[], object]] = {
        "a row of the list": lambda: (playback.state(last), record.find(last)),
        "the selected take": lambda: (record.index_of(last), record.report_lines(last)),
        "the whole list": lambda: panel.TakeList.filter_items(listed, bpy.context, bpy.data, "actions"),
        "the place after the last": lambda: placement.after_the_last_take(scene),
    }
    return found | {name: statistics.median(timed(one) for _ in range(REPEATS)) for name, one in work.items()}


def blenders_part(scene: Any, path: str) -> float:
    """Return milliseconds in which Blender makes and lays down what a take consists of, behind everything else."""
    frame, keys = 10_000_000, bpy.data.objects["Head"].data.shape_keys
    collection = compat.strips(scene)
    track = compat.new_nla_track(keys.animation_data, "Bob.")
    began = time.process_time()
    strip = collection.new_sound("Bob.", path, 1, frame)
    action = bpy.data.actions.new("Bob.")
    compat.new_curves(action, keys, "Bob.")
    track.strips.new("Bob.", frame, action)
    taken = 1000.0 * (time.process_time() - began)
    keys.animation_data.nla_tracks.remove(track)
    bpy.data.actions.remove(action)
    collection.remove(strip)
    return taken


def compare(takes: int, place: str) -> tuple[dict[str, float], dict[str, float]]:
    """Measure with ten takes and with so many; opens an empty file, in which the add-on is registered."""
    make_face()
    scene, reply = bpy.context.scene, make_reply()
    face = find.find(scene)
    with tempfile.TemporaryDirectory() as folder:
        real, paths.user_folder = paths.user_folder, lambda _name: Path(folder)

        def make() -> bake.Take:
            after = placement.after_the_last_take(scene) if place == "after" else None
            return bake.bake(scene, face, reply, start=after)

        try:
            make()
            first = measure(scene, make)
            for _ in range(takes - len(record.all_takes())):
                make()
            return first, measure(scene, make)
        finally:
            paths.user_folder = real


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--takes", type=int, default=1000)
    parser.add_argument("--place", choices=("after", "start"), default="after")
    options = parser.parse_args()
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    alphsistant_addon.register()
    first, last = compare(options.takes, options.place)
    print(f"| what | with 10 takes, ms | with {options.takes}, ms | ratio |\n|---|---|---|---|")
    for name, milliseconds in first.items():
        print(f"| {name} | {milliseconds:.2f} | {last[name]:.2f} | {last[name] / max(milliseconds, 1e-3):.1f} |")
    alphsistant_addon.unregister()


if __name__ == "__main__":
    main()
