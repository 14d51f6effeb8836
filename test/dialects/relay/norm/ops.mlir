// RUN: inlay-opt %s | inlay-opt | filecheck %s
// RUN: inlay-opt %s --mlir-print-op-generic | inlay-opt | filecheck %s

// CHECK-LABEL: relay.func @batch_norm
// CHECK: relay.nn.batch_norm %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} {epsilon = 1.000000e-03 : f64, scale = false} : (tensor<1x8x?x?xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>) -> tensor<1x8x?x?xf32>
relay.func @batch_norm(%a: tensor<1x8x?x?xf32>, %b: tensor<8xf32>, %c: tensor<8xf32>, %d: tensor<8xf32>, %e: tensor<8xf32>) -> tensor<1x8x?x?xf32> {
  %0 = relay.nn.batch_norm %a, %b, %c, %d, %e {epsilon = 1.000000e-03 : f64, scale = false} : (tensor<1x8x?x?xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>)
  relay.return %0 : tensor<1x8x?x?xf32>
}

// CHECK-LABEL: relay.func @batch_norm_unknown
// CHECK: relay.nn.batch_norm %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} {axis = -1 : i64} : (tensor<2x?xf32>, tensor<?xf32>, tensor<8xf32>, tensor<?xf32>, tensor<8xf32>) -> tensor<2x?xf32>
relay.func @batch_norm_unknown(%a: tensor<2x?xf32>, %b: tensor<?xf32>, %c: tensor<8xf32>, %d: tensor<?xf32>, %e: tensor<8xf32>) -> tensor<2x?xf32> {
  %0 = relay.nn.batch_norm %a, %b, %c, %d, %e {axis = -1 : i64} : (tensor<2x?xf32>, tensor<?xf32>, tensor<8xf32>, tensor<?xf32>, tensor<8xf32>)
  relay.return %0 : tensor<2x?xf32>
}

// CHECK-LABEL: relay.func @layer_norm
// CHECK: relay.nn.layer_norm %{{.*}}, %{{.*}}, %{{.*}} : (tensor<2x5xf64>, tensor<5xf64>, tensor<5xf64>) -> tensor<2x5xf64>
relay.func @layer_norm(%a: tensor<2x5xf64>, %b: tensor<5xf64>, %c: tensor<5xf64>) -> tensor<2x5xf64> {
  %0 = relay.nn.layer_norm %a, %b, %c : (tensor<2x5xf64>, tensor<5xf64>, tensor<5xf64>)
  relay.return %0 : tensor<2x5xf64>
}

// CHECK-LABEL: relay.func @instance_norm
// CHECK: relay.nn.instance_norm %{{.*}}, %{{.*}}, %{{.*}} {center = false} : (tensor<2x3x4x4xf32>, tensor<3xf32>, tensor<3xf32>) -> tensor<2x3x4x4xf32>
relay.func @instance_norm(%a: tensor<2x3x4x4xf32>, %b: tensor<3xf32>, %c: tensor<3xf32>) -> tensor<2x3x4x4xf32> {
  %0 = relay.nn.instance_norm %a, %b, %c {center = false} : (tensor<2x3x4x4xf32>, tensor<3xf32>, tensor<3xf32>)
  relay.return %0 : tensor<2x3x4x4xf32>
}

// CHECK-LABEL: relay.func @group_norm
// CHECK: relay.nn.group_norm %{{.*}}, %{{.*}}, %{{.*}} {num_groups = 2 : i64} : (tensor<2x6x4xf32>, tensor<6xf32>, tensor<6xf32>) -> tensor<2x6x4xf32>
relay.func @group_norm(%a: tensor<2x6x4xf32>, %b: tensor<6xf32>, %c: tensor<6xf32>) -> tensor<2x6x4xf32> {
  %0 = relay.nn.group_norm %a, %b, %c {num_groups = 2 : i64} : (tensor<2x6x4xf32>, tensor<6xf32>, tensor<6xf32>)
  relay.return %0 : tensor<2x6x4xf32>
}

// CHECK-LABEL: relay.func @rms_norm
// CHECK: relay.nn.rms_norm %{{.*}}, %{{.*}} {axis = 0 : i64} : (tensor<3x4xf32>, tensor<3xf32>) -> tensor<3x4xf32>
relay.func @rms_norm(%a: tensor<3x4xf32>, %b: tensor<3xf32>) -> tensor<3x4xf32> {
  %0 = relay.nn.rms_norm %a, %b {axis = 0 : i64} : (tensor<3x4xf32>, tensor<3xf32>)
  relay.return %0 : tensor<3x4xf32>
}

// CHECK-LABEL: relay.func @l2_normalize
// CHECK: relay.nn.l2_normalize %{{.*}} {eps = 1.000000e-06 : f64, axis = array<i64: 1>} : (tensor<3x4xf32>) -> tensor<3x4xf32>
relay.func @l2_normalize(%a: tensor<3x4xf32>) -> tensor<3x4xf32> {
  %0 = relay.nn.l2_normalize %a {eps = 1.000000e-06 : f64, axis = array<i64: 1>} : (tensor<3x4xf32>)
  relay.return %0 : tensor<3x4xf32>
}

// CHECK-LABEL: relay.func @dropout
// CHECK: relay.nn.dropout %{{.*}} {rate = 2.500000e-01 : f64} : (tensor<f32>) -> tensor<f32>
relay.func @dropout(%a: tensor<f32>) -> tensor<f32> {
  %0 = relay.nn.dropout %a {rate = 2.500000e-01 : f64} : (tensor<f32>)
  relay.return %0 : tensor<f32>
}
