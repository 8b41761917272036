"""The panel's buttons. What needs numpy is imported when a button is pressed, not while Blender starts."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import bpy
from bpy.props import EnumProperty, StringProperty

from ...core.errors import AssetError
from ..common.addon_preferences import chosen_server, preferences_of
from ..common.status import current as status
from ..conversation.operators import face_of
from ..jobs.buttons import NoJobRunning, done_or_reported
from ..takes.placement import target_of

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


class SpeakLine(NoJobRunning, bpy.types.Operator):
    """Ask for a text and let the face speak it"""  # noqa: D415

    bl_idname = "alphsistant.speak_line"
    bl_label = "Speak Text"
    bl_property = "text"

    text: StringProperty(name="Text", description="What the face shall say")

    def invoke(self, context: Any, _event: Any) -> set[str]:
        """Ask."""
        self.text = context.scene.alphsistant.prompt
        return set(context.window_manager.invoke_props_dialog(self, width=400))

    def draw(self, _context: Any) -> None:
        """Draw the question."""
        self.layout.prop(self, "text", text="")

    def execute(self, context: Any) -> set[str]:
        """Start the job."""
        context.scene.alphsistant.prompt = self.text
        return start_job(self, context, self.text, self.text, target_of(context))


class SayFirstMessage(NoJobRunning, bpy.types.Operator):
    """Let the face say what its persona says first; it begins the conversation"""  # noqa: D415

    bl_idname = "alphsistant.say_first_message"
    bl_label = "Say First Message"

    def execute(self, context: Any) -> set[str]:
        """Start the job."""
        from ..conversation import memory  # noqa: PLC0415
        from ..jobs import desk  # noqa: PLC0415
        from . import speaking_job  # noqa: PLC0415

        def start() -> None:
            face = face_of(context)
            persona = memory.persona(face)
            if persona is None or not persona.first_message:
                raise AssetError("The persona has no first message: write “First message: …” into its text.")
            wish = speaking_job.wish_of(context.scene, "", persona.first_message, chosen_models(context, face))
            desk.start(speaking_job.SpeakingTask(replace(wish, is_greeting=True), target_of(context)))

        return done_or_reported(self, start)


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
    text = None if generate else settings.words
    return start_job(operator, context, settings.words, text, target_of(context))


def start_job(operator: Any, context: Any, prompt: str, text: str | None, target: Any) -> set[str]:
    """Answer the prompt or speak the text, with the present seed, voice and frame rate."""
    from ..jobs import desk  # noqa: PLC0415
    from . import speaking_job  # noqa: PLC0415

    def start() -> None:
        face = face_of(context)
        wish = speaking_job.wish_of(
            context.scene, prompt, text, chosen_models(context, face), face=face, replaced=target.replaced
        )
        desk.start(speaking_job.SpeakingTask(wish, target))

    return done_or_reported(operator, start)


def chosen_models(context: Any, face: Any = None) -> ChosenModels:
    """Read from the preferences which models are used; a face with a voice of its own speaks with that.

    Args:
        context: Blender's.
        face: topmost object of the face that will speak.
    """
    from ..conversation import memory  # noqa: PLC0415
    from .speaking_job import ChosenModels  # noqa: PLC0415

    preferences = preferences_of(context)
    own = memory.voice(face)
    if preferences is None:
        return ChosenModels(voice=own, allow_network=bool(bpy.app.online_access))
    return ChosenModels(
        language_model=preferences.language_model.strip(),
        voice=own or (bpy.path.abspath(preferences.voice) if preferences.voice else ""),
        allow_network=bool(bpy.app.online_access),
        use_gpu=preferences.use_gpu,
        server=chosen_server(preferences),
    )


class SpeakTakeAgain(NoJobRunning, bpy.types.Operator):
    """Speak the same text again, in the take's own scene, with the present mapping; only this take's own data is replaced"""  # noqa: D415, E501  # a tooltip

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
    manner: EnumProperty(
        name="Manner",
        description="Seed, voice, style and mood",
        items=(
            ("TAKE", "As Before", "The seed, voice, style and mood that the take was spoken with"),
            ("PANEL", "As the Panel Says", "The present seed, voice, style and mood of the take's scene"),
        ),
        default="TAKE",
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
        column.prop(self, "manner", text="")

    def execute(self, context: Any) -> set[str]:
        """Start the job."""
        from ..jobs import desk  # noqa: PLC0415
        from . import speak_again  # noqa: PLC0415

        models = chosen_models(context)
        as_before = self.manner == "TAKE"

        def start() -> None:
            desk.start(speak_again.task_for(self.take, models, as_before=as_before, keep_edits=self.edits == "KEEP"))

        return done_or_reported(self, start)


CLASSES: Final = (Generate, SpeakText, SpeakLine, SayFirstMessage, Cancel, SpeakTakeAgain)
