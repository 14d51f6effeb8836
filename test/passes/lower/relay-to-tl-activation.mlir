// RUN: inlay-opt %s -p relay-to-tl | filecheck %s

// Bounds are numbers of the element type; 200 is -56 as a signed byte.
// CHECK-LABEL: tl.kernel @clip
// CHECK:         %[[LOW:.*]] = arith.constant 0 : i8
// CHECK-NEXT:    %[[X:.*]] = arith.maxui %{{.*}}, %[[LOW]] : i8
// CHECK-NEXT:    %[[HIGH:.*]] = arith.constant -56 : i8
// CHECK-NEXT:    arith.minui %[[X]], %[[HIGH]] : i8
relay.func private @clip(%x: tensor<5xui8>) -> tensor<5xui8> attributes {primitive} {
  %0 = relay.clip %x {a_min = -1.0 : f64, a_max = 200.5 : f64} : (tensor<5xui8>) -> tensor<5xui8>
  relay.return %0 : tensor<5xui8>
}

// CHECK-LABEL: tl.kernel @sigmoid
// CHECK:         arith.negf
// CHECK-NEXT:    math.exp
// CHECK:         arith.addf
// CHECK:         arith.divf
relay.func private @sigmoid(%x: tensor<5xf32>) -> tensor<5xf32> attributes {primitive} {
  %0 = relay.sigmoid %x : (tensor<5xf32>) -> tensor<5xf32>
  relay.return %0 : tensor<5xf32>
}
