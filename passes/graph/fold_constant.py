"""fold-constant: evaluate ops whose operands are all constants.

The reference evaluator computes the values, so that folding and running agree by construction.

Before:

    %0 = relay.constant dense<2.0> : tensor<f32>
    %1 = relay.sqrt %0 : (tensor<f32>) -> tensor<f32>

After:

    %0 = relay.constant dense<1.41421354> : tensor<f32>

An elided constant is left alone, and so is an op whose result would be far larger than its
operands (a broadcast of a scalar to a feature map, say).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import prod
from typing import ClassVar

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Operation
from xdsl.passes import ModulePass

from ...dialects.relay.base import RelayOp
from ...dialects.relay.constant import ConstantOp, constant_array
from ...dialects.relay.evaluate import evaluate_op
from ...dialects.relay.module import FuncOp, GroupOp
from ...dialects.relay.resources import ResourceAttr, resource_key, resources
from ...dialects.relay.rows import Array, Pattern
from ...dialects.relay.types import is_static, is_tensor, numpy_dtype, shape_of
from ..statistics import count


@dataclass(frozen=True)
class FoldConstant(ModulePass):
    """Evaluate ops whose operands are all constants."""

    name = "fold-constant"
    statistics: ClassVar[dict[str, str]] = {"folded": "operations replaced by constants"}

    max_growth: int = field(
        default=1 << 20,
        metadata={"doc": "most bytes by which results may exceed four times their operands"},
    )

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        """Fold in every function that is not a kernel."""
        keys = {resource.key for resource in resources(op)}
        for function in op.ops:
            if isinstance(function, FuncOp) and not function.is_primitive:
                for inner in list(function.body.walk()):
                    if isinstance(inner, RelayOp) and not isinstance(inner.parent_op(), GroupOp):
                        self._fold(inner, keys)

    def _fold(self, op: RelayOp, keys: set[str]) -> None:
        if isinstance(op, ConstantOp) or op.ROWS.pattern is Pattern.TUPLE or not op.operands:
            return
        arrays = [constant_array(operand) for operand in op.operands]
        known = [array for array in arrays if array is not None]
        if len(known) < len(arrays) or not self._is_worth(op, known):
            return
        values = evaluate_op(op, known)
        for result, value in zip(op.results, values, strict=True):
            constant = ConstantOp.of(value, _fresh_key(op, keys), op.location)
            constant.result.name_hint = result.name_hint or constant.result.name_hint
            assert op.parent is not None
            op.parent.insert_op_before(constant, op)
            result.replace_all_uses_with(constant.result)
        count("folded")
        _erase_with_unused_constants(op)

    def _is_worth(self, op: RelayOp, operands: Sequence[Array]) -> bool:
        """Whether the results' sizes are known and in proportion to the operands'."""
        bytes_out = 0
        for type_ in op.result_types:
            if not is_tensor(type_) or not is_static(shape_of(type_)):
                return False
            size = numpy_dtype(type_).itemsize
            for extent in shape_of(type_):
                size *= extent
            bytes_out += size
        return bytes_out <= 4 * sum(array.nbytes for array in operands) + self.max_growth


def _fresh_key(op: Operation, keys: set[str]) -> str:
    """A key after the largest of the constant operands: `conv0_weight.1`."""
    constants = [value.owner for value in op.operands if isinstance(value.owner, ConstantOp)]
    largest = max(constants, key=lambda constant: prod(shape_of(constant.result.type)))
    name = largest.result.name_hint or "constant"
    if isinstance(largest.value, ResourceAttr):
        name = largest.value.data.key
    stem, _, suffix = name.rpartition(".")
    stem = resource_key(stem if stem and suffix.isdigit() else name)
    number = 1
    while f"{stem}.{number}" in keys:
        number += 1
    keys.add(f"{stem}.{number}")
    return f"{stem}.{number}"


def _erase_with_unused_constants(op: Operation) -> None:
    """Erase an op, then those of its operands that nothing else uses."""
    owners = [operand.owner for operand in op.operands]
    op.detach()
    op.erase()
    for owner in dict.fromkeys(owners):
        if isinstance(owner, ConstantOp) and not owner.result.uses:
            owner.detach()
            owner.erase()
