// RUN: inlay-opt %s -p tl-to-loops --split-input-file | filecheck %s

// A convolution: rows of taps outside of the image are left out by the bounds of their loop, edges
// of the tile are runs of their own; the tile of accumulators is scratch that unrolling turns into
// registers, weights are loaded outside of the loop over pixels.
// CHECK-LABEL: func.func @conv(%X: memref<6x12x8xf32> {llvm.align = 64 : i64}, %W: memref<3x3x8x8xf32>, %Y: memref<6x12x8xf32>, %chunk: index) attributes {tl.chunks = 6 : i64}
// CHECK: %a = memref.alloca() {alignment = 64 : i64} : memref<6xvector<8xf32>>
// CHECK: scf.for %[[R:.*]] = %c0 to %c6 step %c1 {
// CHECK-NEXT: memref.store %{{.*}}, %a[%[[R]]] : memref<6xvector<8xf32>>
// CHECK-NEXT: } {tl.unroll}
// CHECK: %[[FIRST:.*]] = arith.maxsi %c0, %{{.*}} : index
// CHECK: %[[LAST:.*]] = arith.minsi %c3, %{{.*}} : index
// CHECK-NEXT: scf.for %kh = %[[FIRST]] to %[[LAST]] step %c1 {
// CHECK-NEXT: scf.for %ic = %c0 to %c8 step %c1 {
// CHECK-NEXT: %w = vector.load %W[%kh, %c0, %ic, %c0] : memref<3x3x8x8xf32>, vector<8xf32>
// CHECK-NEXT: scf.for %ow = %c1 to %c6 step %c1 {
// CHECK: %x = memref.load %X[
// CHECK-NEXT: %[[X:.*]] = vector.broadcast %x : f32 to vector<8xf32>
// CHECK-NEXT: %n = math.fma %[[X]], %w, %{{.*}} : vector<8xf32>
// CHECK-NEXT: memref.store %n, %a[%ow] : memref<6xvector<8xf32>>
// CHECK-NEXT: } {tl.unroll}
// CHECK: scf.for %kw = %c1 to %c3 step %c1 {
// CHECK: vector.store %{{.*}}, %Y[%chunk, %{{.*}}, %c0] : memref<6x12x8xf32>, vector<8xf32>
// CHECK-NOT: tl.nest
tl.kernel @conv(%X: memref<6x12x8xf32> align 64, %W: memref<3x3x8x8xf32>, %Y: memref<6x12x8xf32> out) {
  tl.nest (%oh = 6, %ow = 12, %l = 8) reduce (%kh = 3, %kw = 3, %ic = 8) acc (%a : f32 add)
    schedule [oh parallel, ow by 6, kh, kw, ic, ow unroll, l vector]
  update {
    %x = tl.load %X[%oh + %kh - 1, %ow + %kw - 1, %ic] else skip
    %w = tl.load %W[%kh, %kw, %ic, %l]
    %n = math.fma %x, %w, %a : f32
    tl.yield %n
  } finish {
    tl.store %a, %Y[%oh, %ow, %l]
  }
}

// -----

// Two vectors of outputs: the weights are staged, so that each pixel is loaded once.
// CHECK-LABEL: func.func @staged
// CHECK: %w = memref.alloca() {alignment = 64 : i64} : memref<2xvector<8xf32>>
// CHECK: scf.for %k = %c0 to %c4 step %c1 {
// CHECK-NEXT: scf.for %j = %c0 to %c2 step %c1 {
// CHECK: %[[W:.*]] = vector.load %W[%k, %{{.*}}] : memref<4x16xf32>, vector<8xf32>
// CHECK-NEXT: memref.store %[[W]], %w[%j] : memref<2xvector<8xf32>>
// CHECK-NEXT: } {tl.unroll}
// CHECK-NEXT: scf.for %i = %c0 to %c6 step %c1 {
// CHECK-NEXT: %x = memref.load %X[%i, %k]
// CHECK-NEXT: scf.for %[[J:.*]] = %c0 to %c2 step %c1 {
// CHECK-NEXT: memref.load %a[%i, %[[J]]] : memref<6x2xvector<8xf32>>
// CHECK-NEXT: memref.load %w[%[[J]]] : memref<2xvector<8xf32>>
tl.kernel @staged(%X: memref<6x4xf32>, %W: memref<4x16xf32>, %Y: memref<6x16xf32> out) {
  tl.nest (%i = 6, %j = 16) reduce (%k = 4) acc (%a : f32 add)
    schedule [k, i unroll, j by 8 unroll, j vector]
  update {
    %x = tl.load %X[%i, %k]
    %w = tl.load %W[%k, %j]
    %n = math.fma %x, %w, %a : f32
    tl.yield %n
  } finish {
    tl.store %a, %Y[%i, %j]
  }
}

// -----

// A reduction over vectors of two lengths and two chains: 40 = 2x16 + 8.
// CHECK-LABEL: func.func @reduce
// CHECK-DAG: memref.alloca() {alignment = 64 : i64} : memref<3xvector<16xf32>>
// CHECK-DAG: memref.alloca() {alignment = 64 : i64} : memref<3xvector<8xf32>>
// CHECK: vector.load %X[%{{.*}}] : memref<40xf32>, vector<16xf32>
// CHECK: vector.load %X[%{{.*}}] : memref<40xf32>, vector<8xf32>
// CHECK: arith.maximumf %{{.*}}, %{{.*}} : vector<16xf32>
// CHECK: vector.reduction <maximumf>, %{{.*}} fastmath<reassoc> : vector<16xf32> into f32
// CHECK: vector.reduction <maximumf>, %{{.*}} fastmath<reassoc> : vector<8xf32> into f32
// CHECK: arith.maximumf %{{.*}}, %{{.*}} : f32
// CHECK: memref.store %{{.*}}, %Y[] : memref<f32>
tl.kernel @reduce(%X: memref<40xf32>, %Y: memref<f32> out) {
  tl.nest () reduce (%k = 40) acc (%a : f32 max) schedule [k by (*x16, *x8) chain, k vector]
  update {
    %x = tl.load %X[%k]
    %n = arith.maximumf %a, %x : f32
    tl.yield %n
  } finish {
    tl.store %a, %Y[]
  }
}

// -----

// Guards: decided ones are plain ops or nothing, a constant outside is a value, others are an if.
// CHECK-LABEL: func.func @guards
// CHECK: %[[C:.*]] = arith.constant 1.500000e+00 : f32
// CHECK: memref.store %[[C]], %Y[%c0] : memref<99xf32>
// CHECK: scf.for %i = %c0 to %c98 step %c1 {
// CHECK: %[[IN:.*]] = arith.cmpi ult, %{{.*}}, %c90 : index
// CHECK-NEXT: scf.if %[[IN]] -> (f32) {
// CHECK-NEXT: memref.load %X[
tl.kernel @guards(%X: memref<90xf32>, %Y: memref<99xf32> out) {
  tl.nest (%i = 99) schedule [i by (1x1, *x98), i] finish {
    %x = tl.load %X[%i - 1] else 1.5
    tl.store %x, %Y[%i]
  }
}

// -----

// Phases are functions; scratch between them is shared workspace, scratch in a loop is on the stack
// unless it is large.
// CHECK-LABEL: func.func @phases.0(%X: memref<8xf32>, %Y: memref<8xf32> {tl.may_alias}, %shared: memref<64xi8> {llvm.align = 64 : i64, tl.workspace = "shared"})
// CHECK: memref.view %shared[%c0][] : memref<64xi8> to memref<8xf32>
// CHECK-LABEL: func.func @phases.1(%X: memref<8xf32>, %Y: memref<8xf32> {tl.may_alias}, %shared: memref<64xi8> {llvm.align = 64 : i64, tl.workspace = "shared"}, %private: memref<128000xi8> {llvm.align = 64 : i64, tl.workspace = "private"}, %chunk: index) attributes {tl.chunks = 2 : i64}
// CHECK: memref.alloca() {alignment = 64 : i64} : memref<4xf32>
tl.kernel @phases(%X: memref<8xf32>, %Y: memref<8xf32> out mayalias) {
  %s = tl.alloc : memref<8xf32>
  tl.nest (%i = 8) schedule [i vector] finish {
    %x = tl.load %X[%i]
    tl.store %x, %s[%i]
  }
  tl.for %p = 8 by 4 parallel {
    %t = tl.alloc : memref<4xf32>
    %u = tl.alloc : memref<4x8000xf32>
    tl.nest (%i = 4) schedule [i vector] finish {
      %x = tl.load %s[%p + %i]
      tl.store %x, %t[%i]
    }
    tl.nest (%i = 4) schedule [i] finish {
      %x = tl.load %t[%i]
      tl.store %x, %u[%i, 0]
      tl.store %x, %Y[%p + %i]
    }
  }
}

// -----

// Extents known only at run time are arguments; so is the number of chunks, given by a function.
// CHECK-LABEL: func.func @rows(%X: memref<?x?xf32>, %Y: memref<?x?xf32>, %m: index {tl.extent = [array<i64: 0, 0>, array<i64: 1, 0>]}, %n: index {tl.extent = [array<i64: 0, 1>, array<i64: 1, 1>]}, %chunk: index) attributes {tl.chunks = @rows.chunks}
// CHECK: %[[EIGHTS:.*]] = arith.divui %n, %c8 : index
// CHECK: %[[END:.*]] = arith.muli %[[EIGHTS]], %c8 : index
// CHECK: scf.for %j = %c0 to %[[END]] step %c8 {
// CHECK: vector.load %X[%{{.*}}, %j] : memref<?x?xf32>, vector<8xf32>
// CHECK: scf.for %{{.*}} = %[[END]] to %n step %c1 {
// CHECK: memref.load %X
// CHECK-LABEL: func.func @rows.chunks(%m: index {{.*}}, %n: index {{.*}}) -> index
// CHECK: %[[FOURS:.*]] = arith.divui %m, %c4 : index
// CHECK: func.return %{{.*}} : index
tl.kernel @rows(%X: memref<?x?xf32> sizes (m, n), %Y: memref<?x?xf32> out sizes (m, n)) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %m = memref.dim %X, %c0 : memref<?x?xf32>
  %n = memref.dim %X, %c1 : memref<?x?xf32>
  tl.nest (%i = %m, %j = %n) schedule [i by (*x4, *x1) parallel, i, j by (*x8, *x1), j vector] finish {
    %x = tl.load %X[%i, %j]
    tl.store %x, %Y[%i, %j]
  }
}

// -----

// A checked index is clamped, and the status set where it was out of bounds.
// CHECK-LABEL: func.func @gather(%I: memref<5xi32>, %X: memref<9x8xf32>, %Y: memref<5x8xf32>, %status: memref<i32> {tl.status})
// CHECK: %[[R:.*]] = arith.index_cast
// CHECK: %[[IN:.*]] = arith.cmpi ult, %[[R]], %c9 : index
// CHECK: %[[OUT:.*]] = arith.xori %[[IN]], %{{.*}} : i1
// CHECK: scf.if %[[OUT]] {
// CHECK-NEXT: memref.store %{{.*}}, %status[] : memref<i32>
// CHECK: %[[LOW:.*]] = arith.minsi %[[R]], %c8 : index
// CHECK: %[[ROW:.*]] = arith.maxsi %[[LOW]], %c0 : index
// CHECK: vector.load %X[%[[ROW]], %c0] : memref<9x8xf32>, vector<8xf32>
tl.kernel @gather(%I: memref<5xi32>, %X: memref<9x8xf32>, %Y: memref<5x8xf32> out) {
  tl.nest (%i = 5, %l = 8) schedule [i, l vector] finish {
    %k = tl.load %I[%i]
    %r = arith.index_cast %k : i32 to index
    %x = tl.load %X[%r, %l] checked
    tl.store %x, %Y[%i, %l]
  }
}

// -----

// Neighbours along the unrolled loop are loaded as rows, and transposed in registers.
// CHECK-LABEL: func.func @transpose
// CHECK: %x = memref.alloca() {alignment = 64 : i64} : memref<4xvector<4xf32>>
// CHECK-COUNT-4: vector.load %X[%{{.*}}, %i] : memref<8x8xf32>, vector<4xf32>
// CHECK-COUNT-8: vector.shuffle
// CHECK: memref.store %{{.*}}, %x[%c3] : memref<4xvector<4xf32>>
// CHECK: memref.load %x[%{{.*}}] : memref<4xvector<4xf32>>
// CHECK: vector.store
tl.kernel @transpose(%X: memref<8x8xf32>, %Y: memref<8x8xf32> out) {
  tl.nest (%i = 8, %j = 8) schedule [i by 4, j by 4, i unroll, j vector] finish {
    %x = tl.load %X[%j, %i]
    tl.store %x, %Y[%i, %j]
  }
}

// -----

// A kernel that has nothing to compute.
// CHECK-LABEL: func.func @nothing(%X: memref<?x0xf32>, %Y: memref<?xf32>, %{{.*}}: index {tl.extent = [array<i64: 0, 0>]}, %{{.*}}: index {tl.extent = [array<i64: 1, 0>]})
// CHECK-NEXT: func.return
tl.kernel @nothing(%X: memref<?x0xf32>, %Y: memref<?xf32> out) {
}

// The functions of phases have names that no kernel has.
// CHECK-LABEL: func.func @apart.0
// CHECK-LABEL: func.func @apart.1
// CHECK-LABEL: func.func @apart_0
tl.kernel @apart(%X: memref<8xf32>, %Y: memref<8xf32> out) {
  tl.nest (%i = 4) finish {
    %x = tl.load %X[%i]
    tl.store %x, %Y[%i]
  }
  tl.nest (%i = 4) finish {
    %x = tl.load %X[%i + 4]
    tl.store %x, %Y[%i + 4]
  }
}
tl.kernel @apart_0(%X: memref<8xf32>, %Y: memref<8xf32> out) {
  tl.nest (%i = 8) finish {
    %x = tl.load %X[%i]
    tl.store %x, %Y[%i]
  }
}
