"""Making and running one relay op on arrays, with what must hold of every op."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
from xdsl.builder import Builder
from xdsl.ir import Attribute, Block, SSAValue
from xdsl.rewriter import InsertPoint
from xdsl.utils.test_value import create_ssa_value

from inlay.dialects.relay.base import RelayOp, refines, rows
from inlay.dialects.relay.evaluate import evaluate_op
from inlay.dialects.relay.rows import Array, AttrValue
from inlay.dialects.relay.types import DYNAMIC, ELEMENT_TYPES, dtype_of, shape_of, tensor, tensor_of


def make(form: type[RelayOp], types: Sequence[Attribute], **properties: AttrValue) -> RelayOp:
    """A verified op on operands of these types."""
    op = form.make([create_ssa_value(type_) for type_ in types], properties)
    op.verify()
    return op


def run(form: type[RelayOp], *operands: Array, **properties: AttrValue) -> Array:
    """The result of an op on arrays.

    Asserts that it has the inferred type, and that the same op on operands whose extents are
    unknown infers no more than that, gives the same and knows its shape at run time.
    """
    types = [tensor_of(operand) for operand in operands]
    op = make(form, types, **properties)
    (result,) = evaluate_op(op, operands)
    assert tensor_of(result) == op.result.type

    unknown = [tensor(dtype_of(type_), [DYNAMIC] * len(shape_of(type_))) for type_ in types]
    dynamic = make(form, unknown, **properties)
    assert refines(op.result.type, dynamic.result.type)
    assert evaluate_op(dynamic, operands)[0].tobytes() == result.tobytes()
    shape = rows(dynamic).shape
    assert shape is not None
    assert shape(dynamic, *operands) == [result.shape]
    return result


def array(name: str, values: object) -> Array:
    """An array of a relay element type."""
    return np.array(values).astype(ELEMENT_TYPES[name][1])


def same(found: Array, expected: Array) -> None:
    """Assert equality, NaN equal to NaN and zeros of different sign not."""
    np.testing.assert_array_equal(found, expected)
    numbers = ~np.isnan(expected)
    np.testing.assert_array_equal(np.signbit(found[numbers]), np.signbit(expected[numbers]))


def run_replacement(
    row: Literal["canonical", "fast"],
    form: type[RelayOp],
    *operands: Array,
    **properties: AttrValue,
) -> tuple[list[str], Array]:
    """The names of the ops that the row replaces an op by, and what they compute.

    Asserts that the replacement has the op's type.
    """
    block = Block(arg_types=[tensor_of(operand) for operand in operands])
    op = form.make(block.args, properties)
    rewrite = {"canonical": rows(op).canonical, "fast": rows(op).fast}[row]
    assert rewrite is not None
    replacement = rewrite(op, Builder(InsertPoint.at_end(block)))
    assert replacement is not None
    assert [value.type for value in replacement] == [op.result.type]
    values: dict[SSAValue, Array] = dict(zip(block.args, operands, strict=True))
    for step in block.ops:
        assert isinstance(step, RelayOp)
        (values[step.result],) = evaluate_op(step, [values[used] for used in step.operands])
    return [step.name for step in block.ops], values[replacement[0]]
