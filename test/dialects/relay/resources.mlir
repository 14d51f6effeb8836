// RUN: inlay-opt %s | filecheck %s
// RUN: inlay-opt %s --print-resources | filecheck %s --check-prefixes=CHECK,VALUES
// RUN: inlay-opt %s --save-resources %t.safetensors | inlay-opt --resources %t.safetensors --print-resources | filecheck %s --check-prefixes=CHECK,VALUES
// RUN: inlay-opt %s --print-resources --mlir-print-op-generic | inlay-opt --print-resources | filecheck %s --check-prefixes=CHECK,VALUES

// Values stay beside the IR, and are printed only when asked for.
// CHECK: relay.constant dense_resource<weight> : tensor<3xf32>
// CHECK: relay.constant dense_resource<mask> : tensor<4xi1>
// CHECK: relay.constant dense_resource<none> : tensor<0x7xui64>
// CHECK: relay.constant dense_resource<weight> : tensor<3xf32>
relay.func @main() -> (tensor<3xf32>, tensor<4xi1>, tensor<0x7xui64>) {
  %0 = relay.constant dense_resource<weight> : tensor<3xf32>
  %1 = relay.constant dense_resource<mask> : tensor<4xi1>
  %2 = relay.constant dense_resource<none> : tensor<0x7xui64>
  %3 = relay.constant dense_resource<weight> : tensor<3xf32>
  relay.return %0, %1, %2 : tensor<3xf32>, tensor<4xi1>, tensor<0x7xui64>
}

// VALUES: {-#
// VALUES-NEXT: dialect_resources: {
// VALUES-NEXT: builtin: {
// VALUES-NEXT: weight: "0x400000000000803F000000C00000C07F",
// VALUES-NEXT: mask: "0x4000000000010100",
// VALUES-NEXT: none: "0x40000000"
// VALUES: #-}
{-#
  dialect_resources: {
    builtin: {
      weight: "0x400000000000803F000000C00000C07F",
      mask: "0x4000000000010100",
      none: "0x10000000",
      nobody: "0x400000000000803F"
    }
  }
#-}
