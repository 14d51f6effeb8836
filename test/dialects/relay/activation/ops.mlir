// RUN: inlay-opt %s | inlay-opt | filecheck %s
// RUN: inlay-opt %s --mlir-print-op-generic | inlay-opt | filecheck %s

// CHECK-LABEL: relay.func @floats
relay.func @floats(%x: tensor<2x?xf32>) -> tensor<2x?xf32> {
  // CHECK: relay.nn.relu %{{.*}} : (tensor<2x?xf32>) -> tensor<2x?xf32>
  %0 = relay.nn.relu %x : (tensor<2x?xf32>)
  // CHECK: relay.sigmoid %{{.*}} : (tensor<2x?xf32>) -> tensor<2x?xf32>
  %1 = relay.sigmoid %x : (tensor<2x?xf32>)
  // CHECK: relay.tanh %{{.*}} : (tensor<2x?xf32>) -> tensor<2x?xf32>
  %2 = relay.tanh %x : (tensor<2x?xf32>)
  // CHECK: relay.fast_tanh %{{.*}} : (tensor<2x?xf32>) -> tensor<2x?xf32>
  %3 = relay.fast_tanh %x : (tensor<2x?xf32>)
  relay.return %3 : tensor<2x?xf32>
}

// CHECK-LABEL: relay.func @properties
relay.func @properties(%x: tensor<2x?xf32>) -> tensor<2x?xf32> {
  // CHECK: relay.nn.leaky_relu %{{.*}} {alpha = 1.000000e-01 : f64} : (tensor<2x?xf32>) -> tensor<2x?xf32>
  %0 = relay.nn.leaky_relu %x {alpha = 1.000000e-01 : f64} : (tensor<2x?xf32>)
  // CHECK: relay.clip %{{.*}} {a_min = 0.000000e+00 : f64, a_max = 6.000000e+00 : f64} : (tensor<2x?xf32>) -> tensor<2x?xf32>
  %1 = relay.clip %x {a_min = 0.000000e+00 : f64, a_max = 6.000000e+00 : f64} : (tensor<2x?xf32>)
  // CHECK: relay.nn.gelu %{{.*}} {approximate = "tanh"} : (tensor<2x?xf32>) -> tensor<2x?xf32>
  %2 = relay.nn.gelu %x {approximate = "tanh"} : (tensor<2x?xf32>)
  relay.return %2 : tensor<2x?xf32>
}

// Properties at their defaults vanish.
// CHECK-LABEL: relay.func @defaults
relay.func @defaults(%x: tensor<2x?xf32>) -> tensor<2x?xf32> {
  // CHECK: relay.nn.leaky_relu %{{.*}} : (
  %0 = relay.nn.leaky_relu %x {alpha = 0.25 : f64} : (tensor<2x?xf32>)
  // CHECK: relay.nn.gelu %{{.*}} : (
  %1 = relay.nn.gelu %x {approximate = "none"} : (tensor<2x?xf32>)
  relay.return %1 : tensor<2x?xf32>
}
