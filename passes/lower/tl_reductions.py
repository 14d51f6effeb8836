"""What the kinds of accumulators mean as ops: identities, combinations, reductions of lanes."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

from xdsl.dialects import arith, vector
from xdsl.dialects.builtin import AnyFloat, IntegerType
from xdsl.dialects.utils.fast_math import FastMathFlag
from xdsl.ir import Attribute, Operation, SSAValue
from xdsl.utils.exceptions import VerifyException

from ...dialects.tl.attributes import Reduction
from .llvm_handlers.types import element_type

Combine = Callable[[SSAValue, SSAValue], Operation]


class _Kind(NamedTuple):
    """One kind: its op on floats and on integers, its name in vector.reduction, its identity."""

    floats: Combine | None
    ints: Combine
    on_floats: str
    on_ints: str
    identity: Callable[[Attribute], float]


def _lowest(type_: Attribute) -> float:
    return -math.inf if isinstance(type_, AnyFloat) else -(1 << (_width(type_) - 1))


def _highest(type_: Attribute) -> float:
    return math.inf if isinstance(type_, AnyFloat) else (1 << (_width(type_) - 1)) - 1


def _width(type_: Attribute) -> int:
    assert isinstance(type_, IntegerType)
    return type_.bitwidth


def _always(value: float) -> Callable[[Attribute], float]:
    def identity(type_: Attribute) -> float:
        return value

    return identity


_KINDS: dict[Reduction, _Kind] = {
    Reduction.ADD: _Kind(arith.AddfOp, arith.AddiOp, "add", "add", _always(0)),
    Reduction.MUL: _Kind(arith.MulfOp, arith.MuliOp, "mul", "mul", _always(1)),
    Reduction.MIN: _Kind(arith.MinimumfOp, arith.MinSIOp, "minimumf", "minsi", _highest),
    Reduction.MAX: _Kind(arith.MaximumfOp, arith.MaxSIOp, "maximumf", "maxsi", _lowest),
    Reduction.AND: _Kind(None, arith.AndIOp, "", "and", _always(-1)),
    Reduction.OR: _Kind(None, arith.OrIOp, "", "or", _always(0)),
    Reduction.XOR: _Kind(None, arith.XOrIOp, "", "xor", _always(0)),
}

_REASSOCIATE = arith.FastMathFlagsAttr([FastMathFlag.REASSOC])
"""A reduction over lanes may add them in any order, as it has already done with the points."""


def identity(kind: Reduction, type_: Attribute) -> float:
    """The number that changes nothing when combined by ``kind``."""
    return _kind(kind).identity(type_)


def combined(kind: Reduction, left: SSAValue, right: SSAValue) -> Operation:
    """The op that combines two scalars or vectors of an accumulator."""
    row = _kind(kind)
    combine = row.floats if isinstance(element_type(left.type), AnyFloat) else row.ints
    if combine is None:
        raise VerifyException(f"accumulators of kind {kind} are integers, found {left.type}")
    return combine(left, right)


def over_lanes(kind: Reduction, value: SSAValue, type_: Attribute) -> Operation:
    """The op that combines all lanes of a vector into a scalar of ``type_``."""
    row = _kind(kind)
    is_float = isinstance(type_, AnyFloat)
    flag = vector.CombiningKindFlag(row.on_floats if is_float else row.on_ints)
    return vector.ReductionOp.create(
        operands=[value],
        result_types=[type_],
        properties={
            "kind": vector.CombiningKindAttr(flag),
            "fastmath": _REASSOCIATE if is_float else arith.FastMathFlagsAttr("none"),
        },
    )


def _kind(kind: Reduction) -> _Kind:
    if kind not in _KINDS:
        raise VerifyException(f"an accumulator of kind {kind} needs a combine region")
    return _KINDS[kind]
