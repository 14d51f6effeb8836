// RUN: inlay-opt %s | inlay-opt | filecheck %s
// RUN: inlay-opt %s --mlir-print-op-generic | inlay-opt | filecheck %s

// CHECK-LABEL: relay.func @reshape
// CHECK: relay.reshape %{{.*}} {newshape = array<i64: 0, -1>} : (tensor<?x3x4xf32>) -> tensor<?x12xf32>
relay.func @reshape(%a: tensor<?x3x4xf32>) -> tensor<?x12xf32> {
  %0 = relay.reshape %a {newshape = array<i64: 0, -1>} : (tensor<?x3x4xf32>)
  relay.return %0 : tensor<?x12xf32>
}

// CHECK-LABEL: relay.func @reshape_codes
// CHECK: relay.reshape %{{.*}} {newshape = array<i64: -4, 2, -1, -3, -2>} : (tensor<6x4x5x7xf32>) -> tensor<2x3x20x7xf32>
relay.func @reshape_codes(%a: tensor<6x4x5x7xf32>) -> tensor<2x3x20x7xf32> {
  %0 = relay.reshape %a {newshape = array<i64: -4, 2, -1, -3, -2>} : (tensor<6x4x5x7xf32>)
  relay.return %0 : tensor<2x3x20x7xf32>
}

// CHECK-LABEL: relay.func @reshape_empty
// CHECK: relay.reshape %{{.*}} {newshape = array<i64: 0, 5>, allowzero = true} : (tensor<2x0xi1>) -> tensor<0x5xi1>
relay.func @reshape_empty(%a: tensor<2x0xi1>) -> tensor<0x5xi1> {
  %0 = relay.reshape %a {newshape = array<i64: 0, 5>, allowzero = true} : (tensor<2x0xi1>)
  relay.return %0 : tensor<0x5xi1>
}

// CHECK-LABEL: relay.func @reshape_like
// CHECK: relay.reshape_like %{{.*}}, %{{.*}} {lhs_begin = 1 : i64, rhs_end = 2 : i64} : (tensor<4x6xf32>, tensor<2x3x?xi8>) -> tensor<4x2x3xf32>
relay.func @reshape_like(%a: tensor<4x6xf32>, %b: tensor<2x3x?xi8>) -> tensor<4x2x3xf32> {
  %0 = relay.reshape_like %a, %b {lhs_begin = 1 : i64, rhs_end = 2 : i64} : (tensor<4x6xf32>, tensor<2x3x?xi8>)
  relay.return %0 : tensor<4x2x3xf32>
}

// CHECK-LABEL: relay.func @batch_flatten
// CHECK: relay.nn.batch_flatten %{{.*}} : (tensor<?x512x1x1xf32>) -> tensor<?x512xf32>
relay.func @batch_flatten(%a: tensor<?x512x1x1xf32>) -> tensor<?x512xf32> {
  %0 = relay.nn.batch_flatten %a : (tensor<?x512x1x1xf32>)
  relay.return %0 : tensor<?x512xf32>
}

// CHECK-LABEL: relay.func @batch_flatten_unknown
// CHECK: relay.nn.batch_flatten %{{.*}} : (tensor<2x?x0xf32>) -> tensor<2x?xf32>
relay.func @batch_flatten_unknown(%a: tensor<2x?x0xf32>) -> tensor<2x?xf32> {
  %0 = relay.nn.batch_flatten %a : (tensor<2x?x0xf32>)
  relay.return %0 : tensor<2x?xf32>
}
