// RUN: inlay-opt %s --split-input-file --verify-diagnostics

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
  // expected-error@+1 {{relay.expand_dims: num_newaxis is -1, expected 0 to 64}}
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
