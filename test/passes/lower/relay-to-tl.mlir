// RUN: inlay-opt %s -p relay-to-tl | filecheck %s

// Elementwise ops are computed where the nest of the convolution ends.
// CHECK-LABEL: tl.kernel @conv_add_relu
// CHECK-NEXT:    tl.nest (%oc = 2, %oh = 7, %ow = 7, %l = 8) reduce (%cb = 2, %kh = 3, %kw = 3, %ic = 8)
// CHECK:         tl.load %p0[0, %cb, %oh + %kh - 1, %ow + %kw - 1, %ic] else skip
// CHECK:       } finish {
// CHECK-NEXT:    %[[BIAS:.*]] = tl.load %p2[0, %oc, 0, 0, %l]
// CHECK-NEXT:    %[[SUM:.*]] = arith.addf %a, %[[BIAS]] : f32
// CHECK:         %[[RELU:.*]] = arith.maximumf %[[SUM]]
// CHECK-NEXT:    tl.store %[[RELU]], %y0[0, %oc, %oh, %ow, %l]
// CHECK-NOT:     tl.nest
relay.func private @conv_add_relu(%p0: tensor<1x2x7x7x8xf32>, %p1: tensor<2x2x3x3x8x8xf32>, %p2: tensor<1x2x1x1x8xf32>) -> tensor<1x2x7x7x8xf32> attributes {primitive} {
  %0 = relay.nn.contrib_conv2d_NCHWc %p0, %p1 {data_layout = #relay.layout<NCHW8c>, kernel_layout = #relay.layout<OIHW8i8o>, out_layout = #relay.layout<NCHW8c>, padding = array<i64: 1, 1, 1, 1>} : (tensor<1x2x7x7x8xf32>, tensor<2x2x3x3x8x8xf32>) -> tensor<1x2x7x7x8xf32>
  %1 = relay.add %0, %p2 : (tensor<1x2x7x7x8xf32>, tensor<1x2x1x1x8xf32>) -> tensor<1x2x7x7x8xf32>
  %2 = relay.nn.relu %1 : (tensor<1x2x7x7x8xf32>) -> tensor<1x2x7x7x8xf32>
  relay.return %2 : tensor<1x2x7x7x8xf32>
}

// A result of its own beside its relu: two stores, one nest.
// CHECK-LABEL: tl.kernel @two_results
// CHECK:         tl.nest
// CHECK:         tl.store %a, %y0[0, %oc, 0, %ow, %l]
// CHECK:         tl.store %{{.*}}, %y1[0, %oc, 0, %ow, %l]
// CHECK-NOT:     tl.nest
relay.func private @two_results(%p0: tensor<1x2x1x7x8xf32>, %p1: tensor<2x2x1x1x8x8xf32>) -> (tensor<1x2x1x7x8xf32>, tensor<1x2x1x7x8xf32>) attributes {primitive} {
  %0 = relay.nn.contrib_conv2d_NCHWc %p0, %p1 {data_layout = #relay.layout<NCHW8c>, kernel_layout = #relay.layout<OIHW8i8o>, out_layout = #relay.layout<NCHW8c>} : (tensor<1x2x1x7x8xf32>, tensor<2x2x1x1x8x8xf32>) -> tensor<1x2x1x7x8xf32>
  %1 = relay.nn.relu %0 : (tensor<1x2x1x7x8xf32>) -> tensor<1x2x1x7x8xf32>
  relay.return %0, %1 : tensor<1x2x1x7x8xf32>, tensor<1x2x1x7x8xf32>
}

// What is elementwise only is one nest, and an element used twice is loaded once.
// CHECK-LABEL: tl.kernel @square_plus
// CHECK:         tl.nest (%i = 3, %j = 5) schedule [i, j] finish {
// CHECK-NEXT:      %[[X:.*]] = tl.load %p0[%i, %j]
// CHECK-NEXT:      %[[XX:.*]] = arith.mulf %[[X]], %[[X]] : f32
// CHECK-NEXT:      %[[B:.*]] = tl.load %p1[%j]
relay.func private @square_plus(%p0: tensor<3x5xf32>, %p1: tensor<5xf32>) -> tensor<3x5xf32> attributes {primitive} {
  %0 = relay.multiply %p0, %p0 : (tensor<3x5xf32>, tensor<3x5xf32>) -> tensor<3x5xf32>
  %1 = relay.add %0, %p1 : (tensor<3x5xf32>, tensor<5xf32>) -> tensor<3x5xf32>
  relay.return %1 : tensor<3x5xf32>
}

// Extents known at run time that must be equal have one name; the call refers to the kernel.
// CHECK-LABEL: tl.kernel @dynamic(%p0: memref<?x8xf32> sizes (n0), %p1: memref<?x8xf32> sizes (n0), %y0: memref<?x8xf32> out sizes (n0))
// CHECK:         tl.nest (%i = %n0, %j = 8)
// CHECK-LABEL: relay.func @main
// CHECK-NEXT:    relay.call @dynamic
relay.func private @dynamic(%p0: tensor<?x8xf32>, %p1: tensor<?x8xf32>) -> tensor<?x8xf32> attributes {primitive} {
  %0 = relay.add %p0, %p1 : (tensor<?x8xf32>, tensor<?x8xf32>) -> tensor<?x8xf32>
  relay.return %0 : tensor<?x8xf32>
}
relay.func @main(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %0 = relay.call @dynamic(%x, %x) : (tensor<?x8xf32>, tensor<?x8xf32>) -> tensor<?x8xf32>
  relay.return %0 : tensor<?x8xf32>
}
