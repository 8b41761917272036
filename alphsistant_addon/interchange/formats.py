"""The formats that are written, by the names that panels and commands use.

Light, since panels draw from it: the module of a format is loaded when it is used.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from .spoken import Spoken


@dataclass(frozen=True, slots=True)
class Format:
    """A format that is written."""

    label: str
    suffix: str
    """Ending of the file's name."""
    description: str
    module: str
    function: str = "write"


FORMATS: Final[dict[str, Format]] = {
    "arkit": Format(
        "ARKit CSV", ".arkit.csv", "52 ARKit shapes for each frame, as Live Link Face writes them", "arkit_csv"
    ),
    "json": Format("JSON", ".json", "Phones, words and all curves; can be read back", "animation_json"),
    "frames": Format(
        "CSV by Frame", ".frames.csv", "The weight of each channel for each frame", "frame_csv", "write_frames"
    ),
    "rhubarb_tsv": Format(
        "Rhubarb TSV", ".rhubarb.tsv", "Mouths A to H and X with their times", "rhubarb_cues", "write_tsv"
    ),
    "rhubarb_xml": Format("Rhubarb XML", ".rhubarb.xml", "The same as XML", "rhubarb_cues", "write_xml"),
    "rhubarb_json": Format("Rhubarb JSON", ".rhubarb.json", "The same as JSON", "rhubarb_cues", "write_json"),
    "moho": Format("Moho Switch", ".dat", "Preston Blair's mouths by frame, for Moho and OpenToonz", "moho_dat"),
    "textgrid": Format("Praat TextGrid", ".TextGrid", "Phones and words as tiers", "text_grid"),
    "srt": Format("SRT", ".srt", "Captions (SubRip)", "subtitles", "write_srt"),
    "webvtt": Format("WebVTT", ".vtt", "Captions with the time of each word", "subtitles", "write_webvtt"),
}


def without_ending(path: str) -> str:
    """Return a path without the ending of a format, if it has one."""
    endings = sorted((form.suffix for form in FORMATS.values()), key=len, reverse=True)
    return next((path[: -len(end)] for end in endings if path.lower().endswith(end.lower())), path)


def write(name: str, spoken: Spoken) -> str:
    """Return the file of a format by its name."""
    chosen = FORMATS[name]
    text: str = getattr(importlib.import_module(f".{chosen.module}", __package__), chosen.function)(spoken)
    return text
