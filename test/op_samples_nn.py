"""Samples of the ops of neural networks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from inlay.dialects.relay.rows import AttrValue
from op_sampling import (
    Operand,
    Sample,
    blocked,
    case,
    layout,
    positive,
    samples,
    tame,
    unary,
    wider,
    x,
)

_CONV = [
    *samples(
        "nn.conv2d",
        least=1,
        wide=lambda e, n: case(tame(1, 4, 5, n), tame(8, 4, 3, 3), padding=[1, 1, 1, 1]),
        inputs=lambda e, n: case(tame(2, n, 4, 5), tame(8, n, 1, 1), strides=[2, 1]),
        outputs=lambda e, n: case(tame(1, 4, 4, 5), tame(n, 4, 3, 2), padding=[0, 1, 2, 0]),
        depthwise=lambda e, n: case(
            tame(1, n, 5, 4), tame(n, 1, 3, 3), groups=n, strides=[2, 2], padding=[1, 1, 1, 1]
        ),
        grouped=lambda e, n: case(
            tame(1, 8, 3, n), tame(8, 4, 3, 1), groups=2, padding=[2, 0, 2, 0], dilation=[2, 1]
        ),
        wider=lambda e, n: case(tame(1, 4, 2, n), tame(8, 4, 1, 1), out_dtype=wider(e)),
        nhwc=lambda e, n: case(
            tame(1, 3, n, 4),
            tame(3, 1, 4, 8),
            data_layout=layout("NHWC"),
            kernel_layout=layout("HWIO"),
        ),
    ),
    *samples(
        "nn.conv2d_transpose",
        least=1,
        wide=lambda e, n: case(
            tame(1, 4, 3, n), tame(4, 6, 3, 3), strides=[2, 2], output_padding=[1, 1]
        ),
        grouped=lambda e, n: case(
            tame(1, 2 * n, 3, 4), tame(2 * n, 3, 2, 3), groups=2, padding=[1, 0, 0, 1]
        ),
    ),
    *samples(
        "nn.contrib_conv2d_NCHWc",
        least=1,
        wide=lambda e, n: case(
            blocked(1, 2, 3, n, 4),
            blocked(3, 2, 3, 3, 4, 8),
            padding=[1, 1, 1, 1],
            data_layout=layout("NCHW4c"),
            kernel_layout=layout("OIHW4i8o"),
            out_layout=layout("NCHW8c"),
        ),
        block=lambda e, n: case(
            blocked(1, 2, 3, 4, n),
            blocked(2, 2, 1, 1, n, n),
            strides=[2, 2],
            data_layout=layout(f"NCHW{n}c"),
            kernel_layout=layout(f"OIHW{n}i{n}o"),
            out_layout=layout(f"NCHW{n}c"),
        ),
    ),
    *samples(
        "nn.contrib_depthwise_conv2d_NCHWc",
        least=1,
        wide=lambda e, n: case(
            blocked(1, 2, 3, n, 4),
            blocked(2, 1, 3, 3, 1, 4),
            padding=[1, 1, 1, 1],
            data_layout=layout("NCHW4c"),
            kernel_layout=layout("OIHW1i4o"),
            out_layout=layout("NCHW4c"),
        ),
        block=lambda e, n: case(
            blocked(1, 2, 3, 4, n),
            blocked(2, 1, 2, 2, 1, n),
            data_layout=layout(f"NCHW{n}c"),
            kernel_layout=layout(f"OIHW1i{n}o"),
            out_layout=layout(f"NCHW{n}c"),
        ),
    ),
]

_DENSE = [
    *samples(
        "nn.dense",
        inner=lambda e, n: case(tame(3, n), tame(8, n)),
        units=lambda e, n: case(tame(2, 8), tame(n, 8)),
        vector=lambda e, n: case(tame(n), tame(4, n)),
        deep=lambda e, n: case(tame(2, 3, n), tame(5, n)),
        wider=lambda e, n: case(tame(2, n), tame(8, n), out_dtype=wider(e)),
    ),
    *samples(
        "nn.contrib_dense_pack",
        least=1,
        inner=lambda e, n: case(tame(3, n), blocked(2, n, 4), weight_layout=layout("NC4n")),
        block=lambda e, n: case(tame(2, 6), blocked(2, 6, n), weight_layout=layout(f"NC{n}n")),
    ),
    *samples(
        "nn.matmul",
        plain=lambda e, n: case(tame(3, 5), tame(5, n)),
        transposed=lambda e, n: case(
            tame(n, 3), tame(4, n), transpose_a=True, transpose_b=True, out_dtype=wider(e)
        ),
    ),
    *samples(
        "nn.batch_matmul",
        inner=lambda e, n: case(tame(2, 3, n), tame(2, 4, n)),
        columns=lambda e, n: case(tame(1, 3, 5), tame(3, 5, n), transpose_b=False),
    ),
]

_WINDOW: Mapping[str, AttrValue] = {
    "pool_size": [3, 3],
    "strides": [2, 2],
    "padding": [1, 1, 1, 1],
}
_CEIL: Mapping[str, AttrValue] = {"pool_size": [2, 3], "strides": [2, 2], "ceil_mode": True}

_POOL = [
    *[
        sample
        for op in ("nn.max_pool2d", "nn.avg_pool2d")
        for sample in samples(
            op,
            least=1,
            wide=lambda e, n: case(tame(1, 8, 6, n), **_WINDOW),
            channels=lambda e, n: case(tame(1, n, 5, 4), **_CEIL),
            nhwc=lambda e, n: case(tame(1, 5, 4, n), layout=layout("NHWC"), **_WINDOW),
            blocked=lambda e, n: case(blocked(1, 2, 5, n, 4), layout=layout("NCHW4c"), **_WINDOW),
        )
    ],
    *samples(
        "nn.avg_pool2d",
        least=1,
        padded=lambda e, n: case(tame(1, 4, 3, n), count_include_pad=True, **_WINDOW),
    ),
    *[
        sample
        for op in ("nn.global_max_pool2d", "nn.global_avg_pool2d")
        for sample in samples(
            op,
            least=1,
            wide=lambda e, n: case(tame(2, 8, 3, n)),
            channels=lambda e, n: case(tame(1, n, 5, 4)),
        )
    ],
    *[
        sample
        for op in ("nn.adaptive_max_pool2d", "nn.adaptive_avg_pool2d")
        for sample in samples(
            op,
            least=1,
            wide=lambda e, n: case(tame(2, 8, 5, n), output_size=[2, 3]),
            channels=lambda e, n: case(tame(1, n, 3, 4), output_size=[5, 2]),
        )
    ],
]

_NORM = [
    *[
        sample
        for op in ("nn.softmax", "nn.fast_softmax", "nn.log_softmax")
        for sample in samples(
            op,
            last=lambda e, n: case(x(3, n)),
            middle=lambda e, n: case(x(2, n, 3), axis=1),
            image=lambda e, n: case(x(2, 8, 3, n), axis=3),
        )
    ],
    *samples(
        "nn.batch_norm",
        channels=lambda e, n: case(
            tame(2, n, 2, 3), tame(n), tame(n), tame(n), Operand((n,), positive)
        ),
        last=lambda e, n: case(
            *(tame(3, n), tame(n), tame(n), tame(n), Operand((n,), positive)),
            axis=-1,
            scale=False,
            center=False,
        ),
        image=lambda e, n: case(
            tame(2, 8, 3, n), tame(8), tame(8), tame(8), Operand((8,), positive), epsilon=1e-3
        ),
    ),
    *samples(
        "nn.layer_norm",
        last=lambda e, n: case(tame(3, n), tame(n), tame(n)),
        image=lambda e, n: case(tame(2, 8, 3, n), tame(3), tame(3), axis=2, center=False),
    ),
    *samples(
        "nn.instance_norm",
        last=lambda e, n: case(tame(2, 3, n), tame(3), tame(3)),
        channels=lambda e, n: case(tame(1, n, 2, 3), tame(n), tame(n), scale=False),
    ),
    *samples(
        "nn.group_norm",
        last=lambda e, n: case(tame(2, 6, n), tame(6), tame(6), num_groups=3),
        channels=lambda e, n: case(tame(1, 2 * n, 2, 3), tame(2 * n), tame(2 * n), num_groups=2),
    ),
    *samples(
        "nn.rms_norm",
        last=lambda e, n: case(tame(3, n), tame(n)),
        image=lambda e, n: case(tame(2, 8, 3, n), tame(8), axis=1, epsilon=1e-3),
    ),
    *samples(
        "nn.l2_normalize",
        all=lambda e, n: case(tame(3, n), eps=1e-3),
        image=lambda e, n: case(tame(2, 8, 3, n), eps=1e-3, axis=[1]),
    ),
    *unary("nn.dropout", rate=0.25),
]

NN: Sequence[Sample] = (
    *_CONV,
    *_DENSE,
    *_POOL,
    *_NORM,
)
"""See ``op_samples.py``."""
