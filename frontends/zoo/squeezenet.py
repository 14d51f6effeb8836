"""SqueezeNet 1.1 (Iandola et al. 2016): torchvision's graph and parameter names."""

from __future__ import annotations

from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import SSAValue

from ...dialects.relay.assemble import ConcatenateOp
from .layers import TORCH_NAMES, Layers
from .weights import Weights

# By index in `features`: squeezed channels and each expansion's, or None for a pooling.
_FEATURES: dict[int, tuple[int, int] | None] = {
    2: None,
    3: (16, 64),
    4: (16, 64),
    5: None,
    6: (32, 128),
    7: (32, 128),
    8: None,
    9: (48, 192),
    10: (48, 192),
    11: (64, 256),
    12: (64, 256),
}


def squeezenet(
    batch: int = 1,
    image: tuple[int, int] = (224, 224),
    classes: int = 1000,
    *,
    in_channels: int = 3,
    seed: int = 0,
    weights: Weights | None = None,
) -> ModuleOp:
    """@main: float32[batch, in_channels, *image] -> logits float32[batch, classes].

    ``weights`` replaces those of ``seed``.
    """
    net = Layers(weights or Weights(seed), TORCH_NAMES)
    x = net.input((batch, in_channels, *image))
    x = net.conv2d(x, "features.0", 64, 3, stride=2, bias=True, gain=1.0)
    x = net.relu(x, "features.1")
    for index, fire in _FEATURES.items():
        name = f"features.{index}"
        x = _fire(net, x, name, *fire) if fire else net.max_pool(x, name, 3, ceil_mode=True)
    x = net.relu(net.conv2d(x, "classifier.1", classes, 1, bias=True), "classifier.2")
    return net.finish(net.global_average(x, "classifier.3"))


def _fire(net: Layers, x: SSAValue, name: str, squeezed: int, expanded: int) -> SSAValue:
    """1x1 down, then 1x1 and 3x3 side by side, concatenated."""
    x = net.conv2d(x, f"{name}.squeeze", squeezed, 1, bias=True)
    x = net.relu(x, f"{name}.squeeze_activation")
    one = net.conv2d(x, f"{name}.expand1x1", expanded, 1, bias=True)
    one = net.relu(one, f"{name}.expand1x1_activation")
    three = net.conv2d(x, f"{name}.expand3x3", expanded, 3, padding=1, bias=True)
    three = net.relu(three, f"{name}.expand3x3_activation")
    return net.emit(ConcatenateOp, one, three, name=f"{name}.concat", axis=1)
