"""The compiler's phases, in order, as one straight list.

``--compile-to=PHASE`` runs all phases up to and including PHASE.
"""

from __future__ import annotations

from typing import NamedTuple

CODE_PHASE = "llvm"
"""The phase that machine code is generated from."""


class Phase(NamedTuple):
    """A named stretch of the pipeline: its passes, in the text form of pipelines."""

    name: str
    doc: str
    passes: str


GRAPH_PHASES: tuple[Phase, ...] = (
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
"""The phases of relay modules, where the evaluator of the graph still applies."""

KERNEL_PHASES: tuple[Phase, ...] = (
    Phase("tl", "kernels alone, as tensor loops", "relay-to-tl,isolate-kernels"),
    Phase("scheduled", "every nest with its schedule", "tl-schedule"),
    Phase("loops", "one function per phase of a kernel, in standard dialects", "tl-to-loops"),
    Phase(
        CODE_PHASE,
        "the llvm dialect and nothing else",
        "math-to-polynomials,loops-to-llvm",
    ),
)
"""The phases of kernels."""

PHASES: tuple[Phase, ...] = (*GRAPH_PHASES, *KERNEL_PHASES)
"""All phases. Each phase's passes run on the result of the phases before it.

A pass that finds nothing to do does nothing, so text of a later level goes through the phases
before it as it is.
"""


def pipeline_to(phase: str, *, after: str | None = None) -> str:
    """The text of the pipeline from the input, or ``after`` a phase, up to and including a phase.

    Raises:
        KeyError: when no phase has that name.
    """
    names = [known.name for known in PHASES]
    for name in (phase, after or phase):
        if name not in names:
            raise KeyError(name)
    first = 0 if after is None else names.index(after) + 1
    chosen = PHASES[first : names.index(phase) + 1]
    return f"builtin.module({','.join(known.passes for known in chosen if known.passes)})"
