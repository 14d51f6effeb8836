"""The function under construction: values, scopes, index arithmetic and addresses.

Index values stay symbolic, as sums of multiples of llvm values and a constant, until an op needs
one as a number; an address is a chain of GEPs, one for each term. Both are emitted once, in the
outermost scope where their terms are known: loop-invariant parts stand before the loop. Terms of
loops that LLVM unrolls come last in a chain, so that they fold into the displacement of a load.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from math import gcd
from typing import TypeAlias, cast

from xdsl.dialects import llvm
from xdsl.dialects.builtin import (
    AnyFloat,
    DenseArrayBase,
    DenseIntOrFPElementsAttr,
    FloatAttr,
    IndexType,
    IntegerAttr,
    IntegerType,
    UnitAttr,
    UnregisteredOp,
    VectorType,
    i1,
    i8,
    i32,
    i64,
)
from xdsl.ir import Attribute, Block, Operation, Region, SSAValue

from ....dialects.llvm import PoisonOp
from ....target.description import Target
from .linear import ZERO, Linear, View
from .types import POINTER, LoweringError, as_vector

YIELDS = frozenset(("scf.yield", "scf.condition"))
"""Terminators that the op around the block lowers."""

UNROLL = "tl.unroll"
"""The attribute of loops, and of the branches that close them, to be unrolled in full."""

NSW, NUW = 1, 2
OVERFLOW = tuple(IntegerAttr(flags, i32) for flags in range(4))
NO_FASTMATH = llvm.FastMathAttr(None)

_DYNAMIC = DenseArrayBase.from_list(i32, [llvm.GEP_USE_SSA_VAL])
_INBOUNDS = {"inbounds": UnitAttr(), "noWrapFlags": IntegerAttr(3, i32)}
_ANYWHERE = {"noWrapFlags": IntegerAttr(0, i32)}
_LARGEST_I32 = (1 << 31) - 1

_SPLATS: dict[tuple[float, str, Attribute], Attribute] = {}
_BYTES: dict[int, Attribute] = {1: i8}


@dataclass
class Scope:
    """A region whose code is being emitted; values made in it are known until it closes."""

    block: Block
    depth: int
    pointers: dict[object, SSAValue] = field(default_factory=dict[object, SSAValue])
    numbers: dict[Linear, SSAValue] = field(default_factory=dict[Linear, SSAValue])
    products: dict[tuple[SSAValue, SSAValue], SSAValue] = field(
        default_factory=dict[tuple[SSAValue, SSAValue], SSAValue]
    )


class FunctionBuilder:
    """Builds one llvm function. Handlers ask for the new values of old operands and emit ops.

    target: the machine that code is for; region: the function's body, with its entry block;
    handlers: what to do for an op, by its name or by that of its dialect; global_alignments: of
    the module's globals, in bytes.
    """

    def __init__(
        self,
        target: Target,
        region: Region,
        handlers: Mapping[str, Handler],
        global_alignments: Mapping[str, int],
    ):
        self.target = target
        self.region = region
        self.handlers = handlers
        self.global_alignments = global_alignments
        self.scopes = [Scope(region.block, 0)]
        self.views: dict[SSAValue, View] = {}
        # The function's own blocks, old and new; those of structured ops are not among them.
        self.blocks: dict[Block, Block] = {}
        self._divisors: dict[SSAValue, int] = {}
        self._values: dict[SSAValue, SSAValue] = {}
        self._linear: dict[SSAValue, Linear] = {}
        self._depths: dict[SSAValue, int] = {}
        self._unrolled: set[SSAValue] = set()
        self._natural: set[SSAValue] = set()
        self._constants: dict[Attribute, SSAValue] = {}
        self._integers: dict[int, SSAValue] = {}
        self._poison: dict[Attribute, SSAValue] = {}
        self._prologue: list[Operation] = []

    def lower_ops(self, block: Block) -> Operation:
        """Run the handlers of a block's ops; the terminator that is left to the op around it.

        Raises LoweringError for an op without a handler.
        """
        for op in block.ops:
            name = op.name
            if name in YIELDS:
                return op
            handler = self.handlers.get(name) or self.handlers.get(op.dialect_name())
            if handler is None:
                raise LoweringError(f"{_written_name(op)} has no lowering to the llvm dialect", op)
            try:
                handler(self, op)
            except LoweringError as error:
                if error.op is None:
                    error.op = op
                raise
        last = block.last_op
        if last is None:
            raise LoweringError("found an empty block, expected a terminator")
        return last

    # ------------------------------------------------------------ emission

    @property
    def block(self) -> Block:
        """The block that ops are appended to."""
        return self.scopes[-1].block

    @block.setter
    def block(self, block: Block) -> None:
        self.scopes[-1].block = block

    def emit(self, op: Operation) -> SSAValue:
        """Append an op; its first result."""
        self.scopes[-1].block.add_op(op)
        return op.results[0]

    def do(self, op: Operation) -> None:
        """Append an op without results."""
        self.scopes[-1].block.add_op(op)

    def in_prologue(self, op: Operation) -> SSAValue:
        """Put an op at the start of the function, after those put there before; its result."""
        self._prologue.append(op)
        value = op.results[0]
        self._depths[value] = 0
        return value

    def finish(self) -> None:
        """Insert the prologue. Nothing may be emitted afterwards."""
        entry = self.region.blocks.first
        assert entry is not None
        assert entry.first_op is not None
        entry.insert_ops_before(self._prologue, entry.first_op)

    def _emit_in(self, scope: Scope, op: Operation) -> SSAValue:
        """Emit at the end of a scope; that of an outer one is before its open inner one."""
        last = None if scope is self.scopes[-1] else scope.block.last_op
        if last is None:
            scope.block.add_op(op)
        else:
            scope.block.insert_op_before(op, last)
        value = op.results[0]
        self._depths[value] = scope.depth
        return value

    def add_block(self, types: list[Attribute] | None = None) -> Block:
        """A new block at the end of the function."""
        block = Block(arg_types=types or [])
        self.region.add_block(block)
        return block

    def start_block(self, block: Block) -> None:
        """Go on in a block of the function's own, which knows nothing of those before it."""
        self.region.add_block(block)
        self.scopes = []
        self.push(block)

    def push(self, block: Block) -> None:
        """Open a scope that starts at a block; its arguments are values of the scope."""
        self.scopes.append(Scope(block, len(self.scopes)))
        for argument in block.args:
            self._depths[argument] = len(self.scopes) - 1

    def pop(self) -> Block:
        """Close the innermost scope; the block its code ends in."""
        return self.scopes.pop().block

    # ------------------------------------------------------------ values

    def value(self, old: SSAValue) -> SSAValue:
        """The llvm value of an old one; an index is made a number, a memref a pointer."""
        new = self._values.get(old)
        if new is not None:
            return new
        linear = self._linear.get(old)
        if linear is not None:
            return self.number(linear)
        view = self.views.get(old)
        if view is not None:
            return self.address(view, ZERO)
        raise LoweringError(f"no value for an operand of type {old.type}: its definition is lost")

    def view(self, old: SSAValue) -> View:
        """Where the elements of a memref lie. Raises LoweringError where that is not known."""
        view = self.views.get(old)
        if view is None:
            raise LoweringError(f"a {old.type} that is the argument of a block or an op's choice")
        return view

    def define(self, old: SSAValue, new: SSAValue) -> None:
        """``new`` is the value of ``old`` from now on, in the innermost scope."""
        if isinstance(old.type, IndexType):
            self._linear[old] = Linear(((new, 1),), 0)
            self._depths.setdefault(new, len(self.scopes) - 1)
        else:
            self._values[old] = new
            if new.type == POINTER:
                self._depths.setdefault(new, len(self.scopes) - 1)

    def define_index(self, old: SSAValue, linear: Linear) -> None:
        """``linear`` is the value of ``old``, an index."""
        self._linear[old] = linear

    def linear(self, old: SSAValue) -> Linear:
        """An index value as a sum."""
        return self._linear[old]

    def alias(self, old: SSAValue, other: SSAValue) -> None:
        """``old`` is what ``other`` is; both are old values."""
        if other in self._linear:
            self._linear[old] = self._linear[other]
        elif other in self.views:
            self.views[old] = self.views[other]
        else:
            self._values[old] = self.value(other)

    def constant_of(self, old: SSAValue) -> int | None:
        """The value of an integer or index if it is a constant, as a signed number."""
        linear = self._linear.get(old)
        if linear is not None:
            return None if linear.terms else linear.constant
        new = self._values.get(old)
        owner = None if new is None else new.owner
        if isinstance(owner, llvm.ConstantOp) and isinstance(owner.value, IntegerAttr):
            return owner.value.value.data
        return None

    def number(self, linear: Linear) -> SSAValue:
        """A sum as an i64, computed in the outermost scope that knows its terms."""
        if not linear.terms:
            return self.integer(linear.constant)
        if linear.constant == 0 and len(linear.terms) == 1 and linear.terms[0][1] == 1:
            return linear.terms[0][0]
        scope = self.scopes[max(self._depths[value] for value, _ in linear.terms)]
        found = scope.numbers.get(linear)
        if found is not None:
            return found
        total: SSAValue | None = None
        for value, factor in sorted(linear.terms, key=self._order):
            term = self._binary(scope, llvm.MulOp, value, self.integer(factor), factor == 1)
            total = term if total is None else self._binary(scope, llvm.AddOp, total, term)
        assert total is not None
        if linear.constant:
            total = self._binary(scope, llvm.AddOp, total, self.integer(linear.constant))
        scope.numbers[linear] = total
        return total

    def product(self, lhs: Linear, rhs: Linear) -> Linear:
        """The product of two sums, as a sum over products of their terms."""
        total = lhs.times(rhs.constant).plus(Linear(rhs.terms, 0), lhs.constant)
        for left, factor in lhs.terms:
            for right, other in rhs.terms:
                term = Linear(((self._term_product(left, right), 1),), 0)
                total = total.plus(term, factor * other)
        return total

    def plus_product(self, total: Linear, lhs: Linear, rhs: int | Linear) -> Linear:
        """``total`` plus ``lhs`` times ``rhs``."""
        if isinstance(rhs, int):
            return total.plus(lhs, rhs)
        return total.plus(self.product(lhs, rhs))

    def _term_product(self, lhs: SSAValue, rhs: SSAValue) -> SSAValue:
        """The product of two i64, computed once in the outermost scope that knows both."""
        scope = self.scopes[max(self._depths[lhs], self._depths[rhs])]
        key = (lhs, rhs)
        found = scope.products.get(key)
        if found is None:
            found = scope.products[key] = self._binary(scope, llvm.MulOp, lhs, rhs)
            natural = lhs in self._natural and rhs in self._natural
            divisor = self._divisors.get(lhs, 1) * self._divisors.get(rhs, 1)
            self.describe(found, divisor=divisor, natural=natural)
        return found

    def _binary(
        self,
        scope: Scope,
        op: type[llvm.AddOp | llvm.MulOp],
        lhs: SSAValue,
        rhs: SSAValue,
        is_identity: bool = False,
    ) -> SSAValue:
        if is_identity:
            return lhs
        properties: dict[str, Attribute] = {"overflowFlags": OVERFLOW[0]}
        return self._emit_in(
            scope, op.create(operands=[lhs, rhs], result_types=[i64], properties=properties)
        )

    # ------------------------------------------------------------ addresses

    def describe(
        self, value: SSAValue, *, divisor: int = 1, natural: bool = False, unrolled: bool = False
    ) -> None:
        """Note what is known of an llvm pointer or i64.

        divisor: what divides it; natural: it is never negative; unrolled: LLVM makes it a constant
        """
        self._divisors[value] = divisor
        if natural:
            self._natural.add(value)
        if unrolled:
            self._unrolled.add(value)

    def alignment(self, view: View, offset: Linear = ZERO) -> int:
        """Bytes that the address ``offset`` bytes into a view is known to be aligned to."""
        offset = view.offset.plus(offset)
        known = gcd(self._divisors.get(view.base, 1), offset.constant)
        for value, factor in offset.terms:
            known = gcd(known, factor * self._divisors.get(value, 1))
        return known & -known

    def divisor(self, linear: Linear) -> int:
        """What divides a sum for sure; 0 for the sum 0."""
        return gcd(linear.constant, *(f * self._divisors.get(v, 1) for v, f in linear.terms))

    def is_natural(self, linear: Linear) -> bool:
        """Whether a sum is never negative, as far as is known."""
        return linear.constant >= 0 and all(
            factor > 0 and value in self._natural for value, factor in linear.terms
        )

    def address(self, view: View, offset: Linear) -> SSAValue:
        """The address ``offset`` bytes into a view."""
        offset = view.offset.plus(offset)
        # Only then no partial sum lies outside of what the whole address lies in.
        flags = _INBOUNDS if self.is_natural(offset) else _ANYWHERE
        terms = sorted(offset.terms, key=self._order) if len(offset.terms) > 1 else offset.terms
        pointer, depth = view.base, self._depths.get(view.base, 0)
        for term in terms:
            depth = max(depth, self._depths[term[0]])
            pointer = self._step(self.scopes[depth], pointer, term, flags)
        if offset.constant:
            pointer = self._step(self.scopes[depth], pointer, offset.constant, flags)
        return pointer

    def _step(
        self,
        scope: Scope,
        pointer: SSAValue,
        step: tuple[SSAValue, int] | int,
        flags: Mapping[str, Attribute],
    ) -> SSAValue:
        """The pointer moved by value times factor, or by a constant, in bytes."""
        key = (pointer, step, flags is _INBOUNDS)
        found = scope.pointers.get(key)
        if found is not None:
            return found
        operands, indices, unit = [pointer], _DYNAMIC, 1
        if isinstance(step, tuple):
            value, unit = step
            if unit < 0:
                value, unit = self.number(Linear(((value, unit),), 0)), 1
            operands.append(value)
        elif -_LARGEST_I32 <= step <= _LARGEST_I32:
            indices = _index(step)
        else:
            operands.append(self.integer(step))
        element = _BYTES.get(unit)
        if element is None:
            element = _BYTES[unit] = llvm.LLVMArrayType(unit, i8)
        op = llvm.GEPOp.create(
            operands=operands,
            result_types=[POINTER],
            properties={"elem_type": element, "rawConstantIndices": indices, **flags},
        )
        new = scope.pointers[key] = self._emit_in(scope, op)
        return new

    def _order(self, term: tuple[SSAValue, int]) -> tuple[bool, int]:
        """Terms that unrolling makes constant come last, those of outer scopes first."""
        return term[0] in self._unrolled, self._depths[term[0]]

    # ------------------------------------------------------------ constants

    def constant(self, attribute: Attribute, type_: Attribute) -> SSAValue:
        """A constant of an llvm type, one for the whole function."""
        found = self._constants.get(attribute)
        if found is None:
            op = llvm.ConstantOp.create(result_types=[type_], properties={"value": attribute})
            found = self._constants[attribute] = self.in_prologue(op)
        return found

    def integer(self, value: int) -> SSAValue:
        """An i64 constant."""
        found = self._integers.get(value)
        if found is None:
            found = self._integers[value] = self.constant(_integer(value), i64)
        return found

    def boolean(self, value: bool) -> SSAValue:
        """An i1 constant."""
        return self.constant(IntegerAttr.from_bool(value), i1)

    def splat(self, number: float, type_: Attribute) -> SSAValue:
        """A constant of an llvm integer or float type, or of a vector of one."""
        key = (number, str(number), type_)  # 0.0 == -0.0
        attribute = _SPLATS.get(key)
        if attribute is None:
            attribute = _SPLATS[key] = _splat(number, type_)
        return self.constant(attribute, type_)

    def poison(self, type_: Attribute) -> SSAValue:
        """A value of a type that nothing depends on."""
        found = self._poison.get(type_)
        if found is None:
            found = self._poison[type_] = self.in_prologue(PoisonOp.create(result_types=[type_]))
        return found


Handler: TypeAlias = Callable[[FunctionBuilder, Operation], None]
"""Lowers one op, by emitting ops and defining the values of its results."""


@cache
def _integer(value: int) -> IntegerAttr[IntegerType]:
    return IntegerAttr(value, i64)


@cache
def _index(value: int) -> DenseArrayBase:
    """The indices of a GEP: one, a constant in bytes."""
    return DenseArrayBase.from_list(i32, [value])


def _splat(number: float, type_: Attribute) -> Attribute:
    """The attribute of a constant of an integer or float type, or of a vector of one."""
    vector = as_vector(type_)
    if vector is not None:
        if isinstance(vector.element_type, AnyFloat):
            floats = cast("VectorType[AnyFloat]", type_)
            return DenseIntOrFPElementsAttr.from_list(floats, [number])
        integers = cast("VectorType[IntegerType]", type_)
        return DenseIntOrFPElementsAttr.from_list(integers, [int(number)])
    if isinstance(type_, AnyFloat):
        return FloatAttr(number, type_)
    return IntegerAttr(int(number), cast("IntegerType", type_))


def _written_name(op: Operation) -> str:
    """The op's name as in the text."""
    return op.op_name.data if isinstance(op, UnregisteredOp) else op.name
