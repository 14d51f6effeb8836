// RUN: inlay-opt %s -p relay-to-tl | filecheck %s

// An element is computed from its index.
// CHECK-LABEL: tl.kernel @arange
// CHECK:         arith.index_cast %i : index to i64
// CHECK:         arith.muli
// CHECK:         arith.addi
relay.func private @arange() -> tensor<5xi32> attributes {primitive} {
  %0 = relay.arange {start = 3.0 : f64, stop = 13.0 : f64, step = 2.0 : f64, dtype = i32} : () -> tensor<5xi32>
  relay.return %0 : tensor<5xi32>
}

// Tuples are seen through, and a constant of one value is a scalar.
// CHECK-LABEL: tl.kernel @tuple
// CHECK:         %[[Y:.*]] = tl.load %y[%i]
// CHECK-NEXT:    %[[TWO:.*]] = arith.constant 2.0{{.*}} : f32
// CHECK-NEXT:    arith.mulf %[[Y]], %[[TWO]] : f32
relay.func private @tuple(%x: tensor<5xf32>, %y: tensor<5xf32>) -> tensor<5xf32> attributes {primitive} {
  %0 = relay.tuple %x, %y : (tensor<5xf32>, tensor<5xf32>) -> tuple<tensor<5xf32>, tensor<5xf32>>
  %1 = relay.tuple_get_item %0 {index = 1 : i64} : (tuple<tensor<5xf32>, tensor<5xf32>>) -> tensor<5xf32>
  %2 = relay.constant dense<2.0> : tensor<f32>
  %3 = relay.multiply %1, %2 : (tensor<5xf32>, tensor<f32>) -> tensor<5xf32>
  relay.return %3 : tensor<5xf32>
}
