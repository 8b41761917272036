"""``speak``, ``batch`` and ``talk`` without Blender, and the arguments that Blender's own command shares."""

from __future__ import annotations

import argparse
import os
import re
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from .. import lip_sync
from ..core.errors import AlphsistantError, AssetError
from ..interchange.formats import FORMATS, without_ending
from ..interchange.timing_file import SUFFIXES, read_timing
from ..pipeline import timing_stream
from ..pipeline.models import Models, ShippedModels
from ..pipeline.reply import Reply
from ..pipeline.requests import ModelChoice
from ..talk import terminal
from ..text_generation.chat_server import DEFAULT_ADDRESS, Server
from ..text_generation.persona import Turn, history_from_line
from ..text_to_speech.voices import DEFAULT as DEFAULT_VOICE
from . import exports
from .line_reply import reply_of
from .run import Make, Outcome, run, write_report
from .table import COLUMNS, MOST_SEED, Line, read_table, shard

FRAME_RATE = 25.0

VOICE_CHOICE: Final = "name of a shipped voice, or the folder of another one"

SERVER_KEY: Final = "ALPHSISTANT_SERVER_KEY"
"""Variable of the environment with the key that a server asks for."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m alphsistant_addon",
        description="Speak without Blender: sound (WAV), phones and keys (JSON), weights by frame (CSV).",
    )
    commands = parser.add_subparsers(dest="command", required=True)
    speak = commands.add_parser("speak", help="speak one text")
    what = speak.add_mutually_exclusive_group(required=True)
    what.add_argument("text", nargs="?", help="what to say")
    what.add_argument("--prompt", help="what to answer, by the language model")
    speak.add_argument("--out", type=Path, required=True, help="folder for speech.wav, animation.json and curves.csv")
    add_conversation_arguments(speak)
    speak.add_argument("--seed", type=seed, default=0, help="same seed, same files (default 0)")
    speak.add_argument("--rate", type=float, default=1.0, help="how fast, 0.5 to 2 (default 1)")
    speak.add_argument("--pitch", type=float, default=0.0, help="semitones, -6 to 6 (default 0)")
    speak.add_argument("--mood", default="neutral", help=COLUMNS["mood"])
    speak.add_argument("--style", default="neutral", help=COLUMNS["style"])
    speak.add_argument("--life", default="speaker", help=COLUMNS["life"])
    _add_formats_argument(speak, "--also")
    add_model_arguments(speak)
    add_batch_arguments(commands.add_parser("batch", help="speak a table of lines"))
    _add_convert_arguments(
        commands.add_parser("convert", help="make files for other programs of timing or of animation.json")
    )
    talk = commands.add_parser("talk", help="talk with it: by typing, by voice, aloud or in silence")
    terminal.add_arguments(talk)
    _add_choice_arguments(talk)
    options = parser.parse_args(arguments)
    if options.command == "talk":
        return terminal.run(options, ModelChoice(options.language_model, options.voice, server=_server_of(options)))
    if options.command == "convert":
        return _convert(options)
    if options.command == "batch":
        return run_batch(options, files_only(options), {})
    return _speak(options)


def add_model_arguments(parser: argparse.ArgumentParser) -> None:
    """Options about models and frames."""
    parser.add_argument("--fps", type=_frame_rate, default=FRAME_RATE, help="frames per second (default 25)")
    _add_choice_arguments(parser)


def _add_choice_arguments(parser: argparse.ArgumentParser) -> None:
    """Options about other models than the shipped ones."""
    parser.add_argument("--language-model", help="folder or hub id of another language model")
    parser.add_argument("--voice", help=f"{VOICE_CHOICE} (default: {DEFAULT_VOICE})")
    add_server_arguments(parser)


def add_server_arguments(parser: argparse.ArgumentParser) -> None:
    """Options about a server with a language model."""
    parser.add_argument("--server", help=f"address of a server with OpenAI's chat interface, such as {DEFAULT_ADDRESS}")
    parser.add_argument("--server-model", default="", help="one of its models (default: the first of its list)")


def add_conversation_arguments(parser: argparse.ArgumentParser) -> None:
    """Options about who answers, and what was said before."""
    parser.add_argument("--history", type=_history, default=(), help=COLUMNS["history"])
    parser.add_argument("--persona", type=Path, help=COLUMNS["persona"])
    parser.add_argument("--notes", type=Path, help=COLUMNS["notes_file"])


def add_batch_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of ``batch``."""
    columns = "; ".join(f"{name}: {meaning}" for name, meaning in COLUMNS.items())
    parser.add_argument("table", type=Path, help=f"CSV file with a header. Columns: {columns}")
    parser.add_argument("--out", type=Path, required=True, help="folder for the lines' folders and the report")
    _add_formats_argument(parser, "--also")
    parser.add_argument("--shard", type=_shard, default=(1, 1), metavar="I/N", help="do the I-th of N parts only")
    add_model_arguments(parser)


def _add_formats_argument(parser: argparse.ArgumentParser, name: str, *, required: bool = False) -> None:
    known = ", ".join(FORMATS)
    parser.add_argument(
        name, type=_formats, default=(), required=required, metavar="FORMAT,…", help=f"other formats: {known}"
    )


def _add_convert_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of ``convert``."""
    parser.add_argument("file", type=Path, help=f"what is read: {', '.join(SUFFIXES)}")
    _add_formats_argument(parser, "--to", required=True)
    parser.add_argument("--out", type=Path, required=True, help="folder for the files")
    parser.add_argument("--sound", type=Path, help="the sound that the timing belongs to")
    parser.add_argument("--language", help="of captions, as espeak-ng's code: de, fr-fr, ja …")
    parser.add_argument("--fps", type=_frame_rate, help="frames per second (default: the file's own, or 25)")


def models_of(options: argparse.Namespace) -> ShippedModels:
    """The models that the options name."""
    return ShippedModels(options.language_model, options.voice, server=_server_of(options))


def _server_of(options: argparse.Namespace) -> Server | None:
    """The server that the options name."""
    if not options.server:
        return None
    # Whoever writes the address of another computer means it. The key is no argument: others could read it there.
    return Server(options.server, options.server_model, os.environ.get(SERVER_KEY, ""), allow_network=True)


def files_only(options: argparse.Namespace, models: Models | None = None) -> Make:
    """Do a line without Blender: its three files."""
    shared = models or models_of(options)

    def make(line: Line, folder: Path) -> dict[str, Any]:
        reply = reply_of(line, shared, frame_rate=options.fps)
        exports.write_all(reply, folder, options.fps, options.also)
        return facts_of(reply)

    return make


def facts_of(reply: Reply) -> dict[str, Any]:
    """What the report says of a reply."""
    return {
        "text": reply.speech.text,
        "duration": round(reply.speech.duration, 3),
        "keys": reply.animation.key_count,
        "warnings": " ".join(reply.speech.warnings),
    }


def run_batch(options: argparse.Namespace, make: Make, settings: dict[str, Any]) -> int:
    """Do the table of the options; 0 if every line is there at the end, 1 if not."""
    started = time.monotonic()
    number, count = options.shard
    outcomes: list[Outcome] = []
    code = 0
    try:
        table = read_table(options.table)
        if table.unused:
            print(f"Columns that are not used: {', '.join(table.unused)}.")
        rows = shard(table.rows, number, count)

        def told(done: int, outcome: Outcome) -> None:
            outcomes.append(outcome)
            print(f"{done}/{len(rows)}  {outcome.status:<6}  {outcome.id}  {outcome.error}".rstrip(), flush=True)

        asked = {"fps": options.fps, "voice": options.voice, "language_model": options.language_model, **settings}
        if options.server:
            asked |= {"server": options.server, "server_model": options.server_model}
        if options.also:  # so that lines of before are kept
            asked["also"] = options.also
        try:
            run(rows, options.out.resolve(), make, settings=asked, told=told)
        except KeyboardInterrupt:
            print("Stopped; the same command goes on from here.", file=sys.stderr)
            code = 130
        name = "report" if count == 1 else f"report-{number}-of-{count}"
        reports = write_report(outcomes, options.out.resolve(), name)
    except AlphsistantError as error:
        print(error, file=sys.stderr)
        return 1
    failed = sum(outcome.status == "failed" for outcome in outcomes)
    kept = sum(outcome.status == "kept" for outcome in outcomes)
    done = len(outcomes) - failed - kept
    print(f"{done} done, {kept} there before, {failed} failed in {time.monotonic() - started:.0f} s: {reports[0]}")
    return code or (1 if failed else 0)


def _speak(options: argparse.Namespace) -> int:
    line = Line("speech", options.text or "", options.prompt or "", None, "", None, "", options.mood, options.style,
                options.seed, options.rate, options.pitch, "", options.history, options.persona, options.notes,
                options.life)  # fmt: skip
    try:
        reply = reply_of(line, models_of(options), frame_rate=options.fps)
        written = exports.write_all(reply, options.out.resolve(), options.fps, options.also)
    except AlphsistantError as error:
        print(error, file=sys.stderr)
        return 1
    for warning in reply.speech.warnings:
        print(warning)
    print(f"It says: {reply.speech.text}")
    print("\n".join(f"  {path}" for path in written))
    return 0


def _convert(options: argparse.Namespace) -> int:
    """Read timing and write files of other formats; 0 if all are written."""
    try:
        rate = options.fps or read_timing(options.file, FRAME_RATE).frame_rate or FRAME_RATE
        events = timing_stream.run(
            options.file, options.sound, language=options.language, delivery=lip_sync.Delivery(), frame_rate=rate
        )
        reply = next(event for event in events if isinstance(event, Reply))
        spoken = replace(exports.spoken_of(reply, rate), sound=options.sound.name if options.sound is not None else "")
        name = options.file.name
        stem = without_ending(name) if without_ending(name) != name else options.file.stem
        for path in exports.paths_of(options.out.resolve(), stem, options.to):
            if path == options.file.resolve():
                raise AssetError(f"“{path}” would be written over while it is read: choose another folder.")
        written = exports.write_formats(spoken, options.out.resolve(), stem, options.to)
    except AlphsistantError as error:
        print(error, file=sys.stderr)
        return 1
    for warning in reply.speech.warnings:
        print(warning)
    print("\n".join(f"  {path}" for path in written))
    return 0


def seed(value: str) -> int:
    """Read a seed from the command line.

    Raises:
        argparse.ArgumentTypeError: it is no whole number from 0 to 999999999.
    """
    if not re.fullmatch(r"[0-9]{1,9}", value):
        raise argparse.ArgumentTypeError(f"{value} is no seed: write a whole number from 0 to {MOST_SEED}")
    return int(value)


def _history(value: str) -> tuple[Turn, ...]:
    try:
        return history_from_line(value)
    except AlphsistantError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _frame_rate(value: str) -> float:
    """``25``, ``29.97`` or ``30000/1001``."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)(?:/(\d+(?:\.\d+)?))?", value)
    rate = float(found[1]) / float(found[2] or 1) if found and float(found[2] or 1) else 0.0
    if not 1.0 <= rate <= 1000.0:
        raise argparse.ArgumentTypeError(f"{value} is no frame rate: write 25, 29.97 or 30000/1001")
    return rate


def _formats(value: str) -> tuple[str, ...]:
    """``textgrid,srt``."""
    names = tuple(dict.fromkeys(name.strip() for name in value.split(",")))
    unknown = [name for name in names if name not in FORMATS]
    if unknown:
        raise argparse.ArgumentTypeError(f"{unknown[0]} is no format: write {', '.join(FORMATS)}")
    return names


def _shard(value: str) -> tuple[int, int]:
    found = re.fullmatch(r"(\d{1,6})/(\d{1,6})", value)
    if not found or not 1 <= int(found[1]) <= int(found[2]):
        raise argparse.ArgumentTypeError(f"{value} is no shard: write 1/4 to 4/4 for four machines")
    return int(found[1]), int(found[2])
