// RUN: inlay-opt %s -p relay-to-tl | filecheck %s

// Without an axis the flat data are summed; each sum is stored on the way.
// CHECK-LABEL: tl.kernel @cumsum
// CHECK:         tl.nest () reduce (%i = 3, %j = 4) acc (%a : i32 add)
// CHECK:         %[[SUM:.*]] = arith.addi %a
// CHECK-NEXT:    tl.store %[[SUM]], %y0[4*%i + %j]
// CHECK-NEXT:    tl.yield %[[SUM]]
relay.func private @cumsum(%x: tensor<3x4xi32>) -> tensor<12xi32> attributes {primitive} {
  %0 = relay.cumsum %x : (tensor<3x4xi32>) -> tensor<12xi32>
  relay.return %0 : tensor<12xi32>
}

// Keys and places are merged, row by row; then elements are taken from their places.
// CHECK-LABEL: tl.kernel @sort
// CHECK:         tl.for %i = 3
// CHECK-NEXT:      %keys = tl.alloc : memref<2x4xi32>
// CHECK-NEXT:      %places = tl.alloc : memref<2x4xi32>
// CHECK:           tl.store %{{.*}}, %keys[0, %k]
// CHECK:           tl.store %{{.*}}, %places[0, %k]
// CHECK:           scf.for
// CHECK:             scf.for
// CHECK:               scf.for
// CHECK:                 memref.store
// CHECK:                 memref.store
// CHECK:           tl.load %places[0, %{{.*}}]
// CHECK:           tl.store %{{.*}}, %y0[%i, %k]
relay.func private @sort(%x: tensor<3x4xf32>) -> tensor<3x4xf32> attributes {primitive} {
  %0 = relay.sort %x : (tensor<3x4xf32>) -> tensor<3x4xf32>
  relay.return %0 : tensor<3x4xf32>
}
