"""Lights, camera and render settings of the scene that a person is shipped in."""

from __future__ import annotations

import math
from typing import Final

import bpy
import numpy as np
from makehuman import Floats
from mathutils import Vector

# Name, place relative to the face's middle in metres, power in W, size in m, colour.
LIGHTS: Final = (
    ("Key", (0.66, -0.66, 0.50), 13.0, 0.34, (1.0, 0.94, 0.87)),
    ("Fill", (-0.95, -0.55, 0.0), 1.3, 0.90, (0.78, 0.87, 1.0)),
    ("Eyes", (-0.20, -0.80, 0.42), 2.6, 0.38, (0.95, 0.98, 1.0)),
    ("Mouth", (0.0, -0.90, -0.18), 0.45, 0.25, (1.0, 0.96, 0.93)),
    ("Rim Left", (0.50, 0.62, 0.38), 4.0, 0.22, (0.86, 0.93, 1.0)),
    ("Rim Right", (-0.62, 0.50, 0.30), 8.0, 0.22, (1.0, 0.93, 0.85)),
)


def light(collection: bpy.types.Collection, face: Floats) -> None:
    """Area lights around ``face`` (its middle): warm key, cool fill, one for the eyes, one for the mouth, two rims."""
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
    background.inputs["Color"].default_value = (0.060, 0.068, 0.084, 1)
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
