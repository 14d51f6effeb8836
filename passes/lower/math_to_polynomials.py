"""Replaces mathematical functions by arithmetic that needs no library.

Ops of math on f32, f64 and vectors of these become straight-line arith code (a branch or a loop
where few numbers need it), as the table ``vector_math.FUNCTIONS`` says; 16-bit floats are computed
in f32. Constants stand at the function's start, once each. On machines without fused multiply-add
that becomes two ops. What is left has instructions; a function that has none is an error.

Before:

    func.func @rsqrt(%x: vector<8xf32>) -> vector<8xf32> {
      %y = math.rsqrt %x : vector<8xf32>
      func.return %y : vector<8xf32>
    }

After:

    func.func @rsqrt(%x: vector<8xf32>) -> vector<8xf32> {
      %0 = arith.constant dense<1.000000e+00> : vector<8xf32>
      %1 = math.sqrt %x : vector<8xf32>
      %y = arith.divf %0, %1 : vector<8xf32>
      func.return %y : vector<8xf32>
    }
"""

from __future__ import annotations

from dataclasses import dataclass

from xdsl.context import Context
from xdsl.dialects import func
from xdsl.dialects.builtin import (
    BFloat16Type,
    Float16Type,
    Float32Type,
    Float64Type,
    IntegerType,
    ModuleOp,
    f32,
)
from xdsl.ir import Operation
from xdsl.passes import ModulePass

from ...target.description import Target
from ..target_attribute import target_of
from .llvm_handlers import HANDLERS
from .llvm_handlers.types import LoweringError, element_type
from .vector_math import FUNCTIONS
from .vector_math.emitter import Constants, Emitter, Value, has_fma

_FUSED = ("math.fma", "vector.fma")


@dataclass(frozen=True)
class MathToPolynomials(ModulePass):
    """Replace mathematical functions by arithmetic."""

    name = "math-to-polynomials"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        target = target_of(op)
        for each in op.ops:
            if isinstance(each, func.FuncOp) and each.body.blocks:
                _replace_in(each, target)


def _replace_in(function: func.FuncOp, target: Target) -> None:
    constants = Constants()
    fused = () if has_fma(target) else _FUSED
    for op in list(function.walk()):
        if op.name in FUNCTIONS or op.name in fused:
            _replace(op, Emitter(target, constants))
        elif op.dialect_name() == "math" and op.name not in HANDLERS:
            raise LoweringError(f"{op.name} has no row in the table of functions", op)
    constants.insert(function.body.blocks[0])


def _replace(op: Operation, emitter: Emitter) -> None:
    operands = [emitter.value(operand) for operand in op.operands]
    result = _compute(op, emitter, operands)
    block = op.parent
    assert block is not None
    block.insert_ops_before(emitter.ops, op)
    result.ssa.name_hint = op.results[0].name_hint
    op.results[0].replace_all_uses_with(result.ssa)
    op.detach()
    op.erase()


def _compute(op: Operation, emitter: Emitter, operands: list[Value]) -> Value:
    if op.name in _FUSED:
        a, b, c = operands
        return a * b + c
    emit = FUNCTIONS[op.name].emit
    match element_type(op.results[0].type):
        case Float32Type() | Float64Type() | IntegerType():
            return emit(emitter, *operands)
        case Float16Type() | BFloat16Type() as half:
            wide = [
                each if isinstance(each.element, IntegerType) else emitter.extend(each, f32)
                for each in operands
            ]
            return emitter.truncate(emit(emitter, *wide), half)
        case other:
            raise LoweringError(f"{op.name} on {other}: expected f16, bf16, f32 or f64", op)
