// RUN: inlay-opt %s | inlay-opt | filecheck %s
// RUN: inlay-opt %s --mlir-print-op-generic | inlay-opt | filecheck %s

// CHECK-LABEL: relay.func @scatter_elements
// CHECK: relay.scatter_elements %{{.*}}, %{{.*}}, %{{.*}} {axis = 1 : i64, reduction = "add"} : (tensor<2x9xf32>, tensor<2x1xi32>, tensor<2x1xf32>) -> tensor<2x9xf32>
relay.func @scatter_elements(%a: tensor<2x9xf32>, %b: tensor<2x1xi32>, %c: tensor<2x1xf32>) -> tensor<2x9xf32> {
  %0 = relay.scatter_elements %a, %b, %c {axis = 1 : i64, reduction = "add"} : (tensor<2x9xf32>, tensor<2x1xi32>, tensor<2x1xf32>)
  relay.return %0 : tensor<2x9xf32>
}

// CHECK-LABEL: relay.func @scatter_nd
// CHECK: relay.scatter_nd %{{.*}}, %{{.*}}, %{{.*}} {mode = "max"} : (tensor<8x4xf32>, tensor<1x3xi32>, tensor<3x4xf32>) -> tensor<8x4xf32>
relay.func @scatter_nd(%a: tensor<8x4xf32>, %b: tensor<1x3xi32>, %c: tensor<3x4xf32>) -> tensor<8x4xf32> {
  %0 = relay.scatter_nd %a, %b, %c {mode = "max"} : (tensor<8x4xf32>, tensor<1x3xi32>, tensor<3x4xf32>)
  relay.return %0 : tensor<8x4xf32>
}
