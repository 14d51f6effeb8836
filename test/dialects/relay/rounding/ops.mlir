// RUN: inlay-opt %s | inlay-opt | filecheck %s
// RUN: inlay-opt %s --mlir-print-op-generic | inlay-opt | filecheck %s

// CHECK-LABEL: relay.func @floats
relay.func @floats(%x: tensor<2x?xf32>) -> tensor<2x?xf32> {
  // CHECK: relay.ceil %{{.*}} : (tensor<2x?xf32>) -> tensor<2x?xf32>
  %0 = relay.ceil %x : (tensor<2x?xf32>)
  // CHECK: relay.floor %{{.*}} : (tensor<2x?xf32>) -> tensor<2x?xf32>
  %1 = relay.floor %x : (tensor<2x?xf32>)
  // CHECK: relay.round %{{.*}} : (tensor<2x?xf32>) -> tensor<2x?xf32>
  %2 = relay.round %x : (tensor<2x?xf32>)
  // CHECK: relay.trunc %{{.*}} : (tensor<2x?xf32>) -> tensor<2x?xf32>
  %3 = relay.trunc %x : (tensor<2x?xf32>)
  // CHECK: relay.sign %{{.*}} : (tensor<2x?xf32>) -> tensor<2x?xf32>
  %4 = relay.sign %x : (tensor<2x?xf32>)
  // CHECK: relay.negative %{{.*}} : (tensor<2x?xf32>) -> tensor<2x?xf32>
  %5 = relay.negative %x : (tensor<2x?xf32>)
  // CHECK: relay.abs %{{.*}} : (tensor<2x?xf32>) -> tensor<2x?xf32>
  %6 = relay.abs %x : (tensor<2x?xf32>)
  relay.return %6 : tensor<2x?xf32>
}

// CHECK-LABEL: relay.func @integers
relay.func @integers(%x: tensor<0xui8>) -> tensor<0xui8> {
  // CHECK: relay.sign %{{.*}} : (tensor<0xui8>) -> tensor<0xui8>
  %0 = relay.sign %x : (tensor<0xui8>)
  // CHECK: relay.negative %{{.*}} : (tensor<0xui8>) -> tensor<0xui8>
  %1 = relay.negative %x : (tensor<0xui8>)
  // CHECK: relay.abs %{{.*}} : (tensor<0xui8>) -> tensor<0xui8>
  %2 = relay.abs %x : (tensor<0xui8>)
  relay.return %2 : tensor<0xui8>
}
