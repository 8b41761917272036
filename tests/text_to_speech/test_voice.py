import json
import threading

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("phonemizer")

from alphsistant_addon.core.errors import AssetError, Cancelled, TextError
from alphsistant_addon.core.phone_inventory import SILENCE
from alphsistant_addon.text_to_phones.phones import transcribe
from alphsistant_addon.text_to_speech import Voice
from alphsistant_addon.text_to_speech.dc_tts import decoder
from alphsistant_addon.text_to_speech.timing import phones_of
from alphsistant_addon.text_to_speech.voice import join


def check(speech):
    """What every Speech promises."""
    assert speech.samples.dtype == np.float32
    assert np.isfinite(speech.samples).all()
    assert np.abs(speech.samples).max() <= 1
    assert speech.phones[0].start == 0
    assert speech.phones[-1].end == pytest.approx(speech.duration)
    for a, b in zip(speech.phones, speech.phones[1:], strict=False):
        assert a.end == pytest.approx(b.start)
        assert a.end >= a.start
    for word in speech.words:
        assert 0 <= word.start <= word.end <= speech.duration + 0.1


def test_speech_keeps_its_promises(voice):
    speech = voice.speak("Hello there. I have $5, Dr. Smith!")
    check(speech)
    assert [w.text for w in speech.words] == ["Hello", "there.", "I", "have", "$5,", "Dr.", "Smith!"]
    assert "f" in [p.symbol for p in speech.phones]


def test_sentences_come_one_by_one(voice):
    parts = list(voice.stream("One. Two? Three!"))
    assert [p.text for p in parts] == ["One.", "Two?", "Three!"]
    for part in parts:
        check(part)
    whole = join(parts)
    check(whole)
    assert whole.duration == pytest.approx(sum(p.duration for p in parts))


def test_same_seed_same_sound(voice):
    a, b, c = (voice.speak("Hello.", seed=s).samples for s in (3, 3, 4))
    assert np.array_equal(a, b)
    assert not np.array_equal(a, c)


@pytest.mark.parametrize("text", ["", "   ", "🙂🙂", "...", "你好"])
def test_nothing_to_say_is_a_sentence(voice, text):
    with pytest.raises(TextError):
        voice.speak(text)


def test_what_could_not_be_read_is_said(voice):
    assert any("Han" in w or "Chinese" in w for w in voice.speak("Hello 你好 there.").warnings)


def test_a_lost_voice_says_so(voice, monkeypatch):
    """A sentence that does not come to an end in time is cut off, and the user hears of it."""
    monkeypatch.setattr(decoder, "LONGEST_SYMBOL", 0.0)
    assert any("lost its way" in w for w in voice.speak("Hello.").warnings)


def test_cancel(voice):
    cancel = threading.Event()
    stream = voice.stream("One. Two. Three.", cancel=cancel)
    next(stream)
    cancel.set()
    with pytest.raises(Cancelled):
        next(stream)


def readers():
    return [t for t in threading.enumerate() if t.name.startswith("text2mel")]


def test_reading_ahead_changes_nothing(voice):
    for part in voice.stream("One. Two? Three!"):
        assert np.array_equal(part.samples, voice.speak(part.text).samples)
    assert not readers()


def test_a_stream_that_is_given_up_leaves_no_thread(voice):
    stream = voice.stream("One. Two. Three.")
    next(stream)
    assert readers()
    stream.close()
    assert not readers()


def test_an_error_in_a_later_sentence_comes_after_the_earlier_ones(voice, monkeypatch):
    read = Voice._read

    def broken(self, sentence, *arguments, **options):
        if "Two" in sentence.written:
            raise MemoryError
        return read(self, sentence, *arguments, **options)

    monkeypatch.setattr(Voice, "_read", broken)
    stream = voice.stream("One. Two. Three.")
    assert next(stream).text == "One."
    with pytest.raises(MemoryError):
        next(stream)
    assert not readers()


def test_a_voice_folder_is_read_back(voice_folder, config):
    loaded = Voice.load(voice_folder)
    assert loaded.config == config
    check(loaded.speak("Hello."))


def damage(folder, name, content):
    (folder / name).write_bytes(content)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("voice.json", b""),
        ("voice.json", b"[1, 2]"),
        ("voice.json", b'{"symbols": 3}'),
        ("voice.json", b"\xff\xfe\x00"),
        ("text2mel.safetensors", b""),
        ("text2mel.safetensors", b"\x08\x00\x00\x00\x00\x00\x00\x00{}      "),
        ("ssrn.safetensors", b"not weights at all"),
    ],
)
def test_a_damaged_voice_is_a_sentence(voice_folder, name, content):
    damage(voice_folder, name, content)
    with pytest.raises(AssetError, match="voice"):
        Voice.load(voice_folder)


@pytest.mark.parametrize("name", ["voice.json", "text2mel.safetensors", "ssrn.safetensors"])
def test_an_incomplete_voice_is_a_sentence(voice_folder, name):
    (voice_folder / name).unlink()
    with pytest.raises(AssetError, match="voice"):
        Voice.load(voice_folder)


@pytest.mark.parametrize(
    ("key", "value"),
    [("channels", -1), ("channels", 10**9), ("hop_length", 0), ("reads", "minds"), ("symbols", []), ("n_fft", "x")],
)
def test_impossible_sizes_are_a_sentence(voice_folder, key, value):
    path = voice_folder / "voice.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), key: value}))
    with pytest.raises(AssetError, match=r"impossible|damaged"):
        Voice.load(voice_folder)


def test_weights_of_another_voice_are_a_sentence(voice_folder):
    path = voice_folder / "voice.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "channels": 12}))
    with pytest.raises(AssetError, match="does not fit"):
        Voice.load(voice_folder)


def test_rests_between_words_are_shared_or_become_pauses():
    sentence = transcribe("A pie, a boy.")
    tokens = sentence.tokens
    edges, t = [0.1], 0.1
    for mark in tokens:
        t += 0.3 if mark == "," else 0.02 if mark == " " else 0.1
        edges.append(t)
    phones = phones_of(sentence, edges, t + 0.2)
    symbols = [p.symbol for p in phones]
    assert symbols == [SILENCE, "ə", "p", "aɪ", SILENCE, "ə", "b", "ɔɪ", SILENCE]
    assert phones[1].end == pytest.approx(0.21)
    assert phones[-1].end == pytest.approx(t + 0.2)
