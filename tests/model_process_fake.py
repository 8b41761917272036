"""Run by test_model_process as the process: a voice that does what the text says."""

import itertools
import os
import sys
import time
from types import SimpleNamespace

import numpy as np

from alphsistant_addon.core.errors import AssetError
from alphsistant_addon.core.progress import check_cancel
from alphsistant_addon.core.speech import Phone, Speech, Word
from alphsistant_addon.model_process.server import main

numbers = itertools.count(1)


class Models:
    def __init__(self, language_model, voice, *, allow_network, use_gpu, server, progress):  # noqa: ARG002
        print("libraries print things")
        self.chosen = (language_model, voice, allow_network, use_gpu)
        self.progress = progress
        self.number = next(numbers)

    def writer(self, cancel):
        check_cancel(cancel)
        self.progress("Downloading", 0.5)
        return SimpleNamespace(reply=self.reply)

    def reply(self, prompt, history=(), *, persona, seed, max_seconds, cancel):  # noqa: ARG002
        yield f"{prompt} {list(history)} {seed} {max_seconds} {persona and persona.name}"
        yield f"{self.chosen} in {os.getpid()}, models {self.number}"

    def known_answer(self, prompt, seed, history=()):  # noqa: ARG002
        return None

    def with_voice(self, voice):
        self.chosen = (self.chosen[0], voice, *self.chosen[2:])
        return self

    def speaker(self, cancel=None):
        if self.chosen[0] == "hang":
            time.sleep(600)
        if self.chosen[0] == "slow":
            time.sleep(1.5)  # an import that cannot be cancelled
        while self.chosen[0] == "busy":
            check_cancel(cancel)
            self.progress("Downloading", 0.5)
        return SimpleNamespace(stream=self.stream)

    def stream(self, text, *, seed=0, controls=None, cancel=None):  # noqa: ARG002
        if text == "hang":
            time.sleep(600)
        if text == "work":
            while True:
                check_cancel(cancel)
                time.sleep(0.01)
        if text == "die":
            os._exit(9)
        if text == "garble":
            os.write(int(os.environ["ALPHSISTANT_ANSWERS"]), b"\xff" * 64)
            time.sleep(600)
        if text == "damaged":
            raise AssetError("The voice is damaged.")
        if text == "memory":
            raise MemoryError
        if text == "allocate":
            raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 TB")
        for word in text.split():
            samples = np.arange(5, dtype=np.float32) / 10 + seed
            yield Speech(samples, 22050, (Phone("ɑ", 0.0, 0.1, 1),), (Word(word, 0.0, 0.1),), word, ("A note.",))


real_dup = os.dup


def dup(descriptor):
    """Remember where the answers go, for the text “garble”."""
    copy = real_dup(descriptor)
    os.environ.setdefault("ALPHSISTANT_ANSWERS", str(copy))
    return copy


os.dup = dup
sys.stdout.flush()
main(Models)
