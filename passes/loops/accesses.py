"""Rewriting where accesses go: from the linear forms of their indices back to expressions."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from xdsl.dialects.builtin import AffineMapAttr, DenseArrayBase, i32
from xdsl.ir import SSAValue
from xdsl.ir.affine import AffineExpr, AffineMap

from ...dialects.tl.access import AccessOp, StoreOp
from ...dialects.tl.affine import SPAN, Extent, Linear, Quasi, QuasiKind, Term
from ...dialects.tl.ranges import index_forms


def rewrite_access(
    op: AccessOp, values: Collection[SSAValue], rewrite: Callable[[Linear], Linear]
) -> None:
    """Put ``rewrite(form)`` in place of each index of an access, if one contains any of ``values``.

    Indices computed from ``values`` by ops are written out, so that bounds stay provable.
    """
    forms = index_forms(op)
    if any(isinstance(term, Extent) for form in forms for term in form.terms):
        forms = op.forms  # an extent known at run time can be an operand, but not be written out
    if not any(value in values for form in forms for value in form.values()):
        return
    forms = [rewrite(form) for form in forms]
    operands = list(dict.fromkeys(value for form in forms for value in _in_order(form)))
    places = {value: AffineExpr.dimension(n) for n, value in enumerate(operands)}
    exprs = tuple(_expression(form, places) for form in forms)
    op.index_map = AffineMapAttr(AffineMap(len(operands), op.index_map.data.num_symbols, exprs))
    if isinstance(op, StoreOp):
        sizes = DenseArrayBase.from_list(i32, [len(op.stored), 1, len(operands)])
        op.operands = [*op.stored, op.buffer, *operands]
        op.properties["operandSegmentSizes"] = sizes
    else:
        op.operands = [op.memory, *operands]


def _in_order(form: Linear) -> list[SSAValue]:
    """The values of a form in the order they are written."""
    found: list[SSAValue] = []
    for term in form.terms:
        if isinstance(term, SSAValue):
            found.append(term)
        elif isinstance(term, Quasi):
            found += _in_order(term.inner)
    return found


def _expression(form: Linear, places: Mapping[SSAValue, AffineExpr]) -> AffineExpr:
    """A form as the expression of an access."""
    total = AffineExpr.constant(0)
    for term, coefficient in form.terms.items():
        total = total + _term(term, places) * coefficient
    return total + form.constant


def _term(term: Term, places: Mapping[SSAValue, AffineExpr]) -> AffineExpr:
    if term is SPAN:
        return AffineExpr.symbol(0)
    if isinstance(term, Quasi):
        inner = _expression(term.inner, places)
        return inner // term.divisor if term.kind is QuasiKind.FLOORDIV else inner % term.divisor
    assert isinstance(term, SSAValue), "extents are left as they are"
    return places[term]
