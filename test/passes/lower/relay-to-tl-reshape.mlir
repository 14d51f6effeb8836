// RUN: inlay-opt %s -p relay-to-tl | filecheck %s

// Only the dimension that is split is computed with.
// CHECK-LABEL: tl.kernel @heads
// CHECK:         tl.nest (%i = 3, %j = 5, %k = 4)
// CHECK-NEXT:      %[[X:.*]] = tl.load %x[%j, 4*%i + %k]
// CHECK-NEXT:      tl.store %[[X]], %y0[%i, %j, %k]
relay.func private @heads(%x: tensor<5x12xf32>) -> tensor<3x5x4xf32> attributes {primitive} {
  %0 = relay.reshape %x {newshape = array<i64: 5, 3, 4>} : (tensor<5x12xf32>)
  %1 = relay.transpose %0 {axes = array<i64: 1, 0, 2>} : (tensor<5x3x4xf32>)
  relay.return %1 : tensor<3x5x4xf32>
}

// CHECK-LABEL: tl.kernel @flatten
// CHECK:         tl.nest (%i = 2, %j = 3, %jj = 4)
// CHECK-NEXT:      %[[X:.*]] = tl.load %x[%i, %j, %jj]
// CHECK-NEXT:      tl.store %[[X]], %y0[%i, 4*%j + %jj]
relay.func private @flatten(%x: tensor<2x3x4xf32>) -> tensor<2x12xf32> attributes {primitive} {
  %0 = relay.nn.batch_flatten %x : (tensor<2x3x4xf32>)
  relay.return %0 : tensor<2x12xf32>
}
