"""Lowering of scf, cf and func.

A loop is rotated: the test stands at its end. One whose trip count is a positive constant has no
test before it, and one that runs once is no loop at all. ``tl.unroll`` moves to the branch that
closes the loop.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import gcd

from xdsl.dialects import cf, func, llvm, scf
from xdsl.dialects.builtin import IndexType, UnitAttr
from xdsl.ir import Attribute, Block, Operation, Region, SSAValue

from .builder import NSW, NUW, OVERFLOW, UNROLL, FunctionBuilder, Handler
from .emit import binary, icmp, segments, select
from .types import LoweringError, convert

_EQ, _SLT = 0, 2


def _branch(b: FunctionBuilder, target: Block, values: Sequence[SSAValue] = ()) -> None:
    b.do(llvm.BrOp.create(operands=values, successors=[target]))


def _cond_branch(
    b: FunctionBuilder,
    cond: SSAValue,
    then: tuple[Block, Sequence[SSAValue]],
    otherwise: tuple[Block, Sequence[SSAValue]],
    *,
    unroll: bool = False,
) -> None:
    op = llvm.CondBrOp.create(
        operands=[cond, *then[1], *otherwise[1]],
        successors=[then[0], otherwise[0]],
        properties={"operandSegmentSizes": segments(1, len(then[1]), len(otherwise[1]))},
        attributes={UNROLL: UnitAttr()} if unroll else {},
    )
    b.do(op)


def _values(b: FunctionBuilder, old: Iterable[SSAValue]) -> list[SSAValue]:
    for value in old:
        if value in b.views:
            raise LoweringError(f"passes on a {value.type}, expected numbers or vectors")
    return [b.value(value) for value in old]


def _types(values: Iterable[SSAValue]) -> list[Attribute]:
    return [convert(value.type) for value in values]


def _define(b: FunctionBuilder, old: Iterable[SSAValue], new: Iterable[SSAValue]) -> None:
    for value, replacement in zip(old, new, strict=True):
        b.define(value, replacement)


# ---------------------------------------------------------------- scf


def _trip_count(
    b: FunctionBuilder, lower: SSAValue, upper: SSAValue, step: int | None
) -> int | None:
    """How often a loop runs, if that is known."""
    if isinstance(lower.type, IndexType):
        distance = b.linear(upper).plus(b.linear(lower), -1)
        length = None if distance.terms else distance.constant
    else:
        start, end = b.constant_of(lower), b.constant_of(upper)
        length = None if start is None or end is None else end - start
    if length is not None and length <= 0:
        return 0
    return None if length is None or step is None else -(-length // step)


def _for(b: FunctionBuilder, op: Operation) -> None:
    lower, upper, step, *initial = op.operands
    stride = b.constant_of(step)
    if stride is not None and stride < 1:
        raise LoweringError(f"has step {stride}, expected at least 1")
    count = _trip_count(b, lower, upper, stride)
    if count == 0:
        for result, value in zip(op.results, initial, strict=True):
            b.alias(result, value)
    elif count == 1:
        body = op.regions[0].block
        for argument, value in zip(body.args, (lower, *initial), strict=True):
            b.alias(argument, value)
        for result, value in zip(op.results, b.lower_ops(body).operands, strict=True):
            b.alias(result, value)
    else:
        _loop(b, op, guarded=count is None)


def _loop(b: FunctionBuilder, op: Operation, *, guarded: bool) -> None:
    """A loop that runs at least once unless it is guarded."""
    body, unroll = op.regions[0].block, UNROLL in op.attributes
    old_lower, old_upper, old_step, *carried = op.operands
    lower, upper, step = b.value(old_lower), b.value(old_upper), b.value(old_step)
    initial = _values(b, carried)
    header = b.add_block([lower.type, *_types(carried)])
    after = Block(arg_types=_types(op.results))
    if guarded:
        entered = icmp(b, _SLT, lower, upper)
        _cond_branch(b, entered, (header, [lower, *initial]), (after, initial))
    else:
        _branch(b, header, [lower, *initial])

    b.push(header)
    _define(b, body.args, header.args)
    counter, natural = header.args[0], False
    if isinstance(old_lower.type, IndexType):
        start = b.linear(old_lower)
        natural = b.is_natural(start)
        divisor = gcd(b.divisor(start), b.divisor(b.linear(old_step)))
        b.describe(counter, divisor=divisor, natural=natural, unrolled=unroll)
    yielded = _values(b, b.lower_ops(body).operands)
    flags = OVERFLOW[NSW | NUW if natural else NSW]
    following = binary(b, llvm.AddOp, counter, step, {"overflowFlags": flags})
    again = icmp(b, _SLT, following, upper)
    _cond_branch(b, again, (header, [following, *yielded]), (after, yielded), unroll=unroll)
    b.pop()
    _continue_in(b, after, op.results)


def _continue_in(b: FunctionBuilder, block: Block, results: Sequence[SSAValue]) -> None:
    """Go on in a new block, whose arguments are an op's results."""
    b.region.add_block(block)
    b.block = block
    _define(b, results, block.args)


def _if(b: FunctionBuilder, op: Operation) -> None:
    assert isinstance(op, scf.IfOp)
    known = b.constant_of(op.cond)
    if known is not None:
        _inline(b, op, op.true_region if known else op.false_region)
        return
    regions = [region for region in (op.true_region, op.false_region) if region.blocks]
    cond, after = b.value(op.cond), Block(arg_types=_types(op.results))
    blocks = [Block() for _ in regions]
    targets = [*blocks, after][:2]
    _cond_branch(b, cond, (targets[0], ()), (targets[1], ()))
    for region, block in zip(regions, blocks, strict=True):
        _branch_region(b, region, block, after)
    _continue_in(b, after, op.results)


def _inline(b: FunctionBuilder, op: Operation, region: Region) -> None:
    """The only region of an op that runs, in its place."""
    if not region.blocks:
        return
    yielded = b.lower_ops(region.block)
    for result, value in zip(op.results, yielded.operands, strict=True):
        b.alias(result, value)


def _branch_region(b: FunctionBuilder, region: Region, block: Block, after: Block) -> None:
    """A region from its first block to the branch to what comes after."""
    b.region.add_block(block)
    b.push(block)
    _branch(b, after, _values(b, b.lower_ops(region.block).operands))
    b.pop()


def _while(b: FunctionBuilder, op: Operation) -> None:
    assert isinstance(op, scf.WhileOp)
    before, after = op.before_region.block, op.after_region.block
    initial = _values(b, op.arguments)
    header = b.add_block(_types(op.arguments))
    _branch(b, header, initial)
    b.push(header)
    _define(b, before.args, header.args)
    condition = b.lower_ops(before)
    assert isinstance(condition, scf.ConditionOp)
    passed = _values(b, condition.args)
    body, done = Block(arg_types=_types(after.args)), Block(arg_types=_types(op.results))
    _cond_branch(b, b.value(condition.condition), (body, passed), (done, passed))
    b.region.add_block(body)
    b.push(body)
    _define(b, after.args, body.args)
    _branch(b, header, _values(b, b.lower_ops(after).operands))
    b.pop()
    b.pop()
    _continue_in(b, done, op.results)


def _index_switch(b: FunctionBuilder, op: Operation) -> None:
    """A chain of comparisons, which LLVM makes a switch."""
    assert isinstance(op, scf.IndexSwitchOp)
    cases = list(zip(op.cases.get_values(), op.case_regions, strict=True))
    known = b.constant_of(op.arg)
    if known is not None:
        _inline(b, op, dict(cases).get(known, op.default_region))
        return
    flag, after = b.value(op.arg), Block(arg_types=_types(op.results))
    for number, region in cases:
        taken, following = Block(), Block()
        hit = icmp(b, _EQ, flag, b.integer(number))
        _cond_branch(b, hit, (taken, ()), (following, ()))
        _branch_region(b, region, taken, after)
        _continue_in(b, following, ())
    last = Block()
    _branch(b, last)
    _branch_region(b, op.default_region, last, after)
    _continue_in(b, after, op.results)


# ---------------------------------------------------------------- cf and func


def _br(b: FunctionBuilder, op: Operation) -> None:
    assert isinstance(op, cf.BranchOp)
    _branch(b, b.blocks[op.successor], _values(b, op.arguments))


def _cond_br(b: FunctionBuilder, op: Operation) -> None:
    assert isinstance(op, cf.ConditionalBranchOp)
    cond = b.value(op.cond)
    then, otherwise = _values(b, op.then_arguments), _values(b, op.else_arguments)
    if op.then_block is op.else_block:
        # A phi has one value for each block it comes from.
        chosen = [
            lhs if lhs is rhs else select(b, cond, lhs, rhs)
            for lhs, rhs in zip(then, otherwise, strict=True)
        ]
        _branch(b, b.blocks[op.then_block], chosen)
        return
    _cond_branch(b, cond, (b.blocks[op.then_block], then), (b.blocks[op.else_block], otherwise))


def _return(b: FunctionBuilder, op: Operation) -> None:
    b.do(llvm.ReturnOp.create(operands=_values(b, op.operands)))


def _call(b: FunctionBuilder, op: Operation) -> None:
    assert isinstance(op, func.CallOp)
    if len(op.results) > 1:
        raise LoweringError(f"has {len(op.results)} results, expected at most one")
    result = convert(op.results[0].type) if op.results else None
    arguments = [b.value(argument) for argument in op.arguments]
    new = llvm.CallOp(op.callee, *arguments, return_type=result)
    b.do(new)
    _define(b, op.results, new.results)


HANDLERS: dict[str, Handler] = {
    "scf.for": _for,
    "scf.if": _if,
    "scf.while": _while,
    "scf.index_switch": _index_switch,
    "cf.br": _br,
    "cf.cond_br": _cond_br,
    "func.call": _call,
    "func.return": _return,
}
