"""Layers with unusual properties, compiled as kernels, give what the evaluator gives."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import numpy as np
import pytest

from compiled_ops import CompiledFunctions
from inlay.dialects.relay.evaluate import evaluate
from inlay.dialects.relay.module import FuncOp
from op_sampling import Case, Sample, case, dtype, layout, op_named, tame, x

CASES: Mapping[tuple[str, str], tuple[str, Case]] = {
    ("nn.conv2d", "depthwise with a multiplier"): (
        "f32",
        case(tame(2, 6, 7, 9), tame(12, 1, 3, 3), groups=6, padding=[1, 1, 1, 1]),
    ),
    ("nn.conv2d", "dilated, from CHWN to NHWC"): (
        "f32",
        case(
            *(tame(6, 9, 7, 2), tame(4, 6, 3, 3)),
            data_layout=layout("CHWN"),
            out_layout=layout("NHWC"),
            padding=[1, 0, 1, 2],
            dilation=[2, 3],
        ),
    ),
    ("nn.conv2d", "taps wholly outside"): (
        "f32",
        case(tame(1, 8, 5, 5), tame(4, 2, 3, 3), groups=4, padding=[4, 4, 4, 4]),
    ),
    ("nn.conv2d_transpose", "dilated, with padding"): (
        "f32",
        case(
            *(tame(1, 3, 4, 5), tame(3, 2, 3, 3)),
            strides=[4, 4],
            dilation=[2, 3],
            padding=[1, 2, 3, 1],
        ),
    ),
    ("nn.conv2d_transpose", "places that no tap meets"): (
        "f32",
        case(tame(1, 3, 4, 5), tame(3, 2, 1, 1), strides=[2, 2]),
    ),
    ("nn.conv2d_transpose", "in NHWC, grouped"): (
        "f32",
        case(
            *(tame(2, 4, 5, 6), tame(3, 3, 6, 2)),
            data_layout=layout("NHWC"),
            kernel_layout=layout("HWIO"),
            groups=2,
            strides=[3, 2],
            padding=[1, 1, 1, 1],
        ),
    ),
    ("nn.dense", "narrower"): (
        "f64",
        case(tame(3, 5), tame(7, 5), out_dtype=dtype("f32")),
    ),
    ("nn.dense", "of high rank, wrapping"): (
        "i32",
        case(tame(2, 2, 2, 3, 5), tame(7, 5), out_dtype=dtype("i8")),
    ),
    ("nn.max_pool2d", "of unsigned integers, padded"): (
        "ui8",
        case(x(1, 3, 7, 9), pool_size=[3, 3], padding=[2, 2, 2, 2]),
    ),
    ("nn.max_pool2d", "of NaN and infinities"): (
        "f32",
        case(x(7, 9, 3, 2), pool_size=[3, 3], padding=[1, 1, 1, 1], layout=layout("HWCN")),
    ),
    ("nn.avg_pool2d", "dilated, past the padding"): (
        "f32",
        case(
            tame(1, 3, 7, 7),
            pool_size=[3, 2],
            strides=[2, 3],
            padding=[1, 0, 2, 1],
            dilation=[2, 1],
            ceil_mode=True,
        ),
    ),
    ("nn.avg_pool2d", "of integers, padding counted"): (
        "i16",
        case(
            x(1, 3, 7, 9),
            pool_size=[2, 2],
            strides=[2, 2],
            padding=[1, 1, 0, 0],
            ceil_mode=True,
            count_include_pad=True,
        ),
    ),
    ("nn.adaptive_avg_pool2d", "uneven windows"): ("f32", case(x(1, 3, 7, 9), output_size=[3, 4])),
    ("nn.adaptive_max_pool2d", "more windows than elements"): (
        "ui16",
        case(x(1, 7, 9, 3), layout=layout("NHWC"), output_size=[14, 5]),
    ),
    ("nn.l2_normalize", "one number"): ("f32", case(tame(), eps=1e-3)),
    ("nn.instance_norm", "slices of one element"): ("f32", case(x(3, 4), x(4), x(4))),
    ("nn.group_norm", "channels last"): (
        "f32",
        case(tame(3, 5, 2, 4), tame(4), tame(4), axis=3, num_groups=2),
    ),
    ("nn.layer_norm", "along the first axis"): (
        "f32",
        case(tame(70, 2, 3, 40), tame(70), tame(70), axis=0),
    ),
}


def _sample(op: str, name: str, given: Case) -> Sample:
    return Sample(op_named(op), name, lambda element, n: given)


@cache
def _compiled() -> CompiledFunctions:
    functions: list[FuncOp] = []
    for (op, name), (element, given) in CASES.items():
        module = _sample(op, name, given).build(element, 1)
        functions.extend(each for each in module.ops if isinstance(each, FuncOp))
    return CompiledFunctions(functions)


@pytest.mark.parametrize("key", CASES, ids=": ".join)
def test_layer(key: tuple[str, str]) -> None:
    element, given = CASES[key]
    sample = _sample(*key, given)
    inputs = sample.inputs(element, 1, np.random.default_rng(0))
    (wanted,) = evaluate(sample.build(element, 1), inputs)
    (found,) = _compiled()([*CASES].index(key), inputs, [wanted.shape])
    largest = np.abs(wanted, where=np.isfinite(wanted), out=np.zeros_like(wanted)).max()
    within = 1e-5 * float(largest) if wanted.dtype.kind == "f" else 0
    np.testing.assert_allclose(found, wanted, rtol=0, atol=within)
