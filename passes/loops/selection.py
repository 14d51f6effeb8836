"""Which nests a pass edits: by kernel, by number, else all that have the axes it names."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.passes import ModulePass
from xdsl.utils.exceptions import PassFailedException

from ...dialects.tl.kernel import KernelOp
from ...dialects.tl.nest import NestOp
from ...target.description import Target
from ..target_attribute import target_of


def kernels_in(module: ModuleOp, name: str | None = None) -> list[KernelOp]:
    """The kernels of a module, or the one of that name.

    Raises:
        PassFailedException: when no kernel has the name.
    """
    kernels = [op for op in module.ops if isinstance(op, KernelOp)]
    found = [op for op in kernels if name in (None, op.sym_name.data)]
    if name is not None and not found:
        known = ", ".join(f"@{op.sym_name.data}" for op in kernels) or "none"
        raise PassFailedException(f"there is no kernel @{name}; the module's kernels: {known}")
    return found


@dataclass(frozen=True, kw_only=True)
class NestPass(ModulePass):
    """A pass that edits nests one by one.

    Without options that say which, all nests are edited that have every axis in ``axes_named``; to
    find none is an error.
    """

    kernel: str | None = field(
        default=None, metadata={"doc": "the kernel whose nests are edited; none: all kernels"}
    )
    nest: int | None = field(
        default=None, metadata={"doc": "the nest, counted from 0 in its kernel; none: all nests"}
    )

    @property
    def axes_named(self) -> tuple[str, ...]:
        """The axes that the options name."""
        return ()

    def edit(self, nest: NestOp, target: Target) -> None:
        """Edit one nest.

        Raises:
            EditError: when the nest does not have what the options name.
        """
        raise NotImplementedError

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        nests = list(self.selected(op))
        if not nests and (self.axes_named or self.nest is not None):
            raise PassFailedException(f"there is {self._wanted()}")
        target = target_of(op)
        for nest in nests:
            self.edit(nest, target)

    def selected(self, module: ModuleOp) -> Iterator[NestOp]:
        """The nests that the options stand for, in order."""
        for kernel in kernels_in(module, self.kernel):
            nests = [op for op in kernel.walk() if isinstance(op, NestOp)]
            for number, nest in enumerate(nests):
                names = {axis.name for axis in nest.axes}
                if number == self.nest or (self.nest is None and names.issuperset(self.axes_named)):
                    yield nest

    def _wanted(self) -> str:
        number = "" if self.nest is None else f" {self.nest}"
        axes = f" with axes {', '.join(self.axes_named)}" if self.nest is None else ""
        place = "" if self.kernel is None else f" in @{self.kernel}"
        return f"no nest{number}{axes}{place}"
