// RUN: inlay-opt %s -p fast-math | filecheck %s

// CHECK-LABEL: @main
// CHECK: %a = relay.fast_exp %x
// CHECK: %b = relay.fast_tanh %a
// CHECK: %c = relay.fast_erf %b
// CHECK: %d = relay.nn.fast_softmax %c {axis = 0 : i64}
// CHECK: relay.log %d
relay.func @main(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %a = relay.exp %x : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %b = relay.tanh %a : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %c = relay.erf %b : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %d = relay.nn.softmax %c {axis = 0 : i64} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %e = relay.log %d : (tensor<2x3xf32>) -> tensor<2x3xf32>
  relay.return %e : tensor<2x3xf32>
}
