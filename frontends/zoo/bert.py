"""BERT's encoder (Devlin et al. 2018), with Hugging Face's parameter names."""

from __future__ import annotations

from math import sqrt

from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import SSAValue

from ...dialects.relay.activation import GeluOp
from ...dialects.relay.arithmetic import MultiplyOp
from ...dialects.relay.dense import BatchMatmulOp
from ...dialects.relay.reshape import ReshapeOp
from ...dialects.relay.shape import TransposeOp
from ...dialects.relay.softmax import SoftmaxOp
from .errors import ZooError
from .layers import TORCH_NAMES, Layers, extent
from .weights import Weights

_EPSILON = 1e-12
_SWAP_HEADS = (0, 2, 1, 3)

# Random attention averages over all tokens and, layer by layer, would make them the same. These
# gains keep them apart: queries and keys that attend to few tokens, and small branches.
_SHARP = 4.0
_BRANCH = 0.25


def bert(
    layers: int = 12,
    batch: int = 1,
    tokens: int = 128,
    hidden: int = 768,
    heads: int = 12,
    feed_forward: int = 3072,
    *,
    seed: int = 0,
    weights: Weights | None = None,
) -> ModuleOp:
    """@main: embeddings float32[batch, tokens, hidden] -> hidden states of the same shape.

    Normalisation follows each residual sum; there is no mask. ``weights`` replaces those of
    ``seed``.

    Raises:
        ZooError: when ``hidden`` is not a multiple of ``heads``.
    """
    if heads < 1 or hidden % heads:
        raise ZooError(f"bert: hidden is {hidden}, expected a multiple of the {heads} heads")
    net = Layers(weights or Weights(seed), TORCH_NAMES)
    x = net.input((batch, tokens, hidden))
    for layer in range(layers):
        x = _encoder_layer(net, x, f"encoder.layer.{layer}", heads, feed_forward)
    return net.finish(x)


def _encoder_layer(net: Layers, x: SSAValue, name: str, heads: int, feed_forward: int) -> SSAValue:
    hidden = extent(x, -1)
    context = _attention(net, x, f"{name}.attention.self", heads)
    y = net.dense(context, f"{name}.attention.output.dense", hidden, gain=_BRANCH)
    x = _add_norm(net, x, y, f"{name}.attention.output")
    y = net.dense(x, f"{name}.intermediate.dense", feed_forward, gain=1.0)
    y = net.emit(GeluOp, y, name=f"{name}.intermediate.gelu")
    y = net.dense(y, f"{name}.output.dense", hidden, gain=_BRANCH)
    return _add_norm(net, x, y, f"{name}.output")


def _add_norm(net: Layers, x: SSAValue, y: SSAValue, name: str) -> SSAValue:
    total = net.add(y, x, f"{name}.add")
    return net.layer_norm(total, f"{name}.LayerNorm", epsilon=_EPSILON)


def _attention(net: Layers, x: SSAValue, name: str, heads: int) -> SSAValue:
    """softmax(q k^T / sqrt(size)) v for each head of ``size`` channels."""
    batch, tokens, hidden = (extent(x, axis) for axis in range(3))
    size = hidden // heads

    def project(part: str, gain: float) -> SSAValue:
        """A dense layer's result as [batch * heads, tokens, size]."""
        y = net.dense(x, f"{name}.{part}", hidden, gain=gain)
        y = net.emit(ReshapeOp, y, newshape=(batch, tokens, heads, size))
        y = net.emit(TransposeOp, y, axes=_SWAP_HEADS)
        return net.emit(ReshapeOp, y, newshape=(batch * heads, tokens, size))

    query = project("query", _SHARP)
    key = project("key", _SHARP)
    value = project("value", 1.0)
    scores = net.emit(BatchMatmulOp, query, key, name=f"{name}.scores")
    scale = net.builder.scalar(1 / sqrt(size))
    scores = net.emit(MultiplyOp, scores, scale, name=f"{name}.scaled_scores")
    probabilities = net.emit(SoftmaxOp, scores, name=f"{name}.probabilities")
    context = net.emit(
        BatchMatmulOp, probabilities, value, name=f"{name}.context", transpose_b=False
    )
    context = net.emit(ReshapeOp, context, newshape=(batch, heads, tokens, size))
    context = net.emit(TransposeOp, context, axes=_SWAP_HEADS)
    return net.emit(ReshapeOp, context, newshape=(batch, tokens, hidden))
