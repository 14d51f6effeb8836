"""Plug-ins: dialects, ops, passes, pipelines and targets that other distributions bring.

A distribution names a ``Plugin``, or a function that makes one, in its ``pyproject.toml``::

    [project.entry-points."inlay.plugins"]
    acme = "acme.inlay:PLUGIN"

and everything in it then stands beside inlay's own::

    PLUGIN = Plugin(
        dialects={"acme": "acme.dialect:Acme"},
        passes={"acme-fuse": "acme.fuse:AcmeFuse"},
        pipelines={"acme": NamedPipeline("acme-fuse,canonicalize", "Acme's usual passes.")},
        targets=(Target("acme-9000", ...),),
    )

What is named by ``"module:attribute"`` is imported on first use.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from xdsl.dialects.builtin import Builtin
from xdsl.ir import Dialect
from xdsl.passes import ModulePass

from .. import InlayError
from ..dialects.registry import DIALECTS, register_dialect
from ..passes.registry import PASSES, PIPELINES, NamedPipeline, register_pass, register_pipeline
from ..target.description import NATIVE, TARGETS, Target, register_target

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

GROUP = "inlay.plugins"


class PluginError(InlayError):
    """A plug-in cannot be loaded, is not a ``Plugin``, or brings a name that is taken."""


@dataclass(frozen=True)
class Plugin:
    """What a distribution adds to inlay's tables; ops come with their dialect.

    dialects: by name, each a ``"module:attribute"`` that leads to a ``Dialect``, or a function
    that makes one; passes: by name, each a ``"module:Class"`` or the class; pipelines: texts that
    pipelines may name, by name; targets: machines for ``--target``.
    """

    dialects: Mapping[str, str | Callable[[], Dialect]] = field(
        default_factory=dict[str, str | Callable[[], Dialect]]
    )
    passes: Mapping[str, str | type[ModulePass]] = field(
        default_factory=dict[str, str | type[ModulePass]]
    )
    pipelines: Mapping[str, NamedPipeline] = field(default_factory=dict[str, NamedPipeline])
    targets: tuple[Target, ...] = ()

    def names(self) -> dict[str, tuple[str, ...]]:
        """The names it brings, by kind; passes and pipelines share one space of names."""
        return {
            "dialect": tuple(self.dialects),
            "pass": (*self.passes, *self.pipelines),
            "target": tuple(target.name for target in self.targets),
        }


LOADED: dict[str, Plugin] = {}
"""The plug-ins whose rows are in the tables, by entry point name."""


def load_plugins(entries: Iterable[EntryPoint] | None = None) -> None:
    """Add every installed plug-in, or those of ``entries``, to the tables; each is added once.

    Raises:
        PluginError: naming the plug-in. Those before it, in order of name, stay loaded.
    """
    found = sorted(_discovered() if entries is None else entries, key=lambda entry: entry.name)
    for entry, following in pairwise(found):
        if following.name == entry.name:
            raise PluginError(
                f"plug-in '{entry.name}' is in both {_origin(entry)} and {_origin(following)}"
            )
    for entry in found:
        if entry.name not in LOADED:
            plugin = _load(entry)
            _register(entry.name, plugin)
            LOADED[entry.name] = plugin


@cache
def _discovered() -> tuple[EntryPoint, ...]:
    if not any(_may_hold_plugins(Path(folder)) for folder in sys.path):
        return ()
    # 50 ms that a start-up without plug-ins need not spend.
    from importlib.metadata import entry_points  # noqa: PLC0415

    return tuple(entry_points(group=GROUP))


def _may_hold_plugins(folder: Path) -> bool:
    """Whether a distribution in a folder of ``sys.path`` names the entry point group."""
    if not folder.is_dir():
        return folder.exists()  # an archive
    try:
        names = os.listdir(folder)
    except OSError:
        return False
    return any(
        _names_group(folder / name / "entry_points.txt")
        for name in names
        if name.endswith((".dist-info", ".egg-info"))
    )


def _names_group(entry_points: Path) -> bool:
    try:
        return f"[{GROUP}]" in entry_points.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False


def _origin(entry: EntryPoint) -> str:
    """The distribution of an entry point, for messages."""
    return entry.value if entry.dist is None else f"{entry.dist.name} {entry.dist.version}"


def _load(entry: EntryPoint) -> Plugin:
    try:
        found: object = entry.load()
        if callable(found):
            found = found()
    except Exception as error:
        raise PluginError(
            f"plug-in '{entry.name}' ({_origin(entry)}) cannot be loaded from '{entry.value}': "
            f"{type(error).__name__}: {error}"
        ) from error
    if not isinstance(found, Plugin):
        raise PluginError(
            f"plug-in '{entry.name}' ({_origin(entry)}): '{entry.value}' is {found!r}, "
            "expected a Plugin or a function that makes one"
        )
    return found


def _register(name: str, plugin: Plugin) -> None:
    """Add the plug-in's rows, all or none."""
    for kind, names in plugin.names().items():
        for each in names:
            if each in _taken(kind):
                raise PluginError(f"plug-in '{name}': {kind} '{each}' is {_owner(kind, each)}")
    for each, dialect in plugin.dialects.items():
        register_dialect(each, dialect)
    for each, pass_ in plugin.passes.items():
        register_pass(each, pass_)
    for each, pipeline in plugin.pipelines.items():
        register_pipeline(each, *pipeline)
    for target in plugin.targets:
        register_target(target)


def _taken(kind: str) -> Container[str]:
    match kind:
        case "dialect":
            return {Builtin.name, *DIALECTS}
        case "pass":
            return {*PASSES, *PIPELINES}
        case _:
            return {NATIVE, *TARGETS}


def _owner(kind: str, name: str) -> str:
    for other, plugin in LOADED.items():
        if name in plugin.names()[kind]:
            return f"also in plug-in '{other}'"
    return "inlay's own"
