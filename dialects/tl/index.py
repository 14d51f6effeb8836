"""Index expressions in Python, ``Index.of(oh) * 2 + kh - 1``, and in text, ``2*%oh + %kh - 1``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from xdsl.ir import SSAValue
from xdsl.ir.affine import (
    AffineBinaryOpExpr,
    AffineBinaryOpKind,
    AffineConstantExpr,
    AffineDimExpr,
    AffineExpr,
    AffineMap,
)

from .affine import Linear, Quasi, QuasiKind, Term


@dataclass(frozen=True)
class Index:
    """An index under construction: ``Index.of(oh) * 2 + Index.of(kh) - 1``."""

    expr: AffineExpr
    operands: tuple[SSAValue, ...] = ()
    span: range | None = None

    @classmethod
    def of(cls, value: Index | SSAValue | int) -> Index:
        """The index that is a value, a constant, or already one."""
        if isinstance(value, Index):
            return value
        if isinstance(value, int):
            return cls(AffineExpr.constant(value))
        return cls(AffineExpr.dimension(0), (value,))

    @classmethod
    def range(cls, lo: int, hi: int) -> Index:
        """The literal range ``lo:hi``; an access with it has hi - lo values."""
        return cls(AffineExpr.symbol(0), (), range(lo, hi))

    def __add__(self, other: Index | SSAValue | int) -> Index:
        mine, theirs, operands = _merge(self, Index.of(other))
        return Index(mine + theirs, operands, self.span or Index.of(other).span)

    def __radd__(self, other: SSAValue | int) -> Index:
        return Index.of(other) + self

    def __sub__(self, other: Index | SSAValue | int) -> Index:
        return self + Index.of(other) * -1

    def __rsub__(self, other: SSAValue | int) -> Index:
        return Index.of(other) - self

    def __mul__(self, factor: int) -> Index:
        return Index(self.expr * factor, self.operands, self.span)

    def __rmul__(self, factor: int) -> Index:
        return self * factor

    def __floordiv__(self, divisor: int) -> Index:
        return Index(self.expr // divisor, self.operands, self.span)

    def __mod__(self, divisor: int) -> Index:
        return Index(self.expr % divisor, self.operands, self.span)


def _merge(a: Index, b: Index) -> tuple[AffineExpr, AffineExpr, tuple[SSAValue, ...]]:
    operands = tuple(dict.fromkeys((*a.operands, *b.operands)))
    return _over(a, operands), _over(b, operands), operands


def _over(index: Index, operands: Sequence[SSAValue]) -> AffineExpr:
    """The expression of ``index`` with its dimensions numbered as in ``operands``."""
    places = [AffineExpr.dimension(operands.index(operand)) for operand in index.operands]
    return index.expr.replace_dims_and_symbols(places, [])


def from_linear(form: Linear) -> Index:
    """The index that a linear form over values writes out.

    Raises:
        ValueError: for a form with a literal range or an extent known only at run time.
    """
    total: Index | None = None
    for term, coefficient in form.terms.items():
        part = _index_of_term(term) * coefficient
        total = part if total is None else total + part
    if total is None:
        return Index.of(form.constant)
    return total + form.constant if form.constant else total


def _index_of_term(term: Term) -> Index:
    if isinstance(term, SSAValue):
        return Index.of(term)
    if not isinstance(term, Quasi):
        raise ValueError(f"found {term} in an index, expected values")
    inner = from_linear(term.inner)
    return inner // term.divisor if term.kind is QuasiKind.FLOORDIV else inner % term.divisor


def make_access(
    indices: Sequence[Index | SSAValue | int],
) -> tuple[AffineMap, tuple[SSAValue, ...], range | None]:
    """The map, index operands and literal range of an access at ``indices``."""
    parts = [Index.of(index) for index in indices]
    operands = tuple(dict.fromkeys(operand for part in parts for operand in part.operands))
    spans = [part.span for part in parts if part.span is not None]
    exprs = tuple(_over(part, operands) for part in parts)
    return AffineMap(len(operands), 1 if spans else 0, exprs), operands, spans[0] if spans else None


_TIGHT = 2
"""How tightly products, `floordiv` and `mod` bind; sums bind at 1."""


def print_expr(
    expr: AffineExpr,
    emit: Callable[[str], None],
    name_of: Callable[[int], None],
    span: str,
    context: int = 0,
) -> None:
    """Print an index: ``4*%ty + (0:6) - 1``.

    ``name_of`` prints operand k, ``span`` is the text of the range, ``context`` how tightly what
    is around the expression binds.
    """
    match expr:
        case AffineConstantExpr():
            emit(str(expr.value))
        case AffineDimExpr():
            name_of(expr.position)
        case AffineBinaryOpExpr():
            precedence = 1 if expr.kind is AffineBinaryOpKind.Add else _TIGHT
            emit("(" if precedence < context else "")
            _print_binary(expr, emit, name_of, span)
            emit(")" if precedence < context else "")
        case _:
            emit(span if context == 0 else f"({span})")


def _print_binary(
    expr: AffineBinaryOpExpr,
    emit: Callable[[str], None],
    name_of: Callable[[int], None],
    span: str,
) -> None:
    lhs, rhs = expr.lhs, expr.rhs
    match expr.kind:
        case AffineBinaryOpKind.Add:
            if _negated(lhs) is not None and _negated(rhs) is None:
                lhs, rhs = rhs, lhs
            print_expr(lhs, emit, name_of, span, 1)
            positive = _negated(rhs)
            emit(" + " if positive is None else " - ")
            print_expr(rhs if positive is None else positive, emit, name_of, span, _TIGHT)
        case AffineBinaryOpKind.Mul:
            print_expr(rhs, emit, name_of, span, _TIGHT)
            emit("*")
            print_expr(lhs, emit, name_of, span, _TIGHT + 1)
        case kind:
            print_expr(lhs, emit, name_of, span, _TIGHT)
            emit(f" {kind.get_token()} ")
            print_expr(rhs, emit, name_of, span, _TIGHT + 1)


def _negated(expr: AffineExpr) -> AffineExpr | None:
    """``-expr`` when ``expr`` is a negative constant or multiple, else None."""
    if isinstance(expr, AffineConstantExpr) and expr.value < 0:
        return AffineConstantExpr(-expr.value)
    if (
        isinstance(expr, AffineBinaryOpExpr)
        and expr.kind is AffineBinaryOpKind.Mul
        and isinstance(expr.rhs, AffineConstantExpr)
        and expr.rhs.value < 0
    ):
        return expr.lhs * -expr.rhs.value
    return None
