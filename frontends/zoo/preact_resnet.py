"""Pre-activation ResNets (He et al. 2016, "Identity Mappings in Deep Residual Networks").

The graphs of Relay's testing module, which its published profile measured: layer and parameter
names, batch normalisation's epsilon, and a bottleneck's stride in its first 1x1 are as there.
"""

from __future__ import annotations

from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import SSAValue

from ...dialects.relay.softmax import SoftmaxOp
from .layers import RELAY_NAMES, Layers
from .resnet import units_per_stage
from .weights import Weights

_EPSILON = 2e-5
_SMALL_IMAGE = 32


def preact_resnet(
    layers: int = 18,
    batch: int = 1,
    image: tuple[int, int] = (224, 224),
    classes: int = 1000,
    *,
    in_channels: int = 3,
    width: int = 64,
    seed: int = 0,
    weights: Weights | None = None,
) -> ModuleOp:
    """@main: float32[batch, in_channels, *image] -> class probabilities float32[batch, classes].

    Images up to 32 high get the 3x3 stem without pooling. ``width`` is the channels of the
    stem; ``weights`` replaces those of ``seed``.

    Raises:
        ZooError: when there is no network of this many layers.
    """
    stages, bottleneck = units_per_stage("preact_resnet", layers)
    net = Layers(weights or Weights(seed), RELAY_NAMES)

    x = net.input((batch, in_channels, *image))
    x = net.batch_norm(x, "bn_data", epsilon=_EPSILON, scale=False)
    x = _stem(net, x, width, small=image[0] <= _SMALL_IMAGE)
    for stage, units in enumerate(stages):
        channels = width * 2**stage * (4 if bottleneck else 1)
        for unit in range(units):
            name = f"stage{stage + 1}_unit{unit + 1}"
            stride = 2 if stage > 0 and unit == 0 else 1
            add_unit = _bottleneck_unit if bottleneck else _basic_unit
            # Each unit adds to the sum: dividing by their number bounds its growth.
            x = add_unit(net, x, name, channels, stride, first=unit == 0, gain=1 / units)
    x = _norm_relu(net, x, "bn1", "relu1")
    x = net.global_average(x, "pool1")
    # A small gain keeps the softmax from saturating.
    x = net.dense(x, "fc1", classes, gain=0.25)
    return net.finish(net.emit(SoftmaxOp, x, name="softmax"))


def _stem(net: Layers, x: SSAValue, width: int, *, small: bool) -> SSAValue:
    if small:
        return net.conv2d(x, "conv0", width, 3, padding=1, gain=1.0)
    x = net.conv2d(x, "conv0", width, 7, stride=2, padding=3, gain=1.0)
    x = _norm_relu(net, x, "bn0", "relu0")
    return net.max_pool(x, "pool0", 3, padding=1)


def _basic_unit(
    net: Layers, x: SSAValue, name: str, channels: int, stride: int, *, first: bool, gain: float
) -> SSAValue:
    """Two 3x3 convolutions; the shortcut of a stage's first unit is a 1x1 one."""
    act = _norm_relu(net, x, f"{name}_bn1", f"{name}_act1")
    y = net.conv2d(act, f"{name}_conv1", channels, 3, stride=stride, padding=1)
    y = _norm_relu(net, y, f"{name}_bn2", f"{name}_act2")
    y = net.conv2d(y, f"{name}_conv2", channels, 3, padding=1, gain=gain)
    shortcut = net.conv2d(act, f"{name}_sc", channels, 1, stride=stride) if first else x
    return net.add(y, shortcut, f"{name}_add")


def _bottleneck_unit(
    net: Layers, x: SSAValue, name: str, channels: int, stride: int, *, first: bool, gain: float
) -> SSAValue:
    """1x1 down to a quarter of the channels, 3x3, 1x1 back up; the shortcut as above."""
    inner = channels // 4
    act = _norm_relu(net, x, f"{name}_bn1", f"{name}_act1")
    y = net.conv2d(act, f"{name}_conv1", inner, 1, stride=stride)
    y = _norm_relu(net, y, f"{name}_bn2", f"{name}_act2")
    y = net.conv2d(y, f"{name}_conv2", inner, 3, padding=1)
    y = _norm_relu(net, y, f"{name}_bn3", f"{name}_act3")
    y = net.conv2d(y, f"{name}_conv3", channels, 1, gain=gain)
    shortcut = net.conv2d(act, f"{name}_sc", channels, 1, stride=stride) if first else x
    return net.add(y, shortcut, f"{name}_add")


def _norm_relu(net: Layers, x: SSAValue, norm: str, relu: str) -> SSAValue:
    return net.relu(net.batch_norm(x, norm, epsilon=_EPSILON), relu)
