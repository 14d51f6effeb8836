"""Kernels of ops that move elements: in chains, where each reads what the one behind it asks for,
and at indices far outside."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import TypeAlias

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from xdsl.builder import Builder
from xdsl.dialects.builtin import ModuleOp, UnitAttr
from xdsl.ir import SSAValue
from xdsl.rewriter import InsertPoint

from inlay.dialects.relay.assemble import ConcatenateOp, RepeatOp, ReverseOp, SplitOp, TileOp
from inlay.dialects.relay.base import RelayOp
from inlay.dialects.relay.evaluate import evaluate
from inlay.dialects.relay.gather import GatherOp, OneHotOp, TakeOp
from inlay.dialects.relay.module import PRIMITIVE, FuncOp, ReturnOp
from inlay.dialects.relay.pad import PadOp
from inlay.dialects.relay.reshape import ReshapeOp
from inlay.dialects.relay.rows import Array, AttrValue
from inlay.dialects.relay.scatter import ScatterElementsOp
from inlay.dialects.relay.shape import TransposeOp
from inlay.dialects.relay.slice import StridedSliceOp
from inlay.dialects.relay.types import ELEMENT_TYPES, INTS, shape_of, tensor
from inlay.dialects.tl.evaluate import evaluate_kernel
from inlay.passes.lower.relay_to_tl import lower_function

Move: TypeAlias = tuple[type[RelayOp], int, dict[str, AttrValue]]
"""An op, how many times it takes the value, and its properties."""

Shape: TypeAlias = Sequence[int]


def factorizations(number: int) -> list[tuple[int, ...]]:
    """Shapes of this many elements: a number as products of up to three."""
    pairs = _pairs(number)
    triples = [(d, *pair) for d, rest in pairs for pair in _pairs(rest)]
    return [(number,), *pairs, *triples]


def _pairs(number: int) -> list[tuple[int, int]]:
    return [(d, number // d) for d in range(1, number + 1) if number % d == 0]


def axis_of(shape: Shape) -> st.SearchStrategy[int]:
    return st.integers(0, len(shape) - 1)


def transpositions(shape: Shape) -> st.SearchStrategy[Move]:
    orders = st.permutations(range(len(shape)))
    return orders.map(lambda axes: (TransposeOp, 1, {"axes": list(axes)}))


def reshapes(shape: Shape) -> st.SearchStrategy[Move]:
    shapes = st.sampled_from(factorizations(prod(shape)))
    return shapes.map(lambda new: (ReshapeOp, 1, {"newshape": list(new)}))


def repetitions(shape: Shape) -> st.SearchStrategy[Move]:
    axes = axis_of(shape)
    return axes.map(lambda axis: (RepeatOp, 1, {"repeats": 2, "axis": axis}))


def tiles(shape: Shape) -> st.SearchStrategy[Move]:
    counts = st.lists(st.integers(1, 2), min_size=len(shape), max_size=len(shape))
    return counts.map(lambda reps: (TileOp, 1, {"reps": reps}))


def reversals(shape: Shape) -> st.SearchStrategy[Move]:
    return axis_of(shape).map(lambda axis: (ReverseOp, 1, {"axis": [axis]}))


def slices(shape: Shape) -> st.SearchStrategy[Move]:
    def cut(axis: int, step: int) -> Move:
        begin, end = (0, shape[axis]) if step > 0 else (-1, -shape[axis] - 1)
        bounds = {"begin": [begin], "end": [end], "strides": [step], "axes": [axis]}
        return StridedSliceOp, 1, dict[str, AttrValue](bounds)

    return st.builds(cut, axis_of(shape), st.sampled_from([-2, -1, 1, 2]))


def pads(shape: Shape) -> st.SearchStrategy[Move]:
    def pad(widths: list[int], mode: str) -> Move:
        return PadOp, 1, {"pad_width": widths, "pad_mode": mode}

    widths = st.lists(st.integers(0, 1), min_size=2 * len(shape), max_size=2 * len(shape))
    modes = ["constant", "edge", "reflect"] if min(shape) > 1 else ["constant", "edge"]
    return st.builds(pad, widths, st.sampled_from(modes))


def concatenations(shape: Shape) -> st.SearchStrategy[Move]:
    return axis_of(shape).map(lambda axis: (ConcatenateOp, 2, {"axis": axis}))


def splits(shape: Shape) -> st.SearchStrategy[Move]:
    def cut(axis: int) -> Move:
        return SplitOp, 1, {"indices_or_sections": [shape[axis] // 2], "axis": axis}

    return axis_of(shape).map(cut)


MOVES: Sequence[Callable[[Shape], st.SearchStrategy[Move]]] = (
    transpositions,
    reshapes,
    repetitions,
    tiles,
    reversals,
    slices,
    pads,
    concatenations,
    splits,
)


def run(function: FuncOp, inputs: Sequence[Array]) -> None:
    """Check the kernel of a function against the evaluator."""
    function.attributes[PRIMITIVE] = UnitAttr()
    (expected,) = evaluate(ModuleOp([function.clone()]), inputs)
    found = np.full(expected.shape, 7, expected.dtype)
    kernel = lower_function(function)
    kernel.verify()
    # In buffers integers have no sign of their own.
    bits = [a.view(f"i{a.itemsize}") if a.dtype.kind == "u" else a for a in inputs]
    evaluate_kernel(kernel, [*bits, found])
    np.testing.assert_array_equal(found, expected)


@given(st.data())
def test_chains(data: st.DataObject) -> None:
    shape = data.draw(st.lists(st.sampled_from([1, 2, 3, 4, 6]), min_size=1, max_size=3))
    function = FuncOp.of("main", [tensor("f32", shape)])
    builder = Builder(InsertPoint.at_end(function.block))
    value: SSAValue = function.args[0]
    for _ in range(data.draw(st.integers(1, 4))):
        now = shape_of(value.type)
        op, count, properties = data.draw(data.draw(st.sampled_from(MOVES))(now))
        made = op.make([value] * count, properties)
        if prod(shape_of(made.results[-1].type)) > 500:
            break
        value = builder.insert(made).results[-1]
    builder.insert(ReturnOp.of([value]))
    function.update_type()
    run(function, [np.arange(prod(shape), dtype=np.float32).reshape(shape)])


INDEXED: Sequence[tuple[type[RelayOp], dict[str, AttrValue]]] = (
    (TakeOp, {"axis": 0}),
    (TakeOp, {"axis": 0, "mode": "wrap"}),
    (TakeOp, {}),
    (GatherOp, {"axis": 0}),
    (ScatterElementsOp, {"reduction": "add"}),
    (OneHotOp, {"depth": 300}),
)


@pytest.mark.parametrize("element", sorted(INTS))
@pytest.mark.parametrize(("op", "properties"), INDEXED)
def test_extreme_indices(op: type[RelayOp], properties: dict[str, AttrValue], element: str) -> None:
    limits = np.iinfo(ELEMENT_TYPES[element][1])
    indices = np.array([limits.min, limits.max, 0, 1, 127], limits.dtype)
    data = np.arange(300, dtype=np.float32)
    number = np.float32(2)
    inputs: list[Array] = [data, indices]
    if op is OneHotOp:
        inputs = [indices, np.asarray(number), np.asarray(-number)]
    elif op is ScatterElementsOp:
        inputs = [data, indices, data[:5]]
    types = [element if array is indices else "f32" for array in inputs]
    function = FuncOp.of("main", [tensor(t, a.shape) for t, a in zip(types, inputs, strict=True)])
    builder = Builder(InsertPoint.at_end(function.block))
    made = builder.insert(op.make(function.args, properties))
    builder.insert(ReturnOp.of(made.results))
    function.update_type()
    run(function, inputs)
