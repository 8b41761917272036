"""How like filmed people the face moves, beside cross-fades of the same phones, OpenFaceFX and a loudness flap.

    python build_addon.py bench lip_sync_people CLIPS [--half check] [--tracker PYTHON] [--no-transcript]

CLIPS is a folder with films of speaking people and ``clips.json``: a list of {"file", "person", "kind", "text"}, where
kind is "free" (speaking freely or from a prompter), "studio" (reading sentences) or "actor". Filmed faces with their
own sound, frontal, without cuts or dubbing, 2–15 s, many people rather than many clips. ``--tracker`` is a Python 3.11
with ``mediapipe==0.10.14 opencv-python-headless av`` (``lip_sync_people_track.py`` runs there, once a clip); the peer
needs ``openfacefx==0.24.0`` and is left out when it is not installed. The shipped face is rendered in 130 poses once
for each version of it, and tracked in the same way: curves are judged by what the tracker would read off our face.

People are divided by a fixed rule: sorted by name within their kind, every second one belongs to the half ``tune``, the
others to ``check``. Nothing may be chosen by looking at ``check``.

Sound and picture of a film may be out of step. The lag is found once a person, the same for all systems: where the dips
of the opening meet p b m and plain cross-fades of the phones agree best with opening and width. Then, a clip:
* r of opening and of width over time; means over people, with the standard error over people;
* peak: 90th percentile of the opening, ours / theirs; jerk: third difference over spread, ours / theirs;
* narrowing at rounded phones against the widest before it, and how long before the phone a fifth of it is reached;
* p b m: opening at the phone under a fifth of the person's 90th percentile; how long it stays there;
* opening in the middle of inner pauses, before phrases and after them, as a share of the 95th percentile;
* blinks, head and brows, of people and of ``life``.
"""

from __future__ import annotations

import argparse
import hashlib
import itertools
import json
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from lip_sync import make_openfacefx, our_curves
from scipy.ndimage import median_filter

from alphsistant_addon.core.errors import AlphsistantError
from alphsistant_addon.core.phone_inventory import SILENCE
from alphsistant_addon.core.speech import Phone, Speech
from alphsistant_addon.face_rig.bone_names import HEAD_DEGREES
from alphsistant_addon.lip_sync import Life
from alphsistant_addon.lip_sync.channels import VISEMES
from alphsistant_addon.lip_sync.curves import sample_curve
from alphsistant_addon.lip_sync.life import make_life
from alphsistant_addon.lip_sync.prosody import loudness
from alphsistant_addon.lip_sync.visemes import ARTICULATIONS, DIPHTHONG_SPLIT, VISEME_INDEX
from alphsistant_addon.listening import align

HERE = Path(__file__).resolve().parent
FACE = HERE.parents[1] / "blender_assets" / "face" / "face.blend"

POSES = 130
LAGS = np.arange(-0.3, 0.3501, 0.01)
MANY_CLOSURES = 8
MARGIN = 0.3
"""Seconds judged before the first and after the last phone."""

CROSS_FADE = 0.030
ROUNDED_PHONES = {
    "w": ("w",), "u ʊ": ("u", "ʊ"), "oʊ ɔ": ("oʊ", "ɔ"), "ʃ tʃ": ("ʃ", "ʒ", "tʃ", "dʒ"), "ɹ": ("ɹ",),
}  # fmt: skip
SHUT = 0.2
LONGEST_PHONE = 0.3
LEAST_NARROWING = 0.04
INNER_PAUSE, LONG_PAUSE = 0.18, 0.35
BROW_PER_WEIGHT = 0.06
"""EYE that the shipped face's brows rise at weight 1, as the tracker reads it."""

BROW_RAISE = 0.02
FRONTAL = 25.0
FEWEST_SECONDS = 1.5
LEAST_OPENING = 0.03
"""EYE; a mouth that never opens this far is hidden by a beard, a microphone or the chest."""

Sampler = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Clip:
    """One film: what was tracked, and the phones that are heard in it."""

    name: str
    person: str
    kind: str
    text: str
    track: dict[str, np.ndarray]
    speech: Speech
    lag: float = 0.0
    """Seconds by which the picture is later than the sound."""

    @property
    def frames(self) -> np.ndarray:
        """Times of the film's frames on the sound's clock, and only those that are judged."""
        return self.track["times"][self.judged] - self.lag

    @property
    def judged(self) -> np.ndarray:
        """Which frames have a face and are near the speech."""
        spoken = [p for p in self.speech.phones if p.symbol != SILENCE]
        times = self.track["times"] - self.lag
        near = (times > spoken[0].start - MARGIN) & (times < spoken[-1].end + MARGIN) & (times >= 0)
        return np.flatnonzero(near & (times <= self.speech.duration) & np.isfinite(self.track["opening"]))

    def seen(self, what: str) -> np.ndarray:
        """One tracked value in the judged frames."""
        return self.track[what][self.judged]


@dataclass(frozen=True)
class Reading:
    """What the tracker reads off the shipped face, from the weights of its visemes."""

    gap: np.ndarray
    wide: np.ndarray
    rest: tuple[float, float]
    fits: tuple[np.ndarray, np.ndarray]
    errors: tuple[float, float]

    def features(self, weights: np.ndarray) -> np.ndarray:
        """Columns for the fit: the mesh's gap (never below 0, because lips do not pass each other), width, weights."""
        gap = np.maximum(self.rest[0] + weights @ self.gap, 0.0)
        return np.column_stack([np.ones(len(weights)), gap, gap**2, weights @ self.wide, weights])

    def read(self, weights: np.ndarray) -> dict[str, np.ndarray]:
        """Opening and width in EYE."""
        columns = self.features(weights)
        return {name: columns @ fit for name, fit in zip(("opening", "width"), self.fits, strict=True)}


def read_face(folder: Path) -> Reading:
    """Fit the tracker's reading of the rendered poses."""
    poses, track = np.load(folder / "poses.npz"), np.load(folder / "poses_track.npz")
    weights, alone, mesh = poses["weights"], 100 * poses["alone"], 100 * poses["mesh"]
    reading = Reading(alone[:, 0] - mesh[0, 0], alone[:, 1] - mesh[0, 1], tuple(mesh[0]), (np.zeros(0),) * 2, (0, 0))
    columns = reading.features(weights)
    fits, errors = [], []
    for name in ("opening", "width"):
        good = np.isfinite(track[name])
        fits.append(_ridge(columns[good], track[name][good]))
        folds = np.arange(good.sum()) % 5
        left_out = np.concatenate(
            [
                track[name][good][folds == f]
                - columns[good][folds == f] @ _ridge(columns[good][folds != f], track[name][good][folds != f])
                for f in range(5)
            ]
        )
        errors.append(float(np.sqrt(np.mean(left_out**2))))
    return replace(reading, fits=tuple(fits), errors=tuple(errors))


def _ridge(columns: np.ndarray, values: np.ndarray) -> np.ndarray:
    strength = 1e-2 * np.diag([0.0, *np.ones(columns.shape[1] - 1)])
    return np.linalg.solve(columns.T @ columns + strength, columns.T @ values)


def prepare_face(folder: Path, tracker: str) -> Reading:
    """Render and track the shipped face, unless this version of it was before."""
    own = folder / f"face_{hashlib.sha256(FACE.read_bytes()).hexdigest()[:12]}"
    if not (own / "poses.npz").is_file():
        print(f"rendering {POSES} poses of the face", flush=True)
        subprocess.run(
            [sys.executable, str(HERE / "lip_sync_people_face.py"), str(own), "--poses", str(POSES)], check=True
        )
    if not (own / "poses_track.npz").is_file():
        subprocess.run([tracker, str(HERE / "lip_sync_people_track.py"), str(own / "tracked"), str(own)], check=True)
        (own / "tracked" / f"{own.name}.npz").rename(own / "poses_track.npz")
    return read_face(own)


def read_clips(folder: Path, tracker: str, transcript: bool, half: str) -> list[Clip]:
    """Tracked and aligned clips of one half, or of ``all``; says which are left out, and why."""
    half_of = halves(folder)
    listed = json.loads((folder / "clips.json").read_text(encoding="utf-8"))
    listed = [entry for entry in listed if half in ("all", half_of[entry["person"]])]
    missing = [folder / c["file"] for c in listed if not _track_of(folder, c["file"]).is_file()]
    if missing:
        script = str(HERE / "lip_sync_people_track.py")
        subprocess.run([tracker, script, str(folder / "tracks"), *map(str, missing)], check=True)
    clips = []
    for entry in listed:
        track = dict(np.load(_track_of(folder, entry["file"])))
        if abs(track["facing"]) > FRONTAL:
            print(f"left out: {entry['file']}: turned by {track['facing']:.0f}°")
            continue
        if np.nanpercentile(track["opening"], 90) < LEAST_OPENING:
            print(f"left out: {entry['file']}: the mouth is not seen")
            continue
        try:
            speech = align(track["samples"], int(track["rate"]), entry["text"] if transcript else None)
        except AlphsistantError as error:
            print(f"left out: {entry['file']}: {error}")
            continue
        clip = Clip(entry["file"], entry["person"], entry["kind"], entry["text"], track, speech)
        if len(clip.judged) < 15 or clip.frames[-1] - clip.frames[0] < FEWEST_SECONDS:
            print(f"left out: {entry['file']}: too short")
            continue
        clips.append(clip)
    return clips


def _track_of(folder: Path, file: str) -> Path:
    return folder / "tracks" / f"{Path(file).stem}.npz"


def halves(folder: Path) -> dict[str, str]:
    """Person → ``tune`` or ``check``, by kind and name alone, whoever is left out later."""
    listed = json.loads((folder / "clips.json").read_text(encoding="utf-8"))
    people = sorted({(entry["kind"], entry["person"]) for entry in listed})
    return {person: ("tune", "check")[number % 2] for number, (_, person) in enumerate(people)}


def cross_fades(speech: Speech) -> tuple[Sampler, int]:
    """Our shapes of every phone at full weight, faded into each other over 30 ms."""
    pieces: list[tuple[float, np.ndarray]] = []
    for phone in speech.phones:
        shapes = ARTICULATIONS[phone.symbol].shapes or (pieces and [None]) or ARTICULATIONS[SILENCE].shapes
        cut = phone.start + DIPHTHONG_SPLIT * phone.duration
        for start, shape in zip((phone.start, cut), shapes, strict=False):
            weights = np.zeros(len(VISEMES))
            if shape is None:
                weights = pieces[-1][1]
            else:
                weights[VISEME_INDEX[shape.viseme]] = shape.weight
            pieces.append((start, weights))

    def sample(times: np.ndarray) -> np.ndarray:
        found = np.tile(pieces[0][1], (len(times), 1))
        for (_, before), (start, after) in itertools.pairwise(pieces):
            share = np.clip((times - start) / CROSS_FADE + 0.5, 0.0, 1.0)[:, None]
            found = np.where(share > 0.0, (1 - share) * before + share * after, found)
        return found

    return sample, 0


def flap(speech: Speech) -> tuple[Sampler, int]:
    """The mouth opens with the level: closed 35 dB under the loudest moment, open at it."""
    levels = loudness(speech.samples, speech.sample_rate)
    at = np.arange(len(levels)) * speech.duration / max(len(levels), 1)
    open_ = np.clip((levels - levels.max() + 35.0) / 35.0, 0.0, 1.0)

    def sample(times: np.ndarray) -> np.ndarray:
        weights = np.zeros((len(times), len(VISEMES)))
        weights[:, VISEME_INDEX["aa"]] = 0.9 * np.interp(times, at, open_)
        return weights

    return sample, 0


def systems() -> dict[str, Callable[[Speech], tuple[Sampler, int]]]:
    """Everything that is judged."""
    made = {"**ours**": our_curves, "30 ms cross-fades": cross_fades}
    peer = make_openfacefx(rules=True)
    if peer:
        made["OpenFaceFX with JALI rules"] = peer.curves
    return made | {"loudness flap": flap}


def correlation(a: np.ndarray, b: np.ndarray) -> float:
    """Pearson's r, 0 where either stands still."""
    return float(np.corrcoef(a, b)[0, 1]) if a.std() > 1e-9 and b.std() > 1e-9 else 0.0


def dips(clip: Clip, lags: np.ndarray) -> tuple[np.ndarray, int]:
    """Opening at the middle of every p b m for each lag, as a share of the 90th percentile; and how many there are."""
    good = np.isfinite(clip.track["opening"])
    times, opening = clip.track["times"][good], clip.track["opening"][good]
    middles = [(p.start + p.end) / 2 for p in clip.speech.phones if p.symbol in ("p", "b", "m") and p.duration < 0.25]
    scale = max(float(np.percentile(opening, 90)), 0.02)
    found = np.array([np.interp(middle + lags, times, opening) / scale for middle in middles])
    return (found.sum(0) if middles else np.zeros(len(lags))), len(middles)


def agreement(clip: Clip, lags: np.ndarray, reading: Reading, sampler: Sampler) -> np.ndarray:
    """Mean of the r of opening and of width for each lag."""
    found = []
    for lag in lags:
        moved = replace(clip, lag=float(lag))
        ours = reading.read(sampler(moved.frames))
        found.append(np.mean([correlation(ours[w], moved.seen(w)) for w in ("opening", "width")]))
    return np.array(found)


def with_lags(clips: Sequence[Clip], reading: Reading) -> list[Clip]:
    """Bring sound and picture of every person together."""
    by_person: dict[str, list[Clip]] = defaultdict(list)
    for clip in clips:
        by_person[clip.person].append(clip)
    moved = []
    for own in by_person.values():
        depth, count = (sum(x) for x in zip(*(dips(clip, LAGS) for clip in own), strict=True))
        like = np.average(
            [agreement(c, LAGS, reading, cross_fades(c.speech)[0]) for c in own],
            axis=0, weights=[c.speech.duration for c in own],
        )  # fmt: skip
        score = like - (depth / count * min(count / MANY_CLOSURES, 1.0) if count else 0.0)
        moved += [replace(clip, lag=float(LAGS[np.argmax(score)])) for clip in own]
    return moved


@dataclass
class Judgement:
    """What one system does in one clip; lists hold pairs (ours, theirs)."""

    opening: float
    width: float
    peak: float
    jerk: float
    narrowing: dict[str, list[tuple[float, float]]]
    lead: dict[str, list[tuple[float, float]]]
    closures: list[tuple[float, float]]
    shut: list[tuple[float, float]]
    pauses: list[tuple[float, float]]
    before: list[tuple[np.ndarray, np.ndarray]]
    after: list[tuple[np.ndarray, np.ndarray]]


BEFORE = np.array([-0.5, -0.4, -0.3, -0.2, -0.1, 0.0])
AFTER = np.array([0.0, 0.1, 0.2, 0.4])


@dataclass(frozen=True)
class Motion:
    """Opening and width over time, as judged frames show them; ``floor`` is a closed mouth, in EYE."""

    times: np.ndarray
    opening: np.ndarray
    width: np.ndarray
    floor: float

    def top(self, percent: float) -> float:
        """A percentile of the opening."""
        return float(np.percentile(self.opening, percent))

    def jerk(self) -> float:
        """Third difference over spread."""
        return float(np.sqrt(np.mean(np.diff(self.opening, 3) ** 2)) / max(self.opening.std(), 1e-9))

    def shut(self) -> float:
        """The opening under which the lips count as shut."""
        return self.floor + SHUT * (self.top(90) - self.floor)


def judge(clip: Clip, sampler: Sampler, reading: Reading) -> Judgement:
    """Compare a system's curves with the film; both at the film's frames, between which nothing is seen."""
    frames = clip.frames
    read = reading.read(sampler(frames))
    closed = float(reading.read(np.zeros((1, len(VISEMES))))["opening"][0])
    ours = Motion(frames, read["opening"], read["width"], min(closed, float(np.percentile(read["opening"], 5))))
    seen = clip.seen("opening")
    theirs = Motion(frames, seen, clip.seen("width"), min(float(np.percentile(seen, 5)), 0.01))
    result = Judgement(
        correlation(ours.opening, theirs.opening),
        correlation(ours.width, theirs.width),
        ours.top(90) / max(theirs.top(90), 1e-3),
        ours.jerk() / max(theirs.jerk(), 1e-9),
        defaultdict(list), defaultdict(list), [], [], [], [], [],
    )  # fmt: skip
    _judge_rounding(result, clip.speech.phones, ours, theirs)
    _judge_closures(result, clip.speech.phones, ours, theirs)

    good = np.isfinite(clip.track["opening"])
    film = (clip.track["times"][good] - clip.lag, clip.track["opening"][good])

    def level_of_film(times: np.ndarray) -> np.ndarray:
        return (np.interp(times, *film) - theirs.floor) / (theirs.top(95) - theirs.floor)

    def level_of_ours(times: np.ndarray) -> np.ndarray:
        opening = reading.read(sampler(np.clip(np.nan_to_num(times), 0.0, clip.speech.duration)))["opening"]
        return np.where(np.isfinite(times), (opening - ours.floor) / (ours.top(95) - ours.floor), np.nan)

    _judge_pauses(result, clip.speech.phones, (film[0][0], film[0][-1]), level_of_ours, level_of_film)
    return result


def _judge_rounding(result: Judgement, phones: Sequence[Phone], ours: Motion, theirs: Motion) -> None:
    for phone in phones:
        group = next((name for name, symbols in ROUNDED_PHONES.items() if phone.symbol in symbols), None)
        if not group or phone.duration >= LONGEST_PHONE:
            continue
        if phone.start > ours.times[0] + 0.35 and phone.end < ours.times[-1]:
            (our_loss, our_lead), (their_loss, their_lead) = (_narrowing(m, phone) for m in (ours, theirs))
            result.narrowing[group].append((our_loss, their_loss))
            if min(our_loss, their_loss) > LEAST_NARROWING:
                result.lead[group].append((our_lead, their_lead))


def _judge_closures(result: Judgement, phones: Sequence[Phone], ours: Motion, theirs: Motion) -> None:
    for index, phone in enumerate(phones):
        if phone.symbol not in ("p", "b", "m") or phone.start < ours.times[0] or phone.end > ours.times[-1]:
            continue
        (our_shut, our_length), (their_shut, their_length) = (_closure(m, phone) for m in (ours, theirs))
        result.closures.append((our_shut, their_shut))
        if 0 < index < len(phones) - 1 and SILENCE not in (phones[index - 1].symbol, phones[index + 1].symbol):
            result.shut.append((our_length, their_length))


def _judge_pauses(
    result: Judgement,
    phones: Sequence[Phone],
    seen: tuple[float, float],
    ours: Callable[[np.ndarray], np.ndarray],
    theirs: Callable[[np.ndarray], np.ndarray],
) -> None:
    for index, phone in enumerate(phones):
        if phone.symbol != SILENCE:
            continue
        is_last = index == len(phones) - 1
        if 0 < index < len(phones) - 1 and phone.duration >= INNER_PAUSE and phone.end < seen[1]:
            middle = np.array([(phone.start + phone.end) / 2])
            result.pauses.append((float(ours(middle)[0]), float(theirs(middle)[0])))
        if not is_last and phone.duration >= LONG_PAUSE and phone.end - LONG_PAUSE > seen[0]:
            at = phone.end + np.where(phone.end + BEFORE < max(seen[0], phone.start), np.nan, BEFORE)
            result.before.append((ours(at), theirs(at)))
        if is_last and phone.start + AFTER[-1] < min(seen[1], phone.end):
            result.after.append((ours(phone.start + AFTER), theirs(phone.start + AFTER)))


def _narrowing(motion: Motion, phone: Phone) -> tuple[float, float]:
    """Share of the width lost at a rounded phone, and how many seconds before the phone a fifth of it is."""
    fine = np.arange(phone.start - 0.35, phone.end + 0.05, 0.005)
    value = np.interp(fine, motion.times, motion.width)
    inside = fine >= phone.start - 0.05
    lowest = int(np.flatnonzero(inside)[np.argmin(value[inside])])
    widest = value[: lowest + 1].max()
    fifth = widest - 0.2 * (widest - value[lowest])
    above = np.flatnonzero(value[: lowest + 1] >= fifth)
    return float(1.0 - value[lowest] / widest), float(phone.start - fine[above[-1]])


def _closure(motion: Motion, phone: Phone) -> tuple[float, float]:
    """1 if the lips meet at the phone, else 0; and the seconds that they stay together."""
    fine = np.arange(phone.start - 0.2, phone.end + 0.2, 0.005)
    shut = np.interp(fine, motion.times, motion.opening) < motion.shut()
    near = np.flatnonzero(shut & (fine > phone.start - 0.05) & (fine < phone.end + 0.05))
    if not len(near):
        return 0.0, np.nan
    first = last = near[len(near) // 2]
    while first > 0 and shut[first - 1]:
        first -= 1
    while last < len(fine) - 1 and shut[last + 1]:
        last += 1
    return 1.0, float(fine[last] - fine[first])


def by_person(values: Iterable[tuple[str, float]]) -> np.ndarray:
    """Mean of each person."""
    found: dict[str, list[float]] = defaultdict(list)
    for person, value in values:
        if np.isfinite(value):
            found[person].append(value)
    return np.array([np.mean(v) for v in found.values()])


def mean_se(values: np.ndarray) -> str:
    """``mean ± standard error``."""
    return f"{values.mean():.2f} ± {values.std(ddof=1) / np.sqrt(len(values)):.2f}" if len(values) > 1 else "–"


def middle_half(values: Sequence[float] | np.ndarray, digits: int = 2) -> str:
    """``median [lower quartile upper quartile]``."""
    found = np.asarray(values, dtype=float)
    found = found[np.isfinite(found)]
    if not len(found):
        return "–"
    low, middle, high = np.percentile(found, [25, 50, 75])
    return f"{middle:.{digits}f} [{low:.{digits}f} {high:.{digits}f}]"


def pooled(judged: Sequence[tuple[Clip, Judgement]], what: str, side: int) -> list[float]:
    """All of ours (0) or theirs (1)."""
    return [pair[side] for _, j in judged for pair in getattr(j, what)]


def report(judged: Sequence[tuple[Clip, Judgement]], name: str) -> str:
    """One line of the main table."""
    mean = lambda what: by_person((c.person, getattr(j, what)) for c, j in judged)  # noqa: E731
    narrow = [[p[s] for _, j in judged for v in j.narrowing.values() for p in v] for s in (0, 1)]
    lead = [[p[s] for _, j in judged for v in j.lead.values() for p in v] for s in (0, 1)]
    cells = [
        name,
        mean_se(mean("opening")),
        mean_se(mean("width")),
        middle_half(mean("peak")),
        f"{np.mean(narrow[0]) / np.mean(narrow[1]):.1f}",
        f"{1000 * (np.median(lead[0]) - np.median(lead[1])):+.0f}" if lead[0] else "–",
        f"{100 * np.mean(pooled(judged, 'closures', 0)):.0f}",
        middle_half(mean("jerk")),
    ]
    return "| " + " | ".join(cells) + " |"


HEADER = (
    "| system | r of opening | r of width | peak, ours / theirs | narrowing, ours / theirs | lead ms, ours − theirs "
    "| p b m shut % | jerk, ours / theirs |\n|---|---|---|---|---|---|---|---|"
)


def details(judged: Sequence[tuple[Clip, Judgement]]) -> str:
    """What people do, and what we do, one subject a line."""
    lines = ["| | people | ours | n |", "|---|---|---|---|"]

    def row(name: str, theirs: Sequence[float], ours: Sequence[float], digits: int = 2) -> None:
        lines.append(f"| {name} | {middle_half(theirs, digits)} | {middle_half(ours, digits)} | {len(theirs)} |")

    for group in ROUNDED_PHONES:
        pairs = [p for _, j in judged for p in j.narrowing[group]]
        row(f"narrowing at {group}, %", [100 * p[1] for p in pairs], [100 * p[0] for p in pairs], 0)
        pairs = [p for _, j in judged for p in j.lead[group]]
        row(f"narrowing begins before {group}, ms", [1000 * p[1] for p in pairs], [1000 * p[0] for p in pairs], 0)
    shut = [p for _, j in judged for p in j.shut]
    row("p b m inside words shut, ms", [1000 * p[1] for p in shut], [1000 * p[0] for p in shut], 0)
    closed = [100 * np.mean(pooled(judged, "closures", side)) for side in (1, 0)]
    lines.append(f"| p b m shut, % | {closed[0]:.0f} | {closed[1]:.0f} | {len(pooled(judged, 'closures', 0))} |")
    row("open in the middle of inner pauses ≥ 180 ms", pooled(judged, "pauses", 1), pooled(judged, "pauses", 0))
    for number, seconds in enumerate(BEFORE):
        pairs = [(a[number], b[number]) for _, j in judged for a, b in j.before if np.isfinite(a[number])]
        row(f"open {-1000 * seconds:.0f} ms before a phrase", [p[1] for p in pairs], [p[0] for p in pairs])
    for number, seconds in enumerate(AFTER):
        pairs = [(a[number], b[number]) for _, j in judged for a, b in j.after]
        row(f"open {1000 * seconds:.0f} ms after the end", [p[1] for p in pairs], [p[0] for p in pairs])
    return "\n".join(lines)


def people_table(judged: Sequence[tuple[Clip, Judgement]]) -> str:
    """One line a person: how well we follow, and by how much their film's picture is late."""
    lines = [
        "| person | kind | s | r of opening | r of width | peak, ours / theirs | film's lag ms |",
        "|---|---|---|---|---|---|---|",
    ]
    for person in dict.fromkeys(clip.person for clip, _ in judged):
        own = [(clip, j) for clip, j in judged if clip.person == person]
        means = (f"{np.mean([getattr(j, what) for _, j in own]):.2f}" for what in ("opening", "width", "peak"))
        seconds, clip = sum(c.speech.duration for c, _ in own), own[0][0]
        cells = (person, clip.kind, f"{seconds:.0f}", *means, f"{1000 * clip.lag:+.0f}")
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def lag_check(clips: Sequence[Clip], reading: Reading) -> list[float]:
    """Where many p b m tell the lag alone: seconds by which our curves come later than the film's."""
    found = []
    fine = np.arange(-0.25, 0.4501, 0.005)
    for person in sorted({c.person for c in clips}):
        own = [c for c in clips if c.person == person]
        depth, count = (sum(x) for x in zip(*(dips(c, fine) for c in own), strict=True))
        if count < MANY_CLOSURES:
            continue
        like = np.average([agreement(c, fine, reading, our_curves(c.speech)[0]) for c in own], axis=0)
        near = np.abs(fine - own[0].lag) <= 0.1
        found.append(float(fine[near][np.argmin(depth[near])] - fine[near][np.argmax(like[near])]))
    return found


def blinks_of(times: np.ndarray, eyes: np.ndarray) -> list[tuple[float, float]]:
    """Start and length of each time the eyes shut: under 55 % of their usual opening; length at 80 %."""
    usual = np.maximum(median_filter(eyes, size=75, mode="nearest"), 1e-6)
    share = eyes / usual
    found, frame = [], 0
    while frame < len(share):
        if share[frame] < 0.55:
            first = last = frame
            while first > 0 and share[first] < 0.8:
                first -= 1
            while last < len(share) - 1 and share[last] < 0.8:
                last += 1
            found.append((float(times[first]), float(times[last] - times[first])))
            frame = last
        frame += 1
    return found


def raises_of(times: np.ndarray, brows: np.ndarray) -> int:
    """How often the brows rise by .02 EYE above where they are at rest nearby."""
    size = max(int(4.0 / np.median(np.diff(times))), 3)
    high = brows - median_filter(brows, size=size, mode="nearest") > BROW_RAISE
    return int((high[1:] & ~high[:-1]).sum())


def life_table(clips: Sequence[Clip]) -> str:
    """Blinks, head and brows of people who speak freely, and ours to the same speech."""
    theirs, ours = defaultdict(list), defaultdict(list)
    for number, clip in enumerate(clips):
        good = np.isfinite(clip.track["eyes"])
        times = clip.track["times"][good]
        seconds = float(times[-1] - times[0])
        blinks = blinks_of(times, clip.track["eyes"][good])
        theirs["blinks"].append((clip.person, len(blinks), seconds))
        theirs["blink length, ms"] += [1000 * length for _, length in blinks]
        theirs["raises"].append((clip.person, raises_of(times, clip.track["brows"][good]), seconds))
        for axis, name in enumerate(("pitch", "yaw", "roll")):
            theirs[name].append((clip.person, float(np.std(clip.track["head"][good][:, axis]))))
        fine = np.arange(0.0, clip.speech.duration, 0.01)
        curves = make_life(clip.speech, Life(), seed=number)

        def at(channel: str, fine: np.ndarray = fine, curves: dict = curves) -> np.ndarray:
            return sample_curve(curves[channel], fine) if channel in curves else np.zeros(len(fine))

        shut = at("eyeBlinkLeft")
        lengths = [length for _, length in blinks_of(fine, 1.0 - 0.999 * shut)]
        ours["blinks"].append((clip.person, len(lengths), clip.speech.duration))
        ours["blink length, ms"] += [1000 * length for length in lengths]
        ours["raises"].append(
            (clip.person, raises_of(fine, BROW_PER_WEIGHT * at("browOuterUpLeft")), clip.speech.duration)
        )
        for name, plus, minus in (("pitch", "Down", "Up"), ("yaw", "Left", "Right"), ("roll", "Left", "Right")):
            axis = f"head{name.capitalize()}"
            ours[name].append((clip.person, float(np.std(HEAD_DEGREES * (at(axis + plus) - at(axis + minus))))))

    def rate(entries: Sequence[tuple[str, int, float]]) -> list[float]:
        people = sorted({e[0] for e in entries})
        return [60 * sum(e[1] for e in entries if e[0] == p) / sum(e[2] for e in entries if e[0] == p) for p in people]

    lines = ["| | people | ours |", "|---|---|---|"]
    lines.append(
        f"| blinks a minute | {middle_half(rate(theirs['blinks']), 0)} | {middle_half(rate(ours['blinks']), 0)} |"
    )
    name = "blink length, ms"
    lines.append(f"| {name} | {middle_half(theirs[name], 0)} | {middle_half(ours[name], 0)} |")
    lines.append(
        f"| brow raises a minute | {middle_half(rate(theirs['raises']), 0)} | {middle_half(rate(ours['raises']), 0)} |"
    )
    for axis in ("pitch", "yaw", "roll"):
        both = [middle_half(by_person(side[axis]), 1) for side in (theirs, ours)]
        lines.append(f"| head {axis}, spread in degrees | {both[0]} | {both[1]} |")
    return "\n".join(lines)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clips", type=Path)
    parser.add_argument("--half", choices=("check", "tune", "all"), default="check")
    parser.add_argument("--tracker", default=sys.executable, help="Python that has mediapipe==0.10.14")
    parser.add_argument("--no-transcript", action="store_true", help="let `align` hear the words itself")
    options = parser.parse_args()
    reading = prepare_face(options.clips, options.tracker)
    clips = with_lags(read_clips(options.clips, options.tracker, not options.no_transcript, options.half), reading)
    people = {c.person for c in clips}
    seconds = sum(c.speech.duration for c in clips)
    print(f"\n{options.half}: {len(clips)} clips, {len(people)} people, {seconds:.0f} s; ", end="")
    errors = f"{reading.errors[0]:.3f} (opening) and {reading.errors[1]:.3f} (width) EYE"
    print(f"the tracker's reading of our face is known to {errors}\n")
    print(HEADER)
    first: dict[str, np.ndarray] = {}
    compared: list[str] = []
    for name, system in systems().items():
        judged = [(clip, judge(clip, system(clip.speech)[0], reading)) for clip in clips]
        print(report(judged, name), flush=True)
        means = {w: by_person((c.person, getattr(j, w)) for c, j in judged) for w in ("opening", "width")}
        if not first:
            first, ours = means, judged
        else:
            for what, theirs in means.items():
                better = f"better for {(first[what] > theirs).sum()} of {len(theirs)} people"
                compared.append(f"ours − {name}, r of {what}: {mean_se(first[what] - theirs)}, {better}")
    print("\n" + "\n".join(compared))
    lags = lag_check(clips, reading)
    print(f"\nlag of our curves where the person has ≥ {MANY_CLOSURES} p b m, ms: "
          f"{middle_half([1000 * lag for lag in lags], 0)}, n {len(lags)}\n")  # fmt: skip
    print(people_table(ours))
    print()
    print(details(ours))
    print()
    print(life_table([c for c in clips if c.kind == "free"]))


if __name__ == "__main__":
    main()
