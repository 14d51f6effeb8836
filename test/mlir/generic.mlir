// REQUIRES: mlir-opt
// RUN: inlay-opt %s --print-resources --mlir-print-op-generic | %mlir-opt --allow-unregistered-dialect --mlir-print-op-generic | inlay-opt --print-resources | filecheck %s

// CHECK: relay.func @main(%arg0: tensor<1x64xf32>) -> tensor<1x8xf32> attributes {primitive} {
// CHECK: %0 = relay.constant dense_resource<weight> : tensor<8x64xf32>
// CHECK: %1 = relay.nn.dense %arg0, %0 : (tensor<1x64xf32>, tensor<8x64xf32>) -> tensor<1x8xf32>
// CHECK: %2 = relay.constant dense_resource<bias> : tensor<2xi8>
// CHECK: bias: "0x4000000001FF"
relay.func @main(%x: tensor<1x64xf32>) -> tensor<1x8xf32> attributes {primitive} {
  %w = relay.constant dense_resource<weight> : tensor<8x64xf32>
  %0 = relay.nn.dense %x, %w : (tensor<1x64xf32>, tensor<8x64xf32>)
  %b = relay.constant dense_resource<bias> : tensor<2xi8>
  relay.return %0 : tensor<1x8xf32>
}

{-#
  dialect_resources: {
    builtin: {
      bias: "0x4000000001FF"
    }
  }
#-}
