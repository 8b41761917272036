"""What Blender plays: recorded at the sound card's other side, and compared with a take's WAV file."""

from __future__ import annotations

import subprocess
import threading
import time
import wave
from pathlib import Path
from typing import Any

import numpy as np
from scipy.signal import correlate


class Recorder:
    """Records what the loudspeaker would play, and when each sample was heard (seconds of ``time.time``)."""

    def __init__(self, window: Any, rate: int) -> None:
        self._rate = rate
        self._process = window.start_inside(
            *("parec", "--device=loudspeaker.monitor", "--format=s16le", "--channels=1", f"--rate={rate}"),
            *("--latency-msec=10", "--process-time-msec=5", "--raw"),
            stdout=subprocess.PIPE,
            bufsize=0,
        )
        self._chunks: list[bytes] = []
        self._arrivals: list[tuple[int, float]] = []
        self._thread = threading.Thread(target=self._listen)
        self._thread.start()
        while not self._arrivals:
            time.sleep(0.01)

    def _listen(self) -> None:
        count = 0
        while chunk := self._process.stdout.read(1 << 14):
            count += len(chunk)
            self._chunks.append(chunk)
            self._arrivals.append((count // 2, time.time()))

    def stop(self) -> tuple[np.ndarray, float]:
        """The samples, −1…1, and when the first of them was heard."""
        self._process.terminate()
        self._process.wait()
        self._thread.join()
        samples = np.frombuffer(b"".join(self._chunks), "<i2").astype(np.float32) / 32768
        # A chunk may come late, never early: the earliest tells.
        return samples, min(arrived - count / self._rate for count, arrived in self._arrivals)


def read_wav(path: Path) -> tuple[np.ndarray, int]:
    """Samples of a mono file, −1…1, and their rate."""
    with wave.open(str(path)) as file:
        assert (file.getnchannels(), file.getsampwidth()) == (1, 2)
        return np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.float32) / 32768, file.getframerate()


def write_wav(path: Path, samples: np.ndarray, rate: int) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(np.round(np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())


def find(sound: np.ndarray, recording: np.ndarray) -> tuple[int, float]:
    """The sample of the recording where the sound starts, and how alike the two are there (correlation, at most 1).

    Where it was played several times, the first time counts.
    """
    product = correlate(recording, sound, mode="valid", method="fft")
    first = int(np.argmax(product > 0.9 * product.max()))
    at = first + int(np.argmax(product[first : first + 100]))
    norm = float(np.linalg.norm(recording[at : at + len(sound)]) * np.linalg.norm(sound))
    return at, float(product[at]) / norm if norm > 0 else 0.0
