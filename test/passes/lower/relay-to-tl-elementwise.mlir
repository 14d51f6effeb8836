// RUN: inlay-opt %s -p relay-to-tl | filecheck %s

// 16-bit floats are computed in f32.
// CHECK-LABEL: tl.kernel @exp
// CHECK:         %[[X:.*]] = arith.extf %{{.*}} : f16 to f32
// CHECK-NEXT:    %[[Y:.*]] = math.exp %[[X]] : f32
// CHECK-NEXT:    arith.truncf %[[Y]] : f32 to f16
relay.func private @exp(%x: tensor<3x17xf16>) -> tensor<3x17xf16> attributes {primitive} {
  %0 = relay.exp %x : (tensor<3x17xf16>) -> tensor<3x17xf16>
  relay.return %0 : tensor<3x17xf16>
}

// An i1 lies in memory as a byte.
// CHECK-LABEL: tl.kernel @not
// CHECK-SAME:    memref<5xi8>
// CHECK:         %[[X:.*]] = arith.cmpi ne
// CHECK:         %[[Y:.*]] = arith.xori %[[X]], %{{.*}} : i1
// CHECK-NEXT:    arith.extui %[[Y]] : i1 to i8
relay.func private @not(%x: tensor<5xi1>) -> tensor<5xi1> attributes {primitive} {
  %0 = relay.logical_not %x : (tensor<5xi1>) -> tensor<5xi1>
  relay.return %0 : tensor<5xi1>
}
