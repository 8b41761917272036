"""The conversation: who speaks when, what counts as heard, what a voice may break into. Time is turned by the test."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from fake_sound import Talk

from alphsistant_addon.audio_process.player import SOFTLY
from alphsistant_addon.audio_process.protocol import (
    RATE,
    Duck,
    Failed,
    Listen,
    Microphone,
    Play,
    Record,
    Stopped,
    VoiceEnded,
)
from alphsistant_addon.pipeline.reply import Part
from alphsistant_addon.pipeline.requests import SpeakRequest
from alphsistant_addon.talk.conversation import KEY_FORGOTTEN, LONGEST_HELD, Conversation
from alphsistant_addon.talk.happenings import StateChanged, Told
from alphsistant_addon.talk.replies import NO_SOUND
from alphsistant_addon.talk.turns import CUT
from alphsistant_addon.talk.voice_turns import KEPT_SECONDS, NO_WORDS
from alphsistant_addon.text_generation.persona import Persona

REPLY = "My name is Alphsistant. I am a bump map of moving lips."


@pytest.fixture
def talk(models: Any) -> Iterator[Talk]:
    talk = Talk(models)
    yield talk
    talk.jobs.hold.set()
    talk.conversation.close()
    assert not talk.audio.is_started
    assert no_job_is_left()


def no_job_is_left() -> bool:
    """Wait a little for threads that were told to end."""
    end = time.monotonic() + 10.0
    while left := [one for one in threading.enumerate() if one.name == "Alphsistant talk"]:
        if time.monotonic() > end:
            return False
        left[0].join(0.1)
    return True


def face(talk: Talk) -> Any:
    return [turn for turn in talk.conversation.log if turn.who == "face"][-1]


def parts_sent(talk: Talk) -> list[Play]:
    return [command for command in talk.audio.commands if isinstance(command, Play)]


def test_a_typed_line_is_answered_and_heard(talk: Talk):
    asked = talk.conversation.say("Who are you?")
    assert asked.text == "Who are you?"
    talk.tick()
    assert talk.conversation.state == "thinking"
    talk.made()
    talk.hear(0.2)
    assert talk.conversation.state == "speaking"
    assert face(talk).state == "speaking"
    talk.to_the_end()
    assert face(talk).state == "done"
    assert face(talk).heard == REPLY
    assert face(talk).answer_to == asked.number
    assert talk.conversation.history() == [("Who are you?", REPLY)]
    assert [news.state for news in talk.news if isinstance(news, StateChanged)] == ["thinking", "speaking", "listening"]
    assert np.abs(talk.audio.heard).max() > 0.2


def test_the_parts_follow_each_other_as_in_a_take(talk: Talk):
    talk.conversation.say("Who are you?")
    talk.made()
    first, second = face(talk).parts
    _, sent = parts_sent(talk)
    assert sent.pause == pytest.approx(second.start - first.end)
    talk.to_the_end()
    starts = face(talk).starts
    assert starts[1] - starts[0] == pytest.approx(second.start, abs=1e-3)


def test_what_was_said_before_the_conversation_goes_to_the_model_first(models: Any):
    talk = Talk(models, template=SpeakRequest("", history=(("Hello.", "Hi."),)))
    talk.conversation.say("Who are you?")
    talk.to_the_end()
    talk.conversation.say("And who am I?")
    talk.until(lambda: len(talk.jobs.requests) == 2)
    assert [request.history for request in talk.jobs.requests] == [
        (("Hello.", "Hi."),),
        (("Hello.", "Hi."), ("Who are you?", REPLY)),
    ]
    talk.conversation.close()


def test_the_history_goes_to_the_model(talk: Talk):
    talk.conversation.say("Who are you?")
    talk.to_the_end()
    talk.conversation.say("And who am I?")
    talk.tick()
    talk.until(lambda: len(talk.jobs.requests) == 2)
    assert talk.jobs.requests[1].history == (("Who are you?", REPLY),)
    assert talk.jobs.requests[1].prompt == "And who am I?"


@pytest.mark.parametrize(
    "moment", [0.0, 0.05, 0.2, 0.5, 0.77, 1.0, 1.6, 2.2, 3.0, 4.1, *np.random.default_rng(0).uniform(0, 4.2, 30)]
)
def test_the_history_holds_exactly_the_words_that_were_heard(talk: Talk, moment: float):
    talk.conversation.say("Who are you?")
    talk.made()
    talk.hear(moment)
    position = talk.audio.player.position
    talk.conversation.interrupt()
    talk.tick()
    turn = face(talk)
    heard = []
    for part, start in [(turn.parts[index], start) for index, start in turn.starts.items()]:
        heard += [word.text for word in part.speech.words if start + word.end <= position / RATE]
    assert turn.state == "interrupted"
    assert turn.heard == (f"{' '.join(heard)} {CUT}" if heard else "")
    talk.hear(1.0)
    fade = round(0.008 * RATE)
    assert not talk.audio.heard[position + fade :].any()
    assert talk.conversation.state == "listening"
    assert talk.conversation.history() == ([("Who are you?", turn.heard)] if heard else [])


def test_a_reply_that_was_heard_to_its_end_is_not_interrupted(talk: Talk):
    talk.conversation.say("Who are you?")
    talk.made()
    while talk.conversation._replies.present.finished < 2:
        talk.hear(0.02)
    talk.conversation.interrupt()
    talk.tick()
    assert face(talk).state == "done"
    assert face(talk).heard == REPLY


def test_a_new_line_interrupts_and_the_model_knows_what_was_heard(talk: Talk):
    talk.conversation.say("Who are you?")
    talk.made()
    talk.hear(0.8)
    talk.conversation.say("Stop that and tell me your name.")
    talk.until(lambda: len(talk.jobs.requests) == 2)
    ((_, heard),) = talk.jobs.requests[1].history
    assert heard.endswith(CUT)
    assert REPLY.startswith(heard.removesuffix(f" {CUT}"))
    talk.to_the_end()
    old = parts_sent(talk)[0].turn
    assert all(play.turn > old for play in parts_sent(talk)[2:])


def test_what_comes_late_of_an_old_reply_is_dropped(talk: Talk):
    talk.jobs.hold.clear()
    talk.conversation.say("Who are you?")
    talk.tick()
    old = face(talk)
    talk.conversation.interrupt()
    talk.jobs.hold.set()
    talk.until(lambda: not talk.conversation._replies.jobs)
    talk.hear(0.5)
    assert parts_sent(talk) == []
    assert old.state == "interrupted"
    assert old.heard == ""
    assert not talk.audio.heard.any()


def test_an_error_of_the_models_is_told_in_the_log(talk: Talk):
    talk.jobs.error = "The voice is damaged."
    talk.conversation.say("Who are you?")
    talk.to_the_end()
    assert face(talk).state == "failed"
    assert face(talk).note == "The voice is damaged."
    assert talk.conversation.history() == []


def test_a_text_is_spoken_as_it_is(talk: Talk):
    talk.conversation.speak("Good morning.")
    talk.to_the_end()
    assert face(talk).heard == "Good morning."
    assert talk.jobs.requests[0].text == "Good morning."
    assert talk.conversation.history() == [("", "Good morning.")]


def test_the_persona_is_asked_and_greets(models: Any):
    talk = Talk(models, persona=Persona("Ada", first_message="Hello there."))
    greeting = talk.conversation.greet()
    talk.to_the_end()
    assert greeting is not None
    assert greeting.heard == "Hello there."
    assert talk.conversation.history() == []
    talk.conversation.say("Who are you?")
    talk.until(lambda: len(talk.jobs.requests) == 2)
    assert talk.jobs.requests[1].persona.name == "Ada"
    talk.conversation.close()


def test_say_again_is_the_same_sound_and_no_new_history(talk: Talk):
    talk.conversation.say("Who are you?")
    talk.to_the_end()
    first = talk.audio.heard[talk.audio.heard != 0]
    count = len(talk.jobs.requests)
    talk.conversation.say("Say that again!")
    talk.to_the_end()
    second = talk.audio.heard[talk.audio.heard != 0][len(first) :]
    np.testing.assert_array_equal(first, second)
    assert len(talk.jobs.requests) == count
    assert talk.conversation.history() == [("Who are you?", REPLY)]
    assert face(talk).skill == "repeat"


def test_another_answer_has_another_seed_and_counts(talk: Talk, models: Any):
    talk.conversation.say("Who are you?")
    talk.to_the_end()
    models.language_model.sentences = ["I am a face."]
    talk.conversation.another_answer()
    talk.to_the_end()
    one, other = [turn for turn in talk.conversation.log if turn.who == "face"]
    assert one.seed != other.seed
    assert one.heard == REPLY
    assert talk.conversation.history() == [("Who are you?", "I am a face.")]


def test_a_reply_is_edited_and_both_are_kept(talk: Talk):
    talk.conversation.say("Who are you?")
    talk.to_the_end()
    talk.conversation.edit(face(talk), "I am nobody.")
    talk.to_the_end()
    assert [turn.heard for turn in talk.conversation.log if turn.who == "face"] == [REPLY, "I am nobody."]
    assert talk.conversation.history() == [("Who are you?", "I am nobody.")]


def test_skills_answer_before_the_model_and_are_shown(talk: Talk):
    asked = talk.conversation.say("What is 12 times 7?")
    talk.to_the_end()
    assert asked.skill == face(talk).skill == "sum"
    assert talk.jobs.requests[0].text == "12 times 7 is 84."
    assert talk.conversation.history() == [("What is 12 times 7?", "12 times 7 is 84.")]


def test_slower_is_slower_from_now_on(talk: Talk, models: Any):
    talk.conversation.say("Speak slower, please.")
    talk.to_the_end()
    talk.conversation.say("Who are you?")
    talk.to_the_end()
    assert models.voice.controls.rate == pytest.approx(0.85)
    for _ in range(30):
        talk.conversation.say("slower")
        talk.tick()
    assert talk.conversation.template.controls.rate == 0.5


def test_be_happy_is_the_mood_from_now_on(talk: Talk):
    talk.conversation.say("Be happy!")
    talk.to_the_end()
    talk.conversation.say("Who are you?")
    talk.to_the_end()
    assert talk.jobs.requests[-1].delivery.life.mood == "happy"


def test_stop_stops_and_says_nothing(talk: Talk):
    talk.conversation.say("Who are you?")
    talk.made()
    talk.hear(0.6)
    talk.conversation.say("Stop!")
    talk.hear(0.5)
    assert talk.conversation.state == "listening"
    assert len([turn for turn in talk.conversation.log if turn.who == "face"]) == 1


def test_skills_of_the_front_come_first(models: Any):
    asked = []

    def frames(said: str) -> str | None:
        asked.append(said)
        return "There are 250 frames." if re.search("frames", said) else None

    talk = Talk(models, skills={"frames": frames})
    talk.conversation.say("How many frames are there?")
    talk.to_the_end()
    assert asked == ["how many frames are there"]
    assert face(talk).heard == "There are 250 frames."
    assert face(talk).skill == "frames"
    talk.conversation.close()


def test_a_skill_that_fails_is_told_and_the_talk_goes_on(models: Any):
    def play(said: str) -> str | None:
        if said == "play":
            raise RuntimeError("Operator poll failed\n")
        return None

    talk = Talk(models, skills={"play": play})
    talk.conversation.say("Play!")
    talk.to_the_end()
    assert face(talk).heard == "That did not work."
    assert face(talk).note == "That did not work: Operator poll failed"
    talk.conversation.say("Who are you?")
    talk.to_the_end()
    assert face(talk).heard == REPLY
    talk.conversation.close()


def test_a_skill_is_done_once_though_an_answer_was_made_ahead(models: Any):
    done = []

    def play(said: str) -> str | None:
        done.append(said)
        return "Playing."

    talk = Talk(models, skills={"play": play})
    talk.conversation.hands_free(True)
    talk.jobs.words = ["play the film"]
    talk.voice(1.0)
    talk.pause()
    talk.until(lambda: len(talk.jobs.requests) == 2)
    ahead = talk.conversation._voice.utterance.reply.job
    talk.voice_ends()
    talk.to_the_end()
    assert done == ["play the film"]
    assert face(talk).heard == "Playing."
    assert ahead.cancel.is_set()
    talk.conversation.close()


def test_the_curves_of_the_part_that_is_heard(talk: Talk):
    talk.conversation.say("Who are you?")
    talk.made()
    assert talk.conversation.parts_playing() == []
    talk.hear(0.5)
    ((part, seconds),) = talk.conversation.parts_playing()
    assert part is face(talk).parts[0]
    # What is heard was made 30 ms ago.
    assert seconds == pytest.approx(talk.audio.player.position / RATE - face(talk).starts[0] - 0.03, abs=0.011)
    talk.conversation.interrupt()
    talk.tick()
    assert talk.conversation.parts_playing() == []


def test_between_two_parts_both_count(talk: Talk):
    talk.conversation.say("Who are you?")
    talk.made()
    first = face(talk).parts[0]
    talk.hear(first.end + 0.1)
    (one, after), (other, before) = talk.conversation.parts_playing()
    assert (one, other) == tuple(face(talk).parts)
    assert after > first.speech.duration
    assert before < 0


# By voice.


def test_push_to_talk(talk: Talk):
    talk.jobs.words = ["who are you"]
    talk.conversation.push_to_talk(True)
    talk.tick()
    assert Record(True) in talk.audio.commands
    turn = talk.conversation.log[-1]
    assert (turn.who, turn.state) == ("user", "hearing")
    talk.conversation.push_to_talk(False)
    talk.tick()
    assert talk.conversation.state == "thinking"
    talk.until(lambda: turn.text)
    talk.to_the_end()
    assert turn.text == "who are you"
    assert turn.samples is not None
    assert talk.conversation.history() == [("who are you", REPLY)]


def test_the_key_stops_the_reply(talk: Talk):
    talk.conversation.say("Who are you?")
    talk.made()
    talk.hear(0.8)
    talk.conversation.push_to_talk(True)
    talk.tick()
    assert face(talk).state == "interrupted"
    position = talk.audio.player.position
    talk.hear(0.5)
    assert not talk.audio.heard[position + 384 :].any()


def test_a_key_that_was_held_for_nothing_is_told(talk: Talk):
    talk.conversation.push_to_talk(True)
    talk.tick()
    talk.conversation.push_to_talk(False)
    talk.until(lambda: talk.conversation.log[-1].state == "dropped")
    assert talk.conversation.log[-1].note == "Nothing was understood."


def test_of_the_user_s_voice_the_last_minutes_are_kept(talk: Talk):
    """The words of all of it are; so are the recordings that are short enough together."""
    long = np.zeros(round(0.6 * KEPT_SECONDS * RATE), np.float32)
    for words in ("one and two", "three and four"):
        talk.jobs.words = [words]
        talk.conversation.push_to_talk(True)
        talk.tick()
        talk.audio.tell(VoiceEnded(talk.audio.time, long))
        talk.until(lambda: talk.conversation.state != "listening")
        talk.conversation._voice.is_held = False
        talk.to_the_end()
    said = [turn for turn in talk.conversation.log if turn.who == "user"]
    assert [turn.text for turn in said] == ["one and two", "three and four"]
    assert [len(turn.samples.samples) for turn in said] == [0, len(long)]


def test_a_key_that_is_forgotten_is_let_go(talk: Talk):
    talk.jobs.words = ["who are you"]
    talk.conversation.push_to_talk(True)
    talk.audio.time += LONGEST_HELD - 1.0
    talk.tick()
    assert talk.audio.commands[-1] != Record(False)
    talk.audio.time += 2.0
    talk.tick()
    assert Record(False) in talk.audio.commands
    assert Told(KEY_FORGOTTEN) in talk.news
    talk.conversation.push_to_talk(False)
    talk.to_the_end()
    assert talk.conversation.history() == [("who are you", REPLY)]


def test_hands_free_answers_after_the_silence(talk: Talk):
    talk.conversation.hands_free(True)
    assert Microphone(True) in talk.audio.commands
    assert Listen(True) in talk.audio.commands
    talk.jobs.words = ["who are you"]
    talk.voice(1.0)
    talk.pause()
    # The answer is made ahead, and not heard before the silence was long enough.
    talk.until(lambda: len(talk.jobs.requests) == 2 and talk.conversation._voice.utterance.reply.is_made)
    assert parts_sent(talk) == []
    talk.voice_ends()
    assert len(parts_sent(talk)) == 2
    talk.to_the_end()
    assert [turn.who for turn in talk.conversation.log] == ["user", "face"]
    assert talk.conversation.history() == [("who are you", REPLY)]
    assert len(talk.jobs.requests) == 2


def test_speech_that_goes_on_after_a_pause_is_heard_as_a_whole(talk: Talk):
    talk.conversation.hands_free(True)
    talk.jobs.words = ["who", "who are you"]
    talk.voice(1.0)
    talk.pause()
    talk.until(lambda: len(talk.jobs.requests) == 2)
    talk.resume(0.5)
    talk.pause()
    talk.until(lambda: len(talk.jobs.requests) == 4)
    talk.voice_ends()
    talk.to_the_end()
    assert talk.jobs.sounds == [16_000, 24_000]
    assert talk.conversation.history() == [("who are you", REPLY)]
    assert len([turn for turn in talk.conversation.log if turn.who == "face"]) == 1


def test_who_goes_on_before_the_words_are_known_keeps_the_first_half(talk: Talk):
    talk.conversation.hands_free(True)
    talk.jobs.words = ["my name is tom and what is yours"] * 2
    talk.voice(1.0)
    talk.audio.tell(VoiceEnded(talk.audio.time, np.zeros(480, np.float32)))
    talk.voice(0.5, confirmed=False)
    talk.voice_ends()
    talk.to_the_end()
    assert talk.jobs.sounds[-1] == 24_000
    assert talk.conversation.history() == [("my name is tom and what is yours", REPLY)]
    asked = talk.conversation.log[0]
    assert (asked.state, len(asked.samples.samples)) == ("done", 960)


def test_who_goes_on_before_the_answer_is_heard_is_answered_to_both_halves(talk: Talk):
    talk.conversation.hands_free(True)
    talk.jobs.hold.clear()
    talk.jobs.words = ["my name is tom", "and what is yours"]
    talk.voice(1.0)
    talk.voice_ends()
    talk.until(lambda: talk.conversation._replies.present is not None)
    talk.voice(1.0)
    talk.voice_ends()
    talk.jobs.hold.set()
    talk.until(lambda: len(talk.jobs.requests) == 4)
    assert talk.jobs.requests[-1].prompt == "and what is yours"
    assert talk.jobs.requests[-1].history == (("my name is tom", ""),)
    talk.to_the_end()
    assert talk.conversation.history() == [("my name is tom", ""), ("and what is yours", REPLY)]


def test_a_key_that_is_pressed_again_before_the_answer_is_heard_goes_on(talk: Talk):
    talk.jobs.hold.clear()
    talk.jobs.words = ["my name is tom"]
    for held in (True, False):
        talk.conversation.push_to_talk(held)
        talk.tick()
    talk.until(lambda: talk.conversation._replies.present is not None)
    talk.conversation.push_to_talk(True)
    talk.tick()
    assert talk.conversation.history() == [("my name is tom", "")]


def test_a_voice_breaks_into_the_reply(talk: Talk):
    talk.conversation.hands_free(True)
    talk.conversation.say("Who are you?")
    talk.made()
    talk.hear(0.6)
    talk.jobs.words = ["what is that"]
    talk.voice(0.1, confirmed=False)
    assert talk.audio.commands[-1] == Duck(True)
    assert talk.conversation.state == "speaking"
    talk.hear(0.1)
    assert np.abs(talk.audio.heard[-480:]).max() <= 0.3 * SOFTLY + 1e-6
    talk.confirm()
    heard = face(talk)
    assert heard.state == "interrupted"
    talk.pause()
    talk.voice_ends()
    talk.until(lambda: len(talk.conversation.log) == 4)
    talk.to_the_end()
    assert [pair[0] for pair in talk.conversation.history()] == ["Who are you?", "what is that"]
    assert heard.heard.endswith(CUT)
    assert talk.jobs.requests[-1].history == (("Who are you?", heard.heard),)


def test_a_cough_only_ducks(talk: Talk):
    talk.conversation.hands_free(True)
    talk.conversation.say("Who are you?")
    talk.made()
    talk.hear(0.6)
    talk.voice(0.1, confirmed=False)
    talk.pause()
    assert talk.audio.commands[-1] == Duck(False)
    talk.voice_ends()
    talk.to_the_end()
    assert face(talk).heard == REPLY
    assert len(talk.conversation.log) == 2


def test_a_long_noise_without_words_lets_the_reply_go_on(talk: Talk):
    talk.conversation.hands_free(True)
    talk.conversation.say("Who are you?")
    talk.made()
    talk.hear(1.0)
    talk.voice(0.4)
    turn = face(talk)
    assert turn.state == "interrupted"
    cut = turn.cut_seconds
    words = turn.parts[0].speech.words
    talk.pause()
    talk.voice_ends()
    talk.until(lambda: turn.state != "interrupted")
    talk.to_the_end()
    assert turn.heard == REPLY
    resumed = parts_sent(talk)[2]
    start = next(word.start for word in words if word.end > cut)
    assert len(resumed.samples) == len(turn.parts[0].speech.samples) - round(start * turn.parts[0].speech.sample_rate)
    assert talk.conversation.history() == [("Who are you?", REPLY)]


def test_after_going_on_the_times_of_the_part_are_right(talk: Talk):
    talk.conversation.hands_free(True)
    talk.conversation.say("Who are you?")
    talk.made()
    talk.hear(1.0)
    talk.voice(0.4)
    turn = face(talk)
    cut = turn.cut_seconds
    talk.pause()
    talk.voice_ends()
    talk.until(lambda: turn.state != "interrupted")
    talk.hear(0.1)
    ((_, seconds),) = talk.conversation.parts_playing()
    assert seconds >= next(word.start for word in turn.parts[0].speech.words if word.end > cut)
    talk.conversation.interrupt()
    talk.tick()
    position = turn.cut_seconds
    words = [word.text for word in turn.parts[0].speech.words if word.end <= position]
    assert turn.heard == f"{' '.join(words)} {CUT}"


def test_a_voice_interrupts_a_reply_that_keeps_the_models_busy(talk: Talk):
    """One job is done after the other, so that no words come before the reply is given up."""
    run, busy = talk.jobs.run, threading.Lock()

    def one_after_the_other(request: Any, cancel: Any, incoming: Any) -> Iterator[Any]:
        with busy:
            for event in run(request, cancel, incoming):
                yield event
                if isinstance(event, Part) and request.prompt == "Who are you?":
                    cancel.wait(20.0)

    talk.jobs.run = one_after_the_other
    talk.conversation.hands_free(True)
    talk.conversation.say("Who are you?")
    talk.until(lambda: len(parts_sent(talk)) == 1)
    talk.hear(0.5)
    talk.jobs.words = ["what is that"]
    talk.voice(0.5)
    talk.voice_ends()
    talk.hear(NO_WORDS + 0.1)
    talk.until(lambda: talk.conversation.log[-1].answer_to == talk.conversation.log[-2].number)
    talk.to_the_end()
    assert [pair[0] for pair in talk.conversation.history()][-1] == "what is that"


def test_its_own_echo_is_no_question(talk: Talk):
    talk.conversation.hands_free(True)
    talk.conversation.say("Who are you?")
    talk.to_the_end()
    talk.jobs.words = ["bump map of moving lips"]
    talk.voice(0.5)
    talk.pause()
    talk.voice_ends()
    talk.until(lambda: talk.conversation._voice.utterance is None)
    talk.hear(0.2)
    assert len([turn for turn in talk.conversation.log if turn.who == "face"]) == 1


def test_a_typed_line_counts_instead_of_words_that_are_still_to_be_understood(talk: Talk):
    talk.conversation.hands_free(True)
    talk.jobs.words = ["what is that"]
    talk.voice(0.5)
    talk.voice_ends()
    talk.conversation.say("Who are you?")
    talk.to_the_end()
    assert talk.conversation.history() == [("Who are you?", REPLY)]
    assert [turn.state for turn in talk.conversation.log if turn.who == "user"] == ["dropped", "done"]


def test_of_a_typed_line_and_a_voice_the_later_one_is_answered(talk: Talk):
    talk.conversation.hands_free(True)
    talk.jobs.words = ["what is that"]
    talk.voice(0.5)
    talk.conversation.say("Who are you?")
    talk.made()
    talk.hear(0.2)
    talk.voice_ends()
    talk.until(lambda: talk.conversation._voice.utterance is None)
    talk.to_the_end()
    numbers = [play.turn for play in parts_sent(talk)]
    assert numbers == sorted(numbers)
    one, other = [turn for turn in talk.conversation.log if turn.who == "face"]
    assert one.state == "interrupted"
    assert other.heard == REPLY
    assert [turn.text for turn in talk.conversation.log if turn.number == other.answer_to] == ["what is that"]


def test_words_wait_to_be_mended(models: Any):
    talk = Talk(models, check_words=True)
    talk.conversation.hands_free(True)
    talk.jobs.words = ["who are shoe"]
    talk.voice(0.5)
    talk.pause()
    talk.voice_ends()
    talk.until(lambda: talk.conversation.log and talk.conversation.log[-1].state == "waiting")
    talk.hear(0.5)
    assert len(talk.jobs.requests) == 1
    talk.conversation.mend(talk.conversation.log[-1], "Who are you?")
    talk.to_the_end()
    assert talk.conversation.history() == [("Who are you?", REPLY)]
    talk.conversation.close()


# When something breaks.


def test_a_sound_process_that_dies_stops_the_reply(talk: Talk):
    talk.conversation.say("Who are you?")
    talk.made()
    talk.hear(0.8)
    number = parts_sent(talk)[0].turn
    talk.audio.tell(Stopped(number, 0, 0.75, 0.75))
    talk.audio.tell(Failed("The process for the sound has ended unexpectedly and was started again."))
    talk.tick()
    assert face(talk).state == "interrupted"
    assert talk.conversation.state == "listening"
    assert any(isinstance(news, Told) and "ended unexpectedly" in news.text for news in talk.news)


def test_what_was_said_until_the_sound_process_died_is_answered_and_kept(talk: Talk):
    talk.jobs.words = ["who are you"]
    talk.voice(0.5)
    talk.audio.tell(VoiceEnded(talk.audio.time, np.zeros(0, np.float32)))
    talk.to_the_end()
    assert talk.conversation.history() == [("who are you", REPLY)]
    recorded = talk.conversation.log[0].samples
    assert (len(recorded.samples), recorded.rate) == (8_000, 16_000)


def test_without_a_sound_process_a_reply_fails(talk: Talk):
    talk.audio.is_given_up = True
    talk.conversation.say("Who are you?")
    talk.to_the_end()
    assert (face(talk).state, face(talk).note) == ("failed", NO_SOUND)
    assert talk.conversation.state == "listening"


@pytest.mark.parametrize("way", ["speak", "edit", "say_again"])
def test_what_is_interrupted_before_it_could_begin_does_not_think_for_ever(talk: Talk, way: str):
    talk.conversation.say("Who are you?")
    talk.made()
    talk.hear(0.8)
    first = face(talk)
    ways = {
        "speak": lambda: talk.conversation.speak("Good morning."),
        "edit": lambda: talk.conversation.edit(first, "I am nobody."),
        "say_again": talk.conversation.say_again,
    }
    ways[way]()
    talk.conversation.interrupt()
    assert face(talk) is not first
    talk.to_the_end()
    assert [turn.state for turn in talk.conversation.log if turn.who == "face"] == ["interrupted"] * 2


def test_a_stop_that_nobody_answers_does_not_wait_for_ever(talk: Talk):
    talk.conversation.say("Who are you?")
    talk.made()
    talk.hear(0.8)
    talk.audio.player.stop = lambda _turn: None
    talk.conversation.say("Hello?")
    talk.tick()
    assert len(talk.jobs.requests) == 1
    talk.audio.time += 0.6
    talk.until(lambda: len(talk.jobs.requests) == 2)
    assert next(turn for turn in talk.conversation.log if turn.who == "face").state == "interrupted"


def test_close_in_every_state_leaves_nothing(models: Any):
    def start(talk: Talk, state: str) -> None:
        if state == "thinking":
            talk.jobs.hold.clear()
        if state in {"thinking", "speaking"}:
            talk.conversation.say("Who are you?")
        if state == "speaking":
            talk.made()
            talk.hear(0.5)
        if state == "hearing":
            talk.conversation.push_to_talk(True)
        talk.tick()

    for state in ("listening", "thinking", "speaking", "hearing"):
        talk = Talk(models)
        start(talk, state)
        began = time.monotonic()
        talk.conversation.close()
        assert time.monotonic() - began < 3.0
        assert talk.conversation.state == "stopped"
        assert no_job_is_left(), state


def test_close_does_not_wait_for_jobs_that_do_not_end(models: Any):
    talk, wait = Talk(models), threading.Event()

    def endless(*_arguments: Any) -> Iterator[Any]:
        wait.wait(20.0)
        yield from ()

    talk.jobs.run = endless
    talk.conversation.hands_free(True)
    talk.conversation.say("Who are you?")
    talk.voice(0.5)
    began = time.monotonic()
    talk.conversation.close()
    assert time.monotonic() - began < 2.0
    wait.set()


def test_two_lines_in_a_row_answer_the_last(talk: Talk):
    talk.jobs.hold.clear()
    talk.conversation.say("Who are you?")
    talk.conversation.say("What are you?")
    talk.jobs.hold.set()
    talk.to_the_end()
    assert talk.conversation.history() == [("What are you?", REPLY)]


def test_the_template_is_kept(models: Any):
    talk = Talk(models, template=SpeakRequest("", look_up=True, frame_rate=30.0))
    talk.conversation.say("Who are you?")
    talk.until(lambda: talk.jobs.requests)
    assert talk.jobs.requests[0].look_up
    assert talk.jobs.requests[0].frame_rate == 30.0
    assert talk.jobs.requests[0].is_live
    talk.conversation.close()


def test_an_empty_line_only_interrupts(talk: Talk):
    talk.conversation.say("Who are you?")
    talk.made()
    talk.hear(0.5)
    talk.conversation.say("   ")
    talk.hear(0.3)
    assert talk.conversation.state == "listening"
    assert len(talk.jobs.requests) == 1


def test_conversation_is_the_promised_interface():
    for name in ("say", "speak", "interrupt", "push_to_talk", "hands_free", "tick", "parts_playing", "close"):
        assert callable(getattr(Conversation, name))


def test_a_cough_after_the_last_word_ends_the_reply(talk: Talk):
    """There is no word left to go on with, only the silence at its end."""
    talk.conversation.say("Who are you?")
    talk.made()
    last = face(talk).parts[-1].speech
    while talk.audio.player.position / RATE < face(talk).starts.get(1, 1e9) + last.words[-1].end:
        talk.hear(0.02)
    talk.voice(0.3)
    talk.voice_ends()
    talk.to_the_end()
    assert face(talk).state == "done"
    assert face(talk).heard == REPLY
