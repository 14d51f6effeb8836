"""Compiles relay functions as kernels, many in one module, and runs them on numpy arrays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from xdsl.dialects import func
from xdsl.dialects.builtin import (
    ModuleOp,
    StringAttr,
    UnitAttr,
)
from xdsl.ir import Attribute

from inlay.dialects.registry import make_context
from inlay.dialects.relay.module import PRIMITIVE, FuncOp
from inlay.dialects.relay.types import numpy_dtype
from inlay.passes.lower.llvm_to_llvmlite import translate_module
from inlay.passes.manager import PassManager
from inlay.passes.target_attribute import set_target
from inlay.runtime.jit import Library, emit_object, load_object
from inlay.target.description import Target
from tl_kernels import Phase, run_phases

Array: TypeAlias = NDArray[Any]

TO_LOOPS = "relay-to-tl,tl-schedule,tl-to-loops"
TO_LLVM = "math-to-polynomials,loops-to-llvm"


class CompiledFunctions:
    """Relay functions, each compiled as one kernel."""

    def __init__(self, functions: Sequence[FuncOp], target: Target | None = None):
        target = target or Target.native()
        self.types: list[Sequence[Attribute]] = []
        module = ModuleOp([])
        set_target(module, target)
        for number, function in enumerate(functions):
            function.detach()
            self.types.append(function.function_type.outputs.data)
            function.sym_name = StringAttr(f"k{number}")
            function.sym_visibility = StringAttr("private")
            function.attributes[PRIMITIVE] = UnitAttr()
            module.body.block.add_op(function)
        PassManager.parse(TO_LOOPS).run(make_context(), module)
        self.phases: dict[str, list[Phase]] = {}
        for op in module.ops:
            assert isinstance(op, func.FuncOp)
            name = op.sym_name.data
            if not name.endswith(".chunks"):
                self.phases.setdefault(name.split(".")[0], []).append(Phase.of(op))
        PassManager.parse(TO_LLVM).run(make_context(), module)
        self.library: Library = load_object(emit_object(translate_module(module), target))

    def __call__(
        self, number: int, inputs: Sequence[Array], shapes: Sequence[Sequence[int]]
    ) -> list[Array]:
        """The results, of these shapes, of a function on arrays of its parameters' types."""
        results = [
            np.full(shape, 7, numpy_dtype(type_))
            for shape, type_ in zip(shapes, self.types[number], strict=True)
        ]
        buffers = [*map(np.ascontiguousarray, inputs), *results]
        phases = self.phases.get(f"k{number}", ())
        assert run_phases(self.library, phases, buffers), "an index was out of bounds"
        return results
