"""Index expressions as data: their linear forms and intervals.

Accesses store an index as xDSL's affine expression: dimension ``d_k`` is operand ``k`` of the
access (an axis, an enclosing index or an SSA value) and symbol ``s_0`` its literal range, if any.
Analyses work on its *linear form*: coefficients by term plus a constant, where a term is an SSA
value, the range, or what `floordiv` and `mod` by a constant leave that is not linear.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from xdsl.ir import SSAValue
from xdsl.ir.affine import (
    AffineBinaryOpExpr,
    AffineBinaryOpKind,
    AffineConstantExpr,
    AffineDimExpr,
    AffineExpr,
)


@dataclass(frozen=True)
class Interval:
    """The integers from ``lo`` to ``hi``, both included; None is unbounded."""

    lo: int | None = None
    hi: int | None = None

    @classmethod
    def point(cls, value: int) -> Interval:
        """The interval of one integer."""
        return cls(value, value)

    @property
    def value(self) -> int | None:
        """The only integer, if there is but one."""
        return self.lo if self.lo == self.hi else None

    def __add__(self, other: Interval) -> Interval:
        return Interval(_sum(self.lo, other.lo), _sum(self.hi, other.hi))

    def __mul__(self, factor: int) -> Interval:
        if factor == 0:
            return Interval.point(0)
        ends = [None if end is None else end * factor for end in (self.lo, self.hi)]
        return Interval(*(ends if factor > 0 else ends[::-1]))

    def floordiv(self, divisor: int) -> Interval:
        """The quotients, rounded down, by a positive divisor."""
        lo, hi = (None if end is None else end // divisor for end in (self.lo, self.hi))
        return Interval(lo, hi)

    def mod(self, divisor: int) -> Interval:
        """The remainders in [0, divisor); exact when all quotients are equal."""
        if self.lo is not None and self.hi is not None and self.floordiv(divisor).value is not None:
            return Interval(self.lo % divisor, self.hi % divisor)
        return Interval(0, divisor - 1)

    def within(self, other: Interval) -> bool:
        """Whether every integer lies in ``other``."""
        return (other.lo is None or (self.lo is not None and self.lo >= other.lo)) and (
            other.hi is None or (self.hi is not None and self.hi <= other.hi)
        )

    def misses(self, other: Interval) -> bool:
        """Whether no integer lies in ``other``."""
        return (self.hi is not None and other.lo is not None and self.hi < other.lo) or (
            self.lo is not None and other.hi is not None and self.lo > other.hi
        )


def _sum(a: int | None, b: int | None) -> int | None:
    return None if a is None or b is None else a + b


class Span:
    """The literal range of an access, as a term."""

    def __repr__(self) -> str:
        return "the literal range"


SPAN = Span()
"""The only span: an access has at most one literal range."""


class QuasiKind(StrEnum):
    """The operations by a constant that linear forms do not contain."""

    FLOORDIV = "floordiv"
    MOD = "mod"


@dataclass(frozen=True)
class Quasi:
    """``inner floordiv divisor`` or ``inner mod divisor``, as a term."""

    kind: QuasiKind
    inner: Linear
    divisor: int


@dataclass(frozen=True)
class Extent:
    """An extent of a buffer that is known only at run time, as a term.

    ``owner`` is the buffer, or the name that a kernel gives to the extent.
    """

    owner: SSAValue | str
    dimension: int = 0


Term: TypeAlias = SSAValue | Span | Quasi | Extent


@dataclass(frozen=True)
class Linear:
    """``sum of coefficient * term + constant``; no coefficient is 0."""

    terms: Mapping[Term, int] = field(default_factory=dict[Term, int])
    constant: int = 0

    def __hash__(self) -> int:
        return hash((frozenset(self.terms.items()), self.constant))

    @classmethod
    def of(cls, term: Term, coefficient: int = 1) -> Linear:
        """``coefficient * term``."""
        return cls({term: coefficient} if coefficient else {})

    def __add__(self, other: Linear | int) -> Linear:
        if isinstance(other, int):
            return Linear(self.terms, self.constant + other)
        terms = dict(self.terms)
        for term, coefficient in other.terms.items():
            terms[term] = terms.get(term, 0) + coefficient
        kept = {term: coefficient for term, coefficient in terms.items() if coefficient}
        return Linear(kept, self.constant + other.constant)

    def __sub__(self, other: Linear | int) -> Linear:
        return self + other * -1

    def __mul__(self, factor: int) -> Linear:
        if factor == 0:
            return Linear()
        terms = {term: coefficient * factor for term, coefficient in self.terms.items()}
        return Linear(terms, self.constant * factor)

    def __getitem__(self, term: Term) -> int:
        """The coefficient of a term, 0 where it does not occur."""
        return self.terms.get(term, 0)

    @property
    def is_constant(self) -> bool:
        """Whether no term occurs."""
        return not self.terms

    @property
    def is_linear(self) -> bool:
        """Whether every term is a value or the range."""
        return not any(isinstance(term, Quasi) for term in self.terms)

    def floordiv(self, divisor: int) -> Linear:
        """The quotient, rounded down, by a positive constant."""
        whole, rest = self._divide(divisor)
        return whole + _quasi(QuasiKind.FLOORDIV, rest, divisor)

    def mod(self, divisor: int) -> Linear:
        """The remainder in [0, divisor)."""
        return _quasi(QuasiKind.MOD, self._divide(divisor)[1], divisor)

    def _divide(self, divisor: int) -> tuple[Linear, Linear]:
        """``(q, r)`` with ``self = q * divisor + r``: q takes the terms that divide evenly."""
        even = {t: c // divisor for t, c in self.terms.items() if c % divisor == 0}
        odd = {t: c for t, c in self.terms.items() if c % divisor}
        if odd:
            return Linear(even), Linear(odd, self.constant)
        return Linear(even, self.constant // divisor), Linear({}, self.constant % divisor)

    def substitute(self, values: Mapping[Term, Linear]) -> Linear:
        """Terms replaced where ``values`` has them, also below `floordiv` and `mod`."""
        result = Linear({}, self.constant)
        for term, coefficient in self.terms.items():
            if term in values:
                form = values[term]
            elif isinstance(term, Quasi):
                inner = term.inner.substitute(values)
                division = inner.floordiv if term.kind is QuasiKind.FLOORDIV else inner.mod
                form = division(term.divisor)
            else:
                form = Linear.of(term)
            result = result + form * coefficient
        return result

    def values(self) -> frozenset[SSAValue]:
        """The SSA values that occur, also below `floordiv` and `mod`."""
        found: set[SSAValue] = set()
        for term in self.terms:
            if isinstance(term, SSAValue):
                found.add(term)
            elif isinstance(term, Quasi):
                found |= term.inner.values()
        return frozenset(found)

    def interval(self, box: Box) -> Interval:
        """The values the form takes when its terms take those in ``box``."""
        total = Interval.point(self.constant)
        for term, coefficient in self.terms.items():
            total += term_interval(term, box) * coefficient
        return total

    def resolve(self, box: Box) -> Linear:
        """The form with every `floordiv` and `mod` replaced whose quotient is one over ``box``."""
        result = Linear({}, self.constant)
        for term, coefficient in self.terms.items():
            form = _resolve_quasi(term, box) if isinstance(term, Quasi) else Linear.of(term)
            result = result + form * coefficient
        return result


Box: TypeAlias = Mapping[Term, Interval]
"""The interval of each term; a term that is missing is unbounded."""


def _quasi(kind: QuasiKind, inner: Linear, divisor: int) -> Linear:
    if inner.is_constant:
        value = (
            inner.constant // divisor if kind is QuasiKind.FLOORDIV else inner.constant % divisor
        )
        return Linear({}, value)
    return Linear.of(Quasi(kind, inner, divisor))


def _resolve_quasi(term: Quasi, box: Box) -> Linear:
    inner = term.inner.resolve(box)
    quotient = inner.interval(box).floordiv(term.divisor).value
    if quotient is None:
        division = inner.floordiv if term.kind is QuasiKind.FLOORDIV else inner.mod
        return division(term.divisor)
    if term.kind is QuasiKind.FLOORDIV:
        return Linear({}, quotient)
    return inner - quotient * term.divisor


def term_interval(term: Term, box: Box) -> Interval:
    """The values a term takes when values and the range take those in ``box``."""
    if not isinstance(term, Quasi):
        return box.get(term, Interval())
    inner = term.inner.interval(box)
    if term.kind is QuasiKind.FLOORDIV:
        return inner.floordiv(term.divisor)
    return inner.mod(term.divisor)


def linear_form(expr: AffineExpr, operands: Sequence[SSAValue]) -> Linear:
    """The linear form of an access's index, over the access's index operands."""
    match expr:
        case AffineConstantExpr():
            return Linear({}, expr.value)
        case AffineDimExpr():
            return Linear.of(operands[expr.position])
        case AffineBinaryOpExpr():
            return _binary_form(expr, operands)
        case _:
            return Linear.of(SPAN)


def _binary_form(expr: AffineBinaryOpExpr, operands: Sequence[SSAValue]) -> Linear:
    lhs, rhs = linear_form(expr.lhs, operands), linear_form(expr.rhs, operands)
    match expr.kind:
        case AffineBinaryOpKind.Add:
            return lhs + rhs
        case AffineBinaryOpKind.Mul:
            return lhs * rhs.constant
        case AffineBinaryOpKind.FloorDiv:
            return lhs.floordiv(rhs.constant)
        case AffineBinaryOpKind.Mod:
            return lhs.mod(rhs.constant)
        case AffineBinaryOpKind.CeilDiv:
            return (lhs + (rhs.constant - 1)).floordiv(rhs.constant)
