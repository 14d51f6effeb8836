"""Writes tl kernels as loops: scf, memref, vector, arith and math. Nothing of tl is left.

Each phase of a kernel becomes a function of the kernel's buffers: `@name`, or `@name_0`, `@name_1`
… where there are several. A phase that is parallel has one more argument, the number of the chunk
to run, and says how many there are in the attribute `tl.chunks`. Scratch that is shared by phases,
or too large for the stack, lies in workspace arguments before it; their attribute `tl.workspace`
says which, `"shared"` by all threads of a call or `"private"` to one. Extents must be constants.

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

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from xdsl.context import Context
from xdsl.dialects import arith, func, memref
from xdsl.dialects.builtin import (
    ArrayAttr,
    DictionaryAttr,
    IntegerAttr,
    MemRefType,
    ModuleOp,
    NoneAttr,
    StridedLayoutAttr,
    StringAttr,
    UnitAttr,
    i8,
    i64,
)
from xdsl.ir import Attribute, Block, Operation, Region, SSAValue
from xdsl.passes import ModulePass
from xdsl.utils.exceptions import VerifyException

from ...dialects.tl.affine import Interval, Linear
from ...dialects.tl.attributes import Buffer
from ...dialects.tl.kernel import KernelOp
from ...dialects.tl.loops import AllocOp, ForOp
from ...dialects.tl.nest import NestOp
from ...dialects.tl.ranges import form_of
from ...dialects.tl.schedule import LoopKind, ScheduleError
from ...dialects.tl.syntax import as_memref
from .llvm_handlers.types import byte_size, extent, strides
from .loops_to_llvm import MAY_ALIAS
from .tl_emit import INDEX, LARGEST_ALLOCA, Emitter, Function
from .tl_nests import Chunk, NestWriter, in_chunk
from .tl_plan import Plan, Run
from .tl_point import Scope

CHUNKS = "tl.chunks"
"""The attribute of a function: how many chunks a parallel phase has."""

WORKSPACE = "tl.workspace"
"""The attribute of an argument that is scratch memory: ``"shared"`` or ``"private"``."""

_ALIGNMENT = 64
"""Of workspace, and of each piece of scratch in it, in bytes."""


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
    """The functions of a kernel's phases, in order.

    Raises:
        VerifyException: when an extent is not a constant.
    """
    for argument in kernel.args:
        if not as_memref(argument.type).has_static_shape():
            raise VerifyException(
                f"tl.kernel: argument %{argument.name_hint} of @{kernel.sym_name.data} is a "
                f"{argument.type}, expected constant extents"
            )
    shared = _layout(op for op in kernel.block.ops if isinstance(op, AllocOp))
    phases = kernel.phases
    name = kernel.sym_name.data
    names = [name] if len(phases) == 1 else [f"{name}_{n}" for n in range(len(phases))]
    return [
        PhaseWriter(kernel, phase, shared).write(name)
        for phase, name in zip(phases, names, strict=True)
    ]


@dataclass(frozen=True)
class _Layout:
    """Where scratch lies in a workspace, and the size of that, in bytes."""

    offsets: Mapping[AllocOp, int]
    size: int


def _layout(allocations: Iterable[AllocOp]) -> _Layout:
    offsets: dict[AllocOp, int] = {}
    size = 0
    for op in allocations:
        offsets[op] = size
        size += -(-_bytes(op) // _ALIGNMENT) * _ALIGNMENT
    return _Layout(offsets, size)


def _bytes(op: AllocOp) -> int:
    size = extent(op.type)
    if size is None:
        raise VerifyException(f"tl.alloc: found {op.type}, expected constant extents")
    return size


@dataclass
class PhaseWriter:
    """Writes the function of one phase."""

    kernel: KernelOp
    phase: Operation
    shared: _Layout
    function: Function = field(default_factory=Function)

    def __post_init__(self) -> None:
        inner = [op for op in self.phase.walk() if isinstance(op, AllocOp)]
        self.private = _layout(op for op in inner if _bytes(op) > LARGEST_ALLOCA)
        self.block = Block(arg_types=[argument.type for argument in self.kernel.args])
        self.attributes = [_buffer_attributes(buffer) for buffer in self.kernel.buffers]
        for old, new in zip(self.kernel.args, self.block.args, strict=True):
            new.name_hint = old.name_hint
        self._workspaces: dict[str, SSAValue] = {}
        self._scratch: dict[AllocOp, SSAValue] = {}
        for kind, layout in (("shared", self.shared), ("private", self.private)):
            if layout.size:
                self._workspaces[kind] = self._add_workspace(kind, layout.size)
        self.counts = _parallel_counts(self.phase)
        self.chunk: SSAValue | None = None
        if self.counts:
            self.chunk = self._add_argument(INDEX, "chunk", {})

    def write(self, name: str) -> func.FuncOp:
        """The function."""
        to = Emitter(self.function, self.block)
        scope = Scope(dict(zip(self.kernel.args, self.block.args, strict=False)), {}, {})
        around = [op for op in self.kernel.block.ops if op not in self.kernel.phases]
        self._write_ops([*around, self.phase], scope, to)
        self.block.add_op(func.ReturnOp())
        self.function.finish(self.block)
        op = func.FuncOp(
            name,
            (self.block.arg_types, []),
            Region(self.block),
            arg_attrs=ArrayAttr(map(DictionaryAttr, self.attributes)),
        )
        if self.counts:
            total = 1
            for count in self.counts:
                total *= count
            op.attributes[CHUNKS] = IntegerAttr(total, i64)
        return op

    def _add_argument(
        self, type_: Attribute, name: str, attributes: Mapping[str, Attribute]
    ) -> SSAValue:
        argument = self.block.insert_arg(type_, len(self.block.args))
        argument.name_hint = name
        self.attributes.append(dict(attributes))
        return argument

    def _add_workspace(self, kind: str, size: int) -> SSAValue:
        attributes: dict[str, Attribute] = {
            "llvm.align": IntegerAttr(_ALIGNMENT, i64),
            WORKSPACE: StringAttr(kind),
        }
        return self._add_argument(MemRefType(i8, [size]), kind, attributes)

    # ------------------------------------------------------------ ops

    def _write_ops(self, ops: Iterable[Operation], scope: Scope, to: Emitter) -> None:
        """Write the ops of a kernel's or a loop's body."""
        values, forms = dict(scope.values), dict(scope.forms)
        scope = Scope(values, forms, scope.box)
        for op in ops:
            match op:
                case NestOp():
                    self._write_nest(op, scope, to)
                case ForOp():
                    self._write_for(op, scope, to)
                case AllocOp():
                    values[op.memref] = self._allocate(op)
                case memref.DimOp():
                    forms[op.result] = form_of(op.result)
                case _:
                    operands = [scope.value(operand, to) for operand in op.operands]
                    copy = op.clone(dict(zip(op.operands, operands, strict=True)))
                    to.do(copy)
                    values |= dict(zip(op.results, copy.results, strict=True))

    def _write_nest(self, op: NestOp, scope: Scope, to: Emitter) -> None:
        extents = {
            axis.name: _extent(op, f"axis {axis.name}", axis.extent, scope) for axis in op.axes
        }
        chunks = self._chunks(to) if op is self.phase else {}
        try:
            NestWriter(op, scope, self.function, extents, chunks).write(to)
        except ScheduleError as error:
            raise VerifyException(f"tl.nest: {error}") from error

    def _chunks(self, to: Emitter) -> dict[int, Chunk]:
        """The number of the piece of each parallel entry, found from the chunk's."""
        if self.chunk is None:
            return {}
        chunks: dict[int, Chunk] = {}
        rest = self.chunk
        for depth, count in reversed(list(enumerate(self.counts))):
            number = rest
            if depth and count:
                size = self.function.index(count)
                number = to.add(arith.RemUIOp(rest, size))
                rest = to.add(arith.DivUIOp(rest, size))
            chunks[depth] = Chunk(Linear.of(number), count)
        return chunks

    def _write_for(self, op: ForOp, scope: Scope, to: Emitter) -> None:
        """One loop for each segment, with the body as it is for pieces of that length."""
        ordinal = 0
        for segment in op.entry.segments(_extent(op, f"loop {op.entry.axis}", op.extent, scope)):
            run = Run(segment.offset, segment.count, segment.size, ordinal, Plan())
            ordinal += segment.count
            if op.entry.kind is LoopKind.PARALLEL:
                chunk = self._chunks(to)[0]
                with in_chunk(chunk, run, to) as (start, body):
                    self._write_ops(op.block.ops, _inside(op, run, start, scope), body)
            elif segment.count == 1:
                start = Linear({}, segment.offset)
                self._write_ops(op.block.ops, _inside(op, run, start, scope), to)
            else:
                with to.loop(segment.offset, segment.end, segment.size) as (body, counter):
                    counter.name_hint = op.entry.axis
                    start = Linear.of(counter)
                    self._write_ops(op.block.ops, _inside(op, run, start, scope), body)

    # ------------------------------------------------------------ scratch

    def _allocate(self, op: AllocOp) -> SSAValue:
        """Scratch: on the stack, or a part of a workspace; one for all copies of a loop's body."""
        if op not in self._scratch:
            if op in self.shared.offsets:
                self._scratch[op] = self._view("shared", self.shared.offsets[op], op)
            elif op in self.private.offsets:
                self._scratch[op] = self._view("private", self.private.offsets[op], op)
            else:
                self._scratch[op] = self.function.alloca(op.type, op.memref.name_hint)
        return self._scratch[op]

    def _view(self, kind: str, offset: int, op: AllocOp) -> SSAValue:
        """The part of a workspace that is a piece of scratch."""
        workspace, type_ = self._workspaces[kind], op.type
        if isinstance(type_.layout, NoneAttr):
            shift = self.function.index(offset)
            return self.function.at_start(memref.ViewOp(workspace, shift, [], type_))
        size = byte_size(type_.element_type)
        total = as_memref(workspace.type).get_shape()[0] // size
        flat = MemRefType(type_.element_type, [total])
        zero = self.function.index(0)
        whole = self.function.at_start(memref.ViewOp(workspace, zero, [], flat))
        steps = strides(type_)
        result = MemRefType(
            type_.element_type, type_.shape, StridedLayoutAttr(steps, offset // size)
        )
        return self.function.at_start(
            memref.ReinterpretCastOp.from_dynamic(
                whole, [offset // size], type_.get_shape(), steps, result
            )
        )


def _inside(op: ForOp, run: Run, start: Linear, scope: Scope) -> Scope:
    """What stands around the body of a loop, in a piece of a run."""
    last = run.offset + (run.count - 1) * run.size
    return Scope(
        scope.values,
        {**scope.forms, op.index: start, op.length: Linear({}, run.size)},
        {
            **scope.box,
            op.index: Interval(run.offset, last),
            op.length: Interval.point(run.size),
        },
    )


def _buffer_attributes(buffer: Buffer) -> dict[str, Attribute]:
    """A buffer's contract, as attributes of an argument."""
    attributes: dict[str, Attribute] = {}
    if buffer.alignment is not None:
        attributes["llvm.align"] = IntegerAttr(buffer.alignment, i64)
    if not buffer.noalias:
        attributes[MAY_ALIAS] = UnitAttr()
    return attributes


def _parallel_counts(phase: Operation) -> list[int]:
    """How many pieces each leading parallel entry of a phase has, where it has most."""
    if isinstance(phase, ForOp):
        entries, extents = [phase.entry], {phase.entry.axis: phase.extent}
    elif isinstance(phase, NestOp):
        entries, extents = list(phase.schedule), {axis.name: axis.extent for axis in phase.axes}
    else:
        return []
    lengths: dict[str, frozenset[int]] = {}
    counts: list[int] = []
    for entry in entries:
        if entry.kind is not LoopKind.PARALLEL:
            break
        if entry.axis not in lengths:
            whole = _extent(phase, f"axis {entry.axis}", extents[entry.axis], Scope({}))
            lengths[entry.axis] = frozenset([whole])
        pieces = [sum(s.count for s in entry.segments(n)) for n in lengths[entry.axis]]
        counts.append(max(pieces, default=0))
        lengths[entry.axis] = entry.sizes(lengths[entry.axis])
    return counts


def _extent(op: Operation, what: str, value: int | SSAValue, scope: Scope) -> int:
    """An extent as a number. Raises VerifyException for one known only at run time."""
    if isinstance(value, int):
        return value
    form = form_of(value).substitute({**scope.forms})
    if not form.is_constant:
        raise VerifyException(
            f"{op.name}: {what} has an extent that is known only at run time, expected a constant"
        )
    return form.constant
