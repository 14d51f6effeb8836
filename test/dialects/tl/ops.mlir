// RUN: inlay-opt %s | inlay-opt | filecheck %s
// RUN: inlay-opt %s --mlir-print-op-generic | inlay-opt | filecheck %s

// CHECK-LABEL: tl.kernel @conv
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

// CHECK-LABEL: tl.kernel @softmax
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
