// RUN: inlay-opt %s | inlay-opt | filecheck %s
// RUN: inlay-opt %s --mlir-print-op-generic | inlay-opt | filecheck %s

// CHECK-LABEL: relay.func @pad
// CHECK: relay.nn.pad %{{.*}} {pad_width = array<i64: 0, 0, 1, 2>, pad_value = 1.500000e+00 : f64} : (tensor<?x4xf32>) -> tensor<?x7xf32>
relay.func @pad(%a: tensor<?x4xf32>) -> tensor<?x7xf32> {
  %0 = relay.nn.pad %a {pad_width = array<i64: 0, 0, 1, 2>, pad_value = 1.500000e+00 : f64} : (tensor<?x4xf32>)
  relay.return %0 : tensor<?x7xf32>
}

// CHECK-LABEL: relay.func @pad_mode
// CHECK: relay.nn.pad %{{.*}} {pad_width = array<i64: 1, 2>, pad_mode = "reflect"} : (tensor<3xi1>) -> tensor<6xi1>
relay.func @pad_mode(%a: tensor<3xi1>) -> tensor<6xi1> {
  %0 = relay.nn.pad %a {pad_width = array<i64: 1, 2>, pad_mode = "reflect"} : (tensor<3xi1>)
  relay.return %0 : tensor<6xi1>
}
