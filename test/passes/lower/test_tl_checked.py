"""Computed indices that are checked: moved into the buffer, and the call's status says so."""

from __future__ import annotations

import numpy as np
import pytest

from inlay.dialects.registry import make_context
from inlay.passes.lower.tl_to_loops import TlToLoops
from tl_kernels import Compiled, check, parse

INDICES = {
    "inside": [3, 4, 0, 0, 2],
    "below": [3, -1, 0, 2, 4],
    "above": [3, 1, 0, 2, 5],
    "both": [-(2**31), 2**31 - 1, 4, 0, 1],
}


def gather(schedule: str, index: str = "i32") -> str:
    """Elements of rows: Y[i, j] = X[I[j], i]."""
    return f"""tl.kernel @gather(%I: memref<5x{index}>, %X: memref<5x3xf32>,
                                 %Y: memref<3x5xf32> out) {{
      tl.nest (%i = 3, %j = 5) schedule [{schedule}] finish {{
        %k = tl.load %I[%j]
        %r = arith.index_cast %k : {index} to index
        %x = tl.load %X[%r, %i] checked
        tl.store %x, %Y[%i, %j] }} }}"""


@pytest.mark.parametrize("schedule", ["i, j", "i, j vector", "i parallel, j unroll"])
@pytest.mark.parametrize("case", INDICES)
def test_gather(schedule: str, case: str) -> None:
    check(gather(schedule), {"I": np.array(INDICES[case], np.int32)})


def embedding(schedule: str) -> str:
    """Whole rows: Y[i, l] = X[I[i], l]."""
    return f"""tl.kernel @embedding(%I: memref<5xi64>, %X: memref<5x24xf32>,
                                    %Y: memref<5x24xf32> out) {{
      tl.nest (%i = 5, %l = 24) schedule [{schedule}] finish {{
        %k = tl.load %I[%i]
        %r = arith.index_cast %k : i64 to index
        %x = tl.load %X[%r, %l] checked
        tl.store %x, %Y[%i, %l] }} }}"""


@pytest.mark.parametrize(
    "schedule", ["i parallel, l by (*x16, *x8), l vector", "l, i", "i unroll, l"]
)
@pytest.mark.parametrize("case", INDICES)
def test_embedding(schedule: str, case: str) -> None:
    check(embedding(schedule), {"I": np.array(INDICES[case], np.int64)})


def test_rows_are_loaded_as_vectors() -> None:
    """Only the index that needs it is checked, once for a vector."""
    module, _ = parse(embedding("i, l by 8, l vector"))
    TlToLoops().apply(make_context(), module)
    names = [op.name for op in module.walk()]
    assert names.count("vector.load") == 1
    assert names.count("scf.if") == 1


@pytest.mark.parametrize("schedule", ["i, l", "i, l by 8, l vector"])
@pytest.mark.parametrize("case", INDICES)
def test_scatter(schedule: str, case: str) -> None:
    """A copy, then rows replaced in order: the last of equal indices wins."""
    check(
        f"""tl.kernel @scatter(%X: memref<5x16xf32>, %I: memref<5xi32>, %U: memref<5x16xf32>,
                               %Y: memref<5x16xf32> out) {{
          tl.nest (%i = 5, %l = 16) schedule [i parallel, l by 8, l vector] finish {{
            %x = tl.load %X[%i, %l]
            tl.store %x, %Y[%i, %l] }}
          tl.nest (%i = 5, %l = 16) schedule [{schedule}] finish {{
            %k = tl.load %I[%i]
            %r = arith.index_cast %k : i32 to index
            %u = tl.load %U[%i, %l]
            tl.store %u, %Y[%r, %l] checked }} }}""",
        {"I": np.array(INDICES[case], np.int32)},
    )


@pytest.mark.parametrize("case", INDICES)
def test_a_sum_of_gathered_rows(case: str) -> None:
    """Checked loads in `update`, over lanes of the reduction."""
    check(
        """tl.kernel @bag(%I: memref<5xi32>, %X: memref<5x4xf32>, %Y: memref<4xf32> out) {
          tl.nest (%l = 4) reduce (%k = 5) acc (%a : f32 add) schedule [l, k by 4, k vector]
          update {
            %i = tl.load %I[%k]
            %r = arith.index_cast %i : i32 to index
            %x = tl.load %X[%r, %l] checked
            %n = arith.addf %a, %x : f32
            tl.yield %n
          } finish { tl.store %a, %Y[%l] } }""",
        {"I": np.array(INDICES[case], np.int32)},
    )


@pytest.mark.parametrize("rows", [1, 3, 5])
def test_a_table_of_unknown_length(rows: int) -> None:
    kernel = Compiled(
        """tl.kernel @take(%I: memref<?xi64> sizes (n), %X: memref<?x8xf32> sizes (rows),
                           %Y: memref<?x8xf32> out sizes (n)) {
          %c0 = arith.constant 0 : index
          %n = memref.dim %I, %c0 : memref<?xi64>
          tl.nest (%i = %n, %l = 8) schedule [i parallel, l vector] finish {
            %k = tl.load %I[%i]
            %r = arith.index_cast %k : i64 to index
            %x = tl.load %X[%r, %l] checked
            tl.store %x, %Y[%i, %l] } }"""
    )
    indices = np.array([0, 4, 2, -7], np.int64)
    table = np.random.default_rng(0).random((rows, 8), np.float32)
    taken = np.zeros((4, 8), np.float32)
    assert kernel([indices, table, taken]) == bool(np.all((indices >= 0) & (indices < rows)))
    np.testing.assert_array_equal(taken, table[np.clip(indices, 0, rows - 1)])


def test_an_index_that_carries_its_own_clamp_needs_no_status() -> None:
    module, _ = parse(
        """tl.kernel @clamped(%I: memref<5xi32>, %X: memref<4xf32>, %Y: memref<5xf32> out) {
          tl.nest (%i = 5) schedule [i] finish {
            %k = tl.load %I[%i]
            %c0 = arith.constant 0 : i32
            %c3 = arith.constant 3 : i32
            %low = arith.maxsi %k, %c0 : i32
            %in = arith.minsi %low, %c3 : i32
            %r = arith.index_cast %in : i32 to index
            %x = tl.load %X[%r]
            tl.store %x, %Y[%i] } }"""
    )
    TlToLoops().apply(make_context(), module)
    assert "tl.status" not in str(module)
