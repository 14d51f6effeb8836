// RUN: inlay-opt %s -p tl-fuse-nests | filecheck %s
// RUN: inlay-opt %s -p "tl-fuse-nests{kernel=rows phases=1,2}" | filecheck %s --check-prefix=CHOSEN
// RUN: not inlay-opt %s -p "tl-fuse-nests{kernel=columns phases=0,1}" 2>&1 | filecheck %s --check-prefix=CONFLICT
// RUN: not inlay-opt %s -p "tl-fuse-nests{kernel=rows phases=0,2}" 2>&1 | filecheck %s --check-prefix=APART
// RUN: not inlay-opt %s -p "tl-fuse-nests{kernel=rows phases=2,3}" 2>&1 | filecheck %s --check-prefix=EXTENT
// RUN: not inlay-opt %s -p "tl-fuse-nests{kernel=rows phases=3,4}" 2>&1 | filecheck %s --check-prefix=NONE
// RUN: not inlay-opt %s -p "tl-tile{axis=r by=2},tl-fuse-nests{kernel=rows phases=0,1}" 2>&1 | filecheck %s --check-prefix=TILED

// Three nests share rows; the fourth has other ones.
// CHECK-LABEL: @rows
// CHECK-NEXT: %S = tl.alloc : memref<8xf32>
// CHECK-NEXT: tl.for %i = 8 {
// CHECK-NEXT: tl.nest () reduce (%j = 16) acc (%a : f32 add)
// CHECK-NEXT: schedule [j] update {
// CHECK-NEXT: tl.load %X[%i, %j]
// CHECK: tl.store %a, %S[%i]
// CHECK: tl.nest (%j = 16) schedule [j] finish {
// CHECK-NEXT: tl.load %X[%i, %j]
// CHECK-NEXT: tl.load %S[%i]
// CHECK: tl.store %q, %Y[%i, %j]
// CHECK: tl.nest (%j = 16) schedule [j] finish {
// CHECK: tl.nest (%i = 4, %j = 16) schedule [i, j] finish {

// CHOSEN-LABEL: @rows
// CHOSEN: tl.nest (%i = 8) reduce
// CHOSEN: tl.for %r = 8 parallel {
// CHOSEN-NEXT: tl.nest (%j = 16) schedule [j] finish {
// CHOSEN: tl.nest (%j = 16) schedule [j] finish {
// CHOSEN: tl.nest (%i = 4, %j = 16)

// Sums of columns need all rows.
// CHECK-LABEL: @columns
// CHECK-NOT: tl.for

// CONFLICT: tl.nest: iterations over axes i, i touch what others write
// APART: tl.nest: 2 nests do not follow each other
// EXTENT: tl.nest: axes r and i have different extents
// NONE: phases 3, 4 of @rows are not all there and nests
// TILED: tl.nest: axis r is divided in [r by 2 parallel, r parallel, j]

tl.kernel @rows(%X: memref<8x16xf32>, %Y: memref<8x16xf32> out) {
  %S = tl.alloc : memref<8xf32>
  tl.nest (%i = 8) reduce (%j = 16) acc (%a : f32 add) schedule [i, j] update {
    %x = tl.load %X[%i, %j]
    %n = arith.addf %a, %x : f32
    tl.yield %n
  } finish {
    tl.store %a, %S[%i]
  }
  tl.nest (%r = 8, %j = 16) schedule [r parallel, j] finish {
    %x = tl.load %X[%r, %j]
    %s = tl.load %S[%r]
    %q = arith.divf %x, %s : f32
    tl.store %q, %Y[%r, %j]
  }
  tl.nest (%r = 8, %j = 16) schedule [r parallel, j] finish {
    %y = tl.load %Y[%r, %j]
    %q = arith.mulf %y, %y : f32
    tl.store %q, %Y[%r, %j]
  }
  tl.nest (%i = 4, %j = 16) schedule [i, j] finish {
    %x = tl.load %X[%i, %j]
    tl.store %x, %Y[%i, %j]
  }
}

tl.kernel @columns(%X: memref<8x8xf32>, %Y: memref<8xf32> out) {
  %S = tl.alloc : memref<8x8xf32>
  tl.nest (%i = 8, %j = 8) schedule [i, j] finish {
    %x = tl.load %X[%i, %j]
    tl.store %x, %S[%i, %j]
  }
  tl.nest (%i = 8) reduce (%k = 8) acc (%a : f32 add) schedule [i, k] update {
    %s = tl.load %S[%k, %i]
    %n = arith.addf %a, %s : f32
    tl.yield %n
  } finish {
    tl.store %a, %Y[%i]
  }
}
