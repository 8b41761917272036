"""How far the phone edges of ``listening.align`` are from the true ones.

    python tests/benchmarks/lip_sync_alignment.py CORPUS_FOLDER ALIGNMENTS.jsonl [--clips 60] [--start 0]

Needs pocketsphinx, phonemizer, espeakng-loader. The two phone strings are aligned (Levenshtein); edges of
phones that correspond are compared, pauses aside.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
from lip_sync_corpus import Clip, read_clips

from alphsistant_addon.core.errors import AlphsistantError
from alphsistant_addon.core.phone_inventory import SILENCE
from alphsistant_addon.core.speech import Phone
from alphsistant_addon.listening import align


def correspond(true: list[Phone], found: list[Phone]) -> list[tuple[Phone, Phone]]:
    """Pairs of phones with the same symbol in the cheapest alignment of the two strings."""
    rows, columns = len(true) + 1, len(found) + 1
    cost = np.zeros((rows, columns))
    cost[:, 0], cost[0] = np.arange(rows), np.arange(columns)
    for i in range(1, rows):
        for j in range(1, columns):
            differs = 1.5 * (true[i - 1].symbol != found[j - 1].symbol)
            cost[i, j] = min(cost[i - 1, j - 1] + differs, cost[i - 1, j] + 1, cost[i, j - 1] + 1)
    pairs, i, j = [], rows - 1, columns - 1
    while i and j:
        same = true[i - 1].symbol == found[j - 1].symbol
        if cost[i, j] == cost[i - 1, j - 1] + 1.5 * (not same):
            i, j = i - 1, j - 1
            if same:
                pairs.append((true[i], found[j]))
        elif cost[i, j] == cost[i - 1, j] + 1:
            i -= 1
        else:
            j -= 1
    return pairs


def edge_errors(clip: Clip, found: tuple[Phone, ...]) -> list[float]:
    """Seconds by which each start and end of the true phones was found too late."""
    spoken = [p for p in clip.speech.phones if p.symbol != SILENCE]
    pairs = correspond(spoken, [p for p in found if p.symbol != SILENCE])
    return [error for t, f in pairs for error in (f.start - t.start, f.end - t.end)]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("corpus", type=Path)
    parser.add_argument("alignments", type=Path)
    parser.add_argument("--clips", type=int, default=60)
    parser.add_argument("--start", type=int, default=0)
    options = parser.parse_args()
    errors: list[float] = []
    failed, seconds, work, edges = [], 0.0, 0.0, 0
    for clip in read_clips(options.corpus, options.alignments, options.start, options.clips):
        began = time.process_time()
        try:
            found = align(clip.speech.samples, clip.speech.sample_rate, clip.speech.text)
        except AlphsistantError as error:
            failed.append(f"{clip.name}: {error}")
            continue
        work += time.process_time() - began
        seconds += clip.speech.duration
        errors += edge_errors(clip, found.phones)
        edges += 2 * sum(p.symbol != SILENCE for p in clip.speech.phones)
    late = 1000.0 * np.array(errors)
    off = np.abs(late)
    print("| edges | mean ms | median ms | bias ms | ≤ 20 ms % | ≤ 50 ms % | compared % | failed | work/s |")
    print("|---|---|---|---|---|---|---|---|---|")
    print(
        f"| {len(late)} | {off.mean():.1f} "
        f"| {np.median(off):.1f} | {late.mean():+.1f} | {100 * np.mean(off <= 20):.0f} "
        f"| {100 * np.mean(off <= 50):.0f} | {100 * len(late) / edges:.0f} | {len(failed)} | {work / seconds:.3f} |"
    )
    print("\n".join(failed))


if __name__ == "__main__":
    main()
