"""Kernels of every level found in modules, their inputs, and that times come out."""

import numpy as np
import pytest
from xdsl.dialects.builtin import ModuleOp

from inlay.dialects.parsing import parse_module
from inlay.dialects.registry import make_context
from inlay.dialects.tl.evaluate import evaluate_kernel
from inlay.dialects.tl.kernel import KernelOp
from inlay.driver.benchmark import BenchmarkError, Candidate, check_sizes, load_candidates
from inlay.driver.compiled_kernel import KernelCallError
from inlay.driver.kernels import KernelError
from inlay.driver.roof import Memory, Roof
from inlay.passes.manager import PassManager
from inlay.passes.pipeline import pipeline_to
from inlay.passes.target_attribute import set_target
from inlay.target.description import TARGETS, Target
from kernel_zoo import CONV, GATHER, GEMM, INTEGERS, KERNELS

ROOF = Roof(1e9, (Memory("L1", None, 1e9),))

ROWS = """
tl.kernel @rows(%X: memref<?x16xf32> sizes (n), %M: memref<?xi1>,
                %Y: memref<?x16xf32> out sizes (n)) {
  %c0 = arith.constant 0 : index
  %n = memref.dim %X, %c0 : memref<?x16xf32>
  tl.for %r = %n parallel {
    tl.nest (%l = 16) schedule [l by 8, l vector] finish {
      %x = tl.load %X[%r, %l]
      %y = arith.addf %x, %x : f32
      tl.store %y, %Y[%r, %l]
    } } }
"""


def parse(*texts: str, to: str = "tl", target: Target | None = None) -> ModuleOp:
    module = parse_module(make_context(), "\n".join(texts))
    set_target(module, target or Target.native())
    if to != "tl":
        PassManager([pipeline_to(to, after="tl")]).run(make_context(), module)
    return module


@pytest.mark.parametrize("level", ["tl", "scheduled", "loops"])
@pytest.mark.parametrize("name", KERNELS)
def test_kernels_of_every_level_run(name: str, level: str):
    (op,) = (op for op in parse(KERNELS[name]).ops if isinstance(op, KernelOp))
    (candidate,) = load_candidates(parse(KERNELS[name], to=level))
    assert candidate.kernel.name == name
    arrays = candidate.inputs({})
    expected = [array.copy() for array in arrays]
    evaluate_kernel(op, expected)
    candidate.repeated.bind(arrays)(2)
    for array, reference in zip(arrays, expected, strict=True):
        np.testing.assert_allclose(array, reference, rtol=2e-5, atol=1e-5)
    result = candidate.time(ROOF, seconds=0)
    assert 0 < result.least <= result.median
    assert result.touched == sum(array.nbytes for array in arrays)
    assert (result.flops is None) == (result.bound is None) == (level == "loops")
    assert name in candidate.assembly()


def test_functions_of_the_graph_become_kernels():
    text = """
relay.func @main(%x: tensor<4x7xf32>) -> tensor<4x7xf32> {
  %0 = relay.add %x, %x : (tensor<4x7xf32>, tensor<4x7xf32>)
  relay.return %0 : tensor<4x7xf32>
}
"""
    (candidate,) = load_candidates(parse(text))
    assert candidate.kernel.name == "fused_add"
    assert candidate.time(ROOF, seconds=0).flops == 28


def test_several_kernels_of_a_module():
    module = parse(GEMM, INTEGERS, CONV, to="loops")
    candidates = load_candidates(module)
    assert [each.kernel.name for each in candidates] == ["gemm", "integers", "conv"]
    assert [len(each.kernel.phases) for each in candidates] == [2, 1, 1]


@pytest.mark.parametrize("level", ["tl", "loops", "llvm"])
def test_extents_are_given_by_name(level: str):
    (candidate,) = load_candidates(parse(ROWS, to=level))
    named, other = candidate.places
    assert (named, len(candidate.places)) == ("n", 2)
    shapes = [array.shape for array in candidate.inputs({"n": 5, other: 3})]
    assert shapes == [(5, 16), (3,), (5, 16)]
    assert [array.shape for array in candidate.inputs({})] == [(64, 16), (64,), (64, 16)]
    check_sizes([candidate], {"n": 1})
    with pytest.raises(BenchmarkError, match="no kernel has a size 'm'; expected "):
        check_sizes([candidate], {"m": 1})
    assert candidate.time(ROOF, sizes={"n": 5}, flops=7, seconds=0).flops == 7
    assert candidate.time(ROOF, sizes={"n": 0}, seconds=0).least > 0


def only(text: str) -> Candidate:
    (candidate,) = load_candidates(parse(text))
    return candidate


def test_integers_are_good_as_indices_and_divisors():
    indices, *_ = only(GATHER).inputs({})
    assert indices.min() >= 1
    assert indices.max() < 8
    same, *_ = only(GATHER).inputs({})
    np.testing.assert_array_equal(indices, same)
    other, *_ = only(GATHER).inputs({}, seed=1)
    assert (indices != other).any()


def test_indices_out_of_bounds_are_an_error():
    text = GATHER.replace("tl.load %X[%clamped, %l]", "tl.load %X[%q, %l] checked")
    candidate = only(text.replace("100x16", "1x16"))
    with pytest.raises(KernelCallError, match="kernel gather: an index is out of bounds"):
        candidate.time(ROOF, seconds=0)


def test_modules_without_kernels_are_refused():
    with pytest.raises(BenchmarkError, match=r"found no kernel, expected a relay\.func"):
        load_candidates(parse("func.func private @f()"))
    with pytest.raises(BenchmarkError, match=r"found no kernel: no relay\.func that is public"):
        load_candidates(
            parse(
                "relay.func @main(%x: tensor<4xf32>) -> tensor<4xf32> {"
                "  relay.return %x : tensor<4xf32> }"
            )
        )
    with pytest.raises(BenchmarkError, match=r"no llvm\.func tells the shapes of its buffers"):
        load_candidates(parse("llvm.func @f(%x: !llvm.ptr) { llvm.return }"))


@pytest.mark.parametrize("size", [10**12, 10**30])
def test_buffers_may_be_too_large(size: int):
    with pytest.raises(
        BenchmarkError, match=r"kernel rows: its buffers take [0-9]+ bytes, expected"
    ):
        only(ROWS).inputs({"n": size})


def test_buffers_with_a_layout_are_refused():
    text = INTEGERS.replace("%X: memref<37xi32>", "%X: memref<37xi32, strided<[2]>>")
    with pytest.raises(KernelCallError, match=r"buffer X: found .*, expected one without a layout"):
        only(text)


@pytest.mark.parametrize("level", ["tl", "loops", "llvm"])
def test_kernels_for_other_machines_are_refused(level: str):
    foreign = "aarch64" if Target.native().triple.startswith("x86_64") else "x86-64-v3"
    with pytest.raises(KernelError, match="which this machine is"):
        load_candidates(parse(INTEGERS, to=level, target=TARGETS[foreign]))
