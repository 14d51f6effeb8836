// RUN: inlay-opt %s -p "tl-unroll{axis=k},tl-unroll{axis=i factor=2},tl-unroll{axis=n level=0 factor=2}" | filecheck %s --check-prefix=UNROLL
// RUN: inlay-opt %s -p "tl-unroll{axis=j factor=4 chain}" | filecheck %s --check-prefix=CHAIN
// RUN: inlay-opt %s -p "tl-unroll{axis=k level=0}" | filecheck %s --check-prefix=LEVEL
// RUN: not inlay-opt %s -p "tl-unroll{axis=k level=2}" 2>&1 | filecheck %s --check-prefix=ENTRY
// RUN: not inlay-opt %s -p "tl-unroll{axis=j level=1}" 2>&1 | filecheck %s --check-prefix=VECTOR
// RUN: not inlay-opt %s -p "tl-unroll{axis=f factor=2}" 2>&1 | filecheck %s --check-prefix=FIXED
// RUN: not inlay-opt %s -p "tl-unroll{axis=i chain}" 2>&1 | filecheck %s --check-prefix=SPATIAL

// UNROLL: schedule [i by 2, i unroll, k by 2, k unroll] update
// UNROLL: schedule [n by (*x8, *x4, *x1), n by (*x4, *x1) unroll, n] finish
// CHAIN: schedule [j by 64, j by 16 chain, j vector] update
// LEVEL: schedule [i, k by 2 unroll, k] update

// ENTRY: tl.nest: axis k has 2 entries in [i, k by 2, k], found no 2
// VECTOR: tl.nest: entry 'j vector' is a vector; divide the axis, then unroll
// FIXED: tl.nest: entry 'f by (1x1, *x1)' has fixed pieces, unrolled only as a whole
// SPATIAL: left invalid IR: tl.nest: entry 'i chain' is a chain on an axis that is not reduced

tl.kernel @k(%X: memref<8x100xf32>, %Y: memref<8xf32> out) {
  tl.nest (%i = 8) reduce (%k = 100) acc (%a : f32 add) schedule [i, k by 2, k]
  update {
    %x = tl.load %X[%i, %k]
    %n = arith.addf %a, %x : f32
    tl.yield %n
  } finish {
    tl.store %a, %Y[%i]
  }
  tl.nest () reduce (%j = 100) acc (%a : f32 add) schedule [j by 16, j vector]
  update {
    %x = tl.load %X[0, %j]
    %n = arith.addf %a, %x : f32
    tl.yield %n
  } finish {
    tl.store %a, %Y[0]
  }
  tl.nest (%f = 8) schedule [f by (1x1, *x1)] finish {
    %x = tl.load %X[%f, 0]
    tl.store %x, %Y[%f]
  }
}

tl.kernel @dynamic(%X: memref<?xf32> sizes (n), %Y: memref<?xf32> out sizes (n)) {
  %c0 = arith.constant 0 : index
  %size = memref.dim %X, %c0 : memref<?xf32>
  tl.nest (%n = %size) schedule [n by (*x4, *x1), n] finish {
    %x = tl.load %X[%n]
    tl.store %x, %Y[%n]
  }
}
