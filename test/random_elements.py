"""Recipes of random programs: elementwise ops, with one operand and with several."""

from __future__ import annotations

from xdsl.ir import SSAValue

from inlay.dialects.relay.types import ELEMENT_TYPES, FLOATS, INTS, dtype_of, shape_of
from random_scope import Scope, element_in

_SMOOTH = (
    "nn.dropout",
    "cos",
    "sigmoid",
    "tanh",
    "erf",
    "nn.gelu",
    "sin",
    "fast_tanh",
)
_OF_NUMBERS = ("negative", "abs")
_JUMPING = (
    "floor",
    "ceil",
    "round",
    "trunc",
    "sign",
)


def activation(scope: Scope) -> None:
    """A function of each number."""
    choices, data = scope.choices, scope.number_tensor()
    is_float = dtype_of(data.type) in FLOATS
    kind = choices.number(0, 8)
    if kind in (0, 8):
        scope.emit("nn.relu", data)
    elif kind < 3:
        scope.emit(_OF_NUMBERS[kind - 1], data)
    elif kind == 3:
        scope.emit("clip", data, a_min=-1.0, a_max=choices.one_of((6.0, 0.5)))
    elif kind == 4:
        copies = ("copy", "zeros_like", "ones_like")
        scope.emit(choices.one_of(copies), data)
    elif not is_float:
        scope.emit("bitwise_not", data)
    elif kind == 5:
        alpha = choices.one_of((0.25, -0.5, 2.0))
        scope.emit("nn.leaky_relu", data, alpha=alpha)
    elif kind == 6 and scope.is_exact:
        scope.emit(choices.one_of(_JUMPING), data)
    else:
        scope.emit(choices.one_of(_SMOOTH), data)


def guarded(scope: Scope) -> None:
    """An op with a singularity, kept away from it but where channels are padded with zeros."""
    choices, data = scope.choices, scope.float_tensor(1)
    if data is None:
        return
    extents, element = shape_of(data.type), dtype_of(data.type)
    kind = choices.number(0, 5)
    if kind < 2:
        along = (extents[1], 1, 1) if len(extents) == 4 else (extents[-1],)
        offset = scope.positive(choices.one_of((along, along, (), extents)), element)
        above = scope.emit("add", scope.emit("abs", data), offset)
        if kind == 0:
            numerator = scope.pick(lambda value: value.type == above.type) or data
            scope.emit("divide", numerator, above)
        else:
            functions = ("log", "sqrt", "rsqrt")
            scope.emit(choices.one_of(functions), above)
    elif kind == 2:
        bounded = scope.emit("clip", data, a_min=-2.0, a_max=2.0)
        scope.emit(choices.one_of(("exp", "fast_exp")), bounded)
    elif kind == 3:
        scope.emit("divide", data, _beside(scope, data, positive=True))
    elif kind == 4:
        above = scope.emit("exp", scope.emit("tanh", data))
        scope.emit("power", above, _beside(scope, above, positive=True))
    else:
        scope.emit("nn.l2_normalize", data, eps=0.5, axis=[choices.axis(len(extents))])


def _beside(scope: Scope, data: SSAValue, *, positive: bool = False) -> SSAValue:
    """A constant that broadcasts to the shape of ``data``, with as many dimensions or fewer."""
    choices, extents = scope.choices, shape_of(data.type)
    channels = (extents[1], 1, 1) if len(extents) == 4 else extents[-1:]
    kept = choices.number(0, len(extents))
    stretched = tuple(
        1 if choices.rarely() else extent for extent in extents[len(extents) - kept :]
    )
    found = choices.one_of((channels, channels, (), stretched, (1,), extents))
    element = dtype_of(data.type)
    return scope.positive(found, element) if positive else scope.scales(found, element)


_BINARY = ("add", "multiply", "subtract")
_EXTREMA = ("maximum", "minimum")
_OF_INTEGERS = (
    "divide",
    "floor_divide",
    "mod",
    "bitwise_xor",
    "right_shift",
)


def _other(scope: Scope, data: SSAValue) -> SSAValue:
    """Another operand for a binary op: a value, or a constant, that broadcasts with ``data``."""
    extents, element = shape_of(data.type), dtype_of(data.type)

    def broadcasts(value: SSAValue) -> bool:
        if not element_in(value, frozenset({element})):
            return False
        pairs = zip(reversed(shape_of(value.type)), reversed(extents), strict=False)
        return all(a == b or 1 in (a, b) for a, b in pairs)

    kind = scope.choices.number(0, 2)
    found = None
    if kind == 1:
        found = scope.pick(lambda value: value.type == data.type)
    elif kind == 2:
        found = scope.pick(broadcasts)
    return _beside(scope, data) if found is None else found


def binary(scope: Scope) -> None:
    """An op on two tensors that broadcast together, in either order."""
    choices, data = scope.choices, scope.number_tensor()
    operands = [data, _other(scope, data)]
    if choices.rarely():
        operands.reverse()
    if choices.number(0, 2) < 2:
        scope.emit(choices.one_of(_BINARY), *operands)
    elif dtype_of(data.type) in INTS and choices.rarely():
        scope.emit(choices.one_of(_OF_INTEGERS), *operands)
    else:
        scope.emit(choices.one_of(_EXTREMA), *operands)


def scaling(scope: Scope) -> None:
    """A product with a factor per channel, as batch norm and quantisation leave it."""
    data = scope.number_tensor(1)
    extents, element = shape_of(data.type), dtype_of(data.type)
    along = (extents[1], 1, 1) if len(extents) == 4 else (extents[-1],)
    scope.emit("multiply", data, scope.scales(along, element))


def selection(scope: Scope) -> None:
    """A choice between two tensors, by comparing where nothing rounds, or by a constant."""
    choices, data = scope.choices, scope.number_tensor()
    other = _other(scope, data)
    if scope.is_exact:
        compare = choices.one_of(
            ("less", "greater_equal", "equal", "not_equal", "greater", "less_equal")
        )
        condition = scope.emit(compare, data, other)
        if choices.rarely():
            condition = scope.emit("logical_not", condition)
    else:
        condition = scope.constant(shape_of(data.type), "i1")
    scope.emit("where", condition, data, other)


def conversion(scope: Scope) -> None:
    """A cast that loses nothing, and one that rounds where this is exact."""
    data = scope.number_tensor()
    wide = {"f32": "f64", "i32": "i64"}.get(dtype_of(data.type))
    if wide is None and scope.is_exact and dtype_of(data.type) == "f64":
        wide = "i32"
    if wide is not None:
        scope.emit("cast", data, dtype=ELEMENT_TYPES[wide][0])
