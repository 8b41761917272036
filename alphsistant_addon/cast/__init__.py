"""The cast: people who come with the add-on, each with a face, a voice and a persona. Plain data, without bpy."""

from .character import Character, find, is_member, members

__all__ = ["Character", "find", "is_member", "members"]
