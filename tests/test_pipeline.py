"""From a prompt to one joined reply, with fakes for the models."""

from __future__ import annotations

import re
import threading
from typing import Any

import numpy as np
import pytest

from alphsistant_addon import lip_sync, text_generation, text_to_speech
from alphsistant_addon.core import progress
from alphsistant_addon.core.errors import Cancelled, DependencyError, TextError
from alphsistant_addon.core.face_animation import Curve, FaceAnimation
from alphsistant_addon.core.phone_inventory import SILENCE
from alphsistant_addon.core.speech import Phone, Speech
from alphsistant_addon.lip_sync.curves import sample_curve
from alphsistant_addon.pipeline import SpeakRequest, perform, reply_stream
from alphsistant_addon.pipeline.models import ShippedModels
from alphsistant_addon.pipeline.reply import LookedUp, Part, Reply, Sentence, join_animation, join_speech
from alphsistant_addon.text_generation import KnownAnswer
from alphsistant_addon.text_generation.chat_server import Server
from alphsistant_addon.text_generation.known_answers import NEAREST, WORKED_OUT, WRITTEN
from alphsistant_addon.text_generation.notes import Note
from alphsistant_addon.text_to_speech.controls import Controls

RATE = 1000


def part(seconds: float, start: float, **channels: tuple[list[float], list[float]]) -> Part:
    speech = Speech(
        np.full(round(seconds * RATE), 0.5, dtype=np.float32),
        RATE,
        (Phone(SILENCE, 0.0, 0.1), Phone("ɑ", 0.1, seconds - 0.1), Phone(SILENCE, seconds - 0.1, seconds)),
        (),
        "Ah.",
    )
    curves = {name: Curve(np.array(times), np.array(weights)) for name, (times, weights) in channels.items()}
    return Part(speech, FaceAnimation(curves, seconds), start)


def last(events: Any) -> Reply:
    reply = list(events)[-1]
    assert isinstance(reply, Reply)
    return reply


def test_sentences_come_in_order_and_end_in_one_reply(models: Any):
    events = list(reply_stream.run("Hello", models, seed=3))
    spoken = [event.text for event in events if isinstance(event, Sentence)]
    assert spoken == models.language_model.sentences
    assert models.language_model.asked == [("Hello", 3)]
    reply = last(events)
    assert reply.prompt == "Hello"
    assert reply.speech.text == " ".join(spoken)
    first_part = next(index for index, event in enumerate(events) if isinstance(event, Part))
    second_sentence = [index for index, event in enumerate(events) if isinstance(event, Sentence)][1]
    assert first_part < second_sentence, "the first sentence can be heard before the second is written"


def test_progress_never_goes_back(models: Any):
    fractions = [event.fraction for event in reply_stream.run("Hello", models) if isinstance(event, progress.Step)]
    assert fractions == sorted(fractions)
    assert fractions[0] >= 0
    assert fractions[-1] <= 1


def test_a_text_is_spoken_without_the_language_model(models: Any):
    reply = last(reply_stream.run("", models, text="Bob. Mum."))
    assert models.language_model.asked == []
    assert reply.prompt == ""
    assert len(reply.parts) == 2


def test_same_seed_same_reply_and_another_seed_another(models: Any):
    one, same, other = (last(reply_stream.run("Hello", models, seed=seed)) for seed in (5, 5, 6))
    assert np.array_equal(one.speech.samples, same.speech.samples)
    assert one.speech.phones == same.speech.phones
    assert all(
        np.array_equal(curve.times, same.animation.channels[name].times)
        for name, curve in one.animation.channels.items()
    )
    assert not np.array_equal(one.speech.samples, other.speech.samples)


def test_joined_phones_have_no_gap_and_match_the_sound(models: Any):
    speech = last(reply_stream.run("Hello", models)).speech
    assert speech.phones[0].start == 0
    assert speech.phones[-1].end == pytest.approx(speech.duration, abs=2 / speech.sample_rate)
    for phone, following in zip(speech.phones, speech.phones[1:], strict=False):
        assert phone.end == following.start
        assert (phone.symbol, following.symbol) != (SILENCE, SILENCE)


def test_parts_are_where_they_say_they_are():
    joined = join_speech([part(1.0, 0.0), part(0.5, 1.2)])
    assert joined.duration == pytest.approx(1.7)
    assert not joined.samples[1001:1199].any(), "silence between the sentences"
    assert joined.samples[1201:].all()
    assert [phone.symbol for phone in joined.phones] == [SILENCE, "ɑ", SILENCE, "ɑ", SILENCE]
    assert joined.phones[3].start == pytest.approx(1.3)


def test_curves_that_reach_into_the_next_sentence_stay_in_order():
    first = part(1.0, 0.0, jaw=([0.0, 0.9, 1.3], [0.0, 1.0, 0.0]))
    second = part(1.0, 1.2, jaw=([-0.05, 0.4], [0.0, 0.7]), brow=([0.1], [1.0]))
    animation = join_animation([first, second])
    assert animation.channels["jaw"].times.tolist() == pytest.approx([0.0, 0.9, 1.15, 1.6])
    assert animation.channels["jaw"].weights.tolist() == [0.0, 1.0, 0.0, 0.7]
    assert animation.channels["brow"].times.tolist() == pytest.approx([1.3])
    assert animation.duration == pytest.approx(2.2)


@pytest.mark.parametrize("nothing", ["", "   \n\t"])
def test_nothing_to_say_is_met_with_a_sentence(models: Any, nothing: str):
    with pytest.raises(TextError, match="type a prompt"):
        list(reply_stream.run(nothing, models))


def test_a_text_of_signs_alone_is_an_error(models: Any):
    with pytest.raises(TextError):
        list(reply_stream.run("", models, text="🙂🙂🙂"))


def test_one_unreadable_sentence_does_not_spoil_the_reply(models: Any):
    models.language_model.sentences = ["🙂", "Bob."]
    assert last(reply_stream.run("Hi", models)).speech.text == "Bob."


def test_an_empty_reply_is_an_error(models: Any):
    models.language_model.sentences = []
    with pytest.raises(TextError, match="another seed"):
        list(reply_stream.run("Hi", models))


@pytest.mark.parametrize("stage", range(7))
def test_cancel_takes_effect_at_every_stage(models: Any, stage: int):
    cancel = threading.Event()
    events = reply_stream.run("Hello", models, cancel=cancel)
    for _ in range(stage):
        next(events)
    cancel.set()
    with pytest.raises(Cancelled):
        list(events)


def test_models_are_loaded_once(monkeypatch: pytest.MonkeyPatch, models: Any):
    loads: list[object] = []

    class Voice:
        @staticmethod
        def load(folder: object) -> object:
            loads.append(folder)
            return models.voice

    monkeypatch.setitem(vars(text_to_speech), "Voice", Voice)
    shipped = ShippedModels(voice="x")
    assert shipped.speaker() is shipped.speaker()
    assert loads == ["x"]


def test_the_language_model_is_loaded_once_too(monkeypatch: pytest.MonkeyPatch, models: Any):
    loads: list[object] = []

    class LanguageModel:
        @staticmethod
        def load(name: object, **_options: object) -> object:
            loads.append(name)
            return models.language_model

    monkeypatch.setitem(vars(text_generation), "LanguageModel", LanguageModel)
    shipped = ShippedModels("gpt2")
    assert shipped.writer(None) is shipped.writer(None)
    assert loads == ["gpt2"]


def test_a_missing_package_is_named_with_what_to_do(monkeypatch: pytest.MonkeyPatch):
    class Voice:
        @staticmethod
        def load(_folder: object) -> object:
            raise ModuleNotFoundError("No module named 'torch._C'", name="torch._C")

    monkeypatch.setitem(vars(text_to_speech), "Voice", Voice)
    with pytest.raises(DependencyError, match=r"“torch” is missing.*Install torch"):
        ShippedModels().speaker()


def test_a_tag_sets_the_mood_of_what_follows_and_is_not_spoken(models: Any) -> None:
    reply = list(reply_stream.run("", models, text="Hello. [Happy] Good news. My day. [sad]Bad."))[-1]
    assert [(part.speech.text, part.moods.first) for part in reply.parts] == [
        ("Hello.", "neutral"),
        ("Good news.", "happy"),
        ("My day.", "happy"),
        ("Bad.", "sad"),
    ]
    smile = reply.animation.channels["mouthSmileLeft"]
    before, during, after = sample_curve(smile, [reply.parts[1].start, reply.parts[2].start, reply.speech.duration])
    assert before == pytest.approx(0.0, abs=0.01)
    assert during > 0.2
    assert after == pytest.approx(0.0, abs=0.01)
    assert reply.script == "Hello. [happy] Good news. My day. [sad] Bad."
    again = list(reply_stream.run("", models, text=reply.script))[-1]
    assert again.animation.key_count == reply.animation.key_count


@pytest.mark.parametrize(
    "text", ["Hello [happy] my friend.", "Hello [happy], my [happy]friend.", "Hello[happy] my friend.[sad]"]
)
def test_a_tag_within_a_sentence_changes_the_mood_at_the_word_and_nothing_of_the_sound(models: Any, text: str) -> None:
    plain = last(reply_stream.run("", models, text=text.replace("[happy]", "").replace("[sad]", "").replace("  ", " ")))
    reply = last(reply_stream.run("", models, text=text))
    (part,) = reply.parts
    np.testing.assert_array_equal(part.speech.samples, plain.speech.samples)
    assert part.speech.phones == plain.speech.phones
    word = part.speech.words[1]
    smile = part.animation.channels["mouthSmileLeft"]
    before, begins, smiling = sample_curve(smile, [word.start - 0.05, word.start, word.start + 0.4])
    assert (before, begins) == (0.0, pytest.approx(0.0, abs=1e-6))
    assert smiling > 0.2
    again = last(reply_stream.run("", models, text=reply.script))
    assert again.script == reply.script
    assert again.animation.key_count == reply.animation.key_count


@pytest.mark.parametrize(
    ("text", "wanted", "places"),
    [
        ("  No tags \n at all. ", "No tags \n at all.", ()),
        ("A title\n\n [happy]  Then text", "A title\n\nThen text", ("Then",)),
        ("One   [sad]   two", "One two", ("two",)),
        ("One\n[sad] [happy]\ntwo [angry]\n", "One\n\ntwo", ("two", "two", "")),
        ("[sad]One [happy]! Two(x [angry]) three", "One! Two(x) three", ("One", "Two", "three")),
    ],
)
def test_a_text_without_its_tags(text: str, wanted: str, places: tuple[str, ...]) -> None:
    script = lip_sync.read_moods(text)
    assert script.text == wanted
    nexts = [re.search(r"\w+|$", wanted[place:]) for place, _ in script.moods]
    assert tuple(found[0] for found in nexts if found) == places


def test_moods_within_and_between_sentences_of_one_text(models: Any) -> None:
    text = "[sad] Bad [angry] news.\n[happy]Good! My day [neutral]was long [surprised]. End."
    reply = last(reply_stream.run("", models, text=text))
    found = [(p.speech.text, p.moods.first, p.moods.changes) for p in reply.parts]
    assert found == [
        ("Bad news.", "sad", ((1, "angry"),)),
        ("Good!", "happy", ()),
        ("My day was long.", "happy", ((2, "neutral"),)),
        ("End.", "surprised", ()),
    ]
    assert reply.script == "[sad] Bad [angry] news. [happy] Good! My day [neutral] was long. [surprised] End."


def test_a_tag_in_the_prompt_is_the_mood_of_the_answer(models: Any) -> None:
    reply = list(reply_stream.run("[angry] Who are you?", models))[-1]
    assert models.language_model.asked == [("Who are you?", 0)]
    assert {part.moods.first for part in reply.parts} == {"angry"}
    assert "browDownLeft" in reply.animation.channels


def test_a_tag_in_a_reply_holds_for_the_sentences_after_it(models: Any) -> None:
    models.language_model.sentences = ["My day.", "[happy] Good news.", "More news.", "[sad]", "Bad news."]
    reply = last(reply_stream.run("Hi", models))
    assert [part.moods.first for part in reply.parts] == ["neutral", "happy", "happy", "sad"]


def test_a_mood_that_changes_within_a_sentence_is_the_one_the_next_sentence_starts_from(models: Any) -> None:
    reply = last(reply_stream.run("", models, text="My [happy] day. Good news."))
    assert [part.moods.last for part in reply.parts] == ["happy", "happy"]
    smile = reply.parts[1].animation.channels["mouthSmileLeft"]
    assert sample_curve(smile, [0.0, 0.2]) == pytest.approx([smile.weights.max()] * 2), "it smiles already"
    assert reply.script == "My [happy] day. Good news."


def test_equal_sentences_move_the_head_and_blink_each_in_its_own_way(models: Any) -> None:
    sentence = "mama" * 20 + "."
    one, two = last(reply_stream.run("", models, text=f"{sentence} {sentence}", seed=3)).parts
    assert one.speech.phones == two.speech.phones
    for channel in ("headYawLeft", "eyeBlinkLeft"):
        first, second = (part.animation.channels[channel].times for part in (one, two))
        assert not np.array_equal(first, second), channel
    np.testing.assert_array_equal(one.animation.channels["viseme_PP"].times, two.animation.channels["viseme_PP"].times)


def test_brackets_that_are_no_mood_are_spoken_and_reported(models: Any) -> None:
    reply = list(reply_stream.run("", models, text="[hapy] Good [1] day [see above]."))[-1]
    assert reply.speech.text == "[hapy] Good [1] day [see above]."
    assert [note for note in reply.speech.warnings if "[hapy]" in note and "happy" in note]
    assert len(reply.speech.warnings) == 1


@pytest.mark.parametrize("text", ["[happy]", " [sad] [neutral] "])
def test_tags_alone_are_nothing_to_say(models: Any, text: str) -> None:
    with pytest.raises(TextError, match="nothing to say"):
        list(reply_stream.run("", models, text=text))


def test_style_and_life_reach_the_curves(models: Any) -> None:
    def opening(style: str, **life: float) -> tuple[float, set[str]]:
        delivery = lip_sync.Delivery(lip_sync.STYLES[style], lip_sync.Life(**life))
        reply = list(reply_stream.run("", models, text="Bad news.", delivery=delivery))[-1]
        return reply.animation.channels["viseme_aa"].weights.max(), set(reply.animation.channels)

    assert opening("mumble")[0] < opening("neutral")[0] < opening("shout")[0]
    still = opening("neutral", blinks=0.0, gaze=0.0, brows=0.0, head=0.0)[1]
    assert {name for name in still if not name.startswith("viseme_")} == set()


def test_the_controls_reach_the_voice_and_the_pauses_between_sentences(models: Any):
    slow = Controls(rate=0.5, pauses=2.0)
    own = last(reply_stream.run("", models, text="Mama. Papa."))
    reply = last(reply_stream.run("", models, text="Mama. Papa.", controls=slow))
    assert models.voice.controls == slow
    gaps = [r.parts[1].start - r.parts[0].speech.duration for r in (own, reply)]
    assert gaps == pytest.approx([reply_stream.PAUSE_SECONDS, 4 * reply_stream.PAUSE_SECONDS])


@pytest.mark.parametrize(
    ("text", "mood", "heard"),
    [("Mama.", "sad", "sad"), ("[happy] Mama.", "sad", "happy"), ("Mama [happy] papa.", "sad", "sad")],
)
def test_the_mood_a_sentence_begins_in_is_heard_where_that_is_asked_for(models: Any, text: str, mood: str, heard: str):
    delivery = lip_sync.Delivery(life=lip_sync.Life(mood=mood))
    last(reply_stream.run("", models, text=text, delivery=delivery, controls=Controls(feeling=1)))
    assert models.voice.controls == Controls(feeling=1).in_mood(heard)
    assert models.voice.controls != Controls(feeling=1)


def test_a_known_question_is_answered_without_the_language_model(models):
    models.known = {"Hi": KnownAnswer("My hi.", "Hi there", fixed=False), "Help": KnownAnswer("Mum.", "", fixed=True)}
    events = list(reply_stream.run("Hi", models, look_up=True))
    assert next(event for event in events if isinstance(event, LookedUp)) == LookedUp("Hi there", fixed=False)
    assert events[-1].speech.text == "My hi."
    assert events[-1].prompt == "Hi"
    assert models.language_model.asked == []


def test_without_looking_up_only_danger_is_answered_so(models):
    models.known = {"Hi": KnownAnswer("My hi.", "Hi there", fixed=False), "Help": KnownAnswer("Mum.", "", fixed=True)}
    assert last(reply_stream.run("Hi", models)).speech.text != "My hi."
    assert models.language_model.asked == [("Hi", 0)]
    assert last(reply_stream.run("[sad] Help", models)).speech.text == "Mum."
    assert last(reply_stream.run("", models, text="Help")).speech.text == "Help"


def test_another_language_model_is_not_talked_over():
    assert ShippedModels("openai-community/gpt2").known_answer("Why is the sky blue?", 0) is None
    assert ShippedModels().known_answer("Why is the sky blue?", 0) is not None


def test_what_was_said_and_who_answers_reach_the_writer(models: Any):
    persona = text_generation.Persona("Mara")
    models.known = {"Hi": KnownAnswer("My hi.", "Hi there", fixed=False), "Help": KnownAnswer("Mum.", "", fixed=True)}
    request = SpeakRequest("Hi", history=(("a", "b"),), persona=persona, look_up=True)
    assert last(perform(request, models)).speech.text != "My hi.", "what is known is Alphsistant's answer, not Mara's"
    assert (models.language_model.histories, models.language_model.personas) == ([(("a", "b"),)], [persona])
    assert models.looked_up_after == [(("a", "b"),)], "what was said is looked into"
    assert last(perform(SpeakRequest("Help", persona=persona), models)).speech.text == "Mum."


@pytest.mark.parametrize(
    ("text", "clauses"),
    [
        ("I am Alphsistant, a talking face.", ("I am Alphsistant,", "a talking face.")),
        ("Well, I do not know.", ("Well, I do not know.",)),
        ("I have seen it, yes.", ("I have seen it, yes.",)),
        ("There are 1,000 frames in all of it.", ("There are 1,000 frames in all of it.",)),
        ("Good morning. I am here, and so are you.", ("Good morning. I am here, and so are you.",)),
        ("He said this: go home right now.", ("He said this:", "go home right now.")),
    ],
)
def test_the_first_clause_that_is_heard_by_itself(text: str, clauses: tuple[str, ...]):
    assert reply_stream.first_clause(text) == clauses


def test_live_the_first_clause_is_a_part_and_the_sentence_goes_on_without_a_pause(models: Any):
    text = "I am a talking face, and I live in Blender. So do you."
    plain = [event for event in reply_stream.run("", models, text=text) if isinstance(event, Part)]
    live = [event for event in reply_stream.run("", models, text=text, is_live=True) if isinstance(event, Part)]
    assert [part.speech.text for part in live] == ["I am a talking face,", "and I live in Blender.", "So do you."]
    assert [part.speech.text for part in plain] == ["I am a talking face, and I live in Blender.", "So do you."]
    assert live[1].start == live[0].end
    assert live[2].start > live[1].end


def test_an_example_of_the_persona_is_answered_as_written(models: Any):
    """Signs and large letters do not matter, other words do; the user's own notes go first."""
    examples = (("Who are you?", "I am Mara."), ("How old are you?", "Thirty."), ("Who are you?", "Mara, as ever."))
    persona = text_generation.Persona("Mara", examples=examples)
    answers = {
        last(perform(SpeakRequest("who are you", persona=persona, seed=seed), models)).speech.text for seed in range(8)
    }
    assert answers == {"I am Mara.", "Mara, as ever."}
    events = list(perform(SpeakRequest("How old are you?!", persona=persona), models))
    assert [event.sentence for event in events if isinstance(event, LookedUp)] == [
        "An example of the persona: “How old are you?”"
    ]
    assert models.language_model.asked == []
    last(perform(SpeakRequest("How are you?", persona=persona), models))
    assert [prompt for prompt, _ in models.language_model.asked] == ["How are you?"]
    notes = (Note(("old",), "Nobody knows."),)
    assert (
        last(perform(SpeakRequest("How old are you?", persona=persona, notes=notes), models)).speech.text
        == "Nobody knows."
    )


def test_notes_and_facts_are_said_to_be_looked_up(models: Any):
    models.known = {
        "Are you old?": KnownAnswer("No.", "are you old", source=WRITTEN),
        "Is tea old?": KnownAnswer("Very.", "is tea old", source=WRITTEN),
        "Is tea old, dear?": KnownAnswer("Very.", "is tea old", source=NEAREST),
        "Is ale old?": KnownAnswer("I drink none.", "is ale old", source=NEAREST),
        "2 + 2?": KnownAnswer("Four.", "2 + 2", source=WORKED_OUT),
        "Help, the tower": KnownAnswer("Mum.", "", fixed=True),
    }
    notes = (Note(("tower",), "Bob built it."),)
    told = {}
    for prompt in ("How old is the tower?", "2 + 2?", *models.known):
        for persona in (None, text_generation.Persona("Mara")):
            events = list(perform(SpeakRequest(prompt, notes=notes, look_up=True, persona=persona), models))
            found = next((event.sentence for event in events if isinstance(event, LookedUp)), "")
            told[prompt, persona is None] = (found.partition(":")[0], events[-1].speech.text)
    assert told["How old is the tower?", True] == ("Looked up in your notes", "Bob built it.")
    assert told["How old is the tower?", False] == told["How old is the tower?", True]
    assert told["2 + 2?", True] == ("Worked out, not written by the language model", "Four.")
    assert told["2 + 2?", False] == told["2 + 2?", True], "a sum is the same for everybody"
    assert told["Are you old?", True] == ("Looked up, not written by the language model", "No.")
    assert told["Are you old?", False][0] == "", "what was written for Alphsistant is not Mara's"
    assert told["Is tea old?", True] == ("Looked up, not written by the language model", "Very.")
    assert told["Is tea old?", False] == told["Is tea old?", True], "this is the same for everybody"
    nearest = "Looked up"
    assert told["Is tea old, dear?", True] == (nearest, "Very.")
    assert told["Is tea old, dear?", False] == (nearest, "Very.")
    assert told["Is ale old?", True] == (nearest, "I drink none.")
    assert told["Is ale old?", False][0] == "", "Mara may drink"
    assert told["Help, the tower", True] == ("This answer is fixed", "Mum.")
    assert told["Help, the tower", False] == told["Help, the tower", True]


def test_words_of_danger_get_the_fixed_answer_from_every_model():
    for own in (ShippedModels("openai-community/gpt2"), ShippedModels(server=Server())):
        found = own.known_answer("I want to kill myself", 0)
        assert found is not None
        assert found.fixed
        assert own.known_answer("What is 2 plus 2?", 0) is None
        assert own.known_answer("How can I make a bomb?", 0) is None


def test_voices_are_loaded_once_and_share_the_language_model(monkeypatch: pytest.MonkeyPatch, models: Any):
    loads: list[object] = []

    class Voice:
        @staticmethod
        def load(name: object) -> object:
            loads.append(name)
            return object()

    class LanguageModel:
        @staticmethod
        def load(name: object, **_options: object) -> object:
            loads.append(name)
            return models.language_model

    monkeypatch.setitem(vars(text_to_speech), "Voice", Voice)
    monkeypatch.setitem(vars(text_generation), "LanguageModel", LanguageModel)
    first = ShippedModels("gpt2")
    other = first.with_voice("michael")
    assert other.writer(None) is first.writer(None)
    spoken = [first.speaker(), other.speaker(), other.with_voice(None).speaker(), first.with_voice("michael").speaker()]
    assert spoken[0] is spoken[2]
    assert spoken[1] is spoken[3]
    assert spoken[0] is not spoken[1]
    assert loads == ["gpt2", None, "michael"]
