// RUN: inlay-opt %s | inlay-opt | filecheck %s
// RUN: inlay-opt %s --mlir-print-op-generic | inlay-opt | filecheck %s

// CHECK-LABEL: relay.func @reshape
// CHECK: relay.dyn.reshape %{{.*}}, %{{.*}} {allowzero = true} : (tensor<2x3xf32>, tensor<3xi64>) -> tensor<?x?x?xf32>
relay.func @reshape(%a: tensor<2x3xf32>, %b: tensor<3xi64>) -> tensor<?x?x?xf32> {
  %0 = relay.dyn.reshape %a, %b {allowzero = true} : (tensor<2x3xf32>, tensor<3xi64>)
  relay.return %0 : tensor<?x?x?xf32>
}

// CHECK-LABEL: relay.func @reshape_to_scalar
// CHECK: relay.dyn.reshape %{{.*}}, %{{.*}} : (tensor<?xf32>, tensor<0xi32>) -> tensor<f32>
relay.func @reshape_to_scalar(%a: tensor<?xf32>, %b: tensor<0xi32>) -> tensor<f32> {
  %0 = relay.dyn.reshape %a, %b : (tensor<?xf32>, tensor<0xi32>)
  relay.return %0 : tensor<f32>
}

// CHECK-LABEL: relay.func @strided_slice
// CHECK: relay.dyn.strided_slice %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} {slice_mode = "size"} : (tensor<2x3x4xf32>, tensor<2xi64>, tensor<2xi64>, tensor<0xi64>) -> tensor<?x?x4xf32>
relay.func @strided_slice(%a: tensor<2x3x4xf32>, %b: tensor<2xi64>, %c: tensor<2xi64>, %d: tensor<0xi64>) -> tensor<?x?x4xf32> {
  %0 = relay.dyn.strided_slice %a, %b, %c, %d {slice_mode = "size"} : (tensor<2x3x4xf32>, tensor<2xi64>, tensor<2xi64>, tensor<0xi64>)
  relay.return %0 : tensor<?x?x4xf32>
}

// CHECK-LABEL: relay.func @broadcast_to
// CHECK: relay.dyn.broadcast_to %{{.*}}, %{{.*}} : (tensor<3xf32>, tensor<2xi32>) -> tensor<?x?xf32>
relay.func @broadcast_to(%a: tensor<3xf32>, %b: tensor<2xi32>) -> tensor<?x?xf32> {
  %0 = relay.dyn.broadcast_to %a, %b : (tensor<3xf32>, tensor<2xi32>)
  relay.return %0 : tensor<?x?xf32>
}

// CHECK-LABEL: relay.func @pad
// CHECK: relay.dyn.nn.pad %{{.*}}, %{{.*}}, %{{.*}} {pad_mode = "edge"} : (tensor<3x4xi8>, tensor<2x2xi64>, tensor<i8>) -> tensor<?x?xi8>
relay.func @pad(%a: tensor<3x4xi8>, %b: tensor<2x2xi64>, %c: tensor<i8>) -> tensor<?x?xi8> {
  %0 = relay.dyn.nn.pad %a, %b, %c {pad_mode = "edge"} : (tensor<3x4xi8>, tensor<2x2xi64>, tensor<i8>)
  relay.return %0 : tensor<?x?xi8>
}

// CHECK-LABEL: relay.func @tile
// CHECK: relay.dyn.tile %{{.*}}, %{{.*}} : (tensor<3x4xf32>, tensor<1xi64>) -> tensor<?x?xf32>
relay.func @tile(%a: tensor<3x4xf32>, %b: tensor<1xi64>) -> tensor<?x?xf32> {
  %0 = relay.dyn.tile %a, %b : (tensor<3x4xf32>, tensor<1xi64>)
  relay.return %0 : tensor<?x?xf32>
}

// CHECK-LABEL: relay.func @expand_dims
// CHECK: relay.dyn.expand_dims %{{.*}}, %{{.*}} {num_newaxis = 2 : i64} : (tensor<3xf32>, tensor<i32>) -> tensor<?x?x?xf32>
relay.func @expand_dims(%a: tensor<3xf32>, %b: tensor<i32>) -> tensor<?x?x?xf32> {
  %0 = relay.dyn.expand_dims %a, %b {num_newaxis = 2 : i64} : (tensor<3xf32>, tensor<i32>)
  relay.return %0 : tensor<?x?x?xf32>
}

// CHECK-LABEL: relay.func @squeeze
// CHECK: relay.dyn.squeeze %{{.*}}, %{{.*}} : (tensor<1x3x1xf32>, tensor<1xi32>) -> tensor<?x?xf32>
relay.func @squeeze(%a: tensor<1x3x1xf32>, %b: tensor<1xi32>) -> tensor<?x?xf32> {
  %0 = relay.dyn.squeeze %a, %b : (tensor<1x3x1xf32>, tensor<1xi32>)
  relay.return %0 : tensor<?x?xf32>
}

// CHECK-LABEL: relay.func @written_types_may_know_more
// CHECK: relay.dyn.reshape {{.*}} -> tensor<?x3xf32>
relay.func @written_types_may_know_more(%a: tensor<6xf32>, %b: tensor<2xi64>) -> tensor<?x3xf32> {
  %0 = relay.dyn.reshape %a, %b : (tensor<6xf32>, tensor<2xi64>) -> tensor<?x3xf32>
  relay.return %0 : tensor<?x3xf32>
}
