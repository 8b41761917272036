"""Runs inside the Blender window: answers what the test asks, between two events, on the main thread.

One line of JSON in, ``[name of a function below, its arguments]``; one line out. It only looks, and does what cannot be
clicked (where is a button, save under this name); typing and clicking are the test's.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import socket
import sys
import threading
import time
import traceback
from pathlib import Path
from typing import Any

import bpy

MODULE = "bl_ext.user_default.alphsistant"
TICK = 0.02
INSIDE_MOUTH = ("Mouth", "Teeth", "Gums", "Tongue")


class Line:
    """A socket that never makes Blender wait."""

    def __init__(self, name: str) -> None:
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(f"\0{name}")
        self.listener.listen(1)
        self.listener.setblocking(False)
        self.peer: socket.socket | None = None
        self.rest = b""

    def tick(self) -> float:
        try:
            if self.peer is None:
                self.peer, _ = self.listener.accept()
                self.peer.setblocking(False)
            received = self.peer.recv(1 << 16)
        except BlockingIOError:
            return TICK
        if not received:
            self.peer = None
            return TICK
        *lines, self.rest = (self.rest + received).split(b"\n")
        for line in lines:
            answer = json.dumps(answered(*json.loads(line))).encode() + b"\n"
            self.peer.setblocking(True)
            self.peer.sendall(answer)
            self.peer.setblocking(False)
        return TICK


def answered(name: str, *arguments: Any) -> dict[str, Any]:
    try:
        return {"value": globals()[name](*arguments)}
    except Exception:  # noqa: BLE001  # the test shows it
        return {"error": traceback.format_exc()}


def addon(name: str) -> Any:
    """A module of the installed extension."""
    return importlib.import_module(f"{MODULE}.alphsistant_addon.{name}")


def area(kind: str = "VIEW_3D") -> Any:
    return next(area for area in bpy.context.window_manager.windows[0].screen.areas if area.type == kind)


def region(kind: str = "UI", of: str = "VIEW_3D") -> Any:
    return next(region for region in area(of).regions if region.type == kind)


def place(kind: str, of: str) -> list[int]:
    """Left, top, width, height of a region on the screen, whose origin is at the top left."""
    window = bpy.context.window_manager.windows[0]
    there = region(kind, of)
    return [there.x, window.height - there.y - there.height, there.width, there.height]


def show_tab(name: str) -> str:
    """Turn the sidebar to a tab; which one it shows now."""
    sidebar = region()
    if name and sidebar.active_panel_category != name:
        sidebar.active_panel_category = name
        sidebar.tag_redraw()
    return str(sidebar.active_panel_category)


def open_section(name: str) -> None:
    """Let a section of the tab be open, as the last one.

    There is no way to open one from Python but its first look, which it has once more under another name.
    """
    section = getattr(bpy.types, name)
    bpy.utils.unregister_class(section)
    section.bl_options = set()
    section.bl_idname = f"{name}_open"
    bpy.utils.register_class(section)
    region().tag_redraw()


def under_mouse() -> str:
    """What a click here would do: the Python of a button, or the data path of a field; empty where there is neither."""
    window = bpy.context.window_manager.windows[0]
    manager = bpy.context.window_manager
    manager.clipboard = ""
    with bpy.context.temp_override(window=window, area=area(), region=region()):
        for operator in (bpy.ops.ui.copy_python_command_button, bpy.ops.ui.copy_data_path_button):
            if operator.poll():
                operator()
                return str(manager.clipboard)
    return ""


_starts: list[str] = []


def _count_starts(status: Any) -> None:
    """From the first call on, write down every start."""
    if "start" not in vars(status):
        start = status.start

        def counted(step: str) -> None:
            _starts.append(step)
            start(step)

        status.start = counted


def job() -> dict[str, Any]:
    """What the panel shows of the job, how many were started, and the threads that are alive."""
    status = addon("blender.common.status").current
    _count_starts(status)
    return {
        "running": status.running,
        "started": len(_starts),
        "step": status.step,
        "fraction": status.fraction,
        "sentences": status.sentences,
        "error": status.error,
        "notes": list(status.notes),
        "film": status.film,
        "threads": [thread.name for thread in threading.enumerate() if thread.name.startswith("Alphsistant")],
    }


def scene() -> dict[str, Any]:
    """What a take changes."""
    scene = bpy.context.scene
    compat = addon("blender.common.compat")
    return {
        "file": bpy.data.filepath,
        "frames": [scene.frame_start, scene.frame_end],
        "frame": scene.frame_current,
        "rate": scene.render.fps / scene.render.fps_base,
        "sync": scene.sync_mode,
        "objects": sorted(scene.objects.keys()),
        "prompt": scene.alphsistant.prompt if hasattr(scene, "alphsistant") else None,
        "markers": [[marker.name, marker.frame] for marker in scene.timeline_markers],
        "strips": [
            {
                "start": compat.strip_range(strip)[0],
                "end": compat.strip_range(strip)[1],
                "path": strip.sound.filepath,
                "absolute": bpy.path.abspath(strip.sound.filepath),
                "mute": strip.mute,
            }
            for strip in compat.existing_strips(scene)
        ],
        "actions": sorted(bpy.data.actions.keys()),
    }


def first_look() -> dict[str, Any]:
    """What a user sees of the face that has just come: how the view looks, what is hidden, selected and keyed."""
    scene, layer = bpy.context.scene, bpy.context.view_layer
    active = layer.objects.active
    return {
        "camera": scene.camera.name if scene.camera else None,
        "through": area().spaces.active.region_3d.view_perspective,
        "hidden": sorted(thing.name for thing in scene.objects if thing.hide_get()),
        "active": active.name if active else None,
        "selected": sorted(thing.name for thing in scene.objects if thing.select_get()),
        "lamp lines": [thing.data.cutoff_distance for thing in scene.objects if thing.name.startswith("Alphsistant ")
                       and thing.type == "LIGHT"],
        "cursor": list(scene.cursor.location),
    }  # fmt: skip


def look_at_face() -> list[float]:
    """Press Look at the Face; where the view looks now, and from how far."""
    with bpy.context.temp_override(window=bpy.context.window_manager.windows[0], area=area(), region=region()):
        bpy.ops.alphsistant.look_at_face()
    view = area().spaces.active.region_3d
    return [*view.view_location, view.view_distance]


def render_preview(percentage: int) -> None:
    """Press Render Film with Preview chosen."""
    scene = bpy.context.scene
    scene.render.resolution_percentage = percentage
    scene.alphsistant.film_kind = "PREVIEW"
    with bpy.context.temp_override(window=bpy.context.window_manager.windows[0], area=area(), region=region()):
        bpy.ops.alphsistant.render_film("INVOKE_DEFAULT")


def show_preferences(on: bool) -> None:
    """Open the window of the preferences at our add-on, or close it."""
    if on:
        bpy.context.window_manager.addon_search = "Alphsistant"
        bpy.ops.screen.userpref_show(section="ADDONS")
        if not bpy.context.window_manager.windows[-1].screen.areas[0].type == "PREFERENCES":
            raise RuntimeError("the preferences did not open")
        bpy.ops.preferences.addon_expand(module=MODULE)
        return
    with bpy.context.temp_override(window=bpy.context.window_manager.windows[-1]):
        bpy.ops.wm.window_close()


def curves() -> dict[str, list[list[float]]]:
    """Shape key → its keys (frame, value), of the face that the scene shows."""
    found: dict[str, list[list[float]]] = {}
    for keys in bpy.data.shape_keys:
        if keys.animation_data and keys.animation_data.action:
            for curve in addon("blender.common.compat").all_curves(keys.animation_data.action):
                found[curve.data_path.split('"')[1]] = [list(point.co) for point in curve.keyframe_points]
    return found


def paint_mouth() -> None:
    """All that can be seen between open lips in one loud green without shade, so that a screenshot can be counted."""
    for name in INSIDE_MOUTH:
        bpy.data.materials[f"Alphsistant {name}"].diffuse_color = (0, 1, 0, 1)
    shading = area().spaces.active.shading
    shading.type, shading.light, shading.color_type = "SOLID", "FLAT", "MATERIAL"


def shade(kind: str) -> None:
    area().spaces.active.shading.type = kind


def show_overlays(on: bool) -> None:
    space = area().spaces.active
    space.overlay.show_overlays = on
    space.show_gizmo = on


_played: list[list[float]] = []


def _note_frame(scene: Any, *_arguments: Any) -> None:
    _played.append([time.time(), scene.frame_current])


def note_frames(on: bool) -> list[list[float]]:
    """Start to write down when which frame came; or stop, and give it back: ``[time, frame]``."""
    handlers = bpy.app.handlers.frame_change_post
    if on:
        _played.clear()
        handlers.append(_note_frame)
    else:
        handlers[:] = [handler for handler in handlers if handler.__name__ != "_note_frame"]
    return list(_played)


def playing() -> bool:
    return bool(bpy.context.window_manager.windows[0].screen.is_animation_playing)


def ruler(frame: int) -> list[int]:
    """Where on the screen a frame is in the timeline's ruler."""
    left, top, _, _ = place("WINDOW", "DOPESHEET_EDITOR")
    x, _ = region("WINDOW", "DOPESHEET_EDITOR").view2d.view_to_region(frame, 0.0, clip=False)
    return [left + int(x), top + 10]


def go_to(frame: int) -> None:
    """Show a frame; it is drawn when this is over."""
    bpy.context.scene.frame_set(frame)
    draw()


def draw() -> None:
    """Draw the window; it is done when this is over."""
    with bpy.context.temp_override(window=bpy.context.window_manager.windows[0]):
        bpy.ops.wm.redraw_timer(type="DRAW_WIN_SWAP", iterations=1)


def save(path: str) -> None:
    bpy.ops.wm.save_as_mainfile(filepath=path)


def open_file(path: str) -> None:
    bpy.ops.wm.open_mainfile(filepath=path)


def new_file() -> None:
    bpy.ops.wm.read_homefile(app_template="", use_splash=False)


def let_the_language_model_answer() -> None:
    """Turn looking up off, so that a prompt needs all the models."""
    bpy.context.scene.alphsistant.look_up = False


def write_prompt(text: str) -> None:
    bpy.context.scene.alphsistant.prompt = text


def hold_jobs(on: bool) -> None:
    """Let a job that starts wait at its first step, until it is cancelled."""
    owner = addon("blender.jobs.models_owner")
    if on:
        owner.held = owner.run
        owner.run = _wait_for_cancel
    else:
        owner.run = owner.held


def _wait_for_cancel(_request: Any, cancel: Any) -> Any:
    while not cancel.wait(0.02):
        pass
    raise addon("core.errors").Cancelled


def models_on_thread() -> None:
    """Run the models on the worker's thread, to compare."""
    pipeline = addon("pipeline")
    models = pipeline.ShippedModels()
    addon("blender.jobs.models_owner").run = lambda request, cancel: pipeline.perform(request, models, cancel)


def forget_models() -> None:
    """Let the next job load them again."""
    addon("blender.jobs.models_owner").stop()


_cancelled: dict[str, Any] = {}


def cancel_at(step: str, later: float) -> None:
    """Press Cancel so many seconds after the next job has come to this step; watch what becomes of its thread."""
    _cancelled.clear()
    bpy.app.timers.register(lambda: _cancel_at(step, later), persistent=True)


def _cancel_at(step: str, later: float) -> float | None:
    status = addon("blender.common.status").current
    if "reached" not in _cancelled:
        if not (status.running and status.step.startswith(step)):
            return 0.0
        _cancelled["reached"] = time.perf_counter()
    if time.perf_counter() - _cancelled["reached"] < later:
        return 0.0
    if not status.running:
        _cancelled.update(process=0.0, error="The job had ended before it was cancelled.")
        return None
    pressed = time.perf_counter()
    bpy.ops.alphsistant.cancel()
    _cancelled.update(panel=time.perf_counter() - pressed, error=status.error)
    # On a thread of its own, since this one draws the panel now.
    threading.Thread(target=_watch_the_end, args=(addon("blender.jobs.desk")._desk, pressed)).start()
    return None


def _watch_the_end(desk: Any, pressed: float) -> None:
    while desk.worker.alive:
        time.sleep(0.001)
    thread = time.perf_counter() - pressed
    owned = addon("blender.jobs.models_owner")._process
    kept = owned is not None and owned.is_running
    # A reader lives as long as its process.
    while owned is not None and any(process.child.reader.is_alive() for process in owned._ending):
        time.sleep(0.001)
    _cancelled.update(thread=thread, process=time.perf_counter() - pressed, kept=kept)


def cancelled() -> dict[str, Any] | None:
    """What came of it, when it has come."""
    return _cancelled if "process" in _cancelled else None


def disable() -> dict[str, Any]:
    """Switch the extension off, as the check box in the preferences does; what of it is left."""
    package = sys.modules[MODULE]
    unregister = package.unregister
    seconds = []

    def timed() -> None:
        began = time.perf_counter()
        unregister()
        seconds.append(time.perf_counter() - began)

    package.unregister = timed
    started = time.perf_counter()
    bpy.ops.preferences.addon_disable(module=MODULE)
    package.unregister = unregister
    return {
        "seconds": time.perf_counter() - started,
        "ours": seconds[0],
        "threads": [thread.name for thread in threading.enumerate() if thread.name.startswith("Alphsistant")],
        "panel": hasattr(bpy.types, "ALPHSISTANT_PT_main"),
        "handlers": [
            handler.__module__
            for handlers in (bpy.app.handlers.load_pre, bpy.app.handlers.load_post, bpy.app.handlers.frame_change_post)
            for handler in handlers
            if MODULE in handler.__module__
        ],
    }


def enable() -> float:
    """Switch it on again; how long that took, in seconds."""
    started = time.perf_counter()
    bpy.ops.preferences.addon_enable(module=MODULE)
    return time.perf_counter() - started


def about() -> dict[str, Any]:
    preferences = bpy.context.preferences
    system = preferences.system
    samples, rate = (int(name.split("_")[1]) for name in (system.audio_mixing_buffer, system.audio_sample_rate))
    return {
        "version": bpy.app.version_string,
        "python": sys.version.split()[0],
        "enabled": MODULE in preferences.addons,
        "sound": system.audio_device,
        "buffer": samples / rate,
        "size": [bpy.context.window_manager.windows[0].width, bpy.context.window_manager.windows[0].height],
        "modules": [name for name in ("torch", "transformers", "scipy") if name in sys.modules],
    }


def show_words(section: str) -> None:
    """Show the words of the selected take, with the whole take in the timeline and the section of the tab open."""
    open_section(section)
    take = bpy.context.scene.alphsistant.take
    in_the_sidebar("show_words", take=take)
    timeline = {"area": area("DOPESHEET_EDITOR"), "region": region("WINDOW", "DOPESHEET_EDITOR")}
    with bpy.context.temp_override(window=bpy.context.window_manager.windows[0], **timeline):
        bpy.ops.action.view_all()
        bpy.ops.ed.undo_push(message="Words shown")


def select_word(number: int) -> None:
    """Select a word in the list of the panel."""
    take = bpy.context.scene.alphsistant.take
    addon("blender.words.word_list").of_take(take).index = number
    region().tag_redraw()


def words() -> list[list[Any]]:
    """Text, start and end in seconds of each word of the selected take."""
    record = addon("blender.takes.record").record_of(bpy.context.scene.alphsistant.take)
    return [[w.text, w.start, w.end] for w in addon("blender.takes.stored").words_of(record)]


def marker_place(frame: int) -> list[int]:
    """Where on the screen a marker of that frame is in the timeline."""
    left, top, _, height = place("WINDOW", "DOPESHEET_EDITOR")
    x, _ = region("WINDOW", "DOPESHEET_EDITOR").view2d.view_to_region(frame, 0.0, clip=False)
    return [left + int(x), top + height - 26]


def _live() -> Any:
    return addon("blender.live.live_status").current


def in_the_sidebar(operator: str, given: dict[str, Any] | None = None, **arguments: Any) -> list[str]:
    """Press a button of ours; what it returned. A test hands arguments in as ``given``."""
    arguments |= given or {}
    with bpy.context.temp_override(window=bpy.context.window_manager.windows[0], area=area(), region=region()):
        return sorted(getattr(bpy.ops.alphsistant, operator)(**arguments))


def keep_turn(number: int) -> list[str]:
    return in_the_sidebar("keep_turn", turn=number)


def say(line: str) -> None:
    """Type a line into the panel “Talk”."""
    bpy.context.scene.alphsistant_live.line = line


def talk_setting(name: str, on: bool) -> None:
    """Turn a switch of the panel “Talk”; ``headphones`` is one of the preferences."""
    if name == "headphones":
        bpy.context.preferences.addons[MODULE].preferences.headphones = on
    else:
        setattr(bpy.context.scene.alphsistant_live, name, on)


def talk() -> dict[str, Any]:
    """What the panel “Talk” shows, and the processes of the talk."""
    live = _live()
    models = addon("blender.jobs.models_owner")._process
    audio = live.talk.audio if live.is_talking else None
    children = {
        "sound": audio._child if audio is not None else None,
        "models": models._process.child if models is not None and models._process is not None else None,
    }
    return {
        "state": live.talk.conversation.state if live.is_talking else "",
        "resting": live.resting,
        "sound": live.sound,
        "hears": bool(audio is not None and audio.is_microphone_open),
        "level": audio.level.input if audio is not None else 0.0,
        "log": [
            {"number": turn.number, "who": turn.who, "text": turn.text, "heard": turn.heard, "state": turn.state,
             "note": turn.note, "parts": len(turn.parts), "is_spoken": turn.samples is not None}
            for turn in live.log
        ],
        "pids": {name: child.popen.pid for name, child in children.items() if child is not None},
    }  # fmt: skip


def face_values() -> dict[str, float]:
    """All shape keys of the scene's meshes and the poses of its bones, as they are at this moment."""
    found = {}
    for thing in bpy.context.scene.objects:
        if thing.type == "MESH" and thing.data.shape_keys is not None:
            found |= {f"{thing.name} {block.name}": block.value for block in thing.data.shape_keys.key_blocks}
        for bone in thing.pose.bones if thing.pose is not None else ():
            numbers = (*bone.location, *bone.rotation_quaternion, *bone.rotation_euler)
            found |= {f"{thing.name} {bone.name} {index}": number for index, number in enumerate(numbers)}
    return found


def _saved_values() -> dict[str, float]:
    """Save a copy, and read the values of its shape keys."""
    path = "/srv/gui/home/copy.blend"
    bpy.ops.wm.save_as_mainfile(filepath=path, copy=True)
    with bpy.data.libraries.load(path, link=True) as (source, wanted):
        wanted.objects = source.objects
    found = {
        f"{thing.name} {block.name}": block.value
        for thing in wanted.objects
        if thing is not None and thing.type == "MESH" and thing.data.shape_keys is not None
        if thing.name in bpy.context.scene.objects  # the cage that carries the hair stands in none
        for block in thing.data.shape_keys.key_blocks
    }
    bpy.data.libraries.remove(bpy.data.libraries[Path(path).name])
    return found


def _render() -> None:
    scene = bpy.context.scene
    scene.render.engine = "BLENDER_WORKBENCH"
    scene.render.resolution_x = scene.render.resolution_y = 32
    scene.render.filepath = "/srv/gui/home/still.png"
    bpy.ops.render.render(write_still=True)


def _undo() -> None:
    with bpy.context.temp_override(window=bpy.context.window_manager.windows[0], area=area()):
        bpy.ops.ed.undo_push(message="One")
        bpy.ops.ed.undo_push(message="Another")  # both hold the face as it is moved
        bpy.ops.ed.undo()


def _kill(which: str) -> None:
    os.kill(talk()["pids"][which], signal.SIGKILL)


_DEEDS = {
    "save": _saved_values,
    "undo": _undo,
    "render": _render,
    "kill the sound": lambda: _kill("sound"),
    "kill the models": lambda: _kill("models"),
}
_deed: dict[str, Any] = {}


def do_while(state: str, deed: str) -> None:
    """Do it as soon as the conversation is in this state; :func:`done` says when, and what came of it."""
    _deed.clear()
    bpy.app.timers.register(lambda: _do_while(state, deed), persistent=True)


def _do_while(state: str, deed: str) -> float | None:
    live = _live()
    if not live.is_talking or live.talk.conversation.state != state:
        return 0.0
    try:
        _deed.update(came=_DEEDS[deed](), values=face_values(), error="")
    except Exception:  # noqa: BLE001  # the test shows it
        _deed.update(came=None, values={}, error=traceback.format_exc())
    return None


def done() -> dict[str, Any] | None:
    return dict(_deed) if "error" in _deed else None


def leave() -> None:
    bpy.app.timers.register(lambda: bpy.ops.wm.quit_blender() and None, first_interval=0.2)


bpy.context.preferences.view.show_splash = False  # in a timer it would be too late
if MODULE in bpy.context.preferences.addons:
    # Tests listen to takes that play; one that wants to hear at once switches it on.
    bpy.context.preferences.addons[MODULE].preferences.hear_at_once = False
sys.path.append(str(Path(__file__).parent))
import probe  # it is in that folder

start_probe, stop_probe, redraw_for = probe.start, probe.stop, probe.redraw_for
time_takes, takes = probe.time_takes, probe.takes
_line = Line(os.environ["GUI_SOCKET"])
bpy.app.timers.register(_line.tick, persistent=True)
