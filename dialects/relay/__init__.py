"""The relay dialect: pure dataflow over immutable tensors, with Relay's ops and attributes.

One file per family of ops; each op's class stands with its rows. ``OPS`` is the op table.
"""

from __future__ import annotations

from xdsl.ir import Dialect

from ..layout import LayoutAttr
from . import (
    activation,
    arithmetic,
    assemble,
    comparison,
    constant,
    conv,
    create,
    dense,
    dyn_compute,
    dyn_shape,
    elementwise,
    gather,
    image,
    module,
    norm,
    order,
    pad,
    pool,
    reduce,
    reshape,
    rounding,
    scatter,
    shape,
    slice,
    softmax,
    tuple,
)
from .base import RelayOp
from .resources import ResourceAttr

_FAMILIES = (
    constant,
    tuple,
    elementwise,
    activation,
    rounding,
    arithmetic,
    comparison,
    reduce,
    conv,
    dense,
    pool,
    softmax,
    norm,
    shape,
    reshape,
    assemble,
    pad,
    slice,
    gather,
    scatter,
    order,
    create,
    image,
    dyn_shape,
    dyn_compute,
)

OPS: dict[str, type[RelayOp]] = {op.name: op for family in _FAMILIES for op in family.OPS}
"""Every op that has rows, by name."""

Relay = Dialect("relay", [*module.STRUCTURE, *OPS.values()], [LayoutAttr, ResourceAttr])
