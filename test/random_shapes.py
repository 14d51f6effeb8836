"""Recipes of random programs: ops that move elements, and those that make tensors."""

from __future__ import annotations

from math import prod

import numpy as np
from xdsl.ir import SSAValue

from inlay.dialects.layout import Layout
from inlay.dialects.relay import OPS
from inlay.dialects.relay.base import to_attribute
from inlay.dialects.relay.rows import AttrValue
from inlay.dialects.relay.types import ELEMENT_TYPES, FLOATS, dtype_of, shape_of, tensor
from random_scope import CHANNELS, Scope, element_in


def reshaping(scope: Scope) -> None:
    """The same elements in another shape."""
    choices, data = scope.choices, scope.number_tensor()
    extents = shape_of(data.type)
    kind = choices.number(0, 6)
    if kind == 0:
        scope.emit("nn.batch_flatten", data) if len(extents) > 1 else None
    elif kind == 1:
        scope.emit("reshape", data, newshape=[-1])
    elif kind == 2 and extents:
        factor = choices.one_of([f for f in (1, 2, 3, 4) if prod(extents) % f == 0])
        scope.emit("reshape", data, newshape=[prod(extents) // factor, factor])
    elif kind == 3 and len(extents) < 5:
        axis = choices.number(-len(extents) - 1, len(extents))
        scope.emit("expand_dims", data, axis=axis, num_newaxis=choices.number(0, 2))
    elif kind == 4:
        scope.emit("squeeze", data)
    elif kind == 5:
        scope.emit("reshape", data, newshape=[*extents[:-1], -1] if extents else [1])
    else:
        flat = scope.emit("reshape", data, newshape=[-1])
        scope.emit("reshape_like", flat, data)


def known_reshape(scope: Scope) -> None:
    """A dynamic reshape whose shape is a constant, and whose result is known."""
    data = scope.number_tensor(1)
    extents = shape_of(data.type)[::-1]
    vector = scope.hold(np.array(extents, np.int64))
    known = [tensor(dtype_of(data.type), extents)]
    properties = {"allowzero": to_attribute(False)}
    op = OPS["relay.dyn.reshape"].create(
        operands=[data, vector], result_types=known, properties=properties
    )
    scope.insert(op)


def reordering(scope: Scope) -> None:
    """The elements in another order."""
    choices, data = scope.choices, scope.number_tensor(1)
    extents = shape_of(data.type)
    kind = choices.number(0, 4)
    if kind == 0:
        axes = list(range(len(extents)))
        for place in range(len(axes) - 1):
            other = choices.number(place, len(axes) - 1)
            axes[place], axes[other] = axes[other], axes[place]
        scope.emit("transpose", data, axes=axes)
    elif kind == 1:
        scope.emit("reverse", data, axis=choices.axes(len(extents)))
    elif kind == 2:
        scope.emit(choices.one_of(("sort", "cumsum")), data, axis=choices.axis(len(extents)))
    elif kind == 3 and len(extents) == 4:
        layouts = ("NCHW", choices.one_of(("NHWC", "NCHW1c", "CHWN", "NCHW")))
        source, target = map(Layout.parse, layouts)
        moved = scope.emit("layout_transform", data, src_layout=source, dst_layout=target)
        if choices.rarely():
            back = {"src_layout": target, "dst_layout": source}
            scope.emit("layout_transform", moved, **back)
    elif len(extents) == 4 and extents[1] % 4 == 0:
        scope.emit("nn.depth_to_space", data, block_size=2)


def joining(scope: Scope) -> None:
    """Tensors one after the other, or on top of each other."""
    choices, data = scope.choices, scope.number_tensor(1)
    extents = shape_of(data.type)
    axis = choices.number(0, len(extents) - 1)
    if len(extents) == 4 and not choices.rarely():
        axis = 1

    def joins(value: SSAValue) -> bool:
        if not element_in(value, frozenset({dtype_of(data.type)})):
            return False
        found = shape_of(value.type)
        return len(found) == len(extents) and all(
            at == axis or a == b for at, (a, b) in enumerate(zip(found, extents, strict=True))
        )

    parts = [scope.pick(joins) or data for _ in range(choices.number(0, 2))]
    if choices.rarely():
        scope.emit("stack", data, data, axis=axis)
    else:
        scope.emit("concatenate", data, *parts, axis=axis)


def parting(scope: Scope) -> None:
    """Parts of a tensor."""
    choices, data = scope.choices, scope.number_tensor(1)
    extents = shape_of(data.type)
    axis = choices.number(0, len(extents) - 1)
    if len(extents) == 4 and not choices.rarely():
        axis = 1
    extent = extents[axis]
    kind = choices.number(0, 3)
    if kind == 0:
        sections = choices.one_of([s for s in range(1, extent + 1) if extent % s == 0][:4])
        scope.emit_all("split", data, indices_or_sections=sections, axis=axis)
    elif kind == 1:
        points = sorted(choices.number(1, extent) for _ in range(choices.number(1, 2)))
        scope.emit_all("split", data, indices_or_sections=points, axis=axis)
    elif kind == 2:
        begin = choices.number(0, extent - 1)
        bounds = {"begin": [begin], "end": [choices.number(begin + 1, extent + 1)]}
        strides = [choices.number(1, 2)]
        scope.emit("strided_slice", data, axes=[axis], strides=strides, **bounds)
    else:
        places = scope.hold(np.array([extent - 1, 0, choices.number(0, extent)], np.int32))
        scope.emit("take", data, places, axis=axis)


def extending(scope: Scope) -> None:
    """A tensor padded, or repeated."""
    choices, data = scope.choices, scope.number_tensor(1)
    extents = shape_of(data.type)
    kind = choices.number(0, 4)
    if kind < 2:
        widths = [choices.number(0, 1) for _ in range(2 * len(extents))]
        edge = kind == 1 and choices.rarely()
        mode: dict[str, AttrValue] = {"pad_mode": "edge"} if edge else {"pad_value": 2.0 * kind}
        scope.emit("nn.pad", data, pad_width=widths, **mode)
    elif kind == 2:
        scope.emit("tile", data, reps=[choices.number(1, 2), 1])
    elif kind == 3:
        scope.emit("repeat", data, repeats=2, axis=choices.axis(len(extents)))
    elif len(extents) == 4 and dtype_of(data.type) in FLOATS:
        scope.emit("nn.upsampling", data, scale_h=2.0, scale_w=1.0)
    else:
        scope.emit("broadcast_to", data, shape=(2, *extents))


def nothing(scope: Scope) -> None:
    """An empty part of a tensor, and an op on it."""
    choices, data = scope.choices, scope.image()
    extents, element = shape_of(data.type), dtype_of(data.type)
    axis = choices.number(0, 3)
    part = scope.emit("strided_slice", data, axes=[axis], begin=[0], end=[0])
    kind = choices.number(0, 4)
    if kind == 0 and axis == 1:
        weight = scope.constant((choices.one_of(CHANNELS), 0, 1, 1), element)
        scope.emit("nn.conv2d", part, weight)
    elif kind == 1 and axis == 0:
        weight = scope.constant((4, extents[1], 1, 1), element)
        value = scope.emit("nn.conv2d", part, weight)
        scope.emit("multiply", value, scope.scales((4, 1, 1), element))
    elif kind == 2:
        scope.emit("sum", part, axis=choices.axes(4), keepdims=choices.rarely())
    elif kind == 3:
        scope.emit("concatenate", part, data, axis=axis)
    else:
        flat = scope.emit("nn.batch_flatten", scope.emit("nn.relu", part))
        inner = shape_of(flat.type)[1]
        scope.emit("nn.dense", flat, scope.constant((8, inner), element))


def creation(scope: Scope) -> None:
    """A constant as a value of its own, or an op without operands."""
    choices = scope.choices
    extents = (2, choices.one_of(CHANNELS), 1, choices.number(1, 3))[choices.number(0, 3) :]
    kind = choices.number(0, 2)
    if kind == 0:
        scope.values.append(scope.constant(extents, scope.element))
    elif kind == 1:
        scope.emit("full", scope.scales((), scope.element), shape=extents)
    else:
        op = choices.one_of(("ones", "zeros"))
        scope.emit(op, shape=extents, dtype=ELEMENT_TYPES[scope.element][0])
