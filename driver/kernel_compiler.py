"""One kernel through the phases that are left, to machine code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

from xdsl.dialects import func, llvm
from xdsl.dialects.builtin import (
    ArrayAttr,
    DenseArrayBase,
    FunctionType,
    IndexType,
    IntegerAttr,
    MemRefType,
    ModuleOp,
    StringAttr,
    SymbolRefAttr,
)
from xdsl.ir import Attribute, Block, Region

from ..dialects.registry import make_context
from ..dialects.tl.syntax import as_memref
from ..passes.lower.llvm_handlers.types import extent
from ..passes.lower.llvm_to_llvmlite import translate_module
from ..passes.lower.loops_to_llvm import FUNCTION_TYPE
from ..passes.lower.tl_to_loops import CHUNKS, EXTENT, STATUS, WORKSPACE
from ..passes.manager import PassManager
from ..passes.pipeline import CODE_PHASE, pipeline_to
from ..passes.target_attribute import target_of
from ..runtime.jit import emit_object
from .kernel_code import Entry, KernelCode, KernelCodeError, Place, Role

_WORKSPACES = {str(role): role for role in (Role.SHARED, Role.PRIVATE)}


def compile_code(module: ModuleOp, *, verify: bool = True) -> KernelCode:
    """Compile a module of one kernel, at the phase `tl`, `scheduled` or `loops`, in place.

    ``verify``: check the IR after each pass.

    Raises:
        PassError: when a pass fails.
        KernelCodeError: when the loop level is not what a kernel becomes.
        TranslationError, JitError: as for ``emit_object``.
    """
    context = make_context()
    PassManager([pipeline_to("loops", after="kernels")], verify=verify).run(context, module)
    entries, workspaces = read_entries(entry_functions(module))
    PassManager([pipeline_to(CODE_PHASE, after="loops")], verify=verify).run(context, module)
    object_code = emit_object(translate_module(module), target_of(module))
    return KernelCode(
        entries, workspaces.get(Role.SHARED, 0), workspaces.get(Role.PRIVATE, 0), object_code
    )


def entry_functions(module: ModuleOp) -> list[func.FuncOp]:
    """The functions of a kernel at the loop level, one for each phase in order."""
    return [
        op
        for op in module.ops
        if isinstance(op, func.FuncOp) and op.body.blocks and not op.function_type.outputs.data
    ]


def lowered_functions(module: ModuleOp) -> list[func.FuncOp]:
    """What the functions of a module at the llvm level were at the loop level, without bodies' ops.

    Those are left out that do not say it, and those that give numbers.
    """
    found: list[func.FuncOp] = []
    for op in module.ops:
        type_ = op.attributes.get(FUNCTION_TYPE)
        entry = op.body.blocks.first if isinstance(op, llvm.FuncOp) else None
        if isinstance(op, llvm.FuncOp) and entry is not None and isinstance(type_, FunctionType):
            block = Block(arg_types=type_.inputs)
            for argument, lowered in zip(block.args, entry.args, strict=False):
                argument.name_hint = lowered.name_hint
            function = func.FuncOp(op.sym_name.data, type_, Region(block), arg_attrs=op.arg_attrs)
            function.attributes = dict(op.attributes)
            if not type_.outputs.data:
                found.append(function)
    return found


def code_of_lowered(module: ModuleOp, functions: Sequence[func.FuncOp]) -> KernelCode:
    """Compile a module at the llvm level; some of its functions are the phases of a kernel.

    Raises:
        KernelCodeError, TranslationError, JitError: as ``compile_code`` does.
    """
    entries, workspaces = read_entries(functions)
    object_code = emit_object(translate_module(module), target_of(module))
    return KernelCode(
        entries, workspaces.get(Role.SHARED, 0), workspaces.get(Role.PRIVATE, 0), object_code
    )


def read_entries(functions: Sequence[func.FuncOp]) -> tuple[tuple[Entry, ...], dict[Role, int]]:
    """The entry points that functions of the loop level are, and the bytes of their workspaces.

    Raises:
        KernelCodeError: when there is none, or an argument is none that a kernel has.
    """
    if not functions:
        raise KernelCodeError("found no func.func with a body, expected those of one kernel")
    workspaces: dict[Role, int] = {}
    entries = tuple(_entry(function, workspaces) for function in functions)
    return entries, workspaces


def arguments_of(function: func.FuncOp) -> list[tuple[Attribute, Mapping[str, Attribute]]]:
    """The type of each argument and its attributes."""
    types = list(function.function_type.inputs)
    attributes: list[Mapping[str, Attribute]] = [each.data for each in function.arg_attrs or ()]
    return list(zip(types, attributes or [{} for _ in types], strict=True))


def role_of(
    function: func.FuncOp, type_: Attribute, attributes: Mapping[str, Attribute]
) -> Role | None:
    """What an argument is; None for what no kernel has."""
    if isinstance(workspace := attributes.get(WORKSPACE), StringAttr):
        return _WORKSPACES.get(workspace.data)
    if STATUS in attributes:
        return Role.STATUS
    if EXTENT in attributes:
        return Role.EXTENT
    if isinstance(type_, IndexType):
        return Role.CHUNK if CHUNKS in function.attributes else None
    return Role.BUFFER if isinstance(type_, MemRefType) else None


def _entry(function: func.FuncOp, workspaces: dict[Role, int]) -> Entry:
    roles: list[Role] = []
    extents: list[tuple[Place, ...]] = []
    for index, (type_, attributes) in enumerate(arguments_of(function)):
        role = role_of(function, type_, attributes)
        if role is None or Role.CHUNK in roles:
            raise KernelCodeError(
                f"func.func: argument {index} of @{function.sym_name.data} is a {type_}, expected "
                "buffers, extents, workspaces, a status, and last the chunk's number"
            )
        if role in (Role.SHARED, Role.PRIVATE):
            size = extent(as_memref(type_))
            if size is None:
                raise KernelCodeError(
                    f"func.func: argument {index} of @{function.sym_name.data} is a workspace of "
                    f"type {type_}, expected one of constant extents"
                )
            workspaces[role] = max(size, workspaces.get(role, 0))
        if role is Role.EXTENT:
            extents.append(_places(function, index, attributes[EXTENT]))
        roles.append(role)
    return Entry(function.sym_name.data, tuple(roles), _chunks(function), tuple(extents))


def _places(function: func.FuncOp, index: int, attribute: Attribute) -> tuple[Place, ...]:
    """Where an extent stands, from the attribute of the argument of that number."""
    ranks = [
        as_memref(type_).get_num_dims()
        for type_, attributes in arguments_of(function)
        if role_of(function, type_, attributes) is Role.BUFFER
    ]
    empty = ArrayAttr[Attribute](())
    pairs = cast("ArrayAttr[Attribute]", attribute) if isinstance(attribute, ArrayAttr) else empty
    places = [pair.get_values() for pair in pairs if isinstance(pair, DenseArrayBase)]
    found = tuple(
        (int(place[0]), int(place[1]))
        for place in places
        if len(place) == 2
        and place[0] in range(len(ranks))
        and place[1] in range(ranks[int(place[0])])
    )
    if not found or len(found) != len(pairs):
        raise KernelCodeError(
            f"func.func: argument {index} of @{function.sym_name.data} has {EXTENT} = {attribute}, "
            "expected pairs of a buffer's and a dimension's number"
        )
    return found


def _chunks(function: func.FuncOp) -> int | str:
    match function.attributes.get(CHUNKS):
        case IntegerAttr() as count:
            return count.value.data
        case SymbolRefAttr() as counter:
            return counter.root_reference.data
        case _:
            return 1
