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
