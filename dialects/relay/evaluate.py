"""The reference evaluator: relay programs in numpy, op by op through the table's rows.

It defines what every op means. In ``declared`` precision each op computes in its own element
type (f16 and bf16 in f32, rounded after every op); in ``float64`` all floats are float64.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeAlias

import numpy as np
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Attribute, Block, Operation, SSAValue
from xdsl.utils.exceptions import VerifyException

from ... import InlayError
from .base import RelayOp, rows
from .module import CallOp, FuncOp, GroupOp, IfOp
from .rows import Array, Value
from .types import DYNAMIC, FLOATS, dtype_of, is_tensor, numpy_dtype, shape_of, text

Precision: TypeAlias = Literal["declared", "float64"]

_WIDENED = {"f16", "bf16"}


class EvaluationError(InlayError):
    """A program cannot be evaluated on these inputs."""


def evaluate(
    module: ModuleOp,
    inputs: Sequence[Array],
    *,
    function: str = "main",
    precision: Precision = "declared",
) -> list[Array]:
    """Run a function of the module.

    Args:
        inputs: one array per parameter, of its dtype and shape.
        function: the name of the function.
        precision: "declared", or "float64" to compute (and return) every float in float64.

    Raises:
        EvaluationError: when the function is missing, an input does not fit, a constant is
            elided, or shapes that `?` left open do not fit together.
    """
    try:
        return _Evaluator(module, precision).run(function, inputs)
    except VerifyException as error:
        raise EvaluationError(str(error)) from error
    except RecursionError as error:
        raise EvaluationError(f"@{function}: calls are nested too deeply") from error


def evaluate_op(op: RelayOp, operands: Sequence[Array]) -> list[Array]:
    """The results of one op on arrays of its operands' declared types.

    Raises:
        VerifyException: when shapes that `?` left open do not fit together.
    """
    evaluator = _Evaluator(None, "declared")
    with np.errstate(all="ignore"):
        widened = [evaluator.widen(a, t) for a, t in zip(operands, op.operand_types, strict=True)]
        results = evaluator.relay_op(op, widened)
        return [evaluator.narrow(r, t) for r, t in zip(results, op.result_types, strict=True)]


class _Evaluator:
    """Walks blocks in order; every value is dropped after its last use."""

    def __init__(self, module: ModuleOp | None, precision: Precision):
        self.functions = (
            {op.sym_name.data: op for op in module.ops if isinstance(op, FuncOp)} if module else {}
        )
        self.precision = precision

    def run(self, name: str, inputs: Sequence[Array]) -> list[Array]:
        """The results of a function on arrays of its parameters' declared types."""
        function = self.function(name)
        arguments = function.args
        if len(inputs) != len(arguments):
            raise EvaluationError(f"@{name}: found {len(inputs)} inputs, expected {len(arguments)}")
        for index, (array, argument) in enumerate(zip(inputs, arguments, strict=True)):
            _check_input(f"@{name}: input {index}", array, argument.type)
        with np.errstate(all="ignore"):
            widened = [self.widen(a, v.type) for a, v in zip(inputs, arguments, strict=True)]
            results = self.call(function, widened)
            types = function.function_type.outputs.data
            return [self.narrow(r, t) for r, t in zip(results, types, strict=True)]

    def function(self, name: str) -> FuncOp:
        if name not in self.functions:
            known = ", ".join(f"@{known}" for known in self.functions)
            raise EvaluationError(f"@{name}: no such function; the module has {known or 'none'}")
        return self.functions[name]

    def widen(self, value: Value, type_: Attribute) -> Value:
        """The value in the precision that ops compute in."""
        if isinstance(value, tuple) or not is_tensor(type_):
            return value
        return value.astype(self._working_dtype(type_), copy=False)

    def narrow(self, value: Value, type_: Attribute) -> Array:
        """A result as its declared type, or as float64 if that was asked for."""
        if isinstance(value, tuple):
            raise EvaluationError(f"a result has type {type_}, expected a tensor")
        if self.precision == "float64":
            return value
        return value.astype(numpy_dtype(type_), copy=False)

    def call(self, function: FuncOp, arguments: Sequence[Value]) -> list[Value]:
        return self.block(function.block, dict(zip(function.args, arguments, strict=True)))

    def block(self, block: Block, values: dict[SSAValue, Value]) -> list[Value]:
        """Run a block whose free values are in ``values``; give what its terminator hands out."""
        last_use = {
            operand: op for op in block.ops for inner in op.walk() for operand in inner.operands
        }
        for op in block.ops:
            operands = [values[operand] for operand in op.operands]
            if op is block.last_op:
                return operands
            values.update(zip(op.results, self.op(op, operands, values), strict=True))
            for operand in set(op.operands):
                if last_use[operand] is op:
                    del values[operand]
        return []

    def op(
        self, op: Operation, operands: list[Value], values: dict[SSAValue, Value]
    ) -> Sequence[Value]:
        match op:
            case RelayOp():
                return self.relay_op(op, operands)
            case CallOp():
                return self.call(self.function(op.callee.root_reference.data), operands)
            case GroupOp():
                return self.block(op.body.block, dict(values))
            case IfOp():
                chosen = op.then_region if bool(operands[0]) else op.else_region
                return self.block(chosen.block, dict(values))
            case _:
                raise EvaluationError(f"{op.name}: not an op of the relay dialect")

    def relay_op(self, op: RelayOp, operands: Sequence[Value]) -> list[Value]:
        results = rows(op).evaluate(op, *operands)
        if isinstance(results, np.ndarray | np.generic):
            results = [results]
        return [
            self._settle(op, result, typed.type)
            for result, typed in zip(results, op.results, strict=True)
        ]

    def _settle(self, op: RelayOp, value: Value, type_: Attribute) -> Value:
        """A row's result rounded to its declared type, checked, in working precision."""
        if isinstance(value, tuple):
            return value
        array = np.asarray(value)
        if not _fits(array.shape, shape_of(type_)):
            raise EvaluationError(f"{op.name}: gave shape {list(array.shape)} for {text(type_)}")
        working = self._working_dtype(type_)
        if dtype_of(type_) in _WIDENED and self.precision == "declared":
            return _rounded(array, numpy_dtype(type_)).astype(working)
        return array.astype(working, copy=False)

    def _working_dtype(self, type_: Attribute) -> np.dtype[np.generic]:
        declared = numpy_dtype(type_)
        if self.precision == "float64" and dtype_of(type_) in FLOATS:
            return np.dtype(np.float64)
        return np.dtype(np.float32) if dtype_of(type_) in _WIDENED else declared


def _rounded(array: Array, dtype: np.dtype[np.generic]) -> Array:
    """The array in f16 or bf16, rounded once: ml_dtypes goes to bf16 by way of float32."""
    if dtype == np.float16 or array.dtype == np.float32:
        return array.astype(dtype)
    wide = array.astype(np.float64)
    nearest = wide.astype(np.float32)
    beyond = np.abs(nearest) > np.abs(wide)
    towards_zero = np.where(beyond, np.nextafter(nearest, np.float32(0)), nearest)
    # Rounding to odd keeps what the second rounding must know: that something was cut off.
    odd = towards_zero.view(np.uint32) | (towards_zero != wide)
    return odd.view(np.float32).astype(dtype)


def _fits(found: Sequence[int], declared: Sequence[int]) -> bool:
    """Whether a shape is the declared one, any extent standing for `?`."""
    return len(found) == len(declared) and all(
        d in (DYNAMIC, f) for f, d in zip(found, declared, strict=True)
    )


def _check_input(what: str, array: Array, type_: Attribute) -> None:
    if array.dtype != numpy_dtype(type_) or not _fits(array.shape, shape_of(type_)):
        raise EvaluationError(
            f"{what}: found {array.dtype}{list(array.shape)}, expected {text(type_)}"
        )
