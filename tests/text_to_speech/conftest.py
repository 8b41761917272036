"""A voice of a few thousand weights, made in seconds."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

from alphsistant_addon.text_to_speech.dc_tts.networks import SSRN, Text2Mel
from alphsistant_addon.text_to_speech.dc_tts.voice_config import VoiceConfig
from alphsistant_addon.text_to_speech.voice import Voice, save_voice

TINY = VoiceConfig(
    sample_rate=16_000, n_fft=256, win_length=256, hop_length=64, n_mels=20,
    embedding_channels=8, text_channels=16, channels=8, ssrn_channels=8,
)  # fmt: skip


@pytest.fixture
def config() -> VoiceConfig:
    return TINY


@pytest.fixture(params=["stacked", "as published"])
def any_config(request) -> VoiceConfig:
    return dataclasses.replace(TINY, stacked=request.param == "stacked")


@pytest.fixture
def voice(any_config) -> Voice:
    torch.manual_seed(0)
    return Voice(any_config, Text2Mel(any_config), SSRN(any_config))


@pytest.fixture
def voice_folder(config, tmp_path) -> Path:
    torch.manual_seed(0)
    networks = {"text2mel": Text2Mel(config).state_dict(), "ssrn": SSRN(config).state_dict()}
    save_voice(tmp_path / "voice", config, networks)
    return tmp_path / "voice"
