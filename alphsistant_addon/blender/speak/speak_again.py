"""Speak Again: the text of a take, in the take's own scene and manner, takes the take's place."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from ...core.errors import AlphsistantError, AssetError
from ...text_to_speech.controls import Controls
from ..conversation import memory
from ..face import description
from ..takes import bake, record
from ..takes.placement import Target
from .expression_settings import Choice
from .speaking_job import ChosenModels, SpeakingTask, Wish, wish_of


def task_for(take_id: str, models: ChosenModels, *, as_before: bool, keep_edits: bool) -> SpeakingTask:
    """Make the job that speaks a take again: with its own seed, voice and manner, or with those of its scene's panel.

    Raises:
        AlphsistantError: the take, its scene or its face is gone, or it is a recording.
    """
    take, kept = record.find(take_id), record.record_of(take_id)
    if take is None:
        raise AssetError("This take is no longer there.")
    if kept.get("recording") == "TIMING":
        raise AlphsistantError(
            f"“{take.name}” was made of timing by another program: select it, set Place to “Replace the Selected Take”"
            " and import the file again."
        )
    if take.listens:
        raise AlphsistantError(f"“{take.name}” is a face that listens: press Arrange under Dialogue to make it again.")
    if kept.get("recording"):
        raise AlphsistantError(
            f"“{take.name}” is a recording: select it, set Place to “Replace the Selected Take” and press"
            " “Lip-Sync Recording” again."
        )
    scene = record.scene_of(kept)
    faces = record.objects_of(scene, take.id) if scene is not None else []
    if not faces:
        raise AssetError(f"The face of “{take.name}” is no longer in the scene: speak its text on another face.")
    own_voice = memory.voice(description.root_of(scene, faces[0]))
    models = replace(models, voice=own_voice or models.voice)
    wish = wish_of(scene, take.prompt, bake.script_of(take), models)
    target = Target(
        scene=scene.name,
        picked=faces[0].name,
        active=None,
        start=take.start,
        replaced=take.id,
        keep_edits=keep_edits,
    )
    return SpeakingTask(_as_it_was(wish, take, kept) if as_before else wish, target)


def _as_it_was(wish: Wish, take: record.Take, kept: Any) -> Wish:
    """Return the wish with what is kept about the take; one of an older version has kept its seed only."""
    wish = replace(wish, seed=take.seed)
    if "manner" not in kept:
        return wish
    manner = json.loads(kept["manner"])
    voice, language_model = manner["models"]["voice"], manner["models"]["language_model"]
    return replace(
        wish,
        delivery=Choice(**manner["delivery"]) if manner["delivery"] is not None else None,
        controls=Controls(**manner["controls"]),
        models=replace(wish.models, voice=voice, language_model=language_model),
    )
