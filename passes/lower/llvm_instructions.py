"""Each op of the llvm dialect as an instruction of LLVM IR."""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects import llvm
from xdsl.dialects.builtin import IntegerAttr
from xdsl.ir import Attribute, Operation

from ...dialects import llvm as llvm_ops
from .llvm_handlers.emit import suffix
from .llvm_text import TranslationError, quoted, type_text
from .llvm_writer import FunctionWriter, Translator


def _number(op: Operation, name: str, default: int = 0) -> int:
    """The value of an integer property."""
    value = op.properties.get(name)
    return value.value.data if isinstance(value, IntegerAttr) else default


def _fastmath(op: Operation) -> str:
    flags = op.properties.get("fastmathFlags")
    if not isinstance(flags, llvm.FastMathAttr) or not flags.data:
        return ""
    return "".join(f"{flag.value} " for flag in flags.data)


def _overflow(op: Operation) -> str:
    flags = op.properties.get("overflowFlags")
    if isinstance(flags, llvm.OverflowAttr):
        return "".join(f"{flag.value} " for flag in flags.data)
    number = flags.value.data if isinstance(flags, IntegerAttr) else 0
    return ("nsw " if number & 1 else "") + ("nuw " if number & 2 else "")


def _flags(op: Operation) -> str:
    """The keywords between an instruction's name and its operands."""
    words = _fastmath(op) + _overflow(op)
    for name, word in (("isExact", "exact"), ("isDisjoint", "disjoint"), ("nonNeg", "nneg")):
        words += f"{word} " if name in op.properties else ""
    return words


def _instruction(name: str) -> Translator:
    """Operands of one type, which is written once."""

    def translate(f: FunctionWriter, op: Operation) -> str:
        names = ", ".join(f.name(operand) for operand in op.operands)
        return f"{name} {_flags(op)}{type_text(op.operands[0].type)} {names}"

    return translate


def _conversion(name: str) -> Translator:
    def translate(f: FunctionWriter, op: Operation) -> str:
        result = type_text(op.results[0].type)
        return f"{name} {_flags(op)}{f.typed(op.operands[0])} to {result}"

    return translate


def _typed(name: str) -> Translator:
    """Operands each with its type."""

    def translate(f: FunctionWriter, op: Operation) -> str:
        return f"{name} {_flags(op)}{', '.join(map(f.typed, op.operands))}"

    return translate


def _icmp(f: FunctionWriter, op: Operation) -> str:
    predicate = llvm.ICmpPredicateFlag.from_int(_number(op, "predicate"))
    return f"icmp {predicate.value} {f.typed(op.operands[0])}, {f.name(op.operands[1])}"


def _fcmp(f: FunctionWriter, op: Operation) -> str:
    predicate = llvm.FCmpPredicateFlag.from_int(_number(op, "predicate")).value.lstrip("_")
    operands = f"{f.typed(op.operands[0])}, {f.name(op.operands[1])}"
    return f"fcmp {_fastmath(op)}{predicate} {operands}"


def _gep(f: FunctionWriter, op: Operation) -> str:
    assert isinstance(op, llvm.GEPOp)
    values = iter(op.ssa_indices)
    indices = [
        f.typed(next(values)) if index == llvm.GEP_USE_SSA_VAL else f"i32 {index}"
        for index in op.rawConstantIndices.iter_values()
    ]
    flags = "inbounds " if op.inbounds is not None else ""
    element = type_text(op.elem_type)
    return f"getelementptr {flags}{element}, {', '.join([f.typed(op.ptr), *indices])}"


def _alloca(f: FunctionWriter, op: Operation) -> str:
    assert isinstance(op, llvm.AllocaOp)
    return f"alloca {type_text(op.elem_type)}, {f.typed(op.size)}{_align(op)}"


def _align(op: Operation) -> str:
    align = _number(op, "alignment")
    return f", align {align}" if align else ""


def _access(f: FunctionWriter, op: Operation, start: str) -> str:
    """A load or store: ``start`` is its name."""
    volatile = "volatile " if "volatile_" in op.properties else ""
    order = llvm_ops.ORDERINGS[_number(op, "ordering")]
    atomic, ordering = ("", "") if order == "not_atomic" else ("atomic ", f" {order}")
    result = f"{type_text(op.results[0].type)}, " if op.results else ""
    operands = ", ".join(map(f.typed, op.operands))
    text = f"{start} {atomic}{volatile}{result}{operands}{ordering}{_align(op)}"
    if "nontemporal" in op.properties:
        text += f", !nontemporal {f.writer.node('!{i32 1}')}"
    if "invariant" in op.properties:
        text += f", !invariant.load {f.writer.node('!{}')}"
    return text


def _call_intrinsic(
    f: FunctionWriter,
    op: Operation,
    name: str,
    arguments: Sequence[str],
    types: Sequence[Attribute],
) -> str:
    """Call an intrinsic, and declare it."""
    result = type_text(op.results[0].type) if op.results else "void"
    parameters = ", ".join(type_text(type_) for type_ in types)
    f.writer.declarations.setdefault(name, f"declare {result} @{name}({parameters})")
    return f"call {_fastmath(op)}{result} @{name}({', '.join(arguments)})"


def _named_intrinsic(f: FunctionWriter, op: Operation) -> str:
    assert isinstance(op, llvm.CallIntrinsicOp)
    if op.op_bundle_operands:
        raise TranslationError("operand bundles have no translation to LLVM")
    arguments = [f.typed(operand) for operand in op.args]
    return _call_intrinsic(f, op, op.intrin.data, arguments, op.args.types)


def _intrinsic(name: str, overloaded: int = 0) -> Translator:
    """An op for an intrinsic overloaded on the type of one of its operands."""

    def translate(f: FunctionWriter, op: Operation) -> str:
        full = f"{name}.{suffix(op.operands[overloaded].type)}"
        return _call_intrinsic(f, op, full, [*map(f.typed, op.operands)], op.operand_types)

    return translate


def _masked_load(f: FunctionWriter, op: Operation) -> str:
    pointer, mask, pass_thru = op.operands
    name = f"llvm.masked.load.{suffix(pass_thru.type)}.p0"
    where = f"ptr{_align(op).replace(',', '')} {f.name(pointer)}"
    arguments = [where, f.typed(mask), f.typed(pass_thru)]
    return _call_intrinsic(f, op, name, arguments, op.operand_types)


def _masked_store(f: FunctionWriter, op: Operation) -> str:
    value, pointer, mask = op.operands
    name = f"llvm.masked.store.{suffix(value.type)}.p0"
    where = f"ptr{_align(op).replace(',', '')} {f.name(pointer)}"
    arguments = [f.typed(value), where, f.typed(mask)]
    return _call_intrinsic(f, op, name, arguments, op.operand_types)


def _call(f: FunctionWriter, op: Operation) -> str:
    assert isinstance(op, llvm.CallOp)
    if op.op_bundle_operands or op.var_callee_type or op.CConv.convention.data != "ccc":
        raise TranslationError("expected a plain call: C convention, no bundles, not variadic")
    arguments = list(op.args)
    if op.callee is not None:
        callee = f"@{quoted(op.callee.root_reference.data)}"
    else:
        callee = f.name(arguments.pop(0))
    tail = "" if op.TailCallKind.data is llvm.TailCallKind.NONE else f"{op.TailCallKind.data} "
    result = type_text(op.results[0].type) if op.results else "void"
    return f"{tail}call {_fastmath(op)}{result} {callee}({', '.join(map(f.typed, arguments))})"


def _br(f: FunctionWriter, op: Operation) -> str:
    return f"br {f.block(op.successors[0])}{f.loop_metadata(op)}"


def _cond_br(f: FunctionWriter, op: Operation) -> str:
    targets = ", ".join(f.block(target) for target in op.successors)
    return f"br {f.typed(op.operands[0])}, {targets}{f.loop_metadata(op)}"


def _shuffle(f: FunctionWriter, op: Operation) -> str:
    assert isinstance(op, llvm.ShuffleVectorOp)
    numbers = list(op.mask.iter_values())
    lanes = ", ".join(f"i32 {n}" if n >= 0 else "i32 poison" for n in numbers)
    mask = f"<{len(numbers)} x i32> " + (f"<{lanes}>" if any(numbers) else "zeroinitializer")
    return f"shufflevector {f.typed(op.v1)}, {f.typed(op.v2)}, {mask}"


def _extract_value(f: FunctionWriter, op: Operation) -> str:
    assert isinstance(op, llvm.ExtractValueOp)
    return f"extractvalue {f.typed(op.container)}, {_path(op)}"


def _insert_value(f: FunctionWriter, op: Operation) -> str:
    assert isinstance(op, llvm.InsertValueOp)
    return f"insertvalue {f.typed(op.container)}, {f.typed(op.value)}, {_path(op)}"


def _path(op: llvm.ExtractValueOp | llvm.InsertValueOp) -> str:
    return ", ".join(str(number) for number in op.position.iter_values())


def _atomic_rmw(f: FunctionWriter, op: Operation) -> str:
    operation = llvm_ops.ATOMIC_OPERATIONS[_number(op, "bin_op")].lstrip("_")
    order = llvm_ops.ORDERINGS[_number(op, "ordering")]
    return f"atomicrmw {operation} {', '.join(map(f.typed, op.operands))} {order}"


def _cmpxchg(f: FunctionWriter, op: Operation) -> str:
    orders = (_number(op, f"{which}_ordering") for which in ("success", "failure"))
    orderings = " ".join(llvm_ops.ORDERINGS[order] for order in orders)
    return f"cmpxchg {', '.join(map(f.typed, op.operands))} {orderings}"


def _fence(f: FunctionWriter, op: Operation) -> str:
    return f"fence {llvm_ops.ORDERINGS[_number(op, 'ordering')]}"


def _return(f: FunctionWriter, op: Operation) -> str:
    return f"ret {f.typed(op.operands[0])}" if op.operands else "ret void"


def _literal(f: FunctionWriter, op: Operation) -> None:
    """Nothing: it is written where it is used."""


TRANSLATORS: dict[str, Translator] = {
    **{
        f"llvm.{name}": _instruction(name)
        for name in (
            *("add", "and", "ashr", "fadd", "fdiv", "fmul", "fneg", "frem", "fsub", "lshr"),
            *("mul", "or", "sdiv", "shl", "srem", "sub", "udiv", "urem", "xor"),
        )
    },
    **{
        f"llvm.{name}": _conversion(name)
        for name in (
            *("bitcast", "fpext", "fptosi", "fptoui", "fptrunc", "inttoptr", "ptrtoint"),
            *("sext", "sitofp", "trunc", "uitofp", "zext"),
        )
    },
    **{
        f"llvm.intr.{name}": _intrinsic(f"llvm.{name}")
        for name in (
            *("ceil", "copysign", "cos", "exp", "exp2", "fabs", "floor", "fma", "log", "log2"),
            *("maxnum", "minnum", "pow", "sin", "sqrt"),
        )
    },
    "llvm.alloca": _alloca,
    "llvm.atomicrmw": _atomic_rmw,
    "llvm.br": _br,
    "llvm.call": _call,
    "llvm.call_intrinsic": _named_intrinsic,
    "llvm.cmpxchg": _cmpxchg,
    "llvm.cond_br": _cond_br,
    "llvm.extractelement": _typed("extractelement"),
    "llvm.extractvalue": _extract_value,
    "llvm.fcmp": _fcmp,
    "llvm.fence": _fence,
    "llvm.getelementptr": _gep,
    "llvm.icmp": _icmp,
    "llvm.insertelement": _typed("insertelement"),
    "llvm.insertvalue": _insert_value,
    "llvm.intr.masked.load": _masked_load,
    "llvm.intr.masked.store": _masked_store,
    "llvm.intr.vector.reduce.fadd": _intrinsic("llvm.vector.reduce.fadd", overloaded=1),
    "llvm.intr.vector.reduce.fmul": _intrinsic("llvm.vector.reduce.fmul", overloaded=1),
    "llvm.load": lambda f, op: _access(f, op, "load"),
    "llvm.mlir.addressof": _literal,
    "llvm.mlir.constant": _literal,
    "llvm.mlir.poison": _literal,
    "llvm.mlir.undef": _literal,
    "llvm.mlir.zero": _literal,
    "llvm.return": _return,
    "llvm.select": _typed("select"),
    "llvm.shufflevector": _shuffle,
    "llvm.store": lambda f, op: _access(f, op, "store"),
    "llvm.unreachable": lambda _f, _op: "unreachable",
}
