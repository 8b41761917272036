"""Linear layers with weights of eight bits: a large network decodes three times as fast on one thread of a CPU.

A token costs the time in which the weights are read from memory, and eight bits are a quarter of single precision.
Each output has a scale of its own, and the input is scaled as it comes ("dynamic quantisation"). Dettmers et al.,
*LLM.int8()*, 2022, table 1: with a scale for each row and each output, a model of 125 M parameters loses 0.1 of a
perplexity of 25.7. What that means here is measured in docs/language_models.md.
"""

from __future__ import annotations

import logging
import math
import warnings
from collections.abc import Sequence
from typing import Any, Final

import torch
from torch import Tensor, nn
from torch.nn import functional

logger = logging.getLogger(__name__)

MOST_LOSS: Final = 0.05
"""In nats for each token of :data:`TEXT`: a network that predicts it worse than that is kept in single precision.
That is five per cent of perplexity."""

TEXT: Final = (
    "The old lighthouse stood at the end of the island, where the road came down to the sea. Every evening the keeper "
    "climbed the stairs, lit the lamp and looked out for ships. He had lived there for so long that he knew the sound "
    "of every wind. In winter nobody came to see him but the postman, who brought him letters, bread and news of the "
    "town. “Are you never lonely?” the postman asked him once. The keeper laughed and shook his head."
)
"""Everyday English by which a network is compared with itself."""


class Int8Linear(nn.Module):
    """Takes the place of an ``nn.Linear``."""

    def __init__(self, linear: nn.Linear) -> None:
        """Pack the weights of ``linear``, each output by its own largest one."""
        super().__init__()
        weight = linear.weight.detach()
        scales = (weight.abs().amax(dim=1) / 127).clamp_min(torch.finfo(torch.float32).tiny)
        zeros = torch.zeros(len(scales), dtype=torch.long)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that these tensors will go some day: then single precision comes back
            packed: Any = torch.quantize_per_channel(weight, scales, zeros, 0, torch.qint8)
        bias = linear.bias.detach() if linear.bias is not None else None
        self._packed = torch.ops.quantized.linear_prepack(packed, bias)

    def forward(self, x: Tensor) -> Tensor:
        """``[…, inputs]`` → ``[…, outputs]``."""
        # Seven bits for the input: processors without VNNI would overflow with eight.
        done: Tensor = torch.ops.quantized.linear_dynamic(x, self._packed, reduce_range=True)
        return done


@torch.inference_mode()
def make_faster(network: Any, ids: Sequence[int]) -> bool:
    """Replace the linear layers of a network in place, unless it predicts a text worse by that; whether it was done.

    Args:
        network: called with token ids ``[1, tokens]``; gives ``logits``.
        ids: tokens of the text, two at least.
    """
    before = _loss(network, ids)
    replaced: list[tuple[nn.Module, str, nn.Module]] = []
    try:
        for module in [*network.modules()]:
            for name, child in [*module.named_children()]:
                if type(child) is nn.Linear:
                    setattr(module, name, Int8Linear(child))
                    replaced.append((module, name, child))
        loss = _loss(network, ids) - before
    except (RuntimeError, AttributeError):  # a torch without these kernels: it is about to lose them
        logger.warning("The language model stays in single precision", exc_info=True)
        loss = math.inf
    if loss <= MOST_LOSS:
        return True
    for module, name, child in replaced:
        setattr(module, name, child)
    return False


def _loss(network: Any, ids: Sequence[int]) -> float:
    """Nats for each token after the first, each predicted from those before it."""
    tokens = torch.tensor([ids])
    return float(functional.cross_entropy(network(tokens[:, :-1]).logits[0], tokens[0, 1:]))
