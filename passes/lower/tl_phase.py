"""Writes one phase of a kernel as a function: what stands around the nests. (L1 and L3.)"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from xdsl.dialects import arith, func, memref
from xdsl.dialects.builtin import (
    DYNAMIC_INDEX,
    FunctionType,
    IntegerAttr,
    MemRefType,
    SymbolRefAttr,
    i64,
)
from xdsl.ir import Attribute, Block, Operation, Region, SSAValue
from xdsl.utils.exceptions import VerifyException

from ...dialects.tl.access import AccessOp
from ...dialects.tl.affine import Interval, Linear
from ...dialects.tl.kernel import KernelOp
from ...dialects.tl.loops import AllocOp, ForOp
from ...dialects.tl.nest import NestOp
from ...dialects.tl.ranges import extent_form, form_of, interval_of_form
from ...dialects.tl.schedule import Entry, LoopKind, ScheduleError
from .tl_emit import INDEX, Emitter, Function
from .tl_extents import Pieces, divide_at_run_time, not_negative, total_of
from .tl_nests import Chunk, NestWriter, in_chunk, run_time_loop
from .tl_plan import Plan, Run, places_at_run_time
from .tl_point import Scope
from .tl_signature import Signature, Workspace

CHUNKS = "tl.chunks"
"""The attribute of a function: how many chunks a parallel phase has, or the function that says."""


class PhaseWriter:
    """Writes the function of one phase, and the one that counts its chunks."""

    def __init__(self, kernel: KernelOp, phase: Operation, name: str):
        self.kernel, self.phase, self.name = kernel, phase, name
        self.around = [op for op in kernel.block.ops if op not in kernel.phases]
        self.parallel = _parallel_entries(phase)
        self.function = Function(large=self._place)
        self.signature = Signature()
        values = self.signature.add_buffers(kernel)
        extents = self.signature.add_extents(kernel)
        self.scope = Scope(values, {}, dict.fromkeys(extents, Interval(0)), extents)
        self.shared, self.private = (
            Workspace(kind, self.signature, self.function) for kind in ("shared", "private")
        )
        self._offsets = {
            op: self.shared.reserve(_bounded(op)) for op in self.around if isinstance(op, AllocOp)
        }
        if any(isinstance(op, AccessOp) and op.checked is not None for op in phase.walk()):
            self.function.status = self.signature.add_status()
        self._scratch: dict[AllocOp, SSAValue] = {}
        self._chunks: dict[int, Chunk] = {}

    def write(self) -> list[func.FuncOp]:
        """The functions."""
        block = self.signature.block
        to = Emitter(self.function, block)
        scope = self._write_ops(self.around, self.scope, to)
        counts = self._counts(scope, to)
        if counts:
            number = self.signature.add(INDEX, "chunk")
            self._chunks = self._numbers(number, counts, to)
        self._write_ops([self.phase], scope, to)
        block.add_op(func.ReturnOp())
        self.function.finish(block)
        self.shared.finish()
        self.private.finish()
        op = func.FuncOp(
            self.name,
            (block.arg_types, []),
            Region(block),
            arg_attrs=self.signature.argument_attributes,
        )
        if not counts:
            return [op]
        total = 1
        for count in counts:
            if not count.is_constant:
                counter = self._write_counter()
                op.attributes[CHUNKS] = SymbolRefAttr(counter.sym_name.data)
                return [op, counter]
            total *= count.constant
        op.attributes[CHUNKS] = IntegerAttr(total, i64)
        return [op]

    def _write_counter(self) -> func.FuncOp:
        """The function of the kernel's extents that gives how many chunks the phase has."""
        signature = Signature()
        function = Function()
        extents = signature.add_extents(self.kernel)
        block = signature.block
        to = Emitter(function, block)
        needed = [op for op in self.around if not isinstance(op, AllocOp)]
        scope = self._write_ops(needed, Scope({}, {}, self.scope.box, extents), to)
        total: SSAValue | None = None
        for count in self._counts(scope, to):
            value = to.index(count)
            total = value if total is None else to.add(arith.MuliOp(total, value))
        assert total is not None, "a parallel phase"
        block.add_op(func.ReturnOp(total))
        function.finish(block)
        return func.FuncOp(
            f"{self.name}.chunks",
            FunctionType.from_lists(block.arg_types, [INDEX]),
            Region(block),
            arg_attrs=signature.argument_attributes,
        )

    # ------------------------------------------------------------ chunks

    def _counts(self, scope: Scope, to: Emitter) -> list[Linear]:
        """How many pieces each leading parallel entry has, where it has most."""
        lengths: dict[str, frozenset[int]] = {}
        counts: list[Linear] = []
        for entry, length in self.parallel:
            if entry.axis not in lengths:
                whole = _extent(length, scope, to)
                if not whole.is_constant:
                    counts.append(total_of(divide_at_run_time(entry, whole, to)))
                    lengths[entry.axis] = frozenset(piece.size for piece in entry.pieces)
                    continue
                lengths[entry.axis] = frozenset([whole.constant])
            pieces = [sum(s.count for s in entry.segments(n)) for n in lengths[entry.axis]]
            counts.append(Linear({}, max(pieces, default=0)))
            lengths[entry.axis] = entry.sizes(lengths[entry.axis])
        return counts

    def _numbers(self, number: SSAValue, counts: list[Linear], to: Emitter) -> dict[int, Chunk]:
        """The number of the piece of each parallel entry, found from the chunk's."""
        chunks: dict[int, Chunk] = {}
        rest = number
        for depth, count in reversed(list(enumerate(counts))):
            own = rest
            if depth and count != Linear():
                size = to.index(count)
                own = to.add(arith.RemUIOp(rest, size))
                rest = to.add(arith.DivUIOp(rest, size))
            chunks[depth] = Chunk(Linear.of(own), count)
        return chunks

    # ------------------------------------------------------------ ops

    def _write_ops(self, ops: Iterable[Operation], scope: Scope, to: Emitter) -> Scope:
        """Write the ops of a kernel's or a loop's body; what stands around the ops after them."""
        values, forms = dict(scope.values), dict(scope.forms)
        scope = Scope(values, forms, scope.box, scope.extents)
        for op in ops:
            match op:
                case NestOp():
                    self._write_nest(op, scope, to)
                case ForOp():
                    self._write_for(op, scope, to)
                case AllocOp():
                    values[op.memref] = self._allocate(op)
                case memref.DimOp():
                    forms[op.result] = scope.resolve(form_of(op.result))
                case _:
                    used = {operand for inner in op.walk() for operand in inner.operands}
                    copy = op.clone({v: scope.value(v, to) for v in used if _is_around(v, op)})
                    to.do(copy)
                    values |= dict(zip(op.results, copy.results, strict=True))
        return scope

    def _write_nest(self, op: NestOp, scope: Scope, to: Emitter) -> None:
        extents = {axis.name: _extent(axis.extent, scope, to) for axis in op.axes}
        try:
            NestWriter(op, scope, self.function, extents, self._chunks).write(to)
        except ScheduleError as error:
            raise VerifyException(f"tl.nest: {error}") from error

    def _write_for(self, op: ForOp, scope: Scope, to: Emitter) -> None:
        """One loop for each segment, with the body as it is for pieces of that length."""
        extent = _extent(op.extent, scope, to)
        if not extent.is_constant:
            divided = divide_at_run_time(op.entry, extent, to)
            for number, (place, pieces) in enumerate(
                zip(places_at_run_time(op.entry), divided, strict=True)
            ):
                assert place.length is not None, "pieces have sizes"
                run = Run(place.lo, None, place.length, 0, Plan(), number)
                self._write_run(op, run, pieces, scope, to)
            return
        ordinal = 0
        for segment in op.entry.segments(extent.constant):
            run = Run(segment.offset, segment.count, segment.size, ordinal, Plan())
            ordinal += segment.count
            self._write_run(op, run, None, scope, to)

    def _write_run(
        self, op: ForOp, run: Run, pieces: Pieces | None, scope: Scope, to: Emitter
    ) -> None:
        if op.entry.kind is LoopKind.PARALLEL:
            with in_chunk(self._chunks[0], run, pieces, to) as (start, body):
                self._write_ops(op.block.ops, _inside(op, run, start, scope), body)
            return
        if pieces is None and run.count == 1:
            start = Linear({}, run.offset)
            self._write_ops(op.block.ops, _inside(op, run, start, scope), to)
            return
        if pieces is None:
            assert run.count is not None, "of a constant length"
            end = run.offset + run.count * run.size
            loop = to.loop(run.offset, end, run.size)
        else:
            loop = run_time_loop(run, pieces, to)
        with loop as (body, counter):
            counter.name_hint = op.entry.axis
            self._write_ops(op.block.ops, _inside(op, run, Linear.of(counter), scope), body)

    # ------------------------------------------------------------ scratch

    def _allocate(self, op: AllocOp) -> SSAValue:
        """Scratch: on the stack, or a part of a workspace; one for all copies of a loop's body."""
        if op not in self._scratch:
            type_, name = _bounded(op), op.memref.name_hint
            self._scratch[op] = (
                self.shared.part(self._offsets[op], type_, name)
                if op in self._offsets
                else self.function.scratch(type_, name)
            )
        return self._scratch[op]

    def _place(self, type_: MemRefType[Attribute], name: str | None) -> SSAValue:
        """Scratch that is too large for the stack."""
        return self.private.part(self.private.reserve(type_), type_, name)


def _bounded(op: AllocOp) -> MemRefType[Attribute]:
    """The type of scratch, with the largest extents it can have.

    Raises:
        VerifyException: where an extent has no bound.
    """
    if op.type.has_static_shape():
        return op.type
    sizes = iter(op.sizes)
    shape: list[int] = []
    for size in op.type.get_shape():
        if size == DYNAMIC_INDEX:
            value = next(sizes)
            most = interval_of_form(form_of(value)).hi
            if most is None:
                raise VerifyException(
                    f"tl.alloc: %{value.name_hint} of {op.type} is known only at run time, "
                    "expected a constant or an index with a bound, such as the length of a piece"
                )
            size = most
        shape.append(size)
    return MemRefType(op.type.element_type, shape, op.type.layout)


def _inside(op: ForOp, run: Run, start: Linear, scope: Scope) -> Scope:
    """What stands around the body of a loop, in a piece of a run."""
    last = None if run.count is None else run.offset + (run.count - 1) * run.size
    return Scope(
        scope.values,
        {**scope.forms, op.index: start, op.length: Linear({}, run.size)},
        {
            **scope.box,
            op.index: Interval(run.offset, last),
            op.length: Interval.point(run.size),
        },
        scope.extents,
    )


def _is_around(value: SSAValue, op: Operation) -> bool:
    """Whether a value is defined outside an op that may have regions."""
    owner = value.owner
    holder = owner.parent_op() if isinstance(owner, Block) else owner
    return holder is None or not op.is_ancestor(holder)


def _parallel_entries(phase: Operation) -> list[tuple[Entry, int | SSAValue]]:
    """The leading parallel entries of a phase, each with the extent of its axis."""
    if isinstance(phase, ForOp):
        entries: Iterable[Entry] = [phase.entry]
        extents: Mapping[str, int | SSAValue] = {phase.entry.axis: phase.extent}
    elif isinstance(phase, NestOp):
        entries, extents = phase.schedule, {axis.name: axis.extent for axis in phase.axes}
    else:
        return []
    found: list[tuple[Entry, int | SSAValue]] = []
    for entry in entries:
        if entry.kind is not LoopKind.PARALLEL:
            break
        found.append((entry, extents[entry.axis]))
    return found


def _extent(value: int | SSAValue, scope: Scope, to: Emitter) -> Linear:
    """An extent over emitted values; none is negative."""
    form = extent_form(value)
    found = scope.resolve(form)
    lo = interval_of_form(form).lo
    if found.is_constant or (lo is not None and lo >= 0):
        return found
    return not_negative(found, to)
