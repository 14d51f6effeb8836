"""Random programs as kernels: every group that the graph passes fuse, against the evaluator.

INLAY_EXAMPLES=100 runs 100 times as many examples.
"""

from __future__ import annotations

import os

import numpy as np
from hypothesis import given, note, settings
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import SSAValue

from compiled_ops import Array, CompiledFunctions
from inlay.dialects.printing import print_module
from inlay.dialects.registry import make_context
from inlay.dialects.relay.evaluate import evaluate
from inlay.dialects.relay.module import PRIMITIVE, CallOp, FuncOp, ReturnOp
from inlay.dialects.relay.types import is_tensor, numpy_dtype
from inlay.passes.manager import PassManager
from inlay.passes.pipeline import pipeline_to
from inlay.passes.target_attribute import set_target
from inlay.target.description import Target
from random_graphs import Program, programs


def _calls(module: ModuleOp) -> list[tuple[FuncOp, list[SSAValue]]]:
    """The primitive functions that @main calls, each with the operands of one call."""
    functions = {op.sym_name.data: op for op in module.ops if isinstance(op, FuncOp)}
    calls = [op for op in functions["main"].block.ops if isinstance(op, CallOp)]
    found = [(functions[op.callee.root_reference.data], [*op.operands]) for op in calls]
    return [
        (function, operands)
        for function, operands in found
        if PRIMITIVE in function.attributes
        and all(is_tensor(v.type) for v in (*operands, *function.return_op.operands))
    ]


def _values(module: ModuleOp, values: list[SSAValue], inputs: list[Array]) -> list[Array]:
    """What values of @main are, as arrays of their types."""
    main = next(op for op in module.ops if isinstance(op, FuncOp) and op.sym_name.data == "main")
    last = main.return_op
    main.block.insert_op_before(ReturnOp.of(values), last)
    last.detach()
    last.erase()
    main.update_type()
    arrays = evaluate(module, inputs, precision="float64")
    return [
        array.astype(numpy_dtype(value.type)) for array, value in zip(arrays, values, strict=True)
    ]


def _check(found: list[Array], wanted: list[Array]) -> None:
    for actual, expected in zip(found, wanted, strict=True):
        if expected.dtype.kind == "f":
            largest = float(np.abs(expected).max(initial=0.0))
            np.testing.assert_allclose(actual, expected, rtol=0, atol=1e-5 * largest)
        else:
            np.testing.assert_array_equal(actual, expected)


@given(programs(most=6))
@settings(max_examples=12 * int(os.environ.get("INLAY_EXAMPLES", "1")))
def test_kernels_of_random_programs(program: Program) -> None:
    module = program.module.clone()
    set_target(module, Target.native())
    PassManager.parse(pipeline_to("kernels")).run(make_context(), module)
    note(print_module(module))
    calls = _calls(module)
    operands = list(dict.fromkeys(value for _, values in calls for value in values))
    arrays = dict(zip(operands, _values(module, operands, [*program.inputs]), strict=True))
    copies = [function.clone() for function, _ in calls]
    ModuleOp([*copies])
    library = CompiledFunctions(copies)
    for number, (function, values) in enumerate(calls):
        inputs = [arrays[value] for value in values]
        name = function.sym_name.data
        wanted = evaluate(module, inputs, function=name, precision="float64")
        _check(library(number, inputs, [array.shape for array in wanted]), wanted)
