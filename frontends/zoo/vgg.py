"""VGG-16 without batch normalisation: torchvision's graph and parameter names."""

from __future__ import annotations

from xdsl.dialects.builtin import ModuleOp

from ...dialects.relay.pool import AdaptiveAvgPool2dOp
from ...dialects.relay.reshape import BatchFlattenOp
from .layers import TORCH_NAMES, Layers, extent
from .weights import Weights

# Convolutions per stage, and their channels in units of the first stage's.
_STAGES = ((2, 1), (2, 2), (3, 4), (3, 8), (3, 8))
_POOLED = 7


def vgg16(
    batch: int = 1,
    image: tuple[int, int] = (224, 224),
    classes: int = 1000,
    *,
    in_channels: int = 3,
    width: int = 64,
    hidden: int = 4096,
    seed: int = 0,
    weights: Weights | None = None,
) -> ModuleOp:
    """@main: float32[batch, in_channels, *image] -> logits float32[batch, classes].

    ``width`` is the channels of the first stage, ``hidden`` the units of the first two dense
    layers; ``weights`` replaces those of ``seed``. The average pooling to 7x7 before them is
    left out where the image makes it the identity, as 224x224 does.
    """
    net = Layers(weights or Weights(seed), TORCH_NAMES)
    x = net.input((batch, in_channels, *image))
    index = 0
    for convolutions, multiple in _STAGES:
        for _ in range(convolutions):
            gain = 1.0 if index == 0 else 2.0
            name = f"features.{index}"
            x = net.conv2d(x, name, width * multiple, 3, padding=1, bias=True, gain=gain)
            x = net.relu(x, f"features.{index + 1}")
            index += 2
        x = net.max_pool(x, f"features.{index}", 2)
        index += 1
    if (extent(x, 2), extent(x, 3)) != (_POOLED, _POOLED):
        x = net.emit(AdaptiveAvgPool2dOp, x, name="avgpool", output_size=(_POOLED, _POOLED))
    x = net.emit(BatchFlattenOp, x, name="flatten")
    x = net.relu(net.dense(x, "classifier.0", hidden), "classifier.1")
    x = net.relu(net.dense(x, "classifier.3", hidden), "classifier.4")
    return net.finish(net.dense(x, "classifier.6", classes, gain=1.0))
