"""Language models to choose from: what each is good for, its size and licence. Nothing is loaded here."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final


@dataclass(frozen=True, slots=True)
class KnownModel:
    """A model of the Hugging Face hub."""

    id: str
    """Of the hub; empty for the shipped one."""
    name: str
    parameters: int
    """In millions, as its card says; in memory it takes four bytes for each."""
    download_gigabytes: float
    """Of the files that are fetched, about: the download itself shows the true size. 0: nothing is fetched."""
    licence: str
    """As its card and its authors' repository say (SPDX)."""
    good_for: str


_SMOL: Final = "HuggingFaceTB/SmolLM2-{}-Instruct"

MODELS: Final = (
    KnownModel("", "Alphsistant's own GPT-2", 8, 0.0, "GPL-3.0-or-later", "Greetings, small talk, Blender; quickest"),
    KnownModel("openai-community/gpt2", "GPT-2", 124, 0.6, "MIT", "Goes on from examples; knows much, checks nothing"),
    KnownModel("openai-community/gpt2-medium", "GPT-2 Medium", 355, 1.6, "MIT", "The same, better and slower"),
    KnownModel("microsoft/DialoGPT-small", "DialoGPT Small", 124, 0.4, "MIT", "Small talk as on Reddit, one line"),
    KnownModel("microsoft/DialoGPT-medium", "DialoGPT Medium", 355, 0.9, "MIT", "The same, better and slower"),
    KnownModel(_SMOL.format("135M"), "SmolLM2 135M", 135, 0.3, "Apache-2.0", "Follows a persona; many facts wrong"),
    KnownModel(_SMOL.format("360M"), "SmolLM2 360M", 362, 0.8, "Apache-2.0", "The same, better and slower"),
    KnownModel("Qwen/Qwen2.5-0.5B-Instruct", "Qwen2.5 0.5B", 494, 1.0, "Apache-2.0", "A persona, several languages"),
)
"""GPT-2 first, then what is larger or speaks otherwise; all by licences that the GPL gets along with.

Sources: Radford et al., *Language Models are Unsupervised Multitask Learners*, 2019, table 2, and the licence of
openai/gpt-2; Zhang et al., *DialoGPT*, 2020, table 1, and the licence of microsoft/DialoGPT; Allal et al., *SmolLM2*,
2025, and its model cards; Qwen Team, *Qwen2.5 Technical Report*, 2024, table 1, and its model card. What each is good
for: its authors' words and, for SmolLM2 135M, 120 prompts whose answers were read.
"""


def hub_cache() -> Path:
    """Folder in which the hub's models are kept, by the variables that ``huggingface_hub`` reads."""
    home = Path(os.environ.get("HF_HOME") or Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache") / "huggingface")
    return Path(os.environ.get("HF_HUB_CACHE") or home / "hub").expanduser()


def is_here(model: str) -> bool:
    """Tell whether a model's weights are on this computer; the shipped one (empty) always is."""
    if not model:
        return True
    snapshots = hub_cache() / f"models--{model.replace('/', '--')}" / "snapshots"
    return any(snapshots.glob("*/*.safetensors")) or any(snapshots.glob("*/*.bin"))
