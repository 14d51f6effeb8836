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

// CHECK-LABEL: relay.func @comparisons
relay.func @comparisons(%x: tensor<2x1x?xf32>, %y: tensor<3x4xf32>) -> tensor<2x3x4xi1> {
  // CHECK: relay.equal %{{.*}} : (tensor<2x1x?xf32>, tensor<3x4xf32>) -> tensor<2x3x4xi1>
  %0 = relay.equal %x, %y : (tensor<2x1x?xf32>, tensor<3x4xf32>)
  // CHECK: relay.not_equal %{{.*}} : (tensor<2x1x?xf32>, tensor<3x4xf32>) -> tensor<2x3x4xi1>
  %1 = relay.not_equal %x, %y : (tensor<2x1x?xf32>, tensor<3x4xf32>)
  // CHECK: relay.less %{{.*}} : (tensor<2x1x?xf32>, tensor<3x4xf32>) -> tensor<2x3x4xi1>
  %2 = relay.less %x, %y : (tensor<2x1x?xf32>, tensor<3x4xf32>)
  // CHECK: relay.less_equal %{{.*}} : (tensor<2x1x?xf32>, tensor<3x4xf32>) -> tensor<2x3x4xi1>
  %3 = relay.less_equal %x, %y : (tensor<2x1x?xf32>, tensor<3x4xf32>)
  // CHECK: relay.greater %{{.*}} : (tensor<2x1x?xf32>, tensor<3x4xf32>) -> tensor<2x3x4xi1>
  %4 = relay.greater %x, %y : (tensor<2x1x?xf32>, tensor<3x4xf32>)
  // CHECK: relay.greater_equal %{{.*}} : (tensor<2x1x?xf32>, tensor<3x4xf32>) -> tensor<2x3x4xi1>
  %5 = relay.greater_equal %x, %y : (tensor<2x1x?xf32>, tensor<3x4xf32>)
  relay.return %5 : tensor<2x3x4xi1>
}

// CHECK-LABEL: relay.func @truth_values
relay.func @truth_values(%x: tensor<2xi1>, %y: tensor<i1>) -> tensor<2xi1> {
  // CHECK: relay.logical_and %{{.*}} : (tensor<2xi1>, tensor<i1>) -> tensor<2xi1>
  %0 = relay.logical_and %x, %y : (tensor<2xi1>, tensor<i1>)
  // CHECK: relay.logical_or %{{.*}} : (tensor<2xi1>, tensor<i1>) -> tensor<2xi1>
  %1 = relay.logical_or %x, %y : (tensor<2xi1>, tensor<i1>)
  // CHECK: relay.logical_xor %{{.*}} : (tensor<2xi1>, tensor<i1>) -> tensor<2xi1>
  %2 = relay.logical_xor %x, %y : (tensor<2xi1>, tensor<i1>)
  relay.return %2 : tensor<2xi1>
}

// CHECK-LABEL: relay.func @bits
relay.func @bits(%x: tensor<0xi8>, %y: tensor<1xi8>) -> tensor<0xi8> {
  // CHECK: relay.bitwise_and %{{.*}} : (tensor<0xi8>, tensor<1xi8>) -> tensor<0xi8>
  %0 = relay.bitwise_and %x, %y : (tensor<0xi8>, tensor<1xi8>)
  // CHECK: relay.bitwise_or %{{.*}} : (tensor<0xi8>, tensor<1xi8>) -> tensor<0xi8>
  %1 = relay.bitwise_or %x, %y : (tensor<0xi8>, tensor<1xi8>)
  // CHECK: relay.bitwise_xor %{{.*}} : (tensor<0xi8>, tensor<1xi8>) -> tensor<0xi8>
  %2 = relay.bitwise_xor %x, %y : (tensor<0xi8>, tensor<1xi8>)
  // CHECK: relay.left_shift %{{.*}} : (tensor<0xi8>, tensor<1xi8>) -> tensor<0xi8>
  %3 = relay.left_shift %x, %y : (tensor<0xi8>, tensor<1xi8>)
  // CHECK: relay.right_shift %{{.*}} : (tensor<0xi8>, tensor<1xi8>) -> tensor<0xi8>
  %4 = relay.right_shift %x, %y : (tensor<0xi8>, tensor<1xi8>)
  relay.return %4 : tensor<0xi8>
}

// CHECK-LABEL: relay.func @unknown
relay.func @unknown(%x: tensor<?xf32>, %y: tensor<1xf32>, %z: tensor<?x?xf32>) -> tensor<?x?xf32> {
  // CHECK: relay.add %{{.*}} : (tensor<?xf32>, tensor<1xf32>) -> tensor<?xf32>
  %0 = relay.add %x, %y : (tensor<?xf32>, tensor<1xf32>)
  // CHECK: relay.add %{{.*}} : (tensor<?xf32>, tensor<?x?xf32>) -> tensor<?x?xf32>
  %1 = relay.add %x, %z : (tensor<?xf32>, tensor<?x?xf32>)
  relay.return %1 : tensor<?x?xf32>
}

// CHECK-LABEL: relay.func @selection
relay.func @selection(%c: tensor<2x1xi1>, %x: tensor<3xf32>, %y: tensor<f32>) -> tensor<2x3xf32> {
  // CHECK: relay.where %{{.*}} : (tensor<2x1xi1>, tensor<3xf32>, tensor<f32>) -> tensor<2x3xf32>
  %0 = relay.where %c, %x, %y : (tensor<2x1xi1>, tensor<3xf32>, tensor<f32>)
  relay.return %0 : tensor<2x3xf32>
}

// CHECK-LABEL: relay.func @bias
relay.func @bias(%x: tensor<1x3x?xf32>, %b: tensor<3xf32>, %c: tensor<7xf32>) -> tensor<1x3x7xf32> {
  // CHECK: relay.nn.bias_add %x, %b : (tensor<1x3x?xf32>, tensor<3xf32>) -> tensor<1x3x?xf32>
  %0 = relay.nn.bias_add %x, %b : (tensor<1x3x?xf32>, tensor<3xf32>)
  // CHECK: relay.nn.bias_add %{{.*}} {axis = -1 : i64} : (tensor<1x3x?xf32>, tensor<7xf32>) -> tensor<1x3x7xf32>
  %1 = relay.nn.bias_add %x, %c {axis = -1 : i64} : (tensor<1x3x?xf32>, tensor<7xf32>)
  relay.return %1 : tensor<1x3x7xf32>
}
