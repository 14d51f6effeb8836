// RUN: inlay-opt %s | inlay-opt | filecheck %s
// RUN: inlay-opt %s --mlir-print-op-generic | inlay-opt | filecheck %s

// CHECK-LABEL: relay.func @transpose
// CHECK: relay.transpose %{{.*}} : (tensor<2x?x4xf32>) -> tensor<4x?x2xf32>
relay.func @transpose(%a: tensor<2x?x4xf32>) -> tensor<4x?x2xf32> {
  %0 = relay.transpose %a {axes = array<i64>} : (tensor<2x?x4xf32>)
  relay.return %0 : tensor<4x?x2xf32>
}

// CHECK-LABEL: relay.func @transpose_axes
// CHECK: relay.transpose %{{.*}} {axes = array<i64: 0, -1, 1>} : (tensor<2x?x4xui8>) -> tensor<2x4x?xui8>
relay.func @transpose_axes(%a: tensor<2x?x4xui8>) -> tensor<2x4x?xui8> {
  %0 = relay.transpose %a {axes = array<i64: 0, -1, 1>} : (tensor<2x?x4xui8>)
  relay.return %0 : tensor<2x4x?xui8>
}

// CHECK-LABEL: relay.func @squeeze
// CHECK: relay.squeeze %{{.*}} : (tensor<1x3x1xf32>) -> tensor<3xf32>
relay.func @squeeze(%a: tensor<1x3x1xf32>) -> tensor<3xf32> {
  %0 = relay.squeeze %a : (tensor<1x3x1xf32>)
  relay.return %0 : tensor<3xf32>
}

// CHECK-LABEL: relay.func @squeeze_axis
// CHECK: relay.squeeze %{{.*}} {axis = array<i64: -1>} : (tensor<1x3x?xf32>) -> tensor<1x3xf32>
relay.func @squeeze_axis(%a: tensor<1x3x?xf32>) -> tensor<1x3xf32> {
  %0 = relay.squeeze %a {axis = array<i64: -1>} : (tensor<1x3x?xf32>)
  relay.return %0 : tensor<1x3xf32>
}

// CHECK-LABEL: relay.func @expand_dims
// CHECK: relay.expand_dims %{{.*}} {axis = 1 : i64, num_newaxis = 2 : i64} : (tensor<64xf32>) -> tensor<64x1x1xf32>
relay.func @expand_dims(%a: tensor<64xf32>) -> tensor<64x1x1xf32> {
  %0 = relay.expand_dims %a {axis = 1 : i64, num_newaxis = 2 : i64} : (tensor<64xf32>)
  relay.return %0 : tensor<64x1x1xf32>
}

// CHECK-LABEL: relay.func @expand_dims_scalar
// CHECK: relay.expand_dims %{{.*}} {axis = 0 : i64} : (tensor<f32>) -> tensor<1xf32>
relay.func @expand_dims_scalar(%a: tensor<f32>) -> tensor<1xf32> {
  %0 = relay.expand_dims %a {axis = 0 : i64, num_newaxis = 1 : i64} : (tensor<f32>)
  relay.return %0 : tensor<1xf32>
}

// CHECK-LABEL: relay.func @broadcast_to
// CHECK: relay.broadcast_to %{{.*}} {shape = array<i64: 2, 3, 4>} : (tensor<?x1xf32>) -> tensor<2x3x4xf32>
relay.func @broadcast_to(%a: tensor<?x1xf32>) -> tensor<2x3x4xf32> {
  %0 = relay.broadcast_to %a {shape = array<i64: 2, 3, 4>} : (tensor<?x1xf32>)
  relay.return %0 : tensor<2x3x4xf32>
}

// CHECK-LABEL: relay.func @layout_transform
// CHECK: relay.layout_transform %{{.*}} {src_layout = #relay.layout<NCHW>, dst_layout = #relay.layout<NCHW16c>} : (tensor<1x64x?x56xf32>) -> tensor<1x4x?x56x16xf32>
relay.func @layout_transform(%a: tensor<1x64x?x56xf32>) -> tensor<1x4x?x56x16xf32> {
  %0 = relay.layout_transform %a {src_layout = #relay.layout<NCHW>, dst_layout = #relay.layout<NCHW16c>} : (tensor<1x64x?x56xf32>)
  relay.return %0 : tensor<1x4x?x56x16xf32>
}
