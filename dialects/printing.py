"""IR to text, with constant values elided or appended as MLIR's resource section."""

from __future__ import annotations

from io import StringIO

from xdsl.ir import Operation
from xdsl.printer import Printer

from .relay.resources import encode_blob
from .relay.resources import resources as resources_of


def print_module(
    op: Operation, *, generic: bool = False, resources: bool = False, debuginfo: bool = False
) -> str:
    """The op as text, ending in a newline.

    Args:
        generic: print every op in MLIR's generic form.
        resources: append the values of the constants that are not elided.
        debuginfo: print locations.
    """
    stream = StringIO()
    printer = Printer(stream, print_generic_format=generic, print_debuginfo=debuginfo)
    printer.print_op(op)
    stream.write("\n")
    if resources:
        stream.write(_resource_section(op))
    return stream.getvalue()


def _resource_section(op: Operation) -> str:
    entries = [
        f'      {resource.key}: "{encode_blob(resource.array)}"'
        for resource in resources_of(op)
        if resource.array is not None
    ]
    if not entries:
        return ""
    body = ",\n".join(entries)
    return f"\n{{-#\n  dialect_resources: {{\n    builtin: {{\n{body}\n    }}\n  }}\n#-}}\n"
