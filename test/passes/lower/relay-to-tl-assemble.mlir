// RUN: inlay-opt %s -p relay-to-tl | filecheck %s

// A nest for each operand; the relu is computed in both.
// CHECK-LABEL: tl.kernel @concatenate
// CHECK:         tl.nest (%i = 2, %j = 3)
// CHECK-NEXT:      tl.load %x[%i, %j]
// CHECK:           %[[RELU:.*]] = arith.maximumf
// CHECK-NEXT:      tl.store %[[RELU]], %y0[%i, %j]
// CHECK:         tl.nest (%i = 2, %j = 4)
// CHECK-NEXT:      tl.load %y[%i, %j]
// CHECK:           %[[RELU:.*]] = arith.maximumf
// CHECK-NEXT:      tl.store %[[RELU]], %y0[%i, %j + 3]
relay.func private @concatenate(%x: tensor<2x3xf32>, %y: tensor<2x4xf32>) -> tensor<2x7xf32> attributes {primitive} {
  %0 = relay.concatenate %x, %y {axis = 1 : i64} : (tensor<2x3xf32>, tensor<2x4xf32>)
  %1 = relay.nn.relu %0 : (tensor<2x7xf32>)
  relay.return %1 : tensor<2x7xf32>
}

// CHECK-LABEL: tl.kernel @split
// CHECK:         tl.load %x[%i, %j]
// CHECK:         tl.load %x[%i, %j + 2]
relay.func private @split(%x: tensor<2x6xf32>) -> (tensor<2x2xf32>, tensor<2x4xf32>) attributes {primitive} {
  %0, %1 = relay.split %x {indices_or_sections = array<i64: 2>, axis = 1 : i64} : (tensor<2x6xf32>)
  relay.return %0, %1 : tensor<2x2xf32>, tensor<2x4xf32>
}

// CHECK-LABEL: tl.kernel @repeat
// CHECK:         tl.nest (%i = 4, %ii = 3)
// CHECK-NEXT:      %[[X:.*]] = tl.load %x[%i]
// CHECK-NEXT:      tl.store %[[X]], %y0[3*%i + %ii]
relay.func private @repeat(%x: tensor<4xf32>) -> tensor<12xf32> attributes {primitive} {
  %0 = relay.repeat %x {repeats = 3 : i64, axis = 0 : i64} : (tensor<4xf32>)
  relay.return %0 : tensor<12xf32>
}
