"""The kernels of a module as machine code: each compiled once, or taken from the cache.

A kernel is known by its content: its text without the names that mean nothing (its own, those of
values), the machine, the flags and versions of code generation, the passes, and the sources of
inlay that make code. Kernels of equal content share one object. Nothing of LLVM but the loading
runs for those that the cache holds.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from functools import cache as cached
from pathlib import Path

from xdsl.dialects.builtin import ModuleOp

from .. import InlayError
from ..dialects.printing import print_module
from ..dialects.tl.kernel import KernelOp
from ..passes.pipeline import CODE_PHASE, pipeline_to
from ..passes.target_attribute import TARGET, set_target, target_of
from ..runtime.jit import Library, load_object
from ..runtime.object_cache import ObjectCache
from ..target.description import Target
from .compile_pool import compile_texts
from .compiled_kernel import CompiledKernel, buffers_of
from .kernel_code import KernelCode, KernelCodeError

SYMBOL = "kernel"
"""What every kernel is called in its object."""

_OPENING = "builtin.module {"

# What makes code of tl text; the graph's passes and ops come before that.
_SOURCES = (
    *("dialects", "dialects/tl", "driver", "passes", "passes/loops", "passes/lower"),
    *("passes/lower/llvm_handlers", "passes/lower/vector_math", "runtime", "target"),
)


class KernelError(InlayError):
    """A module's kernels cannot be compiled for this machine, or one does not compile."""


def compile_kernels(
    module: ModuleOp,
    cache: ObjectCache | None = None,
    processes: int | None = None,
) -> dict[str, CompiledKernel]:
    """Compile and load the kernels of a module of the phase `tl`, by name; the module stays.

    cache: where objects are kept; processes: how many compile at once, by default as many as the
    work is worth.

    Raises:
        KernelError: naming the kernel that does not compile, or what this machine lacks.
    """
    kernels = [op for op in module.ops if isinstance(op, KernelOp)]
    if TARGET not in module.attributes:
        raise KernelError(f"the module names no machine to compile for ({TARGET})")
    target = target_of(module)
    require_native(target)
    texts = {kernel.sym_name.data: content_text(kernel, target) for kernel in kernels}
    codes = compile_contents(list(texts.values()), target, cache, processes, list(texts))
    libraries: dict[str, Library] = {}
    loaded: dict[str, CompiledKernel] = {}
    for kernel in kernels:
        name = kernel.sym_name.data
        code = codes[texts[name]]
        if texts[name] not in libraries:
            libraries[texts[name]] = load_object(code.object_code)
        loaded[name] = CompiledKernel.load(name, buffers_of(kernel), code, libraries[texts[name]])
    return loaded


def content_text(kernel: KernelOp, target: Target) -> str:
    """The text of a module of a kernel alone, with the names that mean nothing left out."""
    copy = kernel.clone()
    copy.properties["sym_name"] = type(kernel.sym_name)(SYMBOL)
    for op in copy.walk():
        for result in op.results:
            result.name_hint = None
        for region in op.regions:
            for block in region.blocks:
                for argument in block.args:
                    argument.name_hint = None
    return print_module(ModuleOp([copy])).replace(_OPENING, _opening(target), 1)


@cached
def _opening(target: Target) -> str:
    """How a module for a machine begins: printing that takes longer than printing most kernels."""
    module = ModuleOp([])
    set_target(module, target)
    text = print_module(module)
    return text[: text.rindex("{") + 1]


def content_key(text: str, target: Target) -> str:
    """What the cache keeps a kernel's code under."""
    return ObjectCache.key(text, target, pipeline_to(CODE_PHASE, after="kernels"), sources_digest())


def compile_contents(
    texts: Sequence[str],
    target: Target,
    cache: ObjectCache | None = None,
    processes: int | None = None,
    names: Sequence[str] | None = None,
) -> Mapping[str, KernelCode]:
    """The code of each text that ``content_text`` gave; ``names`` are those for errors.

    Raises:
        KernelError: naming the kernel that does not compile.
    """
    codes: dict[str, KernelCode] = {}
    missing: dict[str, str] = {}
    for text, name in zip(texts, names or [SYMBOL] * len(texts), strict=True):
        if text in codes or text in missing:
            continue
        code = None if cache is None else _from_cache(cache, content_key(text, target))
        if code is None:
            missing[text] = name
        else:
            codes[text] = code
    made = compile_texts(list(missing), processes)
    for (text, name), result in zip(missing.items(), made, strict=True):
        if isinstance(result, str):
            raise KernelError(f"kernel @{name}: {result}")
        codes[text] = KernelCode.from_bytes(result)
        if cache is not None:
            cache.put(content_key(text, target), result)
    return codes


def _from_cache(cache: ObjectCache, key: str) -> KernelCode | None:
    data = cache.get(key)
    if data is None:
        return None
    try:
        return KernelCode.from_bytes(data)
    except KernelCodeError:
        return None  # of a foreign format: made anew


def require_native(target: Target) -> None:
    """Raise KernelError if this machine cannot run code for a target."""
    native = Target.native()
    if target.triple != native.triple:
        raise KernelError(
            f"target '{target.name}' is {target.triple}, expected {native.triple}, "
            "which this machine is"
        )
    lacking = sorted(set(target.features) - set(native.features))
    if lacking:
        raise KernelError(f"target '{target.name}' needs {lacking[0]}, which this machine lacks")


@cached
def sources_digest() -> str:
    """The digest of inlay's sources that make code: objects of other sources are never used."""
    root = Path(__file__).parents[1]
    digest = hashlib.blake2b(digest_size=16)
    for folder in _SOURCES:
        for path in sorted((root / folder).glob("*.py")):
            digest.update(path.read_bytes())
    return digest.hexdigest()
