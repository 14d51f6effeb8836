"""fold-scale-axis: move per-channel multiplications into the weights of convolutions.

Backward: a scale moves up into the output channels of the op that produced the value, through
ops that have one use. Forward: a scale moves down into the input channels of all the consumers.
A scale passes a relu only if every factor is known to be positive. The ops' ``scale`` rows say
where a scale may go; the scaling itself becomes a multiplication of a constant, which
fold-constant evaluates.

Before (backward):

    %0 = relay.nn.conv2d %x, %w : (T, tensor<8x4x3x3xf32>) -> tensor<1x8x6x6xf32>
    %1 = relay.multiply %0, %scale : (tensor<1x8x6x6xf32>, tensor<8x1x1xf32>) -> ...

After:

    %0 = relay.reshape %scale {newshape = array<i64: 8, 1, 1, 1>} : ...
    %1 = relay.multiply %w, %0 : (tensor<8x4x3x3xf32>, tensor<8x1x1x1xf32>) -> ...
    %2 = relay.nn.conv2d %x, %1 : ...

After TVM src/relay/transforms/fold_scale_axis.cc.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Literal, cast

import numpy as np
from xdsl.builder import Builder
from xdsl.context import Context
from xdsl.ir import Operation, SSAValue, Use
from xdsl.rewriter import InsertPoint

from ...dialects.relay.arithmetic import DivideOp, MultiplyOp
from ...dialects.relay.base import RelayOp, rows
from ...dialects.relay.constant import constant_array
from ...dialects.relay.module import FuncOp
from ...dialects.relay.reshape import ReshapeOp
from ...dialects.relay.rows import ScaleForward
from ...dialects.relay.types import is_static, is_tensor, shape_of
from ..manager import FunctionPass
from ..statistics import count
from .dataflow import post_order


@dataclass(frozen=True)
class Scale:
    """A constant per-channel factor: ``values`` vary along one axis alone."""

    values: SSAValue
    channels: int

    @property
    def is_positive(self) -> bool:
        """Whether every factor is known, finite and above zero."""
        array = constant_array(self.values)
        return array is not None and bool(np.all(np.isfinite(array)) and np.all(array > 0))

    def divides(self, value: SSAValue, axis: int) -> bool:
        """Whether the constant ``value`` is known to stay finite when divided by the factors."""
        array, factors = constant_array(value), constant_array(self.values)
        if array is None or factors is None:
            return False
        with np.errstate(all="ignore"):
            return bool(np.all(np.isfinite(array / factors.reshape(_along(axis, self.channels)))))

    def multiplies(self, value: SSAValue, axis: int) -> bool:
        """Whether the constant ``value``, as far as it is known, stays finite when scaled."""
        array, factors = constant_array(value), constant_array(self.values)
        if array is None or factors is None:
            return True
        with np.errstate(all="ignore"):
            return bool(np.all(np.isfinite(array * factors.reshape(_along(axis, self.channels)))))


@dataclass(frozen=True)
class Step:
    """Scale operand ``index`` of ``op`` along ``axis``, up or down."""

    op: RelayOp
    index: int
    axis: int
    by: type[MultiplyOp] | type[DivideOp]


Plan = list[Step]


class ScaleFolder:
    """Plans and applies the folds of one function."""

    def __init__(self, function: FuncOp):
        self.function = function
        self.constants: set[SSAValue] = set()
        for op in function.body.walk():
            if isinstance(op, RelayOp) and self.constants.issuperset(op.operands):
                self.constants.update(op.results)

    def scale_of(self, op: MultiplyOp) -> tuple[SSAValue, Scale, int] | None:
        """The scaled value, the factors and the axis they vary along, if ``op`` is a scaling."""
        for data, factor in ((op.lhs, op.rhs), (op.rhs, op.lhs)):
            axis = _channel_axis(data, factor, op) if factor in self.constants else None
            if axis is not None:
                return data, Scale(factor, shape_of(data.type)[axis]), axis
        return None

    def plan_backward(self, value: SSAValue, axis: int, scale: Scale) -> Plan | None:
        """The steps that scale ``value`` along ``axis`` at its sources, or None."""
        plan: Plan = []
        pending = [(value, axis)]
        while pending:
            value, axis = pending.pop()
            op = value.owner
            if not isinstance(op, RelayOp) or not value.has_one_use():
                return None
            backward = rows(op).scale.backward
            rule = backward(op, axis) if backward is not None else None
            if rule is None or (rule.positive_only and not scale.is_positive):
                return None
            for index, operand_axis in rule.operands:
                operand = op.operands[index]
                if operand in self.constants:
                    if not scale.multiplies(operand, operand_axis):
                        return None
                    plan.append(Step(op, index, operand_axis, MultiplyOp))
                elif _has_channels(operand, operand_axis, scale.channels):
                    pending.append((operand, operand_axis))
                else:
                    return None
        return plan

    def plan_forward(self, value: SSAValue, axis: int, scale: Scale) -> Plan | None:
        """The steps that make up for ``value`` lacking its scale, in all its uses, or None."""
        plan: Plan = []
        pending = [(value, axis)]
        while pending:
            value, axis = pending.pop()
            for use in value.uses:
                rule = self._forward_rule(use, axis, scale)
                if rule is None:
                    return None
                op = cast("RelayOp", use.operation)
                plan += [Step(op, index, at, MultiplyOp) for index, at in rule.multiply]
                plan += [Step(op, index, at, DivideOp) for index, at in rule.divide]
                if rule.carries is not None:
                    pending.append((op.result, rule.carries))
        return plan

    def _forward_rule(self, use: Use, axis: int, scale: Scale) -> ScaleForward | None:
        op = use.operation
        if not isinstance(op, RelayOp):
            return None
        forward = rows(op).scale.forward
        rule = forward(op, use.index, axis) if forward is not None else None
        if rule is None or (rule.positive_only and not scale.is_positive):
            return None
        scaled = (*rule.multiply, *rule.divide)
        if not all(op.operands[index] in self.constants for index, _ in scaled):
            return None
        if not all(scale.divides(op.operands[index], at) for index, at in rule.divide):
            return None
        if not all(scale.multiplies(op.operands[index], at) for index, at in rule.multiply):
            return None
        return rule

    def apply(self, plan: Sequence[Step], scale: Scale) -> None:
        """Put a product or quotient with the factors in front of each operand of the plan."""
        _hoist(scale.values, self.function)
        for step in plan:
            builder = Builder(InsertPoint.before(step.op))
            shape = _along(step.axis, scale.channels)
            factors = scale.values
            if shape_of(factors.type) != shape:
                factors = builder.insert(ReshapeOp.make([factors], {"newshape": shape})).result
            operand = step.op.operands[step.index]
            scaled = builder.insert(step.by.make([operand, factors], location=step.op.location))
            scaled.result.name_hint = operand.name_hint
            step.op.operands[step.index] = scaled.result
            self.constants.update((factors, scaled.result))


def _channel_axis(data: SSAValue, factor: SSAValue, op: MultiplyOp) -> int | None:
    """The axis, from the right, along which a factor scales data of the result's shape."""
    if data.type != op.result.type or not is_static(shape_of(factor.type)):
        return None
    shape = shape_of(factor.type)
    axes = [axis - len(shape) for axis, extent in enumerate(shape) if extent != 1]
    if len(axes) != 1 or shape_of(data.type)[axes[0]] != shape[axes[0]]:
        return None
    return axes[0]


def _has_channels(value: SSAValue, axis: int, channels: int) -> bool:
    """Whether a value really has the channels, so that scaling it is no broadcast."""
    if not is_tensor(value.type):
        return False
    shape = shape_of(value.type)
    return len(shape) >= -axis and shape[axis] == channels


def _along(axis: int, channels: int) -> tuple[int, ...]:
    """The shape that broadcasts per-channel factors along an axis counted from the right."""
    return (channels, *(1,) * (-axis - 1))


def _hoist(value: SSAValue, function: FuncOp) -> None:
    """Move a constant expression to the top of the function, where it reaches every op."""
    assert isinstance(value.owner, Operation)
    expression = post_order([value.owner], lambda op: op.operands)
    for op in expression:
        op.detach()
    first = function.block.first_op
    assert first is not None
    for op in expression:
        function.block.insert_op_before(op, first)


@dataclass(frozen=True)
class FoldScaleAxis(FunctionPass):
    """Move per-channel multiplications into weights: backward, forward, or both in that order."""

    name = "fold-scale-axis"
    statistics: ClassVar[dict[str, str]] = {
        "backward": "scales moved into a producer",
        "forward": "scales moved into the consumers",
    }

    direction: Literal["backward", "forward", "both"] = field(
        default="both", metadata={"doc": "where scales move"}
    )

    def run_on(self, ctx: Context, op: Operation) -> None:
        """Fold the scales of one function, in program order for each direction."""
        assert isinstance(op, FuncOp)
        if op.is_primitive:
            return
        folder = ScaleFolder(op)
        products = [inner for inner in op.body.walk() if isinstance(inner, MultiplyOp)]
        if self.direction != "forward":
            products = [p for p in reversed(products) if not _fold(folder, p, backward=True)]
            products.reverse()
        if self.direction != "backward":
            for product in products:
                _fold(folder, product, backward=False)


def _fold(folder: ScaleFolder, op: MultiplyOp, *, backward: bool) -> bool:
    """Move the scale of one product, if it is one and its scale may move."""
    found = folder.scale_of(op)
    if found is None:
        return False
    data, scale, axis = found
    if backward:
        plan = folder.plan_backward(data, axis, scale)
    else:
        plan = folder.plan_forward(op.result, axis, scale)
    if not plan:
        return False
    folder.apply(plan, scale)
    op.result.replace_all_uses_with(data)
    op.detach()
    op.erase()
    count("backward" if backward else "forward")
    return True
