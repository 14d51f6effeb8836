"""A small builder for relay functions.

b = GraphBuilder()
x = b.input("data", (1, 3, 224, 224))
w = b.constant(weights, "conv0_weight")
y = b.emit(Conv2dOp, x, w, strides=(2, 2), padding=(3, 3, 3, 3), name="conv0")
module = b.finish(b.emit(ReluOp, y))
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from xdsl.builder import Builder
from xdsl.dialects.builtin import UNKNOWN_LOC, LocationAttr, ModuleOp, NameLoc, NoneAttr, StringAttr
from xdsl.ir import BlockArgument, SSAValue
from xdsl.rewriter import InsertPoint

from .. import InlayError
from ..dialects.relay.base import RelayOp
from ..dialects.relay.constant import ConstantOp
from ..dialects.relay.module import FuncOp, ReturnOp
from ..dialects.relay.resources import resource_key
from ..dialects.relay.rows import Array, AttrValue
from ..dialects.relay.types import tensor

RelayOpT = TypeVar("RelayOpT", bound=RelayOp)


class BuilderError(InlayError):
    """The builder was used out of order, or with a name twice."""


class GraphBuilder:
    """Builds one function of a module, op by op, in program order.

    Names given to inputs, constants and ops become SSA names and source locations, which
    profiles report as layer names.
    """

    def __init__(self, function: str = "main"):
        self._function = FuncOp.of(function, [])
        self._builder = Builder(InsertPoint.at_end(self._function.block))
        self._keys: set[str] = set()
        self._unnamed = 0
        self._finished = False

    def input(self, name: str, shape: Sequence[int], element: str = "f32") -> BlockArgument:
        """Add a parameter of the given shape (``types.DYNAMIC`` for `?`) and element type."""
        block = self._function.block
        argument = block.insert_arg(tensor(element, shape), len(block.args))
        argument.name_hint = resource_key(name)
        return argument

    def constant(self, array: Array, name: str | None = None) -> SSAValue:
        """Add a constant. The array is kept, not copied, and made read-only.

        Without a name it is called ``constant``, ``constant_1``, ...

        Raises:
            BuilderError: when a constant's name makes the resource key of another.
        """
        key = self._fresh_key() if name is None else resource_key(name)
        if key in self._keys:
            raise BuilderError(
                f"constant {name}: the key {key} is taken, expected one per constant"
            )
        self._keys.add(key)
        return self._insert(ConstantOp.of(array, key, _location(name))).result

    def scalar(self, value: float, element: str = "f32") -> SSAValue:
        """Add a rank-0 constant."""
        return self._insert(ConstantOp.scalar(value, element)).result

    def emit(
        self,
        op: type[RelayOp],
        *operands: SSAValue,
        name: str | None = None,
        **properties: AttrValue,
    ) -> SSAValue:
        """Add an op that has one result.

        Raises:
            VerifyException: when operands and properties do not fit together.
        """
        (result,) = self.emit_all(op, *operands, name=name, **properties)
        return result

    def emit_all(
        self,
        op: type[RelayOp],
        *operands: SSAValue,
        name: str | None = None,
        **properties: AttrValue,
    ) -> Sequence[SSAValue]:
        """Add an op that has any number of results."""
        added = self._insert(op.make(operands, properties, location=_location(name)))
        if name is not None:
            for result in added.results:
                result.name_hint = resource_key(name)
        return added.results

    def finish(self, *results: SSAValue) -> ModuleOp:
        """Return ``results`` from the function and give the module that holds it.

        Raises:
            BuilderError: when called twice.
        """
        if self._finished:
            raise BuilderError(f"@{self._function.sym_name.data}: finish was called twice")
        self._finished = True
        self._builder.insert(ReturnOp.of(results))
        self._function.update_type()
        return ModuleOp([self._function])

    def _insert(self, op: RelayOpT) -> RelayOpT:
        if self._finished:
            raise BuilderError(f"{op.name}: added after finish, expected before")
        return self._builder.insert(op)

    def _fresh_key(self) -> str:
        """A key for a constant without a name: `constant`, then `constant_1` and so on."""
        key = "constant"
        while key in self._keys:
            self._unnamed += 1
            key = f"constant_{self._unnamed}"
        return key


def _location(name: str | None) -> LocationAttr:
    return UNKNOWN_LOC if name is None else NameLoc(StringAttr(name), NoneAttr())
