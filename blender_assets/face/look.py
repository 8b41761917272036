"""Materials, lights, camera and render settings. Colours live in the meshes' colour attribute, for every engine."""

from __future__ import annotations

import math
from typing import Final

import bpy
import numpy as np
from geometry import MM
from head import Head
from makehuman import Floats
from mathutils import Vector
from mesh import COLOUR
from scalp import is_scalp

BLUSH: Final = np.array([0.76, 0.31, 0.25])
LID: Final = np.array([0.56, 0.29, 0.22])
LIP: Final = np.array([0.62, 0.19, 0.18])
INSIDE: Final = np.array([0.26, 0.05, 0.05])

# Viewport colour (linear RGB), roughness, subsurface scale in metres, coat.
MATERIALS: Final[dict[str, tuple[tuple[float, float, float], float, float, float]]] = {
    "Skin": ((0.74, 0.45, 0.335), 0.46, 0.0040, 0.0),
    "Lips": ((0.62, 0.19, 0.18), 0.33, 0.0030, 0.1),
    "Mouth": ((0.26, 0.05, 0.05), 0.45, 0.0030, 0.0),
    "Teeth": ((0.78, 0.74, 0.66), 0.16, 0.0015, 0.4),
    "Gums": ((0.50, 0.16, 0.16), 0.28, 0.0020, 0.3),
    "Tongue": ((0.66, 0.25, 0.25), 0.34, 0.0030, 0.1),
    "Sclera": ((0.78, 0.77, 0.76), 0.20, 0.0010, 1.0),
    "Iris": ((0.06, 0.17, 0.15), 0.25, 0.0, 1.0),
    "Pupil": ((0.004, 0.004, 0.005), 0.15, 0.0, 1.0),
    "Catchlight": ((0.90, 0.93, 0.95), 0.5, 0.0, 0.0),
    "Lashes": ((0.020, 0.011, 0.009), 0.95, 0.0, 0.0),
    "Brows": ((0.070, 0.030, 0.019), 0.95, 0.0, 0.0),
    "Hair": ((0.135, 0.052, 0.027), 0.42, 0.0, 0.0),
    "Shirt": ((0.035, 0.125, 0.150), 0.85, 0.0, 0.0),
    "Collar": ((0.028, 0.100, 0.122), 0.85, 0.0, 0.0),
}


def skin_colours(head: Head) -> Floats:
    """The colour of every vertex of the skin, ``[skin, 3]``: lips, lids, blush, the inside of the mouth, the scalp."""
    at, eye = head.reference_skin, head.reference_eye

    def spot(centre: Floats, size: tuple[float, float, float]) -> Floats:
        both = [np.exp(-(((at - centre * [s, 1, 1]) / (np.array(size) * MM)) ** 2).sum(1)) for s in (1, -1)]
        result: Floats = np.maximum(*both)
        return result

    middle = np.abs(at[:, 0]) < 4 * MM
    tip = at[middle][np.argmin(at[middle][:, 1])]
    cheek = spot(np.add(eye, [14 * MM, -6 * MM, -36 * MM]), (26, 44, 20))
    ear = spot(np.array([78 * MM, eye[1] + 95 * MM, eye[2] - 18 * MM]), (14, 26, 36))
    warm = np.clip(
        0.5 * cheek + 0.5 * ear + 0.5 * spot(tip, (13, 14, 11)) + 0.22 * spot(tip - [0, 0, 78 * MM], (16, 20, 14)), 0, 1
    )
    lid = spot(np.add(eye, [2 * MM, -12 * MM, 6 * MM]), (19, 14, 9))
    colours = np.array(head.person.skin) * np.ones((len(at), 1))
    for amount, colour in (
        (warm, BLUSH),
        (0.42 * lid, LID),
        (0.92 * head.masks["lips"], LIP),
        (0.97 * head.masks["inside"], INSIDE),
        (0.96 * is_scalp(at, eye), np.array(head.person.hair_colour) * 0.7),
    ):
        colours = colours + (colour - colours) * amount[:, None]
    return colours


def skin_zones(head: Head) -> Floats:
    """What the skin's material asks for at every vertex, ``[skin, 4]``, 0…1: lips, thin skin, scalp, oil."""
    zones = np.zeros((len(head.used), 4))
    zones[:, 0] = head.masks["lips"]
    zones[:, 2] = is_scalp(head.reference_skin, head.reference_eye)
    return zones


def material(name: str) -> bpy.types.Material:
    """``Alphsistant <name>``, made from the table once."""
    full = f"Alphsistant {name}"
    if full in bpy.data.materials:
        return bpy.data.materials[full]
    colour, roughness, subsurface, coat = MATERIALS[name]
    made = bpy.data.materials.new(full)
    made.diffuse_color = (*colour, 1)
    made.roughness = roughness
    made.metallic = 0
    made.use_nodes = True
    tree = made.node_tree
    shader = tree.nodes["Principled BSDF"]
    attribute = tree.nodes.new("ShaderNodeVertexColor")
    attribute.layer_name = COLOUR
    attribute.location = (-600, 200)
    tree.links.new(attribute.outputs["Color"], shader.inputs["Base Color"])
    shader.inputs["Roughness"].default_value = roughness
    if subsurface:
        shader.inputs["Subsurface Weight"].default_value = 1.0
        shader.inputs["Subsurface Radius"].default_value = (1.0, 0.38, 0.22)
        shader.inputs["Subsurface Scale"].default_value = subsurface
    if coat:
        shader.inputs["Coat Weight"].default_value = coat
        shader.inputs["Coat Roughness"].default_value = 0.03
    if name == "Catchlight":
        shader.inputs["Emission Color"].default_value = (*colour, 1)
        shader.inputs["Emission Strength"].default_value = 0.8
    if name in {"Skin", "Lips"}:
        _pores(tree, shader)
    if name in {"Hair", "Brows"}:
        shader.inputs["Anisotropic"].default_value = 0.6
        shader.inputs["Sheen Weight"].default_value = 0.15
    if name == "Shirt":
        shader.inputs["Sheen Weight"].default_value = 0.4
    return made


def _pores(tree: bpy.types.NodeTree, shader: bpy.types.Node) -> None:
    """A fine bump that breaks the highlight."""
    place = tree.nodes.new("ShaderNodeTexCoord")
    noise = tree.nodes.new("ShaderNodeTexNoise")
    noise.inputs["Scale"].default_value = 520
    noise.inputs["Detail"].default_value = 2
    bump = tree.nodes.new("ShaderNodeBump")
    bump.inputs["Strength"].default_value = 0.10
    bump.inputs["Distance"].default_value = 0.0006
    tree.links.new(place.outputs["Object"], noise.inputs["Vector"])
    tree.links.new(noise.outputs["Fac"], bump.inputs["Height"])
    tree.links.new(bump.outputs["Normal"], shader.inputs["Normal"])
    for node, x in ((place, -900), (noise, -700), (bump, -400)):
        node.location = (x, -250)


# Name, place relative to the face's middle in metres, power in W, size in m, colour.
LIGHTS: Final = (
    ("Key", (0.55, -0.80, 0.50), 6.0, 0.35, (1.0, 0.95, 0.89)),
    ("Fill", (-0.80, -0.65, 0.05), 1.7, 0.80, (0.84, 0.91, 1.0)),
    ("Mouth", (0.0, -0.90, -0.16), 0.8, 0.25, (1.0, 0.96, 0.93)),
    ("Rim Left", (0.60, 0.50, 0.25), 3.5, 0.30, (0.92, 0.96, 1.0)),
    ("Rim Right", (-0.45, 0.60, 0.45), 7.0, 0.30, (1.0, 0.97, 0.95)),
)


def light(collection: bpy.types.Collection, face: Floats) -> None:
    """Area lights around ``face`` (its middle): a warm key, a cool fill, one into the mouth, two rims."""
    middle = Vector(face)
    for name, place, power, size, colour in LIGHTS:
        lamp = bpy.data.lights.new(f"Alphsistant {name}", "AREA")
        lamp.energy, lamp.size, lamp.color = power, size, colour
        holder = bpy.data.objects.new(lamp.name, lamp)
        holder.location = middle + Vector(place)
        holder.rotation_euler = (-Vector(place)).to_track_quat("-Z", "Y").to_euler()
        collection.objects.link(holder)


def camera(collection: bpy.types.Collection, face: Floats) -> bpy.types.Object:
    """The portrait camera, 85 mm, a little to the subject's left."""
    data = bpy.data.cameras.new("Alphsistant Camera")
    data.lens = 85
    data.sensor_width = 36
    data.clip_start = 0.05
    holder = bpy.data.objects.new("Alphsistant Camera", data)
    place_camera(holder, face, degrees=8, distance=0.92)
    collection.objects.link(holder)
    return holder


def place_camera(holder: bpy.types.Object, face: Floats, degrees: float, distance: float, up: float = 0.02) -> None:
    """Put the camera at an angle (0 in front, positive to the subject's left) and aim it at ``face``."""
    turn = math.radians(degrees)
    offset = Vector((math.sin(turn) * distance, -math.cos(turn) * distance, up))
    holder.location = Vector(face) + offset
    holder.rotation_euler = (-offset).to_track_quat("-Z", "Y").to_euler()


def portrait(scene: bpy.types.Scene, samples: int = 64) -> None:
    """Settings of a Cycles still; Open Image Denoise is used where this Blender has it."""
    scene.render.engine = "CYCLES"
    scene.cycles.device = "CPU"
    scene.cycles.samples = samples
    scene.cycles.max_bounces = 6
    scene.cycles.use_denoising = True
    try:
        scene.cycles.denoiser = "OPENIMAGEDENOISE"
    except TypeError:  # built without it
        scene.cycles.use_denoising = False
    scene.render.resolution_x, scene.render.resolution_y = 1080, 1350
    scene.view_settings.view_transform = "AgX"
    scene.view_settings.look = "AgX - Medium High Contrast"
    if scene.world is None:
        scene.world = bpy.data.worlds.new("Alphsistant World")
    scene.world.use_nodes = True
    background = scene.world.node_tree.nodes["Background"]
    background.inputs["Color"].default_value = (0.10, 0.115, 0.14, 1)
    background.inputs["Strength"].default_value = 0.45


def workbench(scene: bpy.types.Scene, size: int = 400) -> None:
    """Settings of a quick drawing: colours of the mesh, studio light, cavity and soft edges."""
    scene.render.engine = "BLENDER_WORKBENCH"
    scene.render.resolution_x = scene.render.resolution_y = size
    scene.render.resolution_percentage = 100
    shading = scene.display.shading
    shading.light = "STUDIO"
    shading.color_type = "VERTEX"
    shading.show_cavity = True
    shading.cavity_type = "WORLD"
    shading.cavity_ridge_factor = 0.6
    shading.cavity_valley_factor = 0.8
    shading.show_shadows = False
    shading.show_specular_highlight = True
    shading.background_type = "VIEWPORT"
    shading.background_color = (0.055, 0.065, 0.08)
    scene.display.render_aa = "8"
    scene.render.film_transparent = False
    scene.view_settings.look = "None"
    scene.view_settings.view_transform = "Standard"


def face_middle(face: bpy.types.Object) -> Floats:
    """The middle of the face in world space: a little below the eyes' height, between them."""
    mesh = face.data
    slot = [slot.name for slot in mesh.materials].index("Alphsistant Pupil")
    corners = [v for polygon in mesh.polygons if polygon.material_index == slot for v in polygon.vertices]
    places = np.array([face.matrix_world @ mesh.vertices[v].co for v in corners])
    middle: Floats = np.array([0, places[:, 1].mean(), places[:, 2].mean() - 0.026])
    return middle
