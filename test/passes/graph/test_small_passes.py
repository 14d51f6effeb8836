"""The small graph passes: their documented examples, and what they compute before and after."""

import importlib
import io
import re
from collections.abc import Callable, Sequence

import ml_dtypes
import numpy as np
import pytest
from xdsl.dialects.builtin import ModuleOp, StringAttr, SymbolRefAttr
from xdsl.ir import SSAValue

from inlay.dialects.layout import Layout
from inlay.dialects.parsing import parse_module
from inlay.dialects.printing import print_module
from inlay.dialects.registry import make_context
from inlay.dialects.relay.assemble import (
    ConcatenateOp,
    PadOp,
    RepeatOp,
    ReverseOp,
    SplitOp,
    TileOp,
)
from inlay.dialects.relay.base import RelayOp
from inlay.dialects.relay.broadcast import (
    AddOp,
    BiasAddOp,
    DivideOp,
    FloorDivideOp,
    LogicalAndOp,
    LogicalOrOp,
    MaximumOp,
    MinimumOp,
    MultiplyOp,
    PowerOp,
    SubtractOp,
    WhereOp,
)
from inlay.dialects.relay.conv import Conv2dOp
from inlay.dialects.relay.dense import DenseOp
from inlay.dialects.relay.elementwise import (
    AbsOp,
    BitwiseNotOp,
    CastOp,
    CeilOp,
    ClipOp,
    CopyOp,
    ExpOp,
    FloorOp,
    LogicalNotOp,
    NegativeOp,
    ReluOp,
    RoundOp,
    SignOp,
    TanhOp,
    TruncOp,
)
from inlay.dialects.relay.evaluate import evaluate
