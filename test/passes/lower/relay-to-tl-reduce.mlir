// RUN: inlay-opt %s -p relay-to-tl | filecheck %s

// CHECK-LABEL: tl.kernel @sum
// CHECK:         tl.nest (%i = 3, %k = 5) reduce (%j = 4) acc (%a : f32 add)
// CHECK:         arith.addf %a
// CHECK:         tl.store %{{.*}}, %y0[%i, %k]
relay.func private @sum(%x: tensor<3x4x5xf16>) -> tensor<3x5xf16> attributes {primitive} {
  %0 = relay.sum %x {axis = array<i64: 1>} : (tensor<3x4x5xf16>) -> tensor<3x5xf16>
  relay.return %0 : tensor<3x5xf16>
}

// Accumulators compare signed numbers: the first bit of others is flipped.
// CHECK-LABEL: tl.kernel @max
// CHECK:         acc (%a : i8 max)
// CHECK:         %[[TOP:.*]] = arith.constant -128 : i8
// CHECK-NEXT:    %[[X:.*]] = arith.xori %{{.*}}, %[[TOP]] : i8
// CHECK-NEXT:    arith.maxsi %a, %[[X]] : i8
// CHECK:       } finish {
// CHECK:         arith.xori %a
relay.func private @max(%x: tensor<3x4xui8>) -> tensor<3xui8> attributes {primitive} {
  %0 = relay.max %x {axis = array<i64: 1>} : (tensor<3x4xui8>) -> tensor<3xui8>
  relay.return %0 : tensor<3xui8>
}

// The element and its number among the 20; of equal elements that with the lower one.
// CHECK-LABEL: tl.kernel @argmax
// CHECK:         reduce (%j = 4, %k = 5) acc (%best : i32 custom, %number : i32 custom)
// CHECK:       } combine (%[[BEST_A:.*]], %[[A:.*]]), (%[[BEST_B:.*]], %[[B:.*]]) {
// CHECK:         arith.cmpi sgt, %[[BEST_B]], %[[BEST_A]]
// CHECK:         arith.cmpi slt, %[[B]], %[[A]]
// CHECK:       } finish {
// CHECK-NEXT:    tl.store %number, %y0[%i]
relay.func private @argmax(%x: tensor<3x4x5xi32>) -> tensor<3xi32> attributes {primitive} {
  %0 = relay.argmax %x {axis = array<i64: 1, 2>} : (tensor<3x4x5xi32>) -> tensor<3xi32>
  relay.return %0 : tensor<3xi32>
}
