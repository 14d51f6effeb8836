// RUN: inlay-opt %s | inlay-opt | filecheck %s
// RUN: inlay-opt %s --mlir-print-op-generic | inlay-opt | filecheck %s

// CHECK-LABEL: relay.func @max_pool2d
// CHECK: relay.nn.max_pool2d %{{.*}} {pool_size = array<i64: 3, 3>, strides = array<i64: 2, 2>, padding = array<i64: 1, 1, 1, 1>} : (tensor<1x64x112x112xf32>) -> tensor<1x64x56x56xf32>
relay.func @max_pool2d(%x: tensor<1x64x112x112xf32>) -> tensor<1x64x56x56xf32> {
  %0 = relay.nn.max_pool2d %x {pool_size = array<i64: 3, 3>, strides = array<i64: 2, 2>, padding = array<i64: 1, 1, 1, 1>, ceil_mode = false} : (tensor<1x64x112x112xf32>)
  relay.return %0 : tensor<1x64x56x56xf32>
}

// CHECK-LABEL: relay.func @avg_pool2d
// CHECK: relay.nn.avg_pool2d
// CHECK-SAME: count_include_pad = true
// CHECK-SAME: ceil_mode = true
// CHECK-SAME: dilation = array<i64: 2, 1>
// CHECK-SAME: -> tensor<1x3x4x8xf32>
relay.func @avg_pool2d(%x: tensor<1x8x8x8xf32>) -> tensor<1x3x4x8xf32> {
  %0 = relay.nn.avg_pool2d %x {pool_size = array<i64: 3, 3>, strides = array<i64: 3, 2>, padding = array<i64: 1, 0, 1, 0>, dilation = array<i64: 2, 1>, layout = #relay.layout<NHWC>, ceil_mode = true, count_include_pad = true} : (tensor<1x8x8x8xf32>)
  relay.return %0 : tensor<1x3x4x8xf32>
}

// CHECK-LABEL: relay.func @blocked
// CHECK: relay.nn.max_pool2d {{.*}}layout = #relay.layout<NCHW16c>{{.*}} -> tensor<?x4x?x7x16xf32>
relay.func @blocked(%x: tensor<?x4x?x8x16xf32>) -> tensor<?x4x?x7x16xf32> {
  %0 = relay.nn.max_pool2d %x {pool_size = array<i64: 2, 2>, layout = #relay.layout<NCHW16c>} : (tensor<?x4x?x8x16xf32>)
  relay.return %0 : tensor<?x4x?x7x16xf32>
}

// CHECK-LABEL: relay.func @global
// CHECK: relay.nn.global_avg_pool2d %{{.*}} : (tensor<1x512x7x7xf32>) -> tensor<1x512x1x1xf32>
// CHECK: relay.nn.global_max_pool2d %{{.*}} {layout = #relay.layout<NHWC>} : (tensor<1x512x1x1xf32>) -> tensor<1x1x1x1xf32>
relay.func @global(%x: tensor<1x512x7x7xf32>) -> tensor<1x1x1x1xf32> {
  %0 = relay.nn.global_avg_pool2d %x : (tensor<1x512x7x7xf32>)
  %1 = relay.nn.global_max_pool2d %0 {layout = #relay.layout<NHWC>} : (tensor<1x512x1x1xf32>)
  relay.return %1 : tensor<1x1x1x1xf32>
}

// CHECK-LABEL: relay.func @adaptive
// CHECK: relay.nn.adaptive_avg_pool2d %{{.*}} {output_size = array<i64: 7, 7>} : (tensor<1x512x?x14xi8>) -> tensor<1x512x7x7xi8>
// CHECK: relay.nn.adaptive_max_pool2d %{{.*}} {output_size = array<i64: 3, 2>} : {{.*}} -> tensor<1x512x3x2xi8>
relay.func @adaptive(%x: tensor<1x512x?x14xi8>) -> tensor<1x512x3x2xi8> {
  %0 = relay.nn.adaptive_avg_pool2d %x {output_size = array<i64: 7, 7>} : (tensor<1x512x?x14xi8>)
  %1 = relay.nn.adaptive_max_pool2d %0 {output_size = array<i64: 3, 2>} : (tensor<1x512x7x7xi8>)
  relay.return %1 : tensor<1x512x3x2xi8>
}
