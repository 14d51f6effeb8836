"""The folders' imports follow the arrows of the design, and no modules import each other."""

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

# What each folder may import of ours; every folder may import the root (InlayError).
ARROWS = {
    "dialects": set[str](),
    "target": set[str](),
    "frontends": {"dialects"},
    "passes": {"dialects", "target"},
    "runtime": {"dialects", "target"},
    "driver": {"dialects", "frontends", "passes", "runtime", "target"},
    "tools": {"dialects", "driver", "frontends", "passes", "runtime", "target"},
}
# Inside a folder: the first never imports the second.
NEVER = [("inlay.dialects.tl", "inlay.dialects.relay")]
# What the lowest folders may import of others.
THIRD_PARTY = {
    "dialects": {"xdsl", "numpy", "ml_dtypes", "safetensors"},
    "target": set[str](),
}


@dataclass(frozen=True)
class Import:
    """One imported module; ``eager`` when it is imported as soon as the importer is."""

    module: str
    line: int
    eager: bool
    relative: bool


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(("inlay", *parts)).removesuffix(".__init__")


@cache
def modules() -> dict[str, Path]:
    """Every module of the package, by its full name."""
    files = [ROOT / "__init__.py"]
    files += (path for folder in ARROWS for path in (ROOT / folder).rglob("*.py"))
    return {module_name(path): path for path in sorted(files)}


def walk(node: ast.AST, eager: bool = True) -> Iterator[tuple[ast.AST, bool]]:
    """All nodes below; function bodies and ``if TYPE_CHECKING:`` are not eager."""
    for child in ast.iter_child_nodes(node):
        lazy = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) or (
            isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test)
        )
        yield child, eager
        yield from walk(child, eager and not lazy)


def imports_of(source: str, name: str, is_package: bool, known: set[str]) -> Iterator[Import]:
    """The imports in a module's source; ``from x import y`` is of ``x.y`` if that is known."""
    for node, eager in walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(alias.name, node.lineno, eager, relative=False)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                up = node.level - is_package
                package = name.rsplit(".", up)[0] if up else name
                base = f"{package}.{base}".removesuffix(".")
            for alias in node.names:
                full = f"{base}.{alias.name}"
                yield Import(full if full in known else base, node.lineno, eager, node.level > 0)


@cache
def imports() -> dict[str, list[Import]]:
    known = set(modules())
    return {
        name: list(imports_of(path.read_text(), name, path.name == "__init__.py", known))
        for name, path in modules().items()
    }


def folder_of(module: str) -> str:
    """The top folder of a module of ours; empty for the root."""
    return module.split(".")[1] if "." in module else ""


def is_ours(module: str) -> bool:
    return module.split(".")[0] == "inlay"


def inside(module: str, package: str) -> bool:
    return module == package or module.startswith(package + ".")


def found() -> Iterator[tuple[str, Import]]:
    for name, entries in imports().items():
        for entry in entries:
            yield name, entry


def test_folders_import_along_the_arrows():
    wrong = [
        f"{name}:{entry.line} imports {entry.module}"
        for name, entry in found()
        if name != "inlay" and is_ours(entry.module) and folder_of(entry.module)
        if folder_of(entry.module) != folder_of(name)
        if folder_of(entry.module) not in ARROWS[folder_of(name)]
    ]
    assert not wrong


def test_siblings_import_one_way():
    wrong = [
        f"{name}:{entry.line} imports {entry.module}"
        for name, entry in found()
        for importer, imported in NEVER
        if inside(name, importer) and inside(entry.module, imported)
    ]
    assert not wrong


def test_the_lowest_folders_import_few_packages():
    wrong = [
        f"{name}:{entry.line} imports {entry.module}"
        for name, entry in found()
        if not is_ours(entry.module) and folder_of(name) in THIRD_PARTY
        if entry.module.split(".")[0] not in THIRD_PARTY[folder_of(name)] | sys.stdlib_module_names
    ]
    assert not wrong


def test_the_root_imports_nothing_of_ours_before_it_is_asked():
    """``import inlay`` stays cheap, and a folder may import it without a cycle."""
    assert [entry for entry in imports()["inlay"] if entry.eager and is_ours(entry.module)] == []


def test_the_package_imports_itself_relatively():
    wrong = [
        f"{name}:{entry.line} imports {entry.module}"
        for name, entry in found()
        if is_ours(entry.module) and not entry.relative
    ]
    assert not wrong


def test_relative_imports_name_existing_modules():
    wrong = [
        f"{name}:{entry.line} imports {entry.module}"
        for name, entry in found()
        if entry.relative and entry.module not in modules()
    ]
    assert not wrong


def find_cycle(graph: dict[str, set[str]]) -> list[str]:
    """A cycle of the graph, its first node repeated at the end; empty when there is none."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return error.args[1]
    return []


def test_modules_do_not_import_each_other():
    graph = {
        name: {entry.module for entry in entries if entry.eager and is_ours(entry.module)} - {name}
        for name, entries in imports().items()
    }
    assert find_cycle(graph) == []


@pytest.mark.parametrize("name", modules())
def test_modules_have_a_docstring(name: str):
    assert ast.get_docstring(ast.parse(modules()[name].read_text())), modules()[name]


def test_every_design_folder_with_code_is_covered():
    """A new top folder with Python in it must take its place in the table."""
    others = {"test", "bench", "docs", "build", "dist"}
    folders = {
        path.name
        for path in ROOT.iterdir()
        if path.is_dir() and not path.name.startswith(".") and any(path.rglob("*.py"))
    }
    assert folders - others <= set(ARROWS)


# ---------------------------------------------------------------- the checks' own checks


def parse(
    source: str, name: str = "inlay.passes.graph.a", is_package: bool = False
) -> list[Import]:
    known = {"inlay", "inlay.dialects", "inlay.dialects.relay", "inlay.passes.graph.b"}
    return list(imports_of(source, name, is_package, known))


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("from ... import InlayError", "inlay"),
        ("from ...dialects import relay", "inlay.dialects.relay"),
        ("from ...dialects.relay import Conv2D", "inlay.dialects.relay"),
        ("from . import b", "inlay.passes.graph.b"),
        ("from .b import x", "inlay.passes.graph.b"),
        ("import inlay.dialects", "inlay.dialects"),
        ("from inlay.dialects import relay", "inlay.dialects.relay"),
        ("import numpy.typing as npt", "numpy.typing"),
    ],
)
def test_imports_are_resolved(source: str, expected: str):
    assert [entry.module for entry in parse(source)] == [expected]


def test_imports_of_a_package_are_resolved_from_itself():
    (entry,) = parse("from .b import x", "inlay.passes.graph", is_package=True)
    assert entry.module == "inlay.passes.graph.b"


@pytest.mark.parametrize(
    ("source", "eager"),
    [
        ("import x", True),
        ("try:\n  import x\nexcept ImportError: pass", True),
        ("class A:\n  import x", True),
        ("def f():\n  import x", False),
        ("class A:\n  def f(self):\n    import x", False),
        ("if TYPE_CHECKING:\n  import x", False),
        ("if typing.TYPE_CHECKING:\n  import x", False),
    ],
)
def test_imports_are_eager_or_not(source: str, eager: bool):
    assert [entry.eager for entry in parse(source)] == [eager]


def test_a_cycle_is_found():
    assert sorted(set(find_cycle({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}}))) == [*"abc"]
    assert find_cycle({"a": {"b"}, "b": {"c"}}) == []
