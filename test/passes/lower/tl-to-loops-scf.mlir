// RUN: inlay-opt %s --target=x86-64-v3 -p tl-to-loops | filecheck %s

// Loops of scf stand beside nests, and use what stands around them.
// CHECK-LABEL: func.func @rows
// CHECK:         %[[ROW:.*]] = memref.alloca() {{.*}} : memref<8xf32>
// CHECK:         scf.for %[[I:.*]] =
// CHECK:           memref.store %{{.*}}, %[[ROW]]
// CHECK:           scf.for %[[K:.*]] = %{{.*}} to %[[I]] step
// CHECK-NEXT:        %[[X:.*]] = memref.load %[[ROW]][%[[K]]]
// CHECK-NEXT:        memref.store %[[X]], %Y[%[[I]], %[[K]]]
tl.kernel @rows(%X: memref<4x8xf32>, %Y: memref<4x8xf32> out) {
  tl.for %i = 4 {
    %row = tl.alloc : memref<8xf32>
    tl.nest (%j = 8) schedule [j] finish {
      %x = tl.load %X[%i, %j]
      tl.store %x, %row[%j]
    }
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    scf.for %k = %c0 to %i step %c1 {
      %x = memref.load %row[%k] : memref<8xf32>
      memref.store %x, %Y[%i, %k] : memref<4x8xf32>
    }
  }
}
