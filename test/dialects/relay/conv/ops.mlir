// RUN: inlay-opt %s | inlay-opt | filecheck %s
// RUN: inlay-opt %s --mlir-print-op-generic | inlay-opt | filecheck %s

// The result's type is inferred where it is left out, and properties at their defaults vanish.
// CHECK-LABEL: relay.func @conv2d
// CHECK: relay.nn.conv2d %{{.*}}, %{{.*}} : (tensor<1x3x8x8xf32>, tensor<4x3x3x3xf32>) -> tensor<1x4x6x6xf32>
relay.func @conv2d(%x: tensor<1x3x8x8xf32>, %w: tensor<4x3x3x3xf32>) -> tensor<1x4x6x6xf32> {
  %0 = relay.nn.conv2d %x, %w {strides = array<i64: 1, 1>, groups = 1 : i64, data_layout = #relay.layout<NCHW>} : (tensor<1x3x8x8xf32>, tensor<4x3x3x3xf32>)
  relay.return %0 : tensor<1x4x6x6xf32>
}

// CHECK-LABEL: relay.func @everything_set
// CHECK: relay.nn.conv2d
// CHECK-SAME: data_layout = #relay.layout<NHWC>, kernel_layout = #relay.layout<HWIO>, out_layout = #relay.layout<NCHW>
// CHECK-SAME: groups = 2 : i64
// CHECK-SAME: out_dtype = i32
// CHECK-SAME: strides = array<i64: 2, 1>, padding = array<i64: 0, 1, 2, 3>, dilation = array<i64: 1, 2>
// CHECK-SAME: -> tensor<1x4x4x8xi32>
relay.func @everything_set(%x: tensor<1x8x8x6xui8>, %w: tensor<3x3x3x4xi8>) -> tensor<1x4x4x8xi32> {
  %0 = relay.nn.conv2d %x, %w {strides = array<i64: 2, 1>, padding = array<i64: 0, 1, 2, 3>, dilation = array<i64: 1, 2>, groups = 2 : i64, data_layout = #relay.layout<NHWC>, kernel_layout = #relay.layout<HWIO>, out_layout = #relay.layout<NCHW>, out_dtype = i32} : (tensor<1x8x8x6xui8>, tensor<3x3x3x4xi8>)
  relay.return %0 : tensor<1x4x4x8xi32>
}

// CHECK-LABEL: relay.func @unknown_extents
// CHECK: -> tensor<?x4x?x6xf32>
relay.func @unknown_extents(%x: tensor<?x3x?x8xf32>, %w: tensor<4x3x3x3xf32>) -> tensor<?x4x?x6xf32> {
  %0 = relay.nn.conv2d %x, %w : (tensor<?x3x?x8xf32>, tensor<4x3x3x3xf32>)
  relay.return %0 : tensor<?x4x?x6xf32>
}

// A written type may know more than inference does.
// CHECK-LABEL: relay.func @refined
// CHECK: -> tensor<1x4x6x6xf32>
relay.func @refined(%x: tensor<?x3x8x8xf32>, %w: tensor<4x3x3x3xf32>) -> tensor<1x4x6x6xf32> {
  %0 = relay.nn.conv2d %x, %w : (tensor<?x3x8x8xf32>, tensor<4x3x3x3xf32>) -> tensor<1x4x6x6xf32>
  relay.return %0 : tensor<1x4x6x6xf32>
}

// CHECK-LABEL: relay.func @blocked
// CHECK: relay.nn.contrib_conv2d_NCHWc
// CHECK-SAME: data_layout = #relay.layout<NCHW16c>, kernel_layout = #relay.layout<OIHW16i8o>, out_layout = #relay.layout<NCHW8c>
// CHECK-SAME: -> tensor<1x4x6x6x8xf32>
relay.func @blocked(%x: tensor<1x2x8x8x16xf32>, %w: tensor<4x2x3x3x16x8xf32>) -> tensor<1x4x6x6x8xf32> {
  %0 = relay.nn.contrib_conv2d_NCHWc %x, %w {data_layout = #relay.layout<NCHW16c>, kernel_layout = #relay.layout<OIHW16i8o>, out_layout = #relay.layout<NCHW8c>} : (tensor<1x2x8x8x16xf32>, tensor<4x2x3x3x16x8xf32>)
  relay.return %0 : tensor<1x4x6x6x8xf32>
}

// CHECK-LABEL: relay.func @blocked_depthwise
// CHECK: relay.nn.contrib_depthwise_conv2d_NCHWc
// CHECK-SAME: -> tensor<1x2x4x4x16xf32>
relay.func @blocked_depthwise(%x: tensor<1x2x8x8x16xf32>, %w: tensor<2x1x3x3x1x16xf32>) -> tensor<1x2x4x4x16xf32> {
  %0 = relay.nn.contrib_depthwise_conv2d_NCHWc %x, %w {strides = array<i64: 2, 2>, padding = array<i64: 1, 1, 1, 1>, data_layout = #relay.layout<NCHW16c>, kernel_layout = #relay.layout<OIHW1i16o>, out_layout = #relay.layout<NCHW16c>} : (tensor<1x2x8x8x16xf32>, tensor<2x1x3x3x1x16xf32>)
  relay.return %0 : tensor<1x2x4x4x16xf32>
}

// CHECK-LABEL: relay.func @transpose
// CHECK: relay.nn.conv2d_transpose
// CHECK-SAME: output_padding = array<i64: 1, 1>
// CHECK-SAME: -> tensor<1x4x18x18xf32>
relay.func @transpose(%x: tensor<1x3x8x8xf32>, %w: tensor<3x4x3x3xf32>) -> tensor<1x4x18x18xf32> {
  %0 = relay.nn.conv2d_transpose %x, %w {strides = array<i64: 2, 2>, output_padding = array<i64: 1, 1>} : (tensor<1x3x8x8xf32>, tensor<3x4x3x3xf32>)
  relay.return %0 : tensor<1x4x18x18xf32>
}
