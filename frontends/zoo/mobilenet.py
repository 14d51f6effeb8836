"""MobileNetV2 (Sandler et al. 2018): torchvision's graph and parameter names."""

from __future__ import annotations

from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import SSAValue

from ...dialects.relay.activation import ClipOp
from .layers import TORCH_NAMES, Layers, extent
from .weights import Weights

# Expansion, channels, blocks and the first block's stride, per stage.
_STAGES = (
    (1, 16, 1, 1),
    (6, 24, 2, 2),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
    (6, 160, 3, 2),
    (6, 320, 1, 1),
)
_STEM = 32
_HEAD = 1280


def mobilenet_v2(
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
    x = _conv_norm_relu6(net, x, "features.0", _STEM, 3, stride=2, gain=1.0)
    index = 1
    for expansion, channels, blocks, first_stride in _STAGES:
        for block in range(blocks):
            stride = first_stride if block == 0 else 1
            x = _inverted_residual(net, x, f"features.{index}", channels, stride, expansion)
            index += 1
    x = _conv_norm_relu6(net, x, f"features.{index}", _HEAD, 1, gain=1.0)
    x = net.global_average(x, "avgpool")
    return net.finish(net.dense(x, "classifier.1", classes, gain=1.0))


def _inverted_residual(
    net: Layers, x: SSAValue, name: str, channels: int, stride: int, expansion: int
) -> SSAValue:
    """1x1 up, depthwise 3x3, linear 1x1 down; added to x where the shapes agree."""
    y, inner, part = x, extent(x, 1) * expansion, 0
    if expansion != 1:
        # The gain of 1: x comes without a relu.
        y = _conv_norm_relu6(net, y, f"{name}.conv.0", inner, 1, gain=1.0)
        part = 1
    depthwise = f"{name}.conv.{part}"
    y = _conv_norm_relu6(net, y, depthwise, inner, 3, stride=stride, groups=inner)
    residual = stride == 1 and extent(x, 1) == channels
    y = net.conv2d(y, f"{name}.conv.{part + 1}", channels, 1, gain=0.5 if residual else 2.0)
    y = net.batch_norm(y, f"{name}.conv.{part + 2}")
    return net.add(x, y, f"{name}.add") if residual else y


def _conv_norm_relu6(
    net: Layers,
    x: SSAValue,
    name: str,
    channels: int,
    kernel: int,
    *,
    stride: int = 1,
    groups: int = 1,
    gain: float = 2.0,
) -> SSAValue:
    padding = kernel // 2
    x = net.conv2d(
        x,
        f"{name}.0",
        channels,
        kernel,
        stride=stride,
        padding=padding,
        groups=groups,
        gain=gain,
    )
    x = net.batch_norm(x, f"{name}.1")
    return net.emit(ClipOp, x, name=f"{name}.2", a_min=0.0, a_max=6.0)
