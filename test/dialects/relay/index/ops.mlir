// RUN: inlay-opt %s | inlay-opt | filecheck %s
// RUN: inlay-opt %s --mlir-print-op-generic | inlay-opt | filecheck %s

// CHECK-LABEL: relay.func @strided_slice
// CHECK: relay.strided_slice %{{.*}} {begin = array<i64: 0, -2>, end = array<i64: 9, 9>} : (tensor<?x6x4xf32>) -> tensor<?x2x4xf32>
relay.func @strided_slice(%a: tensor<?x6x4xf32>) -> tensor<?x2x4xf32> {
  %0 = relay.strided_slice %a {begin = array<i64: 0, -2>, end = array<i64: 9, 9>} : (tensor<?x6x4xf32>)
  relay.return %0 : tensor<?x2x4xf32>
}

// CHECK-LABEL: relay.func @strided_slice_axes
// CHECK: relay.strided_slice %{{.*}} {begin = array<i64: 5>, end = array<i64: 0>, strides = array<i64: -2>, axes = array<i64: -1>} : (tensor<2x6xf32>) -> tensor<2x3xf32>
relay.func @strided_slice_axes(%a: tensor<2x6xf32>) -> tensor<2x3xf32> {
  %0 = relay.strided_slice %a {begin = array<i64: 5>, end = array<i64: 0>, strides = array<i64: -2>, axes = array<i64: -1>} : (tensor<2x6xf32>)
  relay.return %0 : tensor<2x3xf32>
}

// CHECK-LABEL: relay.func @strided_slice_size
// CHECK: relay.strided_slice %{{.*}} {begin = array<i64: 1, 2>, end = array<i64: 3, -1>, slice_mode = "size"} : (tensor<6x6xi1>) -> tensor<3x4xi1>
relay.func @strided_slice_size(%a: tensor<6x6xi1>) -> tensor<3x4xi1> {
  %0 = relay.strided_slice %a {begin = array<i64: 1, 2>, end = array<i64: 3, -1>, slice_mode = "size"} : (tensor<6x6xi1>)
  relay.return %0 : tensor<3x4xi1>
}

// CHECK-LABEL: relay.func @slice_like
// CHECK: relay.slice_like %{{.*}}, %{{.*}} {axes = array<i64: 1>} : (tensor<4x6xf32>, tensor<?x?xi8>) -> tensor<4x?xf32>
relay.func @slice_like(%a: tensor<4x6xf32>, %b: tensor<?x?xi8>) -> tensor<4x?xf32> {
  %0 = relay.slice_like %a, %b {axes = array<i64: 1>} : (tensor<4x6xf32>, tensor<?x?xi8>)
  relay.return %0 : tensor<4x?xf32>
}

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

// CHECK-LABEL: relay.func @scatter_elements
// CHECK: relay.scatter_elements %{{.*}}, %{{.*}}, %{{.*}} {axis = 1 : i64, reduction = "add"} : (tensor<2x9xf32>, tensor<2x1xi32>, tensor<2x1xf32>) -> tensor<2x9xf32>
relay.func @scatter_elements(%a: tensor<2x9xf32>, %b: tensor<2x1xi32>, %c: tensor<2x1xf32>) -> tensor<2x9xf32> {
  %0 = relay.scatter_elements %a, %b, %c {axis = 1 : i64, reduction = "add"} : (tensor<2x9xf32>, tensor<2x1xi32>, tensor<2x1xf32>)
  relay.return %0 : tensor<2x9xf32>
}

// CHECK-LABEL: relay.func @scatter_nd
// CHECK: relay.scatter_nd %{{.*}}, %{{.*}}, %{{.*}} {mode = "max"} : (tensor<8x4xf32>, tensor<1x3xi32>, tensor<3x4xf32>) -> tensor<8x4xf32>
relay.func @scatter_nd(%a: tensor<8x4xf32>, %b: tensor<1x3xi32>, %c: tensor<3x4xf32>) -> tensor<8x4xf32> {
  %0 = relay.scatter_nd %a, %b, %c {mode = "max"} : (tensor<8x4xf32>, tensor<1x3xi32>, tensor<3x4xf32>)
  relay.return %0 : tensor<8x4xf32>
}

// CHECK-LABEL: relay.func @one_hot
// CHECK: relay.one_hot %{{.*}}, %{{.*}}, %{{.*}} {depth = 10 : i64, axis = 0 : i64, dtype = i8} : (tensor<?x2xi32>, tensor<i8>, tensor<i8>) -> tensor<10x?x2xi8>
relay.func @one_hot(%a: tensor<?x2xi32>, %b: tensor<i8>, %c: tensor<i8>) -> tensor<10x?x2xi8> {
  %0 = relay.one_hot %a, %b, %c {depth = 10 : i64, axis = 0 : i64, dtype = i8} : (tensor<?x2xi32>, tensor<i8>, tensor<i8>)
  relay.return %0 : tensor<10x?x2xi8>
}
