"""The panel's buttons. What needs numpy is imported when a button is pressed, not while Blender starts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import bpy
from bpy.props import EnumProperty, StringProperty

from ...core.errors import AlphsistantError, AssetError
from ..common.addon_preferences import preferences_of
from ..common.status import current as status
from ..jobs.buttons import NoJobRunning, done_or_reported
from ..takes import record as take_record
from ..takes.placement import target_of
from ..takes.record import objects_of
from . import expression_settings, voice_settings

if TYPE_CHECKING:
    from .speaking_job import ChosenModels


class Generate(NoJobRunning, bpy.types.Operator):
    """Let the language model answer the prompt and the face speak the answer"""  # noqa: D415  # a tooltip

    bl_idname = "alphsistant.generate"
    bl_label = "Generate & Speak"

    def execute(self, context: Any) -> set[str]:
        """Start the job."""
        return _start_speaking(self, context, generate=True)


class SpeakText(NoJobRunning, bpy.types.Operator):
    """Let the face speak the text as it is, without the language model"""  # noqa: D415

    bl_idname = "alphsistant.speak"
    bl_label = "Speak This Text"

    def execute(self, context: Any) -> set[str]:
        """Start the job."""
        return _start_speaking(self, context, generate=False)


class Cancel(bpy.types.Operator):
    """Stop the job; nothing of it is kept"""  # noqa: D415

    bl_idname = "alphsistant.cancel"
    bl_label = "Cancel"

    @classmethod
    def poll(cls, _context: Any) -> bool:
        """Grey while there is nothing to cancel."""
        return status.running

    def execute(self, _context: Any) -> set[str]:
        """Cancel the job."""
        from ..jobs import desk  # noqa: PLC0415

        desk.cancel()
        return {"FINISHED"}


def _start_speaking(operator: Any, context: Any, *, generate: bool) -> set[str]:
    settings = context.scene.alphsistant
    text = None if generate else settings.prompt
    return start_job(operator, context, settings.prompt, text, target_of(context))


def start_job(operator: Any, context: Any, prompt: str, text: str | None, target: Any) -> set[str]:
    """Answer the prompt or speak the text, with the present seed, voice and frame rate."""
    from ..common.scene_time import frames_per_second  # noqa: PLC0415
    from ..jobs import desk  # noqa: PLC0415
    from .speaking_job import SpeakingTask, Wish  # noqa: PLC0415

    wish = Wish(
        prompt=prompt,
        text=text,
        seed=context.scene.alphsistant.seed,
        delivery=expression_settings.read(context.scene),
        controls=voice_settings.read(context.scene),
        frame_rate=frames_per_second(context.scene),
        models=chosen_models(context),
    )
    return done_or_reported(operator, lambda: desk.start(SpeakingTask(wish, target)))


def chosen_models(context: Any) -> ChosenModels:
    """Read from the preferences which models are used."""
    from .speaking_job import ChosenModels  # noqa: PLC0415

    preferences = preferences_of(context)
    if preferences is None:
        return ChosenModels(allow_network=bool(bpy.app.online_access))
    return ChosenModels(
        language_model=preferences.language_model.strip(),
        voice=bpy.path.abspath(preferences.voice) if preferences.voice else "",
        allow_network=bool(bpy.app.online_access),
        use_gpu=preferences.use_gpu,
    )


class SpeakTakeAgain(NoJobRunning, bpy.types.Operator):
    """Speak the same text again with the present seed, voice, style and mapping; only this take's own data is replaced"""  # noqa: D415, E501  # a tooltip

    bl_idname = "alphsistant.speak_take_again"
    bl_label = "Speak Again"

    take: StringProperty(options={"HIDDEN"})
    edits: EnumProperty(
        name="Your Edits",
        description="What becomes of the keys that you changed on this take",
        items=(
            ("KEEP", "Keep My Edits", "Add what you changed to the new keys, at the same sounds"),
            ("REPLACE", "Replace", "Only the new keys; what you changed is gone (Undo brings it back)"),
        ),
        default="KEEP",
    )

    def invoke(self, context: Any, _event: Any) -> set[str]:
        """Ask about hand edits where there are any."""
        from ..takes import hand_edits  # noqa: PLC0415  # numpy

        if hand_edits.count_edited(self.take):
            return set(context.window_manager.invoke_props_dialog(self))
        return self.execute(context)

    def draw(self, _context: Any) -> None:
        """Draw the question."""
        from ..takes import hand_edits  # noqa: PLC0415

        count = hand_edits.count_edited(self.take)
        column = self.layout.column()
        column.label(text="1 curve was changed by hand." if count == 1 else f"{count} curves were changed by hand.")
        column.prop(self, "edits", text="")

    def execute(self, context: Any) -> set[str]:
        """Start the job."""
        return done_or_reported(self, lambda: self._start(context))

    def _start(self, context: Any) -> None:
        from ..takes import bake, placement  # noqa: PLC0415

        take = take_record.find(self.take)
        if take is None:
            raise AssetError("This take is no longer there.")
        if take_record.record_of(take.id).get("recording"):
            raise AlphsistantError(
                f"“{take.name}” is a recording: select it, set Place to “Replace the Selected Take” and press"
                " “Lip-Sync Recording” again."
            )
        scene = bpy.data.scenes.get(take.scene)
        meshes = objects_of(scene, take.id) if scene is not None else []
        if scene is None or not meshes:
            raise AssetError(f"The face of “{take.name}” is no longer in the scene: speak its text on another face.")
        target = placement.Target(
            scene=scene.name,
            picked=meshes[0].name,
            active=None,
            start=take.start,
            replaced=take.id,
            keep_edits=self.edits == "KEEP",
        )
        start_job(self, context, take.prompt, bake.script_of(take), target)


CLASSES: Final = (Generate, SpeakText, Cancel, SpeakTakeAgain)
