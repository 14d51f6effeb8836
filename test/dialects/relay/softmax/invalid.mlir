// RUN: inlay-opt %s --split-input-file --verify-diagnostics

relay.func @integers(%a: tensor<2xi32>) {
  // expected-error@+1 {{relay.nn.softmax: operand 'data' has element type i32, expected one of bf16, f16, f32, f64}}
  %0 = relay.nn.softmax %a : (tensor<2xi32>)
  relay.return
}

// -----

relay.func @axis(%a: tensor<2x3xf32>) {
  // expected-error@+1 {{relay.nn.softmax: axis 2 is out of range for rank 2}}
  %0 = relay.nn.softmax %a {axis = 2 : i64} : (tensor<2x3xf32>)
  relay.return
}

// -----

relay.func @scalar(%a: tensor<f32>) {
  // expected-error@+1 {{relay.nn.log_softmax: axis -1 is out of range for rank 0}}
  %0 = relay.nn.log_softmax %a : (tensor<f32>)
  relay.return
}

// -----

relay.func @result(%a: tensor<2x3xf32>) {
  // expected-error@+1 {{relay.nn.softmax: result 0 has type tensor<2x4xf32>, inferred tensor<2x3xf32>}}
  %0 = relay.nn.softmax %a : (tensor<2x3xf32>) -> tensor<2x4xf32>
  relay.return
}
