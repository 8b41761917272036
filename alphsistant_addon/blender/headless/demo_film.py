"""The whole path without a window: a prompt becomes a folder with the reply, its sound, the scene and the film.

``python -m alphsistant_addon.blender.headless --prompt "Hello, who are you?" --out folder`` runs where the bpy wheel
is installed; ``blender --command alphsistant speak …`` does the same in an installed Blender.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, TypeAlias

import bpy

from ... import cast
from ...batch import command_line
from ...core.errors import AlphsistantError, AssetError
from ...core.progress import Step
from ...pipeline import reply_stream
from ...pipeline.models import Models, ShippedModels
from ...pipeline.reply import Event, Reply
from ...text_generation.notes import Note, load_notes
from ...text_generation.persona import Persona, Turn
from ..cast.add_character import face_in
from ..common import compat
from ..film import contact_sheet, render
from ..film.look import ENGINES, film_settings, set_up
from ..takes import bake

Progress: TypeAlias = Callable[[str, float], None]
"""Called with the step in words and the share of the whole that is done, 0…1."""

FRAME_RATE: Final = 25


STILL_SAMPLES: Final = 16

_SHARES: Final = {"speak": (0.0, 0.35), "film": (0.35, 0.75), "sheet": (0.75, 0.85), "still": (0.85, 1.0)}
"""Part of the progress bar that belongs to each stage, after measured times on two cores."""


@dataclass(frozen=True)
class Film:
    """The files that :func:`make_film` wrote."""

    text: Path
    sound: Path
    blend: Path
    film: Path
    contact_sheet: Path
    still: Path | None
    warnings: tuple[str, ...] = ()
    """Sentences for the user, such as what could not be read."""


def make_film(  # noqa: PLR0913  # what a film depends on
    prompt: str,
    out_folder: Path | str,
    *,
    text: str | None = None,
    character: str = "",
    history: Sequence[Turn] = (),
    persona: Persona | None = None,
    notes: Sequence[Note] = (),
    seed: int = 0,
    engine: str = "workbench",
    size: int = 640,
    still_samples: int = STILL_SAMPLES,
    models: Models | None = None,
    progress: Progress | None = None,
) -> Film:
    """Answer the prompt (or speak ``text``) with a face of the cast and write everything into a folder.

    Args:
        prompt: what to answer; not used if ``text`` is given.
        out_folder: made if need be; ``reply.txt``, ``reply.wav``, ``take.blend``, ``film.mp4``, ``contact_sheet.png``
            and ``still.png`` in it are replaced.
        text: spoken as it is, without the language model.
        character: name of one of the cast, who brings face, voice and persona; the shipped face by default.
        history: what was said before, oldest first.
        persona: who answers; the character's own by default, Alphsistant without a character.
        notes: what is said where one of their keys is asked about.
        seed: same seed, same film.
        engine: ``workbench``, ``eevee`` or ``cycles``.
        size: height of the film in pixels; its width is four fifths of that.
        still_samples: samples of the Cycles still; 0 leaves the still out.
        models: the shipped ones by default, with the character's voice.
        progress: see :data:`Progress`.

    Raises:
        AlphsistantError: with a sentence that says what is wrong.
    """
    if engine not in ENGINES:
        raise AlphsistantError(f"There is no engine “{engine}”: choose one of {', '.join(ENGINES)}.")
    who = cast.find(character) if character else None
    report = progress or _no_progress
    folder = Path(out_folder).resolve()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise AssetError(f"The folder “{folder}” cannot be made: {error.strerror or error}.") from error
    film = Film(
        text=folder / "reply.txt",
        sound=folder / "reply.wav",
        blend=folder / "take.blend",
        film=folder / "film.mp4",
        contact_sheet=folder / "contact_sheet.png",
        still=folder / "still.png" if still_samples else None,
    )
    render.check_writable(film.film)

    events = reply_stream.run(
        prompt,
        models or ShippedModels(voice=who.voice or None if who is not None else None),
        text=text,
        seed=seed,
        history=history,
        persona=who.persona() if persona is None and who is not None else persona,
        notes=notes,
        frame_rate=FRAME_RATE,
    )
    reply = _reply_of(events, _part_of(report, "speak"))
    film.text.write_text(reply.speech.text + "\n", encoding="utf-8")

    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    scene = bpy.context.scene
    scene.render.fps, scene.render.fps_base = FRAME_RATE, 1.0
    # Saved twice: the sound's path can be relative to a saved file only. Removed between, or Blender keeps a backup.
    film.blend.unlink(missing_ok=True)
    bpy.ops.wm.save_as_mainfile(filepath=str(film.blend))
    with face_in(scene, character) as shipped:
        take = bake.bake(scene, shipped, reply, sound_path=film.sound)
    settings = film_settings(engine, size)
    set_up(scene, settings)
    film.blend.unlink()
    bpy.ops.wm.save_as_mainfile(filepath=str(film.blend), compress=True)

    speaking = [bpy.data.objects[name] for name in shipped.meshes]
    coarse = render.unsubdivided(speaking if settings.engine == compat.WORKBENCH else ())
    with coarse, _frames_reported(_part_of(report, "film"), take):
        render.film(scene, film.film, settings)
    _part_of(report, "sheet")("Making the contact sheet", 0.0)
    contact_sheet.save(
        scene, bpy.data.objects[shipped.meshes[0]], reply.speech.phones, take.start, film.contact_sheet, settings
    )
    if film.still is not None:
        _part_of(report, "still")("Rendering a still in Cycles", 0.0)
        frame = contact_sheet.widest_frame(reply.speech.phones, reply.animation, start=take.start, rate=FRAME_RATE)
        still = render.FilmSettings(compat.CYCLES, settings.size, still_samples)
        render.still(scene, film.still, frame, still)
    report("Done", 1.0)
    return replace(film, warnings=take.warnings)


def _reply_of(events: Iterable[Event], report: Progress) -> Reply:
    reply: Reply | None = None
    for event in events:
        if isinstance(event, Step):
            report(event.words, event.fraction)
        elif isinstance(event, Reply):
            reply = event
    if reply is None:
        raise RuntimeError("the pipeline ended without a reply")
    return reply


@contextlib.contextmanager
def _frames_reported(report: Progress, take: bake.Take) -> Iterator[None]:
    """Report each frame that has been rendered while the block runs."""

    def frame_done(scene: Any, _depsgraph: Any = None) -> None:
        done = scene.frame_current - take.start + 1
        total = take.end - take.start + 1
        report(f"Rendering frame {done} of {total}", done / total)

    handlers = bpy.app.handlers.render_write
    handlers.append(frame_done)
    try:
        yield
    finally:
        handlers.remove(frame_done)


def _part_of(report: Progress, stage: str) -> Progress:
    start, end = _SHARES[stage]
    return lambda words, fraction: report(words, start + (end - start) * fraction)


def _no_progress(_words: str, _fraction: float) -> None:
    """For callers that do not want to know."""


def terminal_progress(words: str, fraction: float, *, width: int = 30) -> None:
    """A bar in the terminal; whole lines where the output is a file."""
    if sys.stdout.isatty():
        bar = "█" * round(width * fraction)
        print(f"\r\x1b[K{bar:░<{width}} {fraction:4.0%}  {words}", end="" if fraction < 1 else "\n", flush=True)
    elif not words.startswith("Rendering frame"):
        print(f"{fraction:4.0%}  {words}", flush=True)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options that the module's own command line and Blender's ``--command`` share."""
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--prompt", help="what to answer")
    what.add_argument("--text", help="what to say as it is, without the language model")
    parser.add_argument("--character", default="", help="one of the cast, with face, voice and persona")
    command_line.add_conversation_arguments(parser)
    parser.add_argument("--out", type=Path, required=True, help="folder for the reply, its sound, scene and film")
    parser.add_argument("--seed", type=command_line.seed, default=0, help="same seed, same film (default 0)")
    parser.add_argument("--engine", choices=sorted(ENGINES), default="workbench", help="default: workbench")
    parser.add_argument("--size", type=int, default=640, help="height of the film in pixels (default 640)")
    parser.add_argument("--no-still", action="store_true", help="leave out the Cycles still")
    parser.add_argument("--language-model", help="folder or hub id of another language model")
    parser.add_argument("--voice", help=command_line.VOICE_CHOICE)
    command_line.add_server_arguments(parser)


def run(options: argparse.Namespace) -> int:
    """Make the film that the options ask for; the process's exit code."""
    started = time.monotonic()
    try:
        if options.character and not options.voice:
            options.voice = cast.find(options.character).voice or None
        film = make_film(
            options.prompt or "",
            options.out,
            text=options.text,
            character=options.character,
            history=options.history,
            persona=Persona.load(options.persona) if options.persona is not None else None,
            notes=load_notes(options.notes) if options.notes is not None else (),
            seed=options.seed,
            engine=options.engine,
            size=options.size,
            still_samples=0 if options.no_still else STILL_SAMPLES,
            models=command_line.models_of(options),
            progress=terminal_progress,
        )
    except AlphsistantError as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    for warning in film.warnings:
        print(warning)
    print(f"It says: {film.text.read_text(encoding='utf-8').strip()}")
    files = (film.text, film.sound, film.blend, film.film, film.contact_sheet, film.still)
    print("\n".join(f"  {path}" for path in files if path is not None))
    print(f"Made in {time.monotonic() - started:.0f} s.")
    return 0


@contextlib.contextmanager
def blender_silenced() -> Iterator[None]:
    """Keep Blender's own lines, several a frame, off the terminal; what Python prints still gets there."""
    sys.stdout.flush()
    terminal = os.dup(1)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)
    try:
        with (
            os.fdopen(os.dup(terminal), "w", encoding="utf-8", errors="replace") as output,
            contextlib.redirect_stdout(output),
        ):
            yield
    finally:
        os.dup2(terminal, 1)
        os.close(terminal)


def main(arguments: Sequence[str] | None = None) -> int:
    """The module's command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_arguments(parser)
    options = parser.parse_args(arguments)
    with blender_silenced():
        return run(options)
