// RUN: inlay-opt %s | inlay-opt | filecheck %s
// RUN: inlay-opt %s --mlir-print-op-generic | inlay-opt | filecheck %s

// CHECK-LABEL: relay.func @full
// CHECK: relay.dyn.full %{{.*}}, %{{.*}} : (tensor<f16>, tensor<2xi64>) -> tensor<?x?xf16>
relay.func @full(%a: tensor<f16>, %b: tensor<2xi64>) -> tensor<?x?xf16> {
  %0 = relay.dyn.full %a, %b : (tensor<f16>, tensor<2xi64>)
  relay.return %0 : tensor<?x?xf16>
}

// CHECK-LABEL: relay.func @zeros
// CHECK: relay.dyn.zeros %{{.*}} {dtype = i1} : (tensor<1xi64>) -> tensor<?xi1>
relay.func @zeros(%a: tensor<1xi64>) -> tensor<?xi1> {
  %0 = relay.dyn.zeros %a {dtype = i1} : (tensor<1xi64>)
  relay.return %0 : tensor<?xi1>
}

// CHECK-LABEL: relay.func @ones
// CHECK: relay.dyn.ones %{{.*}} {dtype = f32} : (tensor<0xi64>) -> tensor<f32>
relay.func @ones(%a: tensor<0xi64>) -> tensor<f32> {
  %0 = relay.dyn.ones %a {dtype = f32} : (tensor<0xi64>)
  relay.return %0 : tensor<f32>
}

// CHECK-LABEL: relay.func @arange
// CHECK: relay.dyn.arange %{{.*}}, %{{.*}}, %{{.*}} : (tensor<i64>, tensor<i64>, tensor<i64>) -> tensor<?xi64>
relay.func @arange(%a: tensor<i64>, %b: tensor<i64>, %c: tensor<i64>) -> tensor<?xi64> {
  %0 = relay.dyn.arange %a, %b, %c : (tensor<i64>, tensor<i64>, tensor<i64>)
  relay.return %0 : tensor<?xi64>
}

// CHECK-LABEL: relay.func @topk
// CHECK: relay.dyn.topk %{{.*}}, %{{.*}} {axis = 0 : i64} : (tensor<5x3xf32>, tensor<i32>) -> (tensor<?x3xf32>, tensor<?x3xi32>)
relay.func @topk(%a: tensor<5x3xf32>, %b: tensor<i32>) -> (tensor<?x3xf32>, tensor<?x3xi32>) {
  %0:2 = relay.dyn.topk %a, %b {axis = 0 : i64} : (tensor<5x3xf32>, tensor<i32>)
  relay.return %0#0, %0#1 : tensor<?x3xf32>, tensor<?x3xi32>
}

// CHECK-LABEL: relay.func @one_hot
// CHECK: relay.dyn.one_hot %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} {axis = 0 : i64} : (tensor<5xi32>, tensor<f32>, tensor<f32>, tensor<i64>) -> tensor<?x5xf32>
relay.func @one_hot(%a: tensor<5xi32>, %b: tensor<f32>, %c: tensor<f32>, %d: tensor<i64>) -> tensor<?x5xf32> {
  %0 = relay.dyn.one_hot %a, %b, %c, %d {axis = 0 : i64} : (tensor<5xi32>, tensor<f32>, tensor<f32>, tensor<i64>)
  relay.return %0 : tensor<?x5xf32>
}

// CHECK-LABEL: relay.func @resize2d
// CHECK: relay.dyn.image.resize2d %{{.*}}, %{{.*}} {layout = #relay.layout<NHWC>} : (tensor<1x5x5x3xf32>, tensor<2xi64>) -> tensor<1x?x?x3xf32>
relay.func @resize2d(%a: tensor<1x5x5x3xf32>, %b: tensor<2xi64>) -> tensor<1x?x?x3xf32> {
  %0 = relay.dyn.image.resize2d %a, %b {layout = #relay.layout<NHWC>} : (tensor<1x5x5x3xf32>, tensor<2xi64>)
  relay.return %0 : tensor<1x?x?x3xf32>
}

// CHECK-LABEL: relay.func @upsampling
// CHECK: relay.dyn.nn.upsampling %{{.*}}, %{{.*}}, %{{.*}} {method = "bilinear"} : (tensor<1x3x5x5xf32>, tensor<f32>, tensor<f32>) -> tensor<1x3x?x?xf32>
relay.func @upsampling(%a: tensor<1x3x5x5xf32>, %b: tensor<f32>, %c: tensor<f32>) -> tensor<1x3x?x?xf32> {
  %0 = relay.dyn.nn.upsampling %a, %b, %c {method = "bilinear"} : (tensor<1x3x5x5xf32>, tensor<f32>, tensor<f32>)
  relay.return %0 : tensor<1x3x?x?xf32>
}
