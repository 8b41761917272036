"""Draw our curves, OpenFaceFX's and those of even spacing for one recording: ``docs/lip_sync_curves.svg``.

    python tests/benchmarks/lip_sync_picture.py [--out docs/lip_sync_curves.svg]

Needs numpy and ``openfacefx==0.24.0``. All are told the phones of ``tests/data/fitting_symbol.json``; even
spacing is told the words' times only and spreads the phones in them, with Charley3d's linear keys.
"""

from __future__ import annotations

import argparse
import json
import sys
from html import escape
from pathlib import Path

import numpy as np
from lip_sync import evenly_spaced, linear_curves, make_openfacefx, our_curves
from lip_sync_corpus import Clip, fill_gaps, read_wave

from alphsistant_addon.core.phone_inventory import SILENCE
from alphsistant_addon.core.speech import Phone, Speech
from alphsistant_addon.lip_sync.channels import VISEMES
from alphsistant_addon.lip_sync.visemes import VISEME_INDEX

REPOSITORY = Path(__file__).resolve().parents[2]
RECORDING = REPOSITORY / "tests" / "data" / "fitting_symbol"

WORDS = (1, 5, 6, 2, 6, 3)
"""Phones in each word of the recording."""

WIDTH, LEFT, TOP, ROW, GAP = 1000, 10, 58, 120, 30
COLOURS = {
    "PP": "#d62728", "FF": "#ff7f0e", "TH": "#8c564b", "DD": "#7f7f7f", "kk": "#17becf", "CH": "#9467bd",
    "SS": "#bcbd22", "nn": "#5b6b7b", "RR": "#6a3d9a", "aa": "#1f77b4", "E": "#2ca02c", "I": "#6cc24a", "O": "#e377c2",
    "U": "#c51b7d", "sil": "#cccccc",
}  # fmt: skip
CLOSED = {**dict.fromkeys("pbm", "#d62728"), **dict.fromkeys("fv", "#ff7f0e")}


def read_clip() -> Clip:
    """Read the recording of the tests, with its words."""
    samples, rate = read_wave(RECORDING.with_suffix(".wav"))
    known = json.loads(RECORDING.with_suffix(".json").read_text(encoding="utf-8"))
    phones = fill_gaps([Phone(s, a, b, stress) for s, stress, a, b in known["phones"]], len(samples) / rate)
    spoken = [i for i, phone in enumerate(phones) if phone.symbol != SILENCE]
    starts, at = [], 0
    for count in WORDS:
        starts.append(spoken[at])
        at += count
    return Clip("fitting symbol", Speech(samples, rate, phones, (), known["text"]), tuple(starts))


def main() -> None:
    """Write the picture."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--out", type=Path, default=REPOSITORY / "docs" / "lip_sync_curves.svg")
    options = parser.parse_args()
    clip = read_clip()
    peer = make_openfacefx(rules=True)
    if peer is None:
        sys.exit("Install openfacefx==0.24.0 first.")
    rows = {
        "ours": our_curves(clip.speech),
        "OpenFaceFX 0.24 with JALI rules, on the same phones": peer.curves(clip.speech),
        "even spacing: the words' times are right, the phones are spread in them, linear keys": linear_curves(
            evenly_spaced(clip)
        ),
    }
    options.out.write_text(draw(clip, rows), encoding="utf-8")
    print(options.out)


def draw(clip: Clip, rows: dict[str, tuple[object, int]]) -> str:
    """Return the SVG."""
    duration = clip.speech.duration
    scale = (WIDTH - 2 * LEFT) / duration
    height = TOP + len(rows) * (ROW + GAP) + 24
    size = f'viewBox="0 0 {WIDTH} {height}" font-family="sans-serif" font-size="13"'
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" {size}><rect width="{WIDTH}" height="{height}" fill="#fff"/>']
    parts.append(f'<text x="{LEFT}" y="16" fill="#333">“{escape(clip.speech.text)}”</text>')
    for phone in clip.speech.phones:
        x, width = LEFT + phone.start * scale, phone.duration * scale
        if phone.symbol in CLOSED:
            bar = f'<rect x="{x:.1f}" y="{TOP - 22}" width="{width:.1f}" height="{height - TOP}"'
            parts.append(f'{bar} fill="{CLOSED[phone.symbol]}" fill-opacity=".13"/>')
        if phone.symbol != SILENCE:
            parts.append(
                f'<text x="{x + width / 2:.1f}" y="{TOP - 28}" text-anchor="middle" fill="#333">{phone.symbol}</text>'
            )
    fine = np.arange(0.0, duration, 0.0075)
    used: list[str] = []
    for number, (name, (sample, keys)) in enumerate(rows.items()):
        top = TOP + number * (ROW + GAP)
        weights = sample(fine)
        for viseme in VISEMES[1:]:
            weight = weights[:, VISEME_INDEX[viseme]]
            if weight.max() < 0.05:
                continue
            used += [] if viseme in used else [viseme]
            # What lies between two points at the same height need not be drawn.
            same = np.abs(np.diff(weight)) < 1e-6
            flat = np.append(True, same) & np.append(same, True)
            points = " ".join(
                f"{LEFT + t * scale:.1f},{top + ROW * (1 - w):.1f}"
                for t, w in zip(fine[~flat], weight[~flat], strict=True)
            )
            line = f'<polyline points="{points}" fill="none" stroke="{COLOURS[viseme]}" stroke-width="1.8"/>'
            parts.append(line)
        parts.append(f'<path d="M{LEFT} {top + ROW}H{WIDTH - LEFT}" stroke="#999"/>')
        parts.append(
            f'<text x="{LEFT}" y="{top + ROW + 16}" fill="#333">{escape(name)} ({keys / duration:.0f} keys/s)</text>'
        )
    for number, viseme in enumerate(sorted(used, key=VISEMES.index)):
        x, y = LEFT + 62 * number, height - 12
        parts.append(f'<rect x="{x}" y="{y - 9}" width="12" height="9" fill="{COLOURS[viseme]}"/>')
        parts.append(f'<text x="{x + 16}" y="{y}" fill="#333">{viseme}</text>')
    return "\n".join([*parts, "</svg>\n"])


if __name__ == "__main__":
    main()
