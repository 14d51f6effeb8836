"""Samples of the ops that move elements, and of those whose shapes are operands."""

from __future__ import annotations

from collections.abc import Sequence

from inlay.dialects.relay.types import FLOATS
from op_sampling import (
    Operand,
    Sample,
    at,
    blocked,
    case,
    dtype,
    given,
    ints,
    layout,
    op_named,
    samples,
    scalar,
    tame,
    wider,
    x,
)

_SHAPE = [
    *samples(
        "reshape",
        infer=lambda e, n: case(x(2, 3, n), newshape=[3, -1]),
        merge=lambda e, n: case(x(2, 8, 3, n), newshape=[-3, -2]),
        split=lambda e, n: case(x(4, n), newshape=[-4, 2, -1, 0]),
        scalar=lambda e, n: case(x(1, 1), newshape=[]),
    ),
    *samples(
        "reshape_like",
        whole=lambda e, n: case(x(6, n), x(2, 3, n)),
        part=lambda e, n: case(
            x(2, 6, n), Operand((3, 2), element="f32"), lhs_begin=1, lhs_end=2, rhs_begin=0
        ),
    ),
    *samples(
        "transpose",
        reverse=lambda e, n: case(x(3, n)),
        image=lambda e, n: case(x(2, 8, 3, n), axes=[0, 2, 3, 1]),
    ),
    *samples(
        "squeeze",
        axis=lambda e, n: case(x(1, n, 1), axis=[0, -1]),
        image=lambda e, n: case(x(2, 8, 1, n), axis=[2]),
        every=lambda e, n: case(Operand((1, 3, 1, n), known=True)),
    ),
    *samples(
        "expand_dims",
        middle=lambda e, n: case(x(3, n), axis=1, num_newaxis=2),
        last=lambda e, n: case(x(n), axis=-1),
        scalar=lambda e, n: case(x(), axis=0),
    ),
    *samples(
        "broadcast_to",
        outer=lambda e, n: case(x(3, 1), shape=[2, 3, n]),
        row=lambda e, n: case(x(n), shape=[2, n]),
        image=lambda e, n: case(x(2, 8, 1, n), shape=[2, 8, 3, n]),
    ),
    *samples(
        "nn.batch_flatten",
        image=lambda e, n: case(x(2, 8, 3, n)),
        vector=lambda e, n: case(x(n)),
    ),
    *samples(
        "layout_transform",
        least=1,
        pack=lambda e, n: case(
            x(1, 8, 3, n), src_layout=layout("NCHW"), dst_layout=layout("NCHW4c")
        ),
        unpack=lambda e, n: case(
            blocked(1, 2, 3, 2, n), src_layout=layout(f"NCHW{n}c"), dst_layout=layout("NHWC")
        ),
        reblock=lambda e, n: case(
            blocked(1, 3, n, 2, 8), src_layout=layout("NCHW8c"), dst_layout=layout("NCHW6c")
        ),
    ),
]

_ASSEMBLE = [
    *samples(
        "concatenate",
        last=lambda e, n: case(x(2, n), x(2, 3), x(2, 1), axis=-1),
        image=lambda e, n: case(x(2, 8, 3, n), x(2, 4, 3, n), axis=1),
        one=lambda e, n: case(x(n), axis=0),
    ),
    *samples(
        "stack",
        first=lambda e, n: case(x(2, n), x(2, n)),
        last=lambda e, n: case(x(2, n), x(2, n), x(2, n), axis=-1),
    ),
    *samples(
        "split",
        points=lambda e, n: case(x(2, n), indices_or_sections=[n // 3, n // 2], axis=1),
        sections=lambda e, n: case(x(4, n), indices_or_sections=2),
        image=lambda e, n: case(x(2, 8, 3, n), indices_or_sections=[4], axis=1),
    ),
    *samples(
        "tile",
        rows=lambda e, n: case(x(2, n), reps=[2, 3]),
        outer=lambda e, n: case(x(n), reps=[3, 1, 2]),
    ),
    *samples(
        "repeat",
        last=lambda e, n: case(x(2, n), repeats=3, axis=-1),
        first=lambda e, n: case(x(2, n), repeats=2, axis=0),
    ),
    *samples(
        "reverse",
        last=lambda e, n: case(x(2, n), axis=[-1]),
        both=lambda e, n: case(x(2, n, 3), axis=[0, 1]),
    ),
    *samples(
        "nn.pad",
        constant=lambda e, n: case(x(2, n), pad_width=[0, 1, 2, 3], pad_value=1.0),
        image=lambda e, n: case(x(2, 8, 3, n), pad_width=[0, 0, 0, 0, 1, 1, 2, 0]),
        channels=lambda e, n: case(x(2, 8, 2, n), pad_width=[0, 0, 4, 4, 0, 0, 0, 0]),
    ),
    *samples(
        "nn.pad",
        least=3,
        edge=lambda e, n: case(x(2, n), pad_width=[1, 0, 2, 3], pad_mode="edge"),
        reflect=lambda e, n: case(x(2, n), pad_width=[1, 0, 2, 2], pad_mode="reflect"),
    ),
]

_INDEX = [
    *samples(
        "strided_slice",
        step=lambda e, n: case(x(3, n), begin=[0, 1], end=[3, n], strides=[2, 3]),
        back=lambda e, n: case(x(3, n), begin=[-1], end=[-n - 1], strides=[-2], axes=[1]),
        size=lambda e, n: case(x(3, n), begin=[1, n // 2], end=[2, -1], slice_mode="size"),
        image=lambda e, n: case(x(2, 8, 3, n), begin=[1], end=[3], axes=[2]),
    ),
    *samples(
        "slice_like",
        rows=lambda e, n: case(x(4, n), x(2, n // 2)),
        axis=lambda e, n: case(x(4, n), Operand((3, n), element="f32"), axes=[0]),
    ),
    *samples(
        "take",
        least=1,
        clip=lambda e, n: case(x(3, n), at(n, 2, 5), axis=1),
        wrap=lambda e, n: case(x(n, 2), at(n, 4, element="i64"), axis=0, mode="wrap"),
        flat=lambda e, n: case(x(2, n), at(2 * n, n, element="ui8")),
        scalar=lambda e, n: case(x(3, n), at(n), axis=-1),
        batch=lambda e, n: case(x(2, 3, n), at(n, 2, 4), axis=2, batch_dims=1),
    ),
    *samples(
        "gather",
        least=1,
        last=lambda e, n: case(x(3, n), at(n, 2, 5), axis=1),
        first=lambda e, n: case(x(4, n), at(4, 3, n, element="i64"), axis=0),
    ),
    *samples(
        "gather_nd",
        least=1,
        rows=lambda e, n: case(x(3, 4, n), at(4, 2, 5)),
        batch=lambda e, n: case(x(2, n, 3), at(n, 1, 2, 4), batch_dims=1),
    ),
    *[
        sample
        for how in ("update", "add", "mul", "min", "max")
        for sample in (
            Sample(
                op_named("scatter_elements"),
                how,
                lambda e, n, how=how: case(
                    tame(3, n), at(n, 2, 5), tame(2, 5), axis=1, reduction=how
                ),
                least=1,
            ),
            Sample(
                op_named("scatter_nd"),
                how,
                lambda e, n, how=how: case(tame(4, n), at(4, 1, 5), tame(5, n), mode=how),
            ),
        )
    ],
    *samples(
        "one_hot",
        last=lambda e, n: case(at(n, 5), x(), x(), depth=n, dtype=dtype(e)),
        first=lambda e, n: case(at(3, 2, n), x(), x(), depth=3, axis=0, dtype=dtype(e)),
    ),
]

_ORDER = [
    *[
        sample
        for op in ("sort", "argsort")
        for sample in samples(
            op,
            last=lambda e, n: case(x(3, n)),
            down=lambda e, n: case(x(n, 3), axis=0, is_ascend=False),
        )
    ],
    *samples(
        "topk",
        all=lambda e, n: case(x(2, n), k=0, is_ascend=True, ret_type="values"),
    ),
    *samples(
        "topk",
        least=1,
        both=lambda e, n: case(x(3, n), k=min(n, 3)),
        places=lambda e, n: case(x(n, 2), k=1, axis=0, ret_type="indices", dtype=dtype("i64")),
    ),
    *[
        sample
        for op in ("cumsum", "cumprod")
        for sample in samples(
            op,
            last=lambda e, n: case(tame(3, n), axis=1),
            exclusive=lambda e, n: case(tame(n, 2), axis=0, exclusive=True),
            flat=lambda e, n: case(tame(2, n), dtype=wider(e)),
        )
    ],
]

_CREATE = [
    *samples("full", rows=lambda e, n: case(x(), shape=[3, n])),
    *samples("full_like", rows=lambda e, n: case(x(3, n), x())),
    *samples("zeros", rows=lambda e, n: case(shape=[3, n], dtype=dtype(e))),
    *samples("ones", rows=lambda e, n: case(shape=[3, n], dtype=dtype(e))),
    *samples(
        "arange",
        up=lambda e, n: case(start=3.0, stop=3.0 + 2 * n, step=2.0, dtype=dtype(e)),
        down=lambda e, n: case(start=float(n), stop=0.0, step=-1.0, dtype=dtype(e)),
    ),
    *samples(
        "arange",
        FLOATS,
        halves=lambda e, n: case(stop=n / 2, step=0.5, dtype=dtype(e)),
    ),
    *samples(
        "shape_of",
        rows=lambda e, n: case(x(3, n)),
        scalar=lambda e, n: case(x(), dtype=dtype("i64")),
    ),
]

_IMAGE = [
    *samples(
        "image.resize2d",
        least=1,
        nearest=lambda e, n: case(x(1, 8, 3, n), size=[5, 7], method="nearest_neighbor"),
        corners=lambda e, n: case(
            x(1, 3, n, 2),
            size=[6, 5],
            method="nearest_neighbor",
            coordinate_transformation_mode="align_corners",
            layout=layout("NHWC"),
        ),
    ),
    *samples(
        "image.resize2d",
        FLOATS,
        least=1,
        linear=lambda e, n: case(tame(1, 8, 3, n), size=[5, 6]),
        asymmetric=lambda e, n: case(
            tame(1, n, 4, 3), size=[2, 9], coordinate_transformation_mode="asymmetric"
        ),
    ),
    *samples(
        "nn.upsampling",
        least=1,
        nearest=lambda e, n: case(x(1, 8, 3, n), scale_h=2.0, scale_w=1.5),
    ),
    *samples(
        "nn.upsampling",
        FLOATS,
        least=1,
        bilinear=lambda e, n: case(
            tame(1, n, 3, 2), scale_h=2.0, scale_w=3.0, method="bilinear", align_corners=True
        ),
    ),
    *samples(
        "nn.depth_to_space",
        wide=lambda e, n: case(x(1, 8, 3, n), block_size=2),
        crd=lambda e, n: case(x(1, 2, 3, 4 * n), block_size=2, mode="CRD", layout=layout("NHWC")),
    ),
    *samples(
        "nn.space_to_depth",
        wide=lambda e, n: case(x(1, 8, 4, 2 * n), block_size=2),
        channels=lambda e, n: case(x(1, n, 3, 6), block_size=3),
    ),
]

_DYN = [
    *samples(
        "dyn.reshape",
        infer=lambda e, n: case(x(2, 3, n), ints(3, -1)),
        copy=lambda e, n: case(x(2, n), ints(0, n, 1, element="i32")),
    ),
    *samples(
        "dyn.strided_slice",
        step=lambda e, n: case(x(3, n), ints(0, 1), ints(3, n), ints(2, 3)),
        size=lambda e, n: case(x(3, n), ints(1), ints(-1), ints(1), slice_mode="size"),
    ),
    *samples("dyn.broadcast_to", outer=lambda e, n: case(x(3, 1), ints(2, 3, n))),
    *samples(
        "dyn.nn.pad",
        rows=lambda e, n: case(
            x(2, n), Operand((2, 2), given([[0, 1], [2, 3]]), "i64", known=True), scalar(1)
        ),
    ),
    *samples("dyn.tile", rows=lambda e, n: case(x(2, n), ints(3, 1, 2))),
    *samples("dyn.full", rows=lambda e, n: case(x(), ints(3, n))),
    *samples("dyn.zeros", rows=lambda e, n: case(ints(3, n), dtype=dtype(e))),
    *samples("dyn.ones", rows=lambda e, n: case(ints(3, n), dtype=dtype(e))),
    *samples(
        "dyn.arange",
        up=lambda e, n: case(scalar(3), scalar(3 + 2 * n), scalar(2)),
        down=lambda e, n: case(scalar(n), scalar(0), scalar(-1)),
    ),
    *samples(
        "dyn.expand_dims",
        middle=lambda e, n: case(x(3, n), scalar(1, "i64"), num_newaxis=2),
    ),
    *samples("dyn.squeeze", outer=lambda e, n: case(x(1, n, 1), ints(0, -1))),
    *samples(
        "dyn.topk",
        least=1,
        both=lambda e, n: case(x(3, n), scalar(min(n, 3), "i64")),
    ),
    *samples(
        "dyn.one_hot",
        last=lambda e, n: case(at(n, 5), x(), x(), scalar(n, "i32"), dtype=dtype(e)),
    ),
    *samples(
        "dyn.image.resize2d",
        FLOATS,
        least=1,
        linear=lambda e, n: case(tame(1, 2, 3, n), ints(5, 6)),
    ),
    *samples(
        "dyn.image.resize2d",
        least=1,
        nearest=lambda e, n: case(x(1, 2, 3, n), ints(5, 6), method="nearest_neighbor"),
    ),
    *samples(
        "dyn.nn.upsampling",
        least=1,
        nearest=lambda e, n: case(x(1, 2, 3, n), scalar(2, "f32"), scalar(1.5, "f32")),
    ),
]

SHAPE: Sequence[Sample] = (
    *_SHAPE,
    *_ASSEMBLE,
    *_INDEX,
    *_ORDER,
    *_CREATE,
    *_IMAGE,
    *_DYN,
)
"""See ``op_samples.py``."""
