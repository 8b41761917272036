"""The dials and layers of a take, kept on its Action; turning one changes the curves at once."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import bpy
from bpy.props import BoolProperty, EnumProperty, FloatProperty, IntProperty, StringProperty

from ...core.errors import AlphsistantError
from ..common.status import current as status
from .record import actions_of, take_id_of

if TYPE_CHECKING:
    from ...lip_sync.dials import Dials

STRENGTHS: Final = ("jaw", "lips", "rounding", "tongue")
TIMES: Final = ("smoothing", "lead", "hold")

LAYERS: Final = (
    ("mouth", "Mouth", "Visemes and jaw"),
    ("brows", "Brows", "Brows, of accents and of the mood"),
    ("blinks", "Blinks", "Lids that blink"),
    ("gaze", "Gaze", "Where the eyes look"),
    ("head", "Head", "Head and neck"),
    ("mood", "Mood", "Smiles, frowns and what else shows the mood"),
)
"""Name, label and meaning of each layer of channels (``lip_sync.dials.LAYERS``), in the order of the panel."""

FRAMES: Final = (
    ("MADE", "As Made", "Keys where they were made: between frames too, or on whole frames", 0),
    ("ONES", "Ones", "Keys on whole frames", 1),
    ("TWOS", "Twos", "Keys on every second frame, from the take's first on", 2),
    ("THREES", "Threes", "Keys on every third frame, from the take's first on", 3),
)

_THOUSANDTHS: Final = 1000.0


@dataclass
class _Quiet:
    """Whether dials are being set by the program, which changes the curves itself."""

    on: bool = False


_quiet: Final = _Quiet()


@contextlib.contextmanager
def quietly() -> Iterator[None]:
    """Set dials without changing curves."""
    before, _quiet.on = _quiet.on, True
    try:
        yield
    finally:
        _quiet.on = before


def _turned(dials: Any, _context: Any) -> None:
    """Change the curves of the take."""
    if _quiet.on:
        return
    take_id = take_id_of(dials.id_data)
    if not take_id:
        return
    from . import take_remaking  # noqa: PLC0415  # numpy

    try:
        take_remaking.remake(take_id)
    except AlphsistantError as error:
        status.say(str(error))


def _strength(name: str, description: str) -> Any:
    return FloatProperty(
        name=name, description=description, default=1.0, min=0.0, max=2.0, subtype="FACTOR", update=_turned
    )


def _shown(label: str, description: str) -> Any:
    return BoolProperty(name=label, description=f"{description}. Off: muted", default=True, update=_turned)


class TakeDials(bpy.types.PropertyGroup):
    """How the curves of a take are changed; as it stands, not at all."""

    jaw: _strength("Jaw", "How far the mouth opens; closed lips stay closed")
    lips: _strength("Lips", "How far lips spread")
    rounding: _strength("Rounding", "How far lips round")
    tongue: _strength("Tongue", "How far lips part for sounds of the tongue")
    smoothing: IntProperty(
        name="Smoothing",
        description="Milliseconds over which the mouth is averaged; closed lips stay as they are",
        min=0,
        max=300,
        update=_turned,
    )
    lead: IntProperty(
        name="Lead",
        description="Milliseconds by which the mouth is ahead of the sound; negative is behind",
        min=-200,
        max=200,
        update=_turned,
    )
    hold: IntProperty(
        name="Hold",
        description="Milliseconds for which each shape stays at its height",
        min=0,
        max=200,
        update=_turned,
    )
    frames: EnumProperty(name="Keys on", description="Where keys may be", items=FRAMES, update=_turned)
    stepped: BoolProperty(
        name="Stepped", description="Each key holds its value to the next one, on whole frames", update=_turned
    )
    mouth: _shown("Mouth", LAYERS[0][2])
    brows: _shown("Brows", LAYERS[1][2])
    blinks: _shown("Blinks", LAYERS[2][2])
    gaze: _shown("Gaze", LAYERS[3][2])
    head: _shown("Head", LAYERS[4][2])
    mood: _shown("Mood", LAYERS[5][2])
    cleared: StringProperty(options={"HIDDEN"})
    """Layers without keys, with blanks between."""


def of_take(take_id: str) -> Any:
    """Return the dials of a take; ``None`` where a script has not registered the package, or the take is gone."""
    action = next(iter(actions_of(take_id)), None)
    return getattr(action, "alphsistant_dials", None)


def dials_of(settings: Any) -> Dials:
    """Return what the dials say, as the lip-sync takes it. Imports numpy."""
    from ...lip_sync.dials import Dials  # noqa: PLC0415

    strengths = {name: float(getattr(settings, name)) for name in STRENGTHS}
    return Dials(**strengths, **{name: getattr(settings, name) / _THOUSANDTHS for name in TIMES})


def muted(settings: Any) -> set[str]:
    """Return the layers that are switched off."""
    return {name for name, _, _ in LAYERS if not getattr(settings, name)}


def cleared(settings: Any) -> set[str]:
    """Return the layers that were cleared."""
    return set(settings.cleared.split())


def are_turned(settings: Any) -> bool:
    """Say whether any dial is not as it was."""
    return any(
        settings.is_property_set(name) and getattr(settings, name) != settings.bl_rna.properties[name].default
        for name in (*STRENGTHS, *TIMES, "frames", "stepped", "cleared", *(name for name, _, _ in LAYERS))
    )


def reset(settings: Any) -> None:
    """Put every dial back, layers too, without changing curves."""
    with quietly():
        for name in (*STRENGTHS, *TIMES, "frames", "stepped", "cleared", *(name for name, _, _ in LAYERS)):
            settings.property_unset(name)


def copy(source: Any, target: Any) -> None:
    """Set the dials of a take as those of another are, without changing curves."""
    with quietly():
        for name in (*STRENGTHS, *TIMES, "frames", "stepped", "cleared", *(name for name, _, _ in LAYERS)):
            setattr(target, name, getattr(source, name))


CLASSES: Final = (TakeDials,)
