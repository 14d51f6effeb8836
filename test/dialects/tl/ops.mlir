// RUN: inlay-opt %s | inlay-opt | filecheck %s
// RUN: inlay-opt %s --mlir-print-op-generic | inlay-opt | filecheck %s

// CHECK-LABEL: tl.kernel @conv(%X: memref<4x56x56x16xf32>,
// CHECK-SAME: %Z: memref<4x56x56x16xf32> out) {
// CHECK: tl.nest (%oh = 56, %oc = 4, %ow = 56, %l = 16) reduce (%cb = 4, %kh = 3, %kw = 3, %ic = 16) acc (%a : f32 add)
// CHECK-NEXT: schedule [oh by (1x1, *x1, 1x1) parallel, oc, ow by 28, cb, kh, kw, ic by 2, ic unroll, ow unroll, l vector] init {
// CHECK: tl.yield %b
// CHECK: } update {
// CHECK: %x = tl.load %X[%cb, %oh + %kh - 1, %ow + %kw - 1, %ic] else skip
// CHECK: } finish {
// CHECK: %g, %h = tl.load %S[%oc, 0:2, %l]
// CHECK: tl.store %t, %Z[%oc, %oh, %ow, %l]
tl.kernel @conv(%X: memref<4x56x56x16xf32>, %W: memref<4x4x3x3x16x16xf32>, %B: memref<4x16xf32>, %R: memref<4x56x56x16xf32>,
                %S: memref<4x2x16xf32>, %Y: memref<4x56x56x16xf32> out, %Z: memref<4x56x56x16xf32> out) {
  tl.nest (%oh = 56, %oc = 4, %ow = 56, %l = 16) reduce (%cb = 4, %kh = 3, %kw = 3, %ic = 16) acc (%a : f32 add)
    schedule [oh by (1x1, *x1, 1x1) parallel, oc, ow by 28, cb, kh, kw, ic by 2, ic unroll, ow unroll, l vector]
  init { %b = tl.load %B[%oc, %l]
    tl.yield %b }
  update {
    %x = tl.load %X[%cb, %oh + %kh - 1, %ow + %kw - 1, %ic] else skip
    %w = tl.load %W[%oc, %cb, %kh, %kw, %ic, %l]
    %n = math.fma %x, %w, %a : f32
    tl.yield %n
  } finish {
    %r = tl.load %R[%oc, %oh, %ow, %l]
    %s = arith.addf %a, %r : f32
    tl.store %s, %Y[%oc, %oh, %ow, %l]
    %g, %h = tl.load %S[%oc, 0:2, %l]
    %z = math.fma %s, %g, %h : f32
    %zero = arith.constant 0.0 : f32
    %t = arith.maximumf %z, %zero : f32
    tl.store %t, %Z[%oc, %oh, %ow, %l]
  } }

#BT = #tl.matrix<[[4, 0, -5, 0, 1, 0], [0, -4, -4, 1, 1, 0], [0, 4, -4, -1, 1, 0], [0, -2, -1, 2, 1, 0], [0, 2, -1, -2, 1, 0], [0, 4, 0, -5, 0, 1]]>
#AT = #tl.matrix<[[1, 1, 1, 1, 1, 0], [0, 1, -1, 2, -2, 0], [0, 1, 1, 4, 4, 0], [0, 1, -1, 8, -8, 1]]>

// CHECK-LABEL: tl.kernel @wino
// CHECK: tl.for %ty = 14 by (1x1, *x1, 1x1) parallel {
// CHECK: %V = tl.alloc : memref<36x4x14x16xf32, strided<[912, 224, 16, 1]>>
// CHECK: tl.nest (%j = 6, %l = 16) schedule [j unroll, l vector] finish {
// CHECK: tl.load %X[%cb, 4*%ty + (0:6) - 1, 4*%tx + %j - 1, %l] else 0.000000e+00
// CHECK: tl.linear #tl.matrix<{{\[\[}}4, 0, -5, 0, 1, 0], [0, -4,
// CHECK: tl.store %t, %t_1, %t_2, %t_3, %t_4, %t_5, %V[6*%i + (0:6), %cb, %tx, %l]
// CHECK: tl.load %U[%o, %q, 16*%kb + %k, 16*%c + %l] {prefetch = 1024}
// CHECK: tl.load %M[6*(0:6) + %j, %c, %tx, %l]
tl.kernel @wino(%X: memref<4x56x56x16xf32>, %U: memref<2x36x64x32xf32>, %B: memref<4x16xf32>, %Y: memref<4x56x56x16xf32> out) {
  tl.for %ty = 14 by (1x1, *x1, 1x1) parallel {
    %V = tl.alloc : memref<36x4x14x16xf32, strided<[912, 224, 16, 1]>>
    tl.for %cb = 4 { tl.for %tx = 14 by (1x1, *x1, 1x1) {
      %T = tl.alloc : memref<6x6x16xf32>
      tl.nest (%j = 6, %l = 16) schedule [j unroll, l vector] finish {
        %d:6 = tl.load %X[%cb, 4*%ty + (0:6) - 1, 4*%tx + %j - 1, %l] else 0.0
        %t:6 = tl.linear #BT, %d
        tl.store %t, %T[0:6, %j, %l] }
      tl.nest (%i = 6, %l = 16) schedule [i unroll, l vector] finish {
        %d:6 = tl.load %T[%i, 0:6, %l]
        %t:6 = tl.linear #BT, %d
        tl.store %t, %V[6*%i + (0:6), %cb, %tx, %l] } } }
    tl.for %o = 2 {
      %M = tl.alloc : memref<36x2x14x16xf32, strided<[464, 224, 16, 1]>>
      tl.nest (%q = 36, %t = 14, %c = 2, %l = 16) reduce (%kb = 4, %k = 16) acc (%a : f32 add)
        schedule [q, kb, k by 2, k unroll, t unroll, c unroll, l vector]
      update { %v = tl.load %V[%q, %kb, %t, %k]
        %u = tl.load %U[%o, %q, 16*%kb + %k, 16*%c + %l] {prefetch = 1024}
        %n = math.fma %v, %u, %a : f32
        tl.yield %n } finish { tl.store %a, %M[%q, %c, %t, %l] }
      tl.for %c = 2 { tl.for %tx = 14 {
        %T = tl.alloc : memref<4x6x16xf32>
        tl.nest (%j = 6, %l = 16) schedule [j unroll, l vector] finish {
          %d:6 = tl.load %M[6*(0:6) + %j, %c, %tx, %l]
          %t:4 = tl.linear #AT, %d
          tl.store %t, %T[0:4, %j, %l] }
        tl.nest (%i = 4, %l = 16) schedule [i unroll, l vector] finish {
          %d:6 = tl.load %T[%i, 0:6, %l]
          %t:4 = tl.linear #AT, %d
          %b = tl.load %B[2*%o + %c, %l]
          %0 = arith.addf %t#0, %b : f32
          %1 = arith.addf %t#1, %b : f32
          %2 = arith.addf %t#2, %b : f32
          %3 = arith.addf %t#3, %b : f32
          tl.store %0, %1, %2, %3, %Y[2*%o + %c, 4*%ty + %i, 4*%tx + (0:4), %l] } } }
    } } }

// CHECK-LABEL: tl.kernel @softmax(%X: memref<?x1000xf32> sizes (rows), %Y: memref<?x1000xf32> out sizes (rows)) {
// CHECK: tl.for %r = %rows parallel {
// CHECK: tl.nest () reduce (%j = 1000) acc (%a : f32 max)
// CHECK-NEXT: schedule [j by 64, j by 16 chain, j vector] update {
// CHECK: tl.store %a, %m[]
// CHECK: tl.nest (%j = 1000) schedule [j by 64, j by 16 unroll, j vector] finish {
tl.kernel @softmax(%X: memref<?x1000xf32> sizes (rows), %Y: memref<?x1000xf32> out sizes (rows)) {
  %c0 = arith.constant 0 : index
  %rows = memref.dim %X, %c0 : memref<?x1000xf32>
  tl.for %r = %rows parallel {
    %m = tl.alloc : memref<f32>
    %s = tl.alloc : memref<f32>
    tl.nest () reduce (%j = 1000) acc (%a : f32 max) schedule [j by 64, j by 16 chain, j vector]
    update { %x = tl.load %X[%r, %j]
      %n = arith.maximumf %a, %x : f32
      tl.yield %n } finish { tl.store %a, %m[] }
    tl.nest () reduce (%j = 1000) acc (%a : f32 add) schedule [j by 64, j by 16 chain, j vector]
    update { %x = tl.load %X[%r, %j]
      %mx = tl.load %m[]
      %d = arith.subf %x, %mx : f32
      %e = math.exp %d : f32
      tl.store %e, %Y[%r, %j]
      %n = arith.addf %a, %e : f32
      tl.yield %n } finish { %one = arith.constant 1.0 : f32
      %i = arith.divf %one, %a : f32
      tl.store %i, %s[] }
    tl.nest (%j = 1000) schedule [j by 64, j by 16 unroll, j vector] finish {
      %y = tl.load %Y[%r, %j]
      %i = tl.load %s[]
      %p = arith.mulf %y, %i : f32
      tl.store %p, %Y[%r, %j] } } }

// Several accumulators of kind custom, two vectors of lanes combined by a region.
// CHECK-LABEL: tl.kernel @argmax
// CHECK: acc (%best : f32 custom, %at : i32 custom)
// CHECK: } combine (%best_1, %at_1), (%best_2, %at_2) {
tl.kernel @argmax(%X: memref<8x40xf32>, %Y: memref<8xi32> out) {
  tl.nest (%i = 8) reduce (%k = 40) acc (%best : f32 custom, %at : i32 custom) schedule [i parallel, k by 16, k vector]
  init {
    %lowest = arith.constant 0xFF800000 : f32
    %none = arith.constant -1 : i32
    tl.yield %lowest, %none
  } update {
    %x = tl.load %X[%i, %k]
    %here = arith.index_cast %k : index to i32
    %more = arith.cmpf ogt, %x, %best : f32
    %b = arith.select %more, %x, %best : f32
    %p = arith.select %more, %here, %at : i32
    tl.yield %b, %p
  } combine (%b0, %p0), (%b1, %p1) {
    %more = arith.cmpf ogt, %b1, %b0 : f32
    %same = arith.cmpf oeq, %b1, %b0 : f32
    %first = arith.cmpi ult, %p1, %p0 : i32
    %tie = arith.andi %same, %first : i1
    %take = arith.ori %more, %tie : i1
    %b = arith.select %take, %b1, %b0 : f32
    %p = arith.select %take, %p1, %p0 : i32
    tl.yield %b, %p
  } finish {
    tl.store %at, %Y[%i]
  } }

// Flat tiles: floordiv and mod; every vector lies in one row.
// CHECK-LABEL: tl.kernel @flat
// CHECK: schedule [p by (1x13, *x12), p]
// CHECK: tl.load %X[%p floordiv 7, %p mod 7]
// CHECK: tl.store {{.*}}, %Y[2*(%q floordiv 16), %q mod 16]
tl.kernel @flat(%X: memref<7x7xf32>, %Z: memref<49xf32> out, %Y: memref<8x16xf32> out) {
  tl.nest (%p = 49) schedule [p by (1x13, *x12), p] finish {
    %x = tl.load %X[%p floordiv 7, %p mod 7]
    tl.store %x, %Z[%p]
  }
  tl.nest (%q = 64) schedule [q by 16, q vector] finish {
    %x = arith.constant 0.0 : f32
    tl.store %x, %Y[2*(%q floordiv 16), %q mod 16]
  } }

// A gather whose index is checked and one that carries its own clamp; a scatter in order.
// CHECK-LABEL: tl.kernel @gather(%I: memref<8xi32> align 64, %X: memref<100x16xf32> mayalias, %Y: memref<8x16xf32> out align 64 mayalias
// CHECK: tl.load %X[%q, %l] checked
// CHECK: tl.load %X[%clamped, %l]{{$}}
// CHECK: tl.store %x, %Z[%q, %l] checked
tl.kernel @gather(%I: memref<8xi32> align 64, %X: memref<100x16xf32> mayalias, %Y: memref<8x16xf32> out align 64 mayalias, %Z: memref<100x16xf32> inout) workspace (0, 4096) {
  tl.nest (%i = 8, %l = 16) schedule [i parallel, l vector] finish {
    %p = tl.load %I[%i]
    %q = arith.index_cast %p : i32 to index
    %x = tl.load %X[%q, %l] checked
    %c0 = arith.constant 0 : index
    %c99 = arith.constant 99 : index
    %low = arith.maxsi %q, %c0 : index
    %clamped = arith.minsi %low, %c99 : index
    %y = tl.load %X[%clamped, %l]
    %s = arith.addf %x, %y : f32
    tl.store %s, %Y[%i, %l]
  }
  tl.nest (%i = 8, %l = 16) schedule [i, l vector] finish {
    %p = tl.load %I[%i]
    %q = arith.index_cast %p : i32 to index
    %x = tl.load %Y[%i, %l]
    tl.store %x, %Z[%q, %l] checked
  } }

// An ordered reduction.
// CHECK-LABEL: tl.kernel @cumsum
tl.kernel @cumsum(%X: memref<8x16xf32>, %Y: memref<8x16xf32> out) {
  tl.nest (%i = 8) reduce (%k = 16) acc (%a : f32 add) schedule [i by 4 parallel, k by 2 unroll, k, i unroll] update {
    %x = tl.load %X[%i, %k]
    %n = arith.addf %a, %x : f32
    tl.store %n, %Y[%i, %k]
    tl.yield %n
  } }

// Pieces of a shared loop, whose length is the extent of a nest; names that are taken.
// CHECK-LABEL: tl.kernel @rows
// CHECK: tl.for %y, %n = 13 by (1x1, *x4) parallel {
// CHECK: tl.alloc(%n) : memref<?x8xf32>
// CHECK: tl.nest (%y_1 as y = %n, %x = 8) schedule [y, x vector] finish {
// CHECK: tl.load %X[%y + %y_1, %x]
tl.kernel @rows(%X: memref<13x8xf32>, %Y: memref<13x8xf32> out) {
  tl.for %y, %n = 13 by (1x1, *x4) parallel {
    %T = tl.alloc(%n) : memref<?x8xf32>
    tl.nest (%y_1 as y = %n, %x = 8) schedule [y, x vector] finish {
      %v = tl.load %X[%y + %y_1, %x]
      tl.store %v, %T[%y_1, %x]
    }
    tl.nest (%t = %n, %x = 8) schedule [t, x vector] finish {
      %v = tl.load %T[%t, %x]
      tl.store %v, %Y[%y + %t, %x]
    } } }

// CHECK-LABEL: tl.kernel @constants
// CHECK: else 0xff800000
// CHECK: else true
// CHECK: tl.load %I[8 - %i] else -3
tl.kernel @constants(%X: memref<8xf32>, %P: memref<8xi1>, %I: memref<8xi8>, %Y: memref<9xf32> out, %Q: memref<9xi1> out, %J: memref<9xi8> out) {
  tl.nest (%i = 9) schedule [i] finish {
    %x = tl.load %X[%i - 1] else 0xFF800000
    %p = tl.load %P[%i] else true
    %n = tl.load %I[-1*%i + 8] else -3
    tl.store %x, %Y[%i]
    tl.store %p, %Q[%i] else skip
    tl.store %n, %J[8 - %i]
  } }
