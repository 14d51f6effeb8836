"""Writing loop-level ops: the function under construction, and an emitter for each of its blocks.

Constants and scratch are made in the function's prologue, once; index arithmetic is made where it
is used, and shared with the blocks inside.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import cast

from xdsl.dialects import arith, memref
from xdsl.dialects.builtin import (
    AnyFloat,
    DenseIntOrFPElementsAttr,
    FloatAttr,
    IndexType,
    IntegerAttr,
    IntegerType,
    MemRefType,
    UnitAttr,
    VectorType,
    i64,
)
from xdsl.ir import Attribute, Block, Operation, SSAValue

from ...dialects.tl.affine import Linear, Quasi, QuasiKind, Term
from . import tl_build
from .llvm_handlers.types import as_vector, element_type, extent

UNROLL = "tl.unroll"
"""The attribute of a loop that LLVM is to unroll fully."""

OUT_OF_BOUNDS = 1
"""What a call's status becomes when a checked index is out of bounds."""

INDEX = IndexType()

LARGEST_ALLOCA = 64 << 10
"""In bytes: what is larger has no place on the stack, but in the thread's workspace."""

_ALIGNMENT = IntegerAttr(64, i64)
"""Of scratch in bytes: a cache line, and no vector register is wider."""


@dataclass
class Function:
    """A function under construction: what stands at its start.

    ``status`` is where a call says that a checked index was out of bounds, in a function that has
    such accesses; ``large`` gives scratch that is too large for the stack.
    """

    status: SSAValue | None = None
    large: Callable[[MemRefType[Attribute], str | None], SSAValue] | None = None
    prologue: list[Operation] = field(default_factory=list[Operation])
    _indices: dict[int, SSAValue] = field(default_factory=dict[int, SSAValue])
    _constants: dict[Attribute, SSAValue] = field(default_factory=dict[Attribute, SSAValue])

    def index(self, value: int) -> SSAValue:
        """An index constant."""
        constant = self._indices.get(value)
        if constant is None:
            constant = self._indices[value] = self._constant(IntegerAttr(value, INDEX), INDEX)
            constant.name_hint = f"c{value}" if value >= 0 else f"cm{-value}"
        return constant

    def number(self, value: float, type_: Attribute) -> SSAValue:
        """A constant of a float or integer type, or a vector of equal ones."""
        number = _number(value, element_type(type_))
        if as_vector(type_) is None:
            return self._constant(number, type_)
        vector = cast("VectorType[AnyFloat]", type_)
        splat = DenseIntOrFPElementsAttr.from_list(vector, [number.value.data])
        return self._constant(splat, type_)

    def dense(self, values: DenseIntOrFPElementsAttr, type_: Attribute) -> SSAValue:
        """A constant vector."""
        return self._constant(values, type_)

    def _constant(self, value: Attribute, type_: Attribute) -> SSAValue:
        """A constant, one for the whole function."""
        if value not in self._constants:
            op = arith.ConstantOp.create(result_types=[type_], properties={"value": value})
            self._constants[value] = self.at_start(op)
        return self._constants[value]

    def scratch(self, type_: MemRefType[Attribute], name: str | None) -> SSAValue:
        """Scratch memory: on the stack unless it is too large. Its extents are constants."""
        size = extent(type_)
        assert size is not None, "constant extents"
        if size > LARGEST_ALLOCA and self.large is not None:
            return self.large(type_, name)
        scratch = self.at_start(
            memref.AllocaOp.build(
                operands=[[], []], result_types=[type_], properties={"alignment": _ALIGNMENT}
            )
        )
        scratch.name_hint = name
        return scratch

    def at_start(self, op: Operation) -> SSAValue:
        """Put an op at the function's start, after those put there before; its result."""
        self.prologue.append(op)
        return op.results[0]

    def finish(self, block: Block) -> None:
        """Insert the prologue into the function's entry block, which has a terminator."""
        assert block.first_op is not None, "a terminator"
        block.insert_ops_before(self.prologue, block.first_op)


@dataclass
class Emitter:
    """Appends ops to a block. ``parent`` emits the block around it."""

    function: Function
    block: Block
    parent: Emitter | None = None
    _indices: dict[Linear, SSAValue] = field(default_factory=dict[Linear, SSAValue])

    def add(self, op: Operation) -> SSAValue:
        """Append an op; its only result."""
        self.block.add_op(op)
        (result,) = op.results
        return result

    def do(self, op: Operation) -> None:
        """Append an op."""
        self.block.add_op(op)

    def index(self, form: Linear) -> SSAValue:
        """The value of a form over values of type index."""
        if form.is_constant:
            return self.function.index(form.constant)
        if len(form.terms) == 1 and form.constant == 0:
            ((term, factor),) = form.terms.items()
            if factor == 1 and isinstance(term, SSAValue):
                return term
        known = self._known(form)
        if known is None:
            known = self._indices[form] = self._computed(form)
        return known

    def _known(self, form: Linear) -> SSAValue | None:
        if form in self._indices or self.parent is None:
            return self._indices.get(form)
        return self.parent._known(form)

    def _computed(self, form: Linear) -> SSAValue:
        total: SSAValue | None = None
        for term, factor in form.terms.items():
            value = self._term(term)
            if factor != 1:
                value = self.add(tl_build.multiply(value, self.function.index(factor)))
            total = value if total is None else self.add(tl_build.add(total, value))
        assert total is not None, "not a constant"
        if form.constant:
            total = self.add(tl_build.add(total, self.function.index(form.constant)))
        return total

    def _term(self, term: Term) -> SSAValue:
        if isinstance(term, SSAValue):
            return term
        assert isinstance(term, Quasi), "literal ranges and run-time extents are replaced before"
        inner, divisor = self.index(term.inner), self.function.index(term.divisor)
        quotient = self.add(arith.FloorDivSIOp(inner, divisor))
        if term.kind is QuasiKind.FLOORDIV:
            return quotient
        return self.add(tl_build.subtract(inner, self.add(tl_build.multiply(quotient, divisor))))

    def in_bounds(self, forms: Sequence[Linear], shape: Sequence[Linear]) -> SSAValue:
        """Whether every index lies in its extent: one unsigned comparison each."""
        holds: SSAValue | None = None
        for form, size in zip(forms, shape, strict=True):
            index, limit = self.index(form), self.index(size)
            inside = self.add(tl_build.is_below(index, limit))
            holds = inside if holds is None else self.add(tl_build.both(holds, inside))
        assert holds is not None, "an undecided guard has an open dimension"
        return holds

    @contextmanager
    def loop(
        self, lo: int | Linear, hi: int | Linear, step: int = 1, *, unroll: bool = False
    ) -> Generator[tuple[Emitter, SSAValue]]:
        """A loop to fill; gives its body and its counter."""
        first, limit, distance = (
            self.function.index(value) if isinstance(value, int) else self.index(value)
            for value in (lo, hi, step)
        )
        body = Block(arg_types=[INDEX])
        yield Emitter(self.function, body, self), body.args[0]
        body.add_op(tl_build.end())
        op = tl_build.loop(first, limit, distance, body)
        if unroll:
            op.attributes[UNROLL] = UnitAttr()
        self.do(op)

    @contextmanager
    def branch(self, condition: SSAValue) -> Generator[Emitter]:
        """An `scf.if` without results to fill."""
        body = Block()
        yield Emitter(self.function, body, self)
        body.add_op(tl_build.end())
        self.do(tl_build.choice(condition, [], body))

    def inner(self) -> Emitter:
        """An emitter for a new block that an op appended next will hold."""
        return Emitter(self.function, Block(), self)

    def choose(
        self, condition: SSAValue, then: Emitter, value: SSAValue, otherwise: SSAValue
    ) -> SSAValue:
        """An `scf.if` that gives ``value``, which ``then`` has computed, or ``otherwise``."""
        then.do(tl_build.end([value]))
        other = Block([tl_build.end([otherwise])])
        return self.add(tl_build.choice(condition, [value.type], then.block, other))


def _number(value: float, type_: Attribute) -> IntegerAttr[IntegerType] | FloatAttr[AnyFloat]:
    if isinstance(type_, AnyFloat):
        return FloatAttr(float(value), type_)
    return IntegerAttr(int(value), cast("IntegerType", type_))
