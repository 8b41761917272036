"""How right the curves are on recordings with known phone times, beside OpenFaceFX and even spacing.

    python tests/benchmarks/lip_sync.py CORPUS_FOLDER ALIGNMENTS.jsonl [--clips 60] [--start 0] [--aligner]

Needs numpy, and ``openfacefx==0.24.0`` for the peer (left out when it is not installed); ``--aligner`` adds the rows
that start from ``listening.align`` instead of the true phones (needs pocketsphinx, phonemizer, espeakng-loader).

Measures, at 100 frames a second:
* dominant: the strongest viseme is that of the true phone, strictly, and with look-alikes (DD nn kk, E I, O U) merged;
* p b m, f v: of the true phones, how many meet a closure (viseme_PP ≥ .75, viseme_FF ≥ .6) within 20 ms of the phone;
  of the closures, how many meet a true phone; sealed: viseme_PP ≥ .9 (FF ≥ .8) inside the phone itself;
* opening: correlation of Σ weight · opening with that of the true visemes smoothed by 40 ms; lag at its maximum;
* keys per second over all channels, and seconds of work per second of speech.
A system is judged by its own phone-to-viseme table, so that a difference of opinion is no error.
"""

from __future__ import annotations

import argparse
import itertools
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from lip_sync_corpus import Clip, read_clips

from alphsistant_addon.core.phone_inventory import SILENCE
from alphsistant_addon.core.speech import Phone, Speech
from alphsistant_addon.lip_sync import animate
from alphsistant_addon.lip_sync.channels import VISEMES
from alphsistant_addon.lip_sync.curves import sample_curve
from alphsistant_addon.lip_sync.visemes import ARTICULATIONS, DIPHTHONG_SPLIT, OPENING, VISEME_INDEX, Manner

RATE = 100.0
TOLERANCE = 0.020
CLOSED = {"PP": (0.75, 0.9), "FF": (0.6, 0.8)}
LAGS = np.arange(-0.15, 0.1501, 0.005)
ALIKE = {"nn": "DD", "kk": "DD", "I": "E", "U": "O"}

ARPABET = {
    "i": "IY",
    "ɪ": "IH",
    "ᵻ": "IH",
    "ɛ": "EH",
    "æ": "AE",
    "ʌ": "AH",
    "ə": "AH",
    "ɜ": "ER",
    "ɑ": "AA",
    "ɔ": "AO",
    "ʊ": "UH",
    "u": "UW",
    "eɪ": "EY",
    "aɪ": "AY",
    "oʊ": "OW",
    "aʊ": "AW",
    "ɔɪ": "OY",
    "p": "P",
    "b": "B",
    "t": "T",
    "d": "D",
    "k": "K",
    "ɡ": "G",
    "ɾ": "D",
    "ʔ": "T",
    "tʃ": "CH",
    "dʒ": "JH",
    "f": "F",
    "v": "V",
    "θ": "TH",
    "ð": "DH",
    "s": "S",
    "z": "Z",
    "ʃ": "SH",
    "ʒ": "ZH",
    "h": "HH",
    "m": "M",
    "n": "N",
    "ŋ": "NG",
    "l": "L",
    "ɹ": "R",
    "j": "Y",
    "w": "W",
}

HEADER = (
    "| system | dominant strict / merged % | p b m recall / precision (sealed within) % | f v | opening corr. "
    "| lag ms | keys/s | work/s |\n|---|---|---|---|---|---|---|---|"
)

Sampler = Callable[[np.ndarray], np.ndarray]
"""Seconds → weights, shape [n, 15]."""


@dataclass
class System:
    """A way from a clip to curves: a name, the phones it is told, and its own table of visemes."""

    name: str
    phones: Callable[[Clip], Speech]
    curves: Callable[[Speech], tuple[Sampler, int]]
    viseme_at: Callable[[tuple[Phone, ...], np.ndarray], list[str]]


@dataclass
class Tally:
    """What is summed over the clips."""

    strict: int = 0
    merged: int = 0
    frames: int = 0
    opening: list[np.ndarray] = field(default_factory=list)
    true_opening: list[np.ndarray] = field(default_factory=list)
    hits: dict[str, list[int]] = field(default_factory=lambda: {v: [0, 0, 0, 0, 0] for v in CLOSED})
    """true phones, met, sealed within, closures, closures that meet a phone"""
    keys: int = 0
    seconds: float = 0.0
    work: float = 0.0


def our_visemes(phones: tuple[Phone, ...], times: np.ndarray) -> list[str]:
    """Viseme of the phone at each time by our table; h and ʔ have the viseme of the vowel they belong to."""
    ends = np.array([p.end for p in phones])
    found = []
    for t in times:
        index = min(int(np.searchsorted(ends, t, side="right")), len(phones) - 1)
        phone = phones[index]
        shapes = ARTICULATIONS[phone.symbol].shapes
        if not shapes:
            step = 1 if index + 1 < len(phones) and ARTICULATIONS[phones[index + 1].symbol].shapes else -1
            shapes = ARTICULATIONS[phones[index + step].symbol].shapes[:1] or ARTICULATIONS[SILENCE].shapes
        late = int(len(shapes) == 2 and t > phone.start + DIPHTHONG_SPLIT * phone.duration)
        found.append(shapes[late].viseme)
    return found


def our_curves(speech: Speech) -> tuple[Sampler, int]:
    """Curves of this project."""
    face = animate(speech)

    def sample(times: np.ndarray) -> np.ndarray:
        weights = np.zeros((len(times), len(VISEMES)))
        for name, curve in face.channels.items():
            weights[:, VISEME_INDEX[name.removeprefix("viseme_")]] = sample_curve(curve, times)
        return weights

    return sample, face.key_count


def linear_curves(speech: Speech) -> tuple[Sampler, int]:
    """Even-spacing add-ons' curves: one linear key a phone at its start, zero at the neighbours' starts."""
    starts = [p.start for p in speech.phones] + [speech.duration]
    keys: dict[int, dict[float, float]] = {}
    for index, phone in enumerate(speech.phones):
        shapes = ARTICULATIONS[phone.symbol].shapes
        if not shapes:
            continue
        channel = keys.setdefault(VISEME_INDEX[shapes[0].viseme], {})
        channel[starts[index]] = 1.0
        for beside in (starts[max(index - 1, 0)], starts[index + 1]):
            channel.setdefault(beside, 0.0)

    def sample(times: np.ndarray) -> np.ndarray:
        weights = np.zeros((len(times), len(VISEMES)))
        for viseme, channel in keys.items():
            at = sorted(channel)
            weights[:, viseme] = np.interp(times, at, [channel[t] for t in at])
        return weights

    return sample, sum(len(channel) for channel in keys.values())


def evenly_spaced(clip: Clip) -> Speech:
    """True word times, phones of equal length within the word."""
    phones = list(clip.speech.phones)
    bounds = [*clip.word_starts, len(phones)]
    for first, after in itertools.pairwise(bounds):
        spoken = [i for i in range(first, after) if phones[i].symbol != SILENCE]
        if not spoken:
            continue
        edges = np.linspace(phones[spoken[0]].start, phones[spoken[-1]].end, len(spoken) + 1)
        for number, i in enumerate(spoken):
            p = phones[i]
            phones[i] = Phone(p.symbol, float(edges[number]), float(edges[number + 1]), p.stress)
    s = clip.speech
    return Speech(s.samples, s.sample_rate, tuple(phones), s.words, s.text)


def make_openfacefx(rules: bool) -> System | None:
    """OpenFaceFX told the same phones, plain or with its JALI rules."""
    try:
        import openfacefx
    except ImportError:
        return None
    from openfacefx.coarticulation import CoartParams

    def segments(phones: tuple[Phone, ...]) -> list:
        made = []
        for p in phones:
            vowel = ARTICULATIONS[p.symbol].manner is Manner.VOWEL
            symbol = "sil" if p.symbol == SILENCE else ARPABET[p.symbol] + (str(p.stress) if vowel else "")
            if made and symbol == "R" and made[-1].phoneme.startswith("ER"):
                made[-1] = openfacefx.PhonemeSegment(made[-1].phoneme, made[-1].start, p.end)
            else:
                made.append(openfacefx.PhonemeSegment(symbol, p.start, p.end))
        return made

    def curves(speech: Speech) -> tuple[Sampler, int]:
        track = openfacefx.generate_from_alignment(segments(speech.phones), params=CoartParams(jali=rules))

        def sample(times: np.ndarray) -> np.ndarray:
            weights = np.zeros((len(times), len(VISEMES)))
            for channel in track.channels:
                at = [key.time for key in channel.keys]
                weights[:, VISEME_INDEX[channel.name]] = np.interp(times, at, [key.value for key in channel.keys])
            return weights

        return sample, sum(len(channel.keys) for channel in track.channels)

    def viseme_at(phones: tuple[Phone, ...], times: np.ndarray) -> list[str]:
        made = segments(phones)
        ends = np.array([s.end for s in made])
        where = np.minimum(np.searchsorted(ends, times, side="right"), len(made) - 1)
        return [openfacefx.phoneme_to_viseme(made[int(i)].phoneme) for i in where]

    name = "OpenFaceFX with JALI rules" if rules else "OpenFaceFX"
    return System(f"true phones, {name}", lambda clip: clip.speech, curves, viseme_at)


def spans(mask: np.ndarray, times: np.ndarray) -> list[tuple[float, float]]:
    """Intervals in which a mask holds."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], mask.astype(np.int8), [0]))))
    return [(float(times[a]), float(times[b - 1])) for a, b in edges.reshape(-1, 2)]


def add(tally: Tally, clip: Clip, system: System) -> None:
    """Judge one clip."""
    told = system.phones(clip)
    began = time.process_time()
    sample, keys = system.curves(told)
    tally.work += time.process_time() - began
    tally.keys += keys
    tally.seconds += clip.speech.duration
    phones = clip.speech.phones

    frames = np.arange(0.5 / RATE, clip.speech.duration, 1.0 / RATE)
    weights = sample(frames)
    truth = system.viseme_at(phones, frames)
    strongest = [VISEMES[i] if w > 0.05 else "sil" for i, w in zip(weights.argmax(1), weights.max(1), strict=True)]
    tally.strict += sum(a == b for a, b in zip(strongest, truth, strict=True))
    tally.merged += sum(ALIKE.get(a, a) == ALIKE.get(b, b) for a, b in zip(strongest, truth, strict=True))
    tally.frames += len(frames)
    opening = np.array([OPENING[v] for v in VISEMES])
    tally.opening.append(weights @ opening)
    tally.true_opening.append(np.convolve([OPENING[v] for v in truth], np.array([0.5, 1, 1, 1, 0.5]) / 4, "same"))

    fine = np.arange(0.0, clip.speech.duration, 0.002)
    dense = sample(fine)
    for viseme, (closed, sealed) in CLOSED.items():
        weight = dense[:, VISEME_INDEX[viseme]]
        events = spans(weight >= closed, fine)
        own = [
            p for p in phones if ARTICULATIONS[p.symbol].shapes and ARTICULATIONS[p.symbol].shapes[0].viseme == viseme
        ]
        counts = tally.hits[viseme]
        counts[0] += len(own)
        counts[1] += sum(any(a <= p.end + TOLERANCE and b >= p.start - TOLERANCE for a, b in events) for p in own)
        counts[2] += sum(weight[(fine >= p.start) & (fine <= p.end)].max(initial=0.0) >= sealed - 1e-9 for p in own)
        counts[3] += len(events)
        counts[4] += sum(any(a <= p.end + TOLERANCE and b >= p.start - TOLERANCE for p in own) for a, b in events)


def lag_of(tally: Tally) -> float:
    """Milliseconds by which the picture comes after the sound, at the highest correlation."""
    step = int(RATE)
    curves = [np.interp(np.arange(len(o) * 2) / 2, np.arange(len(o)), o) for o in tally.opening]
    truths = [np.interp(np.arange(len(o) * 2) / 2, np.arange(len(o)), o) for o in tally.true_opening]
    best = []
    for lag in LAGS:
        shift = round(lag * step * 2)
        a = np.concatenate([c[max(shift, 0) : len(c) + min(shift, 0)] for c in curves])
        b = np.concatenate([t[max(-shift, 0) : len(t) + min(-shift, 0)] for t in truths])
        best.append(np.corrcoef(a, b)[0, 1])
    return float(LAGS[int(np.argmax(best))] * 1000)


def row(system: System, tally: Tally) -> str:
    """One line of the table."""
    correlation = np.corrcoef(np.concatenate(tally.opening), np.concatenate(tally.true_opening))[0, 1]
    percent = lambda a, b: f"{100 * a / b:.0f}" if b else "–"  # noqa: E731
    cells = [
        system.name,
        f"{100 * tally.strict / tally.frames:.1f} / {100 * tally.merged / tally.frames:.1f}",
        *(
            f"{percent(met, true)} / {percent(right, closures)} ({percent(sealed, true)})"
            for true, met, sealed, closures, right in tally.hits.values()
        ),
        f"{correlation:.2f}",
        f"{lag_of(tally):+.0f}",
        f"{tally.keys / tally.seconds:.0f}",
        f"{tally.work / tally.seconds:.4f}",
    ]
    return "| " + " | ".join(cells) + " |"


def systems(with_aligner: bool) -> Mapping[str, System]:
    """All that can be compared here."""
    ours = System("true phones, **ours**", lambda clip: clip.speech, our_curves, our_visemes)
    made: dict[str, System] = {ours.name: ours}
    for rules in (True, False):
        peer = make_openfacefx(rules)
        if peer:
            made[peer.name] = peer
    for name, curves in (("our curves", our_curves), ("linear keys at phone starts", linear_curves)):
        even = System(f"true words, phones evenly spread, {name}", evenly_spaced, curves, our_visemes)
        made[even.name] = even
    if with_aligner:
        from alphsistant_addon.listening import align

        cache: dict[str, Speech] = {}

        def aligned(clip: Clip) -> Speech:
            if clip.name not in cache:
                s = clip.speech
                cache[clip.name] = align(s.samples, s.sample_rate, s.text)
            return cache[clip.name]

        made["align, ours"] = System("`align`, **ours**", aligned, our_curves, our_visemes)
        peer = make_openfacefx(rules=True)
        if peer:
            made["align, peer"] = System("`align`, OpenFaceFX with JALI rules", aligned, peer.curves, peer.viseme_at)
    return made


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("corpus", type=Path)
    parser.add_argument("alignments", type=Path)
    parser.add_argument("--clips", type=int, default=60)
    parser.add_argument("--start", type=int, default=0)
    parser.add_argument("--aligner", action="store_true")
    options = parser.parse_args()
    clips = list(read_clips(options.corpus, options.alignments, options.start, options.clips))
    print(f"{len(clips)} clips, {sum(c.speech.duration for c in clips):.0f} s\n")
    print(HEADER)
    for system in systems(options.aligner).values():
        tally = Tally()
        for clip in clips:
            add(tally, clip, system)
        print(row(system, tally))


if __name__ == "__main__":
    main()
