"""What the combine-parallel passes share: sibling ops become one, and so do the ops after them.

Siblings apply one op to the same data with weights that differ only in their number of channels.
Their weights are concatenated; then, as long as every branch goes on with the same elementwise op,
those are combined too, with their per-channel operands concatenated; at the end each branch gets
its channels by a slice. After TVM's combine_parallel_op.cc.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Generic, TypeVar

from xdsl.builder import Builder
from xdsl.dialects.builtin import UNKNOWN_LOC, ArrayAttr, FusedLoc, LocationAttr, NoneAttr
from xdsl.ir import Attribute, Block, Operation, SSAValue
from xdsl.rewriter import InsertPoint, Rewriter
from xdsl.traits import is_side_effect_free

from ...dialects.relay.arithmetic import BiasAddOp
from ...dialects.relay.assemble import ConcatenateOp
from ...dialects.relay.base import RelayOp
from ...dialects.relay.broadcast import BinaryOp
from ...dialects.relay.elementwise import UnaryOp
from ...dialects.relay.rows import Pattern
from ...dialects.relay.slice import StridedSliceOp
from ...dialects.relay.types import DYNAMIC, dtype_of, shape_of
from ..statistics import count
from .replacement import take_over

OpT = TypeVar("OpT", bound=RelayOp)

_DATA, _WEIGHT = 0, 1
_MAX_LIFTED = 32
"""How many ops may compute an operand that is to be had earlier: bounds the pass's time."""


@dataclass(frozen=True)
class Combinable(Generic[OpT]):
    """A kind of op, of data and a weight, whose siblings may be combined.

    ``channels`` gives the axis of the output channels in the weight and in the result, counted
    from the left, or None for an op that cannot be combined.
    """

    op: type[OpT]
    channels: Callable[[OpT], tuple[int, int] | None]


def combine_parallel(block: Block, kind: Combinable[OpT], least: int) -> None:
    """Combine siblings in a block, and in the blocks inside it, where there are ``least``."""
    siblings: dict[tuple[int, int, Hashable], list[RelayOp]] = {}
    for op in block.ops:
        for region in op.regions:
            for inner in region.blocks:
                combine_parallel(inner, kind, least)
        if isinstance(op, kind.op) and (axes := kind.channels(op)) is not None:
            siblings.setdefault((*axes, _key(op, axes[0])), []).append(op)
    order = _Order(block)
    for (weight_axis, axis, _), ops in siblings.items():
        # One that was lifted for another group no longer stands in line with its siblings.
        staying = [op for op in ops if op not in order.lifted]
        if len(staying) >= least:
            _Combination(order, staying, weight_axis, axis).run(least)


def _key(op: RelayOp, weight_axis: int) -> Hashable:
    """What siblings have in common: all but the values and the channels of the weights."""
    weight = op.operands[_WEIGHT].type
    return op.operands[_DATA], _but(weight, weight_axis), frozenset(op.properties.items())


def _but(type_: Attribute, axis: int) -> Hashable:
    """A type without its extent along an axis."""
    shape = shape_of(type_)
    return dtype_of(type_), shape[:axis], shape[axis:][1:]


class _Order:
    """Where the ops of a block stand, numbered once for all groups.

    Groups are combined in the order of their first siblings, so that what is new or lifted stands
    before the groups that follow, and needs no number.
    """

    def __init__(self, block: Block):
        self.lifted: set[Operation] = set()
        self.position: Mapping[Operation, int] = {op: at for at, op in enumerate(block.ops)}

    def is_before(self, op: Operation, start: Operation) -> bool:
        """Whether an op stands before ``start``, the first sibling of the group at hand."""
        return op in self.lifted or self.position.get(op, -1) < self.position[start]


class _Combination:
    """The siblings of one group, which are combined in the place of the first."""

    def __init__(self, order: _Order, ops: Sequence[RelayOp], weight_axis: int, axis: int):
        self.order = order
        self.builder = Builder(InsertPoint.before(ops[0]))
        self.siblings = dict.fromkeys(ops)
        self.start = ops[0]
        self.weight_axis = weight_axis
        self.axis = axis

    def run(self, least: int) -> None:
        """Combine, if the weights of ``least`` siblings can be had before the first."""
        ops = [op for op in self.siblings if self._lift([op.operands[_WEIGHT]])]
        if len(ops) < least:
            return
        count("combined", len(ops))
        levels = [ops]
        weight = self._concatenate([op.operands[_WEIGHT] for op in ops], self.weight_axis)
        value = self._emit(ops, [ops[0].operands[_DATA], weight])
        while (users := self._next_level(levels[-1])) is not None:
            operands = self._join_operands(levels[-1], users, value)
            if operands is None:
                break
            value = self._emit(users, operands)
            levels.append(users)
        self._slice(value, levels[-1])
        for level in reversed(levels):
            for op in level:
                Rewriter.erase_op(op)

    def _emit(self, ops: Sequence[RelayOp], operands: Sequence[SSAValue]) -> SSAValue:
        """The op that stands for all of ``ops``."""
        first = ops[0]
        return self.builder.insert(
            type(first).make(operands, first.properties, location=_location(ops))
        ).result

    def _concatenate(self, values: Sequence[SSAValue], axis: int) -> SSAValue:
        return self.builder.insert(ConcatenateOp.make(values, {"axis": axis})).result

    def _slice(self, value: SSAValue, ops: Sequence[RelayOp]) -> None:
        """Let each op's result be its channels of ``value``."""
        ends = accumulate((shape_of(op.result.type)[self.axis] for op in ops), initial=0)
        for op, (begin, end) in zip(ops, pairwise(ends), strict=True):
            bounds = {"begin": [begin], "end": [end], "axes": [self.axis]}
            part = StridedSliceOp.make([value], bounds, location=op.location)
            op.result.replace_all_uses_with(take_over(self.builder.insert(part).result, op.result))

    def _next_level(self, ops: Sequence[RelayOp]) -> list[RelayOp] | None:
        """The only users of the branches, one each, if they do the same elementwise thing."""
        users = [user for op in ops if (user := self._only_user(op)) is not None]
        if len(users) != len(ops) or len(set(users)) != len(ops):
            return None
        alike = {
            (type(user), frozenset(user.properties.items()), _places(op, user))
            for op, user in zip(ops, users, strict=True)
        }
        return users if len(alike) == 1 else None

    def _only_user(self, op: RelayOp) -> RelayOp | None:
        users = {use.operation for use in op.result.uses}
        user = users.pop() if len(users) == 1 else None
        if not isinstance(user, UnaryOp | BinaryOp | BiasAddOp):
            return None
        pointwise = user.parent is op.parent and user.ROWS.pattern <= Pattern.BROADCAST
        same_shape = shape_of(user.output.type) == shape_of(op.result.type)
        return user if pointwise and same_shape else None

    def _join_operands(
        self, ops: Sequence[RelayOp], users: Sequence[RelayOp], value: SSAValue
    ) -> list[SSAValue] | None:
        """The operands of the op that stands for ``users``; ``value`` stands for ``ops``."""
        branches = _places(ops[0], users[0])
        others = [index for index in range(len(users[0].operands)) if index not in branches]
        axes = {index: self._joint(ops, users, index) for index in others}
        if None in axes.values():
            return None
        if not self._lift([user.operands[index] for user in users for index in others]):
            return None
        operands: list[SSAValue] = []
        for index, operand in enumerate(users[0].operands):
            axis = axes.get(index)
            if index in branches:
                operands.append(value)
            elif axis is None or axis < 0:
                operands.append(operand)
            else:
                operands.append(self._concatenate([user.operands[index] for user in users], axis))
        return operands

    def _joint(self, ops: Sequence[RelayOp], users: Sequence[RelayOp], index: int) -> int | None:
        """The axis along which to concatenate an operand; -1: it is shared; None: neither."""
        values = [user.operands[index] for user in users]
        axis = self._channel_axis(users[0], len(shape_of(values[0].type)))
        if axis is None:
            return None
        shapes = [shape_of(value.type) for value in values]
        if len(set(values)) == 1 and (axis < 0 or shapes[0][axis] == 1):
            return -1
        if axis < 0 or len({_but(value.type, axis) for value in values}) != 1:
            return None
        spans = all(
            shape[axis] == shape_of(op.result.type)[self.axis] != DYNAMIC
            for shape, op in zip(shapes, ops, strict=True)
        )
        return axis if spans else None

    def _channel_axis(self, user: RelayOp, rank: int) -> int | None:
        """Where an operand of this rank has the channels; negative where it lacks the axis."""
        full = len(shape_of(user.result.type))
        if not isinstance(user, BiasAddOp):
            return self.axis - full + rank
        return 0 if user.axis.value.data % full == self.axis else None

    def _lift(self, values: Sequence[SSAValue]) -> bool:
        """Have the values before the first sibling; False, changing nothing, if that cannot be."""
        below: set[Operation] = set()
        pending = list(values)
        while pending:
            op = pending.pop().owner
            if not isinstance(op, Operation) or op in below:
                continue
            if self.order.is_before(op, self.start):
                continue
            if op in self.siblings or op.regions or not is_side_effect_free(op):
                return False
            below.add(op)
            pending.extend(op.operands)
            if len(below) > _MAX_LIFTED:
                return False
        for op in sorted(below, key=self.order.position.__getitem__):
            op.detach()
            self.builder.insert(op)
        self.order.lifted |= below
        return True


def _places(op: RelayOp, user: RelayOp) -> tuple[int, ...]:
    """The operands of ``user`` that are the result of ``op``."""
    return tuple(index for index, value in enumerate(user.operands) if value is op.result)


def _location(ops: Sequence[RelayOp]) -> LocationAttr:
    known = dict.fromkeys(op.location for op in ops if op.location != UNKNOWN_LOC)
    return FusedLoc(ArrayAttr[Attribute](known), NoneAttr()) if known else UNKNOWN_LOC
