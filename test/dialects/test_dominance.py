"""SSA dominance over straight code, nested regions and control-flow graphs."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from xdsl.context import Context
from xdsl.dialects import arith, builtin, cf, func, scf, test
from xdsl.dialects.builtin import ModuleOp, i32
from xdsl.ir import Block, Operation, Region, SSAValue
from xdsl.parser import Parser
from xdsl.utils.exceptions import VerifyException

from inlay.dialects.dominance import DominanceError, verify_dominance


def parse(text: str, *, allow_unregistered: bool = False) -> ModuleOp:
    ctx = Context(allow_unregistered=allow_unregistered)
    for dialect in (builtin.Builtin, func.Func, arith.Arith, cf.Cf, scf.Scf, test.Test):
        ctx.load_dialect(dialect)
    return Parser(ctx, text).parse_module()


def rejected(text: str, **options: bool) -> DominanceError:
    module = parse(text, **options)
    module.verify()  # xDSL alone accepts these
    with pytest.raises(DominanceError) as caught:
        verify_dominance(module)
    return caught.value


def test_empty_module():
    verify_dominance(ModuleOp([]))


def test_straight_line_code():
    verify_dominance(
        parse(
            "func.func @f(%a: i32) -> i32 {\n"
            "  %b = arith.addi %a, %a : i32\n"
            "  %c = arith.addi %b, %a : i32\n"
            "  func.return %c : i32\n}"
        )
    )


def test_use_before_definition_names_op_operand_and_definition():
    error = rejected(
        "func.func @f(%a: i32) {\n"
        '  %b = "test.op"(%a, %c) : (i32, i32) -> i32\n'
        "  %c = arith.addi %a, %a : i32\n"
        "  func.return\n}"
    )
    assert isinstance(error, VerifyException)
    assert error.op.name == "test.op"
    assert error.operand_index == 1
    assert str(error) == (
        "'test.op' op operand #1 (%c, result #0 of 'arith.addi') does not dominate this use"
    )


def test_operation_using_its_own_result():
    error = rejected('%a = "test.op"(%a) : (i32) -> i32')
    assert error.operand_index == 0


def test_nested_region_sees_values_around_it():
    verify_dominance(
        parse(
            '%a = "test.op"() : () -> i32\n'
            '"test.op"() ({\n  "test.op"() ({\n    "test.termop"(%a) : (i32) -> ()\n'
            "  }) : () -> ()\n}) : () -> ()"
        )
    )


def test_nested_region_does_not_see_values_after_it():
    error = rejected(
        '"test.op"() ({\n  "test.termop"(%a) : (i32) -> ()\n'
        '}) : () -> ()\n%a = "test.op"() : () -> i32'
    )
    assert error.op.parent_op() is not None


def test_region_does_not_see_the_results_of_its_own_operation():
    rejected('%r = "test.op"() ({\n  "test.termop"(%r) : (i32) -> ()\n}) : () -> i32')


def test_value_of_a_region_is_not_visible_after_it():
    inner = test.TestOp(result_types=[i32])
    holder = test.TestOp(regions=[Region(Block([inner]))])
    user = test.TestOp(operands=[inner.results[0]])
    with pytest.raises(DominanceError):
        verify_dominance(ModuleOp([holder, user]))


def test_value_of_a_sibling_region_is_not_visible():
    inner = test.TestOp(result_types=[i32])
    user = test.TestOp(operands=[inner.results[0]])
    holder = test.TestOp(regions=[Region(Block([inner])), Region(Block([user]))])
    with pytest.raises(DominanceError):
        verify_dominance(ModuleOp([holder]))


def test_isolated_region_sees_nothing_from_outside():
    outer = test.TestOp(result_types=[i32])
    user = test.TestOp(operands=[outer.results[0]])
    function = func.FuncOp("f", ((), ()), Region(Block([user, func.ReturnOp()])))
    with pytest.raises(DominanceError):
        verify_dominance(ModuleOp([outer, function]))


def test_unregistered_operations_are_not_isolated():
    text = '%a = "test.op"() : () -> i32\n"x.y"() ({\n  "x.z"(%a) : (i32) -> ()\n}) : () -> ()'
    verify_dominance(parse(text, allow_unregistered=True))


DIAMOND = """
func.func @f(%c: i1, %a: i32) -> i32 {{
  cf.cond_br %c, ^left, ^right
^left:
  %l = arith.addi %a, %a : i32
  cf.br ^join
^right:
  %r = arith.addi %a, %a : i32
  cf.br ^join
^join:
  func.return {value} : i32
}}
"""


def test_join_sees_the_branching_block():
    verify_dominance(parse(DIAMOND.format(value="%a")))


@pytest.mark.parametrize("value", ["%l", "%r"])
def test_join_sees_neither_branch(value: str):
    error = rejected(DIAMOND.format(value=value))
    assert error.op.name == "func.return"


def test_loop_back_edge_and_block_order():
    verify_dominance(
        parse(
            "func.func @f(%c: i1) {\n"
            "  cf.br ^head\n"
            # The exit stands before the block that defines what it uses.
            '^exit:\n  "test.op"(%v) : (i32) -> ()\n  func.return\n'
            '^head:\n  %v = "test.op"() : () -> i32\n  cf.cond_br %c, ^head, ^exit\n}'
        )
    )


def test_value_defined_later_in_a_loop_is_rejected_at_its_head():
    rejected(
        "func.func @f(%c: i1) {\n  cf.br ^head\n"
        '^head:\n  "test.op"(%v) : (i32) -> ()\n  cf.br ^body\n'
        '^body:\n  %v = "test.op"() : () -> i32\n  cf.cond_br %c, ^head, ^exit\n'
        "^exit:\n  func.return\n}"
    )


def test_unreachable_blocks_may_use_anything():
    verify_dominance(
        parse(
            "func.func @f() {\n  func.return\n"
            '^dead:\n  "test.op"(%v) : (i32) -> ()\n'
            '  %v = "test.op"() : () -> i32\n  cf.br ^dead\n}'
        )
    )


def test_edges_from_unreachable_blocks_do_not_count():
    verify_dominance(
        parse(
            'func.func @f() {\n  %v = "test.op"() : () -> i32\n  cf.br ^next\n'
            "^dead:\n  cf.br ^next\n"
            '^next:\n  "test.op"(%v) : (i32) -> ()\n  func.return\n}'
        )
    )


def test_regions_in_unreachable_blocks_are_checked():
    rejected(
        "func.func @f() {\n  func.return\n^dead:\n"
        '  "test.op"() ({\n    "test.op"(%v) : (i32) -> ()\n'
        '    %v = "test.termop"() : () -> i32\n  }) : () -> ()\n  cf.br ^dead\n}'
    )


def test_reachable_block_does_not_see_an_unreachable_one():
    rejected(
        'func.func @f() {\n  cf.br ^next\n^dead:\n  %v = "test.op"() : () -> i32\n  cf.br ^next\n'
        '^next:\n  "test.op"(%v) : (i32) -> ()\n  func.return\n}'
    )


def test_a_nested_operation_can_be_verified_alone():
    module = parse(
        "func.func @f(%n: index, %v: i32) {\n  scf.for %i = %n to %n step %n {\n"
        '    "test.op"(%v, %i) : (i32, index) -> ()\n  }\n  func.return\n}'
    )
    (loop,) = (op for op in module.walk() if op.name == "scf.for")
    verify_dominance(loop)


def test_block_of_ten_thousand_operations():
    ops: list[Operation] = [test.TestOp(result_types=[i32])]
    for _ in range(10_000):
        ops.append(test.TestOp(operands=[ops[-1].results[0]], result_types=[i32]))
    verify_dominance(ModuleOp(ops))


def test_chain_of_three_thousand_blocks():
    blocks = [Block() for _ in range(3_000)]
    start = test.TestOp(result_types=[i32])
    blocks[0].add_op(start)
    for block, following in pairwise(blocks):
        block.add_op(cf.BranchOp(following))
    value: SSAValue = start.results[0]
    blocks[-1].add_ops([test.TestOp(operands=[value]), func.ReturnOp()])
    verify_dominance(ModuleOp([func.FuncOp("f", ((), ()), Region(blocks))]))


def _reaches(successors: list[list[int]], target: int, avoiding: int | None) -> bool:
    """Whether a path leads from block 0 to ``target`` without passing block ``avoiding``."""
    seen: set[int] = set()
    pending = [0]
    while pending:
        block = pending.pop()
        if block not in seen and block != avoiding:
            seen.add(block)
            pending.extend(successors[block])
    return target in seen


@given(st.data(), st.integers(1, 7))
def test_random_control_flow(data: st.DataObject, count: int):
    """A use is legal iff no path from the entry reaches it around the definition."""
    index = st.integers(0, count - 1)
    successors = data.draw(
        st.lists(st.lists(index, max_size=2), min_size=count, max_size=count), label="successors"
    )
    definition, use = data.draw(index, label="definition"), data.draw(index, label="use")
    blocks = [Block() for _ in range(count)]
    defining = test.TestOp(result_types=[i32])
    using = test.TestOp(operands=[defining.results[0]])
    blocks[definition].add_op(defining)
    blocks[use].add_op(using)
    for block, targets in zip(blocks, successors, strict=True):
        block.add_op(test.TestTermOp(successors=[blocks[target] for target in targets]))
    module = ModuleOp([test.TestOp(regions=[Region(blocks)])])
    module.verify()

    legal = use == definition or not _reaches(successors, use, avoiding=definition)
    if legal:
        verify_dominance(module)
    else:
        with pytest.raises(DominanceError):
            verify_dominance(module)
