"""Writing a tl kernel from relay ops: nests, their regions, and the elements read and stored there.

A ``KernelBuilder`` appends nests, loops and scratch; a ``NestBuilder`` opens the regions of a nest;
a ``Point`` is a region being written: it reads elements of relay values, loaded or computed in
place, and gives elements of results.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TypeAlias, cast

from xdsl.dialects import memref
from xdsl.dialects.builtin import AnyFloat, FloatAttr, IntegerAttr, IntegerType, MemRefType
from xdsl.ir import Attribute, Block, Operation, OpResult, SSAValue
from xdsl.utils.exceptions import VerifyException

from ..tl.access import LoadOp, StoreOp
from ..tl.affine import Interval, Linear, Quasi, QuasiKind, Term, linear_form
from ..tl.attributes import Accumulator, Reduction
from ..tl.index import Index, from_linear
from ..tl.kernel import KernelOp
from ..tl.loops import AllocOp, ForOp
from ..tl.nest import NestOp, YieldOp
from ..tl.ranges import interval_of
from ..tl.schedule import Entry
from ..tl.syntax import as_memref
from .compute import Compute, Elementwise, Nests, Pointwise, PointwiseResults
from .scalar import (
    FLOAT_TYPES,
    INDEX,
    INTEGER_TYPES,
    STORED,
    Scalar,
    computed,
    constant,
    loaded,
    register_type,
)
from .split_axes import Cuts, cuts_of, quotients
from .types import DYNAMIC, FLOATS, Shape, dtype_of, shape_of

Place: TypeAlias = "Index | SSAValue | int"
"""One index of an element."""

Extents: TypeAlias = Mapping[str, int]
"""Axes: extents by name, the outermost first."""


@dataclass(frozen=True)
class Scratch:
    """Memory of a kernel's own, for elements that are computed in ``dtype``."""

    memory: SSAValue
    dtype: str


@dataclass
class KernelBuilder:
    """A kernel under construction.

    ``buffers`` holds the relay values that lie in memory. ``epilogues`` lists, for a result that
    nests compute, the buffered values that elementwise ops compute from it at the same index.
    ``definitions`` gives the compute row of an op. ``symbols`` names the numbers that stand for
    extents known only at run time; the values of such extents are read off the kernel's buffers.
    """

    op: KernelOp
    definitions: Callable[[Operation], Compute[Operation]]
    buffers: dict[SSAValue, SSAValue] = field(default_factory=dict[SSAValue, SSAValue])
    epilogues: dict[SSAValue, list[SSAValue]] = field(
        default_factory=dict[SSAValue, list[SSAValue]]
    )

    symbols: Mapping[int, str] = field(default_factory=dict[int, str])

    def __post_init__(self) -> None:
        self.block = self.op.block
        self._extents = self._read_extents()

    def _read_extents(self) -> dict[int, SSAValue]:
        """The values of the extents that have names, read off the first buffers that have them."""
        numbers = {name: number for number, name in self.symbols.items()}
        found: dict[int, SSAValue] = {}
        for argument, buffer in zip(self.op.args, self.op.buffers, strict=True):
            shape = as_memref(argument.type).get_shape()
            places = [at for at, extent in enumerate(shape) if extent == DYNAMIC]
            for at, name in zip(places, buffer.sizes, strict=True):
                if numbers[name] not in found:
                    dim = memref.DimOp(argument, self._index_constant(at))
                    self.block.add_op(dim)
                    dim.result.name_hint = name
                    found[numbers[name]] = dim.result
        return found

    def _index_constant(self, value: int) -> SSAValue:
        return constant(value, INDEX, self.block).value

    def extent(self, number: int) -> int | SSAValue:
        """The extent that a number is or stands for.

        Raises:
            VerifyException: when it is the extent of no buffer of the kernel.
        """
        if number in self.symbols and number not in self._extents:
            raise VerifyException(
                f"{self.op.name}: @{self.op.sym_name.data} has scratch of an extent that no "
                "parameter or result has"
            )
        return self._extents.get(number, number)

    def _allocate(self, element: Attribute, shape: Sequence[int], name: str | None) -> SSAValue:
        """Append the allocation of scratch."""
        extents = [self.extent(number) for number in shape]
        static = [extent if isinstance(extent, int) else DYNAMIC for extent in extents]
        sizes = [extent for extent in extents if not isinstance(extent, int)]
        op = AllocOp.of(MemRefType(element, static), sizes)
        op.memref.name_hint = name
        self.block.add_op(op)
        return op.memref

    def nest(
        self,
        spatial: Extents,
        reduction: Extents | None = None,
        accumulators: Mapping[str, tuple[str, Reduction]] | None = None,
    ) -> NestBuilder:
        """Append a nest over axes; accumulators have an element type and a kind.

        Axes of extent 1 are left out, apart from the last of the reduction: their index is 0.
        """
        reduction = reduction or {}
        inner = {name: extent for name, extent in reduction.items() if extent != 1}
        if reduction and not inner:
            inner = {list(reduction)[-1]: 1}
        op = NestOp.of(
            {name: self.extent(extent) for name, extent in spatial.items() if extent != 1},
            {name: self.extent(extent) for name, extent in inner.items()},
            [
                Accumulator(name, register_type(computed(dtype)), kind)
                for name, (dtype, kind) in (accumulators or {}).items()
            ],
        )
        self.block.add_op(op)
        dtypes = {name: computed(dtype) for name, (dtype, _) in (accumulators or {}).items()}
        return NestBuilder(self, op, (*spatial, *reduction), dtypes)

    @contextmanager
    def points(
        self, shape: Sequence[int], cuts: Cuts | None = None
    ) -> Generator[tuple[Point, list[Index]]]:
        """Append a nest over a shape, to be written at a point of it: gives that and its index.

        ``cuts`` says which dimensions have several axes.
        """
        dimensions: list[dict[str, int]] = []
        for number, extent in enumerate(shape):
            name = axis_name(number)
            bounds = [extent, *reversed((cuts or {}).get(name, ())), 1]
            parts = [outer // inner for outer, inner in pairwise(bounds)]
            dimensions.append({name * (at + 1): part for at, part in enumerate(parts)})
        axes = {name: extent for parts in dimensions for name, extent in parts.items()}
        with self.nest(axes).finish() as point:
            yield point, [raveled([point[name] for name in d], [*d.values()]) for d in dimensions]

    def copy(self, value: SSAValue, memory: SSAValue) -> None:
        """Append a nest that copies a value that lies in memory to other memory."""
        with self.points(shape_of(value.type)) as (point, at):
            point.put(point.read(value, at), Scratch(memory, dtype_of(value.type)), at)

    def elements(self, values: Sequence[SSAValue]) -> None:
        """Append a nest that computes values of one shape element by element, into buffers."""
        shape = shape_of(values[0].type)
        if 0 in shape:
            return
        nest = self._elements(values, {})
        cuts = cuts_of(nest)
        if cuts:
            # Guarded operands have been given memory now, so that both nests read the same.
            split = self._elements(values, cuts)
            dropped = split if len(quotients(split)) >= len(quotients(nest)) else nest
            dropped.detach()
            dropped.erase()

    def _elements(self, values: Sequence[SSAValue], cuts: Cuts) -> NestOp:
        with self.points(shape_of(values[0].type), cuts) as (point, at):
            for value in values:
                point.store(value, at, point.compute(value, at))
        return point.nest.op

    @contextmanager
    def loop(self, name: str, extent: int) -> Generator[Index]:
        """A loop around nests, to be appended inside; gives its index."""
        op = ForOp.of(self.extent(extent), Entry(name))
        self.block.add_op(op)
        outer, self.block = self.block, op.block
        yield Index.of(op.index)
        self.block = outer

    def scratch(self, dtype: str, shape: Sequence[int], name: str) -> Scratch:
        """Append memory that lives as long as the loop around it runs."""
        memory = self._allocate(STORED[computed(dtype)], shape, name)
        return Scratch(memory, computed(dtype))

    def buffer(self, value: SSAValue) -> Scratch:
        """The memory of a relay value that lies in memory."""
        return Scratch(self.buffers[value], dtype_of(value.type))

    def keep(self, value: SSAValue) -> None:
        """Append memory for a relay value, unless it has some."""
        if value not in self.buffers:
            element = STORED[dtype_of(value.type)]
            self.buffers[value] = self._allocate(element, shape_of(value.type), value.name_hint)

    def materialize(self, value: SSAValue, user: Operation) -> None:
        """Compute a value into memory before the phase that ``user`` stands in."""
        phase = user
        # A phase that is itself made for another one is not in the kernel yet.
        while (parent := phase.parent_op()) is not None and parent is not self.op:
            phase = parent
        around = phase.parent
        assert around is not None, "a nest is appended before it is written"
        outer, self.block = self.block, Block()
        self.keep(value)
        self.elements([value])
        ops = list(self.block.ops)
        for op in ops:
            op.detach()
        self.block = outer
        around.insert_ops_before(ops, phase)


@dataclass
class NestBuilder:
    """A nest whose regions are being written."""

    kernel: KernelBuilder
    op: NestOp
    axes: Sequence[str]
    dtypes: Mapping[str, str]

    @contextmanager
    def init(self) -> Generator[Point]:
        """Write what the accumulators start from."""
        yield Point(self, self.op.add_init())

    @contextmanager
    def update(self) -> Generator[Point]:
        """Write what a point of the reduction does to the accumulators."""
        yield Point(self, self.op.add_update())

    @contextmanager
    def combine(self) -> Generator[tuple[Point, Sequence[Scalar], Sequence[Scalar]]]:
        """Write how two sets of accumulators become one."""
        block = self.op.add_combine()
        args = self.op.accumulators_of(block)
        scalars = [
            Scalar(arg, dtype, block)
            for arg, dtype in zip(args, [*self.dtypes.values()] * 2, strict=True)
        ]
        half = len(self.dtypes)
        yield Point(self, block), scalars[:half], scalars[half:]

    @contextmanager
    def finish(self) -> Generator[Point]:
        """Write what is done with the final accumulators."""
        yield Point(self, self.op.add_finish())


class Point:
    """One point of a nest: where scalar code is written."""

    def __init__(self, nest: NestBuilder, block: Block):
        self.kernel = nest.kernel
        self.nest = nest
        self.block = block
        arguments = nest.op.arguments_of(block)
        self._axes = {
            name: Index.of(arguments[name]) if name in arguments else Index.of(0)
            for name in nest.axes
        }
        self._accumulators = dict(zip(nest.dtypes, nest.op.accumulators_of(block), strict=False))
        self._known: dict[tuple[SSAValue, tuple[Index, ...]], Scalar] = {}

    def __getitem__(self, axis: str) -> Index:
        """The index of an axis."""
        return self._axes[axis]

    def accumulator(self, name: str) -> Scalar:
        """The value of an accumulator."""
        return Scalar(self._accumulators[name], self.nest.dtypes[name], self.block)

    def constant(self, value: float, dtype: str) -> Scalar:
        """A constant; for a 16-bit float type, as f32."""
        return constant(value, computed(dtype), self.block)

    def extent(self, number: int) -> Scalar:
        """The extent that a number is or stands for, as a scalar."""
        extent = self.kernel.extent(number)
        if isinstance(extent, int):
            return constant(extent, INDEX, self.block)
        return Scalar(extent, INDEX, self.block)

    def index(self, place: Place) -> Scalar:
        """An index as a scalar that can be computed with."""
        index = simplified(Index.of(place))
        return _computed_form(linear_form(index.expr, index.operands), self.block)

    def place(self, scalar: Scalar) -> Index:
        """An integer as an index; its value must carry its own bounds, by ``min`` and ``max``."""
        return Index.of(scalar.cast(INDEX).value)

    # ------------------------------------------------------------ elements

    def read(
        self,
        value: SSAValue,
        at: Sequence[Place],
        *,
        skip: bool = False,
        otherwise: float | None = None,
        checked: bool = False,
    ) -> Scalar:
        """The element of a relay value, loaded or computed here.

        Args:
            skip: where the index is outside, the point leaves the accumulators as they are.
            otherwise: the element's value where the index is outside.
            checked: an index that is outside is moved inside, and the call's status says so.
        """
        guarded = skip or otherwise is not None or checked
        if guarded and value not in self.kernel.buffers:
            self.kernel.materialize(value, self.nest.op)
        place = self._normal(at, None if guarded else shape_of(value.type))
        if guarded:
            return self._load(self.kernel.buffer(value), place, skip, otherwise, checked)
        known = self._known.get((value, place))
        if known is None:
            if value in self.kernel.buffers:
                known = self._load(self.kernel.buffer(value), place)
            else:
                known = self.compute(value, place)
            self._known[value, place] = known
        return known

    def stretched(self, value: SSAValue, at: Sequence[Index]) -> Scalar:
        """The element of a value that is stretched to a result's shape, at the result's index."""
        return self.read(value, at[len(at) - len(shape_of(value.type)) :])

    def compute(self, value: SSAValue, at: Sequence[Index]) -> Scalar:
        """The element of a value that a pointwise op gives, computed here."""
        op = value.owner
        assert isinstance(op, Operation), "parameters lie in memory"
        compute = self.kernel.definitions(op)
        match compute:
            case Elementwise():
                elements = [self.stretched(operand, at) for operand in op.operands]
                return compute.function(op, self, *elements)
            case Pointwise():
                return compute.element(op, self, at)
            case PointwiseResults():
                return compute.element(op, self, at, [*op.results].index(cast("OpResult", value)))
            case Nests():
                raise VerifyException(f"{op.name}: its result is in no buffer")

    def store(self, value: SSAValue, at: Sequence[Place], element: Scalar) -> None:
        """Give an element of a result, after which elementwise ops fused behind it follow."""
        place = self._normal(at, shape_of(value.type))
        self._known[value, place] = element
        if value in self.kernel.buffers:
            self.put(element, self.kernel.buffer(value), place)
        for output in self.kernel.epilogues.get(value, ()):
            result = self.compute(output, place)
            self._known[output, place] = result
            self.put(result, self.kernel.buffer(output), place)

    def load(self, scratch: Scratch, at: Sequence[Place]) -> Scalar:
        """An element of scratch memory."""
        return self._load(scratch, self._normal(at, as_memref(scratch.memory.type).get_shape()))

    def put(self, element: Scalar, memory: Scratch, at: Sequence[Place]) -> None:
        """Write an element to memory."""
        place = self._normal(at, as_memref(memory.memory.type).get_shape())
        self.block.add_op(StoreOp.of(element.stored(memory.dtype), memory.memory, place))

    def yields(self, *accumulators: Scalar) -> None:
        """End an `init`, `update` or `combine` with the new accumulators."""
        self.block.add_op(YieldOp.create(operands=[scalar.value for scalar in accumulators]))

    def _load(
        self,
        memory: Scratch,
        place: Sequence[Index],
        skip: bool = False,
        otherwise: float | None = None,
        checked: bool = False,
    ) -> Scalar:
        attribute = None if otherwise is None else _stored_constant(otherwise, memory.dtype)
        op = LoadOp.of(memory.memory, place, skip=skip, otherwise=attribute, checked=checked)
        self.block.add_op(op)
        return loaded(op.result, memory.dtype, self.block)

    def _normal(self, at: Sequence[Place], shape: Shape | None = None) -> tuple[Index, ...]:
        """Indices simplified; 0 where the extent is 1, unless a guard is to look at them."""
        indices = [Index.of(place) for place in at]
        if shape is not None:
            if len(shape) != len(indices):
                raise VerifyException(f"found {len(indices)} indices into shape {list(shape)}")
            indices = [
                Index.of(0) if extent == 1 else index
                for index, extent in zip(indices, shape, strict=True)
            ]
        return tuple(map(simplified, indices))


def simplified(index: Index) -> Index:
    """The index with every `floordiv` and `mod` resolved that the axes' extents settle."""
    if not index.operands or index.span is not None:
        return index
    form = linear_form(index.expr, index.operands)
    box: dict[Term, Interval] = {value: interval_of(value) for value in form.values()}
    return from_linear(form.resolve(box))


def raveled(at: Sequence[Index], shape: Sequence[int]) -> Index:
    """The row-major number of the element at an index."""
    number = Index.of(0)
    for index, extent in zip(at, shape, strict=True):
        number = number * extent + index
    return number


def axis_name(number: int) -> str:
    """The name of an axis that has none of its own: i, j, k …"""
    letters = "ijklmnpqrs"
    return letters[number] if number < len(letters) else f"i{number}"


def _stored_constant(value: float, dtype: str) -> FloatAttr[AnyFloat] | IntegerAttr[IntegerType]:
    """A constant as it lies in memory."""
    if dtype in FLOATS:
        return FloatAttr(float(value), FLOAT_TYPES[dtype])
    return IntegerAttr(int(value), INTEGER_TYPES[dtype], truncate_bits=True)


def _computed_form(form: Linear, to: Block) -> Scalar:
    """A form over index values as arithmetic on them."""
    total: Scalar | None = None
    for term, factor in form.terms.items():
        value = _computed_term(term, to)
        scaled = value if factor == 1 else value * factor
        total = scaled if total is None else total + scaled
    if total is None:
        return constant(form.constant, INDEX, to)
    return total + form.constant if form.constant else total


def _computed_term(term: Term, to: Block) -> Scalar:
    if isinstance(term, SSAValue):
        return Scalar(term, INDEX, to)
    assert isinstance(term, Quasi), "of the terms of an index"
    inner = _computed_form(term.inner, to)
    quotient = inner // term.divisor
    return quotient if term.kind is QuasiKind.FLOORDIV else inner - quotient * term.divisor
