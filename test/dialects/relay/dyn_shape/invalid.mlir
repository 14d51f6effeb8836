// RUN: inlay-opt %s --split-input-file --verify-diagnostics

relay.func @vector(%a: tensor<6xf32>, %b: tensor<1x2xi64>) {
  // expected-error@+1 {{relay.dyn.reshape: operand 'newshape' has rank 2, expected 1}}
  %0 = relay.dyn.reshape %a, %b : (tensor<6xf32>, tensor<1x2xi64>)
  relay.return
}

// -----

relay.func @length(%a: tensor<6xf32>, %b: tensor<?xi64>) {
  // expected-error@+1 {{relay.dyn.reshape: operand 'newshape' has a length of ?, expected a static one}}
  %0 = relay.dyn.reshape %a, %b : (tensor<6xf32>, tensor<?xi64>)
  relay.return
}

// -----

relay.func @integers(%a: tensor<6xf32>, %b: tensor<2xf32>) {
  // expected-error@+1 {{relay.dyn.reshape: operand 'newshape' has element type f32, expected an integer type}}
  %0 = relay.dyn.reshape %a, %b : (tensor<6xf32>, tensor<2xf32>)
  relay.return
}

// -----

relay.func @bounds(%a: tensor<6xf32>, %b: tensor<1xi64>, %c: tensor<2xi64>, %d: tensor<1xi64>) {
  // expected-error@+1 {{relay.dyn.strided_slice: found 1 begins, 2 ends and 1 strides, expected the same number of each, 1 at most (strides may be fewer)}}
  %0 = relay.dyn.strided_slice %a, %b, %c, %d : (tensor<6xf32>, tensor<1xi64>, tensor<2xi64>, tensor<1xi64>)
  relay.return
}

// -----

relay.func @too_many_bounds(%a: tensor<6xf32>, %b: tensor<2xi64>, %c: tensor<2xi64>, %d: tensor<2xi64>) {
  // expected-error@+1 {{relay.dyn.strided_slice: found 2 begins, 2 ends and 2 strides, expected the same number of each, 1 at most}}
  %0 = relay.dyn.strided_slice %a, %b, %c, %d : (tensor<6xf32>, tensor<2xi64>, tensor<2xi64>, tensor<2xi64>)
  relay.return
}

// -----

relay.func @slice_mode(%a: tensor<6xf32>, %b: tensor<1xi64>, %c: tensor<1xi64>, %d: tensor<1xi64>) {
  // expected-error@+1 {{relay.dyn.strided_slice: slice_mode is 'stop', expected one of 'end', 'size'}}
  %0 = relay.dyn.strided_slice %a, %b, %c, %d {slice_mode = "stop"} : (tensor<6xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>)
  relay.return
}

// -----

relay.func @broadcast(%a: tensor<1x6xf32>, %b: tensor<1xi64>) {
  // expected-error@+1 {{relay.dyn.broadcast_to: operand 'shape' has length 1, expected 2 or more, the rank of operand 'data'}}
  %0 = relay.dyn.broadcast_to %a, %b : (tensor<1x6xf32>, tensor<1xi64>)
  relay.return
}

// -----

relay.func @pad_width(%a: tensor<6xf32>, %b: tensor<2xi64>, %c: tensor<f32>) {
  // expected-error@+1 {{relay.dyn.nn.pad: operand 'pad_width' has shape 2, expected 1x2, the rank of operand 'data' by 2}}
  %0 = relay.dyn.nn.pad %a, %b, %c : (tensor<6xf32>, tensor<2xi64>, tensor<f32>)
  relay.return
}

// -----

relay.func @pad_value(%a: tensor<6xf32>, %b: tensor<1x2xi64>, %c: tensor<f16>) {
  // expected-error@+1 {{relay.dyn.nn.pad: operand 'pad_value' has element type f16, expected one of f32}}
  %0 = relay.dyn.nn.pad %a, %b, %c : (tensor<6xf32>, tensor<1x2xi64>, tensor<f16>)
  relay.return
}

// -----

relay.func @pad_mode(%a: tensor<6xf32>, %b: tensor<1x2xi64>, %c: tensor<f32>) {
  // expected-error@+1 {{relay.dyn.nn.pad: pad_mode is 'wrap', expected one of 'constant', 'edge', 'reflect'}}
  %0 = relay.dyn.nn.pad %a, %b, %c {pad_mode = "wrap"} : (tensor<6xf32>, tensor<1x2xi64>, tensor<f32>)
  relay.return
}

// -----

relay.func @axis(%a: tensor<6xf32>, %b: tensor<1xi32>) {
  // expected-error@+1 {{relay.dyn.expand_dims: operand 'axis' has rank 1, expected 0}}
  %0 = relay.dyn.expand_dims %a, %b : (tensor<6xf32>, tensor<1xi32>)
  relay.return
}

// -----

relay.func @num_newaxis(%a: tensor<6xf32>, %b: tensor<i32>) {
  // expected-error@+1 {{relay.dyn.expand_dims: num_newaxis is -1, expected 0 to 64}}
  %0 = relay.dyn.expand_dims %a, %b {num_newaxis = -1 : i64} : (tensor<6xf32>, tensor<i32>)
  relay.return
}

// -----

relay.func @squeeze(%a: tensor<1xf32>, %b: tensor<2xi32>) {
  // expected-error@+1 {{relay.dyn.squeeze: operand 'axis' has length 2, expected 1 at most, the rank of operand 'data'}}
  %0 = relay.dyn.squeeze %a, %b : (tensor<1xf32>, tensor<2xi32>)
  relay.return
}
