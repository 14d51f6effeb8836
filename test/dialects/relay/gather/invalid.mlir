// RUN: inlay-opt %s --split-input-file --verify-diagnostics

relay.func @take_indices(%a: tensor<2xf32>, %b: tensor<2xf32>) {
  // expected-error@+1 {{relay.take: operand 'indices' has element type f32, expected an integer type}}
  %0 = relay.take %a, %b {axis = 0 : i64} : (tensor<2xf32>, tensor<2xf32>)
  relay.return
}

// -----

relay.func @take_mode(%a: tensor<2xf32>, %b: tensor<2xi32>) {
  // expected-error@+1 {{relay.take: mode is 'raise', expected one of 'clip', 'wrap', 'fast'}}
  %0 = relay.take %a, %b {axis = 0 : i64, mode = "raise"} : (tensor<2xf32>, tensor<2xi32>)
  relay.return
}

// -----

relay.func @take_axis(%a: tensor<2xf32>, %b: tensor<2xi32>) {
  // expected-error@+1 {{relay.take: axis 1 is out of range for rank 1}}
  %0 = relay.take %a, %b {axis = 1 : i64} : (tensor<2xf32>, tensor<2xi32>)
  relay.return
}

// -----

relay.func @take_empty(%a: tensor<0xf32>, %b: tensor<2xi32>) {
  // expected-error@+1 {{relay.take: operand 'data' is empty along the indexed dimension, expected elements}}
  %0 = relay.take %a, %b {axis = 0 : i64} : (tensor<0xf32>, tensor<2xi32>)
  relay.return
}

// -----

relay.func @take_flat_batches(%a: tensor<2x3xf32>, %b: tensor<2xi32>) {
  // expected-error@+1 {{relay.take: batch_dims is 1, expected 0 without an axis}}
  %0 = relay.take %a, %b {batch_dims = 1 : i64} : (tensor<2x3xf32>, tensor<2xi32>)
  relay.return
}

// -----

relay.func @take_batch_dims(%a: tensor<2x3xf32>, %b: tensor<2xi32>) {
  // expected-error@+1 {{relay.take: batch_dims is 2, expected 0 to 1}}
  %0 = relay.take %a, %b {batch_dims = 2 : i64, axis = 1 : i64} : (tensor<2x3xf32>, tensor<2xi32>)
  relay.return
}

// -----

relay.func @take_batches(%a: tensor<2x3xf32>, %b: tensor<4xi32>) {
  // expected-error@+1 {{relay.take: operand 'indices' has shape 4, expected it to start with 2}}
  %0 = relay.take %a, %b {batch_dims = 1 : i64, axis = 1 : i64} : (tensor<2x3xf32>, tensor<4xi32>)
  relay.return
}

// -----

relay.func @gather_rank(%a: tensor<2x3xf32>, %b: tensor<2xi32>) {
  // expected-error@+1 {{relay.gather: operand 'indices' has rank 1, expected 2}}
  %0 = relay.gather %a, %b {axis = 0 : i64} : (tensor<2x3xf32>, tensor<2xi32>)
  relay.return
}

// -----

relay.func @gather_extent(%a: tensor<2x3xf32>, %b: tensor<2x4xi32>) {
  // expected-error@+1 {{relay.gather: operand 'indices' has extent 4 in dimension 1, expected 3 at most as in operand 'data'}}
  %0 = relay.gather %a, %b {axis = 0 : i64} : (tensor<2x3xf32>, tensor<2x4xi32>)
  relay.return
}

// -----

relay.func @gather_nd_depth(%a: tensor<2x3xf32>, %b: tensor<3x4xi32>) {
  // expected-error@+1 {{relay.gather_nd: operand 'indices' names 3 dimensions after 0 batch dimensions, expected 2 at most in all, the rank of operand 'data'}}
  %0 = relay.gather_nd %a, %b : (tensor<2x3xf32>, tensor<3x4xi32>)
  relay.return
}

// -----

relay.func @gather_nd_unknown(%a: tensor<2x3xf32>, %b: tensor<?x4xi32>) {
  // expected-error@+1 {{relay.gather_nd: operand 'indices' has shape ?x4, expected a known first extent and 0 batch dimensions after it}}
  %0 = relay.gather_nd %a, %b : (tensor<2x3xf32>, tensor<?x4xi32>)
  relay.return
}

// -----

relay.func @gather_nd_batch(%a: tensor<2x3xf32>, %b: tensor<1x4xi32>) {
  // expected-error@+1 {{relay.gather_nd: operand 'indices' has batch extent 4, expected 2 as in operand 'data'}}
  %0 = relay.gather_nd %a, %b {batch_dims = 1 : i64} : (tensor<2x3xf32>, tensor<1x4xi32>)
  relay.return
}

// -----

relay.func @depth(%a: tensor<2xi32>, %b: tensor<f32>, %c: tensor<f32>) {
  // expected-error@+1 {{relay.one_hot: depth is -1, expected 0 or more}}
  %0 = relay.one_hot %a, %b, %c {depth = -1 : i64} : (tensor<2xi32>, tensor<f32>, tensor<f32>)
  relay.return
}

// -----

relay.func @one_hot_value(%a: tensor<2xi32>, %b: tensor<f32>, %c: tensor<f16>) {
  // expected-error@+1 {{relay.one_hot: operand 'off_value' has element type f16, expected f32, the dtype}}
  %0 = relay.one_hot %a, %b, %c {depth = 2 : i64} : (tensor<2xi32>, tensor<f32>, tensor<f16>)
  relay.return
}

// -----

relay.func @one_hot_axis(%a: tensor<2xi32>, %b: tensor<f32>, %c: tensor<f32>) {
  // expected-error@+1 {{relay.one_hot: axis 2 is out of range for rank 2}}
  %0 = relay.one_hot %a, %b, %c {depth = 2 : i64, axis = 2 : i64} : (tensor<2xi32>, tensor<f32>, tensor<f32>)
  relay.return
}

// -----

relay.func @one_hot_indices(%a: tensor<2xf32>, %b: tensor<f32>, %c: tensor<f32>) {
  // expected-error@+1 {{relay.one_hot: operand 'indices' has element type f32, expected an integer type}}
  %0 = relay.one_hot %a, %b, %c {depth = 2 : i64} : (tensor<2xf32>, tensor<f32>, tensor<f32>)
  relay.return
}
