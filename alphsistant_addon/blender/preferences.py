"""The add-on's preferences: which models, and the packages that are there."""

import sys
from pathlib import Path
from typing import Any, Final

import bpy
from bpy.props import BoolProperty, EnumProperty, IntProperty, StringProperty

from ..core.errors import AssetError
from .common import compat, packages, paths, voice_names
from .common.addon_preferences import chosen_server, preferences_of
from .common.panel_parts import settings_column
from .common.status import current as status
from .jobs.buttons import NoJobRunning
from .live import shortcuts
from .speak.voice_choice import draw_choice

_SIZES: Final = {
    "CPU": "About 200 MB to download, 0.9 GB on disk",
    "CUDA": "2.7 GB to download, 4.8 GB on disk"
    if sys.platform.startswith("linux")
    else "Several GB to download; how many is shown meanwhile",
}
"""Measured on Linux with the versions that are installed."""


def _models_of_the_server(_preferences: Any, _context: Any, typed: str) -> list[str]:
    """List what the server said it has."""
    jobs = sys.modules.get(f"{__package__}.jobs.server_models_task")  # not imported as long as nobody asked
    return [name for name in jobs.listed if typed.lower() in name.lower()] if jobs is not None else []


def _sound_chosen(_preferences: Any, _context: Any) -> None:
    """Let a change be heard at once."""
    owner = sys.modules.get(f"{__package__}.live.audio_owner")  # not imported before something is heard
    if owner is not None:
        owner.choose()


def _device_names(kind: str) -> Any:
    """Return what suggests the names of devices while one is typed: ``outputs`` or ``inputs``."""

    def names(_preferences: Any, _context: Any, _typed: str) -> tuple[str, ...]:
        owner = sys.modules.get(f"{__package__}.live.audio_owner")
        return owner.device_names(kind) if owner is not None else ()

    return names


class Preferences(bpy.types.AddonPreferences):
    """Choice of models and table of packages."""

    bl_idname = paths.ADDON_NAME

    model_source: EnumProperty(
        name="Answers",
        description="What answers a prompt",
        items=(
            ("HERE", "This Add-on", "The shipped language model, or another one that the add-on loads"),
            ("SERVER", "A Server", "A server with OpenAI's chat interface: Ollama, llama.cpp, LM Studio, vLLM"),
        ),
        default="HERE",
    )
    server_address: StringProperty(
        name="Address",
        description="Where the server listens: Ollama at http://localhost:11434, llama.cpp at http://localhost:8080, "
        "LM Studio at http://localhost:1234, vLLM at http://localhost:8000",
        default="http://localhost:11434",
    )
    server_model: StringProperty(
        name="Model",
        description="Empty for the first of the server's list",
        search=_models_of_the_server,
        search_options={"SUGGESTION"},
    )
    server_key: StringProperty(
        name="Key",
        description="What the server asks for, if it does; kept in Blender's preferences, never in a .blend",
        subtype="PASSWORD",
    )
    other_computers: BoolProperty(
        name="Other Computers",
        description="Allow an address on another computer, where Blender may use the network: prompts, conversations "
        "and personas are sent there",
        default=False,
    )
    language_model: StringProperty(
        name="Language Model",
        description="Empty for the shipped one; or a folder, or the id of a model on the Hugging Face hub "
        "(such as openai-community/gpt2), which is downloaded if Blender may use the network",
    )
    voice: StringProperty(
        name="Voice",
        description="Of faces without a voice of their own: the name of a shipped voice, or the folder of another one. "
        "Empty: heart",
        search=voice_names.suggested,
        search_options={"SUGGESTION"},
    )

    use_gpu: BoolProperty(
        name="Graphics Card",
        description="Let the language model run on an NVIDIA card, where torch was installed with CUDA and finds one. "
        "The voice runs on the CPU, where it is several times faster than speech",
        default=True,
    )
    warm_up: BoolProperty(
        name="Load Models Beforehand",
        description="Load the voice and the language model in the background when the tab is opened for the first "
        "time, so that the first click is as quick as the second. Takes about half a gigabyte of memory from then on",
        default=True,
    )
    torch_build: EnumProperty(
        name="torch for",
        description="Which build of PyTorch “Install torch” takes",
        items=(
            ("CPU", "CPU", "Small, runs everywhere, and is enough for the shipped models"),
            ("CUDA", "CUDA (NVIDIA)", "For large language models on an NVIDIA card; Linux and Windows"),
        ),
        default="CPU",
    )
    wheel_folder: StringProperty(
        name="Folder of Wheels",
        description="For computers without network: a folder with the wheels of torch and what it needs, "
        "from which “Install torch” then takes them. Empty: the network",
        subtype="DIR_PATH",
        options=compat.blend_relative(),
    )

    show_models: BoolProperty(
        name="Models to Choose From", description="Show language models with their size, licence and use"
    )
    hear_at_once: BoolProperty(
        name="Hear at Once",
        description="Hear and see a reply sentence by sentence while the rest of it is still made; the take appears "
        "at the end as ever",
        default=True,
    )
    loudspeaker: StringProperty(
        name="Loudspeaker",
        description="Empty: the one that the system has chosen, also when that changes",
        search=_device_names("outputs"),
        update=_sound_chosen,
    )
    microphone: StringProperty(
        name="Microphone",
        description="Empty: the one that the system has chosen, also when that changes",
        search=_device_names("inputs"),
        update=_sound_chosen,
    )
    headphones: BoolProperty(
        name="I Wear Headphones",
        description="Leave the microphone open while the face speaks, so that your voice interrupts it. Through "
        "loudspeakers it would hear itself",
        update=_sound_chosen,
    )
    picture_earlier: IntProperty(
        name="Picture Earlier",
        description="Milliseconds by which the face moves earlier than the sound (below 0: later), where a loudspeaker "
        "does not tell its delay, as by Bluetooth",
        default=0,
        min=-300,
        max=300,
    )

    show_packages: BoolProperty(name="Python Packages", description="Show what is installed, and from where")

    def draw(self, context: Any) -> None:
        """Draw them: whether it is ready, the models, and folded what is seldom needed."""
        layout = self.layout
        ready = packages.is_there("torch")
        if ready:
            layout.label(text="Ready: 3D View ▸ Sidebar (N) ▸ Alphsistant", icon="CHECKMARK")
        else:
            layout.label(text="PyTorch is missing: the voice and the language model need it", icon="ERROR")
            _draw_installation(layout, self)
        column = settings_column(layout)
        column.prop(self, "model_source")
        if self.model_source == "SERVER":
            column.prop(self, "server_address")
            row = column.row(align=True)
            row.prop(self, "server_model")
            row.operator("alphsistant.list_server_models", text="", icon="FILE_REFRESH")
            if listed := _models_of_the_server(self, None, ""):
                column.label(text=f"It has {', '.join(listed)}", icon="INFO")
            column.prop(self, "server_key")
            column.prop(self, "other_computers")
        else:
            column.prop(self, "language_model")
            if _folded(layout, self, "show_models"):
                _draw_models(layout, self.language_model)
            column = settings_column(layout)
        draw_choice(column, self, of_face=False)
        column.prop(self, "use_gpu")
        column.prop(self, "warm_up")
        _draw_sound(context, layout, self)
        if _folded(layout, self, "show_packages"):
            _draw_packages(layout)
            if ready:
                _draw_installation(layout, self)
        if status.running:
            row = layout.row(align=True)
            row.progress(factor=status.fraction, text=status.step)
            row.operator("alphsistant.cancel", text="", icon="X")
        if status.error:
            layout.label(text=status.error, icon="ERROR")


class InstallTorch(bpy.types.Operator):
    """Download PyTorch into the add-on's own folder; Blender's own Python is not changed"""  # noqa: D415

    bl_idname = "alphsistant.install_torch"
    bl_label = "Install torch"

    @classmethod
    def poll(cls, context: Any) -> bool:
        """Grey while a job runs, while it is there already, and without network or folder of wheels."""
        if not bpy.app.online_access and not _wheel_folder(context):
            cls.poll_message_set(_offline_sentence())
            return False
        if packages.is_there("torch"):
            cls.poll_message_set("torch is there; to take another build, remove it first")
            return False
        return not status.running

    def execute(self, context: Any) -> set[str]:
        """Start the installation."""
        from .jobs import desk, install_task  # noqa: PLC0415  # not while Blender starts

        folder = packages.package_folder()
        wheels = _wheel_folder(context)
        preferences = preferences_of(context)
        cuda = preferences is not None and preferences.torch_build == "CUDA" and sys.platform != "darwin"
        desk.start(install_task.InstallTask(folder, cuda=cuda, wheels=Path(wheels) if wheels else None))
        return {"FINISHED"}


class ListServerModels(NoJobRunning, bpy.types.Operator):
    """Ask the server which models it has"""  # noqa: D415

    bl_idname = "alphsistant.list_server_models"
    bl_label = "List Models"

    def execute(self, context: Any) -> set[str]:
        """Start the job."""
        from .jobs import desk, server_models_task  # noqa: PLC0415  # not while Blender starts

        server = chosen_server(preferences_of(context))
        if server is None:
            return {"CANCELLED"}
        desk.start(server_models_task.ServerModelsTask(server))
        return {"FINISHED"}


class RemoveTorch(bpy.types.Operator):
    """Remove what “Install torch” has put into the add-on's own folder"""  # noqa: D415

    bl_idname = "alphsistant.remove_torch"
    bl_label = "Remove torch"

    @classmethod
    def poll(cls, _context: Any) -> bool:
        """Grey while a job runs and while there is nothing to remove."""
        return not status.running and packages.package_folder().is_dir()

    def execute(self, _context: Any) -> set[str]:
        """Remove the folder."""
        from ..torch_installer import install_torch  # noqa: PLC0415  # see above

        try:
            install_torch.remove(packages.package_folder())
        except AssetError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        finally:
            packages.look_again()
        return {"FINISHED"}


class UseModel(NoJobRunning, bpy.types.Operator):
    """Let this language model answer; one that is not on this computer is downloaded first"""  # noqa: D415

    bl_idname = "alphsistant.use_model"
    bl_label = "Use"

    model: StringProperty(options={"HIDDEN"})

    @classmethod
    def description(cls, _context: Any, properties: Any) -> str:
        """Say what the button of this model does."""
        from ..text_generation.model_list import is_here  # noqa: PLC0415  # not while Blender starts

        if is_here(properties.model):
            return "Let this language model answer"
        return "Download this language model, once, into the hub's folder on this computer; then let it answer"

    def execute(self, context: Any) -> set[str]:
        """Choose it, or start the download."""
        from ..text_generation.model_list import MODELS, is_here  # noqa: PLC0415  # not while Blender starts
        from .jobs import desk, fetch_model_task  # noqa: PLC0415  # see above

        preferences = preferences_of(context)
        known = next((known for known in MODELS if known.id == self.model), None)
        if preferences is None or known is None:
            return {"CANCELLED"}

        def use() -> None:
            preferences.language_model = known.id

        if is_here(known.id):
            use()
        elif not bpy.app.online_access:
            self.report({"ERROR"}, _offline_sentence())
            return {"CANCELLED"}
        else:
            task = fetch_model_task.FetchModelTask(known.id, known.name, use, use_gpu=preferences.use_gpu)
            desk.start(task)
        return {"FINISHED"}


def _folded(layout: Any, preferences: Any, name: str) -> bool:
    """Draw the line that opens and closes a part; whether it is open."""
    is_open = bool(getattr(preferences, name))
    fold = layout.row()
    fold.alignment = "LEFT"
    fold.prop(preferences, name, icon="DISCLOSURE_TRI_DOWN" if is_open else "DISCLOSURE_TRI_RIGHT", emboss=False)
    return is_open


def _draw_models(layout: Any, chosen: str) -> None:
    """Draw the list: what each model is, and a button that chooses or fetches it."""
    from ..text_generation.model_list import MODELS, is_here  # noqa: PLC0415  # not while Blender starts

    box = layout.box()
    for known in MODELS:
        row = box.row()
        here = is_here(known.id)
        is_chosen = known.id == chosen.strip()
        row.label(text=f"{known.name}: {known.good_for}", icon="RADIOBUT_ON" if is_chosen else "RADIOBUT_OFF")
        row.label(text=f"{known.licence}, {known.parameters} M" + ("" if here else f", {known.download_gigabytes} GB"))
        button = "Use" if here else "Download"
        row.operator("alphsistant.use_model", text=button, icon="CHECKMARK" if here else "IMPORT").model = known.id
    if not bpy.app.online_access:
        box.label(text=_offline_sentence(), icon="INFO")


def _draw_sound(context: Any, layout: Any, preferences: Any) -> None:
    column = settings_column(layout)
    for name in ("hear_at_once", "loudspeaker", "microphone", "headphones", "picture_earlier"):
        column.prop(preferences, name)
    item = shortcuts.item_of(context)
    if item is not None:
        row = layout.row()
        row.label(text="Hold to Speak")
        row.prop(item, "type", text="", full_event=True)


def _draw_packages(layout: Any) -> None:
    box = layout.box()
    for dependency in packages.table():
        row = box.row()
        row.label(text=dependency.name, icon="CHECKMARK" if dependency.version else "ERROR")
        row.label(text=f"{dependency.version}   {dependency.size}" if dependency.version else "missing")
        row.label(text=dependency.place or dependency.purpose)


def _draw_installation(layout: Any, preferences: Any) -> None:
    column = layout.column()
    column.use_property_split = True
    if sys.platform == "darwin":
        column.label(text="torch for macOS is one build, with Metal in it; the models run on the CPU")
    else:
        column.prop(preferences, "torch_build")
        column.label(text=_SIZES[preferences.torch_build])
    column.prop(preferences, "wheel_folder")
    row = layout.row()
    row.operator("alphsistant.install_torch", icon="IMPORT")
    row.operator("alphsistant.remove_torch", icon="TRASH")
    if not packages.is_there("torch") and not bpy.app.online_access and not preferences.wheel_folder:
        layout.label(text=_offline_sentence(), icon="INFO")


def _wheel_folder(context: Any) -> str:
    preferences = preferences_of(context)
    return bpy.path.abspath(preferences.wheel_folder) if preferences and preferences.wheel_folder else ""


def _offline_sentence() -> str:
    if bpy.app.online_access_override:
        return "Blender was started offline (--offline-mode): start it without, to download anything"
    return "Blender may not use the network: allow it in Preferences ▸ System ▸ Network"


CLASSES: Final = (Preferences, InstallTorch, ListServerModels, UseModel, RemoveTorch)
