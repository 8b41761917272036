"""The materials: one tree each that Cycles and EEVEE both draw, without a picture.

Skin details hang on the attribute ``rest_position``, so that pores stay where they are while keys move the face.
"""

from __future__ import annotations

from typing import Any, Final

import bpy
from mesh import COLOUR, UV_MAP, ZONES
from people import Colour, Person
from shader_tree import NodeWriter

EYE_UV: Final = (6.5, 0.5)
"""Where the pupil's middle lies in the UV map: outside the skin's part, so that no hair is attached to an eye.

The iris' edge is at a radius of 0.5.
"""

# Viewport colour (linear RGB and opacity), roughness, subsurface scale in metres, coat.
PLAIN: Final[dict[str, tuple[tuple[float, float, float], float, float, float]]] = {
    "Mouth": ((0.26, 0.05, 0.05), 0.30, 0.0030, 0.0),
    "Teeth": ((0.78, 0.74, 0.66), 0.14, 0.0012, 0.5),
    "Gums": ((0.50, 0.16, 0.16), 0.25, 0.0020, 0.4),
    "Tongue": ((0.62, 0.24, 0.24), 0.32, 0.0030, 0.25),
    "Pupil": ((0.002, 0.002, 0.002), 0.90, 0.0, 0.0),
}


def scaled(colour: Colour, *factors: float) -> tuple[float, float, float, float]:
    """The colour times one factor, or one a channel, with an alpha of 1."""
    red, green, blue = factors if len(factors) == 3 else factors * 3
    return colour[0] * red, colour[1] * green, colour[2] * blue, 1.0


def material(name: str, person: Person) -> bpy.types.Material:
    """Make ``Alphsistant <name>`` in the person's colours, or return it if the file has it."""
    full = f"Alphsistant {name}"
    if full in bpy.data.materials:
        return bpy.data.materials[full]
    made = bpy.data.materials.new(full)
    made.use_nodes = True
    made.node_tree.nodes.clear()
    writer = NodeWriter(made.node_tree)
    made.metallic = 0
    if name in PLAIN:
        colour, roughness, subsurface, coat = PLAIN[name]
        shader = _plain(writer, name, roughness, subsurface, coat)
    elif name in {"Skin", "Lips"}:
        colour = person.skin if name == "Skin" else scaled(person.skin, 0.9, 0.5, 0.55)[:3]
        roughness, shader = 0.5, _skin(writer, person)
    elif name == "Sclera":
        colour, roughness, shader = (0.78, 0.75, 0.72), 0.1, _sclera(writer)
    elif name == "Iris":
        colour, roughness, shader = person.iris, 0.4, _iris(writer, person)
    elif name in {"Cornea", "Wet"}:
        colour, roughness, shader = (0.8, 0.8, 0.8), 0.05, _clear(writer, 1.45 if name == "Cornea" else 1.36)
        if hasattr(made, "surface_render_method"):
            made.surface_render_method = "BLENDED"
        made.use_transparent_shadow = True
    elif name in {"Shirt", "Collar"}:
        colour = person.shirt if name == "Shirt" else scaled(person.shirt, 0.8)[:3]
        roughness, shader = 0.85, _cloth(writer, colour)
    else:
        colour = {"Brows": person.brow, "Lashes": (0.014, 0.009, 0.007)}.get(name, person.hair_colour)
        roughness, shader = 0.45, _hair(writer, colour, soft=name in {"Brows", "Lashes"})
    if name == "Brows":  # Solid mode draws no hair thinner than a pixel
        colour = tuple(0.6 * hair + 0.25 * skin for hair, skin in zip(person.brow, person.skin, strict=True))
    opacity = 0.1 if name in {"Cornea", "Wet"} else 1.0
    made.diffuse_color = (*colour, opacity)
    made.roughness = roughness
    writer.node("ShaderNodeOutputMaterial", {0: shader})
    return made


def _rest(writer: NodeWriter) -> Any:
    return writer.node("ShaderNodeAttribute", attribute_name="rest_position").outputs["Vector"]


def _colour(writer: NodeWriter) -> Any:
    return writer.node("ShaderNodeVertexColor", layer_name=COLOUR).outputs["Color"]


def _skin(writer: NodeWriter, person: Person) -> Any:
    """Mottled, porous skin whose lips have creases; age adds spots and folds."""
    place, tone, age = _rest(writer), person.skin, person.age
    light = sum(tone) / 3 > 0.25
    zones = writer.node("ShaderNodeVertexColor", layer_name=ZONES)
    parts = writer.node("ShaderNodeSeparateColor", {0: zones.outputs["Color"]}).outputs
    lips, thin, scalp, oil = parts[0], parts[1], parts[2], zones.outputs["Alpha"]

    bare = writer.math("SUBTRACT", 1.0, scalp)

    # Colour: slow mottling, redder patches, small darker and lighter spots, freckles where the skin is thin.
    slow, middle, fine = writer.noise(place, 38, 3), writer.noise(place, 170, 3, 0.6), writer.noise(place, 900, 2)
    colour = _colour(writer)
    for noise, low, high, share, tint in (
        (slow, 0.35, 0.68, 0.20, (1.02, 0.70, 0.60)),
        (middle, 0.40, 0.70, 0.16, (1.14, 1.12, 1.05)),
        (fine, 0.52, 0.75, 0.12, (0.72, 0.52, 0.45)),
    ):
        colour = writer.mix(writer.times(writer.ramp(noise, low, high), bare, share), colour, scaled(tone, *tint))
    patches = writer.ramp(writer.noise(place, 90, 1), 0.52, 0.60)
    freckles = writer.times(writer.ramp(writer.voronoi(place, 330), 0.10, 0.20, 1.0, 0.0), patches)
    strength = 0.22 + 0.5 * age if light else 0.15
    colour = writer.mix(
        writer.times(freckles, writer.add(thin, 0.15), strength), colour, scaled(tone, 0.62, 0.42, 0.30)
    )
    creases = writer.noise(writer.vector("MULTIPLY", place, (1, 0.25, 0.12)), 900, 2, 0.6)
    colour = writer.mix(
        writer.times(lips, writer.ramp(creases, 0.45, 0.62), 0.35), colour, scaled(tone, 0.42, 0.22, 0.22)
    )

    # Relief, in units of the bump's distance: pores, the fine net between them, unevenness, the lips' creases.
    pores = writer.ramp(writer.voronoi(place, 1150), 0.0, 0.42)
    net = writer.ramp(writer.voronoi(place, 2100, "DISTANCE_TO_EDGE"), 0.0, 0.12)
    relief = writer.add(
        writer.times(pores, 0.55), writer.times(net, 0.35), writer.times(writer.noise(place, 420, 3), 0.7)
    )
    if age > 0.2:
        across = writer.noise(writer.vector("MULTIPLY", place, (0.18, 0.18, 1.0)), 300, 2, 0.55)
        folds = writer.add(
            writer.times(writer.ramp(across, 0.40, 0.55), 1.6 * (age - 0.2)),
            writer.times(writer.noise(place, 230, 3, 0.6), 1.4 * age),
        )
        relief = writer.add(relief, folds)
    relief = writer.times(relief, writer.math("SUBTRACT", 1.0, writer.times(lips, 0.85)))
    relief = writer.add(relief, writer.times(lips, creases, 2.4))
    roughness = writer.add(
        0.52,
        writer.times(oil, -0.15),
        writer.times(writer.math("SUBTRACT", middle, 0.5), 0.24),
        writer.times(lips, -0.14),
        writer.times(writer.math("SUBTRACT", 1.0, pores), 0.10),
        writer.times(scalp, 0.2),
    )
    return writer.principled(
        {
            "Base Color": colour,
            "Roughness": roughness,
            "Normal": writer.bump(relief, 0.00030, 0.7),
            "Subsurface Weight": 1.0,
            "Subsurface Radius": (1.0, 0.36, 0.20),
            "Subsurface Scale": 0.0030 if light else 0.0020,
            "IOR": 1.42,
            "Coat Weight": writer.add(writer.times(oil, 0.12), writer.times(lips, 0.22)),
            "Coat Roughness": 0.28,
            "Sheen Weight": 0.06,
            "Sheen Roughness": 0.4,
        }
    )


def _plain(writer: NodeWriter, name: str, roughness: float, subsurface: float, coat: float) -> Any:
    """The vertex colours, with a wet bump inside the mouth."""
    inputs: dict[int | str, Any] = {"Base Color": _colour(writer), "Roughness": roughness}
    if subsurface:
        inputs |= {
            "Subsurface Weight": 1.0,
            "Subsurface Radius": (1.0, 0.4, 0.25),
            "Subsurface Scale": subsurface,
        }
    else:
        inputs["Specular IOR Level"] = 0.0
    if coat:
        inputs |= {"Coat Weight": coat, "Coat Roughness": 0.04}
    if name in {"Mouth", "Tongue", "Gums"}:
        inputs["Normal"] = writer.bump(writer.noise(_rest(writer), 700), 0.0003, 0.5)
    return writer.principled(inputs)


def _clear(writer: NodeWriter, ior: float) -> Any:
    """A clear surface that only mirrors: refraction would need caustics to light the iris behind it."""
    through = writer.node("ShaderNodeBsdfTransparent").outputs[0]
    mirror = writer.node("ShaderNodeBsdfGlossy", {"Roughness": 0.015}).outputs[0]
    share = writer.node("ShaderNodeFresnel", {"IOR": ior}).outputs[0]
    return writer.node("ShaderNodeMixShader", {0: share, 1: through, 2: mirror}).outputs[0]


def _iris(writer: NodeWriter, person: Person) -> Any:
    """Radial fibres, a ring around the pupil, a dark edge."""
    outer, inner = person.iris, person.iris_inner
    uv = writer.node("ShaderNodeUVMap", uv_map=UV_MAP).outputs[0]
    from_middle = writer.vector("SUBTRACT", uv, (*EYE_UV, 0))
    radius = writer.times(writer.vector("LENGTH", from_middle), 2.0)
    direction = writer.node("ShaderNodeSeparateXYZ", {0: writer.vector("NORMALIZE", from_middle)}).outputs
    # A noise that changes quickly around the pupil and slowly away from it makes fibres.
    polar = writer.combine(direction[0], direction[1], writer.times(radius, 0.22))
    fibres, hairs, uneven = writer.noise(polar, 14, 4, 0.65), writer.noise(polar, 40, 2, 0.6), writer.noise(polar, 5)
    wavy = writer.add(radius, writer.times(writer.math("SUBTRACT", uneven, 0.5), 0.12))
    colour = writer.mix(writer.ramp(wavy, 0.36, 0.78, 1.0, 0.0), scaled(outer, 1.0), scaled(inner, 1.0))
    dark = writer.mix(1.0, colour, (0.35, 0.35, 0.38, 1), "MULTIPLY")
    bright = writer.mix(1.0, colour, (1.9, 1.8, 1.6, 1), "MULTIPLY")
    colour = writer.mix(writer.ramp(fibres, 0.38, 0.66), dark, bright)
    shining = writer.mix(1.0, colour, (1.8, 1.7, 1.5, 1), "MULTIPLY")
    colour = writer.mix(writer.times(writer.ramp(hairs, 0.45, 0.7), 0.4), colour, shining)
    colour = writer.mix(writer.ramp(wavy, 0.38, 0.44, 0.55, 0.0), colour, scaled(inner, 0.35, 0.30, 0.30))
    colour = writer.mix(writer.times(writer.ramp(radius, 0.80, 0.98), 0.92), colour, scaled(outer, 0.07, 0.07, 0.08))
    return writer.principled(
        {
            "Base Color": colour,
            "Roughness": 0.5,
            "Specular IOR Level": 0.1,
            "Normal": writer.bump(fibres, 0.0003, 0.8),
        }
    )


def _sclera(writer: NodeWriter) -> Any:
    """The white: shaded by its vertex colours, with veins that thin out towards the iris, and wet."""
    uv = writer.node("ShaderNodeUVMap", uv_map=UV_MAP).outputs[0]
    radius = writer.vector("LENGTH", writer.vector("SUBTRACT", uv, (*EYE_UV, 0)))
    uneven = writer.noise(uv, 9, 3)
    edge = writer.add(writer.voronoi(uv, 5, "DISTANCE_TO_EDGE"), writer.times(uneven, 0.06))
    veins = writer.times(writer.ramp(edge, 0.035, 0.055, 1.0, 0.0), writer.ramp(radius, 0.62, 1.15), 0.35)
    return writer.principled(
        {
            "Base Color": writer.mix(veins, _colour(writer), (0.55, 0.16, 0.13, 1)),
            "Roughness": 0.22,
            "Subsurface Weight": 1.0,
            "Subsurface Radius": (1.0, 0.5, 0.35),
            "Subsurface Scale": 0.0012,
            "Coat Weight": 1.0,
            "Coat Roughness": 0.02,
            "Coat Normal": writer.bump(uneven, 0.0003, 0.12),
        }
    )


def _hair(writer: NodeWriter, colour: Colour, soft: bool) -> Any:
    """Every strand its own shade, dark at the root. Principled: the hair BSDF needs many samples and bounces."""
    strand = writer.node("ShaderNodeHairInfo").outputs
    shade = writer.add(0.60, writer.times(strand["Random"], 0.75))
    shade = writer.times(shade, writer.ramp(strand["Intercept"], 0.0, 0.30, 0.55, 1.0))
    shade = writer.times(shade, writer.ramp(strand["Intercept"], 0.5, 1.0, 1.0, 1.25))
    return writer.principled(
        {
            "Base Color": writer.vector("SCALE", colour, scale=shade),
            "Roughness": 0.6 if soft else 0.36,
            "Specular IOR Level": 0.25 if soft else 0.45,
            "Anisotropic": 0.7,
        }
    )


def _cloth(writer: NodeWriter, colour: Colour) -> Any:
    """Knitted cotton."""
    place = _rest(writer)
    rows = writer.node(
        "ShaderNodeTexWave", {"Vector": place, "Scale": 520, "Distortion": 2.0}, wave_type="BANDS", bands_direction="Z"
    )
    fuzz = writer.noise(place, 1500)
    return writer.principled(
        {
            "Base Color": writer.mix(writer.times(fuzz, 0.5), scaled(colour, 1.0), scaled(colour, 1.5)),
            "Roughness": 0.85,
            "Sheen Weight": 0.35,
            "Normal": writer.bump(writer.add(rows.outputs["Fac"], fuzz), 0.0006, 0.5),
        }
    )
