// RUN: inlay-opt %s -p relay-to-tl | filecheck %s

// CHECK-LABEL: tl.kernel @constant
// CHECK:         tl.nest (%i = 7)
// CHECK-NEXT:      tl.load %x[%i - 1] else 1.0
relay.func private @constant(%x: tensor<4xf32>) -> tensor<7xf32> attributes {primitive} {
  %0 = relay.nn.pad %x {pad_width = array<i64: 1, 2>, pad_value = 1.0} : (tensor<4xf32>)
  relay.return %0 : tensor<7xf32>
}

// CHECK-LABEL: tl.kernel @edge
// CHECK:         %[[LEAST:.*]] = arith.maxsi
// CHECK:         %[[PLACE:.*]] = arith.minsi %[[LEAST]]
// CHECK-NEXT:    tl.load %x[%[[PLACE]]]
relay.func private @edge(%x: tensor<4xf32>) -> tensor<7xf32> attributes {primitive} {
  %0 = relay.nn.pad %x {pad_width = array<i64: 1, 2>, pad_mode = "edge"} : (tensor<4xf32>)
  relay.return %0 : tensor<7xf32>
}
