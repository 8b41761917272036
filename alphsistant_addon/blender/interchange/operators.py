"""Buttons and menu entries: export a take, import timing, captions in the sequencer."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import bpy
from bpy.props import BoolProperty, EnumProperty, StringProperty

from ...core.errors import AssetError
from ...interchange.formats import FORMATS, without_ending
from ..jobs.buttons import NoJobRunning, done_or_reported
from ..takes import record

FORMAT_ITEMS: Final = tuple(
    (name, form.label, form.description, number) for number, (name, form) in enumerate(FORMATS.items())
)

READ_SUFFIXES: Final = ("TextGrid", "srt", "vtt", "tsv", "xml", "json", "dat", "txt", "csv")
"""Endings of files of timing, as the file browser filters them."""

SOUNDS: Final = (".wav", ".flac", ".mp3", ".ogg", ".aiff", ".m4a")
"""Endings of the sound that is looked for beside a file of timing, in this order."""


def _selected(context: Any, take_id: str) -> str:
    """Return the take that is meant, or else the one that is selected in the panel."""
    return take_id or str(context.scene.alphsistant.take)


class ExportTake(bpy.types.Operator):
    """Write the selected take as a file for another program; the file does not change with the take"""  # noqa: D415  # a tooltip

    bl_idname = "alphsistant.export_take"
    bl_label = "Export Take"

    take: StringProperty(options={"HIDDEN", "SKIP_SAVE"})
    format: EnumProperty(name="Format", description="What is written", items=FORMAT_ITEMS, default="arkit")
    filepath: StringProperty(subtype="FILE_PATH", options={"HIDDEN", "SKIP_SAVE"})
    check_existing: BoolProperty(default=True, options={"HIDDEN", "SKIP_SAVE"})

    @classmethod
    def poll(cls, _context: Any) -> bool:
        """Grey without a take."""
        cls.poll_message_set("There is no take yet")
        return bool(record.all_takes())

    def invoke(self, context: Any, _event: Any) -> set[str]:
        """Ask for the file; its name is the take's."""
        take = record.find(_selected(context, self.take))
        if take is None:
            self.report({"ERROR"}, "Select a take in the panel first.")
            return {"CANCELLED"}
        folder = Path(bpy.data.filepath).parent if bpy.data.filepath else Path.home()
        self.take = take.id
        self.filepath = str(folder / f"{bpy.path.clean_name(take.stem)}{FORMATS[self.format].suffix}")
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def check(self, _context: Any) -> bool:
        """Give the name the ending of the format that is chosen."""
        wanted = with_ending(self.filepath, self.format)
        changed: bool = wanted != self.filepath
        self.filepath = wanted
        return changed

    def execute(self, context: Any) -> set[str]:
        """Write it."""
        from ..takes import stored  # noqa: PLC0415  # numpy
        from . import export_take  # noqa: PLC0415  # numpy

        take_id = _selected(context, self.take)
        if not Path(bpy.path.abspath(self.filepath)).name or self.filepath.endswith(("/", "\\")):
            self.report({"ERROR"}, "Type a name for the file first.")
            return {"CANCELLED"}
        path = Path(bpy.path.abspath(with_ending(self.filepath, self.format)))
        done = done_or_reported(self, lambda: export_take.write_file(take_id, self.format, path))
        if done == {"FINISHED"} and stored.has_face(take_id):
            self.report({"INFO"}, f"Written: “{path}”")
        elif done == {"FINISHED"}:
            self.report({"WARNING"}, f"Written: “{path}”. The face is gone, so what you changed by hand is not in it.")
        return done


def with_ending(path: str, name: str) -> str:
    """Return a path with the ending of the format, instead of that of another format."""
    return f"{without_ending(path)}{FORMATS[name].suffix}"


class ImportTiming(NoJobRunning, bpy.types.Operator):
    """Make a take of timing by another program: TextGrid, captions, Rhubarb, Moho, lists of mouth cues, our own JSON"""  # noqa: D415

    bl_idname = "alphsistant.import_timing"
    bl_label = "Lip-Sync Timing"

    filepath: StringProperty(subtype="FILE_PATH", options={"HIDDEN", "SKIP_SAVE"})
    filter_glob: StringProperty(
        default=";".join(f"*.{suffix}" for suffix in READ_SUFFIXES), options={"HIDDEN", "SKIP_SAVE"}
    )
    sound: StringProperty(
        name="Sound",
        description="Name of the sound, in the folder of the timing. Empty: the one that is called like the timing; "
        "without any the take is silent",
        options={"SKIP_SAVE"},
    )
    language: StringProperty(
        name="Language",
        description="Of captions, as espeak-ng's code: de, fr-fr, es, ja, cmn … Empty: as their script suggests; "
        "Latin letters are US English",
        options={"SKIP_SAVE"},
    )

    def invoke(self, context: Any, _event: Any) -> set[str]:
        """Ask for the file."""
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def execute(self, context: Any) -> set[str]:
        """Start the job."""
        from ..jobs import desk  # noqa: PLC0415

        return done_or_reported(self, lambda: desk.start(self._task(context)))

    def _task(self, context: Any) -> Any:
        from ..common.scene_time import frames_per_second  # noqa: PLC0415
        from ..speak import expression_settings  # noqa: PLC0415
        from ..takes import placement  # noqa: PLC0415
        from .timing_job import TimingTask  # noqa: PLC0415

        path = Path(bpy.path.abspath(self.filepath))
        if not path.is_file():
            raise AssetError(f"There is no file “{path}”: choose it again.")
        return TimingTask(
            path,
            sound_for(path, self.sound.strip()),
            placement.target_of(context),
            delivery=expression_settings.read(context.scene),
            frame_rate=frames_per_second(context.scene),
            seed=context.scene.alphsistant.seed,
            language=self.language.strip() or None,
        )


def sound_for(path: Path, name: str) -> Path | None:
    """Return the sound of that name beside a file, else the one that is called like it; ``None`` without any.

    Raises:
        AssetError: a name is given, and there is no such file.
    """
    if name:
        sound = path.parent / name
        if not sound.is_file():
            raise AssetError(f"There is no sound “{sound}”.")
        return sound
    # By small letters: recorders write “.WAV”.
    there = {sound.name.lower(): sound for sound in path.parent.iterdir()}
    stems = (path.stem.lower(), path.name.lower().split(".")[0])
    beside = (there.get(stem + end) for stem in stems for end in SOUNDS)
    return next((sound for sound in beside if sound is not None and sound.is_file()), None)


class AddCaptions(bpy.types.Operator):
    """Add the words of the selected take as text strips to the sequencer. With a strip that has a picture, a render shows the sequencer, so put a scene strip below them"""  # noqa: D415, E501

    bl_idname = "alphsistant.add_captions"
    bl_label = "Add Captions"
    bl_options = {"REGISTER", "UNDO"}

    take: StringProperty(options={"HIDDEN"})

    def execute(self, context: Any) -> set[str]:
        """Add them; those that the take has already are replaced."""
        return done_or_reported(self, lambda: self._add(_selected(context, self.take)))

    def _add(self, take_id: str) -> None:
        from ...interchange import subtitles  # noqa: PLC0415
        from ..common.file_changes import FileChanges  # noqa: PLC0415
        from ..takes import captions, stored  # noqa: PLC0415

        kept = record.record_of(take_id)
        words = stored.heard_words_of(kept) if kept is not None else ()
        if not words:
            raise AssetError("This take has no words with times: captions can be made of those only.")
        texts = [(caption.text, caption.start, caption.end) for caption in subtitles.captions_of(words)]
        with FileChanges() as changes:
            captions.add(take_id, texts, changes)


class RemoveCaptions(bpy.types.Operator):
    """Remove the captions of the selected take; those that you have changed stay"""  # noqa: D415

    bl_idname = "alphsistant.remove_captions"
    bl_label = "Remove Captions"
    bl_options = {"REGISTER", "UNDO"}

    take: StringProperty(options={"HIDDEN"})

    def execute(self, context: Any) -> set[str]:
        """Remove them."""
        from ..common.file_changes import FileChanges  # noqa: PLC0415
        from ..takes import captions  # noqa: PLC0415

        take_id = _selected(context, self.take)
        if record.record_of(take_id) is not None:
            with FileChanges() as changes:
                captions.remove(take_id, changes)
        return {"FINISHED"}


CLASSES: Final = (ExportTake, ImportTiming, AddCaptions, RemoveCaptions)
