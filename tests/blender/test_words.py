"""Words are muted, given other phones, stress and pauses; dragged ones are followed at once; all can be undone."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import MagicMock

import numpy as np
import pytest

bpy = pytest.importorskip("bpy")

from alphsistant_addon.blender.common import compat
from alphsistant_addon.blender.face import find
from alphsistant_addon.blender.takes import bake as takes
from alphsistant_addon.blender.takes import captions, hand_edits, record, stored, take_moving
from alphsistant_addon.blender.words import panel as word_panel
from alphsistant_addon.blender.words import word_edits, word_job, word_list, word_watch
from alphsistant_addon.core.errors import AlphsistantError
from alphsistant_addon.core.phone_inventory import SILENCE
from alphsistant_addon.core.sound_files import read_sound
from alphsistant_addon.lip_sync.channels import VISEME_CHANNELS
from alphsistant_addon.pipeline import recording_stream, reply_stream
from tests.blender.test_take_dials import curves, key, keys_of
from tests.blender.whole_file import differences, whole_file

pytestmark = pytest.mark.blender

START = 11
TEXT = "Bob may pop a little van. Look at who laughed."
POP, VAN, LOOK = 2, 5, 6


@pytest.fixture
def take(make_face: Callable[..., Any], models: Any) -> takes.Take:
    make_face(keys=(*VISEME_CHANNELS, "eyeBlinkLeft", "eyeBlinkRight"))
    scene = bpy.context.scene
    reply = list(reply_stream.run("", models, text=TEXT, frame_rate=25))[-1]
    return takes.bake(scene, find.find(scene), reply, start=START)


@pytest.fixture
def recording(make_face: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> takes.Take:
    """A file of the user's, which a strip of ours plays."""
    from fake_speech import fake_speech

    from alphsistant_addon import listening
    from alphsistant_addon.core.sound_files import write_wav

    speech = fake_speech("Bob may pop a little van")
    write_wav(speech, tmp_path / "mine.wav")
    monkeypatch.setattr(listening, "align", lambda *_a, **_k: speech)
    make_face(keys=(*VISEME_CHANNELS, "eyeBlinkLeft", "eyeBlinkRight"))
    scene = bpy.context.scene
    words = recording_stream.Words(speech.text)
    reply = list(recording_stream.run(tmp_path / "mine.wav", words, frame_rate=25))[-1]
    return takes.bake(scene, find.find(scene), reply, start=START, own_sound=takes.OwnSound(tmp_path / "mine.wav"))


def words(take: takes.Take) -> tuple[Any, ...]:
    return stored.words_of(record.record_of(take.id))


def phones(take: takes.Take) -> tuple[Any, ...]:
    return stored.phones_of(record.record_of(take.id))


def sound(take: takes.Take) -> np.ndarray:
    return read_sound(Path(bpy.path.abspath(record.find(take.id).sound))).samples


def at(samples: np.ndarray, start: float, end: float) -> np.ndarray:
    return samples[round(start * 22050) : round(end * 22050)]


def value(take: takes.Take, viseme: str, seconds: float) -> float:
    return float(curves(take.id)[key(viseme)].evaluate(START + seconds * 25))


def show(take: takes.Take) -> None:
    assert bpy.ops.alphsistant.show_words(take=take.id) == {"FINISHED"}


def marker(take: takes.Take, place: int) -> Any:
    name = f"1.{place + 1} {words(take)[place].text}"
    return next(m for m in bpy.context.scene.timeline_markers if m.name == name)


def has_strips() -> bool:
    """The bpy wheel of 4.2 has no sound in its sequencer."""
    return any(strip.type == "SOUND" for strip in compat.existing_strips(bpy.context.scene))


def test_a_muted_word_is_silent_and_comes_back(take: takes.Take):
    before, heard, spoken = keys_of(take.id), sound(take), phones(take)
    word = words(take)[POP]
    lips = word.start + 0.5 * (spoken[1].end - spoken[1].start)
    assert value(take, "viseme_PP", lips) > 0.9
    assert bpy.ops.alphsistant.mute_word(take=take.id, word=POP) == {"FINISHED"}
    assert not at(sound(take), word.start + 0.001, word.end - 0.001).any()
    assert np.array_equal(at(sound(take), 0.0, word.start - 0.02), at(heard, 0.0, word.start - 0.02))
    assert len(sound(take)) == len(heard)
    assert value(take, "viseme_PP", lips) < 0.3
    assert {p.symbol for p in phones(take) if word.start - 1e-4 < p.start < word.end - 1e-4} == {SILENCE}
    assert "pop" not in [w.text for w in stored.heard_words_of(record.record_of(take.id))]
    assert keys_of(take.id)[key("eyeBlinkLeft")] == before[key("eyeBlinkLeft")]
    assert hand_edits.count_edited(take.id) == 0
    assert bpy.ops.alphsistant.mute_word(take=take.id, word=POP, mute=False) == {"FINISHED"}
    assert np.array_equal(sound(take), heard)
    assert [p.symbol for p in phones(take)] == [p.symbol for p in spoken]
    assert value(take, "viseme_PP", lips) > 0.9


def test_the_strip_plays_the_new_sound_and_stays_where_it_was(take: takes.Take):
    if not has_strips():
        pytest.skip("no sound in the sequencer of this Blender")
    where = [compat.strip_range(strip) for strip in record.sound_strips(take.id)]
    old = record.find(take.id).sound
    word_edits.mute(take.id, POP, True)
    strips = record.sound_strips(take.id)
    assert [compat.strip_range(strip) for strip in strips] == where
    assert strips[0].sound.filepath == record.find(take.id).sound != old
    assert Path(bpy.path.abspath(old)).is_file(), "undo can play it"
    assert len(bpy.data.sounds) == 1


def test_a_longer_pause_moves_all_that_follows(take: takes.Take):
    scene = bpy.context.scene
    captions_of = [("van. Look", words(take)[VAN].start, words(take)[LOOK].end)]
    from alphsistant_addon.blender.common.file_changes import FileChanges

    with FileChanges() as changes:
        captions.add(take.id, captions_of, changes)
    show(take)
    before, said, heard = keys_of(take.id), words(take), sound(take)
    pause = said[LOOK].start - said[VAN].end
    assert bpy.ops.alphsistant.set_pause(take=take.id, word=VAN, seconds=pause + 0.4) == {"FINISHED"}
    now = words(take)
    assert now[VAN] == said[VAN]
    assert now[LOOK].start == pytest.approx(said[LOOK].start + 0.4)
    assert len(sound(take)) - len(heard) == pytest.approx(0.4 * 22050, abs=2)
    behind = len(heard) - round((said[LOOK].start - 0.01) * 22050)
    assert np.array_equal(sound(take)[-behind:], heard[-behind:]), "not a sample of what follows is another"
    after = keys_of(take.id)
    blink = key("eyeBlinkLeft")
    late = [frame for frame, _ in before[blink] if frame > START + said[LOOK].start * 25]
    assert [f for f, _ in after[blink]][len(after[blink]) - len(late) :] == pytest.approx(
        [f + 10 for f in late], abs=0.01
    )
    spoken = phones(take)
    assert all(a.end == pytest.approx(b.start) for a, b in itertools.pairwise(spoken))
    assert spoken[-1].end == pytest.approx(stored.animation_of(record.record_of(take.id)).duration)
    assert record.find(take.id).end == takes.find(take.id).end == take.end + 10
    assert marker(take, LOOK).frame == START + round(now[LOOK].start * 25)
    assert scene.frame_end >= take.end + 10
    assert len(captions.there(take.id)) >= 2, "captions are made anew"
    starts = [m.frame for m in scene.timeline_markers if m.name.startswith("Look")]
    assert starts == [START + round(stored.sentences_of(record.record_of(take.id))[1][1] * 25)]
    if has_strips():
        strips = record.sound_strips(take.id)
        assert len(strips) == 1
        assert compat.strip_range(strips[0])[0] == START
        assert compat.strip_range(strips[0])[1] == pytest.approx(take.end + 10, abs=1)
    assert bpy.ops.alphsistant.set_pause(take=take.id, word=VAN, seconds=pause) == {"FINISHED"}
    assert words(take)[LOOK].start == pytest.approx(said[LOOK].start, abs=1e-4)
    assert record.find(take.id).end == take.end


def test_an_edit_behind_a_longer_pause_moves_along(take: takes.Take):
    blink = key("eyeBlinkLeft")
    point = [p for p in curves(take.id)[blink].keyframe_points if p.co[1] > 0.5][-1]
    frame, look = point.co[0], words(take)[LOOK].start
    assert frame > START + look * 25, "the blink is in the second sentence"
    point.co[1] = 0.4
    word_edits.set_pause(take.id, VAN, 1.0)
    assert hand_edits.count_edited(take.id) == 1
    moved = frame + (words(take)[LOOK].start - look) * 25
    assert curves(take.id)[blink].evaluate(moved) == pytest.approx(0.4, abs=0.06)


def test_a_word_gets_other_phones_and_only_there_keys_change(take: takes.Take):
    show(take)
    word_list.of_take(take.id).sound = False
    before, heard = keys_of(take.id), sound(take)
    item = word_list.of_take(take.id).items[POP]
    assert (item.text, item.phones) == ("pop", "p oʊ p")
    item.phones = "f ˈu t"
    assert item.phones == "f ˈu t"
    word = words(take)[POP]
    assert value(take, "viseme_FF", word.start + 0.045) > 0.7
    assert value(take, "viseme_PP", word.start + 0.045) < 0.2
    early = START + (word.start - 0.35) * 25
    late = START + (word.end + 0.35) * 25
    assert np.array_equal(sound(take), heard)
    after = keys_of(take.id)
    for name in ("viseme_nn", "viseme_DD", "viseme_aa"):
        old, new = before[key(name)], after[key(name)]
        assert [k for k in old if k[0] < early] == [k for k in new if k[0] < early]
        assert [k for k in old if k[0] > late] == [k for k in new if k[0] > late]


def test_a_phone_that_there_is_not_is_named(take: takes.Take):
    before = whole_file()
    with pytest.raises(AlphsistantError, match="“xx” is not a phone"):
        word_job.start(take.id, POP, phones="p xx p")
    with pytest.raises(AlphsistantError, match="Select a word"):
        word_job.start(take.id, 77, phones="p")
    assert differences(before, whole_file()) == []


def test_stress_opens_the_mouth(take: takes.Take):
    show(take)
    word_list.of_take(take.id).sound = False
    word = words(take)[0]
    middle = (word.start + word.end) / 2
    assert bpy.ops.alphsistant.mark_stress(take=take.id, word=0, level="MAIN") == {"FINISHED"}
    strong = value(take, "viseme_O", middle)
    assert [p.stress for p in phones(take)[1:4]] == [0, 1, 0]
    assert bpy.ops.alphsistant.mark_stress(take=take.id, word=0, level="NONE") == {"FINISHED"}
    assert value(take, "viseme_O", middle) < strong


def test_a_drag_is_followed_when_it_is_over_and_undone_in_one_step(take: takes.Take):
    show(take)
    bpy.ops.ed.undo_push(message="words shown")
    assert word_watch.look() is not None
    before, heard, said = keys_of(take.id), sound(take), words(take)
    marker(take, POP).frame += 3
    bpy.ops.ed.undo_push(message="Move Markers")  # as Blender does when the mouse is let go
    word_watch.look()
    assert keys_of(take.id) == before, "not while it may be going on"
    word_watch.look()
    moved = keys_of(take.id)
    assert moved != before
    assert words(take)[POP].start == pytest.approx(said[POP].start + 0.12, abs=0.021)
    assert len(sound(take)) == len(heard)
    assert not np.array_equal(sound(take), heard), "the voice's sound goes along"
    for _ in range(3):
        word_watch.look()
    assert keys_of(take.id) == moved
    bpy.ops.ed.undo()
    for _ in range(3):
        word_watch.look()
    assert keys_of(take.id) == before
    assert marker(take, POP).frame == START + round(said[POP].start * 25)
    assert np.array_equal(sound(take), heard)
    bpy.ops.ed.redo()
    for _ in range(3):
        word_watch.look()
    assert keys_of(take.id) == moved
    assert words(take)[POP].start == pytest.approx(said[POP].start + 0.12, abs=0.021)


def test_a_drag_too_far_is_put_back_with_a_sentence(take: takes.Take):
    from alphsistant_addon.blender.common.status import current

    show(take)
    word_watch.look()
    before = keys_of(take.id)
    there = marker(take, POP).frame
    marker(take, POP).frame = 1
    word_watch.look()
    word_watch.look()
    assert marker(take, POP).frame == there
    assert keys_of(take.id) == before
    assert "drag their markers apart" in current.error


def test_nothing_is_watched_without_words(take: takes.Take):
    show(take)
    assert bpy.app.timers.is_registered(word_watch.look)
    take_moving.move(take.id, START + 5)
    word_watch.look()
    word_watch.look()
    assert hand_edits.count_edited(take.id) == 0, "a take that moves is no drag"
    show(take)
    assert word_watch.look() is None
    assert len(word_list.of_take(take.id).items) == 0


def test_the_sound_stays_if_the_list_says_so(take: takes.Take):
    show(take)
    word_list.of_take(take.id).sound = False
    heard, path = sound(take), record.find(take.id).sound
    word_edits.set_start(take.id, POP, words(take)[POP].start + 0.1)
    assert record.find(take.id).sound == path
    assert np.array_equal(sound(take), heard)


def test_a_recording_keeps_its_sound_but_for_muted_words(recording: takes.Take, tmp_path: Path):
    heard = (tmp_path / "mine.wav").read_bytes()
    said = words(recording)
    word_edits.set_start(recording.id, POP, said[POP].start + 0.1)
    assert word_job.start(recording.id, POP, phones="m ˈu"), "no voice is needed"
    assert Path(bpy.path.abspath(record.find(recording.id).sound)) == tmp_path / "mine.wav"
    with pytest.raises(AlphsistantError, match="stays as it is"):
        word_edits.set_pause(recording.id, POP, 1.0)
    word_edits.mute(recording.id, POP, True)
    word = words(recording)[POP]
    assert not at(sound(recording), word.start + 0.001, word.end - 0.001).any()
    assert (tmp_path / "mine.wav").read_bytes() == heard, "the user's own file is not touched"
    word_edits.mute(recording.id, POP, False)
    assert Path(bpy.path.abspath(record.find(recording.id).sound)) == tmp_path / "mine.wav"


def test_a_muted_word_stays_muted_when_it_is_dragged(take: takes.Take):
    word_edits.mute(take.id, POP, True)
    word_edits.set_start(take.id, POP, words(take)[POP].start + 0.1)
    word = words(take)[POP]
    assert not at(sound(take), word.start + 0.002, word.end - 0.002).any()
    word_edits.mute(take.id, POP, False)
    assert at(sound(take), word.start + 0.002, word.end - 0.002).any()
    assert [p.symbol for p in phones(take) if word.start - 1e-3 < p.start < word.end - 1e-3] == ["p", "oʊ", "p"]


@pytest.mark.parametrize("edit", ["mute", "set_pause", "move"])
def test_a_failure_leaves_everything_as_it_was(take: takes.Take, edit: str, monkeypatch: pytest.MonkeyPatch):
    from alphsistant_addon.blender.words import word_change

    show(take)

    def fail(*_arguments: Any) -> None:
        raise AlphsistantError("no")

    before = whole_file()
    monkeypatch.setattr(word_change, "_settle", fail)
    arguments = {
        "mute": (POP, True),
        "set_pause": (VAN, 1.0),
        "move": ({(POP + 1, False): words(take)[POP].start + 0.04},),
    }[edit]
    with pytest.raises(AlphsistantError, match=r"^no$"):
        getattr(word_edits, edit)(take.id, *arguments)
    assert differences(before, whole_file()) == []


def test_a_retyped_word_is_spoken_within_its_sentence_and_put_into_the_sound(
    take: takes.Take, models: Any, finish: Callable[[], Any]
):
    show(take)
    bpy.ops.ed.undo_push(message="words shown")
    before, said, heard, blinks = keys_of(take.id), words(take), sound(take), keys_of(take.id)[key("eyeBlinkLeft")]
    spoken = len(models.voice.spoken)
    word_list.of_take(take.id).items[POP].text = "swim and"
    assert finish().error == ""
    assert models.voice.spoken[spoken:] == ["Bob may swim and a little van."]
    now = words(take)
    assert [w.text for w in now] == ["Bob", "may", "swim", "and", *[w.text for w in said[POP + 1 :]]]
    assert record.find(take.id).text == "Bob may swim and a little van. Look at who laughed."
    assert takes.script_of(record.find(take.id)) == record.find(take.id).text
    longer = now[-1].end - said[-1].end
    assert longer == pytest.approx(4 * 0.09, abs=0.02), "seven letters where there were three"
    assert len(sound(take)) - len(heard) == pytest.approx(longer * 22050, abs=300)
    head = round((said[1].start - 0.02) * 22050)
    assert np.array_equal(sound(take)[:head], heard[:head])
    tail = len(heard) - round((said[LOOK].start - 0.05) * 22050)
    assert np.array_equal(sound(take)[-tail:], heard[-tail:]), "the other sentence is the same sound"
    assert np.abs(np.diff(at(sound(take), 0.02, now[VAN + 1].end), 2)).max() < 0.003, "no click"
    found = phones(take)
    assert all(a.end == pytest.approx(b.start) for a, b in itertools.pairwise(found))
    assert [p.symbol for p in found if now[2].start - 1e-3 < p.start < now[3].end - 1e-3] == list("swimɑnd")
    assert len(word_list.of_take(take.id).items) == len(now)
    assert marker(take, 3).name == "1.4 and"
    assert sum(m.name.startswith("1.") for m in bpy.context.scene.timeline_markers) == len(now) + 2
    early = START + (said[1].start - 0.4) * 25
    for name in ("viseme_PP", "viseme_aa"):
        assert [k for k in before[key(name)] if k[0] < early] == [
            k for k in keys_of(take.id)[key(name)] if k[0] < early
        ]
    w = next(p for p in found if p.symbol == "w")
    assert value(take, "viseme_U", (w.start + w.end) / 2) > 0.35
    assert hand_edits.count_edited(take.id) == 0
    bpy.ops.ed.undo()
    assert words(take) == said
    assert keys_of(take.id) == before
    assert np.array_equal(sound(take), heard)
    assert keys_of(take.id)[key("eyeBlinkLeft")] == blinks


def test_other_phones_and_stress_are_spoken(take: takes.Take, models: Any, finish: Callable[[], Any]):
    show(take)
    word_list.of_take(take.id).items[POP].phones = "f ˈu t"
    assert finish().error == ""
    assert models.voice.sounds == {"pop": "fˈut"}
    assert bpy.ops.alphsistant.mark_stress(take=take.id, word=POP, level="SECOND") == {"FINISHED"}
    assert finish().error == ""
    assert models.voice.sounds == {"pop": "pˌoʊp"}


def test_a_word_of_a_recording_is_read_anew_and_the_sound_stays(
    recording: takes.Take, models: Any, finish: Callable[[], Any]
):
    heard, spoken = sound(recording), len(models.voice.spoken)
    word = words(recording)[POP]
    assert bpy.ops.alphsistant.retype_word(take=recording.id, word=POP, text="move") == {"FINISHED"}
    assert finish().error == ""
    assert len(models.voice.spoken) == spoken
    assert np.array_equal(sound(recording), heard)
    assert words(recording)[POP].text == "move"
    assert (words(recording)[POP].start, words(recording)[POP].end) == (word.start, word.end)
    own = [p.symbol for p in phones(recording) if word.start - 1e-4 < p.start < word.end - 1e-4]
    assert own == ["m", "u", "v"]
    assert value(recording, "viseme_FF", word.end - 0.03) > 0.7


def test_another_muted_word_stays_muted_when_one_is_retyped(take: takes.Take, finish: Callable[[], Any]):
    word_edits.mute(take.id, VAN, True)
    assert bpy.ops.alphsistant.retype_word(take=take.id, word=POP, text="go") == {"FINISHED"}
    assert finish().error == ""
    van = words(take)[VAN]
    assert van.text == "van."
    assert not at(sound(take), van.start + 0.002, van.end - 0.002).any()
    word_edits.mute(take.id, VAN, False)
    assert at(sound(take), van.start + 0.002, van.end - 0.002).any()
    assert "v" in [p.symbol for p in phones(take)]


def test_a_take_that_has_changed_meanwhile_is_left_alone(take: takes.Take, finish: Callable[[], Any]):
    assert bpy.ops.alphsistant.retype_word(take=take.id, word=POP, text="go") == {"FINISHED"}
    word_edits.set_start(take.id, POP, words(take)[POP].start + 0.05)
    before = keys_of(take.id)
    assert "changed meanwhile" in finish().error
    assert keys_of(take.id) == before


def test_words_and_what_is_muted_are_there_when_the_file_is_opened_again(take: takes.Take, tmp_path: Path):
    heard = sound(take)
    show(take)
    word_edits.mute(take.id, POP, True)
    (tmp_path / "film").mkdir()
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "film" / "film.blend"))
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    assert not bpy.app.timers.is_registered(word_watch.look)
    for left in (tmp_path / "user" / "takes").glob("*.wav"):
        left.unlink()  # that folder goes with the extension
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "film" / "film.blend"))
    assert bpy.app.timers.is_registered(word_watch.look)
    assert len(word_list.of_take(take.id).items) == len(words(take))
    word_edits.mute(take.id, POP, False)
    assert np.array_equal(sound(take), heard)


def test_the_panel_lists_the_words_and_names_what_can_be_done(take: takes.Take):
    layout = MagicMock()
    bpy.context.scene.alphsistant.take = take.id
    word_panel.WordsPanel.draw(SimpleNamespace(layout=layout), bpy.context)
    layout.template_list.assert_not_called()
    show(take)
    word_list.of_take(take.id).index = POP
    word_panel.WordsPanel.draw(SimpleNamespace(layout=layout), bpy.context)
    layout.template_list.assert_called_once()
    known = set(bpy.types.UILayout.bl_rna.functions["label"].parameters["icon"].enum_items.keys())
    words_ = word_list.of_take(take.id)
    row = MagicMock()
    word_panel.WordList.draw_item(None, bpy.context, row, words_, words_.items[POP], 0, words_, "index")
    calls = [*layout.mock_calls, *row.mock_calls]
    assert {call.kwargs["icon"] for call in calls if "icon" in call.kwargs} <= known
    assert layout.column().prop.call_count == 4
    buttons = layout.row().operator
    assert [call.args[0] for call in buttons.call_args_list] == ["alphsistant.mute_word", "alphsistant.set_pause"]
    assert (buttons().take, buttons().word) == (take.id, POP)
    itself = SimpleNamespace(filter_name="lit", bitflag_filter_item=1)
    flags, _ = word_panel.WordList.filter_items(itself, bpy.context, words_, "items")
    assert [item.text for item, flag in zip(words_.items, flags, strict=True) if flag] == ["little"]
