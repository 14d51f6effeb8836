"""The compiler's phases, in order, as one straight list.

``--compile-to=PHASE`` runs all phases up to and including PHASE.
"""

from __future__ import annotations

from typing import NamedTuple


class Phase(NamedTuple):
    """A named stretch of the pipeline: its passes, in the text form of pipelines."""

    name: str
    doc: str
    passes: str


PHASES: tuple[Phase, ...] = (
    Phase("input", "the program as it came", ""),
    Phase(
        "simplified",
        "inference-only ops, scales folded into weights, one spelling of each thing",
        # Order: a scale must be a constant before it folds, and folds backward before forward.
        "simplify-inference,"
        "eliminate-common-subexpr,"
        "combine-parallel-conv2d,"
        "combine-parallel-dense,"
        "fold-constant,"
        "fold-scale-axis{direction=backward},"
        "fold-scale-axis{direction=forward},"
        "fold-constant,"
        "simplify-expr,"
        "canonicalize-ops",
    ),
    Phase(
        "layouts",
        "convolutions and dense layers in blocked layouts",
        "alter-op-layout,fold-constant,dead-code-elimination",
    ),
    Phase("fast-math", "functions replaced by faster, less exact ones", "fast-math"),
    Phase(
        "kernels",
        "one private function per kernel, called in execution order",
        "fuse-ops,lambda-lift",
    ),
)
"""The graph phases. Each phase's passes run on the result of the phases before it."""


def pipeline_to(phase: str) -> str:
    """The text of the pipeline from the input up to and including a phase.

    Raises:
        KeyError: when no phase has that name.
    """
    names = [known.name for known in PHASES]
    if phase not in names:
        raise KeyError(phase)
    upto = PHASES[: names.index(phase) + 1]
    return f"builtin.module({','.join(known.passes for known in upto if known.passes)})"
