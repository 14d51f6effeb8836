"""ResNets with torchvision's graphs and parameter names (He et al. 2015).

A bottleneck has its stride in the 3x3 convolution ("v1.5"), unlike the paper's.
"""

from __future__ import annotations

from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import SSAValue

from .errors import ZooError
from .layers import TORCH_NAMES, Layers, extent
from .weights import Weights

# Units per stage by number of layers, and whether a unit is a bottleneck.
_DEPTHS: dict[int, tuple[tuple[int, int, int, int], bool]] = {
    18: ((2, 2, 2, 2), False),
    34: ((3, 4, 6, 3), False),
    50: ((3, 4, 6, 3), True),
    101: ((3, 4, 23, 3), True),
    152: ((3, 8, 36, 3), True),
}
_EXPANSION = 4


def units_per_stage(model: str, layers: int) -> tuple[tuple[int, ...], bool]:
    """The units of each stage of a ResNet, and whether they are bottlenecks.

    Raises:
        ZooError: when there is no ResNet of this many layers.
    """
    if layers not in _DEPTHS:
        known = ", ".join(map(str, _DEPTHS))
        raise ZooError(f"{model}: layers is {layers}, expected one of {known}")
    return _DEPTHS[layers]


def resnet(
    layers: int = 50,
    batch: int = 1,
    image: tuple[int, int] = (224, 224),
    classes: int = 1000,
    *,
    in_channels: int = 3,
    width: int = 64,
    seed: int = 0,
    weights: Weights | None = None,
) -> ModuleOp:
    """@main: float32[batch, in_channels, *image] -> logits float32[batch, classes].

    ``width`` is the channels of the stem; ``weights`` replaces those of ``seed``.

    Raises:
        ZooError: when there is no network of this many layers.
    """
    stages, bottleneck = units_per_stage("resnet", layers)
    add_block = _bottleneck if bottleneck else _basic_block
    net = Layers(weights or Weights(seed), TORCH_NAMES)

    x = net.input((batch, in_channels, *image))
    x = net.conv2d(x, "conv1", width, 7, stride=2, padding=3, gain=1.0)
    x = net.relu(net.batch_norm(x, "bn1"), "relu")
    x = net.max_pool(x, "maxpool", 3, padding=1)
    for stage, blocks in enumerate(stages):
        for block in range(blocks):
            name = f"layer{stage + 1}.{block}"
            stride = 2 if stage > 0 and block == 0 else 1
            # Each block adds to the sum: dividing by their number bounds its growth.
            x = add_block(net, x, name, width * 2**stage, stride, gain=0.5 / blocks)
    x = net.global_average(x, "avgpool")
    return net.finish(net.dense(x, "fc", classes, gain=1.0))


def _basic_block(
    net: Layers, x: SSAValue, name: str, planes: int, stride: int, *, gain: float
) -> SSAValue:
    """Two 3x3 convolutions and a shortcut."""
    y = net.conv2d(x, f"{name}.conv1", planes, 3, stride=stride, padding=1)
    y = net.relu(net.batch_norm(y, f"{name}.bn1"), f"{name}.relu1")
    y = net.conv2d(y, f"{name}.conv2", planes, 3, padding=1)
    y = net.batch_norm(y, f"{name}.bn2", gain=gain)
    return _join(net, x, y, name, stride)


def _bottleneck(
    net: Layers, x: SSAValue, name: str, planes: int, stride: int, *, gain: float
) -> SSAValue:
    """1x1 down, 3x3, 1x1 up to four times the channels, and a shortcut."""
    y = net.conv2d(x, f"{name}.conv1", planes, 1)
    y = net.relu(net.batch_norm(y, f"{name}.bn1"), f"{name}.relu1")
    y = net.conv2d(y, f"{name}.conv2", planes, 3, stride=stride, padding=1)
    y = net.relu(net.batch_norm(y, f"{name}.bn2"), f"{name}.relu2")
    y = net.conv2d(y, f"{name}.conv3", planes * _EXPANSION, 1)
    y = net.batch_norm(y, f"{name}.bn3", gain=gain)
    return _join(net, x, y, name, stride)


def _join(net: Layers, x: SSAValue, y: SSAValue, name: str, stride: int) -> SSAValue:
    """relu(y + x), with x projected by a 1x1 convolution where its shape is another."""
    if stride != 1 or extent(x, 1) != extent(y, 1):
        x = net.conv2d(x, f"{name}.downsample.0", extent(y, 1), 1, stride=stride)
        x = net.batch_norm(x, f"{name}.downsample.1")
    return net.relu(net.add(y, x, f"{name}.add"), f"{name}.relu")
