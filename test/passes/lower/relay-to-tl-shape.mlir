// RUN: inlay-opt %s -p relay-to-tl | filecheck %s

// CHECK-LABEL: tl.kernel @transpose
// CHECK:         tl.nest (%i = 5, %j = 3)
// CHECK-NEXT:      %[[X:.*]] = tl.load %x[%j, %i]
// CHECK-NEXT:      tl.store %[[X]], %y0[%i, %j]
relay.func private @transpose(%x: tensor<3x5xf32>) -> tensor<5x3xf32> attributes {primitive} {
  %0 = relay.transpose %x : (tensor<3x5xf32>)
  relay.return %0 : tensor<5x3xf32>
}

// The channels have an axis for blocks and one for lanes, so that no index has a quotient.
// CHECK-LABEL: tl.kernel @unpack
// CHECK:         tl.nest (%j = 3, %k = 3, %l = 2, %ll = 8)
// CHECK-NEXT:      %[[X:.*]] = tl.load %x[0, %l, %j, %k, %ll]
// CHECK-NEXT:      tl.store %[[X]], %y0[0, %j, %k, 8*%l + %ll]
relay.func private @unpack(%x: tensor<1x2x3x3x8xf32>) -> tensor<1x3x3x16xf32> attributes {primitive} {
  %0 = relay.layout_transform %x {src_layout = #relay.layout<NCHW8c>, dst_layout = #relay.layout<NHWC>} : (tensor<1x2x3x3x8xf32>)
  relay.return %0 : tensor<1x3x3x16xf32>
}

// A block that does not divide the other's stays a quotient.
// CHECK-LABEL: tl.kernel @reblock
// CHECK:         tl.load %x[0, {{.*}} floordiv 6, {{.*}} mod 6]
relay.func private @reblock(%x: tensor<1x2x6xf32>) -> tensor<1x3x4xf32> attributes {primitive} {
  %0 = relay.layout_transform %x {src_layout = #relay.layout<NC6c>, dst_layout = #relay.layout<NC4c>} : (tensor<1x2x6xf32>)
  relay.return %0 : tensor<1x3x4xf32>
}
