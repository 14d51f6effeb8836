"""Samples of every relay op: small programs of one op, for an element type and a size.

``SAMPLES`` holds for each op a few ways to use it. A sample is a function of an element type and
of a size ``n``, which is one of its extents (mostly the innermost one, or the channels), so that
a test runs it at sizes around the width of a vector::

    for sample in SAMPLES["relay.add"]:
        for element in sample.elements:
            module = sample.build(element, 17)
            arrays = sample.inputs(element, 17, np.random.default_rng(0))
            evaluate(module, arrays)
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from op_samples_compute import COMPUTE
from op_samples_nn import NN
from op_samples_shape import SHAPE
from op_sampling import Sample


def _by_op(samples: Sequence[Sample]) -> dict[str, Sequence[Sample]]:
    table: defaultdict[str, list[Sample]] = defaultdict(list)
    for sample in samples:
        table[sample.op.name].append(sample)
    return dict(table)


SAMPLES: Mapping[str, Sequence[Sample]] = _by_op([*COMPUTE, *NN, *SHAPE])
"""The samples of every op, by its name."""
