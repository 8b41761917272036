"""How fast the voice is on a numpy without BLAS: ``python tests/benchmarks/numpy_without_blas.py [--numpy FOLDER]``.

Blender's own numpy on Linux and Windows is built without one. ``FOLDER`` holds a numpy like it; without ``--numpy`` pip
builds the installed version so, which takes minutes and a C++ compiler. Both speak the same text in turns, each in a
process of its own on one thread; the figures are seconds of processor time for a second of speech (the least of all
turns) and their ratio.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
TEXT = (
    "Every morning the baker opens his little shop before the sun comes up, and the street begins to smell of bread. "
)
SPEAK = """
import json, sys, time
import numpy as np
import torch
torch.set_num_threads(1)
from alphsistant_addon.text_to_speech import Voice
from alphsistant_addon.text_to_speech.dc_tts import products
voice = Voice.load()
voice.speak("Warm up.", seed=0)
best = 1e9
for turn in range(3):
    began = time.process_time()
    seconds = voice.speak(sys.argv[1], seed=0).duration
    best = min(best, (time.process_time() - began) / seconds)
print(json.dumps({"numpy": np.__version__, "blas": products.numpy_has_blas(), "cost": best, "seconds": seconds}))
"""


def build_numpy(folder: Path) -> None:
    """Build the installed version of numpy without BLAS and LAPACK, as Blender's recipe does."""
    import numpy as np

    options = [f"-Csetup-args=-D{option}" for option in ("blas=none", "lapack=none", "allow-noblas=true")]
    command = [sys.executable, "-m", "pip", "install", "--no-deps", "--target", str(folder), "--no-binary", "numpy"]
    subprocess.run([*command, f"numpy=={np.__version__}", *options], check=True)


def speak(folder: Path | None) -> dict[str, object]:
    """Speak in a process of its own, with the numpy of that folder first on the path."""
    path = os.pathsep.join(str(entry) for entry in (folder, REPOSITORY) if entry is not None)
    environment = {**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-c", SPEAK, TEXT * 3]
    answer = subprocess.run(command, env=environment, cwd=REPOSITORY, capture_output=True, text=True, check=True)
    return json.loads(answer.stdout.splitlines()[-1])


def main() -> None:
    """Compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--numpy", type=Path, help="folder of a numpy without BLAS")
    parser.add_argument("--turns", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.numpy or Path(scratch)
        if options.numpy is None:
            build_numpy(folder)
        turns = [(speak(None), speak(folder.resolve())) for _ in range(options.turns)]
    usual, without = (min((turn[side] for turn in turns), key=lambda found: found["cost"]) for side in (0, 1))
    for name, found in (("the wheel's numpy", usual), ("numpy without BLAS", without)):
        print(f"{name}: {found['numpy']}, BLAS {found['blas']}: {found['cost']:.4f} s for a second of speech")
    print(f"ratio {without['cost'] / usual['cost']:.2f} ({without['seconds']:.1f} s of speech, {options.turns} turns)")


if __name__ == "__main__":
    main()
