"""How the face delivers the next take: style, mood and liveliness, kept with each scene."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import bpy
from bpy.props import EnumProperty, FloatProperty

from ... import lip_sync

if TYPE_CHECKING:
    from ...lip_sync import Delivery

STYLE_ITEMS: Final = (
    ("neutral", "Neutral", "As people talk", 0),
    ("mumble", "Mumble", "Jaw and lips hardly move", 1),
    ("whisper", "Whisper", "Little jaw, clear lips", 2),
    ("exaggerated", "Exaggerated", "As for children or a cartoon", 3),
    ("shout", "Shout", "The jaw as far as it goes", 4),
    ("custom", "Custom", "The two dials below as they are set", 5),
)
MOOD_ITEMS: Final = (
    ("neutral", "Neutral", "No mood of its own", 0),
    ("happy", "Happy", "Smile, cheeks and brows lifted", 1),
    ("sad", "Sad", "Inner brows up, corners of the mouth down, head lowered", 2),
    ("angry", "Angry", "Brows down, nose wrinkled", 3),
    ("surprised", "Surprised", "Brows and lids up", 4),
)
LIFE_ITEMS: Final = (
    ("speaker", "Speaker", "As people are who speak freely", 0),
    ("reader", "Reader", "As in a studio: few blinks, a quiet head, eyes on the camera", 1),
    ("listener", "Listener", "Eyes on the other, a quieter face, no breath before a word", 2),
    ("idle", "Idle", "As somebody who waits: eyes that wander, brows that rest", 3),
    ("custom", "Custom", "The amounts below as they are set", 4),
)

AMOUNTS: Final = ("blinks", "gaze", "brows", "head", "breath")
"""What of the face's life has an amount of its own."""


def _style_chosen(settings: Any, _context: Any) -> None:
    """Set the dials to the preset's; each of them looks at the other, so the second one decides."""
    style = lip_sync.STYLES.get(settings.style)
    if style is not None and (settings.jaw, settings.lip) != (_single(style.jaw), _single(style.lip)):
        name = settings.style
        settings.jaw, settings.lip = style.jaw, style.lip
        settings.style = name


def _dial_turned(settings: Any, _context: Any) -> None:
    """The style is the preset at which both dials stand, or a custom one."""
    dials = (settings.jaw, settings.lip)
    presets = ((name, (_single(style.jaw), _single(style.lip))) for name, style in lip_sync.STYLES.items())
    wanted = next((name for name, preset in presets if preset == dials), "custom")
    if settings.style != wanted:
        settings.style = wanted


def _life_chosen(settings: Any, _context: Any) -> None:
    """Set the amounts to the preset's; each of them looks at the others, so the last one decides."""
    life = lip_sync.LIVES.get(settings.life)
    if life is not None and any(getattr(settings, name) != _single(getattr(life, name)) for name in AMOUNTS):
        preset = settings.life
        for name in AMOUNTS:
            setattr(settings, name, getattr(life, name))
        settings.life = preset


def _amount_set(settings: Any, _context: Any) -> None:
    """Name the preset that has these amounts, or a custom one."""
    amounts = [getattr(settings, name) for name in AMOUNTS]
    presets = ((preset, [_single(getattr(life, name)) for name in AMOUNTS]) for preset, life in lip_sync.LIVES.items())
    wanted = next((preset for preset, own in presets if own == amounts), "custom")
    if settings.life != wanted:
        settings.life = wanted


def _single(value: float) -> float:
    """The value as Blender's properties hold it."""
    return struct.unpack("f", struct.pack("f", value))[0]  # type: ignore[no-any-return]


def _amount(name: str, description: str, update: Any = None) -> Any:
    return FloatProperty(
        name=name, description=description, default=1.0, min=0.0, max=2.0, subtype="FACTOR", update=update
    )


class DeliverySettings(bpy.types.PropertyGroup):
    """What the panel's “Expression” section holds."""

    style: EnumProperty(
        name="Style", description="How clearly it speaks", items=STYLE_ITEMS, default="neutral", update=_style_chosen
    )
    jaw: FloatProperty(
        name="Jaw",
        description="How far the mouth opens: −1 hardly, 0 as people talk, 1 as far as it goes",
        min=-1.0,
        max=1.0,
        subtype="FACTOR",
        update=_dial_turned,
    )
    lip: FloatProperty(
        name="Lips",
        description="How far the lips round and spread: −1 hardly, 0 as people talk, 1 exaggerated",
        min=-1.0,
        max=1.0,
        subtype="FACTOR",
        update=_dial_turned,
    )
    mood: EnumProperty(
        name="Mood",
        description="Mood of the face; a tag such as [happy] in the text changes it from there on",
        items=MOOD_ITEMS,
        default="neutral",
    )
    mood_amount: _amount("Amount", "How strongly the mood shows; 0 is not at all")
    life: EnumProperty(
        name="Life",
        description="How much the face moves besides the mouth",
        items=LIFE_ITEMS,
        default="speaker",
        update=_life_chosen,
    )
    blinks: _amount("Blinks", "How often it blinks; 0 is never, 1 about 24 times a minute", _amount_set)
    gaze: _amount("Gaze", "How much the eyes wander; 0 is a fixed stare", _amount_set)
    brows: _amount("Brows", "How far the brows rise with stressed words", _amount_set)
    head: _amount("Head", "How much the head moves, where the character has a head bone", _amount_set)
    breath: _amount("Breath", "How far the lips part for a breath before a long phrase", _amount_set)


@dataclass(frozen=True)
class Choice:
    """The scene's settings as plain values: what needs numpy is made of them on the worker's thread."""

    style: str
    jaw: float
    lip: float
    life: dict[str, Any]

    def made(self) -> Delivery:
        """The settings as the pipeline takes them."""
        preset = lip_sync.STYLES.get(self.style)
        return lip_sync.Delivery(preset or lip_sync.Style(jaw=self.jaw, lip=self.lip), lip_sync.Life(**self.life))


def read(scene: Any) -> Choice:
    """What is set in this scene."""
    settings = scene.alphsistant.delivery
    life: dict[str, Any] = {name: getattr(settings, name) for name in ("mood", "mood_amount", *AMOUNTS)}
    return Choice(settings.style, settings.jaw, settings.lip, life)


CLASSES: Final = (DeliverySettings,)
