"""tl-rfactor: reduce in parts that are independent, then reduce the parts.

Before `tl-rfactor{axis=k parts=4}`:

    tl.nest (%i = 8) reduce (%k = 1024) acc (%a : f32 add) schedule [i, k] update {
      %x = tl.load %X[%i, %k]
      %n = arith.addf %a, %x : f32
      tl.yield %n
    } finish {
      tl.store %a, %Y[%i]
    }

After:

    %s = tl.alloc : memref<4x8xf32>
    tl.nest (%k_part = 4, %i = 8) reduce (%k = 256) acc (%a : f32 add)
      schedule [k_part, i, k] update {
      %x = tl.load %X[%i, 256*%k_part + %k]
      %n = arith.addf %a, %x : f32
      tl.yield %n
    } finish {
      tl.store %a, %s[%k_part, %i]
    }
    tl.nest (%i = 8) reduce (%k_part = 4) acc (%a : f32 add) schedule [i, k_part] update {
      %p = tl.load %s[%k_part, %i]
      %n = arith.addf %a, %p : f32
      tl.yield %n
    } finish {
      tl.store %a, %Y[%i]
    }

The first nest starts from the identities and keeps the schedule, below its parallel loops; the
second starts as the nest did and finishes it. Accumulators of kind `custom` need `combine` and a
constant start.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from typing import cast

from xdsl.dialects import arith
from xdsl.dialects.builtin import (
    DYNAMIC_INDEX,
    AnyFloat,
    FloatAttr,
    IndexType,
    IntegerAttr,
    IntegerType,
    MemRefType,
)
from xdsl.ir import Block, Operation, SSAValue
from xdsl.rewriter import InsertPoint, Rewriter

from ...dialects.tl.access import AccessOp, LoadOp, StoreOp
from ...dialects.tl.affine import Linear
from ...dialects.tl.attributes import Accumulator, Reduction
from ...dialects.tl.loops import AllocOp
from ...dialects.tl.nest import NestOp, YieldOp
from ...dialects.tl.schedule import Entry, LoopKind
from ...dialects.tl.syntax import is_name
from ...dialects.tl.verify import depends_on_accumulator
from ...target.description import Target
from ..lower.tl_reductions import combined, identity
from .accesses import rewrite_access
from .entries import EditError, axis_named
from .selection import NestPass


def rfactor(nest: NestOp, axis: str, parts: int, name: str | None = None) -> tuple[NestOp, NestOp]:
    """Reduce ``parts`` equal parts of a reduction axis on their own, then those.

    Args:
        nest: replaced, and erased.
        axis: the reduction axis to part.
        parts: how many; a divisor of the extent.
        name: what the axis over the parts is called, by default ``k_part`` for ``k``.

    Returns:
        The nest that reduces each part, and the one that reduces the parts.

    Raises:
        EditError: when the axis is not there, not reduced, of an extent known only at run time or
            that ``parts`` does not divide; when partial results cannot be combined, or a store
            depends on them; when the name is taken.
    """
    name = name or f"{axis}_part"
    extent = _extent(nest, axis, parts)
    _check_parts(nest, name)
    scratch = [_scratch(nest, accumulator, parts) for accumulator in nest.accumulators]
    first = _first(nest, axis, extent // parts, name, parts, scratch)
    second = _second(nest, name, parts, scratch)
    Rewriter.insert_op([*scratch, first], InsertPoint.before(nest))
    Rewriter.replace_op(nest, second, [])
    return first, second


def _extent(nest: NestOp, axis: str, parts: int) -> int:
    """The extent of the axis to part."""
    found = axis_named(nest, axis)
    if not found.is_reduction:
        raise EditError(nest, f"axis {axis} is not reduced")
    if not isinstance(found.extent, int):
        raise EditError(nest, f"the extent of axis {axis} is known only at run time")
    if found.extent == 0 or found.extent % parts:
        raise EditError(nest, f"axis {axis} of {found.extent} points has no {parts} equal parts")
    return found.extent


def _check_parts(nest: NestOp, name: str) -> None:
    """That partial results exist, can be combined, and that a new axis can have the name."""
    taken = {axis.name for axis in nest.axes} | {acc.name for acc in nest.accumulators}
    if name in taken or not is_name(name):
        raise EditError(nest, f"an axis cannot be called {name} here")
    if not nest.accumulators:
        raise EditError(nest, "there is no accumulator to combine parts of")
    for op in nest.update.block.ops:
        if isinstance(op, StoreOp) and depends_on_accumulator(nest, op):
            raise EditError(nest, "update stores what it has accumulated so far")
    for number, accumulator in enumerate(nest.accumulators):
        if accumulator.kind is Reduction.CUSTOM:
            if not nest.combine.blocks:
                raise EditError(nest, f"accumulator {accumulator.name} needs combine")
            _custom_identity(nest, number)


def _custom_identity(nest: NestOp, number: int) -> arith.ConstantOp:
    """The constant that an accumulator of kind custom starts from."""
    start = _yielded(nest.init.block)[number].owner
    if not isinstance(start, arith.ConstantOp):
        name = nest.accumulators[number].name
        raise EditError(nest, f"accumulator {name} needs a constant identity, yielded by init")
    return start


def _yielded(block: Block) -> Sequence[SSAValue]:
    last = block.last_op
    assert isinstance(last, YieldOp), "verified: these regions end in tl.yield"
    return last.arguments


def _scratch(nest: NestOp, accumulator: Accumulator, parts: int) -> AllocOp:
    """Memory for the partial results of an accumulator."""
    extents = [axis.extent for axis in nest.spatial]
    shape = [extent if isinstance(extent, int) else DYNAMIC_INDEX for extent in extents]
    sizes = [extent for extent in extents if not isinstance(extent, int)]
    op = AllocOp.of(MemRefType(accumulator.type, [parts, *shape]), sizes)
    op.memref.name_hint = f"{accumulator.name}_parts"
    return op


# ---------------------------------------------------------------- the nest over the points


def _first(
    nest: NestOp, axis: str, size: int, name: str, parts: int, scratch: Sequence[AllocOp]
) -> NestOp:
    """The nest that reduces each part of ``size`` points. Takes `update` from ``nest``."""
    parallel = sum(1 for _ in takewhile(lambda e: e.kind is LoopKind.PARALLEL, nest.schedule))
    first = NestOp.of(
        {name: parts} | {a.name: a.extent for a in nest.spatial},
        {a.name: size if a.name == axis else a.extent for a in nest.reduction},
        nest.accumulators,
        nest.schedule.insert(parallel, Entry(name)),
    )
    if nest.combine.blocks:
        nest.combine.clone_into(first.combine)
        _add_identities(first, nest)
    nest.update.move_blocks(first.update)
    block = first.update.block
    part = block.insert_arg(IndexType(), 0)
    part.name_hint = name
    _shift(block, first.arguments_of(block)[axis], part, size)
    finish = first.add_finish()
    places = list(first.arguments_of(finish).values())
    for value, memory in zip(first.accumulators_of(finish), scratch, strict=True):
        finish.add_op(StoreOp.of(value, memory.memref, places))
    return first


def _add_identities(first: NestOp, nest: NestOp) -> None:
    """`init` of constants that change nothing when combined."""
    init = first.add_init()
    starts: list[Operation] = []
    for number, accumulator in enumerate(nest.accumulators):
        if accumulator.kind is Reduction.CUSTOM:
            starts.append(_custom_identity(nest, number).clone())
        else:
            starts.append(_constant(accumulator))
    init.add_ops([*starts, YieldOp.of(*(op.results[0] for op in starts))])


def _constant(accumulator: Accumulator) -> arith.ConstantOp:
    number, type_ = identity(accumulator.kind, accumulator.type), accumulator.type
    if isinstance(type_, AnyFloat):
        return arith.ConstantOp(FloatAttr(number, type_))
    return arith.ConstantOp(IntegerAttr(int(number), cast("IntegerType", type_)))


def _shift(block: Block, point: SSAValue, part: SSAValue, size: int) -> None:
    """Let ``point`` count from the start of its part: uses of it become ``size*part + point``."""
    whole = Linear.of(part, size) + Linear.of(point)
    for op in block.ops:
        if isinstance(op, AccessOp):
            rewrite_access(op, [point], lambda form: form.substitute({point: whole}))
    uses = [use for use in point.uses if not isinstance(use.operation, AccessOp)]
    if not uses:
        return
    count = arith.ConstantOp(IntegerAttr.from_index_int_value(size))
    start = arith.MuliOp(part, count.result)
    index = arith.AddiOp(start.result, point)
    for use in uses:
        use.operation.operands[use.index] = index.result
    first = block.first_op
    assert first is not None, "update ends in tl.yield"
    block.insert_ops_before([count, start, index], first)


# ---------------------------------------------------------------- the nest over the parts


def _second(nest: NestOp, name: str, parts: int, scratch: Sequence[AllocOp]) -> NestOp:
    """The nest that reduces the parts. Takes `init` and `finish` from ``nest``."""
    second = NestOp.of({a.name: a.extent for a in nest.spatial}, {name: parts}, nest.accumulators)
    second.attributes = dict(nest.attributes)
    nest.init.move_blocks(second.init)
    nest.finish.move_blocks(second.finish)
    if nest.combine.blocks:
        nest.combine.clone_into(second.combine)
    block = second.add_update()
    arguments = second.arguments_of(block)
    places = [arguments[name], *(arguments[axis.name] for axis in nest.spatial)]
    loads = [LoadOp.of(memory.memref, places) for memory in scratch]
    block.add_ops(loads)
    olds, news = second.accumulators_of(block), [load.result for load in loads]
    custom: Sequence[SSAValue] = news
    if nest.combine.blocks:
        custom = _inline_combine(nest, block, [*olds, *news])
    results: list[SSAValue] = []
    for accumulator, old, new, own in zip(nest.accumulators, olds, news, custom, strict=True):
        if accumulator.kind is Reduction.CUSTOM:
            results.append(own)
        else:
            op = combined(accumulator.kind, old, new)
            block.add_op(op)
            results.append(op.results[0])
    block.add_op(YieldOp.of(*results))
    return second


def _inline_combine(nest: NestOp, block: Block, values: Sequence[SSAValue]) -> list[SSAValue]:
    """The results of `combine` on two sets of accumulators, computed in ``block``."""
    combine = nest.combine.block
    mapping: dict[SSAValue, SSAValue] = dict(zip(combine.args, values, strict=True))
    for op in combine.ops:
        if not isinstance(op, YieldOp):
            block.add_op(op.clone(mapping))
    return [mapping[value] for value in _yielded(combine)]


@dataclass(frozen=True, kw_only=True)
class TlRfactor(NestPass):
    """Reduce in parts that are independent, then reduce the parts."""

    name = "tl-rfactor"

    axis: str = field(metadata={"doc": "the reduction axis to part"})
    parts: int = field(metadata={"doc": "how many parts; a divisor of the extent"})
    part_axis: str | None = field(
        default=None, metadata={"doc": "the name of the axis over parts; none: <axis>_part"}
    )

    def __post_init__(self) -> None:
        if self.parts < 1:
            raise ValueError(f"parts is {self.parts}, expected at least 1")

    @property
    def axes_named(self) -> tuple[str, ...]:
        return (self.axis,)

    def edit(self, nest: NestOp, target: Target) -> None:
        rfactor(nest, self.axis, self.parts, self.part_axis)
