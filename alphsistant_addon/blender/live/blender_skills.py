"""What the face knows of the scene, and may do in it: small questions and orders, tried before the language model.

None changes what Undo would have to take back: they read, play, stop and move the playhead.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

import bpy

from ..common.scene_time import frames_per_second

Skill: TypeAlias = Callable[[Any, "re.Match[str]"], str]
"""Gets the scene and the match; returns what is said."""

_END: Final = r"\W*$"
_FILM: Final = r"(?:the |this |my |our )?(?:film|movie|scene|animation|clip|shot|video)"


def _frames(scene: Any, _match: Any) -> str:
    count = scene.frame_end - scene.frame_start + 1
    return f"{count} frames, from {scene.frame_start} to {scene.frame_end}."


def _rate(scene: Any, _match: Any) -> str:
    return f"{frames_per_second(scene):.4g} frames a second."


def _length(scene: Any, _match: Any) -> str:
    seconds = (scene.frame_end - scene.frame_start + 1) / frames_per_second(scene)
    minutes, rest = divmod(round(seconds, 1), 60.0)
    if minutes < 1:
        return f"{rest:.3g} seconds."
    return f"{minutes:.0f} minute{'s' if minutes > 1 else ''} and {rest:.0f} seconds."


def _frame(scene: Any, _match: Any) -> str:
    return f"Frame {scene.frame_current}."


def _selected(_scene: Any, _match: Any) -> str:
    names = [thing.name for thing in bpy.context.selected_objects]
    if not names:
        return "Nothing is selected."
    if len(names) == 1:
        return f"{names[0]} is selected."
    return f"{len(names)} objects are selected: {', '.join(names[:5])}{' and more' if len(names) > 5 else ''}."


def _objects(scene: Any, _match: Any) -> str:
    count = len(scene.objects)
    return "There is 1 object in the scene." if count == 1 else f"There are {count} objects in the scene."


def _play(_scene: Any, _match: Any) -> str:
    if not _is_playing():
        _in_window(bpy.ops.screen.animation_play)
    return "Playing."


def _pause(_scene: Any, _match: Any) -> str:
    if _is_playing():
        _in_window(lambda: bpy.ops.screen.animation_cancel(restore_frame=False))
    return "Stopped."


def _to_start(scene: Any, _match: Any) -> str:
    scene.frame_set(scene.frame_start)
    return f"Frame {scene.frame_start}."


def _to_end(scene: Any, _match: Any) -> str:
    scene.frame_set(scene.frame_end)
    return f"Frame {scene.frame_end}."


def _to_frame(scene: Any, match: re.Match[str]) -> str:
    scene.frame_set(int(match[1]))
    return f"Frame {scene.frame_current}."


SKILLS: Final[dict[str, tuple[str, Skill]]] = {
    "frames": (rf"how many frames(?: are there| are in {_FILM}| does {_FILM} have| has {_FILM}| do we have)?", _frames),
    "frame rate": (
        rf"(?:what is|what's|tell me) the (?:frame rate|fps)(?: of {_FILM})?|how many frames (?:a|per) second",
        _rate,
    ),
    "length of the film": (rf"how long is {_FILM}|(?:what is|what's) the (?:length|duration) of {_FILM}", _length),
    "current frame": (r"(?:which|what) frame (?:is this|are we (?:at|on)|am i (?:at|on))", _frame),
    "selection": (r"what is selected|what's selected|what (?:have i|did i) select(?:ed)?", _selected),
    "objects": (r"how many objects (?:are there|are in (?:the |this )?scene|do we have)", _objects),
    "play": (rf"play(?: {_FILM}| it)?|start (?:the )?playback", _play),
    "pause": (rf"pause(?: {_FILM}| it)?|stop (?:the )?(?:playback|animation|film)", _pause),
    "go to the start": (r"(?:go|jump|rewind)(?: back)? to the (?:start|beginning|first frame)|rewind", _to_start),
    "go to the end": (r"(?:go|jump) to the (?:end|last frame)", _to_end),
    "go to a frame": (r"(?:go|jump) to frame (\d{1,6})", _to_frame),
}
"""Name → how it is asked for (the whole of what was said, without case and signs at its end), and what does it."""


def skills(scene_name: str) -> Mapping[str, Callable[[str], str | None]]:
    """Return the skills of a scene by name, as a conversation takes them: each answers, or returns ``None``."""
    return {name: _asked_of(scene_name, pattern, skill) for name, (pattern, skill) in SKILLS.items()}


def _asked_of(scene_name: str, pattern: str, skill: Skill) -> Callable[[str], str | None]:
    compiled = re.compile(rf"\W*(?:please,? |can you |could you )?(?:{pattern})(?:,? please)?{_END}", re.IGNORECASE)

    def ask(text: str) -> str | None:
        match = compiled.match(text.strip())
        scene = bpy.data.scenes.get(scene_name)
        return skill(scene, match) if match is not None and scene is not None else None

    return ask


def _is_playing() -> bool:
    return any(window.screen.is_animation_playing for window in bpy.context.window_manager.windows)


def _in_window(operator: Callable[[], object]) -> None:
    """Call an operator that needs a window; a timer has none of its own."""
    windows = bpy.context.window_manager.windows
    if windows:
        with bpy.context.temp_override(window=windows[0]):
            operator()
