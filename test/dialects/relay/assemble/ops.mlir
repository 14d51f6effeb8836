// RUN: inlay-opt %s | inlay-opt | filecheck %s
// RUN: inlay-opt %s --mlir-print-op-generic | inlay-opt | filecheck %s

// CHECK-LABEL: relay.func @concatenate
// CHECK: relay.concatenate %{{.*}}, %{{.*}} {axis = 1 : i64} : (tensor<2x3xf32>, tensor<?x4xf32>) -> tensor<2x7xf32>
relay.func @concatenate(%a: tensor<2x3xf32>, %b: tensor<?x4xf32>) -> tensor<2x7xf32> {
  %0 = relay.concatenate %a, %b {axis = 1 : i64} : (tensor<2x3xf32>, tensor<?x4xf32>)
  relay.return %0 : tensor<2x7xf32>
}

// CHECK-LABEL: relay.func @concatenate_unknown
// CHECK: relay.concatenate %{{.*}}, %{{.*}}, %{{.*}} {axis = -1 : i64} : (tensor<2x?xi8>, tensor<2x4xi8>, tensor<2x0xi8>) -> tensor<2x?xi8>
relay.func @concatenate_unknown(%a: tensor<2x?xi8>, %b: tensor<2x4xi8>, %c: tensor<2x0xi8>) -> tensor<2x?xi8> {
  %0 = relay.concatenate %a, %b, %c {axis = -1 : i64} : (tensor<2x?xi8>, tensor<2x4xi8>, tensor<2x0xi8>)
  relay.return %0 : tensor<2x?xi8>
}

// CHECK-LABEL: relay.func @stack
// CHECK: relay.stack %{{.*}}, %{{.*}} {axis = -1 : i64} : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x3x2xf32>
relay.func @stack(%a: tensor<2x3xf32>, %b: tensor<2x3xf32>) -> tensor<2x3x2xf32> {
  %0 = relay.stack %a, %b {axis = -1 : i64} : (tensor<2x3xf32>, tensor<2x3xf32>)
  relay.return %0 : tensor<2x3x2xf32>
}

// CHECK-LABEL: relay.func @stack_default
// CHECK: relay.stack %{{.*}}, %{{.*}} : (tensor<f32>, tensor<f32>) -> tensor<2xf32>
relay.func @stack_default(%a: tensor<f32>, %b: tensor<f32>) -> tensor<2xf32> {
  %0 = relay.stack %a, %b {axis = 0 : i64} : (tensor<f32>, tensor<f32>)
  relay.return %0 : tensor<2xf32>
}

// CHECK-LABEL: relay.func @split_sections
// CHECK: relay.split %{{.*}} {indices_or_sections = 2 : i64, axis = 1 : i64} : (tensor<?x6xf32>) -> (tensor<?x3xf32>, tensor<?x3xf32>)
relay.func @split_sections(%a: tensor<?x6xf32>) -> (tensor<?x3xf32>, tensor<?x3xf32>) {
  %0:2 = relay.split %a {indices_or_sections = 2 : i64, axis = 1 : i64} : (tensor<?x6xf32>)
  relay.return %0#0, %0#1 : tensor<?x3xf32>, tensor<?x3xf32>
}

// CHECK-LABEL: relay.func @split_points
// CHECK: relay.split %{{.*}} {indices_or_sections = array<i64: 1, 1>} : (tensor<?xf32>) -> (tensor<1xf32>, tensor<0xf32>, tensor<?xf32>)
relay.func @split_points(%a: tensor<?xf32>) -> (tensor<1xf32>, tensor<0xf32>, tensor<?xf32>) {
  %0:3 = relay.split %a {indices_or_sections = array<i64: 1, 1>} : (tensor<?xf32>)
  relay.return %0#0, %0#1, %0#2 : tensor<1xf32>, tensor<0xf32>, tensor<?xf32>
}

// CHECK-LABEL: relay.func @split_in_one
// CHECK: relay.split %{{.*}} {indices_or_sections = 1 : i64} : (tensor<4xf32>) -> tensor<4xf32>
relay.func @split_in_one(%a: tensor<4xf32>) -> tensor<4xf32> {
  %0 = relay.split %a {indices_or_sections = 1 : i64} : (tensor<4xf32>)
  relay.return %0 : tensor<4xf32>
}

// CHECK-LABEL: relay.func @tile
// CHECK: relay.tile %{{.*}} {reps = array<i64: 2, 1, 3>} : (tensor<?x4xf32>) -> tensor<2x?x12xf32>
relay.func @tile(%a: tensor<?x4xf32>) -> tensor<2x?x12xf32> {
  %0 = relay.tile %a {reps = array<i64: 2, 1, 3>} : (tensor<?x4xf32>)
  relay.return %0 : tensor<2x?x12xf32>
}

// CHECK-LABEL: relay.func @repeat
// CHECK: relay.repeat %{{.*}} {repeats = 2 : i64, axis = -1 : i64} : (tensor<?x4xf32>) -> tensor<?x8xf32>
relay.func @repeat(%a: tensor<?x4xf32>) -> tensor<?x8xf32> {
  %0 = relay.repeat %a {repeats = 2 : i64, axis = -1 : i64} : (tensor<?x4xf32>)
  relay.return %0 : tensor<?x8xf32>
}

// CHECK-LABEL: relay.func @reverse
// CHECK: relay.reverse %{{.*}} {axis = array<i64: 0, -1>} : (tensor<?x4xf32>) -> tensor<?x4xf32>
relay.func @reverse(%a: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %0 = relay.reverse %a {axis = array<i64: 0, -1>} : (tensor<?x4xf32>)
  relay.return %0 : tensor<?x4xf32>
}
