"""A case of a dyn op, and what must hold of each: it does what the op without dyn does."""

from dataclasses import dataclass, field

import numpy as np

from any_op import replaced, results
from inlay.dialects.relay.base import RelayOp
from inlay.dialects.relay.evaluate import evaluate_op
from inlay.dialects.relay.rows import Array, AttrValue
from inlay.dialects.relay.types import tensor_of
from single_op import make, same


def counted(*shape: int) -> Array:
    return np.arange(np.prod(shape), dtype=np.float32).reshape(shape)


def ints(*values: int) -> Array:
    return np.array(values, np.int64)


def count(value: int) -> Array:
    return np.array(value, np.int32)


@dataclass
class Case:
    """A dyn op on operands, and the op without dyn: its operands are the first ones."""

    form: type[RelayOp]
    operands: tuple[Array, ...]
    static: type[RelayOp]
    properties: dict[str, AttrValue]
    shared: dict[str, AttrValue] = field(default_factory=dict[str, AttrValue])
    data: tuple[int, ...] = (0,)

    @property
    def shapes(self) -> set[int]:
        """The operands that stand for properties."""
        return set(range(len(self.operands))) - set(self.data)

    def expected(self) -> list[Array]:
        kept = [self.operands[at] for at in self.data]
        op = make(
            self.static, [tensor_of(operand) for operand in kept], **self.properties, **self.shared
        )
        return evaluate_op(op, kept)


def check_result(case: Case) -> None:
    """It computes what the static op does, at every rank and extent."""
    found = results(case.form, *case.operands, known=case.shapes, **case.shared)
    for value, expected in zip(found, case.expected(), strict=True):
        same(value, expected)


def check_static_form(case: Case) -> None:
    """It becomes the static op once what stands for properties is constant."""
    replacement = replaced(
        "static", case.form, *case.operands, constants=case.shapes, **case.shared
    )
    assert replacement is not None
    names, values = replacement
    assert names == [case.static.name]
    for value, expected in zip(values, case.expected(), strict=True):
        same(value, expected)
    assert replaced("static", case.form, *case.operands, constants=(), **case.shared) is None
