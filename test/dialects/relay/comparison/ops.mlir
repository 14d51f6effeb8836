// RUN: inlay-opt %s | inlay-opt | filecheck %s
// RUN: inlay-opt %s --mlir-print-op-generic | inlay-opt | filecheck %s

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

// CHECK-LABEL: relay.func @selection
relay.func @selection(%c: tensor<2x1xi1>, %x: tensor<3xf32>, %y: tensor<f32>) -> tensor<2x3xf32> {
  // CHECK: relay.where %{{.*}} : (tensor<2x1xi1>, tensor<3xf32>, tensor<f32>) -> tensor<2x3xf32>
  %0 = relay.where %c, %x, %y : (tensor<2x1xi1>, tensor<3xf32>, tensor<f32>)
  relay.return %0 : tensor<2x3xf32>
}
