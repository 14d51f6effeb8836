// RUN: inlay-opt %s -p tl-peel | filecheck %s
// RUN: inlay-opt %s -p "tl-peel{axis=i}" | filecheck %s --check-prefix=ASKED
// RUN: inlay-opt %s -p "tl-peel{axis=i exact}" | filecheck %s --check-prefix=EXACT
// RUN: not inlay-opt %s -p "tl-peel{axis=l}" 2>&1 | filecheck %s --check-prefix=VECTOR
// RUN: not inlay-opt %s -p "tl-peel{axis=q}" 2>&1 | filecheck %s --check-prefix=AXIS

// VECTOR: tl.nest: entry 'l vector' is one vector; divide the axis, then peel
// AXIS: there is no nest with axes q

// The loops over 1000 points and 167 tiles are cut; those that are looked at anyway are not.
// CHECK-LABEL: @pool
// CHECK: schedule [i by (1x1, *x1, 1x1) parallel, k] update
// CHECK: schedule [i by (1x6, *x6, 1x4) parallel, i, k] update
// CHECK: schedule [i by 20, i, k] update
// ASKED-LABEL: @pool
// ASKED: schedule [i by (1x20, *x20, 1x20), i, k] update
// EXACT-LABEL: @pool
// EXACT: schedule [i by (1x1, *x1, 1x1) parallel, k] update
// EXACT: schedule [i by (1x1, *x6, 1x2, 1x1) parallel, i, k] update
tl.kernel @pool(%X: memref<1000xf32>, %Y: memref<1000xf32> out) {
  tl.nest (%i = 1000) reduce (%k = 3) acc (%a : f32 max) schedule [i parallel, k]
  update {
    %x = tl.load %X[%i + %k - 1] else skip
    %n = arith.maximumf %a, %x : f32
    tl.yield %n
  } finish {
    tl.store %a, %Y[%i]
  }
  tl.nest (%i = 1000) reduce (%k = 3) acc (%a : f32 max) schedule [i by 6 parallel, i, k]
  update {
    %x = tl.load %X[%i + %k - 1] else skip
    %n = arith.maximumf %a, %x : f32
    tl.yield %n
  } finish {
    tl.store %a, %Y[%i]
  }
  tl.nest (%i = 1000) reduce (%k = 3) acc (%a : f32 max) schedule [i by 20, i, k]
  update {
    %x = tl.load %X[%i + %k - 1] else skip
    %n = arith.maximumf %a, %x : f32
    tl.yield %n
  } finish {
    tl.store %a, %Y[%i]
  }
}

// With stride 2 only the first point reads padding; of a 5x5 window two points on each side do.
// CHECK-LABEL: @convs
// CHECK: schedule [i by (1x1, *x1), k] update
// CHECK: schedule [i by (2x1, *x1, 2x1), k] update
tl.kernel @convs(%X: memref<1000xf32>, %Y: memref<1000xf32> out) {
  tl.nest (%i = 500) reduce (%k = 3) acc (%a : f32 max) schedule [i, k]
  update {
    %x = tl.load %X[2*%i + %k - 1] else skip
    %n = arith.maximumf %a, %x : f32
    tl.yield %n
  } finish {
    tl.store %a, %Y[%i]
  }
  tl.nest (%i = 1000) reduce (%k = 5) acc (%a : f32 max) schedule [i, k]
  update {
    %x = tl.load %X[%i - %k + 2] else skip
    %n = arith.maximumf %a, %x : f32
    tl.yield %n
  } finish {
    tl.store %a, %Y[%i]
  }
}

// What is wholly outside is a piece of its own, and so is what is partly outside.
// CHECK-LABEL: @pad
// CHECK: schedule [i by (97x1, 3x1, *x1, 3x1, 100x1), j by 4, j, l vector] finish
tl.kernel @pad(%X: memref<800x8xf32>, %Y: memref<1000x4x8xf32> out) {
  tl.nest (%i = 1000, %j = 4, %l = 8) schedule [i, j by 4, j, l vector] finish {
    %x = tl.load %X[%i + %j - 100, %l] else 0.0
    tl.store %x, %Y[%i, %j, %l]
  }
}

// Rows of a flat axis: of 30 rows the first and the last. The columns are left to materialisation.
// CHECK-LABEL: @flat
// CHECK: schedule [p by (30x1, *x1, 30x1), k] update
tl.kernel @flat(%X: memref<30x30xf32>, %Y: memref<900xf32> out) {
  tl.nest (%p = 900) reduce (%k = 3) acc (%a : f32 max) schedule [p, k]
  update {
    %x = tl.load %X[%p floordiv 30 + %k - 1, %p mod 30 + %k - 1] else skip
    %n = arith.maximumf %a, %x : f32
    tl.yield %n
  } finish {
    tl.store %a, %Y[%p]
  }
}

// A loop around nests is cut however short it is.
// CHECK-LABEL: @winograd
// CHECK: tl.for %ty = 3 by (1x1, *x1, 1x1) parallel {
// CHECK: tl.for %tx, %n = 5 by (1x2, *x2, 1x1)
tl.kernel @winograd(%X: memref<12x12xf32>, %Y: memref<3x5x6x6xf32> out) {
  tl.for %ty = 3 parallel {
    tl.for %tx, %n = 5 by 2 {
      tl.nest (%t = %n, %j = 6) schedule [t, j] finish {
        %d:6 = tl.load %X[4*%ty + (0:6) - 1, 2*%tx + 2*%t + %j - 1] else 0.0
        tl.store %d, %Y[%ty, %tx + %t, 0:6, %j]
      }
    }
  }
}
