// RUN: inlay-opt %s --split-input-file --verify-diagnostics

relay.func @axis(%x: tensor<2x3xf32>) {
  // expected-error@+1 {{relay.sum: axis 2 is out of range for rank 2}}
  %0 = relay.sum %x {axis = array<i64: 2>} : (tensor<2x3xf32>)
  relay.return
}

// -----

relay.func @repeated_axis(%x: tensor<2x3xf32>) {
  // expected-error@+1 {{relay.max: found axes [1, -1], expected distinct ones}}
  %0 = relay.max %x {axis = array<i64: 1, -1>} : (tensor<2x3xf32>)
  relay.return
}

// -----

relay.func @exclude_nothing(%x: tensor<2x3xf32>) {
  // expected-error@+1 {{relay.mean: found exclude without axis, expected the axes to keep}}
  %0 = relay.mean %x {exclude = true} : (tensor<2x3xf32>)
  relay.return
}

// -----

relay.func @element_type(%x: tensor<2xi1>) {
  // expected-error@+1 {{relay.sum: operand 'data' has element type i1}}
  %0 = relay.sum %x : (tensor<2xi1>)
  relay.return
}

// -----

relay.func @truth_value(%x: tensor<2x3xf32>) {
  // expected-error@+1 {{relay.all: operand 'data' has element type f32, expected one of i1}}
  %0 = relay.all %x : (tensor<2x3xf32>)
  relay.return
}

// -----

relay.func @index_type(%x: tensor<2x3xf32>) {
  // expected-error@+1 {{relay.argmax: result 0 has type tensor<i64>, inferred tensor<i32>}}
  %0 = relay.argmax %x : (tensor<2x3xf32>) -> tensor<i64>
  relay.return
}

// -----

relay.func @keepdims(%x: tensor<2x3xf32>) {
  // expected-error@+1 {{relay.sum: result 0 has type tensor<2xf32>, inferred tensor<2x1xf32>}}
  %0 = relay.sum %x {axis = array<i64: 1>, keepdims = true} : (tensor<2x3xf32>) -> tensor<2xf32>
  relay.return
}

// -----

relay.func @mean(%x: tensor<2x3xf32>, %m: tensor<2xf32>) {
  // expected-error@+1 {{relay.variance: operand 'mean' has shape 2, expected 2x1 (data 2x3 reduced with keepdims)}}
  %0 = relay.variance %x, %m {axis = array<i64: 1>} : (tensor<2x3xf32>, tensor<2xf32>)
  relay.return
}

// -----

relay.func @mean_type(%x: tensor<2x3xf32>, %m: tensor<2x1xf64>) {
  // expected-error@+1 {{relay.variance: operand 'mean' has element type f64, expected f32 as in operand 'data'}}
  %0 = relay.variance %x, %m {axis = array<i64: 1>} : (tensor<2x3xf32>, tensor<2x1xf64>)
  relay.return
}
