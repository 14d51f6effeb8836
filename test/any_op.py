"""Running any relay op on arrays: several results, operands that must stay known, layouts."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Literal

from xdsl.builder import Builder
from xdsl.ir import Block, SSAValue
from xdsl.rewriter import InsertPoint

from inlay.dialects.layout import Layout
from inlay.dialects.relay.base import RelayOp, refines, result_shapes, rows
from inlay.dialects.relay.constant import ConstantOp
from inlay.dialects.relay.evaluate import evaluate_op
from inlay.dialects.relay.rows import Array, AttrValue
from inlay.dialects.relay.types import DYNAMIC, dtype_of, shape_of, tensor, tensor_of
from single_op import make, same


def results(
    form: type[RelayOp], *operands: Array, known: Collection[int] = (), **properties: AttrValue
) -> list[Array]:
    """The results of an op on arrays.

    Asserts that they have the inferred types, and that the same op on operands of unknown
    extents, but for the operands in ``known``, infers no more, gives the same and knows its
    shapes at run time.
    """
    types = [tensor_of(operand) for operand in operands]
    op = make(form, types, **properties)
    found = evaluate_op(op, operands)
    for value, result in zip(found, op.results, strict=True):
        assert refines(tensor_of(value), result.type)
        assert rows(op).static or tensor_of(value) == result.type
    blurred = [
        type_ if at in known else tensor(dtype_of(type_), [DYNAMIC] * len(shape_of(type_)))
        for at, type_ in enumerate(types)
    ]
    dynamic = make(form, blurred, **properties)
    assert result_shapes(dynamic, *operands) == [value.shape for value in found]
    for value, again, result in zip(
        found, evaluate_op(dynamic, operands), dynamic.results, strict=True
    ):
        assert refines(tensor_of(value), result.type)
        same(again, value)
    return found


def result(
    form: type[RelayOp], *operands: Array, known: Collection[int] = (), **properties: AttrValue
) -> Array:
    """The only result of an op on arrays, checked as ``results`` does."""
    (found,) = results(form, *operands, known=known, **properties)
    return found


def replaced(
    row: Literal["inference", "fast", "static"],
    form: type[RelayOp],
    *operands: Array,
    constants: Collection[int] = (),
    **properties: AttrValue,
) -> tuple[list[str], list[Array]] | None:
    """What a row replaces an op by: the names of its ops but constants, and their results.

    The operands in ``constants`` are constants. None if the row leaves the op. Asserts that
    the replacement's types are as exact as the op's.
    """
    block = Block(arg_types=[tensor_of(operand) for operand in operands])
    builder = Builder(InsertPoint.at_end(block))
    values: list[SSAValue] = [
        builder.insert(ConstantOp.of(operand)).result if at in constants else block.args[at]
        for at, operand in enumerate(operands)
    ]
    op = form.make(values, properties)
    given = list(block.ops)
    of = rows(op)
    rewrite = {"inference": of.inference, "fast": of.fast, "static": of.static}[row]
    assert rewrite is not None
    replacement = rewrite(op, builder)
    if replacement is None:
        assert list(block.ops) == given
        return None
    for new, old in zip(replacement, op.results, strict=True):
        assert refines(new.type, old.type)
    arrays: dict[SSAValue, Array] = dict(zip(block.args, operands, strict=True))
    names: list[str] = []
    for step in block.ops:
        assert isinstance(step, RelayOp)
        if not isinstance(step, ConstantOp):
            names.append(step.name)
        outputs = evaluate_op(step, [arrays[used] for used in step.operands])
        arrays.update(zip(step.results, outputs, strict=True))
    return names, [arrays[value] for value in replacement]


def moved(
    form: type[RelayOp],
    *operands: Array,
    old: Sequence[str | None],
    new: Sequence[str | None],
    **properties: AttrValue,
) -> list[str | None]:
    """The layouts in which an op takes operands of layouts ``old`` that arrive in ``new``.

    Asserts that it then computes the same, in the layouts that its row says.
    """
    op = make(form, [tensor_of(operand) for operand in operands], **properties)
    rule = rows(op).layout
    assert rule is not None
    written = rule(op, None, _layouts(old))
    inferred = rule(op, _layouts(new), written.operands)
    arrays = [
        _convert(operand, source, target)
        for operand, source, target in zip(
            operands, written.operands, inferred.operands, strict=True
        )
    ]
    there = make(form, [tensor_of(a) for a in arrays], **{**op.properties, **inferred.attributes})
    expected, found = evaluate_op(op, operands), evaluate_op(there, arrays)
    for value, source, back, again in zip(
        found, inferred.results, written.results, expected, strict=True
    ):
        same(_convert(value, source, back), again)
    return [layout and str(layout) for layout in inferred.operands]


def _layouts(texts: Sequence[str | None]) -> list[Layout | None]:
    return [None if text is None else Layout.parse(text) for text in texts]


def _convert(array: Array, source: Layout | None, target: Layout | None) -> Array:
    if source is None or target is None:
        assert source == target
        return array
    return source.convert_array(array, target)
