"""Expands `tl.linear`: a constant matrix times a column. (L11 of the specification.)

Operands that are known to be zero drop out. Two rows whose coefficients differ only in signs are
computed as a pair: with ``e`` the part they share and ``o`` the part they negate, ``e + o`` and
``e - o``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from xdsl.dialects import arith, math
from xdsl.dialects.builtin import AnyFloat
from xdsl.ir import SSAValue
from xdsl.utils.exceptions import VerifyException

from ...dialects.tl.linear import LinearOp
from .llvm_handlers.types import as_vector, element_type
from .tl_emit import Emitter
from .tl_point import Point

Row = Mapping[SSAValue, Fraction]
"""The coefficients of emitted values, none of them 0."""


def emit_linear(point: Point, op: LinearOp, to: Emitter) -> None:
    """Emit the product."""
    known = point.known
    used = [index for index, value in enumerate(op.inputs) if value not in known.zeros]
    columns = {index: point.value(op.inputs[index], to) for index in used}
    if any(as_vector(value.type) is not None for value in columns.values()):
        columns = {index: point.as_vector(value, to) for index, value in columns.items()}
    rows = [_row(row, columns) for row in op.matrix.data]
    for result, row in zip(op.outputs, rows, strict=True):
        if not row:
            known.values[result] = to.function.number(0, result.type)
            known.zeros.add(result)
    for first, second in _pairs(rows):
        ours, theirs = rows[first], None if second is None else rows[second]
        if theirs is None:
            known.values[op.outputs[first]] = _sum(ours, to)
            continue
        even = {value: c for value, c in ours.items() if theirs[value] == c}
        odd = {value: c for value, c in ours.items() if theirs[value] != c}
        shared, turned = _sum(even, to), _sum(odd, to)
        assert second is not None
        known.values[op.outputs[first]] = _add(shared, turned, to)
        known.values[op.outputs[second]] = _subtract(shared, turned, to)


def _row(coefficients: Sequence[Fraction], columns: Mapping[int, SSAValue]) -> Row:
    """A row over what is not known to be zero; equal values are added up."""
    row: dict[SSAValue, Fraction] = {}
    for index, value in columns.items():
        row[value] = row.get(value, Fraction(0)) + coefficients[index]
    return {value: coefficient for value, coefficient in row.items() if coefficient}


def _pairs(rows: Sequence[Row]) -> list[tuple[int, int | None]]:
    """Every row that is not empty once, two together where that saves work."""
    left = [index for index, row in enumerate(rows) if row]
    found: list[tuple[int, int | None]] = []
    while left:
        first = left.pop(0)
        second = next((other for other in left if _is_pair(rows[first], rows[other])), None)
        if second is not None:
            left.remove(second)
        found.append((first, second))
    return found


def _is_pair(first: Row, second: Row) -> bool:
    """Whether two rows differ only in signs, and in some of them."""
    if len(first) < 3 or first.keys() != second.keys():
        return False
    signs = {second[value] / coefficient for value, coefficient in first.items()}
    return signs == {Fraction(1), Fraction(-1)}


def _sum(row: Row, to: Emitter) -> SSAValue:
    """The weighted sum, one op for each term, starting with one that has coefficient 1."""
    terms = sorted(row.items(), key=lambda term: (term[1] != 1, abs(term[1]) == 1))
    value, coefficient = terms[0]
    total = value if coefficient == 1 else _multiply(value, coefficient, to)
    for value, coefficient in terms[1:]:
        if coefficient == 1:
            total = _add(total, value, to)
        elif coefficient == -1:
            total = _subtract(total, value, to)
        elif _is_float(value):
            factor = to.function.number(float(coefficient), value.type)
            total = to.add(math.FmaOp(value, factor, total))
        else:
            total = _add(total, _multiply(value, coefficient, to), to)
    return total


def _is_float(value: SSAValue) -> bool:
    return isinstance(element_type(value.type), AnyFloat)


def _multiply(value: SSAValue, coefficient: Fraction, to: Emitter) -> SSAValue:
    if _is_float(value):
        return to.add(arith.MulfOp(value, to.function.number(float(coefficient), value.type)))
    if coefficient.denominator != 1:
        raise VerifyException(f"tl.linear: coefficient {coefficient} of an integer {value.type}")
    return to.add(arith.MuliOp(value, to.function.number(coefficient.numerator, value.type)))


def _add(lhs: SSAValue, rhs: SSAValue, to: Emitter) -> SSAValue:
    return to.add(arith.AddfOp(lhs, rhs) if _is_float(lhs) else arith.AddiOp(lhs, rhs))


def _subtract(lhs: SSAValue, rhs: SSAValue, to: Emitter) -> SSAValue:
    return to.add(arith.SubfOp(lhs, rhs) if _is_float(lhs) else arith.SubiOp(lhs, rhs))
