"""What all convolutions share: their operands, layouts and extents, and how they are checked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from xdsl.dialects.builtin import IntegerAttr, i64
from xdsl.ir import Attribute, TypeAttribute
from xdsl.irdl import operand_def, opt_prop_def, prop_def, result_def
from xdsl.utils.exceptions import VerifyException

from ..layout import Layout, LayoutAttr, LayoutError
from .base import I64_ATTR, operand_extents
from .dense import product_dtype
from .rows import LayoutInference
from .types import DYNAMIC, TENSOR, Shape, tensor
from .windows import WindowedOp

NCHW = Layout.parse("NCHW")
OIHW = Layout.parse("OIHW")


class ConvOp(WindowedOp):
    """An op that convolves data with a weight, each stored in a layout."""

    data = operand_def(TENSOR)
    weight = operand_def(TENSOR)
    out_dtype = opt_prop_def(TypeAttribute)
    output = result_def(TENSOR)

    @property
    def layouts(self) -> tuple[Layout, Layout, Layout]:
        """The layouts of the data, the weight and the result."""
        raise NotImplementedError


class GroupedConvOp(ConvOp):
    """A convolution whose channels fall into independent groups."""

    groups = prop_def(I64_ATTR, default_value=IntegerAttr(1, i64))


class PlainConvOp(GroupedConvOp):
    """A convolution in unblocked layouts; the result's is the data's unless given."""

    data_layout = prop_def(LayoutAttr, default_value=LayoutAttr.get(NCHW))
    kernel_layout = prop_def(LayoutAttr, default_value=LayoutAttr.get(OIHW))
    out_layout = opt_prop_def(LayoutAttr)

    @property
    def layouts(self) -> tuple[Layout, Layout, Layout]:
        return (
            self.data_layout.data,
            self.kernel_layout.data,
            (self.out_layout or self.data_layout).data,
        )


class BlockedConvOp(ConvOp):
    """A convolution in blocked layouts."""

    data_layout = prop_def(LayoutAttr)
    kernel_layout = prop_def(LayoutAttr)
    out_layout = prop_def(LayoutAttr)

    @property
    def layouts(self) -> tuple[Layout, Layout, Layout]:
        return self.data_layout.data, self.kernel_layout.data, self.out_layout.data


@dataclass(frozen=True)
class Extents:
    """The extents of a convolution's data and weight, ``DYNAMIC`` where unknown."""

    batch: int
    in_channels: int
    in_size: tuple[int, int]
    weight_outputs: int
    weight_inputs: int
    kernel: tuple[int, int]


def extents_of(op: ConvOp) -> Extents:
    """The extents of the op's operands.

    Raises:
        VerifyException: when a shape does not fit its layout.
    """
    data_layout, kernel_layout, _ = op.layouts
    batch, channels, height, width = operand_extents(op, 0, data_layout, "NCHW")
    outputs, inputs, rows, columns = operand_extents(op, 1, kernel_layout, "OIHW")
    return Extents(batch, channels, (height, width), outputs, inputs, (rows, columns))


def check_plain(op: PlainConvOp) -> None:
    """Check that no layout is blocked."""
    for name, layout in zip(("data", "kernel", "out"), op.layouts, strict=True):
        if layout.is_blocked:
            raise VerifyException(f"{op.name}: {name}_layout is {layout}, expected no blocks")


def check_groups(op: GroupedConvOp, what: str, channels: int) -> None:
    """Check that the groups divide the channels of ``what``, where those are known."""
    groups = op.groups.value.data
    if groups < 1:
        raise VerifyException(f"{op.name}: groups is {groups}, expected at least 1")
    if channels != DYNAMIC and channels % groups:
        raise VerifyException(
            f"{op.name}: found {channels} {what} channels, expected a multiple of groups {groups}"
        )


def result_of(op: ConvOp, shape: Shape) -> Sequence[Attribute]:
    """The result type of a convolution that gives ``shape``, here in the order NCHW.

    Raises:
        VerifyException: when the result's layout or element type does not fit.
    """
    dtype = product_dtype(op, op.out_dtype)
    try:
        return [tensor(dtype, NCHW.convert_shape(shape, op.layouts[2]))]
    except LayoutError as error:
        raise VerifyException(f"{op.name}: result: {error}") from error


def own_layouts(
    op: ConvOp, new: Sequence[Layout | None] | None, old: Sequence[Layout | None]
) -> LayoutInference:
    """A convolution dictates its layouts, whatever arrives."""
    data, kernel, out = op.layouts
    return LayoutInference((data, kernel), (out,))
