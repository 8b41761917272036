"""What enabling the add-on costs Blender's start, beside an add-on that comes with Blender.

    python tests/benchmarks/enabling.py [--repeats 15]

Needs bpy. Every figure is the median over fresh processes with Blender, taken in turn for both: processor time of
importing the add-on and running its ``register``, with its files in the disk cache and its bytecode written, as from
the second start of Blender on. The first start, which also compiles, is told apart. Of each the garbage collector's
part: Python looks through everything that Blender has loaded whenever enough new objects have come, whoever made the
last of them, so a little less work can leave out 15 ms at once.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

REPOSITORY: Final = Path(__file__).resolve().parents[2]

MEASURE: Final = """
import gc, json, os, sys, time
import bpy, addon_utils
collections = []
def look(phase, _info):
    collections.append(time.process_time() if phase == "start" else time.process_time() - collections.pop())
before = set(sys.modules)
gc.callbacks.append(look)
started = time.process_time()
%s
spent = time.process_time() - started
gc.callbacks.clear()
new = sorted(set(sys.modules) - before)
print("FOUND " + json.dumps({"ms": 1e3 * spent, "collector ms": 1e3 * sum(collections), "modules": len(new)}))
sys.stdout.flush()
os._exit(0)  # how it is disabled is not measured
"""

ADDONS: Final = {
    "Alphsistant": "import alphsistant_addon; alphsistant_addon.register()",
    "Blender's Rigify": "assert addon_utils.enable('rigify', default_set=True)",
}


def measure(start: str, bytecode: str) -> dict[str, float]:
    """One fresh process."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment |= {"PYTHONPATH": str(REPOSITORY), "PYTHONPYCACHEPREFIX": bytecode}
    answer = subprocess.run(
        [sys.executable, "-c", MEASURE % start], env=environment, capture_output=True, text=True, check=True
    )
    line = next(line for line in answer.stdout.splitlines() if line.startswith("FOUND "))
    found: dict[str, float] = json.loads(line.removeprefix("FOUND "))
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=15)
    options = parser.parse_args()
    runs: dict[str, list[dict[str, Any]]] = {name: [] for name in ADDONS}
    with tempfile.TemporaryDirectory() as bytecode:
        first = {name: measure(start, bytecode) for name, start in ADDONS.items()}
        for _ in range(options.repeats):
            for name, start in ADDONS.items():
                runs[name].append(measure(start, bytecode))
    medians = {}
    print(f"{'':24} {'ms':>6} {'worst':>6} {'collector':>10} {'modules':>8} {'first start':>12}")
    for name, found in runs.items():
        medians[name] = statistics.median(run["ms"] for run in found)
        collector = statistics.median(run["collector ms"] for run in found)
        worst, modules = max(run["ms"] for run in found), found[0]["modules"]
        print(f"{name:24} {medians[name]:6.1f} {worst:6.1f} {collector:10.1f} {modules:8d} {first[name]['ms']:12.1f}")
    ours, theirs = medians.values()
    print(f"ratio {ours / theirs:.2f}")


if __name__ == "__main__":
    main()
