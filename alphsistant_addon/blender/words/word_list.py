"""The list of words in the panel: an item for each word of a take, which shows what the take's record says."""

from __future__ import annotations

import functools
from typing import Any, Final

import bpy
from bpy.props import BoolProperty, CollectionProperty, FloatProperty, IntProperty, PointerProperty, StringProperty

from ...core.errors import AlphsistantError
from ..common.file_changes import FileChanges
from ..common.status import current as status
from ..takes.record import actions_of, find, record_of, take_id_of

STRESS_MARKS: Final = ("", "ˈ", "ˌ")
"""Before a vowel without stress, with the first one, with a second one."""

WHOLE_SOUND: Final = "whole_sound"
"""In the record: path of the sound with all words, where the one that is played has muted ones."""

_SILENCE: Final = "sil"
_EDGE: Final = 1e-4


@functools.lru_cache(maxsize=8)
def _parsed(text: str) -> Any:
    """Return what a part of a record says; a long take's list is drawn some times a second."""
    import json  # noqa: PLC0415  # not while Blender starts

    return json.loads(text)


def _record(item: Any) -> tuple[str, Any]:
    take_id = take_id_of(item.id_data)
    return take_id, record_of(take_id) if take_id else None


def _word(item: Any) -> Any:
    """Return text, start and end of an item's word; ``None`` if the take has fewer words now."""
    _, record = _record(item)
    words = _parsed(record.get("words", "[]")) if record is not None else []
    return words[item.number] if 0 <= item.number < len(words) else None


def phones_of(item: Any) -> str:
    """Return the phones of an item's word, those that it would have if it were not muted."""
    word, (_, record) = _word(item), _record(item)
    if word is None:
        return ""
    muted = _parsed(record.get("muted_words", "{}")).get(str(item.number))
    phones = muted or [
        phone
        for phone in _parsed(record["phones"])
        if word[1] - _EDGE < (phone[1] + phone[2]) / 2.0 <= word[2] + _EDGE and phone[0] != _SILENCE
    ]
    return " ".join(STRESS_MARKS[phone[3]] + phone[0] for phone in phones)


def is_muted(item: Any) -> bool:
    """Say whether an item's word is muted."""
    _, record = _record(item)
    return record is not None and str(item.number) in _parsed(record.get("muted_words", "{}"))


def _changed(name: str, item: Any, *values: Any) -> None:
    """Change a word of the take; what is wrong with it is said in the panel."""
    take_id, _ = _record(item)
    from . import word_edits  # noqa: PLC0415  # numpy

    try:
        getattr(word_edits, name)(take_id, item.number, *values)
    except AlphsistantError as error:
        status.say(str(error))


def _text(item: Any) -> str:
    word = _word(item)
    return str(word[0]) if word is not None else ""


def _start(item: Any) -> float:
    word = _word(item)
    return float(word[1]) if word is not None else 0.0


def _end(item: Any) -> float:
    word = _word(item)
    return float(word[2]) if word is not None else 0.0


def _set_start(item: Any, seconds: float) -> None:
    _changed("set_start", item, seconds)


def _set_end(item: Any, seconds: float) -> None:
    _changed("set_end", item, seconds)


def _set_text(item: Any, text: str) -> None:
    if text.strip() not in {"", _text(item)}:
        _say_anew(item, text=text, phones="")


def _set_phones(item: Any, phones: str) -> None:
    if phones.split() != phones_of(item).split():
        _say_anew(item, text="", phones=phones)


def _say_anew(item: Any, *, text: str, phones: str) -> None:
    """Say a word anew, unless a job runs."""
    if status.running:
        return
    from . import word_job  # noqa: PLC0415  # numpy

    try:
        word_job.start(_record(item)[0], item.number, text=text, phones=phones)
    except AlphsistantError as error:
        status.say(str(error))


def _set_muted(item: Any, on: bool) -> None:  # as Blender calls it
    _changed("mute", item, on)


class WordItem(bpy.types.PropertyGroup):
    """One word of a take."""

    number: IntProperty(options={"HIDDEN"})
    """Place among the take's words."""
    text: StringProperty(
        name="Word",
        description="What is said here; type something else, and only this is said anew",
        get=_text,
        set=_set_text,
    )
    phones: StringProperty(
        name="Phones",
        description="How it is said: phones with blanks between, ˈ before a vowel with stress",
        get=phones_of,
        set=_set_phones,
    )
    start: FloatProperty(
        name="Start",
        description="Seconds of the take at which the word starts",
        get=_start,
        set=_set_start,
        precision=2,
        step=4,
    )
    end: FloatProperty(
        name="End",
        description="Seconds of the take at which the word ends; without a pause after it, the next word starts there",
        get=_end,
        set=_set_end,
        precision=2,
        step=4,
    )
    muted: BoolProperty(
        name="Mute",
        description="Silence, and the mouth at rest, instead of the word",
        get=is_muted,
        set=_set_muted,
    )


class TakeWords(bpy.types.PropertyGroup):
    """The words of a take, as the panel lists them while they are shown."""

    items: CollectionProperty(type=WordItem)
    index: IntProperty(name="Selected Word", description="The word that is selected in the list")
    sound: BoolProperty(
        name="Sound Follows",
        description="What the voice has spoken is changed with its words; off: the mouth alone. A recording of yours "
        "stays as it is in any case",
        default=True,
    )


def of_take(take_id: str) -> Any:
    """Return the list of a take; ``None`` where a script has not registered the package, or the take is gone."""
    action = next(iter(actions_of(take_id)), None)
    return getattr(action, "alphsistant_words", None)


def sound_follows(take_id: str) -> bool:
    """Say whether the sound is to follow, where it is ours."""
    words = of_take(take_id)
    return words is None or bool(words.sound)


def fit(take_id: str, changes: FileChanges, *, shown: bool = False) -> None:
    """Let a list that is there, or is ``shown`` from now on, have an item for each word."""
    words, record = of_take(take_id), record_of(take_id)
    if words is None or record is None or find(take_id) is None or not (shown or len(words.items)):
        return
    count, before = len(_parsed(record.get("words", "[]"))), len(words.items)
    if count != before:
        changes.do(lambda: _resize(words, count), lambda _: _resize(words, before))


def empty(take_id: str, changes: FileChanges) -> None:
    """Take the items out again."""
    words = of_take(take_id)
    if words is not None and (before := len(words.items)):
        changes.do(lambda: _resize(words, 0), lambda _: _resize(words, before))


def _resize(words: Any, count: int) -> None:
    while len(words.items) > count:
        words.items.remove(len(words.items) - 1)
    while len(words.items) < count:
        item = words.items.add()
        item.number = len(words.items) - 1
    words.index = min(max(words.index, 0), max(count - 1, 0))


PROPERTY: Final = (bpy.types.Action, "alphsistant_words", lambda: PointerProperty(type=TakeWords))

CLASSES: Final = (WordItem, TakeWords)
