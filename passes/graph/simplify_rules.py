"""The rules of simplify-expr: a table, and below it a guard and a rewrite for each entry.

A rewrite takes an op of one of its rule's classes and a builder that stands before it, and
returns the value to use instead of the op's only result, or None where the rule does not apply.
Every rewrite leaves fewer ops, or ops closer to a function's inputs, so that the rules converge.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeAlias, TypeVar, cast

import numpy as np
from xdsl.builder import Builder
from xdsl.ir import Attribute, SSAValue

from ...dialects.relay.activation import ClipOp, ReluOp
from ...dialects.relay.arithmetic import (
    AddOp,
    DivideOp,
    FloorDivideOp,
    MaximumOp,
    MinimumOp,
    MultiplyOp,
    PowerOp,
    SubtractOp,
)
from ...dialects.relay.assemble import ConcatenateOp, RepeatOp, ReverseOp, SplitOp, TileOp
from ...dialects.relay.base import RelayOp, ints, rows
from ...dialects.relay.broadcast import BinaryOp
from ...dialects.relay.comparison import LogicalAndOp, LogicalOrOp, WhereOp
from ...dialects.relay.constant import ConstantOp, constant_array
from ...dialects.relay.create import ShapeOfOp
from ...dialects.relay.elementwise import BitwiseNotOp, CastOp, CopyOp, LogicalNotOp, UnaryOp
from ...dialects.relay.pad import PadOp
from ...dialects.relay.reshape import BatchFlattenOp, ReshapeLikeOp, ReshapeOp
from ...dialects.relay.rounding import AbsOp, CeilOp, FloorOp, NegativeOp, RoundOp, SignOp, TruncOp
from ...dialects.relay.rows import Array
from ...dialects.relay.shape import (
    BroadcastToOp,
    ExpandDimsOp,
    LayoutTransformOp,
    SqueezeOp,
    TransposeOp,
)
from ...dialects.relay.slice import StridedSliceOp
from ...dialects.relay.tuple import TupleGetItemOp, TupleOp
from ...dialects.relay.types import (
    BOOL,
    DYNAMIC,
    FLOATS,
    INTS,
    UNSIGNED_INTS,
    dtype_of,
    is_static,
    numpy_dtype,
    shape_of,
)
from .replacement import Replacement

OpT = TypeVar("OpT", bound=RelayOp)
Rewrite: TypeAlias = Callable[[OpT, Builder], SSAValue | None]


class Rule(NamedTuple):
    """One rule: what it does, in words, the classes of op it may apply to, and how."""

    text: str
    ops: tuple[type[RelayOp], ...]
    rewrite: Rewrite[RelayOp]


def _rule(text: str, ops: type[OpT] | tuple[type[OpT], ...], rewrite: Rewrite[OpT]) -> Rule:
    classes = ops if isinstance(ops, tuple) else (ops,)
    return Rule(text, classes, cast("Rewrite[RelayOp]", rewrite))


# Classes of ops that share rules.

RESHAPES: tuple[type[RelayOp], ...] = (ReshapeOp, ReshapeLikeOp, BatchFlattenOp)
VIEWS: tuple[type[RelayOp], ...] = (*RESHAPES, SqueezeOp, ExpandDimsOp)
"""Ops that give the same elements, in the same row-major order, another shape."""

IDEMPOTENT = (ReluOp, AbsOp, CeilOp, FloorOp, RoundOp, TruncOp, SignOp)
INVOLUTIONS = (NegativeOp, LogicalNotOp, BitwiseNotOp)


class Neutral(NamedTuple):
    """The constant with which a binary op gives its other operand, for floats and for others."""

    floats: float | None
    others: int | None
    commutes: bool = False


NEUTRAL: dict[type[BinaryOp], Neutral] = {
    AddOp: Neutral(-0.0, 0, commutes=True),
    SubtractOp: Neutral(0.0, 0),
    MultiplyOp: Neutral(1.0, 1, commutes=True),
    DivideOp: Neutral(1.0, 1),
    FloorDivideOp: Neutral(None, 1),
    PowerOp: Neutral(1.0, 1),
    MaximumOp: Neutral(-np.inf, None, commutes=True),
    MinimumOp: Neutral(np.inf, None, commutes=True),
    LogicalAndOp: Neutral(None, 1, commutes=True),
    LogicalOrOp: Neutral(None, 0, commutes=True),
}


# Shapes.


def _same_shape(left: Attribute, right: Attribute) -> bool:
    """Whether two tensors with as many elements are known to have the same shape."""
    shape = shape_of(left)
    return left == right and (is_static(shape) or (shape.count(DYNAMIC) == 1 and 0 not in shape))


def _unchanged_view(op: RelayOp, builder: Builder) -> SSAValue | None:
    (source, *_) = op.operands
    return source if _same_shape(source.type, op.result.type) else None


def _viewed(op: RelayOp) -> SSAValue | None:
    """What the op is a view of a view of."""
    inner = op.operands[0].owner
    return inner.operands[0] if isinstance(inner, VIEWS) else None


def _view_back(op: RelayOp, builder: Builder) -> SSAValue | None:
    source = _viewed(op)
    if source is None or not _same_shape(source.type, op.result.type):
        return None
    return source


def _view_of_view(op: RelayOp, builder: Builder) -> SSAValue | None:
    source = _viewed(op)
    if source is None or not any(isinstance(v, RESHAPES) for v in (op, op.operands[0].owner)):
        return None
    return _reshape(source, op.result.type, builder)


def _reshape_like(op: ReshapeLikeOp, builder: Builder) -> SSAValue | None:
    return _reshape(op.data, op.result.type, builder)


def _reshape(source: SSAValue, type_: Attribute, builder: Builder) -> SSAValue | None:
    shape = shape_of(type_)
    if not is_static(shape):
        return None
    properties = {"newshape": shape, "allowzero": 0 in shape}
    return builder.insert(ReshapeOp.make([source], properties)).result


def _known_shape(op: ShapeOfOp, builder: Builder) -> SSAValue | None:
    shape, dtype = shape_of(op.data.type), numpy_dtype(op.output.type)
    if not is_static(shape) or max(shape, default=0) > np.iinfo(dtype).max:
        return None
    name = "x".join(map(str, (*shape, dtype_of(op.output.type))))
    return builder.insert(ConstantOp.of(np.array(shape, dtype), f"shape_{name}")).result


def _permutation(op: TransposeOp) -> tuple[int, ...]:
    rank = len(shape_of(op.data.type))
    return tuple(axis % rank for axis in ints(op.axes)) or tuple(reversed(range(rank)))


def _unchanged_transpose(op: TransposeOp, builder: Builder) -> SSAValue | None:
    order = _permutation(op)
    return op.data if order == tuple(sorted(order)) else None


def _transpose_twice(op: TransposeOp, builder: Builder) -> SSAValue | None:
    inner = op.data.owner
    if not isinstance(inner, TransposeOp):
        return None
    first = _permutation(inner)
    axes = [first[axis] for axis in _permutation(op)]
    return builder.insert(TransposeOp.make([inner.data], {"axes": axes})).result


def _unchanged_layout(op: LayoutTransformOp, builder: Builder) -> SSAValue | None:
    return op.data if op.src_layout == op.dst_layout else None


def _transform_twice(op: LayoutTransformOp, builder: Builder) -> SSAValue | None:
    inner = op.data.owner
    if not isinstance(inner, LayoutTransformOp) or inner.dst_layout != op.src_layout:
        return None
    layouts = {"src_layout": inner.src_layout, "dst_layout": op.dst_layout}
    return builder.insert(LayoutTransformOp.make([inner.data], layouts)).result


def _unchanged_broadcast(op: BroadcastToOp, builder: Builder) -> SSAValue | None:
    return op.data if op.data.type == op.output.type else None


def _broadcast_twice(op: BroadcastToOp, builder: Builder) -> SSAValue | None:
    inner = op.data.owner
    if not isinstance(inner, BroadcastToOp):
        return None
    return builder.insert(BroadcastToOp.make([inner.data], {"shape": op.shape})).result


# Parts and copies of tensors.


def _whole_slice(op: StridedSliceOp, builder: Builder) -> SSAValue | None:
    forward = all(stride > 0 for stride in ints(op.strides))
    same = op.data.type == op.output.type and is_static(shape_of(op.data.type))
    return op.data if forward and same else None


def _one_piece(op: SplitOp, builder: Builder) -> SSAValue | None:
    return op.data if len(op.pieces) == 1 else None


def _concatenate(op: ConcatenateOp, builder: Builder) -> SSAValue | None:
    axis = op.axis.value.data
    kept = [value for value in op.data if shape_of(value.type)[axis] != 0] or [op.data[0]]
    if len(kept) == 1:
        return kept[0]
    if len(kept) == len(op.data):
        return None
    return builder.insert(ConcatenateOp.make(kept, {"axis": op.axis})).result


def _reassemble(op: ConcatenateOp, builder: Builder) -> SSAValue | None:
    first = op.data[0].owner
    axis = op.axis.value.data % len(shape_of(op.output.type))
    if isinstance(first, SplitOp):
        same_axis = first.axis.value.data % len(shape_of(op.output.type)) == axis
        return first.data if same_axis and tuple(op.data) == tuple(first.pieces) else None
    if not isinstance(first, StridedSliceOp):
        return None
    position = 0
    for value in op.data:
        end = position + shape_of(value.type)[axis]
        if not _is_slice(value, first.data, axis, position, end):
            return None
        position = end
    return first.data if position == shape_of(first.data.type)[axis] else None


def _is_slice(value: SSAValue, source: SSAValue, axis: int, begin: int, end: int) -> bool:
    """Whether a value is written as ``source[begin:end]`` along the axis."""
    op = value.owner
    return (
        isinstance(op, StridedSliceOp)
        and op.data is source
        and op.axes is not None
        and ints(op.axes) == (axis,)
        and (ints(op.begin), ints(op.end), ints(op.strides)) == ((begin,), (end,), ())
        and op.slice_mode.data == "end"
    )


def _repeat_once(op: TileOp | RepeatOp, builder: Builder) -> SSAValue | None:
    counts = ints(op.reps) if isinstance(op, TileOp) else (op.repeats.value.data,)
    return op.data if all(count == 1 for count in counts) else None


def _reverse_twice(op: ReverseOp, builder: Builder) -> SSAValue | None:
    inner = op.data.owner
    return inner.data if isinstance(inner, ReverseOp) and _axes(inner) == _axes(op) else None


def _axes(op: ReverseOp) -> set[int]:
    rank = len(shape_of(op.data.type))
    return {axis % rank for axis in ints(op.axis)}


def _reverse_nothing(op: ReverseOp, builder: Builder) -> SSAValue | None:
    return None if ints(op.axis) else op.data


def _pad_nothing(op: PadOp, builder: Builder) -> SSAValue | None:
    return None if any(ints(op.pad_width)) else op.data


def _tuple_item(op: TupleGetItemOp, builder: Builder) -> SSAValue | None:
    inner = op.data.owner
    return inner.fields[op.index.value.data] if isinstance(inner, TupleOp) else None


# Element types.

_SIGNIFICANT_BITS = {"f16": 11, "bf16": 8, "f32": 24, "f64": 53}


def _unchanged_cast(op: CastOp, builder: Builder) -> SSAValue | None:
    return op.data if op.data.type == op.output.type else None


def _cast_twice(op: CastOp, builder: Builder) -> SSAValue | None:
    inner = op.data.owner
    if not isinstance(inner, CastOp):
        return None
    start, middle, end = (v.type for v in (inner.data, inner.output, op.output))
    if not _holds(middle, start) or not _converts_alike(start, middle, end):
        return None
    return builder.insert(CastOp.make([inner.data], {"dtype": op.dtype})).result


def _holds(wide: Attribute, narrow: Attribute) -> bool:
    """Whether the element type of ``wide`` holds each value of that of ``narrow``."""
    source, target = numpy_dtype(narrow), numpy_dtype(wide)
    if dtype_of(narrow) in INTS and dtype_of(wide) in FLOATS:
        return int(np.iinfo(source).max) <= 2 ** _SIGNIFICANT_BITS[dtype_of(wide)]
    return np.can_cast(source, target, "safe")


def _converts_alike(start: Attribute, middle: Attribute, end: Attribute) -> bool:
    """Whether ``middle`` becomes ``end`` as ``start`` does.

    Not so where a float saturates but an integer wraps.
    """
    start_is_float, middle_is_float = (dtype_of(type_) in FLOATS for type_ in (start, middle))
    wraps_or_saturates = dtype_of(end) not in FLOATS | BOOL
    return start_is_float == middle_is_float or not wraps_or_saturates or _holds(end, start)


# Arithmetic.


def _operand(op: RelayOp, builder: Builder) -> SSAValue | None:
    return op.operands[0]


def _apply_once(op: UnaryOp, builder: Builder) -> SSAValue | None:
    return op.data if isinstance(op.data.owner, type(op)) else None


def _apply_twice(op: UnaryOp, builder: Builder) -> SSAValue | None:
    inner = op.data.owner
    return inner.data if isinstance(inner, type(op)) else None


def _abs_of_negative(op: AbsOp, builder: Builder) -> SSAValue | None:
    inner = op.data.owner
    if not isinstance(inner, NegativeOp) or dtype_of(op.data.type) in UNSIGNED_INTS:
        return None  # unsigned numbers wrap when negated
    return builder.insert(AbsOp.make([inner.data])).result


def _clip_twice(op: ClipOp, builder: Builder) -> SSAValue | None:
    """Clip to [a, b], then to [c, d]: to the part of [a, b] in [c, d], or to its nearest bound."""
    inner = op.data.owner
    if not isinstance(inner, ClipOp):
        return None
    a, b, c, d = (f.value.data for f in (inner.a_min, inner.a_max, op.a_min, op.a_max))
    if a > b or c > d or 0.0 in (a, b, c, d):
        return None  # which zero a bound gives depends on the order
    bounds = {"a_min": min(max(a, c), d), "a_max": max(min(b, d), c)}
    return builder.insert(ClipOp.make([inner.data], bounds)).result


def _neutral_operand(op: BinaryOp, builder: Builder) -> SSAValue | None:
    neutral = NEUTRAL[type(op)]
    if _is_neutral(op.rhs, neutral) and op.lhs.type == op.output.type:
        return op.lhs
    if neutral.commutes and _is_neutral(op.lhs, neutral) and op.rhs.type == op.output.type:
        return op.rhs
    return None


def _is_neutral(value: SSAValue, neutral: Neutral) -> bool:
    expected = neutral.floats if dtype_of(value.type) in FLOATS else neutral.others
    array = constant_array(value)
    return expected is not None and array is not None and _all_are(array, expected)


def _all_are(array: Array, expected: float) -> bool:
    """Whether each element is the number, -0 and 0 being two."""
    if array.size and array.flat[0] != expected:  # Most often, and at once.
        return False
    equal = bool(np.all(array == expected))
    return equal and (expected != 0 or _signs_are(array, np.signbit(expected)))


def _signs_are(array: Array, negative: bool) -> bool:
    return array.dtype.kind in "iub" or bool(np.all(np.signbit(array) == negative))


def _where_same(op: WhereOp, builder: Builder) -> SSAValue | None:
    return op.x if op.x is op.y and op.x.type == op.output.type else None


RULES = (
    _rule("copy(x) = x", CopyOp, _operand),
    _rule("view(x) = x, where the shape stays", VIEWS, _unchanged_view),
    _rule("view(view(x)) = x, where the shape returns", VIEWS, _view_back),
    _rule("reshape_like(x, y) = reshape(x)", ReshapeLikeOp, _reshape_like),
    _rule("shape_of(x) = its shape, where static", ShapeOfOp, _known_shape),
    _rule("view(view(x)) = reshape(x), where one is a reshape", VIEWS, _view_of_view),
    _rule("transpose(x) = x, where the order stays", TransposeOp, _unchanged_transpose),
    _rule("transpose(transpose(x)) = transpose(x)", TransposeOp, _transpose_twice),
    _rule("layout_transform(x, A to A) = x", LayoutTransformOp, _unchanged_layout),
    _rule("x, A to B, B to C = x, A to C", LayoutTransformOp, _transform_twice),
    _rule("broadcast_to(x) = x, where the shape stays", BroadcastToOp, _unchanged_broadcast),
    _rule("broadcast_to(broadcast_to(x)) = broadcast_to(x)", BroadcastToOp, _broadcast_twice),
    _rule("strided_slice(x) = x, where it takes all", StridedSliceOp, _whole_slice),
    _rule("split(x) = x, where in one piece", SplitOp, _one_piece),
    _rule("concatenate(x, y) = x, where y is empty", ConcatenateOp, _concatenate),
    _rule("concatenate(split(x)) = x, of all slices in order", ConcatenateOp, _reassemble),
    _rule("tile(x) = repeat(x) = x, where once", (TileOp, RepeatOp), _repeat_once),
    _rule("reverse(x) = x, along no axis", ReverseOp, _reverse_nothing),
    _rule("reverse(reverse(x)) = x, along the same axes", ReverseOp, _reverse_twice),
    _rule("pad(x) = x, where by nothing", PadOp, _pad_nothing),
    _rule("tuple(..., x, ...)[i] = x", TupleGetItemOp, _tuple_item),
    _rule("cast(x) = x, where the type stays", CastOp, _unchanged_cast),
    _rule("cast(cast(x)) = cast(x), where the first loses nothing", CastOp, _cast_twice),
    _rule("f(f(x)) = f(x): relu, abs, ceil, ...", IDEMPOTENT, _apply_once),
    _rule("f(f(x)) = x: negative, logical_not, ...", INVOLUTIONS, _apply_twice),
    _rule("abs(-x) = abs(x)", AbsOp, _abs_of_negative),
    _rule("clip(clip(x)) = clip(x)", ClipOp, _clip_twice),
    _rule("x + -0 = x - 0 = x * 1 = x / 1 = x, ...", tuple(NEUTRAL), _neutral_operand),
    _rule("where(c, x, x) = x", WhereOp, _where_same),
)


def _replacement(rewrite: Rewrite[RelayOp]) -> Replacement:
    def replacement(op: RelayOp, builder: Builder) -> Sequence[SSAValue] | None:
        value = rewrite(op, builder)
        return None if value is None else [value]

    return replacement


_BY_CLASS = {
    kind: tuple(_replacement(rule.rewrite) for rule in RULES if kind in rule.ops)
    for kind in {kind for rule in RULES for kind in rule.ops}
}


def rules_for(op: RelayOp) -> Sequence[Replacement]:
    """The rules that may apply to an op, its row ``static`` first."""
    static = rows(op).static
    found = _BY_CLASS.get(type(op), ())
    return found if static is None else (static, *found)


def shape_rules_for(op: RelayOp) -> Sequence[Replacement]:
    """Those of the rules by which shapes that are constants come to stand in types."""
    static = rows(op).static
    if static is not None:
        return (static,)
    return _BY_CLASS[ShapeOfOp] if isinstance(op, ShapeOfOp) else ()
