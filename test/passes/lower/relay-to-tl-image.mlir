// RUN: inlay-opt %s -p relay-to-tl | filecheck %s

// CHECK-LABEL: tl.kernel @double
// CHECK:         tl.nest (%j = 2, %k = 3, %kk = 2, %l = 3, %ll = 2)
// CHECK-NEXT:      %[[X:.*]] = tl.load %x[0, %j, %k, %l]
// CHECK-NEXT:      tl.store %[[X]], %y0[0, %j, 2*%k + %kk, 2*%l + %ll]
relay.func private @double(%x: tensor<1x2x3x3xf32>) -> tensor<1x2x6x6xf32> attributes {primitive} {
  %0 = relay.nn.upsampling %x {scale_h = 2.0, scale_w = 2.0} : (tensor<1x2x3x3xf32>)
  relay.return %0 : tensor<1x2x6x6xf32>
}

// Rows and columns have a table each, then four pixels are weighed.
// CHECK-LABEL: tl.kernel @linear
// CHECK:         tl.nest (%i = 5)
// CHECK:         tl.nest (%i = 6)
// CHECK:         tl.nest (%j = 2, %k = 5, %l = 6)
// CHECK-COUNT-4:   tl.load %x[0, %j, %{{.*}}, %{{.*}}]
// CHECK:           tl.store %{{.*}}, %y0[0, %j, %k, %l]
relay.func private @linear(%x: tensor<1x2x3x3xf32>) -> tensor<1x2x5x6xf32> attributes {primitive} {
  %0 = relay.image.resize2d %x {size = array<i64: 5, 6>} : (tensor<1x2x3x3xf32>)
  relay.return %0 : tensor<1x2x5x6xf32>
}

// CHECK-LABEL: tl.kernel @depth_to_space
// CHECK:         tl.load %x[0, 6*%kk + 3*%ll + %j, %k, %l]
relay.func private @depth_to_space(%x: tensor<1x12x2x5xf32>) -> tensor<1x3x4x10xf32> attributes {primitive} {
  %0 = relay.nn.depth_to_space %x {block_size = 2 : i64} : (tensor<1x12x2x5xf32>)
  relay.return %0 : tensor<1x3x4x10xf32>
}
