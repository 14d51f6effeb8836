// RUN: inlay-opt %s -p relay-to-tl --split-input-file --verify-diagnostics

// expected-error@+1 {{relay.func: @f computes with a tensor<10000000000x10000000000xf32>, expected at most 1152921504606846976 elements}}
relay.func @f(%x: tensor<10000000000x1xf32>, %y: tensor<10000000000xf32>) -> tensor<10000000000xf32> attributes {primitive} {
  %0 = relay.add %x, %y : (tensor<10000000000x1xf32>, tensor<10000000000xf32>)
  %1 = relay.sum %0 {axis = array<i64: 0>} : (tensor<10000000000x10000000000xf32>)
  relay.return %1 : tensor<10000000000xf32>
}

// -----

// expected-error@+3 {{relay.call: no kernel computes it}}
relay.func @g(%x: tensor<4xf32>) -> tensor<4xf32> attributes {primitive} {
  // One kernel calls no other.
  %0 = relay.call @g(%x) : (tensor<4xf32>) -> tensor<4xf32>
  relay.return %0 : tensor<4xf32>
}
