"""What computes sorts and running reductions.

Sorts are loops of scf over scratch memory, one row after the other: a stable merge sort of pairs
of a key and a place, from the bottom up. Keys are integers in the order of the elements.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass

import numpy as np
from xdsl.dialects import memref, scf
from xdsl.dialects.builtin import IndexType
from xdsl.ir import Block, SSAValue

from ..tl.attributes import Reduction
from ..tl.index import Index
from .kernel_builder import KernelBuilder, Point, Scratch, axis_name
from .scalar import INDEX, Scalar, computed, constant, loaded
from .types import FLOATS, Shape, dtype_of, shape_of

_PLACE = "i32"
"""The element type of places."""

_KEYS = {"f16": "i32", "bf16": "i32", "f32": "i32", "f64": "i64", "i1": "ui8"}
"""The element type of keys, where it is not the elements'."""


# sort, argsort, topk


@dataclass(frozen=True)
class Sorted:
    """The first ``count`` elements of ``data`` in order along an axis.

    Equal ones are left as they stand; NaN is the largest. ``values`` are given the elements and
    ``places`` their places; either may be missing.
    """

    data: SSAValue
    axis: int
    ascending: bool
    count: int
    values: SSAValue | None = None
    places: SSAValue | None = None


def sort(what: Sorted, kernel: KernelBuilder) -> None:
    """Append what sorts."""
    shape = shape_of(what.data.type)
    extent = shape[what.axis]
    rows = {axis: extent for axis, extent in enumerate(shape) if axis != what.axis and extent != 1}
    if what.count == 0 or 0 in shape:
        return
    place = [Index.of(0) for _ in shape]
    with ExitStack() as loops:
        # One loop at least, so that what follows is one phase.
        for axis, rows_along in rows.items() or [(what.axis, 1)]:
            place[axis] = loops.enter_context(kernel.loop(axis_name(axis), rows_along))
        dtype = dtype_of(what.data.type)
        keys = kernel.scratch(_KEYS.get(dtype, dtype), (2, extent), "keys")
        places = kernel.scratch(_PLACE, (2, extent), "places")

        def along(index: Index) -> list[Index]:
            return [*place[: what.axis], index, *place[what.axis + 1 :]]

        with kernel.nest({"k": extent}).finish() as point:
            key = _key(point.read(what.data, along(point["k"])), ascending=what.ascending)
            point.put(key, keys, (0, point["k"]))
            point.put(point.index(point["k"]).cast(_PLACE), places, (0, point["k"]))
        half = merge_sort(kernel.block, keys, places, extent)
        with kernel.nest({"k": what.count}).finish() as point:
            # A count known only at run time may be said to be more than there are.
            rank = point.place(point.index(point["k"]).min(extent - 1))
            number = point.load(places, (half, rank))
            if what.values is not None:
                inside = number.cast(INDEX).max(0).min(extent - 1)
                value = point.read(what.data, along(point.place(inside)))
                point.store(what.values, along(point["k"]), value)
            if what.places is not None:
                _store(point, what.places, along(point["k"]), number)


def _key(x: Scalar, *, ascending: bool) -> Scalar:
    """An integer that is ordered as elements are, backwards unless ascending."""
    key = _float_key(x) if x.is_float else x.cast(_KEYS.get(x.dtype, x.dtype))
    return key if ascending else ~key


def _float_key(x: Scalar) -> Scalar:
    """The bits of a float, of which those but the sign are flipped where it is negative."""
    bits = (x + 0.0).bits  # The sum makes a -0 +0.
    highest = np.iinfo(bits.dtype.replace("i", "int")).max
    key = bits.lt(0).select(bits ^ highest, bits)
    return x.ne(x).select(key.like(highest), key)


def merge_sort(block: Block, keys: Scratch, places: Scratch, count: int) -> int:
    """Append loops that sort the first rows of keys and places, of ``count`` elements.

    Each level merges runs of twice the length from one row of the memory to the other.

    Returns:
        The row in which the result is.
    """
    levels = (count - 1).bit_length()
    if levels == 0:
        return 0

    def level(body: Block, number: Scalar, _: Sequence[Scalar]) -> Sequence[Scalar]:
        width = _index(body, 1) << number
        merge = _Merge(keys, places, count, width, number & 1)
        _loop(body, _index(body, 0), _index(body, count), width * 2, (), merge.runs)
        return ()

    _loop(block, _index(block, 0), _index(block, levels), _index(block, 1), (), level)
    return levels & 1


@dataclass(frozen=True)
class _Merge:
    """Merges runs of ``width`` from the row ``side`` of keys and places to the other row."""

    keys: Scratch
    places: Scratch
    count: int
    width: Scalar
    side: Scalar

    def runs(self, body: Block, start: Scalar, _: Sequence[Scalar]) -> Sequence[Scalar]:
        """Merge the run at ``start`` and the next one."""
        middle = (start + self.width).min(self.count)
        end = (middle + self.width).min(self.count)

        def step(inner: Block, to: Scalar, heads: Sequence[Scalar]) -> Sequence[Scalar]:
            return self._take(inner, to, heads, middle, end)

        _loop(body, start, end, _index(body, 1), (start, middle), step)
        return ()

    def _take(
        self, body: Block, to: Scalar, heads: Sequence[Scalar], middle: Scalar, end: Scalar
    ) -> Sequence[Scalar]:
        """Move the lesser of the two heads, the left one of equals."""
        left, right = heads
        # Past its end a head is not taken: what is loaded there does not matter.
        at = [head.min(self.count - 1) for head in heads]
        keys = [_load(body, self.keys, self.side, place) for place in at]
        places = [_load(body, self.places, self.side, place) for place in at]
        takes_left = left.lt(middle) & (right.ge(end) | keys[0].le(keys[1]))
        other = _in(body, self.side) ^ 1
        for memory, (first, second) in ((self.keys, keys), (self.places, places)):
            value = takes_left.select(first, second).stored(memory.dtype)
            body.add_op(memref.StoreOp.get(value, memory.memory, [other.value, to.value]))
        return (takes_left.select(left + 1, left), takes_left.select(right, right + 1))


def _loop(
    block: Block,
    start: Scalar,
    end: Scalar,
    step: Scalar,
    carried: Sequence[Scalar],
    write: Callable[[Block, Scalar, Sequence[Scalar]], Sequence[Scalar]],
) -> None:
    """Append a loop; ``write`` writes its body and gives what the next iteration gets."""
    body = Block(arg_types=[IndexType(), *(each.value.type for each in carried)])
    counter, *arguments = (Scalar(argument, INDEX, body) for argument in body.args)
    following = write(body, counter, arguments)
    body.add_op(scf.YieldOp(*(each.value for each in following)))
    initial = [each.value for each in carried]
    block.add_op(scf.ForOp(start.value, end.value, step.value, initial, body))


def _load(body: Block, memory: Scratch, row: Scalar, place: Scalar) -> Scalar:
    op = memref.LoadOp.get(memory.memory, [row.value, place.value])
    body.add_op(op)
    return loaded(op.res, memory.dtype, body)


def _in(body: Block, scalar: Scalar) -> Scalar:
    """A scalar of an outer block, to compute with in a loop."""
    return Scalar(scalar.value, scalar.dtype, body)


def _index(block: Block, value: int) -> Scalar:
    return constant(value, INDEX, block)


# cumsum and cumprod


def scan(
    data: SSAValue,
    output: SSAValue,
    axis: int | None,
    kernel: KernelBuilder,
    kind: Reduction,
    *,
    exclusive: bool,
) -> None:
    """Append the nest of a running sum or product; over the flat data without an axis."""
    shape = shape_of(data.type)
    along = range(len(shape)) if axis is None else [axis]
    axes = {axis_name(number): extent for number, extent in enumerate(shape)}
    running = {axis_name(number): shape[number] for number in along} or {"point": 1}
    rows = {name: extent for name, extent in axes.items() if name not in running}
    nest = kernel.nest(rows, running, {"a": (_running_dtype(data, output), kind)})
    if kind is Reduction.ADD and not exclusive and nest.dtypes["a"] in FLOATS:
        with nest.init() as point:
            point.yields(point.constant(-0.0, nest.dtypes["a"]))  # It keeps a first -0.
    with nest.update() as point:
        place = [point[name] for name in axes]
        before = point.accumulator("a")
        x = point.read(data, place).cast(before.dtype)
        after = before + x if kind is Reduction.ADD else before * x
        to = [_flat(place, shape)] if axis is None else place
        _store(point, output, to, before if exclusive else after)
        point.yields(after)


def _running_dtype(data: SSAValue, output: SSAValue) -> str:
    """The element type of the totals: the wider one of floats, f64 from integers to floats."""
    source, target = dtype_of(data.type), dtype_of(output.type)
    if target not in FLOATS:
        return target
    is_single = source in FLOATS and "f64" not in (source, target)
    return "f32" if is_single else "f64"


def _flat(place: Sequence[Index], shape: Shape) -> Index:
    """The index into the flat data."""
    total = Index.of(0)
    for index, extent in zip(place, shape, strict=True):
        total = total * extent + index
    return total


def _store(point: Point, value: SSAValue, at: Sequence[Index], element: Scalar) -> None:
    point.store(value, at, element.cast(computed(dtype_of(value.type))))
