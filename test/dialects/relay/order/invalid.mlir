// RUN: inlay-opt %s --split-input-file --verify-diagnostics

relay.func @axis(%a: tensor<3xf32>) {
  // expected-error@+1 {{relay.sort: axis 1 is out of range for rank 1}}
  %0 = relay.sort %a {axis = 1 : i64} : (tensor<3xf32>)
  relay.return
}

// -----

relay.func @scalar(%a: tensor<f32>) {
  // expected-error@+1 {{relay.argsort: axis -1 is out of range for rank 0}}
  %0 = relay.argsort %a : (tensor<f32>)
  relay.return
}

// -----

relay.func @dtype(%a: tensor<3xf32>) {
  // expected-error@+1 {{relay.argsort: dtype is i1, expected one of}}
  %0 = relay.argsort %a {dtype = i1} : (tensor<3xf32>)
  relay.return
}

// -----

relay.func @k(%a: tensor<3xf32>) {
  // expected-error@+1 {{relay.topk: k is 4, expected 3 at most, the extent}}
  %0 = relay.topk %a {k = 4 : i64} : (tensor<3xf32>) -> tensor<4xf32>
  relay.return
}

// -----

relay.func @ret_type(%a: tensor<3xf32>) {
  // expected-error@+1 {{relay.topk: ret_type is 'all', expected one of 'both', 'values', 'indices'}}
  %0 = relay.topk %a {ret_type = "all"} : (tensor<3xf32>) -> tensor<1xf32>
  relay.return
}

// -----

relay.func @topk_axis(%a: tensor<3xf32>) {
  // expected-error@+1 {{relay.topk: axis -2 is out of range for rank 1}}
  %0 = relay.topk %a {axis = -2 : i64} : (tensor<3xf32>) -> tensor<1xf32>
  relay.return
}

// -----

relay.func @results(%a: tensor<3xf32>) {
  // expected-error@+1 {{relay.topk: found 1 results, expected 2}}
  %0 = relay.topk %a : (tensor<3xf32>) -> tensor<1xf32>
  relay.return
}

// -----

relay.func @booleans(%a: tensor<3xi1>) {
  // expected-error@+1 {{relay.cumsum: operand 'data' has element type i1, expected one of}}
  %0 = relay.cumsum %a : (tensor<3xi1>)
  relay.return
}

// -----

relay.func @float_to_int(%a: tensor<3xf32>) {
  // expected-error@+1 {{relay.cumsum: dtype is i32, expected a float type as operand 'data'}}
  %0 = relay.cumsum %a {dtype = i32} : (tensor<3xf32>)
  relay.return
}

// -----

relay.func @scan_axis(%a: tensor<3xf32>) {
  // expected-error@+1 {{relay.cumprod: axis 1 is out of range for rank 1}}
  %0 = relay.cumprod %a {axis = 1 : i64} : (tensor<3xf32>)
  relay.return
}
