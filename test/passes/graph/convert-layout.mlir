// RUN: inlay-opt %s -p convert-layout{desired-layout=NHWC} --split-input-file | filecheck %s

// The layout is kept from the first convolution to the last.

// CHECK-LABEL: @chain
// CHECK: %[[X:.*]] = relay.layout_transform %x {src_layout = #relay.layout<NCHW>, dst_layout = #relay.layout<NHWC>}
// CHECK: relay.nn.conv2d %[[X]], %{{.*}} {data_layout = #relay.layout<NHWC>, kernel_layout = #relay.layout<HWIO>, padding = array<i64: 1, 1, 1, 1>}
// CHECK: relay.add {{.*}} : (tensor<1x4x4x8xf32>, tensor<1x1x1x8xf32>)
// CHECK: relay.nn.max_pool2d {{.*}} layout = #relay.layout<NHWC>
// CHECK: %d = relay.nn.conv2d {{.*}} -> tensor<1x2x2x3xf32>
// CHECK: %[[OUT:.*]] = relay.layout_transform %d {src_layout = #relay.layout<NHWC>, dst_layout = #relay.layout<NCHW>}
// CHECK: relay.return %[[OUT]]
relay.func @chain(%x: tensor<1x2x4x4xf32>, %w: tensor<8x2x3x3xf32>, %b: tensor<8x1x1xf32>, %v: tensor<3x8x1x1xf32>) -> tensor<1x3x2x2xf32> {
  %c = relay.nn.conv2d %x, %w {padding = array<i64: 1, 1, 1, 1>} : (tensor<1x2x4x4xf32>, tensor<8x2x3x3xf32>)
  %0 = relay.add %c, %b : (tensor<1x8x4x4xf32>, tensor<8x1x1xf32>)
  %1 = relay.nn.max_pool2d %0 {pool_size = array<i64: 2, 2>, strides = array<i64: 2, 2>} : (tensor<1x8x4x4xf32>)
  %d = relay.nn.conv2d %1, %v : (tensor<1x8x2x2xf32>, tensor<3x8x1x1xf32>)
  relay.return %d : tensor<1x3x2x2xf32>
}
