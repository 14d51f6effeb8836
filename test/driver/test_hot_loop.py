"""The hot loop in assembly by hand, and in that of kernels."""

import pytest

from inlay.dialects.parsing import parse_module
from inlay.dialects.registry import make_context
from inlay.driver.emission import FORMS, emit
from inlay.driver.hot_loop import hot_loop
from inlay.passes.manager import PassManager
from inlay.passes.pipeline import CODE_PHASE, pipeline_to
from inlay.passes.target_attribute import set_target
from inlay.target.description import TARGETS
from kernel_zoo import KERNELS

# A loop of one vector operation and a long scalar one; in `second` a nest, whose inner loop has
# the multiply-adds, scalar ones not counted.
X86 = """
	.type	first,@function
first:
.LBB0_1:
	vaddps	(%rdi), %ymm0, %ymm0
	addq	$32, %rdi
	jb	.LBB0_1
	retq
.Lfunc_end0:
	.type	second,@function
second:
	jmp	.LBB1_3
.LBB1_1:
	vfmadd231ps	%ymm1, %ymm2, %ymm3
	.p2align	4
.LBB1_2:
	vfmadd231ps	%ymm1, %ymm2, %ymm3
	vfmadd231ss	%xmm1, %xmm2, %xmm4
	vmovups	%ymm3, (%rsi)
	cmpq	$6, %rdi
	jb	.LBB1_2
.LBB1_3:
	decq	%rax
	jne	.LBB1_1
	retq
.Lfunc_end1:
"""


def test_the_innermost_loop_with_the_most_multiply_adds():
    loop = hot_loop(X86)
    assert loop is not None
    assert (loop.function, loop.instructions, loop.vectors, loop.fmas) == ("second", 5, 2, 1)
    assert loop.lines[0] == ".LBB1_2:"
    assert loop.lines[-1] == "\tjb\t.LBB1_2"
    assert len(loop.lines) == 6


def test_without_a_loop_there_is_none():
    assert hot_loop("") is None
    assert hot_loop(X86.replace("\tj", "\tnop #")) is None


@pytest.mark.parametrize(("target", "fmas"), [("x86-64-v3", 8), ("x86-64-v4", 8), ("aarch64", 16)])
def test_the_loop_of_a_convolution(target: str, fmas: int):
    """4 pixels and 2 input channels of 8 lanes, two vectors each on AArch64."""
    module = parse_module(make_context(), KERNELS["conv"])
    set_target(module, TARGETS[target])
    PassManager([pipeline_to(CODE_PHASE)]).run(make_context(), module)
    assembly = emit(module, FORMS["asm"])
    assert isinstance(assembly, str)
    loop = hot_loop(assembly)
    assert loop is not None
    assert (loop.function, loop.fmas) == ("conv", fmas)
    assert loop.vectors >= loop.fmas
