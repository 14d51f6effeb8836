"""Where to split the axes of a nest so that quotients and remainders of indices resolve.

A tensor of shape (6) that is read as one of shape (2, 3) is loaded at ``[i floordiv 3, i mod 3]``.
With the axis split at 3, into i of extent 2 and ii of extent 3, these are i and ii.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import gcd
from typing import TypeAlias

from xdsl.ir import SSAValue

from ..tl.access import LoadOp
from ..tl.affine import Linear, Quasi, QuasiKind
from ..tl.nest import NestOp

Cuts: TypeAlias = Mapping[str, Sequence[int]]
"""By axis, the extents of its inner parts, each a multiple of the one before."""


def quotients(nest: NestOp) -> list[Quasi]:
    """The quotients and remainders in the indices of the loads of a nest."""
    return [
        term
        for block in nest.blocks
        for op in block.ops
        if isinstance(op, LoadOp)
        for form in op.forms
        for term in _quotients(form)
    ]


def _quotients(form: Linear) -> Iterator[Quasi]:
    for term in form.terms:
        if isinstance(term, Quasi):
            yield term
            yield from _quotients(term.inner)


def cuts_of(nest: NestOp) -> Cuts:
    """Where the axes of a nest can be split for its quotients."""
    names: dict[SSAValue, str] = {
        value: name for block in nest.blocks for name, value in nest.arguments_of(block).items()
    }
    wanted: dict[str, set[int]] = {}
    for quotient in quotients(nest):
        for value, size in _sizes(quotient.inner, quotient.divisor):
            if value in names:
                wanted.setdefault(names[value], set()).add(size)
    found: dict[str, Sequence[int]] = {}
    for name, sizes in wanted.items():
        extent = nest.axis(name).extent
        cuts = _chain(sizes, extent) if isinstance(extent, int) else ()
        if cuts:
            found[name] = cuts
    return found


def _sizes(form: Linear, divisor: int) -> Iterator[tuple[SSAValue, int]]:
    """The values in a form, and the steps after which each changes its remainder no more."""
    for term, coefficient in form.terms.items():
        size = divisor // gcd(divisor, coefficient)
        if size == 1:
            continue
        if isinstance(term, SSAValue):
            yield term, size
        elif isinstance(term, Quasi):
            is_quotient = term.kind is QuasiKind.FLOORDIV
            yield from _sizes(term.inner, term.divisor * size if is_quotient else size)


def _chain(sizes: set[int], extent: int) -> Sequence[int]:
    """Those of the sizes that divide the extent and one another."""
    cuts: list[int] = []
    for size in sorted(sizes):
        if size < extent and extent % size == 0 and size % (cuts[-1] if cuts else 1) == 0:
            cuts.append(size)
    return cuts
