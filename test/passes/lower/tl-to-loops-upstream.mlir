// REQUIRES: mlir-opt
// Upstream MLIR accepts what kernels become: run-time extents, status, workspaces, transposes.
// RUN: inlay-opt %s -p tl-to-loops | %mlir-opt --allow-unregistered-dialect | filecheck %s

// CHECK-LABEL: func.func @transpose({{.*}}memref<?x?xf32>{{.*}}tl.extent{{.*}}tl.chunks = @transpose.chunks
// CHECK: vector.shuffle
// CHECK-LABEL: func.func @transpose.chunks
tl.kernel @transpose(%X: memref<?x?xf32> sizes (m, n), %Y: memref<?x?xf32> out sizes (n, m)) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %m = memref.dim %X, %c0 : memref<?x?xf32>
  %n = memref.dim %X, %c1 : memref<?x?xf32>
  tl.nest (%i = %n, %j = %m) schedule [i by (*x8, *x1) parallel, j by (*x8, *x1), i unroll, j vector] finish {
    %x = tl.load %X[%j, %i]
    tl.store %x, %Y[%i, %j]
  }
}

// CHECK-LABEL: func.func @large
// CHECK-SAME: memref<i32> {tl.status}
// CHECK: memref.view
tl.kernel @large(%I: memref<4xi64>, %X: memref<4x40000xf32>, %Y: memref<40000xf32> out) {
  tl.nest (%i = 40000) reduce (%k = 4) acc (%a : f32 add) schedule [k, i by 8, i vector] update {
    %n = tl.load %I[%k]
    %r = arith.index_cast %n : i64 to index
    %x = tl.load %X[%r, %i] checked
    %m = arith.addf %a, %x : f32
    tl.yield %m
  } finish {
    tl.store %a, %Y[%i]
  }
}
