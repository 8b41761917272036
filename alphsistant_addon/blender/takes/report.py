"""Report on a take as it plays in Blender, with hand edits, NLA and modifiers: lip seals, vowels, keys, clipping.

Whether lips are closed is measured on the evaluated mesh, on any face: see :mod:`..face.mouth_opening`.
"""

from __future__ import annotations

import contextlib
import json
import logging
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias

import bpy
import numpy as np
import numpy.typing as npt

from ...core.errors import AlphsistantError, AssetError
from ...core.sound_files import read_sound
from ...core.speech import Phone
from ...lip_sync.prosody import HOP, loudness
from ...lip_sync.quality import APEX_MARGIN, EARLY, LATE, MOST_MOMENTS
from ...lip_sync.visemes import ARTICULATIONS, Manner
from ..common import compat
from ..common.scene_time import time_stretch
from ..face.mouth_opening import SEALED, Mouth
from . import hand_edits, heard, playback
from .markers import add_markers, remove_markers
from .record import Take, curves_of_part, find, objects_of, parts_of, record_of, scene_of

logger = logging.getLogger(__name__)

FloatArray: TypeAlias = npt.NDArray[np.float64]

SHOWS: Final = 0.2
"""Share of a vowel's full shape from which it shows."""

SEALS_SHARE: Final = 0.9
"""Share of the work that is measuring lip seals."""

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
    heard: tuple[str, ...]
    """Sentences about a sound that is not heard, or that is apart from the keys."""
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
            *self.heard,
            seals,
            apex,
            f"{self.keys_per_second:.0f} keys a second on {self.curves} curves.",
            f"Clipped: {names}{more}." if self.clipped else "Nothing is clipped.",
            *(f"Frame {m.frame:.0f}: {m.sentence}" for m in sorted(self.worst, key=lambda moment: moment.frame)),
        ]


def check(take_id: str) -> Report:
    """Measure a take in one go, keep the report with it and mark its worst moments on the timeline.

    Raises:
        AlphsistantError: the take is gone, muted, or was made by an older version.
    """
    checking = Checking(take_id)
    try:
        for _ in checking.steps(levels_of(checking.source)):
            pass
    finally:
        checking.put_back()
    return checking.keep()


def levels_of(source: heard.Source) -> FloatArray | None:
    """Return the loudness of a take's sound, all channels mixed; ``None`` if it cannot be read. Needs no Blender."""
    try:
        with contextlib.ExitStack() as stack:
            path = source.path
            if source.packed is not None:
                folder = stack.enter_context(tempfile.TemporaryDirectory())
                path = Path(folder) / f"sound{source.path.suffix}"
                path.write_bytes(source.packed)
            sound = read_sound(path, start=source.skipped, seconds=source.seconds)
    except AssetError:
        logger.info("The sound of the take cannot be read", exc_info=True)
        return None
    return loudness(sound.samples, sound.sample_rate)


class Checking:
    """Measures a take in small steps; between two of them nothing of Blender's is kept but names."""

    def __init__(self, take_id: str) -> None:
        """Look whether the take can be measured.

        Raises:
            AlphsistantError: it is gone, muted, or was made by an older version.
        """
        self._id = take_id
        self._here: tuple[int, float] | None = None
        """Where the playhead was; ``None`` while it is there."""
        self._set: tuple[int, float] | None = None
        """Where it was put last."""
        self._report: Report | None = None
        take, scene = self._found()
        self.source: Final = heard.source_of(scene, take)
        record = record_of(take_id)
        self._phones: Final = tuple(Phone(*phone) for phone in json.loads(record["phones"]))
        self._seconds: Final = max(take.end - take.start, 1) / record["rate"]
        self._moved: Final = next((hand_edits.moved_by(part) for _, part in parts_of(take_id)), 0.0)
        """Frames of the Action by which all keys were moved by hand."""
        first, second = (heard.frame_of_keys(scene, take, at) for at in (0.0, 1.0))
        self._first: Final = first
        self._rate: Final = second - first
        """Frames of the scene for each second of the take, as its keys play now."""

    def steps(self, levels: FloatArray | None) -> Iterator[float]:
        """Measure, at most one frame in each step, and yield the share (0…1) that is done.

        Args:
            levels: what :func:`levels_of` says of the sound.

        Raises:
            AlphsistantError: the take, its scene or its mesh is gone.
        """
        moments: list[Moment] = []
        take, scene = self._found()
        found = _find_mouth(scene, take)
        mesh = found.thing.name if found is not None else ""
        closures = [phone for phone in self._phones if ARTICULATIONS[phone.symbol].manner is Manner.SEAL]
        yield 0.0
        closed = 0
        for number, phone in enumerate(closures):
            opening = np.inf
            if found is None:
                break
            for at in self._closing_times(phone):
                opening = min(opening, self._opening(found, mesh, at))
                yield SEALS_SHARE * number / len(closures)
                if opening <= SEALED:
                    break
            if opening <= SEALED:
                closed += 1
            else:
                text = f"“{phone.symbol}” stays open ({opening:.0%} of the open mouth)."
                moments.append(Moment(self._frame(0.5 * (phone.start + phone.end)), min(0.5 + opening, 1.0), text))
        self.put_back()
        take, scene = self._found()
        lag = heard.lag_of(scene, take)
        sentences = [sentence for _, sentence in heard.why_silent(scene, take)]
        if lag is not None and lag.is_seen:
            sentences.append(heard.sentence_of(scene, take, lag))
            moments.append(Moment(self._first, 1.0, sentences[-1]))
        lags: list[float] = []
        for number, phone in enumerate(self._phones if levels is not None else ()):
            own = self._vowel_lag(phone, levels, moments)
            if own is not None:
                lags.append(1000.0 * (own + (lag.at(phone.start / self._seconds) if lag is not None else 0.0)))
            yield SEALS_SHARE + (1.0 - SEALS_SHARE) * number / len(self._phones)
        take, scene = self._found()
        clipped = _clipped(scene, take, moments)
        curves = [curve for _, part in parts_of(take.id) for curve in curves_of_part(part)]
        keys = sum(len(curve.keyframe_points) for curve in curves)
        self._report = Report(
            mesh=mesh,
            seals=len(closures),
            closed=closed,
            apex_ms=(float(np.median(lags)), float(np.percentile(np.abs(lags), 90))) if lags else None,
            keys_per_second=keys / self._seconds,
            curves=len(curves),
            clipped=clipped,
            heard=tuple(sentences),
            worst=tuple(sorted(moments, key=lambda moment: -moment.severity)[:MOST_MOMENTS]),
        )

    def keep(self) -> Report:
        """Keep the report with the take and mark its worst moments; after the last step.

        Raises:
            AlphsistantError: the take is gone.
        """
        take, scene = self._found()
        record, report = record_of(take.id), self._report
        if report is None:
            raise RuntimeError("the take was not measured to the end")
        remove_markers(record, "report")
        record["report"] = "\n".join(report.lines)
        add_markers(scene, take.id, "report", ((f"! {m.sentence}", round(m.frame)) for m in report.worst))
        return report

    def put_back(self) -> None:
        """Put the playhead back where it was before the first step, or where the user has put it since."""
        here, self._here = self._here, None
        record = record_of(self._id)
        scene = scene_of(record) if record is not None else None
        if here is None or scene is None:
            return
        if (scene.frame_current, scene.frame_subframe) == self._set:
            scene.frame_set(here[0], subframe=here[1])

    def _found(self) -> tuple[Take, Any]:
        """Find the take and its scene again."""
        take, record = find(self._id), record_of(self._id)
        if take is None or record is None:
            raise AssetError("This take is no longer there.")
        if "phones" not in record:
            raise AssetError(f"“{take.name}” was made by an older version: speak it again to check it.")
        scene = scene_of(record)
        if scene is None:
            raise AssetError(f"The scene “{take.scene}” of this take is gone.")
        if playback.state(self._id) == playback.MUTED:
            raise AlphsistantError(f"“{take.name}” is muted: show it first, then check it.")
        return take, scene

    def _frame(self, seconds: float) -> float:
        """Frame of the scene at which the keys for a moment of the take play."""
        return self._first + self._rate * seconds

    def _opening(self, mouth: Mouth, mesh: str, seconds: float) -> float:
        """How far the lips are apart at a moment of the take, on the evaluated mesh."""
        _, scene = self._found()
        thing = bpy.data.objects.get(mesh)
        if thing is None:
            raise AssetError(f"The mesh “{mesh}” is no longer there.")
        mouth.thing = thing
        now = scene.frame_current, scene.frame_subframe
        if self._here is None or now != self._set:
            self._here = now
        opening = mouth.opening_at(scene, self._frame(seconds))
        self._set = scene.frame_current, scene.frame_subframe
        return opening

    def _closing_times(self, phone: Phone) -> list[float]:
        """Seconds at which the lips are looked at: where the closing key is highest, then spread over the phone."""
        spread = np.linspace(phone.start, phone.end, 33)
        closing = _curve_for(self._id, "viseme_PP")
        heights = self._played(closing[0], spread) if closing is not None else np.zeros(1)
        return [float(spread[int(np.argmax(heights))]), *spread[::8].tolist()]

    def _vowel_lag(self, phone: Phone, levels: FloatArray | None, moments: list[Moment]) -> float | None:
        """Seconds of a vowel's apex after its loudest moment; what is off is added to the moments."""
        articulation = ARTICULATIONS[phone.symbol]
        if levels is None or articulation.manner is not Manner.VOWEL or phone.duration <= 0.0:
            return None
        shown = _curve_for(self._id, f"viseme_{articulation.shapes[0].viseme}")
        if shown is None:
            return None
        times = np.arange(max(phone.start - APEX_MARGIN, 0.0), phone.end + APEX_MARGIN, 0.004)
        heights = self._played(shown[0], times) / shown[1]
        frame = self._frame(0.5 * (phone.start + phone.end))
        if heights.max() < SHOWS:
            moments.append(Moment(frame, 0.5, f"The vowel “{phone.symbol}” hardly shows."))
            return None
        # A held apex is a stretch: its nearest moment to the sound counts.
        at_top = times[heights >= heights.max() - 0.02]
        first = min(int(phone.start / HOP), len(levels) - 1)
        loudest = (first + int(np.argmax(levels[first : max(int(phone.end / HOP), first) + 1]))) * HOP
        lag = float(at_top[np.argmin(np.abs(at_top - loudest))] - loudest)
        if not EARLY <= lag <= LATE:
            text = f"“{phone.symbol}” is widest {abs(lag) * 1000:.0f} ms {'after' if lag > 0 else 'before'} the sound."
            moments.append(Moment(frame, min(abs(lag) / 0.25, 1.0), text))
        return lag

    def _played(self, curve: Any, times: FloatArray) -> FloatArray:
        """Values of a curve at seconds of the take."""
        take, record = find(self._id), record_of(self._id)
        if take is None:
            raise AssetError("This take is no longer there.")
        frames = (take.start + record["rate"] * times) * record.get("stretch", 1.0) + self._moved
        return np.array([curve.evaluate(frame) for frame in frames])


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


def _clipped(scene: Any, take: Take, moments: list[Moment]) -> tuple[str, ...]:
    names = []
    stretch = time_stretch(scene)
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
