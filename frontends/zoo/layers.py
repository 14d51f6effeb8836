"""Layers with weights: what the models of the zoo are written in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import SSAValue

from ...dialects.relay.activation import ReluOp
from ...dialects.relay.arithmetic import AddOp, BiasAddOp
from ...dialects.relay.base import RelayOp
from ...dialects.relay.conv import Conv2dOp
from ...dialects.relay.dense import DenseOp
from ...dialects.relay.norm import BatchNormOp, LayerNormOp
from ...dialects.relay.pool import GlobalAvgPool2dOp, MaxPool2dOp
from ...dialects.relay.reshape import BatchFlattenOp
from ...dialects.relay.rows import AttrValue
from ...dialects.relay.types import shape_of
from ..builder import GraphBuilder
from .errors import ZooError
from .weights import Weights


@dataclass(frozen=True)
class ParameterNames:
    """What follows the layer's name in the names of its parameters."""

    weight: str
    bias: str
    gamma: str
    beta: str
    mean: str
    var: str


RELAY_NAMES = ParameterNames("_weight", "_bias", "_gamma", "_beta", "_moving_mean", "_moving_var")
TORCH_NAMES = ParameterNames(
    ".weight", ".bias", ".weight", ".bias", ".running_mean", ".running_var"
)
"""Those of PyTorch's state dicts: trained weights fit by name."""


class Layers:
    """A graph builder whose layers bring their weights along.

    Activations are float32; images are NCHW and every spatial argument is square.
    """

    def __init__(self, weights: Weights, names: ParameterNames):
        self.weights = weights
        self.names = names
        self.builder = GraphBuilder()

    def input(self, shape: Sequence[int]) -> SSAValue:
        """The model's only input, ``data``."""
        return self.builder.input("data", shape)

    def emit(
        self, op: type[RelayOp], *operands: SSAValue, name: str | None = None, **options: AttrValue
    ) -> SSAValue:
        """Add a layer without weights."""
        return self.builder.emit(op, *operands, name=name, **options)

    def finish(self, result: SSAValue) -> ModuleOp:
        """The module whose @main returns ``result``."""
        return self.builder.finish(result)

    def conv2d(
        self,
        x: SSAValue,
        name: str,
        channels: int,
        kernel: int,
        *,
        stride: int = 1,
        padding: int = 0,
        groups: int = 1,
        bias: bool = False,
        gain: float = 2.0,
    ) -> SSAValue:
        """A convolution to ``channels``; ``gain`` as in ``Weights.kernel``."""
        shape = (channels, extent(x, 1) // groups, kernel, kernel)
        y = self.emit(
            Conv2dOp,
            x,
            self._weight(name, shape, gain),
            name=name,
            strides=(stride, stride),
            padding=(padding,) * 4,
            groups=groups,
        )
        return self._bias(y, name, axis=1) if bias else y

    def dense(
        self, x: SSAValue, name: str, units: int, *, bias: bool = True, gain: float = 2.0
    ) -> SSAValue:
        """A fully connected layer over the last dimension."""
        y = self.emit(DenseOp, x, self._weight(name, (units, extent(x, -1)), gain), name=name)
        return self._bias(y, name, axis=-1) if bias else y

    def batch_norm(
        self,
        x: SSAValue,
        name: str,
        *,
        epsilon: float = 1e-5,
        scale: bool = True,
        gain: float = 1.0,
    ) -> SSAValue:
        """A batch normalisation over channels, with fixed statistics."""
        values = self.weights.batch_norm(name, extent(x, 1), gain)
        names = self.names
        return self.emit(
            BatchNormOp,
            x,
            self.builder.constant(values.gamma, name + names.gamma),
            self.builder.constant(values.beta, name + names.beta),
            self.builder.constant(values.mean, name + names.mean),
            self.builder.constant(values.var, name + names.var),
            name=name,
            epsilon=epsilon,
            scale=scale,
        )

    def layer_norm(self, x: SSAValue, name: str, *, epsilon: float) -> SSAValue:
        """A layer normalisation over the last dimension."""
        gamma, beta = self.weights.layer_norm(name, extent(x, -1))
        return self.emit(
            LayerNormOp,
            x,
            self.builder.constant(gamma, name + self.names.gamma),
            self.builder.constant(beta, name + self.names.beta),
            name=name,
            epsilon=epsilon,
        )

    def relu(self, x: SSAValue, name: str) -> SSAValue:
        """max(x, 0)."""
        return self.emit(ReluOp, x, name=name)

    def add(self, x: SSAValue, y: SSAValue, name: str) -> SSAValue:
        """x + y."""
        return self.emit(AddOp, x, y, name=name)

    def max_pool(
        self,
        x: SSAValue,
        name: str,
        size: int,
        *,
        stride: int = 2,
        padding: int = 0,
        ceil_mode: bool = False,
    ) -> SSAValue:
        """The maximum over windows."""
        return self.emit(
            MaxPool2dOp,
            x,
            name=name,
            pool_size=(size, size),
            strides=(stride, stride),
            padding=(padding,) * 4,
            ceil_mode=ceil_mode,
        )

    def global_average(self, x: SSAValue, name: str) -> SSAValue:
        """The mean of each channel, flattened: [batch, channels]."""
        pooled = self.emit(GlobalAvgPool2dOp, x, name=name)
        return self.emit(BatchFlattenOp, pooled, name="flatten")

    def _weight(self, name: str, shape: Sequence[int], gain: float) -> SSAValue:
        key = name + self.names.weight
        if min(shape) < 1:
            raise ZooError(f"{key}: shape {list(shape)}, expected extents of at least 1")
        return self.builder.constant(self.weights.kernel(key, shape, gain), key)

    def _bias(self, x: SSAValue, name: str, axis: int) -> SSAValue:
        key = name + self.names.bias
        bias = self.builder.constant(self.weights.bias(key, extent(x, axis)), key)
        return self.emit(BiasAddOp, x, bias, name=name, axis=axis)


def extent(x: SSAValue, axis: int) -> int:
    """One extent of a tensor value."""
    return shape_of(x.type)[axis]
