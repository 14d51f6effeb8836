// RUN: inlay-opt %s -p fuse-ops --split-input-file | filecheck %s

// A convolution takes what follows elementwise; a scalar goes along, another constant does not.

// CHECK-LABEL: relay.func @epilogue
// CHECK-NEXT: %[[SHIFT:.*]] = relay.constant
// CHECK-NEXT: %[[GROUP:.*]] = relay.group -> tensor<1x2x4x4xf32> {
// CHECK-NEXT:   %[[TWO:.*]] = relay.constant dense<2.000000e+00> : tensor<f32>
// CHECK-NEXT:   %[[CONV:.*]] = relay.nn.conv2d %x, %w
// CHECK-NEXT:   %[[SUM:.*]] = relay.add %[[CONV]], %[[SHIFT]]
// CHECK-NEXT:   %[[PRODUCT:.*]] = relay.multiply %[[SUM]], %[[TWO]]
// CHECK-NEXT:   relay.yield %[[PRODUCT]]
// CHECK-NEXT: }
// CHECK-NEXT: relay.return %[[GROUP]]
relay.func @epilogue(%x: tensor<1x3x4x4xf32>, %w: tensor<2x3x1x1xf32>) -> tensor<1x2x4x4xf32> {
  %two = relay.constant dense<2.0> : tensor<f32>
  %shift = relay.constant dense<[[[1.0]], [[2.0]]]> : tensor<2x1x1xf32>
  %0 = relay.nn.conv2d %x, %w : (tensor<1x3x4x4xf32>, tensor<2x3x1x1xf32>) -> tensor<1x2x4x4xf32>
  %1 = relay.add %0, %shift : (tensor<1x2x4x4xf32>, tensor<2x1x1xf32>) -> tensor<1x2x4x4xf32>
  %2 = relay.multiply %1, %two : (tensor<1x2x4x4xf32>, tensor<f32>) -> tensor<1x2x4x4xf32>
  relay.return %2 : tensor<1x2x4x4xf32>
}

// -----

// Two results leave a split; what they are for is in other groups.

// CHECK-LABEL: relay.func @several_results
// CHECK-NEXT: %[[LOW:.*]], %[[HIGH:.*]] = relay.group -> (tensor<2xf32>, tensor<2xf32>) {
// CHECK-NEXT:   relay.split %x
// CHECK: relay.return %[[LOW]], %[[HIGH]]
relay.func @several_results(%x: tensor<4xf32>) -> (tensor<2xf32>, tensor<2xf32>) {
  %0, %1 = relay.split %x {indices_or_sections = 2 : i64} : (tensor<4xf32>) -> (tensor<2xf32>, tensor<2xf32>)
  relay.return %0, %1 : tensor<2xf32>, tensor<2xf32>
}

// -----

// Branches are fused apart from what is around them: what they use stays a value.

// CHECK-LABEL: relay.func @branches
// CHECK-NEXT: %[[E:.*]] = relay.group -> tensor<4xf32> {
// CHECK-NEXT:   relay.exp %x
// CHECK: relay.if %c -> tensor<4xf32> {
// CHECK-NEXT:   %[[THEN:.*]] = relay.group -> tensor<4xf32> {
// CHECK-NEXT:     relay.abs %[[E]]
// CHECK-NEXT:     relay.nn.relu
// CHECK:   relay.yield %[[THEN]]
// CHECK-NEXT: } else {
// CHECK-NEXT:   relay.yield %[[E]]
// CHECK-NEXT: }
// CHECK-NEXT: relay.group -> tensor<4xf32> {
// CHECK-NEXT:   relay.tanh
relay.func @branches(%c: tensor<i1>, %x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = relay.exp %x : (tensor<4xf32>) -> tensor<4xf32>
  %1 = relay.if %c -> tensor<4xf32> {
    %3 = relay.abs %0 : (tensor<4xf32>) -> tensor<4xf32>
    %4 = relay.nn.relu %3 : (tensor<4xf32>) -> tensor<4xf32>
    relay.yield %4 : tensor<4xf32>
  } else {
    relay.yield %0 : tensor<4xf32>
  }
  %2 = relay.tanh %1 : (tensor<4xf32>) -> tensor<4xf32>
  relay.return %2 : tensor<4xf32>
}

// -----

// Groups and kernels that are there already stay; calls stand between groups.

// CHECK-LABEL: relay.func @again
// CHECK-NEXT: %[[FIRST:.*]] = relay.group -> tensor<4xf32> {
// CHECK-NEXT:   relay.exp %x
// CHECK-NEXT:   relay.yield
// CHECK-NEXT: }
// CHECK-NEXT: %[[CALLED:.*]] = relay.call @kernel(%[[FIRST]])
// CHECK-NEXT: relay.group -> tensor<4xf32> {
// CHECK-NEXT:   relay.nn.relu %[[CALLED]]
// CHECK-LABEL: relay.func private @kernel
// CHECK-NEXT: relay.abs
// CHECK-NEXT: relay.return
relay.func @again(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = relay.group -> tensor<4xf32> {
    %3 = relay.exp %x : (tensor<4xf32>) -> tensor<4xf32>
    relay.yield %3 : tensor<4xf32>
  }
  %1 = relay.call @kernel(%0) : (tensor<4xf32>) -> tensor<4xf32>
  %2 = relay.nn.relu %1 : (tensor<4xf32>) -> tensor<4xf32>
  relay.return %2 : tensor<4xf32>
}
relay.func private @kernel(%x: tensor<4xf32>) -> tensor<4xf32> attributes {primitive} {
  %0 = relay.abs %x : (tensor<4xf32>) -> tensor<4xf32>
  relay.return %0 : tensor<4xf32>
}

// -----

// An operand of unknown extents may be stretched at run time, and stops an anchor's group.

// CHECK-LABEL: relay.func @unknown
// CHECK: relay.nn.dense
// CHECK-NEXT: relay.yield
// CHECK: relay.add
relay.func @unknown(%x: tensor<?x4xf32>, %w: tensor<8x4xf32>, %y: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %0 = relay.nn.dense %x, %w : (tensor<?x4xf32>, tensor<8x4xf32>) -> tensor<?x8xf32>
  %1 = relay.add %0, %y : (tensor<?x8xf32>, tensor<?x8xf32>) -> tensor<?x8xf32>
  relay.return %1 : tensor<?x8xf32>
}
