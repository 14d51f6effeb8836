"""inlay: an MLIR-style multi-dialect compiler for neural networks, in Python.

The repository root is this package: ``./dialects`` is ``inlay.dialects`` and so on.
"""


class InlayError(Exception):
    """Base of every error inlay raises for bad input; tools print it as one line.

    Messages name the op or file, what was found and what was expected.
    """
