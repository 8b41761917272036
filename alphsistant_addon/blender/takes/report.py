"""Report on a take as it plays in Blender, with hand edits, NLA and modifiers: lip seals, vowels, keys, clipping.

Whether lips are closed is measured on the evaluated mesh, on any face: see :mod:`..face.mouth_opening`.
"""

from __future__ import annotations

import json
import wave
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import bpy
import numpy as np
import numpy.typing as npt

from ...core.errors import AlphsistantError, AssetError
from ...core.speech import Phone
from ...lip_sync.prosody import HOP, loudness
from ...lip_sync.quality import APEX_MARGIN, EARLY, LATE, MOST_MOMENTS
from ...lip_sync.visemes import ARTICULATIONS, Manner
from ..common import compat
from ..face.mouth_opening import SEALED, Mouth
from . import playback
from .markers import add_markers, remove_markers
from .record import Take, curves_of_part, find, objects_of, parts_of, record_of

FloatArray: TypeAlias = npt.NDArray[np.float64]

SHOWS: Final = 0.2
"""Share of a vowel's full shape from which it shows."""

MOST_CHANNELS: Final = 3
"""Names of clipped channels in a line."""


@dataclass(frozen=True)
class Moment:
    """Something to look at: frame, how bad (0…1), and a sentence."""

    frame: float
    severity: float
    sentence: str


@dataclass(frozen=True)
class Report:
    """Figures of one take as it plays."""

    mesh: str
    """Object on which the lips were measured; empty if no mouth was found."""
    seals: int
    """p b m in the speech."""
    closed: int
    """Those at which the lips of the evaluated mesh close."""
    apex_ms: tuple[float, float] | None
    """Median, and 90th percentile of the absolute value, of the vowels' apexes after their loudest moment."""
    keys_per_second: float
    curves: int
    clipped: tuple[str, ...]
    """Shape keys with keys beyond their slider's range."""
    worst: tuple[Moment, ...]
    """Up to five moments, the worst first."""

    @property
    def lines(self) -> list[str]:
        """The figures in words, then the worst moments in time order."""
        if not self.mesh:
            seals = "Lip seals: not measured, as no mesh was found on which a mouth opens."
        else:
            seals = f"{self.closed} of {self.seals} lip seals (p b m) close on “{self.mesh}”."
        if self.apex_ms is None:
            apex = "Vowels against the sound: not measured."
        else:
            side = "after" if self.apex_ms[0] >= 0 else "before"
            median, most = abs(self.apex_ms[0]), self.apex_ms[1]
            apex = f"Vowels are widest {median:.0f} ms {side} the sound, 9 of 10 within {most:.0f} ms."
        names = ", ".join(self.clipped[:MOST_CHANNELS])
        more = f" and {len(self.clipped) - MOST_CHANNELS} more" if len(self.clipped) > MOST_CHANNELS else ""
        return [
            seals,
            apex,
            f"{self.keys_per_second:.0f} keys a second on {self.curves} curves.",
            f"Clipped: {names}{more}." if self.clipped else "Nothing is clipped.",
            *(f"Frame {m.frame:.0f}: {m.sentence}" for m in sorted(self.worst, key=lambda moment: moment.frame)),
        ]


def check(take_id: str) -> Report:
    """Measure a take, keep the report with it and mark its worst moments on the timeline.

    Raises:
        AlphsistantError: the take is gone, muted, or was made by an older version.
    """
    take, record = find(take_id), record_of(take_id)
    if take is None or record is None:
        raise AssetError("This take is no longer there.")
    if "phones" not in record:
        raise AssetError(f"“{take.name}” was made by an older version: speak it again to check it.")
    scene = bpy.data.scenes.get(take.scene)
    if scene is None:
        raise AssetError(f"The scene “{take.scene}” of this take is gone.")
    if playback.state(take_id) == playback.MUTED:
        raise AlphsistantError(f"“{take.name}” is muted: show it first, then check it.")
    phones = [Phone(*phone) for phone in json.loads(record["phones"])]
    report = measure(scene, take, phones)
    remove_markers(record, "report")
    record["report"] = "\n".join(report.lines)
    add_markers(scene, take_id, "report", ((f"! {m.sentence}", round(m.frame)) for m in report.worst))
    return report


def measure(scene: Any, take: Take, phones: list[Phone]) -> Report:
    """Play the take's seals through and measure; the playhead is put back."""
    rate = record_of(take.id)["rate"]
    moments: list[Moment] = []
    closures = [phone for phone in phones if ARTICULATIONS[phone.symbol].manner is Manner.SEAL]
    mouth = _find_mouth(scene, take)
    closed = 0
    if mouth is not None:
        here = scene.frame_current, scene.frame_subframe
        try:
            for phone in closures:
                frames = take.start + rate * np.array(_closing_times(phone, take))
                opening = np.inf
                for frame in frames:
                    opening = min(opening, mouth.opening_at(scene, frame))
                    if opening <= SEALED:
                        break
                if opening <= SEALED:
                    closed += 1
                else:
                    middle = take.start + rate * (phone.start + phone.end) / 2
                    text = f"“{phone.symbol}” stays open ({opening:.0%} of the open mouth)."
                    moments.append(Moment(middle, min(0.5 + opening, 1.0), text))
        finally:
            scene.frame_set(here[0], subframe=here[1])
    lags = _vowel_lags(take, phones, moments)
    clipped = _clipped(take, moments)
    curves = [curve for _, part in parts_of(take.id) for curve in curves_of_part(part)]
    keys = sum(len(curve.keyframe_points) for curve in curves)
    return Report(
        mesh=mouth.thing.name if mouth is not None else "",
        seals=len(closures),
        closed=closed,
        apex_ms=(float(np.median(lags)), float(np.percentile(np.abs(lags), 90))) if len(lags) else None,
        keys_per_second=keys * rate / max(take.end - take.start, 1),
        curves=len(curves),
        clipped=clipped,
        worst=tuple(sorted(moments, key=lambda moment: -moment.severity)[:MOST_MOMENTS]),
    )


def _find_mouth(scene: Any, take: Take) -> Mouth | None:
    for thing in objects_of(scene, take.id):
        if thing.type != "MESH" or (opener := _key_for(thing.data.shape_keys, take.id, "viseme_aa")) is None:
            continue
        mouth = Mouth.of(thing, opener)
        if mouth is not None:
            return mouth
    return None


def _main_key(part: Any, channel: str) -> tuple[str, float] | None:
    """Shape key that shows a channel most, and its weight there."""
    found = json.loads(part.get("visemes", "{}")).get(channel)
    return (found[0], found[1]) if found else None


def _key_for(keys: Any, take_id: str, channel: str) -> str | None:
    part = next((part for thing, part in parts_of(take_id) if thing == keys), None)
    main = _main_key(part, channel) if part is not None else None
    return main[0] if main is not None and main[0] in keys.key_blocks else None


def _curve_for(take_id: str, channel: str) -> tuple[Any, float] | None:
    """The F-curve that shows a channel most, over all meshes, and its weight there."""
    best: tuple[Any, float] | None = None
    for thing, part in parts_of(take_id):
        if not isinstance(thing, bpy.types.Key) or (main := _main_key(part, channel)) is None:
            continue
        for curve in curves_of_part(part):
            if compat.key_of_path(thing, curve.data_path) == main[0] and (best is None or main[1] > best[1]):
                best = curve, main[1]
    return best


def _closing_times(phone: Phone, take: Take) -> list[float]:
    """Seconds at which the lips are looked at: where the closing key is highest, then spread over the phone."""
    spread = np.linspace(phone.start, phone.end, 33)
    closing = _curve_for(take.id, "viseme_PP")
    heights = _played(closing[0], take, spread) if closing is not None else np.zeros(1)
    return [float(spread[int(np.argmax(heights))]), *spread[::8].tolist()]


def _vowel_lags(take: Take, phones: list[Phone], moments: list[Moment]) -> FloatArray:
    """Milliseconds of each vowel's apex after its loudest moment; what is off is added to the moments."""
    record = record_of(take.id)
    sound = _read_sound(bpy.path.abspath(take.sound))
    if sound is None or record.get("recording") == "STRIP":  # of which only a part may be played
        return np.zeros(0)
    levels = loudness(*sound)
    lags = []
    for phone in phones:
        articulation = ARTICULATIONS[phone.symbol]
        if articulation.manner is not Manner.VOWEL or not articulation.shapes or phone.duration <= 0.0:
            continue
        shown = _curve_for(take.id, f"viseme_{articulation.shapes[0].viseme}")
        if shown is None:
            continue
        times = np.arange(max(phone.start - APEX_MARGIN, 0.0), phone.end + APEX_MARGIN, 0.004)
        heights = _played(shown[0], take, times) / shown[1]
        frame = take.start + record["rate"] * (phone.start + phone.end) / 2
        if heights.max() < SHOWS:
            moments.append(Moment(frame, 0.5, f"The vowel “{phone.symbol}” hardly shows."))
            continue
        # A held apex is a stretch: its nearest moment to the sound counts.
        at_top = times[heights >= heights.max() - 0.02]
        first = min(int(phone.start / HOP), len(levels) - 1)
        loudest = (first + int(np.argmax(levels[first : max(int(phone.end / HOP), first) + 1]))) * HOP
        lag = float(at_top[np.argmin(np.abs(at_top - loudest))] - loudest)
        lags.append(1000.0 * lag)
        if not EARLY <= lag <= LATE:
            text = f"“{phone.symbol}” is widest {abs(lag) * 1000:.0f} ms {'after' if lag > 0 else 'before'} the sound."
            moments.append(Moment(frame, min(abs(lag) / 0.25, 1.0), text))
    return np.array(lags)


def _played(curve: Any, take: Take, times: FloatArray) -> FloatArray:
    """Values of a curve at seconds of the take."""
    record = record_of(take.id)
    frames = (take.start + record["rate"] * times) * record.get("stretch", 1.0)
    return np.array([curve.evaluate(frame) for frame in frames])


def _clipped(take: Take, moments: list[Moment]) -> tuple[str, ...]:
    names = []
    stretch = record_of(take.id).get("stretch", 1.0)
    for thing, part in parts_of(take.id):
        for curve in curves_of_part(part):
            name = compat.key_of_path(thing, curve.data_path) if isinstance(thing, bpy.types.Key) else None
            if name is None:
                continue
            block = thing.key_blocks[name]
            over = [
                (max(point.co[1] - block.slider_max, block.slider_min - point.co[1]), point.co[0])
                for point in curve.keyframe_points
            ]
            by, frame = max(over, default=(0.0, 0.0))
            if by > 1e-3:
                names.append(name)
                moments.append(Moment(frame / stretch, min(0.3 + by, 1.0), f"“{name}” is clipped by {by:.2f}."))
    return tuple(names)


def _read_sound(path: str) -> tuple[npt.NDArray[np.float32], int] | None:
    """Samples and rate of a take's own WAV file (16 bit); ``None`` if it is gone or another kind of file."""
    try:
        with wave.open(path) as file:
            if file.getsampwidth() != 2:
                return None
            raw = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")
            return raw[:: file.getnchannels()].astype(np.float32) / np.float32(32768), file.getframerate()
    except (OSError, EOFError, wave.Error):
        return None
