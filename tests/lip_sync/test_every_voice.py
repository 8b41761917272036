"""The lips of every shipped voice: sealed at each p, b and m, and on the phones of its own sound."""

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("phonemizer")

from alphsistant_addon.core.phone_inventory import SILENCE
from alphsistant_addon.lip_sync import animate
from alphsistant_addon.lip_sync.curves import sample_curve
from alphsistant_addon.text_to_speech import Voice
from alphsistant_addon.text_to_speech.voices import shipped_voices

TEXT = "My poor mother bought a big purple boat. Why?"


@pytest.mark.parametrize("name", [voice.name for voice in shipped_voices()])
def test_lips_close_where_the_voice_says_so(name):
    speech = Voice.load(name).speak(TEXT, seed=0)
    assert speech.warnings == ()
    assert [word.text for word in speech.words] == TEXT.split()
    assert all(0.02 < phone.duration < 0.6 for phone in speech.phones if phone.symbol != SILENCE)
    lips = animate(speech).channels["viseme_PP"]
    closures = [phone for phone in speech.phones if phone.symbol in {"p", "b", "m"}]
    assert len(closures) == 8
    for phone in closures:
        assert sample_curve(lips, np.linspace(phone.start, phone.end, 21)).max() >= 0.9, phone
    # The times are those of this sound: lips that are shut for p let little out.
    loudness = np.sqrt((speech.samples**2).mean())
    for phone in closures:
        if phone.symbol == "p":
            inside = speech.samples[int(phone.start * speech.sample_rate) : int(phone.end * speech.sample_rate)]
            quietest = min(np.sqrt((part**2).mean()) for part in np.array_split(inside, 4))
            assert quietest < 0.35 * loudness, phone
