// RUN: inlay-opt %s | inlay-opt | filecheck %s
// RUN: inlay-opt %s --mlir-print-op-generic | inlay-opt | filecheck %s

// CHECK-LABEL: relay.func @softmax
// CHECK: relay.nn.softmax %{{.*}} {axis = 1 : i64} : (tensor<2x?x4xf32>) -> tensor<2x?x4xf32>
relay.func @softmax(%a: tensor<2x?x4xf32>) -> tensor<2x?x4xf32> {
  %0 = relay.nn.softmax %a {axis = 1 : i64} : (tensor<2x?x4xf32>)
  relay.return %0 : tensor<2x?x4xf32>
}

// CHECK-LABEL: relay.func @default_axis
// CHECK: relay.nn.fast_softmax %{{.*}} : (tensor<?xf16>) -> tensor<?xf16>
relay.func @default_axis(%a: tensor<?xf16>) -> tensor<?xf16> {
  %0 = relay.nn.fast_softmax %a {axis = -1 : i64} : (tensor<?xf16>)
  relay.return %0 : tensor<?xf16>
}

// CHECK-LABEL: relay.func @log_softmax
// CHECK: relay.nn.log_softmax %{{.*}} : (tensor<2x0xbf16>) -> tensor<2x0xbf16>
relay.func @log_softmax(%a: tensor<2x0xbf16>) -> tensor<2x0xbf16> {
  %0 = relay.nn.log_softmax %a : (tensor<2x0xbf16>)
  relay.return %0 : tensor<2x0xbf16>
}
