// RUN: inlay-opt %s -p relay-to-tl | filecheck %s

// A copy, then one update after the other.
// CHECK-LABEL: tl.kernel @add
// CHECK:         tl.nest (%i = 6)
// CHECK-NEXT:      %[[X:.*]] = tl.load %x[%i]
// CHECK-NEXT:      tl.store %[[X]], %y0[%i]
// CHECK:         tl.nest (%i = 4)
// CHECK:           %[[OLD:.*]] = tl.load %y0[%[[PLACE:.*]]]
// CHECK-NEXT:      %[[NEW:.*]] = arith.addf %[[OLD]]
// CHECK-NEXT:      tl.store %[[NEW]], %y0[%[[PLACE]]]
relay.func private @add(%x: tensor<6xf32>, %at: tensor<4xi32>, %u: tensor<4xf32>) -> tensor<6xf32> attributes {primitive} {
  %0 = relay.scatter_elements %x, %at, %u {reduction = "add"} : (tensor<6xf32>, tensor<4xi32>, tensor<4xf32>)
  relay.return %0 : tensor<6xf32>
}

// Sums of 16-bit floats are rounded once, when all are done.
// CHECK-LABEL: tl.kernel @half
// CHECK:         %sums = tl.alloc : memref<6xf32>
// CHECK-COUNT-3: tl.nest
// CHECK:         arith.truncf
// CHECK-NEXT:    tl.store %{{.*}}, %y0[%i]
relay.func private @half(%x: tensor<6xf16>, %at: tensor<4xi32>, %u: tensor<4xf16>) -> tensor<6xf16> attributes {primitive} {
  %0 = relay.scatter_elements %x, %at, %u {reduction = "add"} : (tensor<6xf16>, tensor<4xi32>, tensor<4xf16>)
  relay.return %0 : tensor<6xf16>
}
