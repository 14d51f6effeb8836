// RUN: inlay-opt %s -p relay-to-tl | filecheck %s

// CHECK-LABEL: tl.kernel @back
// CHECK:         tl.nest (%i = 4)
// CHECK-NEXT:      tl.load %x[7 - 2*%i]
relay.func private @back(%x: tensor<9xf32>) -> tensor<4xf32> attributes {primitive} {
  %0 = relay.strided_slice %x {begin = array<i64: 7>, end = array<i64: 0>, strides = array<i64: -2>} : (tensor<9xf32>)
  relay.return %0 : tensor<4xf32>
}

// Nothing is computed for a result without elements.
// CHECK-LABEL: tl.kernel @nothing
// CHECK-NOT:     tl.nest
relay.func private @nothing(%x: tensor<9xf32>) -> tensor<0xf32> attributes {primitive} {
  %0 = relay.strided_slice %x {begin = array<i64: 7>, end = array<i64: 3>} : (tensor<9xf32>)
  relay.return %0 : tensor<0xf32>
}
