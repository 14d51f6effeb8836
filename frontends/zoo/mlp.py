"""A multilayer perceptron."""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects.builtin import ModuleOp

from .layers import RELAY_NAMES, Layers
from .weights import Weights


def mlp(
    batch: int = 1,
    inputs: int = 784,
    hidden: Sequence[int] = (512, 512),
    classes: int = 10,
    *,
    seed: int = 0,
    weights: Weights | None = None,
) -> ModuleOp:
    """@main: float32[batch, inputs] -> logits float32[batch, classes], with relu between layers.

    ``weights`` replaces those of ``seed``.
    """
    net = Layers(weights or Weights(seed), RELAY_NAMES)
    x = net.input((batch, inputs))
    for index, units in enumerate(hidden):
        gain = 1.0 if index == 0 else 2.0
        x = net.dense(x, f"fc{index + 1}", units, gain=gain)
        x = net.relu(x, f"relu{index + 1}")
    return net.finish(net.dense(x, f"fc{len(hidden) + 1}", classes))
