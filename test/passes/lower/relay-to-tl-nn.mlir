// RUN: inlay-opt %s -p relay-to-tl | filecheck %s

// A packed dense layer, whose units lie in blocks of lanes.
// CHECK-LABEL: tl.kernel @dense
// CHECK: tl.nest (%m = 3, %n = 2, %l = 8) reduce (%k = 5) acc (%a : f32 add)
// CHECK: [[X:%.+]] = tl.load %x[%m, %k]
// CHECK: [[W:%.+]] = tl.load %w[%n, %k, %l]
// CHECK: math.fma [[X]], [[W]], %a : f32
// CHECK: tl.store %a, %y0[%m, 8*%n + %l]
relay.func private @dense(%x: tensor<3x5xf32>, %w: tensor<2x5x8xf32>) -> tensor<3x16xf32>
    attributes {primitive} {
  %0 = relay.nn.contrib_dense_pack %x, %w {weight_layout = #relay.layout<NC8n>}
    : (tensor<3x5xf32>, tensor<2x5x8xf32>) -> tensor<3x16xf32>
  relay.return %0 : tensor<3x16xf32>
}

// A transposed convolution of stride 2: even rows meet the even taps, odd rows the odd one.
// CHECK-LABEL: tl.kernel @conv2d_transpose
// CHECK: tl.nest {{.*}}%oh = 4{{.*}} reduce (%kh = 2{{.*}})
// CHECK: tl.load %x[0, %oh - %kh, 0, %ic] else skip
// CHECK: tl.load %w[%ic, %oc, 2*%kh, 0]
// CHECK: tl.store %a, %y0[0, 2*%oh, 0, %oc]
// CHECK: tl.nest {{.*}}%oh = 3{{.*}} reduce (%ic = 2)
// CHECK: tl.load %w[%ic, %oc, 1, 0]
// CHECK: tl.store %a, %y0[0, 2*%oh + 1, 0, %oc]
// CHECK-NOT: tl.nest
relay.func private @conv2d_transpose(%x: tensor<1x3x1x2xf32>, %w: tensor<2x4x3x1xf32>)
    -> tensor<1x7x1x4xf32> attributes {primitive} {
  %0 = relay.nn.conv2d_transpose %x, %w
    {strides = array<i64: 2, 1>, data_layout = #relay.layout<NHWC>}
    : (tensor<1x3x1x2xf32>, tensor<2x4x3x1xf32>) -> tensor<1x7x1x4xf32>
  relay.return %0 : tensor<1x7x1x4xf32>
}

// The average over elements of the data alone: their number depends on the place.
// CHECK-LABEL: tl.kernel @avg_pool
// CHECK: tl.load %x[0, %j, 2*%oh + %kh - 1, 2*%ow + %kw - 1, %m] else skip
// CHECK: } finish {
// CHECK: [[COUNT:%.+]] = arith.sitofp
// CHECK: arith.divf %a, [[COUNT]] : f32
relay.func private @avg_pool(%x: tensor<1x4x7x7x8xf32>) -> tensor<1x4x4x4x8xf32>
    attributes {primitive} {
  %0 = relay.nn.avg_pool2d %x {pool_size = array<i64: 3, 3>, strides = array<i64: 2, 2>,
                               padding = array<i64: 1, 1, 1, 1>, layout = #relay.layout<NCHW8c>}
    : (tensor<1x4x7x7x8xf32>) -> tensor<1x4x4x4x8xf32>
  relay.return %0 : tensor<1x4x4x4x8xf32>
}

// Rows of a softmax stay in the cache from one nest to the next.
// CHECK-LABEL: tl.kernel @softmax
// CHECK: tl.for %i = 3 {
// CHECK: tl.nest () reduce (%j = 10) acc (%a : f32 max)
// CHECK: tl.nest () reduce (%j = 10) acc (%a : f32 add)
// CHECK: [[E:%.+]] = math.exp
// CHECK: tl.store [[E]], %exponentials[%j]
// CHECK: tl.nest (%j = 10)
// CHECK: tl.store {{.*}}, %y0[%i, %j]
relay.func private @softmax(%x: tensor<3x10xf32>) -> tensor<3x10xf32> attributes {primitive} {
  %0 = relay.nn.softmax %x : (tensor<3x10xf32>) -> tensor<3x10xf32>
  relay.return %0 : tensor<3x10xf32>
}

// Groups of channels: two loops, then slices of two channels.
// CHECK-LABEL: tl.kernel @group_norm
// CHECK: tl.for %jg = 3 {
// CHECK: tl.for %i = 2 {
// CHECK: tl.nest () reduce (%j = 2, %k = 5)
// CHECK: tl.load %x[%i, %j + 2*%jg, %k]
// CHECK: tl.store {{.*}}, %scale[]
// CHECK: tl.load %g[%j + 2*%jg]
relay.func private @group_norm(%x: tensor<2x6x5xf32>, %g: tensor<6xf32>, %b: tensor<6xf32>)
    -> tensor<2x6x5xf32> attributes {primitive} {
  %0 = relay.nn.group_norm %x, %g, %b {num_groups = 3 : i64}
    : (tensor<2x6x5xf32>, tensor<6xf32>, tensor<6xf32>) -> tensor<2x6x5xf32>
  relay.return %0 : tensor<2x6x5xf32>
}
