"""Hair as curves: few lines are kept in the file, node groups make strands of them, and let them follow the skin.

Both node groups use nothing that differs between Blender 4.2 and 5.2.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import bpy
import numpy as np
from geometry import Surface
from head import Head
from makehuman import Floats
from shader_tree import NodeWriter

STRANDS: Final = "Alphsistant Strands"
FOLLOW: Final = "Alphsistant Follow Skin"
CAGE: Final = "Alphsistant Cage"
CAGE_TAG: Final = "alphsistant_cage"
"""The add-on leaves an object with this property out when it looks for faces."""
CORNERS: Final = ("Corner A", "Corner B", "Corner C")
SHARES: Final = "Corner Shares"
"""Attributes of a curve: the skin's triangle that it grows on, and where in it the root is."""
GRID: Final = 2.0**-15
"""Points are rounded to this many metres (31 µm)."""


@dataclass(frozen=True)
class Lock:
    """How strands are made around each line, lengths in metres."""

    strands: int
    width: float
    """Half the width of a lock, along the head."""
    depth: float
    """Half its thickness, away from the head."""
    radius: float
    """Of a strand at its root."""
    wander: float = 0.003
    """How far a strand strays from its lock at the tip; one in twelve strays further."""
    tip: float = 0.4
    """Width of the lock at its tip against its middle."""
    uneven: float = 0.10
    """Share of its length by which a strand may be shorter."""


def curves(name: str, lines: Floats, material: bpy.types.Material, collection: bpy.types.Collection) -> Any:
    """Make an object of hair curves from ``lines [n, points, 3]``."""
    count, steps = lines.shape[:2]
    data = bpy.data.hair_curves.new(name)
    data.add_curves([steps] * count)
    rounded = (np.round(lines / GRID) * GRID).astype(np.float32)
    data.attributes["position"].data.foreach_set("vector", rounded.ravel())
    data.materials.append(material)
    made = bpy.data.objects.new(name, data)
    made.color = material.diffuse_color
    collection.objects.link(made)
    return made


def taper(thing: Any, radius: float, tip: float) -> None:
    """Give every curve a radius at its root, and ``tip`` times that at its end."""
    steps = len(thing.data.points) // len(thing.data.curves)
    profile = radius * (1 - (1 - tip) * np.linspace(0, 1, steps) ** 1.5)
    radii = thing.data.attributes.get("radius") or thing.data.attributes.new("radius", "FLOAT", "POINT")
    radii.data.foreach_set("value", np.tile(profile, len(thing.data.curves)).astype(np.float32))


def grow_strands(thing: Any, lock: Lock, centre: Floats) -> None:
    """Make every line a lock of strands; ``centre`` is the point that they lie around (it tells what outward is)."""
    modifier = thing.modifiers.new("Strands", "NODES")
    modifier.node_group = bpy.data.node_groups.get(STRANDS) or _strands_group()
    sockets = _sockets(modifier.node_group)
    modifier[sockets["Strands"]] = lock.strands
    for name in ("width", "depth", "radius", "wander", "tip", "uneven"):
        modifier[sockets[name.title()]] = float(getattr(lock, name))
    modifier[sockets["Centre"]] = [float(x) for x in centre]


def follow_skin(thing: Any, face: bpy.types.Object, head: Head, roots: Floats) -> None:
    """Attach every curve to the skin at its root (``roots [n, 3]``), so that keys and bones carry it.

    Every curve remembers the triangle of the skin that it grows on, and where its corners are at rest. Blender's own
    node for this, Deform Curves on Surface, looks places up in a UV map: 100 to 180 ms a frame for each object (4.5).
    """
    surface = Surface(head.skin.points, head.skin.faces)
    found = [surface.bind_triangle(root) for root in roots]
    corners = np.array([surface.triangles[triangle] for triangle, _ in found])
    attributes = thing.data.attributes
    for k, name in enumerate(CORNERS):
        attributes.new(name, "INT", "CURVE").data.foreach_set("value", corners[:, k].astype(np.int32))
        _vectors(attributes.new(f"{name} at Rest", "FLOAT_VECTOR", "CURVE"), surface.points[corners[:, k]])
    _vectors(attributes.new(SHARES, "FLOAT_VECTOR", "CURVE"), np.array([weights for _, weights in found]))
    modifier = thing.modifiers.new("Follow Skin", "NODES")
    modifier.node_group = bpy.data.node_groups.get(FOLLOW) or _follow_group()
    modifier[_sockets(modifier.node_group)["Face"]] = _cage(face)
    thing.parent = face


def _vectors(attribute: Any, values: Floats) -> None:
    attribute.data.foreach_set("vector", (np.round(values / GRID) * GRID).astype(np.float32).ravel())


def _cage(face: bpy.types.Object) -> bpy.types.Object:
    """The face without its subdivision, which would otherwise be made on the CPU in every frame for the hair's sake.

    It shares the face's mesh, so that the same keys move it. It is in no collection: nobody sees it, selects it or
    exports it.
    """
    made = bpy.data.objects.get(CAGE)
    if made is None:
        made = bpy.data.objects.new(CAGE, face.data)
        made.parent = face.parent
        made[CAGE_TAG] = True
        for modifier in face.modifiers:
            if modifier.type == "ARMATURE":
                made.modifiers.new(modifier.name, "ARMATURE").object = modifier.object
    return made


def _sockets(group: Any) -> dict[str, str]:
    """Identifiers of a group's inputs by their names."""
    return {item.name: item.identifier for item in group.interface.items_tree if item.in_out == "INPUT"}


def _group(name: str) -> Any:
    group = bpy.data.node_groups.new(name, "GeometryNodeTree")
    group.interface.new_socket("Geometry", in_out="INPUT", socket_type="NodeSocketGeometry")
    group.interface.new_socket("Geometry", in_out="OUTPUT", socket_type="NodeSocketGeometry")
    return group


def _follow_group() -> Any:
    """Move each curve with the triangle it grows on: as a whole, from the triangle's frame at rest to that of now."""
    group = _group(FOLLOW)
    group.interface.new_socket("Face", in_out="INPUT", socket_type="NodeSocketObject")
    writer = NodeWriter(group)
    given = writer.node("NodeGroupInput").outputs
    skin = writer.node("GeometryNodeObjectInfo", {"Object": given["Face"]}, transform_space="RELATIVE")
    place = writer.node("GeometryNodeInputPosition").outputs[0]

    def stored(name: str, kind: str) -> Any:
        made = writer.node("GeometryNodeInputNamedAttribute", {"Name": name}, data_type=kind)
        return next(socket for socket in made.outputs if socket.enabled)

    def now(name: str) -> Any:
        inputs = {"Geometry": skin.outputs["Geometry"], "Index": stored(name, "INT")}
        made = writer.node("GeometryNodeSampleIndex", inputs, data_type="FLOAT_VECTOR", domain="POINT")
        value = next(socket for socket in made.inputs if socket.name == "Value" and socket.enabled)
        writer.tree.links.new(place, value)
        return next(socket for socket in made.outputs if socket.enabled)

    def frame(a: Any, b: Any, c: Any) -> tuple[Any, Any, Any]:
        """Unit vectors along an edge, across it, and out of the triangle."""
        along = writer.vector("NORMALIZE", writer.vector("SUBTRACT", b, a))
        out = writer.vector("NORMALIZE", writer.vector("CROSS_PRODUCT", along, writer.vector("SUBTRACT", c, a)))
        return along, writer.vector("CROSS_PRODUCT", out, along), out

    shares = list(writer.node("ShaderNodeSeparateXYZ", {0: stored(SHARES, "FLOAT_VECTOR")}).outputs)

    def weighted(vectors: Sequence[Any], weights: Sequence[Any]) -> Any:
        parts = [writer.vector("SCALE", v, scale=w) for v, w in zip(vectors, weights, strict=True)]
        return writer.vector("ADD", writer.vector("ADD", parts[0], parts[1]), parts[2])

    before = [stored(f"{name} at Rest", "FLOAT_VECTOR") for name in CORNERS]
    after = [now(name) for name in CORNERS]
    from_root = writer.vector("SUBTRACT", place, weighted(before, shares))
    reach = [writer.vector("DOT_PRODUCT", from_root, axis) for axis in frame(*before)]
    moved = writer.vector("ADD", weighted(after, shares), weighted(frame(*after), reach))
    carried = writer.node("GeometryNodeSetPosition", {"Geometry": given["Geometry"], "Position": moved})
    writer.node("NodeGroupOutput", {0: carried.outputs[0]})
    return group


def _strands_group() -> Any:
    """Copies of each line, shifted within the lock's cross-section, gathered at the tip, wandering, and trimmed."""
    group = _group(STRANDS)
    for name, kind, value in (
        ("Strands", "NodeSocketInt", 16),
        ("Width", "NodeSocketFloat", 0.005),
        ("Depth", "NodeSocketFloat", 0.002),
        ("Radius", "NodeSocketFloat", 0.0001),
        ("Wander", "NodeSocketFloat", 0.003),
        ("Tip", "NodeSocketFloat", 0.4),
        ("Uneven", "NodeSocketFloat", 0.1),
        ("Centre", "NodeSocketVector", (0.0, 0.0, 0.0)),
    ):
        group.interface.new_socket(name, in_out="INPUT", socket_type=kind).default_value = value
    writer = NodeWriter(group)
    given = writer.node("NodeGroupInput").outputs

    def random(seed: int) -> Any:
        """One number for each strand, −1…1."""
        made = writer.node("FunctionNodeRandomValue", {2: -1.0, 3: 1.0, "Seed": seed}, data_type="FLOAT")
        return writer.node(
            "GeometryNodeFieldOnDomain", {0: made.outputs[1]}, domain="CURVE", data_type="FLOAT"
        ).outputs[0]

    copies = writer.node(
        "GeometryNodeDuplicateElements", {"Geometry": given["Geometry"], "Amount": given["Strands"]}, domain="SPLINE"
    ).outputs["Geometry"]
    along = writer.node("GeometryNodeSplineParameter").outputs["Factor"]
    place = writer.node("GeometryNodeInputPosition").outputs[0]
    tangent = writer.node("GeometryNodeInputTangent").outputs[0]
    outward = writer.vector("NORMALIZE", writer.vector("SUBTRACT", place, given["Centre"]))
    across = writer.vector("NORMALIZE", writer.vector("CROSS_PRODUCT", tangent, outward))
    sideways, deep, ahead = random(1), random(2), random(3)
    # A lock is as wide as the gap between roots, and gathers towards its tip.
    profile = writer.ramp(along, 0.35, 1.0, 1.0, given["Tip"])
    # Roots are spread along the flow as well, or gaps would show between rows of roots.
    start = writer.ramp(along, 0.0, 0.4, 1.0, 0.0)
    shift = writer.vector(
        "ADD",
        writer.vector("SCALE", across, scale=writer.times(sideways, given["Width"], profile)),
        writer.vector(
            "ADD",
            writer.vector(
                "SCALE", outward, scale=writer.times(deep, given["Depth"], profile, writer.ramp(along, 0.0, 0.15))
            ),
            writer.vector("SCALE", tangent, scale=writer.times(ahead, given["Width"], start, 0.8)),
        ),
    )
    own = writer.vector("SCALE", writer.combine(sideways, deep, ahead), scale=0.35)
    noise = writer.node(
        "ShaderNodeTexNoise", {"Vector": writer.vector("ADD", place, own), "Scale": 30.0, "Detail": 1.0}
    ).outputs["Color"]
    stray = writer.add(1.0, writer.times(writer.math("GREATER_THAN", random(5), 0.84), 2.5))
    reach = writer.times(given["Wander"], along, stray, 2.0)
    wander = writer.vector("SCALE", writer.vector("SUBTRACT", noise, (0.5, 0.5, 0.5)), scale=reach)
    moved = writer.node(
        "GeometryNodeSetPosition", {"Geometry": copies, "Offset": writer.vector("ADD", shift, wander)}
    ).outputs[0]
    # Strands that stand at the back of their lock end first.
    end = writer.math("SUBTRACT", 1.0, writer.times(given["Uneven"], writer.add(0.5, writer.times(random(4), 0.5))))
    trimmed = writer.node("GeometryNodeTrimCurve", {"Curve": moved, 3: end}, mode="FACTOR").outputs[0]
    radius = writer.times(given["Radius"], writer.math("SUBTRACT", 1.0, writer.times(along, 0.7)))
    made = writer.node("GeometryNodeSetCurveRadius", {0: trimmed, "Radius": radius}).outputs[0]
    writer.node("NodeGroupOutput", {0: made})
    return group
