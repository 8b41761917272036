"""What a voice folder's ``voice.json`` says: symbols, sound settings, network sizes, licence."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from ...core.errors import AssetError
from ...core.phone_inventory import CONSONANTS, VOWELS
from ...text_to_phones.phones import PUNCTUATION

PADDING: Final = "_"
START: Final = "^"
"""Owns the silence before the first phone."""
END: Final = "$"
"""Owns the silence after the last phone; attention that rests here ends the sentence."""

PHONE_SYMBOLS: Final[tuple[str, ...]] = (
    *(PADDING, START, END, " ", *PUNCTUATION),
    *CONSONANTS,
    *(mark + vowel for mark in ("", "ˈ", "ˌ") for vowel in VOWELS),
)
"""The symbols of a voice that reads phones."""


@dataclass(frozen=True, slots=True)
class VoiceConfig:
    """Everything the networks and the vocoder are built from. Letters in brackets are the paper's names."""

    symbols: tuple[str, ...] = PHONE_SYMBOLS
    """The embedding's rows, in order; index 0 is padding."""
    reads: str = "phones"
    """``phones`` or ``characters``: what the symbols are."""

    sample_rate: int = 24_000
    """Hz."""
    n_fft: int = 1_200
    """Samples; n_fft // 2 + 1 linear bins (F')."""
    win_length: int = 1_200
    hop_length: int = 300
    n_mels: int = 80
    """Mel bands (F)."""
    pitch: bool = False
    """Every frame also says its pitch and whether it is voiced (:mod:`.pitch`); wants ``stacked``. False: the
    paper's way."""
    preemphasis: float = 0.97
    reference_db: float = 20.0
    range_db: float = 100.0
    """A level of ``reference_db`` is stored as 1, ``range_db`` below it as 0 (Kyubyong/dc_tts)."""

    reduction: int = 4
    """Frames per step of Text2Mel (the paper's 4)."""
    stacked: bool = True
    """True: a step predicts all its ``reduction`` frames. False: the paper's way, one frame of each step; SSRN fills in
    the rest."""

    embedding_channels: int = 128
    """(e)"""
    text_channels: int = 256
    """Width of TextEnc; the paper has 2d."""
    channels: int = 192
    """(d) Width of AudioEnc and AudioDec."""
    ssrn_channels: int = 256
    """(c)"""
    layer_norm: bool = True
    """Normalise after every convolution (Kyubyong/dc_tts; the paper has none, and trains less surely)."""
    architecture: str = "dc-tts"
    """``dc-tts``: the networks of :mod:`.model`; ``tugstugi`` or ``kyubyong``: those of :mod:`.published`."""
    power: float = 1.0
    """Exponent of the magnitudes before Griffin-Lim; the paper (section 4.1) and the published voices sharpen."""

    name: str = ""
    description: str = ""
    """Who is heard, in a few words, for lists of voices."""
    licence: str = ""

    @property
    def n_linear(self) -> int:
        """Linear frequency bins (F')."""
        return self.n_fft // 2 + 1

    @property
    def bin_hertz(self) -> float:
        """Hz from one linear frequency bin to the next."""
        return self.sample_rate / self.n_fft

    @property
    def frame_channels(self) -> int:
        """Numbers per frame: the mel bands, then pitch and voicing if the voice has them."""
        return self.n_mels + (2 if self.pitch else 0)

    @property
    def coarse_channels(self) -> int:
        """Numbers per step of Text2Mel."""
        return self.frame_channels * (self.reduction if self.stacked else 1)

    @property
    def upsampling(self) -> int:
        """Frames the SSRN makes of one of its input frames."""
        return 1 if self.stacked else self.reduction

    @property
    def step_seconds(self) -> float:
        """Seconds per step of Text2Mel."""
        return self.reduction * self.hop_length / self.sample_rate

    def save(self, folder: Path) -> None:
        """Write ``voice.json``."""
        text = json.dumps(dataclasses.asdict(self), indent=1, ensure_ascii=False)
        (folder / "voice.json").write_text(text + "\n", encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> VoiceConfig:
        """Read ``voice.json``.

        Raises:
            AssetError: it is missing, damaged, or of another version.
        """
        path = folder / "voice.json"
        try:
            values = json.loads(path.read_text(encoding="utf-8"))
            config = cls(**{**values, "symbols": tuple(values["symbols"])})
        except FileNotFoundError as error:
            raise AssetError(f"“{folder}” is not a voice: it has no voice.json.") from error
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise AssetError(f"The voice file “{path}” is damaged or made for another version ({error}).") from error
        if not config.is_sound():
            raise AssetError(f"The voice file “{path}” holds impossible sizes.")
        return config

    def is_sound(self) -> bool:
        """Tell whether the figures make sense together (types are those of a hand-edited JSON file)."""
        counts = (
            *(self.sample_rate, self.n_fft, self.win_length, self.hop_length, self.n_mels, self.reduction),
            *(self.embedding_channels, self.text_channels, self.channels, self.ssrn_channels),
        )
        return (
            all(isinstance(n, int) and 0 < n <= 1_000_000 for n in counts)
            and self.hop_length <= self.win_length <= self.n_fft
            and (self.stacked or not self.pitch)
            and self.reads in ("phones", "characters")
            and self.architecture in ("dc-tts", "tugstugi", "kyubyong")
            and isinstance(self.power, (int, float))
            and 0 < self.power <= 4
            and len(self.symbols) > 1
            and all(isinstance(s, str) for s in self.symbols)
        )


def symbol_indices(tokens: list[str] | tuple[str, ...], config: VoiceConfig) -> npt.NDArray[np.int64]:
    """Token strings → indices, with start (where the voice has that symbol) and end around them.

    Raises:
        AssetError: the voice has no symbol for a token.
    """
    table = {s: i for i, s in enumerate(config.symbols)}
    unknown = sorted({t for t in tokens if t not in table or t == PADDING})
    if unknown:
        raise AssetError(f"The voice has no symbol for {', '.join(map(repr, unknown))}.")
    first = [table[START]] if START in table else []
    return np.array([*first, *(table[t] for t in tokens), table[END]], np.int64)
