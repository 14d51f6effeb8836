// RUN: inlay-opt %s -p relay-to-tl | filecheck %s

// No division is by 0 or -1.
// CHECK-LABEL: tl.kernel @divide
// CHECK:         %[[UNDEFINED:.*]] = arith.ori
// CHECK-NEXT:    %[[ONE:.*]] = arith.constant 1 : i32
// CHECK-NEXT:    %[[DIVISOR:.*]] = arith.select %[[UNDEFINED]], %[[ONE]]
// CHECK-NEXT:    arith.divsi %{{.*}}, %[[DIVISOR]] : i32
relay.func private @divide(%x: tensor<5xi32>, %y: tensor<5xi32>) -> tensor<5xi32> attributes {primitive} {
  %0 = relay.divide %x, %y : (tensor<5xi32>, tensor<5xi32>) -> tensor<5xi32>
  relay.return %0 : tensor<5xi32>
}

// CHECK-LABEL: tl.kernel @mod
// CHECK:         arith.remf
relay.func private @mod(%x: tensor<5xf32>, %y: tensor<5xf32>) -> tensor<5xf32> attributes {primitive} {
  %0 = relay.mod %x, %y : (tensor<5xf32>, tensor<5xf32>) -> tensor<5xf32>
  relay.return %0 : tensor<5xf32>
}

// CHECK-LABEL: tl.kernel @bias
// CHECK:         tl.load %x[%i, %j, %k]
// CHECK-NEXT:    tl.load %y[%j]
relay.func private @bias(%x: tensor<2x3x5xf32>, %y: tensor<3xf32>) -> tensor<2x3x5xf32> attributes {primitive} {
  %0 = relay.nn.bias_add %x, %y : (tensor<2x3x5xf32>, tensor<3xf32>) -> tensor<2x3x5xf32>
  relay.return %0 : tensor<2x3x5xf32>
}
