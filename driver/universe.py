"""inlay seen from xDSL: its tables as a ``Universe``, for the entry point group ``xdsl.universe``.

xDSL's own tools (``xdsl-opt``, its language server) then know inlay's dialects and passes, and
those of inlay's plug-ins. What xDSL has by the same name is left out, also the dialects that inlay
extends.
"""

from functools import partial

from xdsl.universe import XDSL_UNIVERSE, Universe

from ..dialects.registry import DIALECTS, load_dialect
from ..passes.registry import PASSES, get_pass
from .plugins import load_plugins


def universe() -> Universe:
    """inlay's universe, plug-ins included; nothing is imported until it is used."""
    load_plugins()
    return Universe(
        all_dialects={
            name: partial(load_dialect, name)
            for name in DIALECTS
            if name not in XDSL_UNIVERSE.all_dialects
        },
        all_passes={
            name: partial(get_pass, name) for name in PASSES if name not in XDSL_UNIVERSE.all_passes
        },
    )


def __getattr__(name: str) -> Universe:
    if name == "UNIVERSE":  # what the entry point names
        return universe()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
