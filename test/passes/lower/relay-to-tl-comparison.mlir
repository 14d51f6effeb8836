// RUN: inlay-opt %s -p relay-to-tl | filecheck %s

// No shift is by the width or more.
// CHECK-LABEL: tl.kernel @shift
// CHECK:         %[[INSIDE:.*]] = arith.cmpi ult, %{{.*}}, %{{.*}} : i32
// CHECK:         %[[AMOUNT:.*]] = arith.select %[[INSIDE]]
// CHECK-NEXT:    arith.shli %{{.*}}, %[[AMOUNT]] : i32
relay.func private @shift(%x: tensor<5xi32>, %y: tensor<5xi32>) -> tensor<5xi32> attributes {primitive} {
  %0 = relay.left_shift %x, %y : (tensor<5xi32>, tensor<5xi32>) -> tensor<5xi32>
  relay.return %0 : tensor<5xi32>
}

// CHECK-LABEL: tl.kernel @where
// CHECK:         tl.load %c[%i, 0]
// CHECK:         tl.load %x[%i, %j]
// CHECK:         tl.load %y[]
// CHECK:         arith.select
relay.func private @where(%c: tensor<3x1xi1>, %x: tensor<3x5xf32>, %y: tensor<f32>) -> tensor<3x5xf32> attributes {primitive} {
  %0 = relay.where %c, %x, %y : (tensor<3x1xi1>, tensor<3x5xf32>, tensor<f32>) -> tensor<3x5xf32>
  relay.return %0 : tensor<3x5xf32>
}
