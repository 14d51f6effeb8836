// RUN: inlay-opt %s -p isolate-kernels | filecheck %s
// RUN: inlay-opt %s -p isolate-kernels | inlay-opt -p isolate-kernels | filecheck %s

// CHECK-NOT: @main
// CHECK: relay.func private @kept
// CHECK: tl.kernel @scale
// CHECK: func.func @loops
// CHECK-NOT: @helper

relay.func @main(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = relay.call @kept(%x) : (tensor<4xf32>) -> tensor<4xf32>
  %1 = relay.call @helper(%0) : (tensor<4xf32>) -> tensor<4xf32>
  relay.return %1 : tensor<4xf32>
}
relay.func private @kept(%x: tensor<4xf32>) -> tensor<4xf32> attributes {primitive} {
  %0 = relay.nn.relu %x : (tensor<4xf32>) -> tensor<4xf32>
  relay.return %0 : tensor<4xf32>
}
tl.kernel @scale(%X: memref<4xf32>, %Y: memref<4xf32> out) {
  tl.nest (%i = 4) finish {
    %x = tl.load %X[%i]
    tl.store %x, %Y[%i]
  }
}
func.func @loops() {
  func.return
}
relay.func private @helper(%x: tensor<4xf32>) -> tensor<4xf32> {
  relay.return %x : tensor<4xf32>
}
