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

relay.func @permutation(%a: tensor<2x3xf32>) {
  // expected-error@+1 {{relay.transpose: found axes [0, 0], expected distinct ones}}
  %0 = relay.transpose %a {axes = array<i64: 0, 0>} : (tensor<2x3xf32>)
  relay.return
}

// -----

relay.func @rank(%a: tensor<2x3x4xf32>) {
  // expected-error@+1 {{relay.transpose: found 2 axes, expected 3, the rank of operand 'data'}}
  %0 = relay.transpose %a {axes = array<i64: 1, 0>} : (tensor<2x3x4xf32>)
  relay.return
}

// -----

relay.func @transpose_axis(%a: tensor<2x3xf32>) {
  // expected-error@+1 {{relay.transpose: axis 2 is out of range for rank 2}}
  %0 = relay.transpose %a {axes = array<i64: 0, 2>} : (tensor<2x3xf32>)
  relay.return
}

// -----

relay.func @squeeze_extent(%a: tensor<1x3xf32>) {
  // expected-error@+1 {{relay.squeeze: dimension 1 of operand 'data' has extent 3, expected 1}}
  %0 = relay.squeeze %a {axis = array<i64: 1>} : (tensor<1x3xf32>)
  relay.return
}

// -----

relay.func @squeeze_unknown(%a: tensor<1x?xf32>) {
  // expected-error@+1 {{relay.squeeze: operand 'data' has shape 1x?, expected 'axis' to say which dimensions to drop}}
  %0 = relay.squeeze %a : (tensor<1x?xf32>)
  relay.return
}

// -----

relay.func @expand_axis(%a: tensor<2x3xf32>) {
  // expected-error@+1 {{relay.expand_dims: axis 3 is out of range for rank 3}}
  %0 = relay.expand_dims %a {axis = 3 : i64} : (tensor<2x3xf32>)
  relay.return
}

// -----

relay.func @expand_count(%a: tensor<2x3xf32>) {
  // expected-error@+1 {{relay.expand_dims: num_newaxis is -1, expected 0 or more}}
  %0 = relay.expand_dims %a {axis = 0 : i64, num_newaxis = -1 : i64} : (tensor<2x3xf32>)
  relay.return
}

// -----

relay.func @broadcast(%a: tensor<2x3xf32>) {
  // expected-error@+1 {{relay.broadcast_to: operand 'data' has shape 2x3, expected one that broadcasts to 2x4}}
  %0 = relay.broadcast_to %a {shape = array<i64: 2, 4>} : (tensor<2x3xf32>)
  relay.return
}

// -----

relay.func @broadcast_rank(%a: tensor<1x3xf32>) {
  // expected-error@+1 {{relay.broadcast_to: operand 'data' has shape 1x3, expected one that broadcasts to 3}}
  %0 = relay.broadcast_to %a {shape = array<i64: 3>} : (tensor<1x3xf32>)
  relay.return
}

// -----

relay.func @broadcast_negative(%a: tensor<3xf32>) {
  // expected-error@+1 {{relay.broadcast_to: found shape [-1], expected extents of 0 or more}}
  %0 = relay.broadcast_to %a {shape = array<i64: -1>} : (tensor<3xf32>)
  relay.return
}

// -----

relay.func @flatten_scalar(%a: tensor<f32>) {
  // expected-error@+1 {{relay.nn.batch_flatten: operand 'data' has rank 0, expected 1 or more}}
  %0 = relay.nn.batch_flatten %a : (tensor<f32>)
  relay.return
}

// -----

relay.func @block(%a: tensor<2x6xf32>) {
  // expected-error@+1 {{relay.layout_transform: operand 'data': layout NC4c: found extent 6 of axis C, expected a multiple of its block 4}}
  %0 = relay.layout_transform %a {src_layout = #relay.layout<NC>, dst_layout = #relay.layout<NC4c>} : (tensor<2x6xf32>)
  relay.return
}

// -----

relay.func @axes(%a: tensor<2x6xf32>) {
  // expected-error@+1 {{relay.layout_transform: operand 'data': cannot convert NC to NH}}
  %0 = relay.layout_transform %a {src_layout = #relay.layout<NC>, dst_layout = #relay.layout<NH>} : (tensor<2x6xf32>)
  relay.return
}
