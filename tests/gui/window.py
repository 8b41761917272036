"""A Blender window that can be clicked, typed into, looked at and listened to."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from building.gui_system import System

HERE = Path(__file__).parent
PATIENCE = 120.0
"""Seconds for Blender to start or to answer; its first drawing by the processor takes long."""

ROOM = "room"
"""A second sound card: what is played there is what the microphone hears."""

RULER_ROOM = 80
"""Height in pixels at which the timeline's ruler has nothing lying over it."""


class Window:
    """Blender with the extension installed, on a display and a sound card of its own."""

    def __init__(self, system: System, archive: Path, size: tuple[int, int]) -> None:
        self.system = system
        self.output = system.output
        self.size = size
        self.number = os.getpid()
        self.display = f":{90 + self.number % 900}"
        self.home = system.shared / "home"
        self.log = self.output / "blender.log"
        self._processes: list[subprocess.Popen[bytes]] = []
        self._line: Any = None
        shutil.rmtree(system.shared, ignore_errors=True)
        self.home.mkdir(parents=True)
        # PortAudio knows ALSA, and ALSA has to be told of PulseAudio.
        (self.home / ".asoundrc").write_text("pcm.!default { type pulse }\nctl.!default { type pulse }\n")
        self.output.mkdir(parents=True, exist_ok=True)
        shutil.copy(archive, system.shared / "alphsistant.zip")
        for name in ("driver.py", "probe.py"):
            shutil.copy(HERE / name, system.shared)
        self._start("xvfb.log", "Xvfb", self.display, "-screen", "0", f"{size[0]}x{size[1]}x24", "-nolisten", "tcp")
        self._start(
            "pulseaudio.log",
            *("pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1", "--disallow-exit", "--use-pid-file=no"),
            *("-L", "module-null-sink sink_name=loudspeaker rate=44100"),
            *("-L", f"module-null-sink sink_name={ROOM} rate=48000"),
            *("-L", "module-native-protocol-unix auth-anonymous=1 socket=/srv/gui/pulse"),
        )
        self.wait("a sound card", (system.shared / "pulse").exists)
        self.wait("a display", lambda: self.run_inside("xdotool", "getmouselocation").returncode == 0)

    # ---- Blender ------------------------------------------------------------------------------------------------

    def install(self) -> str:
        """Install the zip as the command line does it; what Blender said."""
        done = self.run_inside(
            "blender", "--command", "extension", "install-file", "-r", "user_default", "--enable",
            "/srv/gui/alphsistant.zip",
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    def open(self, *arguments: str) -> None:
        """Start Blender and wait until its window has been drawn."""
        name = f"alphsistant-gui-{self.number}-{time.monotonic_ns()}"
        geometry = ("--window-geometry", "0", "0", str(self.size[0]), str(self.size[1]))
        blender = self._start(
            self.log.name, "blender", *geometry, "--python", "/srv/gui/driver.py", *arguments, GUI_SOCKET=name
        )

        def connected() -> bool:
            assert blender.poll() is None, self.log.read_text(errors="replace")[-2000:]
            line = socket.socket(socket.AF_UNIX)
            try:
                line.connect(f"\0{name}")
            except OSError:
                line.close()
                return False
            line.settimeout(PATIENCE)
            self._line = line.makefile("rw", encoding="utf-8")
            return True

        self.wait("Blender", connected, PATIENCE)
        self.wait("the extension", lambda: self.call("about")["enabled"], PATIENCE)
        found = self.run_inside("xdotool", "search", "--onlyvisible", "--name", "Blender").stdout.split()
        self.run_inside("xdotool", "windowfocus", found[0])  # there is no window manager: without this no key arrives

    def call(self, name: str, *arguments: Any) -> Any:
        """Call a function of driver.py inside Blender."""
        self._line.write(json.dumps([name, *arguments]) + "\n")
        self._line.flush()
        answer = json.loads(self._line.readline())
        assert "error" not in answer, answer["error"]
        return answer["value"]

    def wait(self, what: str, condition: Callable[[], Any], seconds: float = 60) -> Any:
        """Ask until it is so; what the condition gave."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            answer = condition()
            if answer:
                return answer
            time.sleep(0.05)
        raise AssertionError(f"waited {seconds:.0f} s for {what}; {self.screenshot('gave-up')} shows the window")

    def wait_for_job(self, seconds: float = 300) -> dict[str, Any]:
        """Wait for the job's end; the panel's status."""
        self.wait("the end of the job", lambda: not self.call("job")["running"], seconds)
        return self.call("job")

    def close(self) -> int | None:
        """Quit Blender; its exit code."""
        if self._line is None:
            return None
        blender = self._processes.pop()
        self.call("leave")
        self._line.close()
        self._line = None
        try:
            return blender.wait(60)
        except subprocess.TimeoutExpired:
            _kill(blender)
            return None

    def shut_down(self) -> None:
        """End everything that was started."""
        for process in reversed(self._processes):
            _kill(process)
        self._processes.clear()

    # ---- Hands and eyes -----------------------------------------------------------------------------------------

    def hands(self, *commands: str | float) -> None:
        """Mouse and keyboard, in xdotool's words."""
        done = self.run_inside("xdotool", *map(str, commands))
        assert done.returncode == 0, done.stderr

    def click(self, at: tuple[int, int], what: str, begun: Callable[[], Any]) -> None:
        """Click on what does this, and see that it begins. A busy computer may lose a click, as it may a person's.

        The mouse leaves the sidebar first: Blender keeps a grey button grey for as long as the mouse stays on it.
        """
        aside = self.call("place", "UI", "VIEW_3D")[0] - 150
        for _ in range(3):
            self.hands("mousemove", aside, at[1], "sleep", 0.4, "mousemove", *at, "sleep", 0.3)
            self.wait(f"{what} under the mouse", lambda: what in self.call("under_mouse"))
            self.hands("mousedown", 1, "sleep", 0.1, "mouseup", 1)
            with contextlib.suppress(AssertionError):
                self.wait(what, begun, 10)
                return
        raise AssertionError(f"three clicks on {what} did nothing; {self.screenshot('gave-up')} shows the window")

    def start_job(self, at: tuple[int, int], what: str) -> None:
        """Click, and wait until the panel says that a job runs."""
        before = self.call("job")["started"]
        self.click(at, what, lambda: self.call("job")["started"] > before)

    def scrub(self, frame: int) -> list[int]:
        """Drag the playhead along the timeline's ruler to a frame; the frames that were shown on the way."""
        self._make_room_for_the_ruler()
        start, y = self.call("ruler", self.call("scene")["frame"])
        end, _ = self.call("ruler", frame)
        self.hands("mousemove", start, y, "sleep", 0.3, "mousedown", 1, "sleep", 0.1)
        shown = []
        for step in range(1, 9):
            self.hands("mousemove", start + (end - start) * step // 8, y, "sleep", 0.05)
            shown.append(self.call("scene")["frame"])
        self.hands("mouseup", 1)
        self.wait(f"frame {frame}", lambda: self.call("scene")["frame"] == frame, 10)
        return shown

    def _make_room_for_the_ruler(self) -> None:
        """Drag the timeline's upper edge up.

        In a window as small as this, Blender's default timeline is lower than its scroll bar and the strip for markers,
        which then lie over the ruler and take its clicks (4.3).
        """

        def height() -> int:
            return int(self.call("place", "WINDOW", "DOPESHEET_EDITOR")[3])

        if height() < RULER_ROOM:
            left, top, width, _ = self.call("place", "HEADER", "DOPESHEET_EDITOR")
            x, edge = left + width // 2, top - 1
            self.hands("mousemove", x, edge, "sleep", 0.3, "mousedown", 1, "sleep", 0.1)
            self.hands("mousemove", x, edge - RULER_ROOM // 2, "sleep", 0.1, "mousemove", x, edge - RULER_ROOM)
            self.hands("sleep", 0.1, "mouseup", 1)
            self.wait("a higher timeline", lambda: height() >= RULER_ROOM, 10)

    def key(self, *names: str) -> None:
        """Press keys with the mouse over the 3D viewport, where Blender looks for shortcuts."""
        left, top, _, height = self.call("place", "WINDOW", "VIEW_3D")
        self.hands("mousemove", left + 60, top + height // 2, "sleep", 0.15, "key", *names)

    def open_tab(self) -> None:
        """Open the sidebar by its key, and turn it to our tab."""
        if self.call("place", "UI", "VIEW_3D")[2] <= 1:
            self.key("n")
            self.wait("the sidebar", lambda: self.call("place", "UI", "VIEW_3D")[2] > 1)
        self.wait("the tab", lambda: self.call("show_tab", "Alphsistant") == "Alphsistant")
        time.sleep(0.5)  # until it is drawn: there is nothing to ask for that

    def find(self, what: str) -> tuple[int, int]:
        """Where in the sidebar a click does this (part of a Python command, or of a data path), by hovering over it."""
        left, top, width, height = self.call("place", "UI", "VIEW_3D")
        for x in (left + width // 2, left + width - 48):
            found: list[int] = []
            for y in range(top + 8, top + height - 4, 8):
                self.hands("mousemove", x, y, "sleep", 0.06)
                if what in self.call("under_mouse"):
                    found.append(y)
                elif found:
                    return x, (found[0] + found[-1]) // 2
        raise AssertionError(f"nothing in the sidebar does {what}; {self.screenshot('gave-up')} shows the window")

    def screenshot(self, name: str) -> Path:
        """Keep a picture of the whole screen in the output folder."""
        inside = self.system.shared / "screen.png"
        inside.unlink(missing_ok=True)
        done = self.run_inside("scrot", "-o", "/srv/gui/screen.png")
        assert done.returncode == 0, done.stderr
        path = self.output / f"{name}.png"
        shutil.copy(inside, path)
        return path

    def pixels(self, name: str) -> np.ndarray:
        """The same, as ``uint8 [height, width, 3]``."""
        return np.asarray(Image.open(self.screenshot(name)).convert("RGB"))

    # ---- Processes ----------------------------------------------------------------------------------------------

    def start_inside(self, *arguments: str, **options: Any) -> subprocess.Popen[bytes]:
        """Start a program beside Blender, such as one that listens."""
        return subprocess.Popen(self._command(*arguments), stdin=subprocess.DEVNULL, process_group=0, **options)

    def _command(self, *arguments: str, **variables: str) -> list[str]:
        return self.system.command(
            *arguments,
            HOME="/srv/gui/home",
            DISPLAY=self.display,
            PULSE_SERVER="unix:/srv/gui/pulse",
            PULSE_SINK="loudspeaker",
            PULSE_SOURCE=f"{ROOM}.monitor",
            **variables,
        )

    def run_inside(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a program beside Blender to its end."""
        return subprocess.run(
            self._command(*arguments),
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
            timeout=300,
        )

    def _start(self, log: str, *arguments: str, **variables: str) -> subprocess.Popen[bytes]:
        with (self.output / log).open("ab") as sink:
            process = subprocess.Popen(
                self._command(*arguments, **variables),
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=subprocess.STDOUT,
                process_group=0,
            )
        self._processes.append(process)
        return process


def _kill(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
