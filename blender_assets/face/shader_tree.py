"""Writes node trees in few words: every method adds a node, connects what it is given, and returns the output."""

from __future__ import annotations

from typing import Any, Final

import bpy

Value = Any
"""A number, a tuple, or the socket of a node that came before."""

_SPACING: Final = (180, 260)


class NodeWriter:
    """Adds nodes to a node tree, in rows from left to right."""

    def __init__(self, tree: bpy.types.NodeTree) -> None:
        self.tree = tree

    def node(self, kind: str, inputs: dict[int | str, Value] | None = None, **properties: object) -> Any:
        """Add a node, set its properties and connect or set its inputs (by index or name); returns the node."""
        made: Any = self.tree.nodes.new(kind)
        number = len(self.tree.nodes)
        made.location = (number % 10 * _SPACING[0], -(number // 10) * _SPACING[1])
        for name, value in properties.items():
            setattr(made, name, value)
        for socket, value in (inputs or {}).items():
            if isinstance(value, bpy.types.NodeSocket):
                self.tree.links.new(value, made.inputs[socket])
            else:
                made.inputs[socket].default_value = value
        return made

    def math(self, operation: str, a: Value, b: Value = 0.0) -> Any:
        """Arithmetic with two numbers."""
        return self.node("ShaderNodeMath", {0: a, 1: b}, operation=operation).outputs[0]

    def add(self, first: Value, *others: Value) -> Any:
        """Sum of numbers."""
        for other in others:
            first = self.math("ADD", first, other)
        return first

    def times(self, first: Value, *others: Value) -> Any:
        """Product of numbers."""
        for other in others:
            first = self.math("MULTIPLY", first, other)
        return first

    def vector(self, operation: str, a: Value, b: Value | None = None, scale: Value | None = None) -> Any:
        """Arithmetic with vectors; the first output, or the number for ``LENGTH`` and ``DOT_PRODUCT``."""
        inputs: dict[int | str, Value] = {0: a}
        if b is not None:
            inputs[1] = b
        if scale is not None:
            inputs["Scale"] = scale
        made = self.node("ShaderNodeVectorMath", inputs, operation=operation)
        return made.outputs["Value" if operation in {"LENGTH", "DOT_PRODUCT"} else "Vector"]

    def ramp(self, value: Value, low: Value, high: Value, start: Value = 0.0, end: Value = 1.0) -> Any:
        """``start`` below ``low``, ``end`` above ``high``, smooth between."""
        return self.node(
            "ShaderNodeMapRange",
            {0: value, 1: low, 2: high, 3: start, 4: end},
            interpolation_type="SMOOTHSTEP",
        ).outputs[0]

    def mix(self, share: Value, a: Value, b: Value, blend: str = "MIX") -> Any:
        """Two colours mixed."""
        return self.node("ShaderNodeMix", {0: share, 6: a, 7: b}, data_type="RGBA", blend_type=blend).outputs[2]

    def noise(self, place: Value, scale: float, detail: float = 2.0, roughness: float = 0.5) -> Any:
        """Perlin noise around 0.5."""
        inputs: dict[int | str, Value] = {"Vector": place, "Scale": scale, "Detail": detail, "Roughness": roughness}
        return self.node("ShaderNodeTexNoise", inputs).outputs[0]

    def voronoi(self, place: Value, scale: float, feature: str = "F1") -> Any:
        """Distance in a Voronoi pattern: to the nearest point, or to the edge."""
        made = self.node("ShaderNodeTexVoronoi", {"Vector": place, "Scale": scale}, feature=feature)
        return made.outputs["Distance"]

    def combine(self, x: Value, y: Value, z: Value) -> Any:
        """Build a vector out of three numbers."""
        return self.node("ShaderNodeCombineXYZ", {0: x, 1: y, 2: z}).outputs[0]

    def bump(self, height: Value, distance: float, strength: float = 1.0) -> Any:
        """Turn a height (in units of ``distance`` metres) into a normal."""
        inputs: dict[int | str, Value] = {"Height": height, "Distance": distance, "Strength": strength}
        return self.node("ShaderNodeBump", inputs).outputs[0]

    def principled(self, inputs: dict[int | str, Value]) -> Any:
        """Add a Principled BSDF; returns its shader output."""
        return self.node("ShaderNodeBsdfPrincipled", inputs).outputs[0]
