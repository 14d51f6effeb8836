// RUN: inlay-opt %s --split-input-file --verify-diagnostics

relay.func @shapes(%x: tensor<2x4x5xf32>, %y: tensor<3x1xf32>) {
  // expected-error@+1 {{relay.add: operand 'rhs' has shape 3x1, which does not broadcast with 2x4x5: found 3 in dimension -2, expected 1 or 4}}
  %0 = relay.add %x, %y : (tensor<2x4x5xf32>, tensor<3x1xf32>)
  relay.return
}

// -----

relay.func @zero_extent(%x: tensor<2xf32>, %y: tensor<0xf32>) {
  // expected-error@+1 {{found 0 in dimension -1, expected 1 or 2}}
  %0 = relay.multiply %x, %y : (tensor<2xf32>, tensor<0xf32>)
  relay.return
}

// -----

relay.func @arithmetic_on_i1(%x: tensor<2xi1>) {
  // expected-error@+1 {{relay.add: operand 'lhs' has element type i1}}
  %0 = relay.add %x, %x : (tensor<2xi1>, tensor<2xi1>)
  relay.return
}

// -----

relay.func @bias_extent(%x: tensor<2x3xf32>, %b: tensor<2xf32>) {
  // expected-error@+1 {{relay.nn.bias_add: operand 'bias' has 2 elements, expected 3 (axis 1 of data 2x3)}}
  %0 = relay.nn.bias_add %x, %b : (tensor<2x3xf32>, tensor<2xf32>)
  relay.return
}

// -----

relay.func @bias_rank(%x: tensor<2x3xf32>, %b: tensor<1x3xf32>) {
  // expected-error@+1 {{relay.nn.bias_add: operand 'bias' has rank 2, expected 1}}
  %0 = relay.nn.bias_add %x, %b : (tensor<2x3xf32>, tensor<1x3xf32>)
  relay.return
}

// -----

relay.func @bias_axis(%x: tensor<3xf32>, %b: tensor<3xf32>) {
  // expected-error@+1 {{relay.nn.bias_add: axis 1 is out of range for rank 1}}
  %0 = relay.nn.bias_add %x, %b : (tensor<3xf32>, tensor<3xf32>)
  relay.return
}

// -----

relay.func @bias_type(%x: tensor<2x3xf32>, %b: tensor<3xf16>) {
  // expected-error@+1 {{relay.nn.bias_add: operand 'bias' has element type f16, expected f32 as in operand 'data'}}
  %0 = relay.nn.bias_add %x, %b : (tensor<2x3xf32>, tensor<3xf16>)
  relay.return
}
