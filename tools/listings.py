"""What ``--list-passes``, ``--list-phases`` and ``--show-dialects`` print.

Each function prints all it can, reports the entries that cannot be loaded, and returns whether
there was none.
"""

import inspect
from typing import TextIO

from xdsl.dialects.builtin import Builtin

from .. import InlayError
from ..dialects.registry import DIALECTS, load_dialect
from ..passes.options import PassOption, pass_options
from ..passes.pipeline import PHASES
from ..passes.registry import PIPELINES, get_pass, pass_names

_DOC_COLUMN = 34


def list_passes(output: TextIO, errors: TextIO) -> bool:
    """Passes with their options, then the pipelines that have a name."""
    complete = True
    output.write("Available passes:\n")
    for name in pass_names():
        try:
            pass_ = get_pass(name)
        except InlayError as error:
            print(f"inlay-opt: error: {error}", file=errors)
            complete = False
            continue
        _write_row(output, 2, name, summary(pass_))
        for option in pass_options(pass_):
            _write_row(output, 6, _format_option(option), option.doc)
    if PIPELINES:
        output.write("\nNamed pipelines:\n")
    for name, pipeline in sorted(PIPELINES.items()):
        _write_row(output, 2, name, pipeline.doc)
        _write_row(output, 6, pipeline.text)
    return complete


def list_phases(output: TextIO, errors: TextIO) -> bool:
    """The phases in order, each with its pipeline."""
    output.write("Phases, in order:\n")
    for phase in PHASES:
        _write_row(output, 2, phase.name, phase.doc)
        _write_row(output, 6, phase.passes)
    return True


def list_dialects(output: TextIO, errors: TextIO) -> bool:
    """Dialects with their ops."""
    complete = True
    output.write("Available dialects:\n")
    for name in sorted({Builtin.name, *DIALECTS}):
        try:
            dialect = Builtin if name == Builtin.name else load_dialect(name)
        except Exception as error:  # noqa: BLE001 (a dialect's module may raise anything)
            print(f"inlay-opt: error: dialect '{name}' cannot be loaded: {error}", file=errors)
            complete = False
            continue
        _write_row(output, 2, name)
        for op in sorted(dialect.operations, key=lambda op: op.name):
            _write_row(output, 4, op.name, summary(op))
    return complete


def summary(documented: type) -> str:
    """The first sentence of a class's own docstring, on one line; empty where there is none."""
    doc = inspect.cleandoc(documented.__dict__.get("__doc__") or "")
    if doc.startswith(f"{documented.__name__}("):
        return ""  # a dataclass without a docstring gets its signature for one
    paragraph = " ".join(doc.partition("\n\n")[0].split())
    sentence, dot, _ = paragraph.partition(". ")
    return sentence + dot.strip()


def _format_option(option: PassOption) -> str:
    default = "" if option.default is None else f" = {option.default}"
    return f"{option.name}: {option.type}{default}"


def _write_row(output: TextIO, indent: int, name: str, doc: str = "") -> None:
    """A name and, in a column of its own where the name is not too long, its doc."""
    output.write(f"{' ' * indent + name:{_DOC_COLUMN}} {doc}".rstrip() + "\n")
