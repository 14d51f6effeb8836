// RUN: inlay-opt %s --split-input-file --verify-diagnostics

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
