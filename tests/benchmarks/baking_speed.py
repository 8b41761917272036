"""What baking a minute of speech on the shipped face costs, and the whole lip-sync stage before it.

    python tests/benchmarks/baking_speed.py [--seconds 60] [--repeats 3] [--takes 1000]

Needs bpy. One run, the same keys both ways: in bulk as the add-on does, and by ``keyframe_insert``, key by key, as
scripts do (which leaves Blender's default handles, where the add-on also sets auto-clamped ones). Each way starts from
an empty Action; a part of the keys is read back and compared. The lip-sync stage is ``animate`` with blinks, glances,
brows and head motion. Times are process times, the best of the repeats.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import bpy
import many_takes
import numpy as np
from lip_sync_corpus import fill_gaps, read_wave

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import alphsistant_addon
from alphsistant_addon.blender.common import compat, keyframes
from alphsistant_addon.blender.face import find, shipped_face
from alphsistant_addon.core.speech import Phone, Speech, join_speeches
from alphsistant_addon.lip_sync import Life, animate

RECORDING = Path(__file__).parents[1] / "data" / "fitting_symbol"
RATE = 25.0


def make_speech(seconds: float) -> Speech:
    """One recording with known phone times, over and over."""
    samples, rate = read_wave(RECORDING.with_suffix(".wav"))
    known = json.loads(RECORDING.with_suffix(".json").read_text(encoding="utf-8"))
    true = [Phone(symbol, start, end, stress) for symbol, stress, start, end in known["phones"]]
    one = Speech(samples, rate, fill_gaps(true, len(samples) / rate), (), known["text"])
    count = int(np.ceil(seconds / one.duration))
    return join_speeches([one] * count, [i * one.duration for i in range(count)])


def in_bulk(keys: Any, curves: dict[str, Any]) -> int:
    """Bake as the add-on does."""
    action = bpy.data.actions.new("bulk")
    fcurves, slot = compat.new_curves(action, keys, "face")
    blocks = keys.key_blocks
    paths = {name: (blocks[name].path_from_id("value"), 0) for name in curves}
    count = keyframes.insert(fcurves, {paths[n]: (1.0 + c.times * RATE, c.weights) for n, c in curves.items()})
    compat.assign(keys, action, slot)
    return count


def key_by_key(keys: Any, curves: dict[str, Any]) -> int:
    """Bake as scripts do."""
    count = 0
    for name, curve in curves.items():
        block = keys.key_blocks[name]
        for seconds, weight in zip(curve.times.tolist(), curve.weights.tolist(), strict=True):
            block.value = weight
            block.keyframe_insert("value", frame=1.0 + seconds * RATE)
            count += 1
    return count


def baked(keys: Any) -> dict[str, np.ndarray]:
    """Times and weights of what was baked, by path."""
    found = {}
    for curve in compat.curves_of(keys):
        coordinates = np.empty(2 * len(curve.keyframe_points), dtype=np.float32)
        curve.keyframe_points.foreach_get("co", coordinates)
        found[curve.data_path] = coordinates
    return found


def best(repeats: int, work: Callable[[], object], before: Callable[[], object] = lambda: None) -> float:
    """Seconds of the fastest of some runs; ``before`` does not count."""
    times = []
    for _ in range(repeats):
        before()
        began = time.process_time()
        work()
        times.append(time.process_time() - began)
    return min(times)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--takes", type=int, default=1000, help="for what one more take costs then (default 1000)")
    options = parser.parse_args()
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    alphsistant_addon.register()
    speech = make_speech(options.seconds)
    animation = animate(speech, frame_rate=RATE, life=Life(mood="happy"))
    stage = best(options.repeats, lambda: animate(speech, frame_rate=RATE, life=Life(mood="happy")))
    with shipped_face.shipped(bpy.context.scene) as speaking:
        curves_by_mesh = {find.shape_keys(mesh): curves for mesh, curves in speaking.rig.apply(animation).items()}

    def clear() -> None:
        for keys in curves_by_mesh:
            keys.animation_data_clear()
        bpy.data.batch_remove(list(bpy.data.actions))

    results = []
    for way in (in_bulk, key_by_key):
        seconds = best(options.repeats, lambda: [way(k, c) for k, c in curves_by_mesh.items()], clear)  # noqa: B023
        results.append((seconds, [baked(keys) for keys in curves_by_mesh]))
    (bulk, ours), (single, theirs) = results
    differs = max(np.abs(a[path] - b[path]).max() for a, b in zip(ours, theirs, strict=True) for path in a)
    count = sum(len(curve) // 2 for mesh in ours for curve in mesh.values())
    duration = speech.duration
    print(f"{duration:.0f} s of speech, {count} keys on {len(ours)} meshes; largest difference {differs:.0e}\n")
    print("| what | s | share of real time |\n|---|---|---|")
    print(f"| lip-sync stage (`animate` with life) | {stage:.3f} | {stage / duration:.4f} |")
    print(f"| baking in bulk | {bulk:.3f} | {bulk / duration:.4f} |")
    print(f"| the same keys by `keyframe_insert` | {single:.3f} | {single / duration:.4f} |")
    print(f"\nBaking in bulk is {single / bulk:.0f} times faster.")
    clear()
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    first, last = many_takes.compare(options.takes, "start")
    ratio = last["making a take"] / first["making a take"]
    print(f"Making a take with {options.takes} in the file costs {ratio:.1f} times what it costs with 10.")
    alphsistant_addon.unregister()


if __name__ == "__main__":
    main()
