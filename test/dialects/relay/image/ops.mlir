// RUN: inlay-opt %s | inlay-opt | filecheck %s
// RUN: inlay-opt %s --mlir-print-op-generic | inlay-opt | filecheck %s

// CHECK-LABEL: relay.func @resize2d
// CHECK: relay.image.resize2d %{{.*}} {size = array<i64: 14, 28>} : (tensor<1x3x?x7xf32>) -> tensor<1x3x14x28xf32>
relay.func @resize2d(%a: tensor<1x3x?x7xf32>) -> tensor<1x3x14x28xf32> {
  %0 = relay.image.resize2d %a {size = array<i64: 14, 28>} : (tensor<1x3x?x7xf32>)
  relay.return %0 : tensor<1x3x14x28xf32>
}

// CHECK-LABEL: relay.func @resize2d_nearest
// CHECK: relay.image.resize2d %{{.*}} {size = array<i64: 2, 2>, layout = #relay.layout<NHWC>, method = "nearest_neighbor", coordinate_transformation_mode = "asymmetric", rounding_method = "ceil"} : (tensor<?x7x7x3xui8>) -> tensor<?x2x2x3xui8>
relay.func @resize2d_nearest(%a: tensor<?x7x7x3xui8>) -> tensor<?x2x2x3xui8> {
  %0 = relay.image.resize2d %a {size = array<i64: 2, 2>, layout = #relay.layout<NHWC>, method = "nearest_neighbor", coordinate_transformation_mode = "asymmetric", rounding_method = "ceil"} : (tensor<?x7x7x3xui8>)
  relay.return %0 : tensor<?x2x2x3xui8>
}

// CHECK-LABEL: relay.func @upsampling
// CHECK: relay.nn.upsampling %{{.*}} {scale_h = 2.000000e+00 : f64, scale_w = 1.500000e+00 : f64} : (tensor<1x3x?x7xi8>) -> tensor<1x3x?x11xi8>
relay.func @upsampling(%a: tensor<1x3x?x7xi8>) -> tensor<1x3x?x11xi8> {
  %0 = relay.nn.upsampling %a {scale_h = 2.000000e+00 : f64, scale_w = 1.500000e+00 : f64} : (tensor<1x3x?x7xi8>)
  relay.return %0 : tensor<1x3x?x11xi8>
}

// CHECK-LABEL: relay.func @upsampling_blocked
// CHECK: relay.nn.upsampling %{{.*}} {scale_h = 2.000000e+00 : f64, layout = #relay.layout<NCHW4c>, method = "bilinear", align_corners = true} : (tensor<1x2x3x3x4xf32>) -> tensor<1x2x6x3x4xf32>
relay.func @upsampling_blocked(%a: tensor<1x2x3x3x4xf32>) -> tensor<1x2x6x3x4xf32> {
  %0 = relay.nn.upsampling %a {scale_h = 2.000000e+00 : f64, layout = #relay.layout<NCHW4c>, method = "bilinear", align_corners = true} : (tensor<1x2x3x3x4xf32>)
  relay.return %0 : tensor<1x2x6x3x4xf32>
}

// CHECK-LABEL: relay.func @depth_to_space
// CHECK: relay.nn.depth_to_space %{{.*}} {mode = "CRD", block_size = 2 : i64} : (tensor<?x8x?x3xf32>) -> tensor<?x2x?x6xf32>
relay.func @depth_to_space(%a: tensor<?x8x?x3xf32>) -> tensor<?x2x?x6xf32> {
  %0 = relay.nn.depth_to_space %a {mode = "CRD", block_size = 2 : i64} : (tensor<?x8x?x3xf32>)
  relay.return %0 : tensor<?x2x?x6xf32>
}

// CHECK-LABEL: relay.func @space_to_depth
// CHECK: relay.nn.space_to_depth %{{.*}} {block_size = 2 : i64, layout = #relay.layout<NHWC>} : (tensor<1x4x6x3xf32>) -> tensor<1x2x3x12xf32>
relay.func @space_to_depth(%a: tensor<1x4x6x3xf32>) -> tensor<1x2x3x12xf32> {
  %0 = relay.nn.space_to_depth %a {block_size = 2 : i64, layout = #relay.layout<NHWC>} : (tensor<1x4x6x3xf32>)
  relay.return %0 : tensor<1x2x3x12xf32>
}
