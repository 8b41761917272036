"""The conversation in a terminal: ``python -m alphsistant_addon talk``."""

from __future__ import annotations

import argparse
import queue
import sys
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final, TextIO

from ..audio_process.client import Audio
from ..audio_process.protocol import QUIETEST, Settings
from ..core.errors import AlphsistantError
from ..model_process.client import ModelProcess
from ..pipeline.reply_stream import CLAUSE_SIGNS
from ..pipeline.requests import HearRequest, ModelChoice, SpeakRequest, WarmUpRequest
from ..text_generation.persona import Persona
from .conversation import Conversation
from .happenings import Happening, Told, TurnChanged
from .job import Jobs
from .turns import GREETING, Turn

TICKS: Final = 60
"""A second."""
METER: Final = "▁▂▃▄▅▆▇█"
"""From :data:`LOWEST_LEVEL` to full scale."""
LOWEST_LEVEL: Final = -50.0
"""dB."""
_LISTING_SECONDS: Final = 10.0
"""What the sound's process has to tell which devices there are."""

HELP: Final = (
    "Type a line and press Enter. Enter alone interrupts. "
    "/again, /other (another answer), /mend TEXT (what you said), /edit TEXT (what it said), /log, /quit."
)
BY_KEY: Final = "Enter alone begins to listen, and Enter again ends it."
BY_VOICE: Final = "Or just speak."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of ``talk``, besides those about models."""
    parser.add_argument("--persona", type=Path, help="who answers: a text file or a character card (JSON, PNG)")
    parser.add_argument("--say-only", action="store_true", help="speak each line as it is, without an answer")
    parser.add_argument("--silent", action="store_true", help="no loudspeaker: the talk in time, but without sound")
    ears = parser.add_mutually_exclusive_group()
    ears.add_argument("--microphone", action="store_true", help="Enter begins to listen, Enter again ends it")
    ears.add_argument("--hands-free", action="store_true", help="listen all the time, and answer what is said")
    parser.add_argument(
        "--headphones", action="store_true", help="you wear some: it listens while it speaks, and can be interrupted"
    )
    parser.add_argument("--output", default="", help="name of the loudspeaker (default: the system's)")
    parser.add_argument("--input", default="", help="name of the microphone (default: the system's)")
    parser.add_argument("--devices", action="store_true", help="say which there are, and end")
    parser.add_argument("--whisper", type=Path, help="folder of a Whisper model that recognises the words")


def run(
    options: argparse.Namespace,
    choice: ModelChoice,
    *,
    lines: Iterable[str] | None = None,
    out: TextIO | None = None,
    models: Jobs | None = None,
    audio: Audio | None = None,
) -> int:
    """Talk until the lines end; return the exit code. What comes last are the standard streams' stand-ins in tests."""
    out = out or sys.stdout
    process = ModelProcess()
    settings = Settings(
        options.output, options.input, headphones=options.headphones, kind="silence" if options.silent else "card"
    )
    audio = audio or Audio(settings)
    try:
        if options.devices:
            return _list_devices(audio, out)
        if models is None:
            process.warm_up(WarmUpRequest(choice))
        conversation = Conversation(
            audio,
            models or process,
            Persona.load(options.persona) if options.persona else None,
            template=SpeakRequest("", look_up=True, models=choice),
            hearing=HearRequest(options.whisper, choice),
        )
        try:
            is_person = lines is None and sys.stdin.isatty()
            Terminal(conversation, options, out, is_person=is_person).talk(sys.stdin if lines is None else lines)
        except KeyboardInterrupt:
            print(file=out)
        finally:
            conversation.close()
    except AlphsistantError as error:
        print(error, file=sys.stderr)
        return 1
    finally:
        audio.close()
        process.stop()
    return 0


class Terminal:
    """Takes lines, shows turns."""

    def __init__(
        self, conversation: Conversation, options: argparse.Namespace, out: TextIO, *, is_person: bool = True
    ) -> None:
        """Show a conversation on ``out``.

        Args:
            conversation: it.
            options: of the command line.
            out: where it is shown.
            is_person: whether somebody types; the lines of a file wait until the one before is answered to its end.
        """
        self._is_person = is_person
        self._conversation = conversation
        self._options = options
        self._out = out
        self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._has_ended = False
        """Whether no more lines come."""
        self._shown: dict[int, int] = {}
        """How many characters of each turn were shown."""
        self._ended: set[int] = set()
        """Turns whose end was shown."""
        persona = conversation.template.persona
        self._name = persona.name if persona is not None else "Alphsistant"
        self._is_recording = False
        self._meter = ""

    def talk(self, lines: Iterable[str]) -> None:
        """Go on until the lines have ended and the last one was answered."""
        threading.Thread(target=self._read, args=(lines,), name="Alphsistant lines", daemon=True).start()
        hints = [HELP]
        if self._options.microphone:
            self._conversation.microphone(True)
            hints.append(BY_KEY)
        if self._options.hands_free:
            self._conversation.hands_free(True)
            hints.append(BY_VOICE)
        self._print(" ".join(hints))
        self._conversation.greet()
        while self._goes_on():
            begin = time.perf_counter()
            for news in self._conversation.tick():
                self._show(news)
            self._show_level()
            time.sleep(max(0.0, 1 / TICKS - (time.perf_counter() - begin)))

    def _read(self, lines: Iterable[str]) -> None:
        for line in lines:
            self._lines.put(line)
        self._lines.put(None)

    def _goes_on(self) -> bool:
        """Obey the next line; whether the talk goes on."""
        is_busy = self._conversation.is_busy
        if self._lines.empty() or (is_busy and not self._is_person):
            return not (self._has_ended and not is_busy)
        line = self._lines.get()
        if line is None:
            self._has_ended = True
            return True
        return self._obey(line.strip())

    def _obey(self, line: str) -> bool:
        """Do what a line says; whether the talk goes on."""
        talk = self._conversation
        asked = [turn for turn in talk.log if turn.who == "user"]
        said = [turn for turn in talk.log if turn.who == "face"]
        command, _, rest = line.partition(" ")
        deeds: dict[str, Callable[[], object]] = {
            "/again": talk.say_again,
            "/other": talk.another_answer,
            "/mend": lambda: talk.mend(asked[-1], rest) if asked else None,
            "/edit": lambda: talk.edit(said[-1], rest) if said else None,
            "/log": self._print_log,
            "/help": lambda: self._print(HELP),
        }
        if command == "/quit":
            return False
        if command in deeds:
            deeds[command]()
        elif line:
            (talk.speak if self._options.say_only else talk.say)(line)
        elif self._is_recording:
            self._is_recording = False
            talk.push_to_talk(False)
        elif talk.is_busy:
            talk.interrupt()
        elif self._options.microphone:
            self._is_recording = True
            talk.push_to_talk(True)
            self._print("(listening: Enter ends it)")
        return True

    def _show(self, news: Happening) -> None:
        match news:
            case Told(text):
                self._print(f"({text})")
            case TurnChanged(turn) if turn.who == "user":
                self._show_words(turn)
            case TurnChanged(turn):
                self._show_reply(turn)
            case _:
                pass

    def _show_words(self, turn: Turn) -> None:
        """Show what was heard of the user; what was typed is there already."""
        if turn.samples is not None and turn.text and turn.number not in self._shown:
            self._shown[turn.number] = len(turn.text)
            self._print(f"you: {turn.text}")
        elif turn.state == "dropped" and turn.note and turn.number not in self._shown:
            self._shown[turn.number] = 0
            self._print(f"({turn.note})")

    def _show_reply(self, turn: Turn) -> None:
        """Show what is new of a reply, sentence by sentence, and how it ended."""
        shown = self._shown.get(turn.number, 0)
        is_over = turn.state in {"done", "interrupted", "failed"}
        if len(turn.text) > shown and (is_over or not turn.text.endswith(CLAUSE_SIGNS)):
            self._shown[turn.number] = len(turn.text)
            skill = f" [{turn.skill}]" if turn.skill not in {"", GREETING} else ""
            self._print(f"{self._name}{skill}: {turn.text[shown:].strip()}")
        if turn.number in self._ended or not is_over:
            return
        self._ended.add(turn.number)
        if turn.state == "interrupted":
            self._print(f"(interrupted; heard: {turn.heard or 'nothing'})")
        if turn.note:
            self._print(f"({turn.note})")

    def _show_level(self) -> None:
        """Show how loud the microphone hears it, on the line of the cursor."""
        if not (self._conversation.is_microphone_open and self._out.isatty()):
            return
        level = self._conversation.audio.level.input
        share = (max(level, LOWEST_LEVEL) - LOWEST_LEVEL) / -LOWEST_LEVEL
        meter = METER[min(int(share * len(METER)), len(METER) - 1)] if level > QUIETEST else " "
        if meter != self._meter:
            self._meter = meter
            print(f"\r{meter} ", end="", file=self._out, flush=True)

    def _print_log(self) -> None:
        for turn in self._conversation.log:
            who = "you" if turn.who == "user" else self._name
            self._print(f"{turn.number:3} {who} ({turn.state}): {turn.heard or turn.text}")

    def _print(self, text: str) -> None:
        begin = "\r" if self._out.isatty() else ""
        print(f"{begin}{text}", file=self._out, flush=True)


def _list_devices(audio: Audio, out: TextIO) -> int:
    """Print the names of loudspeakers and microphones."""
    audio.start()
    until = time.perf_counter() + _LISTING_SECONDS
    while not audio.devices.outputs and time.perf_counter() < until:
        for event in audio.events():
            text = getattr(event, "text", "")
            if text:
                print(text, file=out)
                return 1
        time.sleep(0.02)
    for heading, names in (("Loudspeakers", audio.devices.outputs), ("Microphones", audio.devices.inputs)):
        print(f"{heading}:", *names, sep="\n  ", file=out)
    return 0
