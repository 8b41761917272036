"""Who speaks in the ears' corpus, and who is kept out of training to judge it."""

from __future__ import annotations

from typing import Final

KOKORO_HELD_OUT: Final = ("af_sarah", "am_michael", "bf_emma", "bm_george", "ff_siwis", "im_nicola")
"""Voices of Kokoro that the network never hears: American, British, French, Italian."""

HIBARI_HELD_OUT: Final = "hibari/held_out"
"""New sentences of a voice that is learnt from."""

FLITE_VOICES: Final = ("slt", "rms", "kal16")
FLITE_HELD_OUT: Final = ("awb",)
"""A Scot."""

ESPEAK_THROATS: Final = ("", *(f"+m{n}" for n in range(1, 8)), *(f"+f{n}" for n in range(1, 6)))
ESPEAK_HELD_OUT_LANGUAGES: Final = ("sv", "id")
"""Languages kept out of training."""

LANGUAGES: Final[dict[str, str]] = {
    "spanish": "es", "italian": "it", "portuguese": "pt-br", "german": "de", "dutch": "nl", "french": "fr-fr",
    "turkish": "tr", "swedish": "sv", "indonesian": "id", "russian": "ru", "ukrainian": "uk", "hindi": "hi",
}  # fmt: skip
"""Folders of chatterbot-corpus → espeak-ng's languages."""

KOKORO_LANGUAGES: Final[dict[str, str]] = {
    "e": "spanish", "f": "french", "h": "hindi", "i": "italian", "p": "portuguese",
}  # fmt: skip
"""First letter of a Kokoro voice → the language it also reads; all others read English only."""


def is_held_out(voice: str) -> bool:
    """Return whether a clip's voice is kept out of training (names as in the corpus: ``kokoro/af_sarah``)."""
    source, _, name = voice.partition("/")
    if voice == HIBARI_HELD_OUT:
        return True
    if source == "kokoro":
        return name in KOKORO_HELD_OUT
    if source == "flite":
        return name in FLITE_HELD_OUT
    return source == "espeak" and name.split("+")[0] in ESPEAK_HELD_OUT_LANGUAGES
