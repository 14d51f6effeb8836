"""Recipes of random programs: convolutions, matrix products, norms, pools and reductions."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from xdsl.ir import SSAValue

from inlay.dialects.layout import Layout
from inlay.dialects.relay.rows import AttrValue
from inlay.dialects.relay.types import ELEMENT_TYPES, FLOATS, dtype_of, shape_of, tensor
from random_scope import CHANNELS, Choices, Scope

_LAYOUTS = ("NCHW", "NCHW", "NHWC")


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
    axes = [1] if rank == 4 and choices.rarely() else choices.axes(rank)
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
