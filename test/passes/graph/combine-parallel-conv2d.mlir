// RUN: inlay-opt %s -p combine-parallel-conv2d --split-input-file | filecheck %s

// Three branches of an Inception block, with what follows them.

// CHECK-LABEL: @branches
// CHECK-NEXT: %[[W:.*]] = relay.concatenate %w0, %w1, %w2 {axis = 0 : i64}
// CHECK-NEXT: %[[CONV:.*]] = relay.nn.conv2d %x, %[[W]]
// CHECK-NEXT: %[[B:.*]] = relay.concatenate %b0, %b1, %b2 {axis = 0 : i64}
// CHECK-NEXT: %[[BIASED:.*]] = relay.nn.bias_add %[[CONV]], %[[B]]
// CHECK-NEXT: %[[RELU:.*]] = relay.nn.relu %[[BIASED]] : (tensor<1x9x5x5xf32>)
// CHECK-NEXT: %r0 = relay.strided_slice %[[RELU]] {begin = array<i64: 0>, end = array<i64: 4>, axes = array<i64: 1>}
// CHECK-NEXT: %r1 = relay.strided_slice %[[RELU]] {begin = array<i64: 4>, end = array<i64: 7>, axes = array<i64: 1>}
// CHECK-NEXT: %r2 = relay.strided_slice %[[RELU]] {begin = array<i64: 7>, end = array<i64: 9>, axes = array<i64: 1>}
// CHECK-NEXT: relay.return %r0, %r1, %r2
relay.func @branches(%x: tensor<1x2x5x5xf32>, %w0: tensor<4x2x1x1xf32>, %w1: tensor<3x2x1x1xf32>, %w2: tensor<2x2x1x1xf32>, %b0: tensor<4xf32>, %b1: tensor<3xf32>, %b2: tensor<2xf32>) -> (tensor<1x4x5x5xf32>, tensor<1x3x5x5xf32>, tensor<1x2x5x5xf32>) {
  %c0 = relay.nn.conv2d %x, %w0 : (tensor<1x2x5x5xf32>, tensor<4x2x1x1xf32>)
  %a0 = relay.nn.bias_add %c0, %b0 : (tensor<1x4x5x5xf32>, tensor<4xf32>)
  %r0 = relay.nn.relu %a0 : (tensor<1x4x5x5xf32>)
  %c1 = relay.nn.conv2d %x, %w1 : (tensor<1x2x5x5xf32>, tensor<3x2x1x1xf32>)
  %a1 = relay.nn.bias_add %c1, %b1 : (tensor<1x3x5x5xf32>, tensor<3xf32>)
  %r1 = relay.nn.relu %a1 : (tensor<1x3x5x5xf32>)
  %c2 = relay.nn.conv2d %x, %w2 : (tensor<1x2x5x5xf32>, tensor<2x2x1x1xf32>)
  %a2 = relay.nn.bias_add %c2, %b2 : (tensor<1x2x5x5xf32>, tensor<2xf32>)
  %r2 = relay.nn.relu %a2 : (tensor<1x2x5x5xf32>)
  relay.return %r0, %r1, %r2 : tensor<1x4x5x5xf32>, tensor<1x3x5x5xf32>, tensor<1x2x5x5xf32>
}

// -----

// Two of these agree; strides, kernel and groups of the others differ.

// CHECK-LABEL: @too_few
// CHECK-NOT: relay.concatenate
// CHECK: relay.return
relay.func @too_few(%x: tensor<1x2x5x5xf32>, %w: tensor<4x2x1x1xf32>, %k: tensor<4x2x3x3xf32>, %g: tensor<4x1x1x1xf32>) -> tensor<1x4x5x5xf32> {
  %0 = relay.nn.conv2d %x, %w : (tensor<1x2x5x5xf32>, tensor<4x2x1x1xf32>)
  %1 = relay.nn.conv2d %x, %w : (tensor<1x2x5x5xf32>, tensor<4x2x1x1xf32>)
  %2 = relay.nn.conv2d %x, %w {strides = array<i64: 2, 2>} : (tensor<1x2x5x5xf32>, tensor<4x2x1x1xf32>)
  %3 = relay.nn.conv2d %x, %k : (tensor<1x2x5x5xf32>, tensor<4x2x3x3xf32>)
  %4 = relay.nn.conv2d %x, %g {groups = 2 : i64} : (tensor<1x2x5x5xf32>, tensor<4x1x1x1xf32>)
  %5 = relay.nn.conv2d %x, %g {groups = 2 : i64} : (tensor<1x2x5x5xf32>, tensor<4x1x1x1xf32>)
  %6 = relay.nn.conv2d %x, %g {groups = 2 : i64} : (tensor<1x2x5x5xf32>, tensor<4x1x1x1xf32>)
  relay.return %0 : tensor<1x4x5x5xf32>
}

// -----

// The third weight comes of the first branch, so that it cannot be had before it.

// CHECK-LABEL: @dependent
// CHECK-NOT: relay.concatenate
// CHECK: relay.return
relay.func @dependent(%x: tensor<1x2x1x1xf32>, %w: tensor<2x2x1x1xf32>) -> tensor<1x1x1x1xf32> {
  %0 = relay.nn.conv2d %x, %w : (tensor<1x2x1x1xf32>, tensor<2x2x1x1xf32>)
  %1 = relay.nn.relu %0 : (tensor<1x2x1x1xf32>)
  %2 = relay.nn.conv2d %x, %w : (tensor<1x2x1x1xf32>, tensor<2x2x1x1xf32>)
  %3 = relay.nn.conv2d %x, %1 : (tensor<1x2x1x1xf32>, tensor<1x2x1x1xf32>)
  relay.return %3 : tensor<1x1x1x1xf32>
}

// -----

// Operands that stand after the first branch are moved up, scalars and per-channel ones are told
// apart, and what differs (here the last op) ends the combined part.

// CHECK-LABEL: @followers
// CHECK: %[[W:.*]] = relay.concatenate %w, %w, %w {axis = 3 : i64}
// CHECK-NEXT: %[[CONV:.*]] = relay.nn.conv2d %x, %[[W]]
// CHECK-NEXT: %s = relay.negative %v
// CHECK-NEXT: %[[S:.*]] = relay.concatenate %v, %s, %v {axis = 0 : i64}
// CHECK-NEXT: %[[SCALED:.*]] = relay.multiply %[[CONV]], %[[S]]
// CHECK-NEXT: %[[MORE:.*]] = relay.add %half, %[[SCALED]]
// CHECK-NEXT: %[[SQUARE:.*]] = relay.multiply %[[MORE]], %[[MORE]]
// CHECK-NEXT: relay.strided_slice
// CHECK-NEXT: relay.strided_slice
// CHECK-NEXT: relay.strided_slice
// CHECK-NEXT: relay.nn.relu
// CHECK-NEXT: relay.nn.relu
// CHECK-NEXT: relay.tanh
relay.func @followers(%x: tensor<1x5x5x2xf32>, %w: tensor<1x1x2x1xf32>, %v: tensor<1xf32>) -> (tensor<1x5x5x1xf32>, tensor<1x5x5x1xf32>, tensor<1x5x5x1xf32>) {
  %half = relay.constant dense<0.5> : tensor<f32>
  %c0 = relay.nn.conv2d %x, %w {data_layout = #relay.layout<NHWC>, kernel_layout = #relay.layout<HWIO>} : (tensor<1x5x5x2xf32>, tensor<1x1x2x1xf32>)
  %m0 = relay.multiply %c0, %v : (tensor<1x5x5x1xf32>, tensor<1xf32>)
  %a0 = relay.add %half, %m0 : (tensor<f32>, tensor<1x5x5x1xf32>)
  %q0 = relay.multiply %a0, %a0 : (tensor<1x5x5x1xf32>, tensor<1x5x5x1xf32>)
  %c1 = relay.nn.conv2d %x, %w {data_layout = #relay.layout<NHWC>, kernel_layout = #relay.layout<HWIO>} : (tensor<1x5x5x2xf32>, tensor<1x1x2x1xf32>)
  %s = relay.negative %v : (tensor<1xf32>)
  %m1 = relay.multiply %c1, %s : (tensor<1x5x5x1xf32>, tensor<1xf32>)
  %a1 = relay.add %half, %m1 : (tensor<f32>, tensor<1x5x5x1xf32>)
  %q1 = relay.multiply %a1, %a1 : (tensor<1x5x5x1xf32>, tensor<1x5x5x1xf32>)
  %c2 = relay.nn.conv2d %x, %w {data_layout = #relay.layout<NHWC>, kernel_layout = #relay.layout<HWIO>} : (tensor<1x5x5x2xf32>, tensor<1x1x2x1xf32>)
  %m2 = relay.multiply %c2, %v : (tensor<1x5x5x1xf32>, tensor<1xf32>)
  %a2 = relay.add %half, %m2 : (tensor<f32>, tensor<1x5x5x1xf32>)
  %q2 = relay.multiply %a2, %a2 : (tensor<1x5x5x1xf32>, tensor<1x5x5x1xf32>)
  %r0 = relay.nn.relu %q0 : (tensor<1x5x5x1xf32>)
  %r1 = relay.nn.relu %q1 : (tensor<1x5x5x1xf32>)
  %r2 = relay.tanh %q2 : (tensor<1x5x5x1xf32>)
  relay.return %r0, %r1, %r2 : tensor<1x5x5x1xf32>, tensor<1x5x5x1xf32>, tensor<1x5x5x1xf32>
}
