"""inlay seen from xDSL: its tables as a ``Universe``, for the entry point group ``xdsl.universe``.

xDSL's own tools (``xdsl-opt``, its language server) then know inlay's dialects and passes, and
those of inlay's plug-ins. What inlay's tables take from xDSL is left out: xDSL has it already.
"""

from functools import partial

from xdsl.universe import Universe

from ..dialects.registry import DIALECTS, load_dialect
from ..passes.registry import PASSES, get_pass
from .plugins import load_plugins


def universe() -> Universe:
    """inlay's universe, plug-ins included; nothing is imported until it is used."""
    load_plugins()
    return Universe(
        all_dialects={
            name: partial(load_dialect, name)
            for name, source in DIALECTS.items()
            if not _is_from_xdsl(source)
        },
        all_passes={
            name: partial(get_pass, name)
            for name, source in PASSES.items()
            if not _is_from_xdsl(source)
        },
    )


def _is_from_xdsl(source: object) -> bool:
    return isinstance(source, str) and source.startswith("xdsl.")


def __getattr__(name: str) -> Universe:
    if name == "UNIVERSE":  # what the entry point names
        return universe()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
