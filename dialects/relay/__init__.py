"""The relay dialect: pure dataflow over immutable tensors, with Relay's ops and attributes.

One file per family of ops; each op's class stands with its rows. ``OPS`` is the op table.
"""

from __future__ import annotations

from xdsl.ir import Dialect

from ..layout import LayoutAttr
from . import (
    assemble,
    broadcast,
    conv,
    create,
    dense,
    dyn,
    elementwise,
    image,
    index,
    module,
    norm,
    order,
    pool,
    reduce,
    shape,
)
from .base import RelayOp
from .resources import ResourceAttr

_FAMILIES = (
    module,
    elementwise,
    broadcast,
    reduce,
    conv,
    dense,
    pool,
    norm,
    shape,
    assemble,
    index,
    order,
    create,
    image,
    dyn,
)

OPS: dict[str, type[RelayOp]] = {op.name: op for family in _FAMILIES for op in family.OPS}
"""Every op that has rows, by name."""

Relay = Dialect("relay", [*module.STRUCTURE, *OPS.values()], [LayoutAttr, ResourceAttr])
