// RUN: inlay-opt %s | inlay-opt | filecheck %s
// RUN: inlay-opt %s --mlir-print-op-generic | inlay-opt | filecheck %s
// RUN: inlay-opt %s --print-resources | inlay-opt --print-resources | filecheck %s --check-prefixes=CHECK,VALUES

// CHECK-LABEL: relay.func @inline
// CHECK: relay.constant dense<[1.000000e+00, -2.500000e+00]> : tensor<2xf32>
// CHECK: relay.constant dense<7> : tensor<i8>
// CHECK: relay.constant dense<[true, false]> : tensor<2xi1>
// CHECK: relay.constant dense<> : tensor<0x3xf16>
// CHECK: relay.constant dense<18446744073709551615> : tensor<ui64>
// CHECK: relay.constant {test.source = "a"} dense<3.000000e+00> : tensor<2x2xbf16>
relay.func @inline() {
  %0 = relay.constant dense<[1.0, -2.5]> : tensor<2xf32>
  %1 = relay.constant dense<7> : tensor<i8>
  %2 = relay.constant dense<[true, false]> : tensor<2xi1>
  %3 = relay.constant dense<> : tensor<0x3xf16>
  %4 = relay.constant dense<18446744073709551615> : tensor<ui64>
  %5 = relay.constant {test.source = "a"} dense<3.0> : tensor<2x2xbf16>
  relay.return
}

// CHECK-LABEL: relay.func @resources
// CHECK: relay.constant dense_resource<conv0_weight> : tensor<2xf32>
// CHECK: relay.constant dense_resource<elided.1> : tensor<64x3x7x7xf32>
// CHECK: relay.constant dense_resource<empty> : tensor<0x5xf32>
relay.func @resources() {
  %0 = relay.constant dense_resource<conv0_weight> : tensor<2xf32>
  %1 = relay.constant dense_resource<elided.1> : tensor<64x3x7x7xf32>
  %2 = relay.constant dense_resource<empty> : tensor<0x5xf32>
  relay.return
}

// VALUES: {-#
// VALUES: conv0_weight: "0x400000000000803F000020C0"
// VALUES-NOT: elided.1
// VALUES: empty: "0x40000000"
{-#
  dialect_resources: {
    builtin: {
      conv0_weight: "0x040000000000803F000020C0",
      empty: "0x04000000"
    }
  }
#-}
