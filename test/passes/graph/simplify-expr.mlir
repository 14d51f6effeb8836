// RUN: inlay-opt %s -p simplify-expr --split-input-file | filecheck %s

// CHECK-LABEL: @views
// CHECK-NEXT: %flat = relay.reshape %x {newshape = array<i64: 24>}
// CHECK-NEXT: relay.return %flat, %x
relay.func @views(%x: tensor<2x3x4xf32>) -> (tensor<24xf32>, tensor<2x3x4xf32>) {
  %0 = relay.reshape %x {newshape = array<i64: 6, 4>} : (tensor<2x3x4xf32>)
  %1 = relay.expand_dims %0 {axis = 0 : i64} : (tensor<6x4xf32>)
  %flat = relay.reshape %1 {newshape = array<i64: -1>} : (tensor<1x6x4xf32>)
  %2 = relay.expand_dims %x {axis = 1 : i64} : (tensor<2x3x4xf32>)
  %3 = relay.squeeze %2 : (tensor<2x1x3x4xf32>)
  relay.return %flat, %3 : tensor<24xf32>, tensor<2x3x4xf32>
}

// -----

// One unknown extent follows from the number of elements; two do not.

// CHECK-LABEL: @unknown
// CHECK-NEXT: %[[SWAPPED:.*]] = relay.transpose %y
// CHECK-NEXT: %[[LIKE:.*]] = relay.reshape_like %[[SWAPPED]], %y
// CHECK-NEXT: relay.return %x, %[[LIKE]]
relay.func @unknown(%x: tensor<?x4xf32>, %y: tensor<?x?xf32>) -> (tensor<?x4xf32>, tensor<?x?xf32>) {
  %0 = relay.reshape %x {newshape = array<i64: -1>} : (tensor<?x4xf32>)
  %1 = relay.reshape %0 {newshape = array<i64: -1, 4>} : (tensor<?xf32>)
  %2 = relay.transpose %y : (tensor<?x?xf32>)
  %3 = relay.reshape_like %2, %y : (tensor<?x?xf32>, tensor<?x?xf32>)
  relay.return %1, %3 : tensor<?x4xf32>, tensor<?x?xf32>
}

// -----

// CHECK-LABEL: @orders
// CHECK-NEXT: %c = relay.transpose %x {axes = array<i64: 1, 0, 2>}
// CHECK-NEXT: %e = relay.layout_transform %i {src_layout = #relay.layout<NCHW8c>, dst_layout = #relay.layout<NHWC>}
// CHECK-NEXT: relay.return %x, %c, %e, %i
relay.func @orders(%x: tensor<2x3x4xf32>, %i: tensor<1x2x5x5x8xf32>) -> (tensor<2x3x4xf32>, tensor<3x2x4xf32>, tensor<1x5x5x16xf32>, tensor<1x2x5x5x8xf32>) {
  %a = relay.transpose %x {axes = array<i64: 2, 0, 1>} : (tensor<2x3x4xf32>)
  %b = relay.transpose %a {axes = array<i64: 1, 2, 0>} : (tensor<4x2x3xf32>)
  %c = relay.transpose %a : (tensor<4x2x3xf32>)
  %d = relay.layout_transform %i {src_layout = #relay.layout<NCHW8c>, dst_layout = #relay.layout<NCHW16c>} : (tensor<1x2x5x5x8xf32>)
  %e = relay.layout_transform %d {src_layout = #relay.layout<NCHW16c>, dst_layout = #relay.layout<NHWC>} : (tensor<1x1x5x5x16xf32>)
  %f = relay.layout_transform %e {src_layout = #relay.layout<NHWC>, dst_layout = #relay.layout<NCHW8c>} : (tensor<1x5x5x16xf32>)
  relay.return %b, %c, %e, %f : tensor<2x3x4xf32>, tensor<3x2x4xf32>, tensor<1x5x5x16xf32>, tensor<1x2x5x5x8xf32>
}

// -----

// -0 + 0 is 0, and -0 - -0 is 0.

// CHECK-LABEL: @neutral
// CHECK: %plus = relay.add %x
// CHECK-NEXT: %minus = relay.subtract %x
// CHECK-NEXT: relay.return %x, %plus, %minus
relay.func @neutral(%x: tensor<2xf32>) -> (tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) {
  %zero = relay.constant dense<0.0> : tensor<f32>
  %negative_zero = relay.constant dense<-0.0> : tensor<f32>
  %one = relay.constant dense<1.0> : tensor<2xf32>
  %0 = relay.add %negative_zero, %x : (tensor<f32>, tensor<2xf32>)
  %1 = relay.subtract %0, %zero : (tensor<2xf32>, tensor<f32>)
  %2 = relay.multiply %one, %1 : (tensor<2xf32>, tensor<2xf32>)
  %3 = relay.divide %2, %one : (tensor<2xf32>, tensor<2xf32>)
  %4 = relay.power %3, %one : (tensor<2xf32>, tensor<2xf32>)
  %plus = relay.add %x, %zero : (tensor<2xf32>, tensor<f32>)
  %minus = relay.subtract %x, %negative_zero : (tensor<2xf32>, tensor<f32>)
  relay.return %4, %plus, %minus : tensor<2xf32>, tensor<2xf32>, tensor<2xf32>
}

// -----

// A neutral operand may still stretch the other.

// CHECK-LABEL: @stretched
// CHECK: relay.multiply
relay.func @stretched(%x: tensor<f32>) -> tensor<2xf32> {
  %one = relay.constant dense<1.0> : tensor<2xf32>
  %0 = relay.multiply %x, %one : (tensor<f32>, tensor<2xf32>)
  relay.return %0 : tensor<2xf32>
}

// -----

// f64 saturates on the way to i8, i32 wraps.

// CHECK-LABEL: @casts
// CHECK-NEXT: %wide = relay.cast %x {dtype = f64}
// CHECK-NEXT: %saturated = relay.cast %wide {dtype = i8}
// CHECK-NEXT: %[[NARROW:.*]] = relay.cast %x {dtype = i16}
// CHECK-NEXT: %back = relay.cast %[[NARROW]] {dtype = i32}
// CHECK-NEXT: relay.return %x, %saturated, %back
relay.func @casts(%x: tensor<2xi32>) -> (tensor<2xi32>, tensor<2xi8>, tensor<2xi32>) {
  %wide = relay.cast %x {dtype = f64} : (tensor<2xi32>)
  %0 = relay.cast %wide {dtype = i32} : (tensor<2xf64>)
  %saturated = relay.cast %wide {dtype = i8} : (tensor<2xf64>)
  %1 = relay.cast %x {dtype = i16} : (tensor<2xi32>)
  %back = relay.cast %1 {dtype = i32} : (tensor<2xi16>)
  relay.return %0, %saturated, %back : tensor<2xi32>, tensor<2xi8>, tensor<2xi32>
}

// -----

// CHECK-LABEL: @elementwise
// CHECK-NEXT: relay.nn.relu %x
// CHECK-NEXT: %c = relay.clip %{{.*}} {a_min = 1.000000e+00 : f64, a_max = 6.000000e+00 : f64}
// CHECK-NEXT: relay.return %c
relay.func @elementwise(%x: tensor<2xf32>) -> tensor<2xf32> {
  %0 = relay.nn.relu %x : (tensor<2xf32>)
  %1 = relay.nn.relu %0 : (tensor<2xf32>)
  %2 = relay.negative %1 : (tensor<2xf32>)
  %3 = relay.negative %2 : (tensor<2xf32>)
  %4 = relay.clip %3 {a_min = 0.5 : f64, a_max = 6.0 : f64} : (tensor<2xf32>)
  %c = relay.clip %4 {a_min = 1.0 : f64, a_max = 9.0 : f64} : (tensor<2xf32>)
  relay.return %c : tensor<2xf32>
}

// -----

// CHECK-LABEL: @parts
// CHECK-NEXT: relay.return %x, %x
relay.func @parts(%x: tensor<4x2xf32>, %empty: tensor<0x2xf32>) -> (tensor<4x2xf32>, tensor<4x2xf32>) {
  %0 = relay.strided_slice %x {begin = array<i64: 0>, end = array<i64: 9>} : (tensor<4x2xf32>)
  %1 = relay.concatenate %0, %empty {axis = 0 : i64} : (tensor<4x2xf32>, tensor<0x2xf32>)
  %2 = relay.nn.pad %1 {pad_width = array<i64: 0, 0, 0, 0>} : (tensor<4x2xf32>)
  %3 = relay.split %2 {indices_or_sections = 1 : i64} : (tensor<4x2xf32>)
  %a, %b = relay.split %x {indices_or_sections = array<i64: 1>} : (tensor<4x2xf32>)
  %4 = relay.concatenate %a, %b {axis = 0 : i64} : (tensor<1x2xf32>, tensor<3x2xf32>)
  relay.return %3, %4 : tensor<4x2xf32>, tensor<4x2xf32>
}

// -----

// CHECK-LABEL: @static
// CHECK-NEXT: %0 = relay.reshape %x {newshape = array<i64: 3, 2>} : (tensor<2x3xf32>) -> tensor<3x2xf32>
relay.func @static(%x: tensor<2x3xf32>) -> tensor<3x2xf32> {
  %shape = relay.constant dense<[3, 2]> : tensor<2xi64>
  %0 = relay.dyn.reshape %x, %shape : (tensor<2x3xf32>, tensor<2xi64>) -> tensor<3x2xf32>
  relay.return %0 : tensor<3x2xf32>
}

// -----

// What the shape turns out to be, all that follows gets to know.

// CHECK-LABEL: @inferred(%x: tensor<2x3xf32>) -> (tensor<3x2xf32>, tensor<2xi32>)
// CHECK-NEXT: %0 = relay.reshape %x {newshape = array<i64: 3, 2>} : (tensor<2x3xf32>) -> tensor<3x2xf32>
// CHECK-NEXT: %1 = relay.nn.relu %0 : (tensor<3x2xf32>) -> tensor<3x2xf32>
// CHECK-NEXT: %[[SHAPE:.*]] = relay.constant dense<[3, 2]> : tensor<2xi32>
// CHECK-NEXT: relay.return %1, %[[SHAPE]] : tensor<3x2xf32>, tensor<2xi32>
relay.func @inferred(%x: tensor<2x3xf32>) -> (tensor<?x?xf32>, tensor<2xi32>) {
  %shape = relay.constant dense<[3, 2]> : tensor<2xi64>
  %0 = relay.dyn.reshape %x, %shape : (tensor<2x3xf32>, tensor<2xi64>)
  %1 = relay.nn.relu %0 : (tensor<?x?xf32>)
  %2 = relay.shape_of %1 : (tensor<?x?xf32>)
  relay.return %1, %2 : tensor<?x?xf32>, tensor<2xi32>
}

// -----

// A caller relies on the type, and so do the two branches of an `if`.

// CHECK-LABEL: @called(%x: tensor<2x3xf32>) -> tensor<?xf32>
// CHECK: relay.dyn.reshape
// CHECK-LABEL: @main
// CHECK: relay.dyn.reshape
relay.func private @called(%x: tensor<2x3xf32>) -> tensor<?xf32> {
  %shape = relay.constant dense<6> : tensor<1xi64>
  %0 = relay.dyn.reshape %x, %shape : (tensor<2x3xf32>, tensor<1xi64>)
  relay.return %0 : tensor<?xf32>
}
relay.func @main(%x: tensor<2x3xf32>, %c: tensor<i1>) -> tensor<?xf32> {
  %shape = relay.constant dense<6> : tensor<1xi64>
  %0 = relay.if %c -> tensor<?xf32> {
    %1 = relay.call @called(%x) : (tensor<2x3xf32>) -> tensor<?xf32>
    relay.yield %1 : tensor<?xf32>
  } else {
    %2 = relay.dyn.reshape %x, %shape : (tensor<2x3xf32>, tensor<1xi64>)
    relay.yield %2 : tensor<?xf32>
  }
  relay.return %0 : tensor<?xf32>
}
