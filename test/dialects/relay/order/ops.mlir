// RUN: inlay-opt %s | inlay-opt | filecheck %s
// RUN: inlay-opt %s --mlir-print-op-generic | inlay-opt | filecheck %s

// CHECK-LABEL: relay.func @sort
// CHECK: relay.sort %{{.*}} {axis = 0 : i64, is_ascend = false} : (tensor<?x3xf32>) -> tensor<?x3xf32>
relay.func @sort(%a: tensor<?x3xf32>) -> tensor<?x3xf32> {
  %0 = relay.sort %a {axis = 0 : i64, is_ascend = false} : (tensor<?x3xf32>)
  relay.return %0 : tensor<?x3xf32>
}

// CHECK-LABEL: relay.func @argsort
// CHECK: relay.argsort %{{.*}} : (tensor<?x3xi1>) -> tensor<?x3xi32>
relay.func @argsort(%a: tensor<?x3xi1>) -> tensor<?x3xi32> {
  %0 = relay.argsort %a {axis = -1 : i64, dtype = i32} : (tensor<?x3xi1>)
  relay.return %0 : tensor<?x3xi32>
}

// CHECK-LABEL: relay.func @argsort_type
// CHECK: relay.argsort %{{.*}} {dtype = i64} : (tensor<0xf32>) -> tensor<0xi64>
relay.func @argsort_type(%a: tensor<0xf32>) -> tensor<0xi64> {
  %0 = relay.argsort %a {dtype = i64} : (tensor<0xf32>)
  relay.return %0 : tensor<0xi64>
}

// CHECK-LABEL: relay.func @topk
// CHECK: relay.topk %{{.*}} {k = 2 : i64, axis = 0 : i64} : (tensor<?x3xf32>) -> (tensor<2x3xf32>, tensor<2x3xi32>)
relay.func @topk(%a: tensor<?x3xf32>) -> (tensor<2x3xf32>, tensor<2x3xi32>) {
  %0:2 = relay.topk %a {k = 2 : i64, axis = 0 : i64} : (tensor<?x3xf32>)
  relay.return %0#0, %0#1 : tensor<2x3xf32>, tensor<2x3xi32>
}

// CHECK-LABEL: relay.func @topk_all
// CHECK: relay.topk %{{.*}} {k = 0 : i64, ret_type = "values", is_ascend = true} : (tensor<2x?xf32>) -> tensor<2x?xf32>
relay.func @topk_all(%a: tensor<2x?xf32>) -> tensor<2x?xf32> {
  %0 = relay.topk %a {k = 0 : i64, ret_type = "values", is_ascend = true} : (tensor<2x?xf32>)
  relay.return %0 : tensor<2x?xf32>
}

// CHECK-LABEL: relay.func @topk_indices
// CHECK: relay.topk %{{.*}} {ret_type = "indices", dtype = f32} : (tensor<2x3xf32>) -> tensor<2x1xf32>
relay.func @topk_indices(%a: tensor<2x3xf32>) -> tensor<2x1xf32> {
  %0 = relay.topk %a {ret_type = "indices", dtype = f32} : (tensor<2x3xf32>)
  relay.return %0 : tensor<2x1xf32>
}

// CHECK-LABEL: relay.func @cumsum
// CHECK: relay.cumsum %{{.*}} {axis = 1 : i64, exclusive = true} : (tensor<2x?xf32>) -> tensor<2x?xf32>
relay.func @cumsum(%a: tensor<2x?xf32>) -> tensor<2x?xf32> {
  %0 = relay.cumsum %a {axis = 1 : i64, exclusive = true} : (tensor<2x?xf32>)
  relay.return %0 : tensor<2x?xf32>
}

// CHECK-LABEL: relay.func @cumsum_flat
// CHECK: relay.cumsum %{{.*}} {dtype = i64} : (tensor<2x3xi8>) -> tensor<6xi64>
relay.func @cumsum_flat(%a: tensor<2x3xi8>) -> tensor<6xi64> {
  %0 = relay.cumsum %a {dtype = i64} : (tensor<2x3xi8>)
  relay.return %0 : tensor<6xi64>
}

// CHECK-LABEL: relay.func @cumprod
// CHECK: relay.cumprod %{{.*}} : (tensor<2x?xf32>) -> tensor<?xf32>
relay.func @cumprod(%a: tensor<2x?xf32>) -> tensor<?xf32> {
  %0 = relay.cumprod %a : (tensor<2x?xf32>)
  relay.return %0 : tensor<?xf32>
}
