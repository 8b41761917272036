"""How the next token is drawn from the network's scores."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import torch
from torch import Tensor

from .dialogue_format import Sampling

_CANDIDATES: Final = 256
"""So many of the likeliest tokens are looked at first."""


def probabilities(scores: Tensor, written: Sequence[int], sampling: Sampling) -> Tensor:
    """Return the probabilities ``[vocabulary]`` from which the next token is drawn.

    Args:
        scores: logits ``[vocabulary]``; not changed.
        written: tokens of the reply so far. Positive scores of theirs are divided by the repetition penalty, negative
            ones multiplied.
        sampling: the scores are divided by its temperature; of the tokens, the likeliest that together reach the share
            ``top_p`` are kept.
    """
    scores = scores.clone()
    if written:
        said = torch.tensor(sorted(set(written)))
        own = scores[said]
        scores[said] = torch.where(own < 0, own * sampling.repetition_penalty, own / sampling.repetition_penalty)
    scores /= sampling.temperature
    if sampling.top_p < 1.0:
        kept = _nucleus(scores, sampling.top_p)
        rest = torch.full_like(scores, -math.inf)
        rest[kept] = scores[kept]
        scores = rest
    return scores.softmax(-1)


def _nucleus(scores: Tensor, top_p: float) -> Tensor:
    """Return the indices of the likeliest tokens that together reach a share; at least one."""
    total = scores.logsumexp(-1)
    # To sort all of GPT-2's 50,257 tokens takes 4 ms; these nearly always hold the share.
    for count in (min(_CANDIDATES, len(scores)), len(scores)):
        ordered, order = scores.topk(count)
        shares = (ordered - total).exp()
        before = shares.cumsum(-1) - shares
        if before[-1] >= top_p or count == len(scores):
            break
    # A token is left out when those before it reach the share already; the likeliest is always kept.
    before[0] = -1.0
    return order[before < top_p]
