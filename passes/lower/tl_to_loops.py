"""Writes tl kernels as loops: scf, memref, vector, arith and math. Nothing of tl is left.

Each phase of a kernel becomes a function of the kernel's buffers: `@name`, or `@name.0`, `@name.1`
… where there are several. One without phases, which has nothing to compute, becomes a function
that does nothing. What more arguments a function has, in order:

- each extent of a buffer that is known only at run time, an index; those of one name are one. The
  attribute `tl.extent` lists where it stands, as pairs of a buffer's and a dimension's number.
- workspaces, for scratch that phases share or that is too large for the stack. The attribute
  `tl.workspace` says which: `"shared"` by all threads of a call, or `"private"` to one.
- the status, if the phase has `checked` accesses: a number, marked `tl.status`, that is set to 1
  when an index is out of bounds (and is then moved into the buffer), and is else left alone.
- the number of the chunk to run, of a phase that is parallel. Its attribute `tl.chunks` says how
  many there are; where that is known only at run time, it names a function of the extents that
  gives it, `@name.chunks`.

Before:

    tl.kernel @scale(%X: memref<64xf32>, %Y: memref<64xf32> out) {
      tl.nest (%i = 64) schedule [i by 8, i vector] finish {
        %x = tl.load %X[%i]
        %y = arith.addf %x, %x : f32
        tl.store %y, %Y[%i]
      }
    }

After:

    func.func @scale(%X: memref<64xf32>, %Y: memref<64xf32>) {
      %c0 = arith.constant 0 : index
      %c64 = arith.constant 64 : index
      %c8 = arith.constant 8 : index
      scf.for %i = %c0 to %c64 step %c8 {
        %x = vector.load %X[%i] : memref<64xf32>, vector<8xf32>
        %y = arith.addf %x, %x : vector<8xf32>
        vector.store %y, %Y[%i] : memref<64xf32>, vector<8xf32>
      }
      func.return
    }
"""

from __future__ import annotations

from dataclasses import dataclass

from xdsl.context import Context
from xdsl.dialects import func
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Region
from xdsl.passes import ModulePass

from ...dialects.tl.kernel import KernelOp
from .loops_to_llvm import EXTENT
from .tl_phase import CHUNKS, PhaseWriter
from .tl_signature import STATUS, WORKSPACE, Signature

__all__ = ["CHUNKS", "EXTENT", "STATUS", "WORKSPACE", "TlToLoops", "lower_kernel"]


@dataclass(frozen=True)
class TlToLoops(ModulePass):
    """Write tl kernels as loops."""

    name = "tl-to-loops"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        for kernel in [each for each in op.ops if isinstance(each, KernelOp)]:
            block = op.body.block
            block.insert_ops_before(lower_kernel(kernel), kernel)
            kernel.detach()
            kernel.erase(safe_erase=False)


def lower_kernel(kernel: KernelOp) -> list[func.FuncOp]:
    """The functions of a kernel's phases, in order, each with the one that counts its chunks.

    Raises:
        VerifyException: when scratch has no bound, or a chain's length is known only at run time.
    """
    phases = kernel.phases
    if not phases:
        return [_empty_function(kernel)]
    name = kernel.sym_name.data
    names = [name] if len(phases) == 1 else [f"{name}.{n}" for n in range(len(phases))]
    return [
        function
        for phase, name in zip(phases, names, strict=True)
        for function in PhaseWriter(kernel, phase, name).write()
    ]


def _empty_function(kernel: KernelOp) -> func.FuncOp:
    """What a kernel that has nothing to compute becomes, so that it can be called."""
    signature = Signature()
    signature.add_buffers(kernel)
    signature.add_extents(kernel)
    signature.block.add_op(func.ReturnOp())
    return func.FuncOp(
        kernel.sym_name.data,
        (signature.block.arg_types, []),
        Region(signature.block),
        arg_attrs=signature.argument_attributes,
    )
