// RUN: inlay-opt %s | inlay-opt | filecheck %s
// RUN: inlay-opt %s --mlir-print-op-generic | inlay-opt | filecheck %s

// CHECK-LABEL: relay.func @full
// CHECK: relay.full %{{.*}} {shape = array<i64: 2, 0>} : (tensor<f32>) -> tensor<2x0xf32>
relay.func @full(%a: tensor<f32>) -> tensor<2x0xf32> {
  %0 = relay.full %a {shape = array<i64: 2, 0>} : (tensor<f32>)
  relay.return %0 : tensor<2x0xf32>
}

// CHECK-LABEL: relay.func @full_like
// CHECK: relay.full_like %{{.*}}, %{{.*}} : (tensor<2x?xi1>, tensor<i1>) -> tensor<2x?xi1>
relay.func @full_like(%a: tensor<2x?xi1>, %b: tensor<i1>) -> tensor<2x?xi1> {
  %0 = relay.full_like %a, %b : (tensor<2x?xi1>, tensor<i1>)
  relay.return %0 : tensor<2x?xi1>
}

// CHECK-LABEL: relay.func @zeros
// CHECK: relay.zeros {shape = array<i64>, dtype = f16} : () -> tensor<f16>
relay.func @zeros() -> tensor<f16> {
  %0 = relay.zeros {shape = array<i64>, dtype = f16} : ()
  relay.return %0 : tensor<f16>
}

// CHECK-LABEL: relay.func @ones
// CHECK: relay.ones {shape = array<i64: 3>, dtype = ui8} : () -> tensor<3xui8>
relay.func @ones() -> tensor<3xui8> {
  %0 = relay.ones {shape = array<i64: 3>, dtype = ui8} : ()
  relay.return %0 : tensor<3xui8>
}

// CHECK-LABEL: relay.func @arange
// CHECK: relay.arange {stop = 5.000000e+00 : f64} : () -> tensor<5xf32>
relay.func @arange() -> tensor<5xf32> {
  %0 = relay.arange {stop = 5.000000e+00 : f64, dtype = f32} : ()
  relay.return %0 : tensor<5xf32>
}

// CHECK-LABEL: relay.func @arange_step
// CHECK: relay.arange {start = 5.000000e+00 : f64, stop = 0.000000e+00 : f64, step = -2.000000e+00 : f64, dtype = i64} : () -> tensor<3xi64>
relay.func @arange_step() -> tensor<3xi64> {
  %0 = relay.arange {start = 5.000000e+00 : f64, stop = 0.000000e+00 : f64, step = -2.000000e+00 : f64, dtype = i64} : ()
  relay.return %0 : tensor<3xi64>
}

// CHECK-LABEL: relay.func @shape_of
// CHECK: relay.shape_of %{{.*}} : (tensor<?x3xf32>) -> tensor<2xi32>
relay.func @shape_of(%a: tensor<?x3xf32>) -> tensor<2xi32> {
  %0 = relay.shape_of %a : (tensor<?x3xf32>)
  relay.return %0 : tensor<2xi32>
}

// CHECK-LABEL: relay.func @shape_of_scalar
// CHECK: relay.shape_of %{{.*}} {dtype = i64} : (tensor<f32>) -> tensor<0xi64>
relay.func @shape_of_scalar(%a: tensor<f32>) -> tensor<0xi64> {
  %0 = relay.shape_of %a {dtype = i64} : (tensor<f32>)
  relay.return %0 : tensor<0xi64>
}
