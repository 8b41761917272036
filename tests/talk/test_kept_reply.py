"""What is kept is what was heard: where it was cut, the sound, the words and the face end there."""

from __future__ import annotations

import numpy as np
import pytest
from fake_speech import RATE, fake_speech

from alphsistant_addon.core.errors import AlphsistantError
from alphsistant_addon.lip_sync import Moods, animate
from alphsistant_addon.lip_sync.curves import sample_curve
from alphsistant_addon.pipeline.reply import Part
from alphsistant_addon.talk.kept_reply import FADE, LONGEST_PAUSE, TAIL, cut, kept_reply
from alphsistant_addon.talk.turns import CUT, Turn


def part_of(text: str, moods: Moods | None = None) -> Part:
    speech = fake_speech(text)
    return Part(speech, animate(speech, life="speaker"), 0.0, moods or Moods())


def turn_of(*texts: str, starts: dict[int, float], **fields: object) -> Turn:
    return Turn(2, "face", " ".join(texts), parts=[part_of(text) for text in texts], starts=starts, seed=7, **fields)


def test_a_reply_that_was_heard_whole_keeps_its_real_starts() -> None:
    turn = turn_of("Mama.", "Papa.", starts={})
    first = turn.parts[0].speech.duration
    turn.starts = {0: 12.0, 1: 12.0 + first + 0.35}
    reply = kept_reply(turn, "Who?")
    assert reply.prompt == "Who?"
    assert reply.seed == 7
    assert [part.start for part in reply.parts] == [0.0, pytest.approx(first + 0.35)]
    assert reply.speech.text == "Mama. Papa."
    np.testing.assert_array_equal(reply.speech.samples[: round(first * RATE)], turn.parts[0].speech.samples)


def test_a_stop_between_two_parts_is_in_the_text() -> None:
    turn = turn_of("Mama.", "Papa.", starts={0: 1.0}, cut_part=1, state="interrupted")
    reply = kept_reply(turn, "")
    assert reply.speech.text == f"Mama. {CUT}"
    assert reply.speech.duration == turn.parts[0].speech.duration


def test_a_wait_for_the_words_becomes_a_pause() -> None:
    turn = turn_of("Mama.", "Papa.", starts={})
    first = turn.parts[0].speech.duration
    turn.starts = {0: 3.0, 1: 3.0 + first + 5.0}
    assert kept_reply(turn, "").parts[1].start == pytest.approx(first + LONGEST_PAUSE)


def test_parts_that_were_never_heard_are_not_kept() -> None:
    turn = turn_of("Mama.", "Papa.", "Bob.", starts={0: 1.0, 1: 2.0}, cut_part=1, cut_seconds=0.3)
    reply = kept_reply(turn, "")
    assert len(reply.parts) == 2
    assert reply.speech.text == f"Mama. {CUT}", "no word of the second was heard whole"
    assert reply.parts[1].speech.duration == pytest.approx(0.3 + FADE + TAIL, abs=1e-3)
    with pytest.raises(AlphsistantError, match="Nothing of this reply was heard"):
        kept_reply(turn_of("Mama.", starts={}), "")


@pytest.mark.parametrize("seconds", [0.0, 0.05, 0.5, 0.777, 1.5])
def test_a_cut_part_is_what_was_heard_and_comes_to_rest(seconds: float) -> None:
    whole = part_of("Bob may pop a map of moving lips.")
    part = cut(whole, seconds)
    speech = part.speech
    heard = round(seconds * RATE)
    np.testing.assert_array_equal(speech.samples[:heard], whole.speech.samples[:heard])
    assert np.abs(speech.samples[heard + round(FADE * RATE) :]).max() == 0.0
    assert speech.duration == pytest.approx(seconds + FADE + TAIL, abs=1e-3)
    assert part.animation.duration == speech.duration
    # The phones have no gap and end with the sound.
    ends = [phone.end for phone in speech.phones]
    assert [phone.start for phone in speech.phones] == pytest.approx([0.0, *ends[:-1]])
    assert ends[-1] == pytest.approx(speech.duration)
    words = [word.text for word in whole.speech.words if word.end <= seconds]
    assert speech.text == " ".join([*words, CUT])
    moments = np.arange(0.0, seconds, 0.01)
    for name, curve in whole.animation.channels.items():
        kept = part.animation.channels.get(name)
        at_cut = sample_curve(curve, [seconds])[0]
        if kept is None:
            assert at_cut == 0.0
            continue
        assert (np.diff(kept.times) > 0.0).all()
        assert kept.weights[-1] == 0.0
        assert kept.times[-1] <= speech.duration
        assert sample_curve(kept, [seconds])[0] == pytest.approx(at_cut, abs=1e-9)
        # The handles of the keys beside the cut are others; further away all is as it was.
        np.testing.assert_allclose(
            sample_curve(kept, moments[:-30]) if len(moments) > 30 else 0.0,
            sample_curve(curve, moments[:-30]) if len(moments) > 30 else 0.0,
            atol=0.12,
        )
        if name.startswith("viseme_"):
            assert sample_curve(kept, [seconds + 0.12])[0] == 0.0


def test_a_mood_that_came_after_the_cut_is_not_in_the_script() -> None:
    part = part_of("Bob may pop a map.", Moods("happy", ((1, "sad"), (3, "angry"))))
    kept = cut(part, part.speech.words[1].end + 0.01)
    assert kept.moods == Moods("happy", ((1, "sad"),))
    assert kept.moods.tagged(kept.speech) == f"Bob [sad] may {CUT}"


def test_a_stop_after_the_end_cuts_nothing() -> None:
    part = part_of("Bob.")
    assert cut(part, part.speech.duration + 0.1) is part
