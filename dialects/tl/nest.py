"""`tl.nest`: one loop nest with named axes, accumulators, regions and a schedule.

    tl.nest (%i = 64, %l = 16) reduce (%k = 32) acc (%a : f32 add)
      schedule [i by 4 parallel, k, i unroll, l vector] update {
      ...
      tl.yield %n
    } finish {
      tl.store %a, %Y[%i, %l]
    }

The header's names stand for block arguments of each region. In text an axis is called as its
value; where that name is taken, ``%i_1 as i`` gives the axis its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import is_
from typing import Self

from xdsl.dialects.builtin import (
    DYNAMIC_INDEX,
    I64,
    ArrayAttr,
    DenseArrayBase,
    IndexType,
    StringAttr,
    i64,
)
from xdsl.ir import Attribute, Block, BlockArgument, Region, SSAValue
from xdsl.irdl import (
    IRDLOperation,
    irdl_op_definition,
    prop_def,
    region_def,
    traits_def,
    var_operand_def,
)
from xdsl.parser import Parser
from xdsl.printer import Printer
from xdsl.traits import HasParent, IsTerminator, NoTerminator
from xdsl.utils.exceptions import VerifyException

from .attributes import Accumulator, AccumulatorAttr, Reduction
from .header import parse_header, print_accumulators, print_axes
from .schedule import Schedule, ScheduleAttr, parse_schedule
from .syntax import bind, claim, hint_names, is_name, named_block, parse_values, scope

_INDEX = IndexType()


@dataclass(frozen=True)
class Axis:
    """A named axis of a nest; the extent is a constant or a value of type index."""

    name: str
    extent: int | SSAValue
    is_reduction: bool = False


@irdl_op_definition
class NestOp(IRDLOperation):
    """A loop nest over named axes.

    - `init` (spatial axes) yields the starting accumulators; absent, the identity of each kind.
    - `update` (all axes, accumulators) yields the new accumulators.
    - `combine` (two sets of accumulators) yields one set; only with accumulators of kind custom.
    - `finish` (spatial axes, final accumulators) stores the results.

    An absent region has no block.
    """

    name = "tl.nest"
    dynamic_extents = var_operand_def(IndexType)
    static_extents = prop_def(DenseArrayBase[I64], prop_name="extents")
    spatial_names = prop_def(ArrayAttr[StringAttr], prop_name="spatial")
    reduction_names = prop_def(ArrayAttr[StringAttr], prop_name="reduction")
    accumulator_attrs = prop_def(ArrayAttr[AccumulatorAttr], prop_name="accumulators")
    schedule_attr = prop_def(ScheduleAttr, prop_name="schedule")
    init = region_def()
    update = region_def()
    combine = region_def()
    finish = region_def()
    traits = traits_def(NoTerminator())

    @classmethod
    def of(
        cls,
        spatial: Mapping[str, int | SSAValue],
        reduction: Mapping[str, int | SSAValue] | None = None,
        accumulators: Sequence[Accumulator] = (),
        schedule: Schedule | None = None,
    ) -> Self:
        """A nest without regions; add their blocks with ``add_update`` and the like.

        Axes are extents by name, in order. Without a schedule every axis is one serial loop.
        """
        reduction = reduction or {}
        extents = [*spatial.values(), *reduction.values()]
        static = [extent if isinstance(extent, int) else DYNAMIC_INDEX for extent in extents]
        schedule = schedule or Schedule.points([*spatial, *reduction])
        return cls.create(
            operands=[extent for extent in extents if not isinstance(extent, int)],
            properties={
                "extents": DenseArrayBase.from_list(i64, static),
                "spatial": ArrayAttr(map(StringAttr, spatial)),
                "reduction": ArrayAttr(map(StringAttr, reduction)),
                "accumulators": ArrayAttr(map(AccumulatorAttr, accumulators)),
                "schedule": ScheduleAttr(schedule),
            },
            regions=[Region() for _ in range(4)],
        )

    @property
    def schedule(self) -> Schedule:
        """How the points are ordered, divided and executed."""
        return self.schedule_attr.data

    @schedule.setter
    def schedule(self, schedule: Schedule) -> None:
        self.schedule_attr = ScheduleAttr(schedule)

    def __post_init__(self) -> None:
        super().__post_init__()
        self._known: tuple[tuple[object, ...], tuple[Axis, ...]] | None = None

    @property
    def axes(self) -> tuple[Axis, ...]:
        """The spatial axes, then the reduction axes."""
        # Asked for again and again, and changed by few passes: kept while all it is read from is.
        state = (self.static_extents, self.spatial_names, self.reduction_names, *self.operands)
        known = self._known
        if known is None or len(known[0]) != len(state) or not all(map(is_, known[0], state)):
            known = self._known = (state, self._read_axes())
        return known[1]

    def _read_axes(self) -> tuple[Axis, ...]:
        names = [name.data for name in (*self.spatial_names, *self.reduction_names)]
        dynamic = iter(self.dynamic_extents)
        return tuple(
            Axis(
                name,
                next(dynamic) if extent == DYNAMIC_INDEX else extent,
                index >= len(self.spatial_names),
            )
            for index, (name, extent) in enumerate(
                zip(names, self.static_extents.get_values(), strict=True)
            )
        )

    @property
    def spatial(self) -> tuple[Axis, ...]:
        """The axes that are not reduced."""
        return tuple(axis for axis in self.axes if not axis.is_reduction)

    @property
    def reduction(self) -> tuple[Axis, ...]:
        """The axes that are reduced."""
        return tuple(axis for axis in self.axes if axis.is_reduction)

    @property
    def accumulators(self) -> tuple[Accumulator, ...]:
        """What `update` updates at each point of the reduction axes."""
        return tuple(attr.data for attr in self.accumulator_attrs)

    def axis(self, name: str) -> Axis:
        """The axis of that name.

        Raises:
            KeyError: when there is none.
        """
        for axis in self.axes:
            if axis.name == name:
                return axis
        raise KeyError(name)

    def axis_of(self, argument: BlockArgument) -> Axis | None:
        """The axis that an argument of a region's block stands for; None for an accumulator."""
        region, axes = argument.block.parent, self.axes
        if region is self.combine or argument.index >= len(axes):
            return None
        axis = axes[argument.index]
        return None if axis.is_reduction and region is not self.update else axis

    def axes_of(self, block: Block) -> dict[SSAValue, Axis]:
        """The axes that a region's block has as arguments."""
        if block.parent is self.combine:
            return {}
        axes = self.axes if block.parent is self.update else self.spatial
        return dict(zip(block.args, axes, strict=False))

    def arguments_of(self, block: Block) -> dict[str, BlockArgument]:
        """The arguments of a region's block for its axes, by name."""
        names = [axis.name for axis in self.axes_of(block).values()]
        return dict(zip(names, block.args, strict=False))

    def accumulators_of(self, block: Block) -> Sequence[BlockArgument]:
        """The arguments of a region's block for the accumulators (two sets in `combine`)."""
        return block.args[len(self.axes_of(block)) :]

    @property
    def blocks(self) -> tuple[Block, ...]:
        """The blocks of the regions that are present, in order."""
        return tuple(block for region in self.regions for block in region.blocks)

    def add_init(self) -> Block:
        """Add the block of `init`; its arguments are the spatial axes."""
        return self._add(self.init)

    def add_update(self) -> Block:
        """Add the block of `update`; its arguments are all axes, then the accumulators."""
        return self._add(self.update)

    def add_combine(self) -> Block:
        """Add the block of `combine`; its arguments are two sets of accumulators."""
        return self._add(self.combine)

    def add_finish(self) -> Block:
        """Add the block of `finish`; its arguments are the spatial axes, then the accumulators."""
        return self._add(self.finish)

    def _add(self, region: Region) -> Block:
        block = named_block(*self._signature(region))
        region.add_block(block)
        return block

    def _signature(self, region: Region) -> tuple[list[Attribute], list[str]]:
        """The types and names of the arguments of a region's block."""
        types = [accumulator.type for accumulator in self.accumulators]
        names = [accumulator.name for accumulator in self.accumulators]
        if region is self.combine:
            return types * 2, names * 2
        axes = [axis.name for axis in (self.axes if region is self.update else self.spatial)]
        if region is self.init:
            types, names = [], []
        return [_INDEX] * len(axes) + types, axes + names

    def verify_(self) -> None:
        extents = self.static_extents.get_values()
        names = [name.data for name in (*self.spatial_names, *self.reduction_names)]
        if len(extents) != len(names) or len(self.dynamic_extents) != extents.count(DYNAMIC_INDEX):
            raise VerifyException(
                f"{self.name}: found {len(extents)} extents and {len(self.dynamic_extents)} "
                f"operands for {len(names)} axes"
            )
        for axis in self.axes:
            if isinstance(axis.extent, int) and axis.extent < 0:
                raise VerifyException(f"{self.name}: axis {axis.name} has extent {axis.extent}")
        _verify_names(self, [*names, *(accumulator.name for accumulator in self.accumulators)])
        self._verify_regions()

    def _verify_regions(self) -> None:
        for name, region in self._named_regions():
            if region.blocks.first is not None:
                self._verify_region(name, region)
        if (self.reduction or self.accumulators) and not self.update.blocks:
            raise VerifyException(f"{self.name}: reduction axes or accumulators without update")
        if not self.update.blocks and not self.finish.blocks:
            raise VerifyException(f"{self.name}: found neither update nor finish")
        custom = [acc.name for acc in self.accumulators if acc.kind is Reduction.CUSTOM]
        if self.combine.blocks and not custom:
            raise VerifyException(f"{self.name}: combine without an accumulator of kind custom")
        if custom and not self.init.blocks:
            raise VerifyException(
                f"{self.name}: accumulator {custom[0]} of kind custom has no identity; "
                "expected init"
            )

    def _verify_region(self, name: str, region: Region) -> None:
        """V10: one block, with the arguments and yielded types that the header says."""
        if len(region.blocks) != 1:
            raise VerifyException(f"{self.name}: {name} has {len(region.blocks)} blocks")
        block = region.block
        expected, _ = self._signature(region)
        if list(block.arg_types) != expected:
            raise VerifyException(
                f"{self.name}: {name} has arguments {_texts(block.arg_types)}, "
                f"expected {_texts(expected)}"
            )
        last = block.last_op
        if region is self.finish:
            if isinstance(last, YieldOp):
                raise VerifyException(f"{self.name}: finish stores its results, found tl.yield")
            return
        if not isinstance(last, YieldOp):
            raise VerifyException(f"{self.name}: {name} must end in tl.yield")
        types = [accumulator.type for accumulator in self.accumulators]
        if list(last.operand_types) != types:
            raise VerifyException(
                f"{self.name}: {name} yields {_texts(last.operand_types)}, expected {_texts(types)}"
            )

    def _named_regions(self) -> Iterable[tuple[str, Region]]:
        return zip(("init", "update", "combine", "finish"), self.regions, strict=True)

    @classmethod
    def parse(cls, parser: Parser) -> Self:
        header = parse_header(parser)
        schedule = parse_schedule(parser) if parser.parse_optional_keyword("schedule") else None
        op = cls.of(
            {axis.name: axis.extent for axis in header.spatial},
            {axis.name: axis.extent for axis in header.reduction},
            [accumulator for accumulator, _ in header.accumulators],
            schedule,
        )
        attributes = parser.parse_optional_attr_dict_with_keyword()
        op.attributes = dict(attributes.data) if attributes else {}
        regions = dict(op._named_regions())
        while keyword := parser.parse_optional_keyword_in(regions):
            region = regions[keyword]
            if region.blocks:
                parser.raise_error(f"found {keyword} twice")
            parsed = parser.parse_region(header.arguments(keyword, parser))
            parsed.move_blocks(region)
            hint_names(region.block.args, op._signature(region)[1])
        return op

    def print(self, printer: Printer) -> None:
        with scope(printer):
            names = {axis.name: claim(printer, axis.name) for axis in self.axes}
            acc_names = [claim(printer, accumulator.name) for accumulator in self.accumulators]
            self._print_header(printer, names, acc_names)
            for name, region in self._named_regions():
                if region.blocks:
                    self._print_region(printer, name, region, names, acc_names)

    def _print_header(
        self, printer: Printer, names: Mapping[str, str], acc_names: Sequence[str]
    ) -> None:
        printer.print_string(" ")
        print_axes(printer, [(names[axis.name], axis.name, axis.extent) for axis in self.spatial])
        if self.reduction:
            printer.print_string(" reduce ")
            reduction = [(names[axis.name], axis.name, axis.extent) for axis in self.reduction]
            print_axes(printer, reduction)
        if self.accumulators:
            printer.print_string(" acc ")
            print_accumulators(printer, acc_names, self.accumulators)
        if self.axes:
            wrap = "\n  " if self.accumulators or self.reduction else " "
            printer.print_string(f"{wrap}schedule {self.schedule}")
        printer.print_op_attributes(self.attributes, print_keyword=True)

    def _print_region(
        self,
        printer: Printer,
        name: str,
        region: Region,
        names: Mapping[str, str],
        acc_names: Sequence[str],
    ) -> None:
        printer.print_string(f" {name} ")
        with scope(printer):
            if region is self.combine:
                count = len(self.accumulators)
                own = [claim(printer, accumulator.name) for accumulator in self.accumulators * 2]
                sets = (
                    ", ".join(f"%{name}" for name in part) for part in (own[:count], own[count:])
                )
                printer.print_string(", ".join(f"({names})" for names in sets) + " ")
            else:
                axes = self.axes if region is self.update else self.spatial
                own = [names[axis.name] for axis in axes]
                own += [] if region is self.init else acc_names
            bind(printer, region.block.args, own)
            printer.print_region(region, print_entry_block_args=False, print_empty_block=False)


@irdl_op_definition
class YieldOp(IRDLOperation):
    """Hands the accumulators to the nest: ``tl.yield %n``."""

    name = "tl.yield"
    arguments = var_operand_def()
    traits = traits_def(IsTerminator(), HasParent(NestOp))

    @classmethod
    def of(cls, *values: SSAValue) -> Self:
        """The terminator that hands out ``values``."""
        return cls.create(operands=values)

    @classmethod
    def parse(cls, parser: Parser) -> Self:
        written = parser.lexer.input.content.startswith("%", parser.pos)
        values = parse_values(parser) if written else []
        return cls.create(operands=values, attributes=parser.parse_optional_attr_dict())

    def print(self, printer: Printer) -> None:
        if self.arguments:
            printer.print_string(" ")
            printer.print_list(self.arguments, printer.print_ssa_value)
        printer.print_op_attributes(self.attributes)


def _verify_names(op: NestOp, names: Sequence[str]) -> None:
    for index, name in enumerate(names):
        if not is_name(name):
            raise VerifyException(
                f"{op.name}: name {name!r} must be letters, digits and underscores, "
                "not ending in an underscore and a number"
            )
        if name in names[:index]:
            raise VerifyException(f"{op.name}: two axes or accumulators are named {name}")


def _texts(types: Iterable[Attribute]) -> str:
    return f"({', '.join(map(str, types))})"
