// RUN: inlay-opt %s | inlay-opt | filecheck %s
// RUN: inlay-opt %s --mlir-print-op-generic | inlay-opt | filecheck %s

// All axes are reduced unless some are listed.
// CHECK-LABEL: relay.func @all_axes
relay.func @all_axes(%x: tensor<2x?x4xf32>, %b: tensor<3xi1>) -> tensor<i1> {
  // CHECK: relay.sum %{{.*}} : (tensor<2x?x4xf32>) -> tensor<f32>
  %0 = relay.sum %x : (tensor<2x?x4xf32>)
  // CHECK: relay.mean %{{.*}} : (tensor<2x?x4xf32>) -> tensor<f32>
  %1 = relay.mean %x : (tensor<2x?x4xf32>)
  // CHECK: relay.max %{{.*}} : (tensor<2x?x4xf32>) -> tensor<f32>
  %2 = relay.max %x : (tensor<2x?x4xf32>)
  // CHECK: relay.min %{{.*}} : (tensor<2x?x4xf32>) -> tensor<f32>
  %3 = relay.min %x : (tensor<2x?x4xf32>)
  // CHECK: relay.prod %{{.*}} : (tensor<2x?x4xf32>) -> tensor<f32>
  %4 = relay.prod %x : (tensor<2x?x4xf32>)
  // CHECK: relay.logsumexp %{{.*}} : (tensor<2x?x4xf32>) -> tensor<f32>
  %5 = relay.logsumexp %x : (tensor<2x?x4xf32>)
  // CHECK: relay.argmax %{{.*}} : (tensor<2x?x4xf32>) -> tensor<i32>
  %6 = relay.argmax %x : (tensor<2x?x4xf32>)
  // CHECK: relay.argmin %{{.*}} : (tensor<2x?x4xf32>) -> tensor<i32>
  %7 = relay.argmin %x : (tensor<2x?x4xf32>)
  // CHECK: relay.all %{{.*}} : (tensor<3xi1>) -> tensor<i1>
  %8 = relay.all %b : (tensor<3xi1>)
  // CHECK: relay.any %{{.*}} : (tensor<3xi1>) -> tensor<i1>
  %9 = relay.any %b : (tensor<3xi1>)
  relay.return %9 : tensor<i1>
}

// CHECK-LABEL: relay.func @axes
relay.func @axes(%x: tensor<2x?x4xf32>, %m: tensor<2x?x1xf32>) -> tensor<2x?xf32> {
  // CHECK: relay.sum %{{.*}} {axis = array<i64: 1>} : (tensor<2x?x4xf32>) -> tensor<2x4xf32>
  %0 = relay.sum %x {axis = array<i64: 1>} : (tensor<2x?x4xf32>)
  // CHECK: relay.sum %{{.*}} {axis = array<i64: -1, 0>, keepdims = true} : (tensor<2x?x4xf32>) -> tensor<1x?x1xf32>
  %1 = relay.sum %x {axis = array<i64: -1, 0>, keepdims = true} : (tensor<2x?x4xf32>)
  // CHECK: relay.sum %{{.*}} {axis = array<i64: 1>, exclude = true} : (tensor<2x?x4xf32>) -> tensor<?xf32>
  %2 = relay.sum %x {axis = array<i64: 1>, exclude = true} : (tensor<2x?x4xf32>)
  // CHECK: relay.argmax %{{.*}} {select_last_index = true, axis = array<i64: 2>} : (tensor<2x?x4xf32>) -> tensor<2x?xi32>
  %3 = relay.argmax %x {select_last_index = true, axis = array<i64: 2>} : (tensor<2x?x4xf32>)
  // CHECK: relay.variance %{{.*}} {unbiased = true, axis = array<i64: 2>} : (tensor<2x?x4xf32>, tensor<2x?x1xf32>) -> tensor<2x?xf32>
  %4 = relay.variance %x, %m {unbiased = true, axis = array<i64: 2>} : (tensor<2x?x4xf32>, tensor<2x?x1xf32>)
  relay.return %4 : tensor<2x?xf32>
}

// CHECK-LABEL: relay.func @edges
relay.func @edges(%s: tensor<f32>, %z: tensor<0x3xf32>) -> tensor<3xf32> {
  // CHECK: relay.sum %{{.*}} : (tensor<f32>) -> tensor<f32>
  %0 = relay.sum %s : (tensor<f32>)
  // CHECK: relay.max %{{.*}} {axis = array<i64: 0>} : (tensor<0x3xf32>) -> tensor<3xf32>
  %1 = relay.max %z {axis = array<i64: 0>} : (tensor<0x3xf32>)
  relay.return %1 : tensor<3xf32>
}
