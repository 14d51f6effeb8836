// RUN: inlay-opt %s -p "tl-fuse-axes{axes=oh,ow into=p kernel=conv}" | filecheck %s
// RUN: inlay-opt %s -p "tl-fuse-axes{axes=kh,kw,ic}" | filecheck %s --check-prefix=THREE
// RUN: inlay-opt %s -p "tl-fuse-axes{axes=oh,ow,l kernel=copy into=p}" | filecheck %s --check-prefix=FLAT
// RUN: not inlay-opt %s -p "tl-fuse-axes{axes=ow,oh}" 2>&1 | filecheck %s --check-prefix=ORDER
// RUN: not inlay-opt %s -p "tl-fuse-axes{axes=l,kh}" 2>&1 | filecheck %s --check-prefix=MIXED
// RUN: not inlay-opt %s -p "tl-fuse-axes{axes=oh,ow into=a}" 2>&1 | filecheck %s --check-prefix=NAME
// RUN: not inlay-opt %s -p "tl-tile{axis=oh by=2},tl-fuse-axes{axes=oh,ow}" 2>&1 | filecheck %s --check-prefix=TILED
// RUN: not inlay-opt %s -p "tl-fuse-axes{axes=n,m}" 2>&1 | filecheck %s --check-prefix=DYNAMIC

// CHECK-LABEL: @conv
// CHECK: tl.nest (%p = 49, %l = 16) reduce (%kh = 3, %kw = 3, %ic = 16) acc (%a : f32 add)
// CHECK-NEXT: schedule [p parallel, l, kh, kw, ic] update {
// CHECK-NEXT: tl.load %X[%p floordiv 7 + %kh - 1, %p mod 7 + %kw - 1, %ic] else skip
// CHECK: %[[W:.*]] = arith.constant 7 : index
// CHECK-NEXT: %ow = arith.remui %p, %[[W]] : index
// CHECK-NEXT: tl.load %Z[%p, %l]
// CHECK-NEXT: arith.index_cast %ow : index to i32
// CHECK: tl.store %c, %Y[%p floordiv 7, %p mod 7, %l]

// THREE-LABEL: @conv
// THREE: reduce (%kh_kw_ic = 144) acc
// THREE-NEXT: schedule [oh parallel, ow parallel, l, kh_kw_ic] update {
// THREE-NEXT: tl.load %X[%kh_kw_ic floordiv 16 floordiv 3 + %oh - 1, %kh_kw_ic floordiv 16 mod 3 + %ow - 1, %kh_kw_ic mod 16] else skip

// Where neighbours stay together, no division is left.
// FLAT-LABEL: @copy
// FLAT: tl.nest (%p = 24) schedule [p] finish {
// FLAT-NEXT: %0 = arith.constant 4 : index
// FLAT-NEXT: %l = arith.remui %p, %0 : index
// FLAT-NEXT: tl.load %X[%p]
// FLAT-NEXT: tl.load %X[%p floordiv 4]
// FLAT-NEXT: tl.load %X[%p mod 12]
// FLAT-NEXT: tl.load %X[%p floordiv 4 floordiv 3]
// FLAT-NEXT: tl.load %X[%p mod 4 floordiv 2]
// FLAT: tl.store %{{.*}}, %Y[%p]

// ORDER: tl.nest: axes ow, oh are no neighbours in order among oh, ow, l, kh, kw, ic
// MIXED: tl.nest: axes l, kh are not all spatial or all reduced
// NAME: tl.nest: an axis cannot be called a here
// TILED: tl.nest: axis oh is divided in [oh by 2 parallel, oh parallel, ow parallel, l, kh, kw, ic]; fuse axes before that
// DYNAMIC: tl.nest: an extent of axes n, m is known only at run time

tl.kernel @conv(%X: memref<7x7x16xf32>, %Z: memref<49x16xf32>, %W: memref<3x3x16x16xf32>, %Y: memref<7x7x16xf32> out) {
  tl.nest (%oh = 7, %ow = 7, %l = 16) reduce (%kh = 3, %kw = 3, %ic = 16) acc (%a : f32 add)
    schedule [oh parallel, ow parallel, l, kh, kw, ic] update {
    %x = tl.load %X[%oh + %kh - 1, %ow + %kw - 1, %ic] else skip
    %w = tl.load %W[%kh, %kw, %ic, %l]
    %n = math.fma %x, %w, %a : f32
    tl.yield %n
  } finish {
    %z = tl.load %Z[7*%oh + %ow, %l]
    %i = arith.index_cast %ow : index to i32
    %f = arith.sitofp %i : i32 to f32
    %b = arith.addf %a, %z : f32
    %c = arith.addf %b, %f : f32
    tl.store %c, %Y[%oh, %ow, %l]
  }
}

tl.kernel @copy(%X: memref<24xf32>, %Y: memref<24xf32> out) {
  tl.nest (%oh = 2, %ow = 3, %l = 4) schedule [oh, l, ow] finish {
    %a = tl.load %X[12*%oh + 4*%ow + %l]
    %b = tl.load %X[3*%oh + %ow]
    %c = tl.load %X[4*%ow + %l]
    %d = tl.load %X[%oh]
    %e = tl.load %X[%l floordiv 2]
    %i = arith.index_cast %l : index to i32
    %f = arith.sitofp %i : i32 to f32
    %g = arith.addf %a, %f : f32
    tl.store %g, %Y[12*%oh + 4*%ow + %l]
  }
}

tl.kernel @dynamic(%X: memref<?x4xf32> sizes (n), %Y: memref<?x4xf32> out sizes (n)) {
  %c0 = arith.constant 0 : index
  %size = memref.dim %X, %c0 : memref<?x4xf32>
  tl.nest (%n = %size, %m = 4) schedule [n, m] finish {
    %x = tl.load %X[%n, %m]
    tl.store %x, %Y[%n, %m]
  }
}
