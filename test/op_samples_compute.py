"""Samples of the elementwise, broadcasting and reducing ops, and of constants and tuples."""

from __future__ import annotations

from collections.abc import Sequence

from inlay.dialects.relay.constant import ConstantOp
from inlay.dialects.relay.types import ELEMENT_TYPES
from op_sampling import (
    Operand,
    Sample,
    binary,
    case,
    dtype,
    emit_tuple,
    halves,
    op_named,
    reduction,
    samples,
    tame,
    unary,
    weights,
    x,
)

_MODULE = [
    *samples(
        "constant",
        value=lambda e, n: case(value=ConstantOp.of(weights(e, n)).value),
    ),
    *samples("tuple", emit=emit_tuple, pair=lambda e, n: case(x(n), x(2, n))),
    *samples("tuple_get_item", emit=emit_tuple, pair=lambda e, n: case(x(n), x(2, n))),
]

_ELEMENTWISE = [
    *unary(
        "nn.relu",
        "nn.leaky_relu",
        "sigmoid",
        "fast_tanh",
        "tanh",
        "nn.gelu",
        "fast_exp",
        "exp",
        "fast_erf",
        "erf",
        "log",
        "log2",
        "sqrt",
        "rsqrt",
        "sin",
        "cos",
        "tan",
        "ceil",
        "floor",
        "trunc",
        "sign",
        "negative",
        "abs",
        "logical_not",
        "bitwise_not",
        "isnan",
        "isinf",
        "isfinite",
        "copy",
        "zeros_like",
        "ones_like",
    ),
    *unary("round", fill=halves),
    *unary("clip", a_min=-1.5, a_max=6.0),
    *samples("nn.gelu", tanh=lambda e, n: case(x(2, n), approximate="tanh")),
    *samples("nn.leaky_relu", steep=lambda e, n: case(x(2, n), alpha=1.5)),
    *[
        Sample(op_named("cast"), f"to_{to}", lambda e, n, to=to: case(x(2, n), dtype=dtype(to)))
        for to in ELEMENT_TYPES
    ],
    *samples("cast", image=lambda e, n: case(x(1, n, 2, 3), dtype=dtype("f32"))),
]

_BROADCAST = [
    *binary(
        "add",
        "subtract",
        "multiply",
        "divide",
        "power",
        "maximum",
        "minimum",
        "equal",
        "not_equal",
        "less",
        "less_equal",
        "greater",
        "greater_equal",
        "logical_and",
        "logical_or",
        "logical_xor",
        "bitwise_and",
        "bitwise_or",
        "bitwise_xor",
        "left_shift",
        "right_shift",
    ),
    *binary("floor_divide", "mod", "floor_mod", fill=halves),
    *samples(
        "where",
        same=lambda e, n: case(Operand((3, n), element="i1"), x(3, n), x(3, n)),
        outer=lambda e, n: case(Operand((3, 1), element="i1"), x(2, 1, n), x()),
        image=lambda e, n: case(Operand((8, 1, 1), element="i1"), x(2, 8, 3, n), x(8, 1, n)),
    ),
    *samples(
        "nn.bias_add",
        channels=lambda e, n: case(x(2, n, 2, 3), x(n)),
        last=lambda e, n: case(x(2, 3, n), x(n), axis=-1),
        image=lambda e, n: case(x(2, 8, 3, n), x(8)),
    ),
]

_REDUCE = [
    *reduction(
        "sum",
        "mean",
        "max",
        "min",
        "prod",
        "all",
        "any",
        "argmax",
        "argmin",
        "logsumexp",
    ),
    *samples("argmax", last_of=lambda e, n: case(x(3, n), axis=[1], select_last_index=True)),
    *samples("argmin", last_of=lambda e, n: case(x(3, n), axis=[1], select_last_index=True)),
    *samples(
        "variance",
        last=lambda e, n: case(tame(3, n), tame(3, 1), axis=[-1]),
        unbiased=lambda e, n: case(tame(5, n), tame(1, n), axis=[0], unbiased=True),
        image=lambda e, n: case(tame(2, 8, 3, n), tame(2, 8, 1, 1), axis=[2, 3], keepdims=True),
    ),
]

COMPUTE: Sequence[Sample] = (
    *_MODULE,
    *_ELEMENTWISE,
    *_BROADCAST,
    *_REDUCE,
)
"""See ``op_samples.py``."""
