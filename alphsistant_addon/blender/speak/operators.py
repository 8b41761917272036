"""The panel's buttons. What needs numpy is imported when a button is pressed, not while Blender starts."""

from typing import Any

import bpy
from bpy.props import StringProperty

from ...core.errors import AlphsistantError
from ..common.status import current as status
from ..preferences import preferences_of
from ..takes import playback, record
from . import expression_settings, voice_settings


class NoJobRunning:
    """For buttons that wait while a job runs."""

    @classmethod
    def poll(cls, _context: Any) -> bool:
        """Grey while a job runs."""
        cls.poll_message_set("A job is running: wait for it or cancel it")  # type: ignore[attr-defined]
        return not status.running


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


class ShowTake(bpy.types.Operator):
    """Let this take move the face and be heard; other takes of the face are muted"""  # noqa: D415

    bl_idname = "alphsistant.show_take"
    bl_label = "Show Take"
    bl_options = {"REGISTER", "UNDO"}

    take: StringProperty(options={"HIDDEN"})

    def execute(self, _context: Any) -> set[str]:
        """Show the take."""
        return done_or_reported(self, lambda: playback.show(self.take))


class RemoveTake(bpy.types.Operator):
    """Remove this take's keys, sound strip and markers; its sound file stays on disk"""  # noqa: D415

    bl_idname = "alphsistant.remove_take"
    bl_label = "Remove Take"
    bl_options = {"REGISTER", "UNDO"}

    take: StringProperty(options={"HIDDEN"})

    def execute(self, _context: Any) -> set[str]:
        """Remove the take."""
        from ..takes import bake  # noqa: PLC0415

        return done_or_reported(self, lambda: bake.remove(self.take))


class RenderFilm(NoJobRunning, bpy.types.Operator):
    """Render the scene's frames with their sound to an mp4 file, from its camera"""  # noqa: D415

    bl_idname = "alphsistant.render_film"
    bl_label = "Render Film"

    def execute(self, context: Any) -> set[str]:
        """Render and wait (from scripts)."""
        from ..film import film_job  # noqa: PLC0415

        return done_or_reported(self, lambda: film_job.render_now(context.scene))

    def invoke(self, context: Any, _event: Any) -> set[str]:
        """Render in the background, in Blender's own render window (from the panel)."""
        from ..film import film_job  # noqa: PLC0415

        return done_or_reported(self, lambda: film_job.start(context.scene))


def _start_speaking(operator: Any, context: Any, *, generate: bool) -> set[str]:
    settings = context.scene.alphsistant
    text = None if generate else settings.prompt
    return start_job(operator, context, settings.prompt, text, target_of(context))


def target_of(context: Any) -> Any:
    """Where the panel's settings put the next take."""
    from ..jobs import desk  # noqa: PLC0415

    scene = context.scene
    settings = scene.alphsistant
    start, replaced = scene.frame_start, None
    selected = record.find(settings.take)
    if settings.placement == "PLAYHEAD":
        start = scene.frame_current
    elif settings.placement == "AFTER":
        start = playback.after_last(scene)
    elif settings.placement == "REPLACE" and selected is not None:
        start, replaced = selected.start, selected.id
    return desk.Target(
        scene=scene.name,
        picked=settings.face.name if settings.face else None,
        active=context.active_object.name if context.active_object else None,
        start=start,
        replaced=replaced,
    )


def start_job(operator: Any, context: Any, prompt: str, text: str | None, target: Any) -> set[str]:
    """Answer the prompt or speak the text, with the present seed, voice and frame rate."""
    from ..common.scene_time import frames_per_second  # noqa: PLC0415
    from ..jobs import desk  # noqa: PLC0415

    preferences = preferences_of(context)
    wish = desk.Wish(
        prompt=prompt,
        text=text,
        seed=context.scene.alphsistant.seed,
        delivery=expression_settings.read(context.scene),
        controls=voice_settings.read(context.scene),
        frame_rate=frames_per_second(context.scene),
        language_model=preferences.language_model.strip() if preferences else "",
        use_gpu=preferences.use_gpu if preferences else True,
        voice=bpy.path.abspath(preferences.voice) if preferences and preferences.voice else "",
    )
    return done_or_reported(operator, lambda: desk.speak(wish, target))


def done_or_reported(operator: Any, action: Any) -> set[str]:
    """Do it; an error the user can do something about is shown in the panel and as Blender shows errors."""
    try:
        action()
    except AlphsistantError as error:
        status.end(str(error))
        operator.report({"ERROR"}, str(error))
        return {"CANCELLED"}
    return {"FINISHED"}
