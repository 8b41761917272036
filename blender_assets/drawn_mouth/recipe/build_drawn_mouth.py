"""Build the example of a drawn mouth: a flat face with Preston Blair's ten mouths, one object each, that speaks.

``python blender_assets/drawn_mouth/recipe/build_drawn_mouth.py --picture docs/drawn_mouths.png`` writes
``drawn_mouth.blend`` beside this file, and a picture of all drawings and of a word, frame by frame. Everything is drawn
here, so all of it is CC0.
"""

from __future__ import annotations

import argparse
import math
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

import bpy
import numpy as np
from PIL import Image, ImageDraw

REPOSITORY: Final = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(REPOSITORY))

import alphsistant_addon  # noqa: E402
from alphsistant_addon.blender.common.file_changes import FileChanges  # noqa: E402
from alphsistant_addon.blender.face import drawn_mouth, drawn_setup, find  # noqa: E402
from alphsistant_addon.blender.takes import bake  # noqa: E402
from alphsistant_addon.core.phone_inventory import SILENCE  # noqa: E402
from alphsistant_addon.core.speech import Phone, Speech, Word  # noqa: E402
from alphsistant_addon.lip_sync import Moods, animate  # noqa: E402
from alphsistant_addon.pipeline.reply import Part, Reply  # noqa: E402

BLEND: Final = Path(__file__).with_name("drawn_mouth.blend")

FRAME_RATE: Final = 24
SIZE: Final = 180
"""Pixels of a small picture's edge."""

COLOURS: Final = {
    "skin": (0.98, 0.76, 0.55),
    "line": (0.10, 0.06, 0.06),
    "lips": (0.78, 0.28, 0.26),
    "inside": (0.24, 0.04, 0.06),
    "teeth": (1.0, 1.0, 0.97),
    "tongue": (0.90, 0.38, 0.40),
    "white": (1.0, 1.0, 1.0),
    "hair": (0.30, 0.15, 0.08),
}

MOUTHS: Final[dict[str, dict[str, float]]] = {
    "rest": {"width": 0.46, "height": 0.02, "smile": 0.05},
    "MBP": {"width": 0.40, "height": 0.025, "lips": 0.05},
    "FV": {"width": 0.44, "height": 0.13, "teeth": 0.75, "bitten": 1.0},
    "L": {"width": 0.44, "height": 0.30, "teeth": 0.2, "raised": 1.0},
    "etc": {"width": 0.50, "height": 0.16, "teeth": 1.0},
    "WQ": {"width": 0.17, "height": 0.15, "lips": 0.05},
    "AI": {"width": 0.52, "height": 0.46, "teeth": 0.18, "tongue": 0.35},
    "E": {"width": 0.60, "height": 0.26, "teeth": 0.35, "tongue": 0.3},
    "O": {"width": 0.32, "height": 0.40, "tongue": 0.25, "lips": 0.03},
    "U": {"width": 0.22, "height": 0.22, "lips": 0.04},
}
"""Width, height and parts of each mouth, in units of the head's radius (after Preston Blair, "Animation", 1948)."""

SENTENCE: Final = "We all made up a big fib."
PHONES: Final = (
    *(
        (SILENCE, 8),
        ("w", 3),
        ("i", 4),
        ("ɔ", 5),
        ("l", 3),
        ("m", 3),
        ("eɪ", 6),
        ("d", 2),
        ("ʌ", 3),
        ("p", 3),
        ("ə", 2),
    ),
    *(("b", 3), ("ɪ", 3), ("ɡ", 2), ("f", 3), ("ɪ", 4), ("b", 3), (SILENCE, 12)),
)
"""Sounds of the sentence with their lengths in frames."""

WORDS: Final = (
    ("We", 1, 3),
    ("all", 3, 5),
    ("made", 5, 8),
    ("up", 8, 10),
    ("a", 10, 11),
    ("big", 11, 14),
    ("fib.", 14, 17),
)
"""Words with their first phone and the phone after their last."""


def ellipse(width: float, height: float, at: tuple[float, float] = (0.0, 0.0), count: int = 40) -> np.ndarray:
    """Corners of an ellipse, counter-clockwise, shape ``[n, 2]``."""
    turn = np.linspace(0.0, 2.0 * math.pi, count, endpoint=False)
    return np.stack((at[0] + width / 2.0 * np.cos(turn), at[1] + height / 2.0 * np.sin(turn)), axis=1)


class Drawing:
    """Flat shapes in colours, each a little nearer to the camera than the one before."""

    def __init__(self) -> None:
        self._points: list[tuple[float, float, float]] = []
        self._faces: list[list[int]] = []
        self._colours: list[str] = []

    def add(self, outline: np.ndarray, colour: str) -> None:
        """Add a shape."""
        first, depth = len(self._points), -0.002 * (len(self._faces) + 1)
        self._points += [(float(x), depth, float(y)) for x, y in outline]
        self._faces.append(list(range(first, len(self._points))))
        self._colours.append(colour)

    def make(
        self, name: str, materials: dict[str, Any], parent: Any = None, at: tuple[float, float] = (0.0, 0.0)
    ) -> Any:
        """Make an object of the shapes."""
        mesh = bpy.data.meshes.new(name)
        mesh.from_pydata(self._points, [], self._faces)
        used = list(dict.fromkeys(self._colours))
        for colour in used:
            mesh.materials.append(materials[colour])
        mesh.polygons.foreach_set("material_index", [used.index(colour) for colour in self._colours])
        thing = bpy.data.objects.new(name, mesh)
        bpy.context.scene.collection.objects.link(thing)
        thing.parent, thing.location = parent, (at[0], 0.0, at[1])
        return thing


def mouth(parts: dict[str, float]) -> Drawing:
    """Draw a mouth."""
    width, height, lips = parts["width"], parts["height"], parts.get("lips", 0.0)
    drawing = Drawing()
    inside = ellipse(width, height)
    inside[:, 1] += parts.get("smile", 0.0) * (2.0 * inside[:, 0] / width) ** 2
    grown = ellipse(width + 0.05 + 2 * lips, height + 0.05 + 2 * lips)
    grown[:, 1] += parts.get("smile", 0.0) * (2.0 * grown[:, 0] / width) ** 2
    drawing.add(grown, "line")
    if lips:
        drawing.add(ellipse(width + 2 * lips, height + 2 * lips), "lips")
    drawing.add(inside, "inside" if height > 0.05 else "line")
    if "tongue" in parts:
        tongue = inside.copy()
        tongue[:, 1] = np.minimum(tongue[:, 1], -height / 2.0 + parts["tongue"] * height)
        drawing.add(tongue, "tongue")
    if "teeth" in parts:
        teeth = inside.copy()
        teeth[:, 1] = np.maximum(teeth[:, 1], height / 2.0 - parts["teeth"] * height)
        drawing.add(teeth, "teeth")
        if parts["teeth"] == 1.0:
            drawing.add(ellipse(width * 0.96, 0.012), "line")
    if "raised" in parts:
        drawing.add(ellipse(width * 0.42, height * 0.62, (0.0, 0.02)), "tongue")
    if "bitten" in parts:
        drawing.add(ellipse(width * 0.86, 0.085, (0.0, -height / 2.0 - 0.005)), "lips")
    return drawing


def build() -> Any:
    """Build the scene; return the object that is the drawn mouth."""
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    scene = bpy.context.scene
    scene.render.fps = FRAME_RATE
    materials = {}
    for name, colour in COLOURS.items():
        materials[name] = bpy.data.materials.new(name)
        materials[name].diffuse_color = (*(channel**2.2 for channel in colour), 1.0)
    head = Drawing()
    head.add(ellipse(2.1, 2.25, (0.0, 0.06), 64), "hair")
    for side in (-1.0, 1.0):
        head.add(ellipse(0.34, 0.44, (side * 0.98, -0.05)), "line")
        head.add(ellipse(0.28, 0.38, (side * 0.98, -0.05)), "skin")
    head.add(ellipse(2.0, 2.0, count=64), "line")
    head.add(ellipse(1.94, 1.94, count=64), "skin")
    for side in (-1.0, 1.0):
        head.add(ellipse(0.38, 0.48, (side * 0.36, 0.25)), "line")
        head.add(ellipse(0.33, 0.43, (side * 0.36, 0.25)), "white")
        head.add(ellipse(0.15, 0.2, (side * 0.34, 0.22)), "line")
        head.add(ellipse(0.4, 0.06, (side * 0.36, 0.62)), "hair")
    head.add(ellipse(0.1, 0.14, (0.0, -0.06)), "line")
    face = head.make("Face", materials)
    control = bpy.data.objects.new("Mouth", None)
    scene.collection.objects.link(control)
    control.parent, control.location, control.empty_display_size = face, (0.0, -0.1, -0.48), 0.2
    drawings = [mouth(parts).make(f"Mouth {name}", materials, control) for name, parts in MOUTHS.items()]
    with FileChanges() as changes:
        drawn_setup.set_up(control, "blair", "OBJECTS", drawings, changes)
    camera = bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera"))
    camera.data.type, camera.data.ortho_scale = "ORTHO", 2.5
    camera.location, camera.rotation_euler = (0.0, -5.0, 0.05), (math.pi / 2.0, 0.0, 0.0)
    scene.collection.objects.link(camera)
    scene.camera = camera
    scene.render.engine = "BLENDER_WORKBENCH"
    scene.render.resolution_x = scene.render.resolution_y = SIZE
    scene.render.image_settings.file_format = "PNG"
    scene.display.shading.light, scene.display.shading.color_type = "FLAT", "MATERIAL"
    scene.view_settings.view_transform = "Standard"
    scene.world = bpy.data.worlds.new("World")
    scene.world.color = (0.75, 0.85, 0.9)
    return control


def speak(control: Any) -> Any:
    """Let the mouth say the sentence, without a sound: phones of set lengths."""
    ends = np.cumsum([frames for _, frames in PHONES]) / FRAME_RATE
    starts = [0.0, *ends[:-1].tolist()]
    phones = tuple(
        Phone(symbol, start, end) for (symbol, _), start, end in zip(PHONES, starts, ends.tolist(), strict=True)
    )
    words = tuple(Word(text, phones[first].start, phones[last - 1].end) for text, first, last in WORDS)
    samples = np.zeros(round(float(ends[-1]) * 16_000), dtype=np.float32)
    speech = Speech(samples, 16_000, phones, words, SENTENCE)
    reply = Reply.of("", 0, (Part(speech, animate(speech, frame_rate=FRAME_RATE), 0.0, Moods("neutral")),))
    scene = bpy.context.scene
    with tempfile.TemporaryDirectory() as folder:
        return bake.bake(scene, find.find(scene, control), reply, start=1, sound_path=Path(folder) / "silence.wav")


def picture(frame: int, folder: Path) -> Image.Image:
    """Render a frame."""
    scene = bpy.context.scene
    scene.frame_set(frame)
    scene.render.filepath = str(folder / f"{frame}.png")
    bpy.ops.render.render(write_still=True)
    return Image.open(scene.render.filepath).convert("RGB")


def sheet(control: Any, take: Any, path: Path) -> None:
    """Draw all mouths with their names, and below them each change of the take with its frame."""
    names = drawn_mouth.drawings_of(control)
    curve = next(curve for curve in control.animation_data.action.layers[0].strips[0].channelbags[0].fcurves)
    changes = [(round(point.co[0]), names[round(point.co[1])]) for point in curve.keyframe_points]
    columns = 10
    rows = 1 + math.ceil(len(changes) / columns)
    whole = Image.new("RGB", (columns * SIZE, rows * (SIZE + 22)), "white")
    pen = ImageDraw.Draw(whole)
    with tempfile.TemporaryDirectory() as folder:
        curve.mute = True
        tiles = []
        for number, name in enumerate(names):
            control[drawn_mouth.NUMBER] = number
            control.update_tag()
            tiles.append((name, picture(1, Path(folder))))
        curve.mute = False
        for frame, name in changes:
            tiles.append((f"{name}, frame {frame}", picture(frame, Path(folder))))
    places = [(i % columns, 0) for i in range(len(names))]
    places += [(i % columns, 1 + i // columns) for i in range(len(changes))]
    for (label, image), (column, row) in zip(tiles, places, strict=True):
        whole.paste(image, (column * SIZE, row * (SIZE + 22)))
        pen.text((column * SIZE + 6, row * (SIZE + 22) + SIZE + 4), label, fill="black")
    whole.convert("P", palette=Image.Palette.ADAPTIVE, colors=128).save(path, optimize=True)
    bpy.context.scene.frame_set(take.start)


def main() -> None:
    """Build, and render the picture if it is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--picture", type=Path, help="where the picture goes")
    options = parser.parse_args()
    alphsistant_addon.register()
    control = build()
    take = speak(control)
    if options.picture is not None:
        sheet(control, take, options.picture)
    for strip in list(bpy.context.scene.sequence_editor.strips):
        bpy.context.scene.sequence_editor.strips.remove(strip)  # a silence
    for sound in list(bpy.data.sounds):
        bpy.data.sounds.remove(sound)
    bpy.ops.wm.save_as_mainfile(filepath=str(BLEND), compress=True)
    alphsistant_addon.unregister()
    print(f"{BLEND}: {BLEND.stat().st_size} bytes")


if __name__ == "__main__":
    main()
