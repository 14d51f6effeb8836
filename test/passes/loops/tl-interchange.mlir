// RUN: inlay-opt %s -p "tl-interchange{order=k,i,j,i}" | filecheck %s
// RUN: not inlay-opt %s -p "tl-interchange{order=k,i,j}" 2>&1 | filecheck %s --check-prefix=SHORT
// RUN: not inlay-opt %s -p "tl-interchange{order=k,i,j,i nest=1}" 2>&1 | filecheck %s --check-prefix=AXIS

// CHECK: schedule [k, i by 4, j, i] update
// CHECK: schedule [i, j] finish

// SHORT: tl.nest: order k, i, j does not name each entry of [i by 4, i, j, k] once
// AXIS: tl.nest: there is no axis k; its axes: i, j

tl.kernel @k(%X: memref<8x16xf32>, %W: memref<16x4xf32>, %Y: memref<8x4xf32> out) {
  tl.nest (%i = 8, %j = 4) reduce (%k = 16) acc (%a : f32 add) schedule [i by 4, i, j, k]
  update {
    %x = tl.load %X[%i, %k]
    %w = tl.load %W[%k, %j]
    %n = math.fma %x, %w, %a : f32
    tl.yield %n
  } finish {
    tl.store %a, %Y[%i, %j]
  }
  tl.nest (%i = 8, %j = 4) schedule [i, j] finish {
    %y = tl.load %Y[%i, %j]
    tl.store %y, %Y[%i, %j]
  }
}
