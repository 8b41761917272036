"""Make a voice folder of a published DC-TTS checkpoint."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from ..dc_tts.voice_config import VoiceConfig
from ..voice import save_voice
from .kyubyong import convert_kyubyong
from .tugstugi import convert_tugstugi

KINDS: Final = {"tugstugi": convert_tugstugi, "kyubyong": convert_kyubyong}


def kind_of(source: Path) -> str:
    """Guess from the name whose checkpoint it is: PyTorch's are ``.pth`` files."""
    return "tugstugi" if source.suffix.lower() in (".pth", ".pt") else "kyubyong"


def convert(
    sources: Sequence[Path], out: Path, *, kind: str | None = None, name: str = "", licence: str = ""
) -> VoiceConfig:
    """Write the voice folder ``out``.

    Args:
        sources: the two ``.pth`` files of tugstugi/pytorch-dc-tts, or the TensorFlow checkpoints of Kyubyong/dc_tts
            (folders, ``.index`` files or prefixes; one with both networks, or one for each).
        out: where the folder is made.
        kind: ``tugstugi`` or ``kyubyong``; ``None`` goes by the file names.
        name: the voice's name.
        licence: what the weights may be used for; that of the code does not say it.

    Raises:
        AssetError: a file is missing, damaged, or not what was published.
        DependencyError: TensorFlow is needed and not installed.
    """
    kind = kind or kind_of(sources[0])
    config, text2mel, ssrn = KINDS[kind](list(sources))
    config = dataclasses.replace(config, name=name, licence=licence)
    save_voice(out, config, {"text2mel": text2mel.state_dict(), "ssrn": ssrn.state_dict()}, eight_bits=False)
    return config
