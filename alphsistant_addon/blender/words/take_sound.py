"""The sound of a take whose words are edited: read whole, written as a new file, played by the take's own strip.

The file that was played before stays, so that undo can play it.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any, Final

import bpy
import numpy as np
import numpy.typing as npt

from ...core.errors import AlphsistantError
from ...core.sound_files import read_sound
from ...core.speech import Speech
from ...text_to_speech.sound_edits import silenced
from ..common import compat
from ..common.file_changes import FileChanges
from ..takes import sound
from ..takes.record import RECORD, TAG, actions_of, find, forget, record_of, sound_strips
from .word_list import WHOLE_SOUND
from .word_state import WordState

Samples = npt.NDArray[np.float32]

_COPIED: Final = ("volume", "pan", "mute", "lock", "show_waveform", "color_tag")
"""What a new strip takes over from the one whose place it gets."""


def path_of(record: Any) -> Path:
    """Return where the sound with all words is."""
    return Path(bpy.path.abspath(str(record.get(WHOLE_SOUND, record["sound"]))))


def read(state: WordState, start: float = 0.0, end: float | None = None) -> tuple[Samples, int]:
    """Return samples and rate (Hz) of the take's sound with all words, or of a part of it between two moments.

    Raises:
        AlphsistantError: the file is missing or damaged.
    """
    skipped = float(state.record.get("skipped", 0.0))
    end = state.duration if end is None else end
    found = read_sound(path_of(state.record), start=skipped + start, seconds=max(end - start, 0.0))
    return found.samples, found.sample_rate


def heard_around(state: WordState, duration: float, start: float, end: float) -> tuple[Samples, int]:
    """Return the sound of a take of so many seconds, read between two moments only and silent elsewhere.

    A take whose sound cannot be read is moved as if all of it were equally loud.
    """
    try:
        piece, rate = read(state, max(start, 0.0), min(end, state.duration))
    except AlphsistantError:
        return np.zeros(round(duration * 100), dtype=np.float32), 100
    samples = np.zeros(round(duration * rate), dtype=np.float32)
    first = round(max(start, 0.0) * rate)
    samples[first : first + len(piece)] = piece[: max(len(samples) - first, 0)]
    return samples, rate


def change(
    state: WordState,
    samples: tuple[Samples, int] | None,
    quiet: list[tuple[float, float]],
    changes: FileChanges,
) -> None:
    """Let the take play other samples, or the same with other words muted.

    Args:
        state: the take as it was.
        samples: all of it with all words, and the rate in Hz; ``None`` if only what is muted has changed.
        quiet: start and end in seconds of what is muted.
        changes: of the operation.

    Raises:
        AlphsistantError: a file cannot be read or written.
    """
    record, take = state.record, state.take
    whole = str(record.get(WHOLE_SOUND, record["sound"]))
    if samples is not None:
        whole = sound.path_for_blend(_written(state, *samples, changes))
    played = whole
    if quiet:
        skipped = float(record.get("skipped", 0.0))
        if samples is None:
            # The file may begin before the take does; its strip counts on that.
            found = read_sound(path_of(record))
            samples = found.samples, found.sample_rate
        else:
            skipped = 0.0
        spans = [(start + skipped, end + skipped) for start, end in quiet]
        muted = silenced(samples[0], samples[1], spans)
        played = sound.path_for_blend(_written(state, muted, samples[1], changes))
    for action in actions_of(take.id):
        changes.set_item(action[RECORD], "sound", played)
        changes.set_item(action[RECORD], WHOLE_SOUND, whole if played != whole else None)
    changes.do(forget, lambda _: forget())


def _written(state: WordState, samples: Samples, rate: int, changes: FileChanges) -> Path:
    speech = Speech(samples, rate, (), (), "")
    return sound.write_for_blend(speech, f"{state.take.name} {state.take.id[:6]}", changes, is_new=True)


def play_it(take_id: str, *, same_length: bool, changes: FileChanges) -> None:
    """Let the take's strips play the sound that its record names. A sound of another length gets a new strip."""
    take, record = find(take_id), record_of(take_id)
    strips = sound_strips(take_id)
    if take is None or not strips:
        return
    path = bpy.path.abspath(take.sound)
    if same_length:
        made = changes.do(lambda: bpy.data.sounds.load(path), bpy.data.sounds.remove)
        made.filepath = take.sound
        for strip in strips:
            old = strip.sound
            changes.set(strip, "sound", made)
            if old is not None:
                changes.at_end(partial(_remove_unused, old))
        return
    old = strips[0]
    scene = old.id_data
    new = sound.add_strip(scene, Path(path), old.name, int(compat.strip_range(old)[0]), changes)
    for name in _COPIED:
        if hasattr(old, name):
            changes.set(new, name, getattr(old, name))
    new[TAG] = take_id
    name, channel = old.name, old.channel
    changes.at_end(lambda: _replace(scene, strips, new, name, channel))
    changes.set_item(record, "strip", name)


def _replace(scene: Any, old: list[Any], new: Any, name: str, channel: int) -> None:
    for strip in old:
        sound.remove_strip(scene, strip)
    new.name = name
    new.channel = sound.free_channel(scene, new, channel)


def _remove_unused(old: Any) -> None:
    if old.users == 0:
        bpy.data.sounds.remove(old)
