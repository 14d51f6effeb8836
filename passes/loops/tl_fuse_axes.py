"""tl-fuse-axes: make neighbouring axes of nests one, as `tl-fuse-axes{axes=oh,ow into=p}` says.

Before:

    tl.nest (%oh = 7, %ow = 7, %l = 16) schedule [oh, ow, l vector] finish {
      %x = tl.load %X[%oh + 1, %ow, %l]
      tl.store %x, %Y[7*%oh + %ow, %l]
    }

After:

    tl.nest (%p = 49, %l = 16) schedule [p, l vector] finish {
      %x = tl.load %X[%p floordiv 7 + 1, %p mod 7, %l]
      tl.store %x, %Y[%p, %l]
    }

The axes stand side by side in the nest's header, all spatial or all reduced, with constant extents
and a loop over points each. Other uses of them as values become `arith` ops. Without a name, the
new axis is called after all: `oh_ow`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import reduce

from xdsl.dialects import arith
from xdsl.dialects.builtin import (
    ArrayAttr,
    DenseArrayBase,
    IndexType,
    IntegerAttr,
    StringAttr,
    i64,
)
from xdsl.ir import Block, BlockArgument, Operation, SSAValue

from ...dialects.tl.access import AccessOp
from ...dialects.tl.affine import Linear, Quasi, QuasiKind, Term
from ...dialects.tl.nest import NestOp
from ...dialects.tl.schedule import Entry, LoopKind
from ...dialects.tl.syntax import is_name
from ...target.description import Target
from .accesses import rewrite_access
from .entries import EditError, axis_named, entry_of, is_points
from .selection import NestPass


def fuse_axes(nest: NestOp, axes: Sequence[str], name: str | None = None) -> None:
    """Make neighbouring axes one.

    Args:
        nest: edited in place.
        axes: two or more, in the order of the nest's header.
        name: the new axis; by default ``a_b`` for ``a`` and ``b``.

    Raises:
        EditError: when an axis does not exist, they are no neighbours, an extent is no constant,
            one is scheduled as anything but a loop over points, or the name is taken.
    """
    name = name or "_".join(axes)
    extents = _extents(nest, axes)
    _check_name(nest, name, axes)
    _fuse_schedule(nest, axes, name)
    first = next(n for n, axis in enumerate(nest.axes) if axis.name == axes[0])
    for block in nest.blocks:
        if axes[0] in nest.arguments_of(block):
            _fuse_arguments(block, first, extents, name)
    _fuse_header(nest, first, extents, name)


def _extents(nest: NestOp, axes: Sequence[str]) -> list[int]:
    """The extents of axes that can be fused."""
    found = [axis_named(nest, axis) for axis in axes]
    places = [nest.axes.index(axis) for axis in found]
    if len(axes) < 2 or places != list(range(places[0], places[0] + len(axes))):
        names = ", ".join(axis.name for axis in nest.axes)
        raise EditError(nest, f"axes {', '.join(axes)} are no neighbours in order among {names}")
    if len({axis.is_reduction for axis in found}) > 1:
        raise EditError(nest, f"axes {', '.join(axes)} are not all spatial or all reduced")
    extents = [axis.extent for axis in found if isinstance(axis.extent, int)]
    if len(extents) < len(axes):
        raise EditError(nest, f"an extent of axes {', '.join(axes)} is known only at run time")
    if 0 in extents:
        raise EditError(nest, f"an extent of axes {', '.join(axes)} is 0")
    return extents


def _check_name(nest: NestOp, name: str, axes: Sequence[str]) -> None:
    taken = {axis.name for axis in nest.axes} - set(axes)
    taken |= {accumulator.name for accumulator in nest.accumulators}
    if name in taken or not is_name(name):
        raise EditError(nest, f"an axis cannot be called {name} here")


def _fuse_schedule(nest: NestOp, axes: Sequence[str], name: str) -> None:
    """One loop over points in the place of the first axis's."""
    positions = [entry_of(nest, axis, 0) for axis in axes]
    for axis, position in zip(axes, positions, strict=True):
        if len(nest.schedule.indices(axis)) > 1 or not is_points(nest.schedule[position]):
            raise EditError(
                nest, f"axis {axis} is divided in {nest.schedule}; fuse axes before that"
            )
    kinds = {nest.schedule[position].kind for position in positions}
    kind = kinds.pop() if len(kinds) == 1 else LoopKind.SERIAL
    schedule = nest.schedule.replace(positions[0], Entry(name, kind=kind))
    for position in sorted(positions[1:], reverse=True):
        schedule = schedule.replace(position)
    nest.schedule = schedule


def _fuse_header(nest: NestOp, first: int, extents: Sequence[int], name: str) -> None:
    last = first + len(extents)
    values = list(nest.static_extents.get_values())
    values[first:last] = [reduce(lambda a, b: a * b, extents)]
    spatial, reduction = list(nest.spatial_names), list(nest.reduction_names)
    if first < len(spatial):
        spatial[first:last] = [StringAttr(name)]
    else:
        start = len(spatial)
        reduction[first - start : last - start] = [StringAttr(name)]
    nest.static_extents = DenseArrayBase.from_list(i64, values)
    nest.spatial_names = ArrayAttr(spatial)
    nest.reduction_names = ArrayAttr(reduction)


def _fuse_arguments(block: Block, first: int, extents: Sequence[int], name: str) -> None:
    """One argument of a region's block in place of those for the axes."""
    fused = block.insert_arg(IndexType(), first)
    fused.name_hint = name
    old = block.args[first + 1 : first + 1 + len(extents)]
    digits = Digits(fused, old, extents)
    for op in list(block.ops):
        if isinstance(op, AccessOp):
            rewrite_access(op, old, digits.rewrite)
    for number, argument in enumerate(old):
        if argument.first_use is not None:
            argument.replace_all_uses_with(_computed(block, digits, number))
        block.erase_arg(argument)


@dataclass(frozen=True)
class Digits:
    """Axes as digits of the number that the new axis is, the last one the least significant."""

    fused: SSAValue
    axes: Sequence[BlockArgument]
    extents: Sequence[int]

    def rewrite(self, form: Linear) -> Linear:
        """A form over the new axis in place of the old ones.

        Neighbouring axes whose coefficients are in the ratio of their extents stay together:
        ``7*oh + ow`` is ``p`` itself.
        """
        result = Linear({}, form.constant)
        last = len(self.axes) - 1
        while last >= 0:
            coefficient, first, step = form[self.axes[last]], last, 1
            while coefficient and first > 0:
                step *= self.extents[first]
                if form[self.axes[first - 1]] != coefficient * step:
                    break
                first -= 1
            if coefficient:
                result = result + self.digit(first, last) * coefficient
            last = first - 1
        for term, coefficient in form.terms.items():
            if term not in self.axes:
                result = result + self._below(term) * coefficient
        return result

    def digit(self, first: int, last: int) -> Linear:
        """The number that axes ``first`` to ``last`` make."""
        form = Linear.of(self.fused)
        for extent in reversed(self.extents[last + 1 :]):
            form = form.floordiv(extent)
        if first == 0:
            return form
        return form.mod(reduce(lambda a, b: a * b, self.extents[first : last + 1]))

    def _below(self, term: Term) -> Linear:
        """A term that is no axis itself."""
        if not isinstance(term, Quasi):
            return Linear.of(term)
        inner = self.rewrite(term.inner)
        divide = inner.floordiv if term.kind is QuasiKind.FLOORDIV else inner.mod
        return divide(term.divisor)


def _computed(block: Block, digits: Digits, number: int) -> SSAValue:
    """The value of an old axis, computed at the start of a region."""
    ops: list[Operation] = []

    def divided(value: SSAValue, by: int, op: type[arith.DivUIOp | arith.RemUIOp]) -> SSAValue:
        size = arith.ConstantOp(IntegerAttr.from_index_int_value(by))
        ops.extend([size, quotient := op(value, size.result)])
        return quotient.result

    value = digits.fused
    for extent in reversed(digits.extents[number + 1 :]):
        value = divided(value, extent, arith.DivUIOp)
    if number:
        value = divided(value, digits.extents[number], arith.RemUIOp)
    value.name_hint = digits.axes[number].name_hint
    first = block.first_op
    assert first is not None, "only used arguments are computed"
    block.insert_ops_before(ops, first)
    return value


@dataclass(frozen=True, kw_only=True)
class TlFuseAxes(NestPass):
    """Make neighbouring axes of nests one."""

    name = "tl-fuse-axes"

    axes: tuple[str, ...] = field(metadata={"doc": "the axes, in the order of the nest's header"})
    into: str | None = field(
        default=None, metadata={"doc": "the name of the new axis; none: the old ones joined by _"}
    )

    @property
    def axes_named(self) -> tuple[str, ...]:
        return self.axes

    def edit(self, nest: NestOp, target: Target) -> None:
        fuse_axes(nest, self.axes, self.into)
