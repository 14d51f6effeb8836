// RUN: inlay-opt %s --split-input-file --verify-diagnostics

relay.func @count(%a: tensor<2x3xf32>) {
  // expected-error@+1 {{relay.reshape: newshape [2, 4] makes 2x4 of 8 elements, expected 6 as in operand 'data' of shape 2x3}}
  %0 = relay.reshape %a {newshape = array<i64: 2, 4>} : (tensor<2x3xf32>)
  relay.return
}

// -----

relay.func @two_unknown(%a: tensor<2x3xf32>) {
  // expected-error@+1 {{relay.reshape: found a second -1 in newshape, expected one at most}}
  %0 = relay.reshape %a {newshape = array<i64: -1, -1>} : (tensor<2x3xf32>)
  relay.return
}

// -----

relay.func @indivisible(%a: tensor<2x3xf32>) {
  // expected-error@+1 {{relay.reshape: cannot infer -1 in newshape: 6 elements over 4}}
  %0 = relay.reshape %a {newshape = array<i64: 4, -1>} : (tensor<2x3xf32>)
  relay.return
}

// -----

relay.func @ambiguous(%a: tensor<0x3xf32>) {
  // expected-error@+1 {{relay.reshape: cannot infer -1 in newshape: 0 elements over 0}}
  %0 = relay.reshape %a {newshape = array<i64: 0, -1>, allowzero = true} : (tensor<0x3xf32>)
  relay.return
}

// -----

relay.func @no_source(%a: tensor<2x3xf32>) {
  // expected-error@+1 {{relay.reshape: code 0 in newshape finds no dimension left in the operand}}
  %0 = relay.reshape %a {newshape = array<i64: 2, 3, 0>} : (tensor<2x3xf32>)
  relay.return
}

// -----

relay.func @short_split(%a: tensor<6xf32>) {
  // expected-error@+1 {{relay.reshape: code -4 in newshape expects two extents after it}}
  %0 = relay.reshape %a {newshape = array<i64: -4, 2>} : (tensor<6xf32>)
  relay.return
}

// -----

relay.func @wrong_split(%a: tensor<6xf32>) {
  // expected-error@+1 {{relay.reshape: code -4 in newshape splits 6 into 2 and 2}}
  %0 = relay.reshape %a {newshape = array<i64: -4, 2, 2>} : (tensor<6xf32>)
  relay.return
}

// -----

relay.func @unknown_split(%a: tensor<6xf32>) {
  // expected-error@+1 {{relay.reshape: code -4 in newshape cannot split into -1 and -1}}
  %0 = relay.reshape %a {newshape = array<i64: -4, -1, -1>} : (tensor<6xf32>)
  relay.return
}

// -----

relay.func @code(%a: tensor<6xf32>) {
  // expected-error@+1 {{relay.reshape: found -5 in newshape, expected an extent or a code 0 to -4}}
  %0 = relay.reshape %a {newshape = array<i64: -5>} : (tensor<6xf32>)
  relay.return
}

// -----

relay.func @like(%a: tensor<2x3xf32>, %b: tensor<5xf32>) {
  // expected-error@+1 {{relay.reshape_like: dimensions 5 of operand 'shape_like' hold 5 elements, expected 6 as 2x3 of operand 'data'}}
  %0 = relay.reshape_like %a, %b : (tensor<2x3xf32>, tensor<5xf32>)
  relay.return
}

// -----

relay.func @flatten_scalar(%a: tensor<f32>) {
  // expected-error@+1 {{relay.nn.batch_flatten: operand 'data' has rank 0, expected 1 or more}}
  %0 = relay.nn.batch_flatten %a : (tensor<f32>)
  relay.return
}
