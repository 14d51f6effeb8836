"""Kernels compiled by content: results, sharing, the cache, several processes, misuse."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from xdsl.dialects.builtin import ModuleOp

from inlay.dialects.parsing import parse_module
from inlay.dialects.registry import make_context
from inlay.dialects.tl.evaluate import evaluate_kernel
from inlay.dialects.tl.kernel import KernelOp
from inlay.driver import kernels as kernels_module
from inlay.driver.compile_pool import compile_texts
from inlay.driver.compiled_kernel import CompiledKernel, KernelCallError, aligned_array
from inlay.driver.kernel_code import KernelCode, KernelCodeError, Role
from inlay.driver.kernel_compiler import compile_code
from inlay.driver.kernels import KernelError, compile_kernels, content_text
from inlay.passes.manager import PassManager
from inlay.passes.target_attribute import set_target
from inlay.runtime.object_cache import ObjectCache
from inlay.target.description import TARGETS, Target
from kernel_zoo import CONV, GATHER, GEMM, INTEGERS, KERNELS

Array = NDArray[Any]


def parse(*texts: str, target: Target | None = None) -> ModuleOp:
    module = parse_module(make_context(), "\n".join(texts))
    set_target(module, target or Target.native())
    return module


def arrays_for(kernel: CompiledKernel) -> list[Array]:
    rng = np.random.default_rng(0)
    arrays = [aligned_array(buffer) for buffer in kernel.buffers]
    for array in arrays:
        array[...] = rng.integers(-4, 5, array.shape)
    return arrays


@pytest.fixture
def cache(tmp_path: Path) -> ObjectCache:
    return ObjectCache(tmp_path / "objects")


@pytest.fixture
def compiled_texts(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The texts that were compiled, not taken from the cache."""
    found: list[str] = []

    def spy(texts: list[str], processes: int | None) -> list[bytes | str]:
        found.extend(texts)
        return compile_texts(texts, processes)

    monkeypatch.setattr(kernels_module, "compile_texts", spy)
    return found


@pytest.mark.parametrize("name", KERNELS)
def test_kernels_compute_what_the_evaluator_does(name: str):
    module = parse(KERNELS[name])
    kernel = compile_kernels(module)[name]
    arrays = arrays_for(kernel)
    expected = [array.copy() for array in arrays]
    (op,) = [op for op in module.ops if isinstance(op, KernelOp)]
    evaluate_kernel(op, expected)
    kernel(*arrays)
    for array, reference in zip(arrays, expected, strict=True):
        np.testing.assert_allclose(array, reference, rtol=2e-6, atol=1e-5)


def test_a_kernel_says_how_it_is_called():
    conv = compile_kernels(parse(CONV))["conv"]
    assert [(p.entry.chunks, p.entry.arguments[-1]) for p in conv.phases] == [(8, Role.CHUNK)]
    gemm = compile_kernels(parse(GEMM))["gemm"]
    assert [phase.entry.chunks for phase in gemm.phases] == [20, 1]
    assert (gemm.workspace_shared, gemm.workspace_private) == (512, 0)
    assert [buffer.direction.value for buffer in gemm.buffers] == ["in", "in", "out"]


def test_equal_contents_are_compiled_once_and_then_cached(
    cache: ObjectCache, compiled_texts: list[str]
):
    renamed = INTEGERS.replace("@integers", "@other").replace("%s", "%sum").replace("%X", "%P")
    module = parse(INTEGERS, renamed)
    first = compile_kernels(module, cache, processes=1)
    assert set(first) == {"integers", "other"}
    assert first["integers"].phases == first["other"].phases
    assert len(compiled_texts) == 1
    second = compile_kernels(module, cache, processes=1)
    assert len(compiled_texts) == 1
    for kernel in second.values():
        arrays = arrays_for(kernel)
        kernel(*arrays)
        x, y, z = arrays
        np.testing.assert_array_equal(z, np.maximum((x + y) * x, y))


def test_what_changes_the_code_changes_the_content():
    native = Target.native()
    (op,) = [op for op in parse(INTEGERS).ops if isinstance(op, KernelOp)]
    other = INTEGERS.replace("[i by 8, i vector]", "[i by 4, i vector]")
    (rescheduled,) = [op for op in parse(other).ops if isinstance(op, KernelOp)]
    texts = {
        content_text(op, native),
        content_text(rescheduled, native),
        content_text(op, TARGETS["x86-64-v2"]),
    }
    assert len(texts) == 3


@pytest.mark.parametrize("damage", [b"", b"{}\n", b"\0" * 60])
def test_damaged_entries_are_made_anew(
    damage: bytes, cache: ObjectCache, compiled_texts: list[str]
):
    module = parse(INTEGERS)
    compile_kernels(module, cache)
    (path,) = cache.folder.iterdir()
    path.write_bytes(damage or path.read_bytes()[:20])
    compile_kernels(module, cache)
    assert len(compiled_texts) == 2
    cache.put(path.stem, damage)  # whole, but not a kernel's code
    compile_kernels(module, cache)
    assert len(compiled_texts) == 3


def test_processes_make_the_same_code():
    native = Target.native()
    ops = [op for op in parse(INTEGERS, GEMM, GATHER).ops if isinstance(op, KernelOp)]
    texts = [content_text(op, native) for op in ops]
    assert compile_texts(texts, processes=3) == compile_texts(texts, processes=1)


def test_processes_need_no_main_module(tmp_path: Path):
    """No guard, standard input as the script: what `multiprocessing` cannot do."""
    script = f"""
from inlay.dialects.parsing import parse_module
from inlay.dialects.registry import make_context
from inlay.driver.kernels import compile_kernels
from inlay.passes.manager import PassManager
from inlay.passes.target_attribute import set_target
from inlay.target.description import Target
module = parse_module(make_context(), {INTEGERS + GATHER!r})
set_target(module, Target.native())
print(sorted(compile_kernels(module, processes=2)))
"""
    done = subprocess.run(
        [sys.executable, "-"],
        input=script,
        capture_output=True,
        check=False,
        text=True,
        cwd=tmp_path,
    )
    assert (done.stdout, done.stderr) == ("['gather', 'integers']\n", "")


def test_a_kernel_that_does_not_compile_is_named(monkeypatch: pytest.MonkeyPatch):
    def fail(texts: list[str], processes: int | None) -> list[str]:
        return ["no such thing"] * len(texts)

    monkeypatch.setattr(kernels_module, "compile_texts", fail)
    with pytest.raises(KernelError, match="kernel @integers: no such thing"):
        compile_kernels(parse(INTEGERS))


def test_targets_must_be_named_and_this_machines():
    module = parse(INTEGERS)
    module.attributes.clear()
    with pytest.raises(KernelError, match=r"names no machine .*inlay\.target"):
        compile_kernels(module)
    foreign = "aarch64" if Target.native().triple.startswith("x86_64") else "x86-64-v3"
    with pytest.raises(KernelError, match="which this machine is"):
        compile_kernels(parse(INTEGERS, target=TARGETS[foreign]))


ROWS = """
tl.kernel @rows(%X: memref<?x16xf32> sizes (n), %Y: memref<?x16xf32> out sizes (n)) {
  %c0 = arith.constant 0 : index
  %n = memref.dim %X, %c0 : memref<?x16xf32>
  tl.for %r = %n parallel {
    tl.nest (%l = 16) schedule [l by 8, l vector] finish {
      %x = tl.load %X[%r, %l]
      %y = arith.addf %x, %x : f32
      tl.store %y, %Y[%r, %l]
    } } }
"""


def test_extents_are_those_of_the_arrays():
    kernel = compile_kernels(parse(ROWS))["rows"]
    for rows in (0, 1, 5):
        x = np.arange(rows * 16, dtype=np.float32).reshape(rows, 16)
        y = np.zeros_like(x)
        kernel(x, y)
        np.testing.assert_array_equal(y, 2 * x)
    with pytest.raises(KernelCallError, match=r"found extents \[3, 5\], expected one for"):
        kernel(np.zeros((5, 16), np.float32), np.zeros((3, 16), np.float32))
    with pytest.raises(KernelCallError, match=r"expected float32\[\?, 16\]"):
        kernel(np.zeros((5, 17), np.float32), np.zeros((5, 16), np.float32))


def test_a_kernel_with_nothing_to_compute_can_be_called():
    module = parse("tl.kernel @f(%X: memref<?x0xf32>, %Y: memref<?xf32> out) {\n}")
    kernel = compile_kernels(module)["f"]
    y = np.ones(3, np.float32)
    kernel(np.zeros((4, 0), np.float32), y)
    np.testing.assert_array_equal(y, 1)


SOFTMAX_OF_NOTHING = """
relay.func @f(%x: tensor<0x4xf32>) -> tensor<0x4xf32> attributes {primitive} {
  %0 = relay.nn.softmax %x : (tensor<0x4xf32>) -> tensor<0x4xf32>
  relay.return %0 : tensor<0x4xf32>
}
"""


def test_layers_of_no_elements_are_kernels():
    module = parse(SOFTMAX_OF_NOTHING)
    PassManager.parse("relay-to-tl").run(make_context(), module)
    empty = np.zeros((0, 4), np.float32)
    compile_kernels(module)["f"](empty, empty.copy())


def test_checked_indices_are_checked():
    text = GATHER.replace("tl.load %X[%clamped, %l]", "tl.load %X[%q, %l] checked")
    kernel = compile_kernels(parse(text))["gather"]
    indices, x, y = arrays_for(kernel)
    indices[...] = range(92, 100)
    kernel(indices, x, y)
    np.testing.assert_array_equal(y, x[92:])
    indices[3] = 100
    with pytest.raises(KernelCallError, match="kernel gather: an index is out of bounds"):
        kernel(indices, x, y)
    indices[3] = 0
    kernel(indices, x, y)


SCATTER = """
tl.kernel @scatter(%I: memref<5xi32>, %Y: memref<?x3xf32> out sizes (n)) {
  tl.nest (%i = 5) schedule [i] finish {
    %p = tl.load %I[%i]
    %q = arith.index_cast %p : i32 to index
    %one = arith.constant 1.0 : f32
    tl.store %one, %Y[%q, 2] checked
  }
}
"""


def test_a_checked_store_into_no_elements_touches_nothing():
    kernel = compile_kernels(parse(SCATTER))["scatter"]
    memory = np.zeros(32, np.float32)
    with pytest.raises(KernelCallError, match="kernel scatter: an index is out of bounds"):
        kernel(np.zeros(5, np.int32), memory[16:16].reshape(0, 3))
    assert not memory.any()


def test_arrays_must_fit():
    kernel = compile_kernels(parse(CONV))["conv"]
    good = arrays_for(kernel)
    kernel(*good)

    def refused(at: int, array: Array, message: str) -> None:
        with pytest.raises(KernelCallError, match=message):
            kernel(*good[:at], array, *good[at + 1 :])

    shape = kernel.buffers[0].shape
    refused(0, good[0].astype(np.float64), r"buffer X: found float64\[2, 8, 8, 8\], expected float")
    not_an_array: Any = good[0].tolist()
    refused(0, not_an_array, r"buffer X: found a list, expected an array float32\[2, 8, 8, 8\]")
    refused(0, good[0][:1], r"found float32\[1, 8, 8, 8\]")
    refused(0, np.zeros(shape, np.float32, order="F"), "not contiguous")
    memory = np.zeros(good[0].size + 1, np.float32)
    odd = next(
        view for view in (memory[:-1], memory[1:]) if view.ctypes.data % kernel.buffers[0].alignment
    )
    refused(0, odd.reshape(shape), "expected a multiple of 64")
    frozen = good[3].copy()
    frozen.flags.writeable = False
    refused(3, frozen, "buffer Y: the array is read-only")
    refused(0, good[3], "buffer Y: the array overlaps that of X")
    with pytest.raises(KernelCallError, match="takes 4 arrays, found 3"):
        kernel(*good[:3])


@pytest.mark.parametrize("data", [b"", b"[]\nx", b'{"entries": 1}\n', b'{"workspace": [1]}\n'])
def test_foreign_bytes_are_no_code(data: bytes):
    with pytest.raises(KernelCodeError, match="not a kernel's code"):
        KernelCode.from_bytes(data)


@pytest.mark.parametrize(
    "argument",
    [
        "%n: index {tl.extent = 3}",
        "%n: index {tl.extent = []}",
        "%n: index {tl.extent = [array<i64: 0>]}",
        "%n: index {tl.extent = [array<i64: 1, 0>]}",
        "%n: index {tl.extent = [array<i64: 0, 7>]}",
        "%n: index {tl.extent = [array<i64: 0, -1>]}",
        '%n: memref<4xi8> {tl.workspace = "odd"}',
        '%n: memref<?xi8> {tl.workspace = "shared"}',
    ],
)
def test_arguments_that_no_kernel_has(argument: str):
    module = parse(f"func.func @f(%X: memref<?xf32>, {argument}) {{\n  func.return\n}}")
    with pytest.raises(KernelCodeError, match=r"func\.func: argument 1 of @f .*expected"):
        compile_code(module)
