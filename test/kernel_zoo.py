"""Kernels of every kind, as text of the phases `tl` and `scheduled`, for tests of the driver."""

from collections.abc import Mapping

_TRANSFORM = "#tl.matrix<[[1, 0, -1, 0], [0, 1, 1, 0], [0, -1, 1, 0], [0, 1, 0, -1]]>"

CONV = """
tl.kernel @conv(%X: memref<2x8x8x8xf32> align 64, %W: memref<2x2x3x3x8x8xf32>,
                %B: memref<2x8xf32>, %Y: memref<2x8x8x8xf32> out) {
  tl.nest (%oh = 8, %oc = 2, %ow = 8, %l = 8) reduce (%cb = 2, %kh = 3, %kw = 3, %ic = 8)
    acc (%a : f32 add)
    schedule [oh parallel, oc, ow by 4, cb, kh, kw, ic by 2, ic unroll, ow unroll, l vector]
  init {
    %b = tl.load %B[%oc, %l]
    tl.yield %b
  } update {
    %x = tl.load %X[%cb, %oh + %kh - 1, %ow + %kw - 1, %ic] else skip
    %w = tl.load %W[%oc, %cb, %kh, %kw, %ic, %l]
    %n = math.fma %x, %w, %a : f32
    tl.yield %n
  } finish {
    %zero = arith.constant 0.0 : f32
    %t = arith.maximumf %a, %zero : f32
    tl.store %t, %Y[%oc, %oh, %ow, %l]
  } }
"""

# A softmax but for the exponential, whose place a square takes.
SOFTMAX = """
tl.kernel @softmax(%X: memref<5x100xf32>, %Y: memref<5x100xf32> out) {
  tl.for %r = 5 parallel {
    %m = tl.alloc : memref<f32>
    %s = tl.alloc : memref<f32>
    tl.nest () reduce (%j = 100) acc (%a : f32 max) schedule [j by 32, j by 8 chain, j vector]
    update {
      %x = tl.load %X[%r, %j]
      %n = arith.maximumf %a, %x : f32
      tl.yield %n
    } finish { tl.store %a, %m[] }
    tl.nest () reduce (%j = 100) acc (%a : f32 add) schedule [j by 32, j by 8 chain, j vector]
    update {
      %x = tl.load %X[%r, %j]
      %mx = tl.load %m[]
      %d = arith.subf %x, %mx : f32
      %e = arith.mulf %d, %d : f32
      tl.store %e, %Y[%r, %j]
      %n = arith.addf %a, %e : f32
      tl.yield %n
    } finish {
      %one = arith.constant 1.0 : f32
      %i = arith.divf %one, %a : f32
      tl.store %i, %s[]
    }
    tl.nest (%j = 100) schedule [j by 8, j vector] finish {
      %y = tl.load %Y[%r, %j]
      %i = tl.load %s[]
      %p = arith.mulf %y, %i : f32
      tl.store %p, %Y[%r, %j]
    } } }
"""

# Two phases: packing into shared scratch, then the product.
GEMM = """
tl.kernel @gemm(%A: memref<6x20xf32>, %B: memref<20x16xf32>, %C: memref<6x16xf32> out) {
  %P = tl.alloc : memref<20x6xf32>
  tl.nest (%k = 20, %m = 6) schedule [k parallel, m] finish {
    %a = tl.load %A[%m, %k]
    tl.store %a, %P[%k, %m]
  }
  tl.nest (%m = 6, %n = 16) reduce (%k = 20) acc (%a : f32 add)
    schedule [n by 8, k by 2, k unroll, m unroll, n vector] update {
    %x = tl.load %P[%k, %m]
    %y = tl.load %B[%k, %n]
    %r = math.fma %x, %y, %a : f32
    tl.yield %r
  } finish { tl.store %a, %C[%m, %n] } }
"""

# The input transform of Winograd's F(2x2, 3x3), both directions.
WINOGRAD = f"""
#BT = {_TRANSFORM}
tl.kernel @winograd(%X: memref<10x10x8xf32>, %V: memref<16x4x4x8xf32> out) {{
  tl.for %ty = 4 by (1x1, *x1, 1x1) parallel {{
    tl.for %tx = 4 {{
      %T = tl.alloc : memref<4x4x8xf32>
      tl.nest (%j = 4, %l = 8) schedule [j unroll, l vector] finish {{
        %d:4 = tl.load %X[2*%ty + (0:4) - 1, 2*%tx + %j - 1, %l] else 0.0
        %t:4 = tl.linear #BT, %d
        tl.store %t, %T[0:4, %j, %l]
      }}
      tl.nest (%i = 4, %l = 8) schedule [i unroll, l vector] finish {{
        %d:4 = tl.load %T[%i, 0:4, %l]
        %t:4 = tl.linear #BT, %d
        tl.store %t, %V[4*%i + (0:4), %ty, %tx, %l]
      }} }} }} }}
"""

INTEGERS = """
tl.kernel @integers(%X: memref<37xi32>, %Y: memref<37xi32>, %Z: memref<37xi32> out) {
  tl.nest (%i = 37) schedule [i by 8, i vector] finish {
    %x = tl.load %X[%i]
    %y = tl.load %Y[%i]
    %s = arith.addi %x, %y : i32
    %p = arith.muli %s, %x : i32
    %m = arith.maxsi %p, %y : i32
    tl.store %m, %Z[%i]
  } }
"""

# A gather whose index carries its own clamp.
GATHER = """
tl.kernel @gather(%I: memref<8xi32>, %X: memref<100x16xf32>, %Y: memref<8x16xf32> out) {
  tl.nest (%i = 8, %l = 16) schedule [i, l by 8, l vector] finish {
    %p = tl.load %I[%i]
    %q = arith.index_cast %p : i32 to index
    %c0 = arith.constant 0 : index
    %c99 = arith.constant 99 : index
    %low = arith.maxsi %q, %c0 : index
    %clamped = arith.minsi %low, %c99 : index
    %y = tl.load %X[%clamped, %l]
    tl.store %y, %Y[%i, %l]
  } }
"""

KERNELS: Mapping[str, str] = {
    "conv": CONV,
    "softmax": SOFTMAX,
    "gemm": GEMM,
    "winograd": WINOGRAD,
    "integers": INTEGERS,
    "gather": GATHER,
}
"""The kernels by name; each text is a module of one."""
