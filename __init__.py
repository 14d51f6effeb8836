"""inlay: an MLIR-style multi-dialect compiler for neural networks, in Python.

The repository root is this package: ``./dialects`` is ``inlay.dialects`` and so on. What most
programs need is also here, imported when first asked for:

    module = inlay.zoo.build("resnet18")
    inlay.PassManager.parse("fold-constant,fuse-ops").run(inlay.make_context(), module)
    print(inlay.print_module(module))
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .dialects.layout import Layout
    from .dialects.parsing import parse_module
    from .dialects.printing import print_module
    from .dialects.registry import make_context
    from .dialects.relay.evaluate import evaluate
    from .frontends import zoo
    from .frontends.builder import GraphBuilder
    from .passes.manager import PassManager
    from .target.description import Target

__all__ = [
    "GraphBuilder",
    "InlayError",
    "Layout",
    "PassManager",
    "Target",
    "evaluate",
    "make_context",
    "parse_module",
    "print_module",
    "zoo",
]

_HOMES = {
    "GraphBuilder": "frontends.builder",
    "Layout": "dialects.layout",
    "PassManager": "passes.manager",
    "Target": "target.description",
    "evaluate": "dialects.relay.evaluate",
    "make_context": "dialects.registry",
    "parse_module": "dialects.parsing",
    "print_module": "dialects.printing",
    "zoo": "frontends.zoo",
}
_MODULES = {"frontends.zoo"}


class InlayError(Exception):
    """Base of every error inlay raises for bad input; tools print it as one line.

    Messages name the op or file, what was found and what was expected.
    """


def __getattr__(name: str) -> object:
    """A public name, from the module it lives in."""
    if name not in _HOMES:
        raise AttributeError(f"module 'inlay' has no attribute {name!r}")
    home = import_module(f".{_HOMES[name]}", __name__)
    return home if _HOMES[name] in _MODULES else getattr(home, name)


def __dir__() -> list[str]:
    """The public names, whether imported yet or not."""
    return sorted({*globals(), *__all__})
