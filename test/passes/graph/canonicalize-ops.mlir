// RUN: inlay-opt %s -p canonicalize-ops --split-input-file | filecheck %s

// CHECK-LABEL: @images
// CHECK: %[[BIAS:.*]] = relay.expand_dims %b {axis = 1 : i64, num_newaxis = 2 : i64}
// CHECK: %biased = relay.add %x, %[[BIAS]]
relay.func @images(%x: tensor<1x2x4x4xf32>, %b: tensor<2xf32>) -> tensor<1x2x4x4xf32> {
  %biased = relay.nn.bias_add %x, %b : (tensor<1x2x4x4xf32>, tensor<2xf32>) -> tensor<1x2x4x4xf32>
  relay.return %biased : tensor<1x2x4x4xf32>
}

// -----

// CHECK-LABEL: @innermost
// CHECK-NEXT: relay.add %x, %b
relay.func @innermost(%x: tensor<4x2xf32>, %b: tensor<2xf32>) -> tensor<4x2xf32> {
  %0 = relay.nn.bias_add %x, %b {axis = -1 : i64} : (tensor<4x2xf32>, tensor<2xf32>) -> tensor<4x2xf32>
  relay.return %0 : tensor<4x2xf32>
}
