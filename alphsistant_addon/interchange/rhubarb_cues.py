"""Mouth cues as Rhubarb Lip Sync writes them: TSV, XML and JSON (its README, "Output formats")."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET  # no tree with a document type is read

from ..core.errors import AssetError
from ..lip_sync.mouth_cues import mouth_cues
from .mouth_sets import SETS
from .spoken import Spoken
from .timed_cue import TimedCue, check_order


def cues_of(spoken: Spoken) -> list[TimedCue]:
    """Return the cues, on whole frames of the film, each with its end."""
    cues = mouth_cues(spoken.phones, spoken.duration, spoken.frame_rate, SETS["rhubarb"].shapes)
    starts = [cue.frame / spoken.frame_rate for cue in cues]
    ends = [*starts[1:], max(spoken.duration, starts[-1])]
    return [TimedCue(cue.shape, start, end) for cue, start, end in zip(cues, starts, ends, strict=True)]


def write_tsv(spoken: Spoken) -> str:
    """Return lines of start and shape; the last one is a closed mouth at the end."""
    cues = cues_of(spoken)
    lines = [f"{cue.start:.2f}\t{cue.name}" for cue in cues]
    return "\n".join([*lines, f"{cues[-1].end:.2f}\tX", ""])


def write_json(spoken: Spoken) -> str:
    """Return the cues with start and end, and the sound's name and length."""
    cues = [{"start": round(cue.start, 2), "end": round(cue.end, 2), "value": cue.name} for cue in cues_of(spoken)]
    content = {"metadata": {"soundFile": spoken.sound, "duration": round(spoken.duration, 2)}, "mouthCues": cues}
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"


def write_xml(spoken: Spoken) -> str:
    """Return the same as XML."""
    root = ET.Element("rhubarbResult")
    about = ET.SubElement(root, "metadata")
    ET.SubElement(about, "soundFile").text = spoken.sound
    ET.SubElement(about, "duration").text = f"{spoken.duration:.2f}"
    cues = ET.SubElement(root, "mouthCues")
    for cue in cues_of(spoken):
        ET.SubElement(cues, "mouthCue", start=f"{cue.start:.2f}", end=f"{cue.end:.2f}").text = cue.name
    ET.indent(root)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def read_json(text: str) -> list[TimedCue]:
    """Read Rhubarb's JSON. ``AssetError`` if it is damaged."""
    try:
        found = [TimedCue(str(c["value"]), float(c["start"]), float(c["end"])) for c in json.loads(text)["mouthCues"]]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise AssetError("The file of mouth cues is damaged: it is not as Rhubarb writes its JSON.") from error
    return check_order(found)


def read_xml(text: str) -> list[TimedCue]:
    """Read Rhubarb's XML. ``AssetError`` if it is damaged, or has a document type, which could swell without end."""
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise AssetError("The file of mouth cues has a document type, which Rhubarb does not write.")
    try:
        root = ET.fromstring(text.encode())  # noqa: S314  # see above
        found = [
            TimedCue((cue.text or "").strip(), float(cue.attrib["start"]), float(cue.attrib["end"]))
            for cue in root.iter("mouthCue")
        ]
    except (ET.ParseError, ValueError, KeyError) as error:
        raise AssetError("The file of mouth cues is damaged: it is not as Rhubarb writes its XML.") from error
    return check_order(found)
