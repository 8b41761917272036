"""What is really heard of a take: its sound strip, whether it sounds, and how far it is from the keys.

A strip can be moved, muted, cut or lose its file, and the scene's frame rate can change: the record of the take knows
none of that.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import bpy

from ...lip_sync.quality import EARLY, LATE
from ..common import compat
from ..common.scene_time import frames_per_second, time_stretch
from . import hand_edits
from .playback import nla_strips
from .record import Take, parts_of, record_of, sound_strips

VOLUME: Final = 1e-3
"""Volume below which nothing is heard."""


@dataclass(frozen=True)
class Lag:
    """Seconds from the sound to its keys (below 0: the keys come first) at the take's start and end."""

    start: float
    end: float

    @property
    def is_seen(self) -> bool:
        """Whether a viewer would notice."""
        return not (EARLY <= self.start <= LATE and EARLY <= self.end <= LATE)

    def at(self, share: float) -> float:
        """Seconds at a share (0…1) of the take."""
        return self.start + share * (self.end - self.start)


@dataclass(frozen=True)
class Source:
    """Where the samples of a take are; holds nothing of Blender's, for the worker."""

    path: Path
    packed: bytes | None
    """The file itself, where it is packed into the .blend."""
    skipped: float
    """Seconds of the file before the take's first."""
    seconds: float
    """Length of the take."""


def has_sound_library() -> bool:
    """Whether this Blender was built with sound; without it there are no sound strips."""
    return bool(bpy.app.build_options.audaspace)


def strip_of(scene: Any, take: Take) -> Any:
    """The sound strip that plays the take in this scene: its own, or the user's that it was made from; or ``None``."""
    own = next(iter(sound_strips(take.id)), None)
    if own is not None or record_of(take.id).get("recording") != "STRIP":
        return own
    strips = [strip for strip in compat.existing_strips(scene) if strip.type == "SOUND"]
    wanted = bpy.path.abspath(take.sound)
    same = [s for s in strips if s.sound is not None and _path_of(s.sound) == wanted]
    return min(same, key=lambda strip: abs(_frame_of_sound(scene, strip, _skipped(take)) - take.start), default=None)


def source_of(scene: Any, take: Take) -> Source:
    """Where the take's samples are: in its strip's file, else where they were written."""
    strip = strip_of(scene, take)
    sound = strip.sound if strip is not None else None
    packed = bytes(sound.packed_file.data) if sound is not None and sound.packed_file else None
    path = _path_of(sound) if sound is not None else bpy.path.abspath(take.sound)
    return Source(Path(path), packed, _skipped(take), (take.end - take.start) / record_of(take.id)["rate"])


def lag_of(scene: Any, take: Take) -> Lag | None:
    """How far keys and sound are apart as they play now; ``None`` if no strip plays the take, or at another speed."""
    strip = strip_of(scene, take)
    if strip is None or _is_retimed(strip):
        return None
    seconds = (take.end - take.start) / record_of(take.id)["rate"]
    lags = [
        (frame_of_keys(scene, take, at) - _frame_of_sound(scene, strip, _skipped(take) + at)) / frames_per_second(scene)
        for at in (0.0, seconds)
    ]
    return Lag(*lags)


def frame_of_keys(scene: Any, take: Take, seconds: float) -> float:
    """Frame of the scene at which the keys for a moment of the take play, wherever they were moved as a whole."""
    record = record_of(take.id)
    frame = float((take.start + record["rate"] * seconds) * record.get("stretch", 1.0))
    for thing, part in parts_of(take.id):
        frame += hand_edits.moved_by(part)
        strip = next(iter(nla_strips(thing, take.id)), None)
        if strip is not None and not strip.use_animated_time:
            frame = strip.frame_start + (frame - strip.action_frame_start) * strip.scale
        break  # all parts of a take are moved alike, or nobody knows which is meant
    return frame / time_stretch(scene)


def why_silent(scene: Any, take: Take) -> Iterator[tuple[str, str]]:
    """What keeps the take from being heard: what it is, as a word, and a sentence for the user."""
    if not has_sound_library() or take.listens:
        return
    strip = strip_of(scene, take)
    if strip is None:
        yield "strip", f"No sound strip of the scene “{scene.name}” plays “{take.name}”."
        return
    yield from _muted(scene, take, strip)
    if strip.volume < VOLUME:
        yield "volume", f"The volume of the sound strip “{strip.name}” is 0."
    if strip.sound is None or (not strip.sound.packed_file and not Path(_path_of(strip.sound)).is_file()):
        where = f" “{_path_of(strip.sound)}”" if strip.sound is not None else ""
        yield "file", f"The sound file{where} of “{take.name}” is missing: put it back, or choose it in the strip."
    if _is_retimed(strip):
        yield "speed", f"The speed of the sound strip “{strip.name}” was changed, that of the keys was not."


def _muted(scene: Any, take: Take, strip: Any) -> Iterator[tuple[str, str]]:
    if strip.mute:
        yield "mute", f"The sound strip “{strip.name}” is muted."
    for meta in metas_around(scene, strip):
        if meta.mute:
            yield "meta", f"The meta strip “{meta.name}”, which holds the sound of “{take.name}”, is muted."
    channel = channel_of(scene, strip)
    if channel is not None and channel.mute:
        yield "channel", f"The sequencer's channel “{channel.name}”, which holds the sound of “{take.name}”, is muted."
    if not scene.use_audio:
        yield "scene", f"The sound of the scene “{scene.name}” is muted."


def sentence_of(scene: Any, take: Take, lag: Lag) -> str:
    """How far sound and keys are apart, for the user."""
    now, then = frames_per_second(scene), record_of(take.id)["rate"]
    if abs(now - then) > 1e-3:  # 23.976 and 24 are not the same
        return (
            f"The scene plays {now:.4g} frames a second and “{take.name}” was made for {then:.4g}: its keys end "
            f"{_amount(lag.end, now)} the sound. Speak it again."
        )
    if abs(lag.end - lag.start) > LATE:
        return (
            f"The keys of “{take.name}” end {_amount(lag.end, now)} the sound and start {_amount(lag.start, now)} it."
        )
    return f"The keys of “{take.name}” play {_amount(lag.start, now)} the sound."


def channel_of(scene: Any, strip: Any) -> Any:
    """The channel of the sequencer, or of the meta strip, in which a strip lies."""
    inside = next(iter(metas_around(scene, strip)), scene.sequence_editor)
    channels = inside.channels
    return channels[strip.channel] if strip.channel < len(channels) else None


def _amount(seconds: float, rate: float) -> str:
    side = "after" if seconds > 0.0 else "before"
    return f"{abs(seconds) * rate:.0f} frames ({abs(seconds):.2f} s) {side}"


def metas_around(scene: Any, strip: Any) -> list[Any]:
    """Meta strips that hold a strip, the innermost first."""
    metas = [meta for meta in compat.existing_strips(scene) if meta.type == "META"]
    around: list[Any] = []
    inner = strip
    while (outer := next((meta for meta in metas if inner in list(compat.strips_in(meta))), None)) is not None:
        around.append(outer)
        inner = outer
    return around


def _skipped(take: Take) -> float:
    return float(record_of(take.id).get("skipped", 0.0))


def _is_retimed(strip: Any) -> bool:
    return len(strip.retiming_keys) > 0


def _path_of(sound: Any) -> str:
    return str(bpy.path.abspath(sound.filepath, library=sound.library))


def _frame_of_sound(scene: Any, strip: Any, seconds: float) -> float:
    """Frame at which a moment of the strip's file plays."""
    return compat.frame_of_sound(strip, seconds, frames_per_second(scene))
