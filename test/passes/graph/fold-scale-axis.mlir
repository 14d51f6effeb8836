// RUN: inlay-opt %s -p fold-scale-axis --split-input-file | filecheck %s

// Backward: the scale goes to the weight's output channels, and to the shift on its way.

// CHECK-LABEL: relay.func @backward
// CHECK-DAG: %[[W:.*]] = relay.constant dense<{{.*}}> : tensor<2x1x1x1xf32>
// CHECK-DAG: %[[SHIFT:.*]] = relay.constant dense<{{.*}}3.0{{.*}}> : tensor<2x1x1xf32>
// CHECK-DAG: %[[SCALE:.*]] = relay.constant dense<{{.*}}5.0{{.*}}> : tensor<2x1x1xf32>
// CHECK-DAG: %[[FACTORS:.*]] = relay.reshape %[[SCALE]] {newshape = array<i64: 2, 1, 1, 1>}
// CHECK-DAG: %[[WEIGHT:.*]] = relay.multiply %[[W]], %[[FACTORS]]
// CHECK: %[[CONV:.*]] = relay.nn.conv2d %x, %[[WEIGHT]]
// CHECK-NEXT: %[[SHIFTED:.*]] = relay.multiply %[[SHIFT]], %[[SCALE]]
// CHECK-NEXT: %[[SUM:.*]] = relay.add %[[CONV]], %[[SHIFTED]]
// CHECK-NEXT: relay.return %[[SUM]]
relay.func @backward(%x: tensor<1x1x4x4xf32>) -> tensor<1x2x4x4xf32> {
  %w = relay.constant dense<[[[[1.0]]], [[[2.0]]]]> : tensor<2x1x1x1xf32>
  %shift = relay.constant dense<[[[3.0]], [[4.0]]]> : tensor<2x1x1xf32>
  %scale = relay.constant dense<[[[5.0]], [[-6.0]]]> : tensor<2x1x1xf32>
  %0 = relay.nn.conv2d %x, %w : (tensor<1x1x4x4xf32>, tensor<2x1x1x1xf32>) -> tensor<1x2x4x4xf32>
  %1 = relay.add %0, %shift : (tensor<1x2x4x4xf32>, tensor<2x1x1xf32>) -> tensor<1x2x4x4xf32>
  %2 = relay.multiply %1, %scale : (tensor<1x2x4x4xf32>, tensor<2x1x1xf32>) -> tensor<1x2x4x4xf32>
  relay.return %2 : tensor<1x2x4x4xf32>
}

// -----

// Forward: the scale goes to the weight's input channels, the shift is divided by it.

// CHECK-LABEL: relay.func @forward
// CHECK: %[[SHIFT:.*]] = relay.divide
// CHECK-NEXT: %[[SUM:.*]] = relay.add %x, %[[SHIFT]]
// CHECK-NEXT: %[[RELU:.*]] = relay.nn.relu %[[SUM]]
// CHECK: %[[WEIGHT:.*]] = relay.multiply %{{.*}}, %{{.*}} : (tensor<1x2x1x1xf32>
// CHECK-NEXT: relay.nn.conv2d %[[RELU]], %[[WEIGHT]]
relay.func @forward(%x: tensor<1x2x4x4xf32>) -> tensor<1x1x4x4xf32> {
  %w = relay.constant dense<[[[[1.0]], [[2.0]]]]> : tensor<1x2x1x1xf32>
  %shift = relay.constant dense<[[[3.0]], [[4.0]]]> : tensor<2x1x1xf32>
  %scale = relay.constant dense<[[[5.0]], [[6.0]]]> : tensor<2x1x1xf32>
  %0 = relay.multiply %x, %scale : (tensor<1x2x4x4xf32>, tensor<2x1x1xf32>) -> tensor<1x2x4x4xf32>
  %1 = relay.add %0, %shift : (tensor<1x2x4x4xf32>, tensor<2x1x1xf32>) -> tensor<1x2x4x4xf32>
  %2 = relay.nn.relu %1 : (tensor<1x2x4x4xf32>) -> tensor<1x2x4x4xf32>
  %3 = relay.nn.conv2d %2, %w : (tensor<1x2x4x4xf32>, tensor<1x2x1x1xf32>) -> tensor<1x1x4x4xf32>
  relay.return %3 : tensor<1x1x4x4xf32>
}

// -----

// A negative factor passes no relu, a zero no addition, and no factor a value with other uses.

// CHECK-LABEL: relay.func @negative
// CHECK: relay.nn.relu
// CHECK-NEXT: relay.multiply
// CHECK-NEXT: relay.return
relay.func @negative(%x: tensor<1x1x4x4xf32>) -> tensor<1x2x4x4xf32> {
  %w = relay.constant dense<[[[[1.0]]], [[[2.0]]]]> : tensor<2x1x1x1xf32>
  %scale = relay.constant dense<[[[5.0]], [[-6.0]]]> : tensor<2x1x1xf32>
  %0 = relay.nn.conv2d %x, %w : (tensor<1x1x4x4xf32>, tensor<2x1x1x1xf32>) -> tensor<1x2x4x4xf32>
  %1 = relay.nn.relu %0 : (tensor<1x2x4x4xf32>) -> tensor<1x2x4x4xf32>
  %2 = relay.multiply %1, %scale : (tensor<1x2x4x4xf32>, tensor<2x1x1xf32>) -> tensor<1x2x4x4xf32>
  relay.return %2 : tensor<1x2x4x4xf32>
}

// -----

// CHECK-LABEL: relay.func @zero
// CHECK: relay.multiply %x
// CHECK-NEXT: relay.add
// CHECK-NEXT: relay.nn.conv2d
relay.func @zero(%x: tensor<1x2x4x4xf32>) -> tensor<1x1x4x4xf32> {
  %w = relay.constant dense<[[[[1.0]], [[2.0]]]]> : tensor<1x2x1x1xf32>
  %shift = relay.constant dense<[[[3.0]], [[4.0]]]> : tensor<2x1x1xf32>
  %scale = relay.constant dense<[[[5.0]], [[0.0]]]> : tensor<2x1x1xf32>
  %0 = relay.multiply %x, %scale : (tensor<1x2x4x4xf32>, tensor<2x1x1xf32>) -> tensor<1x2x4x4xf32>
  %1 = relay.add %0, %shift : (tensor<1x2x4x4xf32>, tensor<2x1x1xf32>) -> tensor<1x2x4x4xf32>
  %2 = relay.nn.conv2d %1, %w : (tensor<1x2x4x4xf32>, tensor<1x2x1x1xf32>) -> tensor<1x1x4x4xf32>
  relay.return %2 : tensor<1x1x4x4xf32>
}

// -----

// CHECK-LABEL: relay.func @other_use
// CHECK: %[[CONV:.*]] = relay.nn.conv2d
// CHECK-NEXT: %[[SCALED:.*]] = relay.multiply %[[CONV]]
// CHECK-NEXT: relay.return %[[CONV]], %[[SCALED]]
relay.func @other_use(%x: tensor<1x1x4x4xf32>) -> (tensor<1x2x4x4xf32>, tensor<1x2x4x4xf32>) {
  %w = relay.constant dense<[[[[1.0]]], [[[2.0]]]]> : tensor<2x1x1x1xf32>
  %scale = relay.constant dense<[[[5.0]], [[6.0]]]> : tensor<2x1x1xf32>
  %0 = relay.nn.conv2d %x, %w : (tensor<1x1x4x4xf32>, tensor<2x1x1x1xf32>) -> tensor<1x2x4x4xf32>
  %1 = relay.multiply %0, %scale : (tensor<1x2x4x4xf32>, tensor<2x1x1xf32>) -> tensor<1x2x4x4xf32>
  relay.return %0, %1 : tensor<1x2x4x4xf32>, tensor<1x2x4x4xf32>
}
