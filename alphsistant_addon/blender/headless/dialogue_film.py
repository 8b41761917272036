"""A dialogue without a window: a script becomes a folder with the scene, its sounds, captions and the film.

``python -m alphsistant_addon.blender dialogue script.txt --out folder`` where the bpy wheel is installed;
``blender --command alphsistant dialogue …`` does the same in an installed Blender.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import bpy

from ...core.errors import AlphsistantError, AssetError
from ...core.files import write_bytes
from ...core.progress import Step
from ...dialogue.script import Script, load_script
from ...interchange import subtitles
from ...lip_sync.curves import sample_curve
from ...pipeline.models import Models, ShippedModels
from ...pipeline.requests import perform
from ..common import compat
from ..common.scene_time import frames_per_second
from ..dialogue import dialogue_job, lines
from ..dialogue.arrangement import Spoken
from ..film import contact_sheet, render
from ..film.look import ENGINES, set_up
from ..speak.speaking_job import ChosenModels
from ..takes import record, sound, stored
from .demo_film import FRAME_RATE, Progress, terminal_progress

SHAPE: Final = 16 / 9
"""Width by height of the film."""

_SHARES: Final = {"speak": (0.0, 0.3), "film": (0.3, 0.95), "sheet": (0.95, 1.0)}
"""Part of the progress bar that belongs to each stage."""

_LABEL_LETTERS: Final = 60


@dataclass(frozen=True)
class DialogueFilm:
    """The files that :func:`make_dialogue` wrote."""

    blend: Path
    film: Path | None
    contact_sheet: Path | None
    captions: Path
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Voicing:
    """How somebody of the dialogue speaks."""

    voice: str = ""
    """Name or folder; empty for the default one."""
    pitch: float = 0.0
    """Semitones."""


def make_dialogue(  # noqa: PLR0913  # what a film depends on
    script: Script | Path,
    out_folder: Path | str,
    *,
    scene_file: Path | None = None,
    cast: Mapping[str, Voicing] | None = None,
    cameras: str = "ALL",
    gap: float | None = None,
    engine: str = "workbench",
    size: int = 480,
    film: bool = True,
    models: Models | None = None,
    progress: Progress | None = None,
) -> DialogueFilm:
    """Let faces speak a script in turns, and write scene, captions and film into a folder.

    Args:
        script: the lines, or the file that holds them.
        out_folder: made if need be; ``dialogue.blend``, ``dialogue.srt``, ``dialogue.mp4`` and ``lines.png`` in it
            are replaced, and so is its folder ``alphsistant`` with the sounds.
        scene_file: a .blend file whose faces speak, each called (or in a collection that is called) as in the script;
            who is missing is added. It is only read. By default all are added to an empty scene.
        cast: voice and pitch by name. By default each has the voice of its face, and whoever has the same one as
            somebody before speaks lower.
        cameras: ``NONE``, ``ALL`` or ``CUTS``.
        gap: seconds between two lines, as the panel has it by default.
        engine: ``workbench``, ``eevee`` or ``cycles``.
        size: height of the film in pixels.
        film: whether it is rendered, with a picture of each line.
        models: the shipped ones by default.
        progress: called with the step in words and the share of the whole that is done, 0…1.

    Raises:
        AlphsistantError: with a sentence that says what is wrong.
    """
    if engine not in ENGINES:
        raise AlphsistantError(f"There is no engine “{engine}”: choose one of {', '.join(ENGINES)}.")
    report: Progress = progress or (lambda _words, _fraction: None)
    read = script if isinstance(script, Script) else load_script(script)
    folder = Path(out_folder).resolve()
    files = DialogueFilm(
        folder / "dialogue.blend",
        folder / "dialogue.mp4" if film else None,
        folder / "lines.png" if film else None,
        folder / "dialogue.srt",
    )
    render.check_writable(folder / "dialogue.mp4")
    shutil.rmtree(folder / sound.FOLDER, ignore_errors=True)
    scene = _open(scene_file)
    is_new = scene_file is None
    width, height = render.even(size * SHAPE, size)
    if is_new:
        scene.render.resolution_x, scene.render.resolution_y = width, height
    # Saved twice: the sounds' paths can be relative to a saved file only. Removed between, or Blender keeps a backup.
    files.blend.unlink(missing_ok=True)
    bpy.ops.wm.save_as_mainfile(filepath=str(files.blend))
    _write_down(scene, script, read)
    _choose_voices(scene, cast or {})
    settings = scene.alphsistant_dialogue
    settings.cameras, settings.start = cameras, scene.frame_start
    if gap is not None:
        settings.gap = gap
    spoken = _spoken(scene, models, lambda words, share: report(words, _within("speak", share)))
    notes = (*read.notes, *dialogue_job.finish(scene, spoken)[1:])
    look = render.FilmSettings(ENGINES[engine], (width, height), samples=16)
    if is_new:
        set_up(scene, look)
    files.blend.unlink()
    bpy.ops.wm.save_as_mainfile(filepath=str(files.blend), compress=True)
    write_bytes(files.captions, _captions(scene).encode())
    if files.film is not None and files.contact_sheet is not None:
        _render(scene, files.film, files.contact_sheet, look, report)
    report("Done", 1.0)
    return replace(files, warnings=notes)


def _open(path: Path | None) -> Any:
    """The scene of a file, opened without running scripts of its own, or an empty one."""
    if path is None:
        bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
        scene = bpy.context.scene
        scene.render.fps, scene.render.fps_base = FRAME_RATE, 1.0
        return scene
    if not path.is_file():
        raise AssetError(f"The scene's file “{path}” is missing.")
    try:
        bpy.ops.wm.open_mainfile(filepath=str(path.resolve()), load_ui=False, use_scripts=False)
    except RuntimeError as error:
        raise AssetError(f"The scene's file “{path}” cannot be opened: damaged, or newer.") from error
    if bpy.context.mode != "OBJECT":
        bpy.ops.object.mode_set(mode="OBJECT")
    return bpy.context.scene


def _write_down(scene: Any, script: Script | Path, read: Script) -> None:
    """Keep the script in the file, so that it can be edited there."""
    if isinstance(script, Path) and script.suffix.lower() in {".txt", ".fountain"}:
        text = bpy.data.texts.new(script.name)
        text.from_string(script.read_text(encoding="utf-8-sig"))
        scene.alphsistant_dialogue.script = text
    lines.take_over(scene, read)


def _choose_voices(scene: Any, cast: Mapping[str, Voicing]) -> None:
    known = {part.name.casefold(): part for part in scene.alphsistant_dialogue.parts}
    for name, voicing in cast.items():
        part = known.get(name.casefold())
        if part is None:
            raise AlphsistantError(f"Nobody in the script is called “{name}”.")
        part.voice, part.pitch = voicing.voice, voicing.pitch


def _spoken(scene: Any, models: Models | None, report: Progress) -> dict[int, Spoken]:
    """Speak all lines in this process; each voice is loaded once."""
    shared = models or ShippedModels()

    def do(request: Any) -> Iterable[Any]:
        return perform(request, shared.with_voice(request.models.voice))

    found: dict[int, Spoken] = {}
    for event in dialogue_job.speak(dialogue_job.wishes_of(scene, ChosenModels()), do):
        if isinstance(event, Step):
            report(event.words, event.fraction)
        elif isinstance(event, dialogue_job.LineSpoken):
            found[event.number] = event.spoken
    return found


def _captions(scene: Any) -> str:
    """Return the lines as SubRip captions, each sentence with who says it."""
    rate = frames_per_second(scene)
    found = []
    for line in scene.alphsistant_dialogue.lines:
        take = record.find(line.take)
        if take is None:
            continue
        begin = (take.start - scene.frame_start) / rate
        found += [
            replace(caption, text=f"{line.name}: {caption.text}", start=begin + caption.start, end=begin + caption.end)
            for caption in subtitles.captions_of(stored.words_of(record.record_of(take.id)))
        ]
    return subtitles.srt_of(found)


def _render(scene: Any, film: Path, sheet: Path, look: render.FilmSettings, report: Progress) -> None:
    total = scene.frame_end - scene.frame_start + 1

    def frame_done(done: Any, _depsgraph: Any = None) -> None:
        number = done.frame_current - scene.frame_start + 1
        report(f"Rendering frame {number} of {total}", _within("film", number / total))

    faces = [thing for thing in scene.objects if thing.type == "MESH" and thing.data.shape_keys is not None]
    bpy.app.handlers.render_write.append(frame_done)
    try:
        with render.unsubdivided(faces if look.engine == compat.WORKBENCH else ()):
            render.film(scene, film, look)
            report("Making a picture of each line", _within("sheet", 0.0))
            _picture_of_lines(scene, sheet, look)
    finally:
        bpy.app.handlers.render_write.remove(frame_done)


def _picture_of_lines(scene: Any, path: Path, look: render.FilmSettings) -> None:
    """Save one picture with a moment of each line: where the mouth is open widest."""
    cells = []
    with tempfile.TemporaryDirectory() as folder, render.film_scene(scene, Path(folder) / "line.png", look) as copy:
        width, height = look.size or render.size_of(scene)
        copy.render.resolution_x, copy.render.resolution_y = render.even(width / 2, height / 2)
        for line in scene.alphsistant_dialogue.lines:
            take = record.find(line.take)
            if take is None:
                continue
            frames = range(take.start, take.end)
            opening = stored.as_turned(take.id).channels.get("viseme_aa")
            rate = frames_per_second(scene)
            widest = max(frames, key=lambda f: float(sample_curve(opening, (f - take.start) / rate)) if opening else 0)
            render.label(copy, f"{line.name}: {take.text}"[:_LABEL_LETTERS])
            cells.append(render.picture(copy, widest, Path(folder) / "line.png"))
    contact_sheet.save_png(contact_sheet.montage(cells), path)


def _within(stage: str, share: float) -> float:
    start, end = _SHARES[stage]
    return start + (end - start) * share


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of ``dialogue``."""
    parser.add_argument("script", type=Path, help="“NAME: what is said”, one line each; or a table (CSV, JSON)")
    parser.add_argument("--out", type=Path, required=True, help="folder for scene, sounds, captions and film")
    parser.add_argument("--scene", type=Path, help="a .blend file whose faces speak (default: faces are added)")
    parser.add_argument(
        "--cast",
        type=_cast,
        default={},
        metavar="NAME=VOICE[:PITCH],…",
        help="voice (name or folder; may be empty) and semitones of each name",
    )
    parser.add_argument("--cuts", action="store_true", help="cut to whoever speaks; without it one camera shows all")
    parser.add_argument("--own-camera", action="store_true", help="with --scene: leave its camera as it is")
    parser.add_argument("--gap", type=float, help="seconds between two lines (default 0.35)")
    parser.add_argument("--engine", choices=sorted(ENGINES), default="workbench", help="default: workbench")
    parser.add_argument("--size", type=int, default=480, help="height of the film in pixels (default 480)")
    parser.add_argument("--no-film", action="store_true", help="make the scene only")


def _cast(value: str) -> dict[str, Voicing]:
    found: dict[str, Voicing] = {}
    for item in value.split(","):
        name, equals, rest = item.partition("=")
        voice, _, pitch = rest.rpartition(":") if _is_number(rest.rpartition(":")[2]) else (rest, "", "0")
        if not equals or not name.strip():
            raise argparse.ArgumentTypeError(f"“{item}” is no cast: write NAME=VOICE or NAME=VOICE:-3")
        found[name.strip()] = Voicing(voice.strip(), float(pitch))
    return found


def _is_number(text: str) -> bool:
    return text.strip().lstrip("+-").replace(".", "", 1).isdigit()


def run(options: argparse.Namespace) -> int:
    """Make the dialogue that the options ask for; the process's exit code."""
    started = time.monotonic()
    try:
        made = make_dialogue(
            options.script,
            options.out,
            scene_file=options.scene,
            cast=options.cast,
            cameras="NONE" if options.own_camera else "CUTS" if options.cuts else "ALL",
            gap=options.gap,
            engine=options.engine,
            size=options.size,
            film=not options.no_film,
            progress=terminal_progress,
        )
    except AlphsistantError as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    print(f"Done in {time.monotonic() - started:.0f} s:")
    for path in (made.blend, made.captions, made.film, made.contact_sheet):
        if path is not None:
            print(f"  {path}")
    for warning in made.warnings:
        print(warning)
    return 0
