// RUN: inlay-opt %s -p relay-to-tl | filecheck %s

// The index is moved into the tensor: nothing is read outside, whatever the data.
// CHECK-LABEL: tl.kernel @embed
// CHECK:         tl.nest (%i = 3, %j = 8)
// CHECK-NEXT:      %[[INDEX:.*]] = tl.load %at[%i]
// CHECK:           %[[LAST:.*]] = arith.constant 9 : index
// CHECK-NEXT:      %[[PLACE:.*]] = arith.minsi %{{.*}}, %[[LAST]]
// CHECK-NEXT:      tl.load %x[%[[PLACE]], %j]
relay.func private @embed(%x: tensor<10x8xf32>, %at: tensor<3xi32>) -> tensor<3x8xf32> attributes {primitive} {
  %0 = relay.take %x, %at {axis = 0 : i64} : (tensor<10x8xf32>, tensor<3xi32>)
  relay.return %0 : tensor<3x8xf32>
}

// An unsigned index of 64 bits is bounded before it is taken as a signed one.
// CHECK-LABEL: tl.kernel @unsigned
// CHECK:         arith.minui
// CHECK:         arith.index_cast
relay.func private @unsigned(%x: tensor<10xf32>, %at: tensor<3xui64>) -> tensor<3xf32> attributes {primitive} {
  %0 = relay.gather %x, %at {axis = 0 : i64} : (tensor<10xf32>, tensor<3xui64>)
  relay.return %0 : tensor<3xf32>
}

// CHECK-LABEL: tl.kernel @one_hot
// CHECK:         tl.nest (%i = 3, %j = 4)
// CHECK:           %[[HOT:.*]] = arith.cmpi eq, %{{.*}}, %j : index
// CHECK:           arith.select %[[HOT]]
relay.func private @one_hot(%at: tensor<3xi32>, %on: tensor<f32>, %off: tensor<f32>) -> tensor<3x4xf32> attributes {primitive} {
  %0 = relay.one_hot %at, %on, %off {depth = 4 : i64} : (tensor<3xi32>, tensor<f32>, tensor<f32>)
  relay.return %0 : tensor<3x4xf32>
}
