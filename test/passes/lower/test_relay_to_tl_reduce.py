"""Reductions along any axes, and sorts of rows with ties, as kernels: as the evaluator has them."""

from __future__ import annotations

from itertools import combinations, cycle

import numpy as np

from compiled_ops import CompiledFunctions
from inlay.dialects.relay.evaluate import evaluate
from inlay.dialects.relay.module import FuncOp
from op_sampling import Case, Operand, Sample, op_named

_SHAPE = (3, 4, 9)
_AXES = [axes for count in range(4) for axes in combinations((0, -2, 2), count)]
_REDUCTIONS = [
    Sample(
        op_named(op),
        f"{axes}",
        lambda e, n, axes=axes, flags=flags: Case([Operand(_SHAPE)], {"axis": list(axes), **flags}),
    )
    for op, flags in (
        ("max", {"keepdims": True}),
        ("sum", {}),
        ("argmax", {}),
        ("argmin", {"select_last_index": True}),
    )
    for axes in _AXES
]
_EXCLUSIONS = [
    Sample(
        op_named("argmax"),
        f"all but {axes}",
        lambda e, n, axes=axes: Case([Operand(_SHAPE)], {"axis": list(axes), "exclude": True}),
    )
    for axes in _AXES[1:]
]
_SORTS = [
    Sample(
        op_named(op),
        f"{axis}",
        lambda e, n, axis=axis, up=up: Case([Operand(_SHAPE)], {"axis": axis, "is_ascend": up}),
    )
    for op in ("sort", "argsort")
    for axis in (0, 1, -1)
    for up in (False, True)
]


def test_kernels_reduce_and_sort_as_the_evaluator() -> None:
    # Bytes have ties; floats have NaN, infinities and zeros of both signs.
    runs = [
        *zip((*_REDUCTIONS, *_EXCLUSIONS), cycle(("f32", "ui8")), strict=False),
        *((sample, element) for sample in _SORTS for element in ("f32", "ui8")),
    ]
    modules = [sample.build(element, 0) for sample, element in runs]
    references = [module.clone() for module in modules]
    functions = [next(op for op in module.ops if isinstance(op, FuncOp)) for module in modules]
    compiled = CompiledFunctions(functions)
    for number, (sample, element) in enumerate(runs):
        arrays = sample.inputs(element, 0, np.random.default_rng(number))
        (expected,) = evaluate(references[number], arrays)
        (found,) = compiled(number, arrays, [expected.shape])
        message = f"{sample} of {element}"
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5, err_msg=message)
        if sample in _SORTS:
            np.testing.assert_array_equal(np.signbit(found), np.signbit(expected), message)
