"""Seals as a film needs them: long enough for a frame to show them, and closed in every style."""

from __future__ import annotations

import numpy as np
import pytest

from alphsistant_addon.core.speech import Phone
from alphsistant_addon.lip_sync.channels import VISEMES
from alphsistant_addon.lip_sync.coarticulation import STEP, make_trajectory
from alphsistant_addon.lip_sync.style import STYLES, Style
from alphsistant_addon.lip_sync.visemes import VISEME_INDEX


@pytest.mark.parametrize("rate", [12.0, 24.0, 25.0, 30.0])
@pytest.mark.parametrize(("symbol", "viseme"), [("p", "PP"), ("b", "PP"), ("m", "PP"), ("f", "FF"), ("v", "FF")])
def test_a_short_seal_is_held_for_a_frame_around_its_own_middle(symbol: str, viseme: str, rate: float) -> None:
    phones = (Phone("ɑ", 0.0, 0.5), Phone(symbol, 0.5, 0.52), Phone("ɑ", 0.52, 1.0))
    own, held = (
        make_trajectory(phones, 1.0, [1.0] * 3, np.ones(len(VISEMES)), shortest_hold=shortest)
        for shortest in (0.0, 1.0 / rate)
    )
    ((_, own_first, own_last),) = own.holds
    ((index, first, last),) = held.holds
    assert index == VISEME_INDEX[viseme]
    assert (own_last - own_first) * STEP <= 0.02 + STEP
    assert (last - first) * STEP >= 1.0 / rate - STEP
    assert (first + last) / 2.0 == pytest.approx((own_first + own_last) / 2.0, abs=1.0)
    assert np.ptp(held.weights[first : last + 1, index]) == 0.0


@pytest.mark.parametrize("style", [*STYLES.values(), Style(-1.0, -1.0), Style(1.0, 1.0)], ids=str)
def test_no_style_changes_silence_seals_or_lips_on_the_teeth(style: Style) -> None:
    gains = style.gains()
    assert [gains[VISEME_INDEX[viseme]] for viseme in ("sil", "PP", "FF")] == [1.0, 1.0, 1.0]
