"""A reply as files for other programs: sound (WAV), phones and keys (JSON), weights by frame (CSV), other formats.

Each file appears whole or not at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ..core.files import write_bytes
from ..core.sound_files import write_wav
from ..interchange import animation_json, formats
from ..interchange.frame_csv import as_table
from ..interchange.spoken import Spoken

if TYPE_CHECKING:
    from ..pipeline.reply import Reply

SOUND, KEYS, FRAMES = "speech.wav", "animation.json", "curves.csv"

STEM: Final = "speech"
"""Name of the files in other formats, before their endings."""


def write_all(reply: Reply, folder: Path, frame_rate: float, also: Sequence[str] = ()) -> list[Path]:
    """Write the three files, and those of other formats, into the folder; return their paths.

    Raises:
        AssetError: one of them cannot be written.
    """
    spoken = spoken_of(reply, frame_rate)
    write_wav(reply.speech, folder / SOUND)
    write_bytes(folder / KEYS, animation_json.as_text(as_record(reply, spoken)).encode())
    write_bytes(folder / FRAMES, as_table(reply.animation, frame_rate).encode())
    return [folder / SOUND, folder / KEYS, folder / FRAMES, *write_formats(spoken, folder, STEM, also)]


def write_formats(spoken: Spoken, folder: Path, stem: str, names: Sequence[str]) -> list[Path]:
    """Write files of the named formats; return their paths. ``AssetError`` if one cannot be written."""
    paths = paths_of(folder, stem, names)
    for name, path in zip(names, paths, strict=True):
        write_bytes(path, formats.write(name, spoken).encode())
    return paths


def paths_of(folder: Path, stem: str, names: Sequence[str]) -> list[Path]:
    """Return where files of the named formats are written."""
    return [folder / f"{stem}{formats.FORMATS[name].suffix}" for name in names]


def spoken_of(reply: Reply, frame_rate: float) -> Spoken:
    """Return what exporters need of a reply."""
    sentences = [(part.speech.text, part.start) for part in reply.parts]
    return Spoken.of(reply.speech, reply.animation, frame_rate, SOUND, sentences)


def as_record(reply: Reply, spoken: Spoken) -> dict[str, Any]:
    """Everything but the samples, in plain types; times in seconds from the start of the sound."""
    return {
        **animation_json.as_record(spoken),
        "prompt": reply.prompt,
        "seed": reply.seed,
        "sample_rate": reply.speech.sample_rate,
        "warnings": list(reply.speech.warnings),
    }
