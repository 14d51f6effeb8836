"""The dialects inlay knows, by name, and the context that holds them."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from xdsl.context import Context
from xdsl.dialect_interfaces.op_asm import OpAsmDialectInterface
from xdsl.dialects.builtin import Builtin
from xdsl.ir import Dialect

from .. import InlayError

DIALECTS: dict[str, str | Callable[[], Dialect]] = {
    "relay": "inlay.dialects.relay:Relay",
    "arith": "inlay.dialects.arith:ARITH",
    "cf": "xdsl.dialects.cf:Cf",
    "func": "xdsl.dialects.func:Func",
    "llvm": "inlay.dialects.llvm:LLVM",
    "math": "xdsl.dialects.math:Math",
    "memref": "inlay.dialects.memref:MEMREF",
    "scf": "xdsl.dialects.scf:Scf",
    "test": "xdsl.dialects.test:Test",
    "tl": "inlay.dialects.tl:Tl",
    "vector": "xdsl.dialects.vector:Vector",
}
"""Dialects by name: where each is found, or what makes it. Loaded on first use."""


class DialectError(InlayError):
    """A dialect cannot be registered or loaded."""


class ResourceTexts(OpAsmDialectInterface):
    """Holds the resource texts of one parse; keys are taken as written."""

    def declare_resource(self, key: str) -> str:
        """Note a key that the text refers to, and keep its spelling."""
        self._blob_storage.setdefault(key, "")
        return key

    def take(self) -> dict[str, str]:
        """The texts read since the last call, by key."""
        texts = {key: text for key, text in self._blob_storage.items() if text}
        self._blob_storage.clear()
        return texts


def register_dialect(name: str, dialect: str | Callable[[], Dialect]) -> None:
    """Add a dialect to the table, as "module:attribute" or a function that makes it.

    Raises:
        DialectError: when the name is taken.
    """
    if name in DIALECTS:
        raise DialectError(f"dialect {name}: already registered as {DIALECTS[name]}")
    DIALECTS[name] = dialect


def load_dialect(name: str) -> Dialect:
    """The dialect registered under ``name``.

    Raises:
        DialectError: when there is none, or it cannot be imported.
    """
    source = DIALECTS.get(name)
    if source is None:
        raise DialectError(f"dialect {name}: not registered; known: {', '.join(sorted(DIALECTS))}")
    if not isinstance(source, str):
        return source()
    module, _, attribute = source.partition(":")
    try:
        return getattr(import_module(module), attribute)
    except (ImportError, AttributeError) as error:
        raise DialectError(
            f"dialect {name}: registered as {source}, which cannot be imported: {error}"
        ) from error


def make_context(*, allow_unregistered: bool = False) -> Context:
    """A context with every registered dialect, loaded when first met in text.

    The builtin dialect is a copy, so that resource texts of one parse never reach another.
    """
    context = Context(allow_unregistered=allow_unregistered)
    builtin = Dialect(
        Builtin.name, list(Builtin.operations), list(Builtin.attributes), [ResourceTexts()]
    )
    context.load_dialect(builtin)
    for name in DIALECTS:
        context.register_dialect(name, lambda name=name: load_dialect(name))
    return context
