"""The tables of passes and of named pipelines.

A pass is named by ``"module:Class"`` and imported when a pipeline first asks for it, so that
listing or registering passes costs no imports.
"""

from difflib import get_close_matches
from importlib import import_module
from typing import NamedTuple

from xdsl.passes import ModulePass

from .. import InlayError


class RegistryError(InlayError):
    """A name is unknown, is taken, or does not lead to a pass."""


class NamedPipeline(NamedTuple):
    """A pipeline that other pipelines may name; ``doc`` is one line for ``--list-passes``."""

    text: str
    doc: str


PASSES: dict[str, str | type[ModulePass]] = {
    # relay -> relay
    "alter-op-layout": "inlay.passes.graph.alter_op_layout:AlterOpLayout",
    "canonicalize-ops": "inlay.passes.graph.canonicalize_ops:CanonicalizeOps",
    "combine-parallel-conv2d": "inlay.passes.graph.combine_parallel_conv2d:CombineParallelConv2d",
    "combine-parallel-dense": "inlay.passes.graph.combine_parallel_dense:CombineParallelDense",
    "convert-layout": "inlay.passes.graph.convert_layout:ConvertLayout",
    "dead-code-elimination": "inlay.passes.graph.dead_code_elimination:DeadCodeElimination",
    "eliminate-common-subexpr": (
        "inlay.passes.graph.eliminate_common_subexpr:EliminateCommonSubexpr"
    ),
    "fast-math": "inlay.passes.graph.fast_math:FastMath",
    "fold-constant": "inlay.passes.graph.fold_constant:FoldConstant",
    "fold-scale-axis": "inlay.passes.graph.fold_scale_axis:FoldScaleAxis",
    "fuse-ops": "inlay.passes.graph.fuse_ops:FuseOps",
    "lambda-lift": "inlay.passes.graph.lambda_lift:LambdaLift",
    "simplify-expr": "inlay.passes.graph.simplify_expr:SimplifyExpr",
    "simplify-inference": "inlay.passes.graph.simplify_inference:SimplifyInference",
    # tl -> tl
    "tl-fuse-axes": "inlay.passes.loops.tl_fuse_axes:TlFuseAxes",
    "tl-fuse-nests": "inlay.passes.loops.tl_fuse_nests:TlFuseNests",
    "tl-interchange": "inlay.passes.loops.tl_interchange:TlInterchange",
    "tl-parallelize": "inlay.passes.loops.tl_parallelize:TlParallelize",
    "tl-peel": "inlay.passes.loops.tl_peel:TlPeel",
    "tl-rfactor": "inlay.passes.loops.tl_rfactor:TlRfactor",
    "tl-schedule": "inlay.passes.loops.tl_schedule:TlSchedule",
    "tl-tile": "inlay.passes.loops.tl_tile:TlTile",
    "tl-unroll": "inlay.passes.loops.tl_unroll:TlUnroll",
    "tl-vectorize": "inlay.passes.loops.tl_vectorize:TlVectorize",
    # relay -> tl -> loops -> llvm
    "relay-to-tl": "inlay.passes.lower.relay_to_tl:RelayToTl",
    "isolate-kernels": "inlay.passes.lower.isolate_kernels:IsolateKernels",
    "tl-to-loops": "inlay.passes.lower.tl_to_loops:TlToLoops",
    "math-to-polynomials": "inlay.passes.lower.math_to_polynomials:MathToPolynomials",
    "loops-to-llvm": "inlay.passes.lower.loops_to_llvm:LoopsToLLVM",
    # xDSL's, for the standard dialects
    "canonicalize": "xdsl.transforms.canonicalize:CanonicalizePass",
    "convert-scf-to-cf": "xdsl.transforms.convert_scf_to_cf:ConvertScfToCf",
    "cse": "xdsl.transforms.common_subexpression_elimination:CommonSubexpressionElimination",
    "dce": "xdsl.transforms.dead_code_elimination:DeadCodeElimination",
    "licm": "xdsl.transforms.loop_invariant_code_motion:LoopInvariantCodeMotionPass",
    "reconcile-unrealized-casts": (
        "xdsl.transforms.reconcile_unrealized_casts:ReconcileUnrealizedCastsPass"
    ),
}

PIPELINES: dict[str, NamedPipeline] = {}


def register_pass(name: str, target: str | type[ModulePass]) -> None:
    """Add a pass: a class, or ``"module:Class"`` to import on first use.

    Raises:
        RegistryError: if ``name`` is taken.
    """
    _require_free(name)
    PASSES[name] = target


def register_pipeline(name: str, text: str, doc: str) -> None:
    """Let pipelines name the pipeline ``text``, which expands in place of ``name``.

    Raises:
        RegistryError: if ``name`` is taken.
    """
    _require_free(name)
    PIPELINES[name] = NamedPipeline(text, doc)


def pass_names() -> list[str]:
    """The names of all passes, sorted."""
    return sorted(PASSES)


def get_pass(name: str) -> type[ModulePass]:
    """The class of the pass ``name``, imported if need be.

    Raises:
        RegistryError: if no pass has that name (lists close ones), or its entry in the table does
            not lead to a pass of that name.
    """
    target = PASSES.get(name)
    if target is None:
        raise RegistryError(f"unknown pass '{name}'{did_you_mean(name, [*PASSES, *PIPELINES])}")
    found = _import(name, target) if isinstance(target, str) else target
    if not (isinstance(found, type) and issubclass(found, ModulePass)):
        raise RegistryError(f"pass '{name}' is registered as {target}, which is not a ModulePass")
    if found.name != name:
        raise RegistryError(
            f"pass '{name}' is registered as {target}, which calls itself '{found.name}'"
        )
    return found


def did_you_mean(name: str, candidates: list[str]) -> str:
    """``"; did you mean 'a' or 'b'?"``, or nothing where no candidate is close to ``name``."""
    close = get_close_matches(name, candidates)
    return f"; did you mean {' or '.join(map(repr, close))}?" if close else ""


def _import(name: str, target: str) -> object:
    module, _, attribute = target.partition(":")
    try:
        return getattr(import_module(module), attribute)
    except (ImportError, AttributeError, ValueError) as error:
        raise RegistryError(
            f"pass '{name}' is registered as {target}, which cannot be imported: {error}"
        ) from error


def _require_free(name: str) -> None:
    for kind, table in (("pass", PASSES), ("pipeline", PIPELINES)):
        if name in table:
            raise RegistryError(f"cannot register '{name}': a {kind} has that name")
