"""How the next token is drawn from the network's scores."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from .dialogue_format import Sampling


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
        ordered, order = scores.sort(descending=True)
        shares = ordered.softmax(-1)
        # A token is left out when those before it reach the share already; the likeliest is always kept.
        out = shares.cumsum(-1) - shares >= sampling.top_p
        out[0] = False
        scores[order[out]] = -math.inf
    return scores.softmax(-1)
