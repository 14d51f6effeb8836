// RUN: inlay-opt %s | inlay-opt | filecheck %s
// RUN: inlay-opt %s --mlir-print-op-generic | inlay-opt | filecheck %s

// CHECK-LABEL: relay.func @take
// CHECK: relay.take %{{.*}}, %{{.*}} {axis = 0 : i64} : (tensor<100x?xf32>, tensor<2x3xi64>) -> tensor<2x3x?xf32>
relay.func @take(%a: tensor<100x?xf32>, %b: tensor<2x3xi64>) -> tensor<2x3x?xf32> {
  %0 = relay.take %a, %b {axis = 0 : i64} : (tensor<100x?xf32>, tensor<2x3xi64>)
  relay.return %0 : tensor<2x3x?xf32>
}

// CHECK-LABEL: relay.func @take_flat
// CHECK: relay.take %{{.*}}, %{{.*}} {mode = "wrap"} : (tensor<?x3xf32>, tensor<i32>) -> tensor<f32>
relay.func @take_flat(%a: tensor<?x3xf32>, %b: tensor<i32>) -> tensor<f32> {
  %0 = relay.take %a, %b {mode = "wrap"} : (tensor<?x3xf32>, tensor<i32>)
  relay.return %0 : tensor<f32>
}

// CHECK-LABEL: relay.func @take_batches
// CHECK: relay.take %{{.*}}, %{{.*}} {axis = 1 : i64, batch_dims = 1 : i64} : (tensor<2x9x3xf32>, tensor<2x4xui8>) -> tensor<2x4x3xf32>
relay.func @take_batches(%a: tensor<2x9x3xf32>, %b: tensor<2x4xui8>) -> tensor<2x4x3xf32> {
  %0 = relay.take %a, %b {axis = 1 : i64, batch_dims = 1 : i64} : (tensor<2x9x3xf32>, tensor<2x4xui8>)
  relay.return %0 : tensor<2x4x3xf32>
}

// CHECK-LABEL: relay.func @gather
// CHECK: relay.gather %{{.*}}, %{{.*}} {axis = 1 : i64} : (tensor<2x9xf32>, tensor<2x?xi32>) -> tensor<2x?xf32>
relay.func @gather(%a: tensor<2x9xf32>, %b: tensor<2x?xi32>) -> tensor<2x?xf32> {
  %0 = relay.gather %a, %b {axis = 1 : i64} : (tensor<2x9xf32>, tensor<2x?xi32>)
  relay.return %0 : tensor<2x?xf32>
}

// CHECK-LABEL: relay.func @gather_nd
// CHECK: relay.gather_nd %{{.*}}, %{{.*}} {batch_dims = 1 : i64} : (tensor<?x9x3xf32>, tensor<1x4x5xi32>) -> tensor<4x5x3xf32>
relay.func @gather_nd(%a: tensor<?x9x3xf32>, %b: tensor<1x4x5xi32>) -> tensor<4x5x3xf32> {
  %0 = relay.gather_nd %a, %b {batch_dims = 1 : i64} : (tensor<?x9x3xf32>, tensor<1x4x5xi32>)
  relay.return %0 : tensor<4x5x3xf32>
}

// CHECK-LABEL: relay.func @one_hot
// CHECK: relay.one_hot %{{.*}}, %{{.*}}, %{{.*}} {depth = 10 : i64, axis = 0 : i64, dtype = i8} : (tensor<?x2xi32>, tensor<i8>, tensor<i8>) -> tensor<10x?x2xi8>
relay.func @one_hot(%a: tensor<?x2xi32>, %b: tensor<i8>, %c: tensor<i8>) -> tensor<10x?x2xi8> {
  %0 = relay.one_hot %a, %b, %c {depth = 10 : i64, axis = 0 : i64, dtype = i8} : (tensor<?x2xi32>, tensor<i8>, tensor<i8>)
  relay.return %0 : tensor<10x?x2xi8>
}
