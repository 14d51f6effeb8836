// RUN: inlay-opt %s --target=x86-64-v3 -p "tl-schedule{cores=4}" --split-input-file | filecheck %s
// RUN: inlay-opt %s --target=x86-64-v4 -p "tl-schedule{parallel=false}" --split-input-file | filecheck %s --check-prefix=V4
// RUN: not inlay-opt %s -p "tl-schedule{cores=0}" 2>&1 | filecheck %s --check-prefix=CORES

// CORES: pass 'tl-schedule': cores is 0, expected at least 1

// Twelve accumulators of two vectors fill 16 registers, 14 x 2 fill 32.
// CHECK-LABEL: tl.kernel @conv
// CHECK: schedule [oc parallel, oh by 7 parallel, oh, ow by (6x6, *x5), cb, kh, kw, ic by 2, ic unroll, ow unroll, l by 8 unroll, l vector]
// V4-LABEL: tl.kernel @conv
// V4: schedule [oc by 2, oh, ow by 14, cb, kh, kw, ic by 2, ic unroll, ow unroll, oc unroll, l vector]
tl.kernel @conv(%X: memref<4x56x56x16xf32> align 64, %W: memref<4x4x3x3x16x16xf32> align 64,
                %Y: memref<4x56x56x16xf32> out align 64) {
  tl.nest (%oc = 4, %oh = 56, %ow = 56, %l = 16) reduce (%cb = 4, %kh = 3, %kw = 3, %ic = 16)
    acc (%a : f32 add)
  update {
    %x = tl.load %X[%cb, %oh + %kh - 1, %ow + %kw - 1, %ic] else skip
    %w = tl.load %W[%oc, %cb, %kh, %kw, %ic, %l]
    %n = math.fma %x, %w, %a : f32
    tl.yield %n
  } finish {
    tl.store %a, %Y[%oc, %oh, %ow, %l]
  }
}

// -----

// Each weight of a depthwise convolution is used by all pixels of a tile.
// CHECK-LABEL: tl.kernel @depthwise
// CHECK: schedule [c parallel, oh, ow by 8, l by 8, kh unroll, kw unroll, ow unroll, l vector]
// V4-LABEL: tl.kernel @depthwise
// V4: schedule [c, oh, ow by 14, kh unroll, kw unroll, ow unroll, l vector]
tl.kernel @depthwise(%X: memref<4x56x56x16xf32>, %W: memref<4x3x3x16xf32>,
                     %Y: memref<4x56x56x16xf32> out) {
  tl.nest (%c = 4, %oh = 56, %ow = 56, %l = 16) reduce (%kh = 3, %kw = 3) acc (%a : f32 add)
  update {
    %x = tl.load %X[%c, %oh + %kh - 1, %ow + %kw - 1, %l] else skip
    %w = tl.load %W[%c, %kh, %kw, %l]
    %n = math.fma %x, %w, %a : f32
    tl.yield %n
  } finish {
    tl.store %a, %Y[%c, %oh, %ow, %l]
  }
}

// -----

// Both operands are neighbours along the reduction: vectors of partial sums.
// CHECK-LABEL: tl.kernel @dot
// CHECK: schedule [n by 24 parallel, n by 6, m by 2, k by 8, n unroll, m unroll, k vector]
tl.kernel @dot(%X: memref<128x768xf32>, %W: memref<768x768xf32>, %Y: memref<128x768xf32> out) {
  tl.nest (%m = 128, %n = 768) reduce (%k = 768) acc (%a : f32 add)
  update {
    %x = tl.load %X[%m, %k]
    %w = tl.load %W[%n, %k]
    %s = math.fma %x, %w, %a : f32
    tl.yield %s
  } finish {
    tl.store %a, %Y[%m, %n]
  }
}

// -----

// A sum without other axes needs several partial sums.
// CHECK-LABEL: tl.kernel @total
// CHECK: schedule [i by 64, i by 8 chain, i vector]
tl.kernel @total(%X: memref<4096xf32>, %Y: memref<f32> out) {
  tl.nest () reduce (%i = 4096) acc (%a : f32 add)
  update {
    %x = tl.load %X[%i]
    %s = arith.addf %x, %a : f32
    tl.yield %s
  } finish {
    tl.store %a, %Y[]
  }
}

// -----

// Results are stored as vectors; a square of them is loaded along the other axis.
// CHECK-LABEL: tl.kernel @transpose
// CHECK: schedule [i by 8, j by 8, i unroll, j vector]
tl.kernel @transpose(%X: memref<96x64xf32>, %Y: memref<64x96xf32> out) {
  tl.nest (%i = 64, %j = 96) finish {
    %x = tl.load %X[%j, %i]
    tl.store %x, %Y[%i, %j]
  }
}

// -----

// A store of the running value orders the reduction.
// CHECK-LABEL: tl.kernel @scan
// CHECK: schedule [i, j by 8, j unroll]
tl.kernel @scan(%X: memref<8x64xf32>, %Y: memref<8x64xf32> out) {
  tl.nest (%i = 8) reduce (%j = 64) acc (%a : f32 add)
  update {
    %x = tl.load %X[%i, %j]
    %s = arith.addf %x, %a : f32
    tl.store %s, %Y[%i, %j]
    tl.yield %s
  }
}

// -----

// Extents known at run time: full pieces, then single points.
// CHECK-LABEL: tl.kernel @dynamic
// CHECK: schedule [i, j by (*x32, *x8, *x1), j by 8 unroll, j vector]
tl.kernel @dynamic(%X: memref<?x?xf32> sizes (m, n), %Y: memref<?x?xf32> out sizes (m, n)) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %m = memref.dim %X, %c0 : memref<?x?xf32>
  %n = memref.dim %X, %c1 : memref<?x?xf32>
  tl.nest (%i = %m, %j = %n) finish {
    %x = tl.load %X[%i, %j]
    tl.store %x, %Y[%i, %j]
  }
}

// -----

// Rows of a loop that nests share are independent; a schedule that is there stays.
// CHECK-LABEL: tl.kernel @rows
// CHECK: tl.for %r_group, %r_length = 4096 by 128 parallel {
// CHECK-NEXT: tl.for %r = %r_length {
// CHECK-NEXT: arith.addi %r_group, %r : index
// CHECK: schedule [j by 64, j by 8 chain, j vector]
// CHECK: schedule [j by 64, j]
tl.kernel @rows(%X: memref<4096x512xf32>, %Y: memref<4096x512xf32> out) {
  tl.for %r = 4096 {
    %s = tl.alloc : memref<f32>
    tl.nest () reduce (%j = 512) acc (%a : f32 add)
    update {
      %x = tl.load %X[%r, %j]
      %n = arith.addf %x, %a : f32
      tl.yield %n
    } finish {
      tl.store %a, %s[]
    }
    tl.nest (%j = 512) schedule [j by 64, j] finish {
      %x = tl.load %X[%r, %j]
      %t = tl.load %s[]
      %d = arith.divf %x, %t : f32
      tl.store %d, %Y[%r, %j]
    }
  }
}
