// RUN: inlay-opt %s | inlay-opt | filecheck %s
// RUN: inlay-opt %s --mlir-print-op-generic | inlay-opt | filecheck %s

// CHECK-LABEL: relay.func @strided_slice
// CHECK: relay.strided_slice %{{.*}} {begin = array<i64: 0, -2>, end = array<i64: 9, 9>} : (tensor<?x6x4xf32>) -> tensor<?x2x4xf32>
relay.func @strided_slice(%a: tensor<?x6x4xf32>) -> tensor<?x2x4xf32> {
  %0 = relay.strided_slice %a {begin = array<i64: 0, -2>, end = array<i64: 9, 9>} : (tensor<?x6x4xf32>)
  relay.return %0 : tensor<?x2x4xf32>
}

// CHECK-LABEL: relay.func @strided_slice_axes
// CHECK: relay.strided_slice %{{.*}} {begin = array<i64: 5>, end = array<i64: 0>, strides = array<i64: -2>, axes = array<i64: -1>} : (tensor<2x6xf32>) -> tensor<2x3xf32>
relay.func @strided_slice_axes(%a: tensor<2x6xf32>) -> tensor<2x3xf32> {
  %0 = relay.strided_slice %a {begin = array<i64: 5>, end = array<i64: 0>, strides = array<i64: -2>, axes = array<i64: -1>} : (tensor<2x6xf32>)
  relay.return %0 : tensor<2x3xf32>
}

// CHECK-LABEL: relay.func @strided_slice_size
// CHECK: relay.strided_slice %{{.*}} {begin = array<i64: 1, 2>, end = array<i64: 3, -1>, slice_mode = "size"} : (tensor<6x6xi1>) -> tensor<3x4xi1>
relay.func @strided_slice_size(%a: tensor<6x6xi1>) -> tensor<3x4xi1> {
  %0 = relay.strided_slice %a {begin = array<i64: 1, 2>, end = array<i64: 3, -1>, slice_mode = "size"} : (tensor<6x6xi1>)
  relay.return %0 : tensor<3x4xi1>
}

// CHECK-LABEL: relay.func @slice_like
// CHECK: relay.slice_like %{{.*}}, %{{.*}} {axes = array<i64: 1>} : (tensor<4x6xf32>, tensor<?x?xi8>) -> tensor<4x?xf32>
relay.func @slice_like(%a: tensor<4x6xf32>, %b: tensor<?x?xi8>) -> tensor<4x?xf32> {
  %0 = relay.slice_like %a, %b {axes = array<i64: 1>} : (tensor<4x6xf32>, tensor<?x?xi8>)
  relay.return %0 : tensor<4x?xf32>
}
