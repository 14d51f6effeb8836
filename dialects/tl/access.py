"""What the regions of a nest do with memory: `tl.load` and `tl.store`.

    %x = tl.load %X[%cb, %oh + %kh - 1, %ow + %kw - 1, %ic] else skip
    %d:6 = tl.load %X[%cb, 4*%ty + (0:6) - 1, %j, %l] else 0.0 {prefetch = 1024}
    tl.store %t, %T[0:6, %j, %l]

An access with the literal range `lo:hi` has hi - lo values. An index is affine over axes,
enclosing indices and SSA values; the types of operands are those of their definitions.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import is_
from typing import Self

from xdsl.dialects.builtin import (
    I64,
    AffineMapAttr,
    DenseArrayBase,
    FloatAttr,
    IndexType,
    IntegerAttr,
    MemRefType,
    UnitAttr,
    i64,
)
from xdsl.ir import Attribute, SSAValue
from xdsl.ir.affine import (
    AffineBinaryOpExpr,
    AffineBinaryOpKind,
    AffineConstantExpr,
    AffineExpr,
    AffineMap,
    AffineSymExpr,
)
from xdsl.irdl import (
    AttrSizedOperandSegments,
    IRDLOperation,
    irdl_op_definition,
    operand_def,
    opt_prop_def,
    prop_def,
    var_operand_def,
    var_result_def,
)
from xdsl.parser import Parser
from xdsl.printer import Printer
from xdsl.utils.exceptions import VerifyException

from .affine import Linear, linear_form
from .index import Index, make_access
from .syntax import (
    Constant,
    IndexParser,
    MemRef,
    as_memref,
    parse_constant,
    parse_value,
    parse_values,
    print_constant,
    print_indices,
)

_Properties = dict[str, Attribute]


class AccessOp(IRDLOperation):
    """A load or a store: ``buffer[exprs]``, where the exprs range over ``indices``."""

    index_map = prop_def(AffineMapAttr, prop_name="map")
    range_attr = opt_prop_def(DenseArrayBase[I64], prop_name="range")
    skip = opt_prop_def(UnitAttr)
    checked = opt_prop_def(UnitAttr)
    prefetch = opt_prop_def(IntegerAttr)

    def __post_init__(self) -> None:
        super().__post_init__()
        self._known: tuple[tuple[object, ...], tuple[Linear, ...]] | None = None

    @property
    def memory(self) -> SSAValue:
        """The buffer that is read or written."""
        raise NotImplementedError

    @property
    def index_operands(self) -> Sequence[SSAValue]:
        """The values that the index expressions range over, as the map's dimensions."""
        raise NotImplementedError

    @property
    def values(self) -> Sequence[SSAValue]:
        """The scalars loaded or stored: one, or one for each point of the literal range."""
        raise NotImplementedError

    @property
    def memory_type(self) -> MemRef:
        """The buffer's type."""
        return as_memref(self.memory.type)

    @property
    def exprs(self) -> tuple[AffineExpr, ...]:
        """One index expression for each dimension of the buffer."""
        return self.index_map.data.results

    @property
    def span(self) -> range | None:
        """The literal range, if an index has one."""
        if self.range_attr is None:
            return None
        return range(*self.range_attr.get_values())

    @property
    def forms(self) -> tuple[Linear, ...]:
        """The linear form of each index."""
        # Kept while the map and the operands are the same objects: analyses ask again and again.
        state = (self.index_map, *self.operands)
        known = self._known
        if known is None or len(known[0]) != len(state) or not all(map(is_, known[0], state)):
            operands = self.index_operands
            forms = tuple(linear_form(expr, operands) for expr in self.exprs)
            known = self._known = (state, forms)
        return known[1]

    @property
    def is_guarded(self) -> bool:
        """Whether `else` says what happens outside the buffer."""
        return self.skip is not None

    def verify_(self) -> None:
        map_ = self.index_map.data
        rank = self.memory_type.get_num_dims()
        if len(map_.results) != rank:
            raise VerifyException(
                f"{self.name}: found {len(map_.results)} indices, expected {rank}"
            )
        if map_.num_dims != len(self.index_operands):
            raise VerifyException(
                f"{self.name}: found {len(self.index_operands)} index operands, "
                f"expected {map_.num_dims} as in the map"
            )
        if not all(_is_affine(part) for expr in map_.results for part in expr.dfs()):
            raise VerifyException(f"{self.name}: an index is not affine: {map_}")
        self._verify_values(self._verify_range())

    def _verify_range(self) -> int:
        """Check the literal range; returns how many values it gives the access."""
        if self.range_attr is not None and (len(self.range_attr) != 2 or not self.span):
            raise VerifyException(
                f"{self.name}: the literal range {self.range_attr} is not lo:hi with lo < hi"
            )
        map_ = self.index_map.data
        used = sum(
            any(isinstance(part, AffineSymExpr) for part in expr.dfs()) for expr in map_.results
        )
        if map_.num_symbols != used or used != (0 if self.span is None else 1):
            raise VerifyException(f"{self.name}: a literal range must stand in just one index")
        return 1 if self.span is None else len(self.span)

    def _verify_values(self, count: int) -> None:
        if len(self.values) != count:
            raise VerifyException(f"{self.name}: found {len(self.values)} values, expected {count}")
        element = self.memory_type.element_type
        for value in self.values:
            if value.type != element:
                raise VerifyException(
                    f"{self.name}: found a value of type {value.type}, expected {element}"
                )

    def _print_access(self, printer: Printer) -> None:
        printer.print_ssa_value(self.memory)
        print_indices(printer, self.exprs, self.index_operands, self.span)
        if self.checked is not None:
            printer.print_string(" checked")

    def _print_attributes(self, printer: Printer) -> None:
        if self.prefetch is None:
            printer.print_op_attributes(self.attributes)
            return
        printer.print_string(f" {{prefetch = {self.prefetch.value.data}")
        for name, attribute in self.attributes.items():
            printer.print_string(f", {name} = ")
            printer.print_attribute(attribute)
        printer.print_string("}")


@irdl_op_definition
class LoadOp(AccessOp):
    """Reads scalars. Without `else` the indices must be provably in bounds.

    `else skip` (in `update` only) leaves the accumulators unchanged at a point outside the buffer,
    `else c` yields the constant there. With `checked`, indices are clamped into the buffer, and
    one outside sets an error bit in the status of the call. `prefetch` is a distance in bytes.
    """

    name = "tl.load"
    buffer = operand_def(MemRefType)
    indices = var_operand_def(IndexType)
    otherwise = opt_prop_def(FloatAttr | IntegerAttr)
    loaded = var_result_def()

    @classmethod
    def of(
        cls,
        buffer: SSAValue,
        indices: Sequence[Index | SSAValue | int],
        *,
        skip: bool = False,
        otherwise: Constant | None = None,
        checked: bool = False,
        prefetch: int | None = None,
    ) -> Self:
        """The load of ``buffer[indices]``; with a range among the indices, of several scalars."""
        map_, operands, span = make_access(indices)
        properties = _access_properties(map_, span, skip=skip, checked=checked, prefetch=prefetch)
        if otherwise is not None:
            properties["otherwise"] = otherwise
        return cls._create(buffer, operands, properties)

    @classmethod
    def _create(
        cls,
        buffer: SSAValue,
        operands: Sequence[SSAValue],
        properties: _Properties,
        attributes: dict[str, Attribute] | None = None,
    ) -> Self:
        span = properties.get("range")
        count = len(range(*span.get_values())) if isinstance(span, DenseArrayBase) else 1
        return cls.create(
            operands=[buffer, *operands],
            result_types=[as_memref(buffer.type).element_type] * count,
            properties=properties,
            attributes=attributes or {},
        )

    @property
    def memory(self) -> SSAValue:
        return self.buffer

    @property
    def index_operands(self) -> Sequence[SSAValue]:
        return self.indices

    @property
    def values(self) -> Sequence[SSAValue]:
        return self.loaded

    @property
    def result(self) -> SSAValue:
        """The only scalar, of a load without a literal range."""
        (value,) = self.loaded
        return value

    @property
    def is_guarded(self) -> bool:
        return self.skip is not None or self.otherwise is not None

    def verify_(self) -> None:
        super().verify_()
        if self.skip is not None and self.otherwise is not None:
            raise VerifyException(f"{self.name}: found both else skip and else with a constant")
        element = self.memory_type.element_type
        if self.otherwise is not None and self.otherwise.type != element:
            raise VerifyException(
                f"{self.name}: else has type {self.otherwise.type}, expected {element}"
            )

    @classmethod
    def parse(cls, parser: Parser) -> Self:
        buffer, indices = _parse_memory(parser), IndexParser(parser)
        exprs = indices.parse()
        checked = parser.parse_optional_keyword("checked") is not None
        skip, otherwise = False, None
        if parser.parse_optional_keyword("else"):
            skip = parser.parse_optional_keyword("skip") is not None
            if not skip:
                otherwise = parse_constant(parser, as_memref(buffer.type).element_type)
        properties = _access_properties(
            AffineMap(len(indices.operands), 1 if indices.span is not None else 0, exprs),
            indices.span,
            skip=skip,
            checked=checked,
        )
        if otherwise is not None:
            properties["otherwise"] = otherwise
        attributes = _parse_attributes(parser, properties)
        return cls._create(buffer, indices.operands, properties, attributes)

    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        self._print_access(printer)
        if self.skip is not None:
            printer.print_string(" else skip")
        elif self.otherwise is not None:
            printer.print_string(" else ")
            print_constant(printer, self.otherwise)
        self._print_attributes(printer)


@irdl_op_definition
class StoreOp(AccessOp):
    """Writes scalars. `else skip` writes nothing outside the buffer."""

    name = "tl.store"
    stored = var_operand_def()
    buffer = operand_def(MemRefType)
    indices = var_operand_def(IndexType)
    irdl_options = (AttrSizedOperandSegments(as_property=True),)

    @classmethod
    def of(
        cls,
        values: SSAValue | Sequence[SSAValue],
        buffer: SSAValue,
        indices: Sequence[Index | SSAValue | int],
        *,
        skip: bool = False,
        checked: bool = False,
    ) -> Self:
        """The store of one value, or one for each point of a range, to ``buffer[indices]``."""
        map_, operands, span = make_access(indices)
        return cls.build(
            operands=[[values] if isinstance(values, SSAValue) else values, buffer, operands],
            properties=_access_properties(map_, span, skip=skip, checked=checked),
        )

    @property
    def memory(self) -> SSAValue:
        return self.buffer

    @property
    def index_operands(self) -> Sequence[SSAValue]:
        return self.indices

    @property
    def values(self) -> Sequence[SSAValue]:
        return self.stored

    @classmethod
    def parse(cls, parser: Parser) -> Self:
        *values, buffer = parse_values(parser)
        if not isinstance(buffer.type, MemRefType):
            parser.raise_error(f"found {buffer.type}, expected a memref and its indices")
        indices = IndexParser(parser)
        exprs = indices.parse()
        checked = parser.parse_optional_keyword("checked") is not None
        skip = parser.parse_optional_keyword("else") is not None
        if skip:
            parser.parse_keyword("skip")
        properties = _access_properties(
            AffineMap(len(indices.operands), 1 if indices.span is not None else 0, exprs),
            indices.span,
            skip=skip,
            checked=checked,
        )
        attributes = _parse_attributes(parser, properties)
        return cls.build(
            operands=[values, buffer, indices.operands],
            properties=properties,
            attributes=attributes,
        )

    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_list(self.stored, printer.print_ssa_value)
        printer.print_string(", ")
        self._print_access(printer)
        if self.skip is not None:
            printer.print_string(" else skip")
        self._print_attributes(printer)


def _access_properties(
    map_: AffineMap,
    span: range | None,
    *,
    skip: bool,
    checked: bool,
    prefetch: int | None = None,
) -> _Properties:
    properties: _Properties = {"map": AffineMapAttr(map_)}
    if span is not None:
        properties["range"] = DenseArrayBase.from_list(i64, [span.start, span.stop])
    if skip:
        properties["skip"] = UnitAttr()
    if checked:
        properties["checked"] = UnitAttr()
    if prefetch is not None:
        properties["prefetch"] = IntegerAttr(prefetch, i64)
    return properties


def _parse_attributes(parser: Parser, properties: _Properties) -> dict[str, Attribute]:
    """Parse the attribute dictionary; ``prefetch`` goes to the properties."""
    attributes = parser.parse_optional_attr_dict()
    if "prefetch" in attributes:
        properties["prefetch"] = attributes.pop("prefetch")
    return attributes


def _parse_memory(parser: Parser) -> SSAValue:
    position = parser.pos
    value = parse_value(parser)
    if not isinstance(value.type, MemRefType):
        parser.raise_error(f"found {value.type}, expected a memref", position, parser.pos)
    return value


_DIVISIONS = (AffineBinaryOpKind.FloorDiv, AffineBinaryOpKind.CeilDiv, AffineBinaryOpKind.Mod)


def _is_affine(expr: AffineExpr) -> bool:
    """Whether an expression, apart from its parts, multiplies and divides by constants only."""
    if not isinstance(expr, AffineBinaryOpExpr) or expr.kind is AffineBinaryOpKind.Add:
        return True
    by = expr.rhs
    return isinstance(by, AffineConstantExpr) and (by.value > 0 or expr.kind not in _DIVISIONS)
