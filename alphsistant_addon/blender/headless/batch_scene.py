"""A line of a batch in Blender: the files of :mod:`..exports`, the scene with the take, and the film if wished."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any, Final

import bpy

from ...batch import command_line, exports
from ...batch.line_reply import reply_of
from ...batch.run import Make
from ...batch.table import Line
from ...core.errors import AssetError
from ...pipeline.models import Models
from ..cast.add_character import face_in
from ..common.scene_time import frames_per_second
from ..face import find
from ..film import look, render
from ..takes import bake, doctor

SCENE: Final = "take.blend"
FILM: Final = "film.mp4"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of ``batch`` that need Blender."""
    command_line.add_batch_arguments(parser)
    parser.add_argument("--film", action="store_true", help="render each line to film.mp4 as well")
    parser.add_argument("--engine", choices=sorted(look.ENGINES), default="workbench", help="default: workbench")
    parser.add_argument("--size", type=int, default=640, help="height of the films in pixels (default 640)")


def run(options: argparse.Namespace) -> int:
    """Do the table of the options; the process's exit code."""
    settings = {"scene": True, "film": options.film and [options.engine, options.size]}
    return command_line.run_batch(options, in_scene(options), settings)


def in_scene(options: argparse.Namespace, models: Models | None = None) -> Make:
    """Do a line: speak it, put it on its character, save the scene, render the film.

    The character's file is opened without running scripts of its own, and never written to.
    """
    shared = models or command_line.models_of(options)
    film = look.film_settings(options.engine, options.size)

    def make(line: Line, folder: Path) -> dict[str, Any]:
        scene = _open(line, options.fps)
        rate = frames_per_second(scene)
        reply = reply_of(line, shared, frame_rate=rate)
        exports.write_all(reply, folder, rate, options.also)
        blend = folder / SCENE
        # Saved twice: the sound's path can be relative to a saved file only.
        bpy.ops.wm.save_as_mainfile(filepath=str(blend))
        if line.character is None:
            with face_in(scene, line.member) as speaking:
                take = bake.bake(scene, speaking, reply, sound_path=folder / exports.SOUND)
            look.set_up(scene, film)
        else:
            take = bake.bake(scene, _speaker(scene, line), reply, sound_path=folder / exports.SOUND)
        warnings = (*take.warnings, *_what_stands_still(scene, take))
        blend.unlink()
        bpy.ops.wm.save_as_mainfile(filepath=str(blend), compress=True)
        if options.film:
            render.film(scene, folder / FILM, film)
        return {**command_line.facts_of(reply), "warnings": " ".join(warnings)}

    return make


def _open(line: Line, frame_rate: float) -> Any:
    """The character's scene, or an empty one of that frame rate."""
    if line.character is None:
        bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
        scene = bpy.context.scene
        scene.render.fps, scene.render.fps_base = round(frame_rate), round(frame_rate) / frame_rate
        return scene
    if not line.character.is_file():
        raise AssetError(f"The character's file “{line.character}” is missing.")
    try:
        bpy.ops.wm.open_mainfile(filepath=str(line.character), load_ui=False, use_scripts=False)
    except RuntimeError as error:
        raise AssetError(f"The character's file “{line.character}” cannot be opened: damaged, or newer.") from error
    if bpy.context.mode != "OBJECT":
        bpy.ops.object.mode_set(mode="OBJECT")  # shape keys do not play in the mode in which the file was saved
    return bpy.context.scene


def _what_stands_still(scene: Any, take: bake.Take) -> list[str]:
    """Look whether the take moves its face, as *Find Out Why* does; sentences on what keeps it from that.

    Muted or absolute keys, a driver on each of them, a cache: the keys are there, and the film would show a still face.
    """
    return [finding.sentence for finding in doctor.examine(scene, take.id) if finding.is_fault]


def _speaker(scene: Any, line: Line) -> find.Face:
    picked = scene.objects.get(line.face) if line.face else None
    if line.face and picked is None:
        raise AssetError(f"There is no object “{line.face}” in the scene of “{line.character}”.")
    found = find.find(scene, picked)
    if found is None:
        raise AssetError(f"No object in “{line.character}” has shape keys for speech: name it in the column “face”.")
    return found
