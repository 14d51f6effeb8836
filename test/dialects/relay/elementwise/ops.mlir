// RUN: inlay-opt %s | inlay-opt | filecheck %s
// RUN: inlay-opt %s --mlir-print-op-generic | inlay-opt | filecheck %s

// Result types are inferred where they are left out; unknown extents pass through.
// CHECK-LABEL: relay.func @floats
relay.func @floats(%x: tensor<2x?xf32>) -> tensor<2x?xf32> {
  // CHECK: relay.exp %{{.*}} : (tensor<2x?xf32>) -> tensor<2x?xf32>
  %0 = relay.exp %x : (tensor<2x?xf32>)
  // CHECK: relay.fast_exp %{{.*}} : (tensor<2x?xf32>) -> tensor<2x?xf32>
  %1 = relay.fast_exp %x : (tensor<2x?xf32>)
  // CHECK: relay.erf %{{.*}} : (tensor<2x?xf32>) -> tensor<2x?xf32>
  %2 = relay.erf %x : (tensor<2x?xf32>)
  // CHECK: relay.fast_erf %{{.*}} : (tensor<2x?xf32>) -> tensor<2x?xf32>
  %3 = relay.fast_erf %x : (tensor<2x?xf32>)
  // CHECK: relay.log %{{.*}} : (tensor<2x?xf32>) -> tensor<2x?xf32>
  %4 = relay.log %x : (tensor<2x?xf32>)
  // CHECK: relay.log2 %{{.*}} : (tensor<2x?xf32>) -> tensor<2x?xf32>
  %5 = relay.log2 %x : (tensor<2x?xf32>)
  // CHECK: relay.sqrt %{{.*}} : (tensor<2x?xf32>) -> tensor<2x?xf32>
  %6 = relay.sqrt %x : (tensor<2x?xf32>)
  // CHECK: relay.rsqrt %{{.*}} : (tensor<2x?xf32>) -> tensor<2x?xf32>
  %7 = relay.rsqrt %x : (tensor<2x?xf32>)
  // CHECK: relay.sin %{{.*}} : (tensor<2x?xf32>) -> tensor<2x?xf32>
  %8 = relay.sin %x : (tensor<2x?xf32>)
  // CHECK: relay.cos %{{.*}} : (tensor<2x?xf32>) -> tensor<2x?xf32>
  %9 = relay.cos %x : (tensor<2x?xf32>)
  // CHECK: relay.tan %{{.*}} : (tensor<2x?xf32>) -> tensor<2x?xf32>
  %10 = relay.tan %x : (tensor<2x?xf32>)
  // CHECK: relay.copy %{{.*}} : (tensor<2x?xf32>) -> tensor<2x?xf32>
  %11 = relay.copy %x : (tensor<2x?xf32>)
  // CHECK: relay.zeros_like %{{.*}} : (tensor<2x?xf32>) -> tensor<2x?xf32>
  %12 = relay.zeros_like %x : (tensor<2x?xf32>)
  // CHECK: relay.ones_like %{{.*}} : (tensor<2x?xf32>) -> tensor<2x?xf32>
  %13 = relay.ones_like %x : (tensor<2x?xf32>)
  relay.return %13 : tensor<2x?xf32>
}

// CHECK-LABEL: relay.func @tests
relay.func @tests(%x: tensor<2x?xf32>, %b: tensor<i1>, %i: tensor<0xui8>) -> tensor<0xui8> {
  // CHECK: relay.isnan %{{.*}} : (tensor<2x?xf32>) -> tensor<2x?xi1>
  %0 = relay.isnan %x : (tensor<2x?xf32>)
  // CHECK: relay.isinf %{{.*}} : (tensor<2x?xf32>) -> tensor<2x?xi1>
  %1 = relay.isinf %x : (tensor<2x?xf32>)
  // CHECK: relay.isfinite %{{.*}} : (tensor<2x?xf32>) -> tensor<2x?xi1>
  %2 = relay.isfinite %x : (tensor<2x?xf32>)
  // CHECK: relay.logical_not %{{.*}} : (tensor<i1>) -> tensor<i1>
  %3 = relay.logical_not %b : (tensor<i1>)
  // CHECK: relay.bitwise_not %{{.*}} : (tensor<0xui8>) -> tensor<0xui8>
  %4 = relay.bitwise_not %i : (tensor<0xui8>)
  relay.return %4 : tensor<0xui8>
}

// CHECK-LABEL: relay.func @cast
relay.func @cast(%x: tensor<2x?xf32>) -> tensor<2x?xi8> {
  // CHECK: relay.cast %{{.*}} {dtype = i8} : (tensor<2x?xf32>) -> tensor<2x?xi8>
  %0 = relay.cast %x {dtype = i8} : (tensor<2x?xf32>)
  relay.return %0 : tensor<2x?xi8>
}

// A written type may know more than inference does.
// CHECK-LABEL: relay.func @refined
relay.func @refined(%x: tensor<2x?xf32>) -> tensor<2x3xf32> {
  // CHECK: relay.exp %{{.*}} : (tensor<2x?xf32>) -> tensor<2x3xf32>
  %0 = relay.exp %x : (tensor<2x?xf32>) -> tensor<2x3xf32>
  relay.return %0 : tensor<2x3xf32>
}
