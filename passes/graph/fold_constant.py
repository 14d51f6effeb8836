"""fold-constant: evaluate ops whose operands are all constants.

The reference evaluator computes the values, so that folding and running agree by construction.

Before:

    %0 = relay.constant dense<2.0> : tensor<f32>
    %1 = relay.sqrt %0 : (tensor<f32>) -> tensor<f32>

After:

    %0 = relay.constant dense<1.41421354> : tensor<f32>

An elided constant is left alone, and so is an op whose result would be far larger than its
operands (a broadcast of a scalar to a feature map, say).

Shapes that are computed become static on the way, in one run: `shape_of` of a static tensor is a
constant, and a `dyn` op whose shape operands are constants becomes its static counterpart, from
which the types of all that depends on it follow.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import prod
from typing import ClassVar

from xdsl.builder import Builder
from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Operation, SSAValue
from xdsl.passes import ModulePass
from xdsl.rewriter import Rewriter
from xdsl.utils.exceptions import VerifyException

from ...dialects.relay.base import RelayOp, result_shapes
from ...dialects.relay.constant import ConstantOp, constant_array
from ...dialects.relay.evaluate import EvaluationError, evaluate_op
from ...dialects.relay.module import FuncOp, GroupOp
from ...dialects.relay.resources import ResourceAttr, resource_key, resources
from ...dialects.relay.rows import Array, Pattern
from ...dialects.relay.types import is_static, is_tensor, numpy_dtype, shape_of
from ..statistics import count
from .replacement import replace
from .simplify_rules import shape_rules_for


@dataclass(frozen=True)
class FoldConstant(ModulePass):
    """Evaluate ops whose operands are all constants."""

    name = "fold-constant"
    statistics: ClassVar[dict[str, str]] = {
        "folded": "operations replaced by constants",
        "static": "operations on shapes that turned out to be static",
    }

    max_growth: int = field(
        default=1 << 20,
        metadata={"doc": "most bytes by which results may exceed four times their operands"},
    )

    def __post_init__(self) -> None:
        if self.max_growth < 0:
            raise ValueError(f"max-growth is {self.max_growth}, expected 0 or more")

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
        operands = list(op.operands)
        if self._evaluate(op, keys):
            count("folded")
        elif any(replace(op, rule) is not None for rule in shape_rules_for(op)):
            count("static")
        else:
            return
        _erase_unused_constants(operands)

    def _evaluate(self, op: RelayOp, keys: set[str]) -> bool:
        """Replace an op by the constants it gives, if it gives constants and is worth it."""
        arrays = [constant_array(operand) for operand in op.operands]
        known = [array for array in arrays if array is not None]
        if len(known) < len(arrays) or not self._is_worth(op, known):
            return False

        def constants(op: RelayOp, builder: Builder) -> Sequence[SSAValue] | None:
            try:
                values = evaluate_op(op, known)
            except EvaluationError:  # What fails when it runs may never run.
                return None
            made = [ConstantOp.of(value, _fresh_key(op, keys)) for value in values]
            return [builder.insert(constant).result for constant in made]

        return replace(op, constants) is not None

    def _is_worth(self, op: RelayOp, operands: Sequence[Array]) -> bool:
        """Whether the results' sizes are known and in proportion to the operands'."""
        types = op.result_types
        if not all(map(is_tensor, types)):
            return False
        shapes = [shape_of(type_) for type_ in types]
        if not all(map(is_static, shapes)):
            try:
                shapes = result_shapes(op, *operands)
            except VerifyException:
                return False
        bytes_out = sum(
            numpy_dtype(type_).itemsize * prod(shape)
            for type_, shape in zip(types, shapes, strict=True)
        )
        in_proportion = bytes_out <= 4 * sum(array.nbytes for array in operands) + self.max_growth
        return in_proportion and all(map(is_static, shapes))


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


def _erase_unused_constants(values: Sequence[SSAValue]) -> None:
    """Erase the constants among the values that nothing uses."""
    for owner in dict.fromkeys(value.owner for value in values):
        if isinstance(owner, ConstantOp) and owner.result.first_use is None:
            Rewriter.erase_op(owner)
