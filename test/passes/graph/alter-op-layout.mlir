// RUN: inlay-opt %s -p alter-op-layout --target=x86-64-v4 --split-input-file | filecheck %s

// Convolutions dictate the layout, elementwise ops and pools follow, per-channel constants are
// expanded; transforms stand at the rim alone.

// CHECK-LABEL: relay.func @chain
// CHECK-NOT: layout_transform %{{.*}}tensor<32x1x1xf32>
// CHECK: %[[X:.*]] = relay.layout_transform %x {src_layout = #relay.layout<NCHW>, dst_layout = #relay.layout<NCHW16c>}
// CHECK: %[[W:.*]] = relay.layout_transform %w {src_layout = #relay.layout<OIHW>, dst_layout = #relay.layout<OIHW16i16o>}
// CHECK-NEXT: %[[A:.*]] = relay.nn.contrib_conv2d_NCHWc %[[X]], %[[W]]
// CHECK-NEXT: %[[EXPANDED:.*]] = relay.expand_dims %b {axis = 0 : i64}
// CHECK-NEXT: %[[B:.*]] = relay.layout_transform %[[EXPANDED]] {{.*}} -> tensor<1x2x1x1x16xf32>
// CHECK-NEXT: %[[SUM:.*]] = relay.add %[[A]], %[[B]]
// CHECK-NEXT: %[[POOL:.*]] = relay.nn.max_pool2d %[[SUM]] {{.*}}layout = #relay.layout<NCHW16c>
// CHECK-NEXT: %[[C:.*]] = relay.nn.contrib_conv2d_NCHWc %[[POOL]], %[[W]]
// CHECK-NEXT: %[[RESULT:.*]] = relay.layout_transform %[[C]] {src_layout = #relay.layout<NCHW16c>, dst_layout = #relay.layout<NCHW>}
// CHECK-NEXT: relay.return %[[RESULT]]
relay.func @chain(%x: tensor<1x32x4x4xf32>, %w: tensor<32x32x1x1xf32>, %b: tensor<32x1x1xf32>) -> tensor<1x32x3x3xf32> {
  %0 = relay.nn.conv2d %x, %w : (tensor<1x32x4x4xf32>, tensor<32x32x1x1xf32>) -> tensor<1x32x4x4xf32>
  %1 = relay.add %0, %b : (tensor<1x32x4x4xf32>, tensor<32x1x1xf32>) -> tensor<1x32x4x4xf32>
  %2 = relay.nn.max_pool2d %1 {pool_size = array<i64: 2, 2>} : (tensor<1x32x4x4xf32>) -> tensor<1x32x3x3xf32>
  %3 = relay.nn.conv2d %2, %w : (tensor<1x32x3x3xf32>, tensor<32x32x1x1xf32>) -> tensor<1x32x3x3xf32>
  relay.return %3 : tensor<1x32x3x3xf32>
}

// -----

// 17 channels are padded to 24 in the weight, and cut where the value leaves.

// CHECK-LABEL: relay.func @padded
// CHECK: relay.nn.pad %w {pad_width = array<i64: 0, 7, 0, 0, 0, 0, 0, 0>}
// CHECK: relay.nn.contrib_conv2d_NCHWc
// CHECK-SAME: -> tensor<1x3x4x4x8xf32>
// CHECK-NEXT: relay.layout_transform {{.*}} -> tensor<1x24x4x4xf32>
// CHECK-NEXT: %[[CUT:.*]] = relay.strided_slice {{.*}} -> tensor<1x17x4x4xf32>
// CHECK-NEXT: relay.return %[[CUT]]
relay.func @padded(%x: tensor<1x3x4x4xf32>, %w: tensor<17x3x1x1xf32>) -> tensor<1x17x4x4xf32> {
  %0 = relay.nn.conv2d %x, %w : (tensor<1x3x4x4xf32>, tensor<17x3x1x1xf32>) -> tensor<1x17x4x4xf32>
  relay.return %0 : tensor<1x17x4x4xf32>
}

// -----

// What would make infinities of the padding sees the channels that are there.

// CHECK-LABEL: relay.func @logarithm
// CHECK: relay.strided_slice
// CHECK-NEXT: relay.log {{.*}} : (tensor<1x17x4x4xf32>)
relay.func @logarithm(%x: tensor<1x3x4x4xf32>, %w: tensor<17x3x1x1xf32>) -> tensor<1x17x4x4xf32> {
  %0 = relay.nn.conv2d %x, %w : (tensor<1x3x4x4xf32>, tensor<17x3x1x1xf32>) -> tensor<1x17x4x4xf32>
  %1 = relay.log %0 : (tensor<1x17x4x4xf32>) -> tensor<1x17x4x4xf32>
  relay.return %1 : tensor<1x17x4x4xf32>
}

// -----

// A depthwise convolution keeps its input's blocks; a dense layer packs its weight.

// CHECK-LABEL: relay.func @others
// CHECK: relay.nn.contrib_depthwise_conv2d_NCHWc
// CHECK-SAME: kernel_layout = #relay.layout<OIHW1i16o>
// CHECK: relay.nn.contrib_dense_pack
// CHECK-SAME: weight_layout = #relay.layout<NC8n>
relay.func @others(%x: tensor<1x32x1x1xf32>, %w: tensor<32x1x1x1xf32>, %d: tensor<24x32xf32>) -> tensor<1x24xf32> {
  %0 = relay.nn.conv2d %x, %w {groups = 32 : i64} : (tensor<1x32x1x1xf32>, tensor<32x1x1x1xf32>) -> tensor<1x32x1x1xf32>
  %1 = relay.nn.batch_flatten %0 : (tensor<1x32x1x1xf32>) -> tensor<1x32xf32>
  %2 = relay.nn.dense %1, %d : (tensor<1x32xf32>, tensor<24x32xf32>) -> tensor<1x24xf32>
  relay.return %2 : tensor<1x24xf32>
}

// -----

// A convolution declared in another layout is blocked all the same.

// CHECK-LABEL: relay.func @channels_last
// CHECK: relay.layout_transform %x {src_layout = #relay.layout<NHWC>, dst_layout = #relay.layout<NCHW8c>}
// CHECK: relay.layout_transform %w {src_layout = #relay.layout<HWIO>, dst_layout = #relay.layout<OIHW8i8o>}
// CHECK: relay.nn.contrib_conv2d_NCHWc
// CHECK: relay.layout_transform {{.*}} {src_layout = #relay.layout<NCHW8c>, dst_layout = #relay.layout<NHWC>}
relay.func @channels_last(%x: tensor<1x4x4x8xf32>, %w: tensor<1x1x8x8xf32>) -> tensor<1x4x4x8xf32> {
  %0 = relay.nn.conv2d %x, %w {data_layout = #relay.layout<NHWC>, kernel_layout = #relay.layout<HWIO>} : (tensor<1x4x4x8xf32>, tensor<1x1x8x8xf32>) -> tensor<1x4x4x8xf32>
  relay.return %0 : tensor<1x4x4x8xf32>
}

// -----

// Nothing to block: no channels, or unknown ones.

// CHECK-LABEL: relay.func @left
// CHECK-NEXT: relay.nn.conv2d %empty
// CHECK-NEXT: relay.nn.conv2d %x, %unknown
// CHECK-NEXT: relay.return
relay.func @left(%empty: tensor<1x0x4x4xf32>, %none: tensor<4x0x1x1xf32>, %x: tensor<1x8x4x4xf32>, %unknown: tensor<?x8x1x1xf32>) -> (tensor<1x4x4x4xf32>, tensor<1x?x4x4xf32>) {
  %0 = relay.nn.conv2d %empty, %none : (tensor<1x0x4x4xf32>, tensor<4x0x1x1xf32>) -> tensor<1x4x4x4xf32>
  %1 = relay.nn.conv2d %x, %unknown : (tensor<1x8x4x4xf32>, tensor<?x8x1x1xf32>) -> tensor<1x?x4x4xf32>
  relay.return %0, %1 : tensor<1x4x4x4xf32>, tensor<1x?x4x4xf32>
}

// -----

// An operand that is stretched along the channels does not dictate the layout.

// CHECK-LABEL: relay.func @stretched
// CHECK-NEXT: %[[CONV:.*]] = relay.nn.contrib_conv2d_NCHWc %x, %w
// CHECK-NEXT: %[[SUM:.*]] = relay.add %rows, %[[CONV]]
// CHECK-NEXT: relay.return %[[SUM]] : tensor<1x2x4x1x4xf32>
relay.func @stretched(%x: tensor<1x4x1x1x1xf32>, %w: tensor<2x4x1x1x1x4xf32>, %rows: tensor<1x1x4x1x1xf32>) -> tensor<1x2x4x1x4xf32> {
  %0 = relay.nn.contrib_conv2d_NCHWc %x, %w {data_layout = #relay.layout<NCHW1c>, kernel_layout = #relay.layout<OIHW1i4o>, out_layout = #relay.layout<NCHW4c>} : (tensor<1x4x1x1x1xf32>, tensor<2x4x1x1x1x4xf32>) -> tensor<1x2x1x1x4xf32>
  %1 = relay.add %rows, %0 : (tensor<1x1x4x1x1xf32>, tensor<1x2x1x1x4xf32>) -> tensor<1x2x4x1x4xf32>
  relay.return %1 : tensor<1x2x4x1x4xf32>
}
