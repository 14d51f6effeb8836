// RUN: inlay-opt %s --split-input-file --verify-diagnostics

relay.func @bounds(%a: tensor<2x3xf32>) {
  // expected-error@+1 {{relay.strided_slice: found 2 begins, 1 ends and 0 strides, expected 2 of each (strides may be fewer)}}
  %0 = relay.strided_slice %a {begin = array<i64: 0, 0>, end = array<i64: 1>} : (tensor<2x3xf32>)
  relay.return
}

// -----

relay.func @slice_rank(%a: tensor<2xf32>) {
  // expected-error@+1 {{relay.strided_slice: axis 1 is out of range for rank 1}}
  %0 = relay.strided_slice %a {begin = array<i64: 0, 0>, end = array<i64: 1, 1>} : (tensor<2xf32>)
  relay.return
}

// -----

relay.func @stride(%a: tensor<2xf32>) {
  // expected-error@+1 {{relay.strided_slice: strides are (0,), expected none of them 0}}
  %0 = relay.strided_slice %a {begin = array<i64: 0>, end = array<i64: 1>, strides = array<i64: 0>} : (tensor<2xf32>)
  relay.return
}

// -----

relay.func @size_stride(%a: tensor<2xf32>) {
  // expected-error@+1 {{relay.strided_slice: strides are (2,), expected 1 in slice_mode 'size'}}
  %0 = relay.strided_slice %a {begin = array<i64: 0>, end = array<i64: 1>, strides = array<i64: 2>, slice_mode = "size"} : (tensor<2xf32>)
  relay.return
}

// -----

relay.func @slice_mode(%a: tensor<2xf32>) {
  // expected-error@+1 {{relay.strided_slice: slice_mode is 'stop', expected one of 'end', 'size'}}
  %0 = relay.strided_slice %a {begin = array<i64: 0>, end = array<i64: 1>, slice_mode = "stop"} : (tensor<2xf32>)
  relay.return
}

// -----

relay.func @slice_axes(%a: tensor<2xf32>) {
  // expected-error@+1 {{relay.strided_slice: found axes [0, -1], expected distinct ones}}
  %0 = relay.strided_slice %a {begin = array<i64: 0, 0>, end = array<i64: 1, 1>, axes = array<i64: 0, -1>} : (tensor<2xf32>)
  relay.return
}

// -----

relay.func @like_rank(%a: tensor<2x3xf32>, %b: tensor<2xf32>) {
  // expected-error@+1 {{relay.slice_like: operand 'shape_like' has rank 1, expected more than 1, the last sliced axis}}
  %0 = relay.slice_like %a, %b : (tensor<2x3xf32>, tensor<2xf32>)
  relay.return
}

// -----

relay.func @like_extent(%a: tensor<2xf32>, %b: tensor<3xf32>) {
  // expected-error@+1 {{relay.slice_like: operand 'shape_like' has extent 3 in dimension 0, expected 2 at most as in operand 'data'}}
  %0 = relay.slice_like %a, %b : (tensor<2xf32>, tensor<3xf32>)
  relay.return
}

// -----

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

relay.func @updates(%a: tensor<2xf32>, %b: tensor<1xi32>, %c: tensor<2xf32>) {
  // expected-error@+1 {{relay.scatter_elements: operand 'updates' has shape 2, expected 1}}
  %0 = relay.scatter_elements %a, %b, %c : (tensor<2xf32>, tensor<1xi32>, tensor<2xf32>)
  relay.return
}

// -----

relay.func @update_type(%a: tensor<2xf32>, %b: tensor<1xi32>, %c: tensor<1xf16>) {
  // expected-error@+1 {{relay.scatter_elements: operand 'updates' has element type f16, expected f32 as in operand 'data'}}
  %0 = relay.scatter_elements %a, %b, %c : (tensor<2xf32>, tensor<1xi32>, tensor<1xf16>)
  relay.return
}

// -----

relay.func @reduction(%a: tensor<2xf32>, %b: tensor<1xi32>, %c: tensor<1xf32>) {
  // expected-error@+1 {{relay.scatter_elements: reduction is 'mean', expected one of 'update', 'add', 'mul', 'min', 'max'}}
  %0 = relay.scatter_elements %a, %b, %c {reduction = "mean"} : (tensor<2xf32>, tensor<1xi32>, tensor<1xf32>)
  relay.return
}

// -----

relay.func @scatter_nd_updates(%a: tensor<8x4xf32>, %b: tensor<1x3xi32>, %c: tensor<3x5xf32>) {
  // expected-error@+1 {{relay.scatter_nd: operand 'updates' has shape 3x5, expected 3x4}}
  %0 = relay.scatter_nd %a, %b, %c : (tensor<8x4xf32>, tensor<1x3xi32>, tensor<3x5xf32>)
  relay.return
}

// -----

relay.func @scatter_nd_mode(%a: tensor<8xf32>, %b: tensor<1x3xi32>, %c: tensor<3xf32>) {
  // expected-error@+1 {{relay.scatter_nd: mode is 'sub', expected one of}}
  %0 = relay.scatter_nd %a, %b, %c {mode = "sub"} : (tensor<8xf32>, tensor<1x3xi32>, tensor<3xf32>)
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
