"""Add Character, clicked in a real window: the pictures, the button, the scene, one undo."""

from __future__ import annotations

from window import Window


def test_f3_adds_a_character(blender: Window):
    before = blender.call("scene")["objects"]
    blender.open_tab()
    blender.key("F3")
    blender.hands("sleep", 2, "type", "--delay", 40, "Alphsistant Character Ada")
    blender.hands("sleep", 2)
    blender.screenshot("search-character")
    blender.hands("key", "Return")
    blender.wait("Ada", lambda: "Ada Face" in blender.call("scene")["objects"])
    blender.call("draw")
    blender.screenshot("character")
    blender.key("ctrl+z")
    blender.wait("undo", lambda: blender.call("scene")["objects"] == before)


def test_the_panel_shows_pictures_and_adds_who_is_chosen(blender: Window):
    blender.call("open_section", "ALPHSISTANT_PT_characters")
    blender.call("draw")
    left, top, width, height = blender.call("place", "UI", "VIEW_3D")
    blender.hands("mousemove", left + width // 2, top + height // 2)
    blender.hands("click", "--repeat", 40, "--delay", 30, 5)  # the section was drawn last
    add = blender.find("ops.alphsistant.add_character")
    blender.screenshot("characters")
    blender.click(add, "alphsistant.add_character", lambda: "Ada Face" in blender.call("scene")["objects"])
    blender.screenshot("character-added")
    assert "Ada Camera" in blender.call("scene")["objects"]
