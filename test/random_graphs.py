"""Random relay programs, for properties that hold of every graph.

``programs()`` is a hypothesis strategy; ``RECIPES`` says what programs are made of. Values stay
near 1 and away from the singularities of the ops, so that the same function computed in another
order agrees closely.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from xdsl.ir import SSAValue

from inlay.dialects.layout import Layout
from inlay.dialects.relay import OPS
from inlay.dialects.relay.base import RelayOp, to_attribute
from inlay.dialects.relay.rows import AttrValue
from inlay.dialects.relay.types import ELEMENT_TYPES, FLOATS, INTS, dtype_of, shape_of, tensor
from random_scope import (
    CHANNELS,
    Choices,
    Program,
    Recipe,
    Scope,
    branch,
    call,
    element_in,
    make_program,
)

_LAYOUTS = ("NCHW", "NCHW", "NHWC")


def _axis(choices: Choices, value: SSAValue) -> int:
    """An axis of a value, counted from the left or from the right."""
    rank = len(shape_of(value.type))
    return choices.number(-rank, rank - 1)


def _axes(choices: Choices, rank: int) -> list[int]:
    """Some axes out of ``rank``, at least one."""
    chosen = choices.number(1, 2**rank - 1)
    return [axis for axis in range(rank) if chosen >> axis & 1]


# Convolutions and matrix products.


def _weight(scope: Scope, extents: Sequence[int], element: str) -> SSAValue:
    """A weight whose products have a spread of about 1; rarely a value of the program."""
    if scope.choices.rarely() and scope.choices.rarely():
        known = scope.pick(lambda value: value.type == tensor(element, extents))
        return known or scope.argument(tensor(element, extents))
    fan_in = max(1, prod(extents[1:]))
    return scope.constant(extents, element, fan_in**-0.5)


def _window(choices: Choices, size: Sequence[int]) -> tuple[list[int], dict[str, AttrValue]]:
    """Taps, and strides, padding and dilation that suit them, along height and width."""
    padding = [choices.number(0, 1) for _ in range(4)]
    rooms = [size[axis] + padding[axis] + padding[axis + 2] for axis in (0, 1)]
    dilation = [1 + (room > 2 and choices.rarely()) for room in rooms]
    taps = [
        choices.number(1, min(3, (room - 1) // step + 1))
        for room, step in zip(rooms, dilation, strict=True)
    ]
    strides = [choices.number(1, 2) for _ in rooms]
    return taps, {"strides": strides, "padding": padding, "dilation": dilation}


def _image_extents(value: SSAValue, layout: str) -> tuple[int, int, list[int]]:
    """Batch, channels and size of an image in a layout."""
    extents = dict(zip(layout, shape_of(value.type), strict=True))
    return extents["N"], extents["C"], [extents["H"], extents["W"]]


def conv2d(scope: Scope) -> None:
    """An ordinary, grouped or depthwise convolution in some layouts."""
    choices, data = scope.choices, scope.image()
    layout = choices.one_of(_LAYOUTS)
    _, channels, size = _image_extents(data, layout)
    divisors = [g for g in range(1, channels + 1) if channels % g == 0]
    groups = choices.one_of((1, 1, channels, choices.one_of(divisors)))
    multiple = choices.one_of((1, 1, 2)) if groups == channels else None
    outputs = groups * (multiple or -(-choices.one_of(CHANNELS) // groups))
    taps, properties = _window(choices, size)
    kernel = choices.one_of(("OIHW", "OIHW", "HWIO", "HWOI"))
    extents = {"O": outputs, "I": channels // groups, "H": taps[0], "W": taps[1]}
    element = dtype_of(data.type)
    weight = scope.constant(
        [extents[letter] for letter in kernel], element, (prod(taps) * extents["I"]) ** -0.5
    )
    if choices.rarely():
        properties["out_layout"] = Layout.parse(choices.one_of(("NCHW", "NHWC")))
    if choices.rarely():
        wider = {"f32": "f64", "i32": "i64"}.get(element, element)
        properties["out_dtype"] = ELEMENT_TYPES[wider][0]
    layouts = {"data_layout": Layout.parse(layout), "kernel_layout": Layout.parse(kernel)}
    scope.emit("nn.conv2d", data, weight, groups=groups, **layouts, **properties)


def conv_block(scope: Scope) -> None:
    """What networks are made of: convolution, batch norm or bias, activation."""
    choices, data = scope.choices, scope.image()
    _, channels, size = _image_extents(data, "NCHW")
    groups = choices.one_of((1, 1, 1, channels))
    outputs = channels if groups > 1 else choices.one_of(CHANNELS)
    taps, properties = _window(choices, size)
    weight = _weight(scope, (outputs, channels // groups, *taps), dtype_of(data.type))
    value = scope.emit("nn.conv2d", data, weight, groups=groups, **properties)
    _affine(scope, value)
    if choices.number(0, 2):
        scope.emit("nn.relu", scope.values[-1])


def _affine(scope: Scope, value: SSAValue) -> None:
    """A batch norm, a bias, or a multiplication and an addition per channel."""
    element, channels = dtype_of(value.type), shape_of(value.type)[1]
    kind = scope.choices.number(0, 3)
    if kind == 0:
        scope.emit("nn.bias_add", value, scope.constant((channels,), element))
    elif kind == 1 and element in FLOATS:
        _batch_norm(scope, value, 1)
    else:
        scaled = scope.emit("multiply", value, scope.scales((channels, 1, 1), element))
        if kind == 2:
            scope.emit("add", scaled, scope.constant((channels, 1, 1), element))


def residual(scope: Scope) -> None:
    """Two convolutions of one image, added."""
    choices, data = scope.choices, scope.image()
    _, channels, _ = _image_extents(data, "NCHW")
    element, outputs = dtype_of(data.type), choices.one_of(CHANNELS)
    sides = [
        scope.emit("nn.conv2d", data, _weight(scope, (outputs, channels, 1, 1), element))
        for _ in range(choices.number(1, 3))
    ]
    total = sides[0]
    for side in sides[1:]:
        total = scope.emit("add", total, side)
    _affine(scope, total)


def sandwich(scope: Scope) -> None:
    """Two convolutions with a few ops between them, each on what is newest."""
    conv_block(scope)
    middle = scope.of_newest()
    middle.grow(BETWEEN, 3)
    last = middle.of_newest()
    conv_block(last)
    scope.values.extend(value for value in last.values if value not in scope.values)


def conv2d_transpose(scope: Scope) -> None:
    choices, data = scope.choices, scope.image()
    _, channels, _ = _image_extents(data, "NCHW")
    outputs, taps = choices.number(1, 4), [choices.number(1, 3) for _ in range(2)]
    weight = _weight(scope, (channels, outputs, *taps), dtype_of(data.type))
    strides = [choices.number(1, 2), choices.number(1, 2)]
    scope.emit("nn.conv2d_transpose", data, weight, strides=strides)


def blocked_convolution(scope: Scope) -> None:
    """A program that chose its blocks itself."""
    choices, data = scope.choices, scope.image()
    _, channels, _ = _image_extents(data, "NCHW")
    inner = choices.one_of([b for b in range(1, channels + 1) if channels % b == 0])
    outer = choices.one_of((1, 4, 8))
    into, out = (Layout.parse(f"NCHW{block}c") for block in (inner, outer))
    kernel = Layout.parse(f"OIHW{inner}i{outer}o")
    weight = _weight(scope, (2, channels // inner, 1, 1, inner, outer), dtype_of(data.type))
    plain = Layout.parse("NCHW")
    blocked = scope.emit("layout_transform", data, src_layout=plain, dst_layout=into)
    layouts = {"data_layout": into, "kernel_layout": kernel, "out_layout": out}
    value = scope.emit("nn.contrib_conv2d_NCHWc", blocked, weight, **layouts)
    if choices.rarely():
        value = scope.emit("nn.global_avg_pool2d", value, layout=out)
    scope.emit("layout_transform", value, src_layout=out, dst_layout=plain)


def dense_layer(scope: Scope) -> None:
    """A dense layer, plain or packed, with or without what follows it in networks."""
    choices, data = scope.choices, scope.number_tensor(1)
    inner, element = shape_of(data.type)[-1], dtype_of(data.type)
    if choices.rarely():
        weight = _weight(scope, (2, inner, 4), element)
        layout = Layout.parse("NC4n")
        scope.emit("nn.contrib_dense_pack", data, weight, weight_layout=layout)
        return
    units = choices.one_of((*CHANNELS, 1000))
    value = scope.emit("nn.dense", data, _weight(scope, (units, inner), element))
    if choices.rarely():
        scope.emit("multiply", value, scope.scales((units,), element))
    if choices.rarely():
        bias = scope.constant((units,), element)
        scope.emit("nn.bias_add", value, bias, axis=-1)


def matrix_product(scope: Scope) -> None:
    """A product of two matrices, or of two batches of them, of which one is constant."""
    choices, data = scope.choices, scope.number_tensor(2)
    extents = shape_of(data.type)
    if len(extents) not in (2, 3):
        return
    transposed = {"transpose_a": choices.rarely(), "transpose_b": choices.rarely()}
    inner = extents[-2 if transposed["transpose_a"] else -1]
    matrix = (3, inner) if transposed["transpose_b"] else (inner, 3)
    op = "nn.matmul" if len(extents) == 2 else "nn.batch_matmul"
    batch = () if len(extents) == 2 else (choices.one_of((1, extents[0])),)
    other = scope.constant((*batch, *matrix), dtype_of(data.type), max(1, inner) ** -0.5)
    scope.emit(op, data, other, **transposed)


# Norms, pools, reductions.


def _batch_norm(scope: Scope, data: SSAValue, axis: int) -> None:
    extent, element = shape_of(data.type)[axis], dtype_of(data.type)
    vectors = [
        scope.scales((extent,), element),
        *(scope.constant((extent,), element) for _ in range(2)),
        scope.positive((extent,), element),
    ]
    choices = scope.choices
    scope.emit(
        "nn.batch_norm",
        data,
        *vectors,
        axis=axis,
        center=not choices.rarely(),
        scale=not choices.rarely(),
    )


def normalisation(scope: Scope) -> None:
    """A norm with parameters, or softmax, along some axis."""
    choices, data = scope.choices, scope.float_tensor(2)
    if data is None:
        return
    extents, element = shape_of(data.type), dtype_of(data.type)
    axis = choices.number(1, len(extents) - 1)
    parameters = [
        scope.scales((extents[axis],), element),
        scope.constant((extents[axis],), element),
    ]
    kind = choices.number(0, 7)
    if kind == 0:
        _batch_norm(scope, data, axis)
    elif kind < 4:
        softmax = ("nn.softmax", "nn.log_softmax", "nn.fast_softmax")[kind - 1]
        scope.emit(softmax, data, axis=axis)
    elif kind == 4:
        scope.emit("nn.layer_norm", data, *parameters, axis=axis, epsilon=0.5)
    elif kind == 5:
        groups = choices.one_of([g for g in range(1, extents[axis] + 1) if extents[axis] % g == 0])
        scope.emit("nn.group_norm", data, *parameters, axis=axis, num_groups=groups, epsilon=0.5)
    elif kind == 6:
        scope.emit("nn.rms_norm", data, parameters[0], axis=axis, epsilon=0.5)
    else:
        scope.emit("nn.instance_norm", data, *parameters, axis=axis, epsilon=0.5)


def pooling(scope: Scope) -> None:
    choices, data = scope.choices, scope.image()
    layout = choices.one_of(_LAYOUTS)
    _, _, size = _image_extents(data, layout)
    named: dict[str, AttrValue] = {"layout": Layout.parse(layout)}
    kind = choices.number(0, 5)
    if kind < 2:
        taps = [choices.number(1, min(3, extent)) for extent in size]
        padding = [choices.number(0, tap - 1) for tap in (*taps, *taps)]
        window: dict[str, AttrValue] = {"pool_size": taps, "padding": padding}
        if all(tap == 2 for tap in taps):
            window["strides"] = [2, 2]
        if kind == 0:
            scope.emit("nn.max_pool2d", data, **named, **window)
        else:
            padded = choices.rarely()
            scope.emit("nn.avg_pool2d", data, **named, **window, count_include_pad=padded)
    elif kind < 4:
        whole = ("nn.global_avg_pool2d", "nn.global_max_pool2d")[kind - 2]
        scope.emit(whole, data, **named)
    else:
        adaptive = ("nn.adaptive_avg_pool2d", "nn.adaptive_max_pool2d")[kind - 4]
        output_size = [choices.number(1, 3), choices.number(1, 3)]
        scope.emit(adaptive, data, **named, output_size=output_size)


_REDUCTIONS = ("sum", "mean", "max", "min")


def reduction(scope: Scope) -> None:
    """A reduction along some axes, or all but some, that may keep its dimensions."""
    choices, data = scope.choices, scope.number_tensor(1)
    rank = len(shape_of(data.type))
    axes = [1] if rank == 4 and choices.rarely() else _axes(choices, rank)
    properties: dict[str, AttrValue] = {"axis": axes, "keepdims": choices.number(0, 1) == 1}
    if len(axes) < rank and choices.rarely():
        properties["exclude"] = True
    kind = choices.number(0, 6)
    if kind < 4:
        scope.emit(_REDUCTIONS[kind], data, **properties)
    elif kind == 4 and dtype_of(data.type) in FLOATS:
        scope.emit("logsumexp", data, **properties)
    elif kind == 5 and dtype_of(data.type) in FLOATS:
        mean = scope.emit("mean", data, **{**properties, "keepdims": True})
        scope.emit("variance", data, mean, **properties)
    elif scope.is_exact:
        scope.emit(choices.one_of(("argmax", "argmin")), data, **properties)


# Elementwise ops.

_SMOOTH = (
    "sigmoid",
    "tanh",
    "erf",
    "nn.gelu",
    "sin",
    "fast_tanh",
)
_OF_NUMBERS = ("negative", "abs")
_JUMPING = (
    "floor",
    "ceil",
    "round",
    "trunc",
    "sign",
)


def activation(scope: Scope) -> None:
    """A function of each number."""
    choices, data = scope.choices, scope.number_tensor()
    is_float = dtype_of(data.type) in FLOATS
    kind = choices.number(0, 8)
    if kind in (0, 8):
        scope.emit("nn.relu", data)
    elif kind < 3:
        scope.emit(_OF_NUMBERS[kind - 1], data)
    elif kind == 3:
        scope.emit("clip", data, a_min=-1.0, a_max=choices.one_of((6.0, 0.5)))
    elif kind == 4:
        copies = ("copy", "zeros_like", "ones_like")
        scope.emit(choices.one_of(copies), data)
    elif not is_float:
        scope.emit("bitwise_not", data)
    elif kind == 5:
        alpha = choices.one_of((0.25, -0.5, 2.0))
        scope.emit("nn.leaky_relu", data, alpha=alpha)
    elif kind == 6 and scope.is_exact:
        scope.emit(choices.one_of(_JUMPING), data)
    else:
        scope.emit(choices.one_of(_SMOOTH), data)


def guarded(scope: Scope) -> None:
    """An op with a singularity, kept away from it but where channels are padded with zeros."""
    choices, data = scope.choices, scope.float_tensor(1)
    if data is None:
        return
    extents, element = shape_of(data.type), dtype_of(data.type)
    kind = choices.number(0, 5)
    if kind < 2:
        along = (extents[1], 1, 1) if len(extents) == 4 else (extents[-1],)
        offset = scope.positive(choices.one_of((along, along, (), extents)), element)
        above = scope.emit("add", scope.emit("abs", data), offset)
        if kind == 0:
            numerator = scope.pick(lambda value: value.type == above.type) or data
            scope.emit("divide", numerator, above)
        else:
            functions = ("log", "sqrt", "rsqrt")
            scope.emit(choices.one_of(functions), above)
    elif kind == 2:
        bounded = scope.emit("clip", data, a_min=-2.0, a_max=2.0)
        scope.emit(choices.one_of(("exp", "fast_exp")), bounded)
    elif kind == 3:
        scope.emit("divide", data, _beside(scope, data, positive=True))
    elif kind == 4:
        above = scope.emit("exp", scope.emit("tanh", data))
        scope.emit("power", above, _beside(scope, above, positive=True))
    else:
        scope.emit("nn.l2_normalize", data, eps=0.5, axis=[_axis(choices, data)])


def _beside(scope: Scope, data: SSAValue, *, positive: bool = False) -> SSAValue:
    """A constant that broadcasts to the shape of ``data``, with as many dimensions or fewer."""
    choices, extents = scope.choices, shape_of(data.type)
    channels = (extents[1], 1, 1) if len(extents) == 4 else extents[-1:]
    kept = choices.number(0, len(extents))
    stretched = tuple(
        1 if choices.rarely() else extent for extent in extents[len(extents) - kept :]
    )
    found = choices.one_of((channels, channels, (), stretched, (1,), extents))
    element = dtype_of(data.type)
    return scope.positive(found, element) if positive else scope.scales(found, element)


_BINARY = ("add", "multiply", "subtract")
_EXTREMA = ("maximum", "minimum")
_OF_INTEGERS = (
    "divide",
    "floor_divide",
    "mod",
    "bitwise_xor",
    "right_shift",
)


def _other(scope: Scope, data: SSAValue) -> SSAValue:
    """Another operand for a binary op: a value, or a constant, that broadcasts with ``data``."""
    extents, element = shape_of(data.type), dtype_of(data.type)

    def broadcasts(value: SSAValue) -> bool:
        if not element_in(value, frozenset({element})):
            return False
        pairs = zip(reversed(shape_of(value.type)), reversed(extents), strict=False)
        return all(a == b or 1 in (a, b) for a, b in pairs)

    kind = scope.choices.number(0, 2)
    found = None
    if kind == 1:
        found = scope.pick(lambda value: value.type == data.type)
    elif kind == 2:
        found = scope.pick(broadcasts)
    return _beside(scope, data) if found is None else found


def binary(scope: Scope) -> None:
    """An op on two tensors that broadcast together, in either order."""
    choices, data = scope.choices, scope.number_tensor()
    operands = [data, _other(scope, data)]
    if choices.rarely():
        operands.reverse()
    if choices.number(0, 2) < 2:
        scope.emit(choices.one_of(_BINARY), *operands)
    elif dtype_of(data.type) in INTS and choices.rarely():
        scope.emit(choices.one_of(_OF_INTEGERS), *operands)
    else:
        scope.emit(choices.one_of(_EXTREMA), *operands)


def scaling(scope: Scope) -> None:
    """A product with a factor per channel, as batch norm and quantisation leave it."""
    data = scope.number_tensor(1)
    extents, element = shape_of(data.type), dtype_of(data.type)
    along = (extents[1], 1, 1) if len(extents) == 4 else (extents[-1],)
    scope.emit("multiply", data, scope.scales(along, element))


def selection(scope: Scope) -> None:
    """A choice between two tensors, by comparing where nothing rounds, or by a constant."""
    choices, data = scope.choices, scope.number_tensor()
    other = _other(scope, data)
    if scope.is_exact:
        compare = choices.one_of(("less", "greater_equal", "equal"))
        condition = scope.emit(compare, data, other)
        if choices.rarely():
            condition = scope.emit("logical_not", condition)
    else:
        condition = scope.constant(shape_of(data.type), "i1")
    scope.emit("where", condition, data, other)


def conversion(scope: Scope) -> None:
    """A cast that loses nothing, and one that rounds where this is exact."""
    data = scope.number_tensor()
    wide = {"f32": "f64", "i32": "i64"}.get(dtype_of(data.type))
    if wide is None and scope.is_exact and dtype_of(data.type) == "f64":
        wide = "i32"
    if wide is not None:
        scope.emit("cast", data, dtype=ELEMENT_TYPES[wide][0])


# Shapes.


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
        scope.emit("reverse", data, axis=_axes(choices, len(extents)))
    elif kind == 2:
        scope.emit("sort", data, axis=_axis(choices, data))
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
        scope.emit("repeat", data, repeats=2, axis=_axis(choices, data))
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
        scope.emit("sum", part, axis=_axes(choices, 4), keepdims=choices.rarely())
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


# Structure.


def tuples(scope: Scope) -> None:
    """Values put into a tuple, some of which are taken out again."""
    fields = [scope.number_tensor() for _ in range(scope.choices.number(1, 3))]
    packed = scope.emit("tuple", *fields)
    for _ in range(scope.choices.number(0, 2)):
        scope.emit("tuple_get_item", packed, index=scope.choices.number(0, len(fields) - 1))


def repetition(scope: Scope) -> None:
    """An op that stands there already, once more."""
    found = scope.pick(
        lambda value: isinstance(value.owner, RelayOp) and bool(value.owner.operands)
    )
    if found is not None and isinstance(found.owner, RelayOp):
        visible = all(
            v in scope.values or v.owner.parent is scope.block for v in found.owner.operands
        )
        if visible:
            scope.insert(found.owner.clone())


def _branch(scope: Scope) -> None:
    branch(scope, RECIPES)


def _call(scope: Scope) -> None:
    call(scope, RECIPES)


CONVOLUTIONS: tuple[Recipe, ...] = (
    conv_block,
    conv2d,
    residual,
    sandwich,
    conv2d_transpose,
    blocked_convolution,
)

BETWEEN: tuple[Recipe, ...] = (
    activation,
    scaling,
    guarded,
    binary,
    activation,
    scaling,
    guarded,
    normalisation,
    guarded,
    pooling,
    reduction,
    joining,
    parting,
    selection,
    extending,
)
"""What stands between convolutions."""

RECIPES: tuple[Recipe, ...] = (
    activation,
    binary,
    *CONVOLUTIONS,
    pooling,
    dense_layer,
    matrix_product,
    normalisation,
    reduction,
    guarded,
    selection,
    conversion,
    joining,
    parting,
    reshaping,
    reordering,
    extending,
    creation,
    nothing,
    known_reshape,
    tuples,
    repetition,
    _branch,
    _call,
    binary,
    activation,
)
"""What programs are made of."""

NETWORKS: tuple[Recipe, ...] = (*(sandwich,) * 6, *CONVOLUTIONS, *BETWEEN, _branch, _call)
"""What programs of convolutions are made of."""


def programs(*, recipes: Sequence[Recipe] = RECIPES, most: int = 10) -> SearchStrategy[Program]:
    """Programs of up to ``most`` steps, each of which adds an op or a few."""
    seeds = st.lists(st.integers(0, 2**32 - 1), min_size=2, max_size=most + 1)
    return seeds.map(lambda drawn: make_program(drawn, recipes))
