// RUN: inlay-opt %s -p relay-to-tl | filecheck %s

// CHECK-LABEL: tl.kernel @constant
// CHECK:         tl.nest (%i = 7)
// CHECK-NEXT:      tl.load %x[%i - 1] else 1.0
relay.func private @constant(%x: tensor<4xf32>) -> tensor<7xf32> attributes {primitive} {
  %0 = relay.nn.pad %x {pad_width = array<i64: 1, 2>, pad_value = 1.0} : (tensor<4xf32>)
  relay.return %0 : tensor<7xf32>
}

// A nest each for what lies before, in and after the data; rows are moved into the data.
// CHECK-LABEL: tl.kernel @reflect
// CHECK:         tl.nest (%i = 4)
// CHECK:           tl.load %x[%[[ROW:.*]], 1]
// CHECK-NEXT:      tl.store %{{.*}}, %y0[%i, 0]
// CHECK:         tl.nest (%i = 4, %j = 4)
// CHECK:           tl.load %x[%{{.*}}, %j]
// CHECK-NEXT:      tl.store %{{.*}}, %y0[%i, %j + 1]
// CHECK:         tl.nest (%i = 4, %j = 2)
// CHECK:           tl.load %x[%{{.*}}, 2 - %j]
// CHECK-NEXT:      tl.store %{{.*}}, %y0[%i, %j + 5]
relay.func private @reflect(%x: tensor<3x4xf32>) -> tensor<4x7xf32> attributes {primitive} {
  %0 = relay.nn.pad %x {pad_width = array<i64: 1, 0, 1, 2>, pad_mode = "reflect"} : (tensor<3x4xf32>)
  relay.return %0 : tensor<4x7xf32>
}
