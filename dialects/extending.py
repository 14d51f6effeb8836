"""Dialects of xDSL with ops of ours in place of theirs."""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialect_interfaces.constant_materialization import ConstantMaterializationInterface
from xdsl.ir import Dialect, Operation


def with_ops(dialect: Dialect, ops: Sequence[type[Operation]]) -> Dialect:
    """The dialect with these ops in place of those of the same name."""
    names = {op.name for op in ops}
    kept = [op for op in dialect.operations if op.name not in names]
    materialization = dialect.get_interface(ConstantMaterializationInterface)
    return Dialect(
        dialect.name,
        [*kept, *ops],
        list(dialect.attributes),
        [] if materialization is None else [materialization],
    )
