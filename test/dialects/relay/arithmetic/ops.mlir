// RUN: inlay-opt %s | inlay-opt | filecheck %s
// RUN: inlay-opt %s --mlir-print-op-generic | inlay-opt | filecheck %s

// An extent of 1 stretches; an unknown one gives way to one that is known and not 1.
// CHECK-LABEL: relay.func @arithmetic
relay.func @arithmetic(%x: tensor<2x1x?xf32>, %y: tensor<3x4xf32>) -> tensor<2x3x4xf32> {
  // CHECK: relay.add %{{.*}} : (tensor<2x1x?xf32>, tensor<3x4xf32>) -> tensor<2x3x4xf32>
  %0 = relay.add %x, %y : (tensor<2x1x?xf32>, tensor<3x4xf32>)
  // CHECK: relay.subtract %{{.*}} : (tensor<2x1x?xf32>, tensor<3x4xf32>) -> tensor<2x3x4xf32>
  %1 = relay.subtract %x, %y : (tensor<2x1x?xf32>, tensor<3x4xf32>)
  // CHECK: relay.multiply %{{.*}} : (tensor<2x1x?xf32>, tensor<3x4xf32>) -> tensor<2x3x4xf32>
  %2 = relay.multiply %x, %y : (tensor<2x1x?xf32>, tensor<3x4xf32>)
  // CHECK: relay.divide %{{.*}} : (tensor<2x1x?xf32>, tensor<3x4xf32>) -> tensor<2x3x4xf32>
  %3 = relay.divide %x, %y : (tensor<2x1x?xf32>, tensor<3x4xf32>)
  // CHECK: relay.floor_divide %{{.*}} : (tensor<2x1x?xf32>, tensor<3x4xf32>) -> tensor<2x3x4xf32>
  %4 = relay.floor_divide %x, %y : (tensor<2x1x?xf32>, tensor<3x4xf32>)
  // CHECK: relay.mod %{{.*}} : (tensor<2x1x?xf32>, tensor<3x4xf32>) -> tensor<2x3x4xf32>
  %5 = relay.mod %x, %y : (tensor<2x1x?xf32>, tensor<3x4xf32>)
  // CHECK: relay.floor_mod %{{.*}} : (tensor<2x1x?xf32>, tensor<3x4xf32>) -> tensor<2x3x4xf32>
  %6 = relay.floor_mod %x, %y : (tensor<2x1x?xf32>, tensor<3x4xf32>)
  // CHECK: relay.power %{{.*}} : (tensor<2x1x?xf32>, tensor<3x4xf32>) -> tensor<2x3x4xf32>
  %7 = relay.power %x, %y : (tensor<2x1x?xf32>, tensor<3x4xf32>)
  // CHECK: relay.maximum %{{.*}} : (tensor<2x1x?xf32>, tensor<3x4xf32>) -> tensor<2x3x4xf32>
  %8 = relay.maximum %x, %y : (tensor<2x1x?xf32>, tensor<3x4xf32>)
  // CHECK: relay.minimum %{{.*}} : (tensor<2x1x?xf32>, tensor<3x4xf32>) -> tensor<2x3x4xf32>
  %9 = relay.minimum %x, %y : (tensor<2x1x?xf32>, tensor<3x4xf32>)
  relay.return %9 : tensor<2x3x4xf32>
}

// CHECK-LABEL: relay.func @unknown
relay.func @unknown(%x: tensor<?xf32>, %y: tensor<1xf32>, %z: tensor<?x?xf32>) -> tensor<?x?xf32> {
  // CHECK: relay.add %{{.*}} : (tensor<?xf32>, tensor<1xf32>) -> tensor<?xf32>
  %0 = relay.add %x, %y : (tensor<?xf32>, tensor<1xf32>)
  // CHECK: relay.add %{{.*}} : (tensor<?xf32>, tensor<?x?xf32>) -> tensor<?x?xf32>
  %1 = relay.add %x, %z : (tensor<?xf32>, tensor<?x?xf32>)
  relay.return %1 : tensor<?x?xf32>
}

// CHECK-LABEL: relay.func @bias
relay.func @bias(%x: tensor<1x3x?xf32>, %b: tensor<3xf32>, %c: tensor<7xf32>) -> tensor<1x3x7xf32> {
  // CHECK: relay.nn.bias_add %x, %b : (tensor<1x3x?xf32>, tensor<3xf32>) -> tensor<1x3x?xf32>
  %0 = relay.nn.bias_add %x, %b : (tensor<1x3x?xf32>, tensor<3xf32>)
  // CHECK: relay.nn.bias_add %{{.*}} {axis = -1 : i64} : (tensor<1x3x?xf32>, tensor<7xf32>) -> tensor<1x3x7xf32>
  %1 = relay.nn.bias_add %x, %c {axis = -1 : i64} : (tensor<1x3x?xf32>, tensor<7xf32>)
  relay.return %1 : tensor<1x3x7xf32>
}
