// RUN: inlay-opt %s --split-input-file --verify-diagnostics

relay.func @channels(%a: tensor<1x8x4xf32>, %b: tensor<8xf32>, %c: tensor<8xf32>, %d: tensor<4xf32>, %e: tensor<8xf32>) {
  // expected-error@+1 {{relay.nn.batch_norm: operand 'moving_mean' has 4 elements, expected 8 as in dimension 1 of operand 'data'}}
  %0 = relay.nn.batch_norm %a, %b, %c, %d, %e : (tensor<1x8x4xf32>, tensor<8xf32>, tensor<8xf32>, tensor<4xf32>, tensor<8xf32>)
  relay.return
}

// -----

relay.func @vectors(%a: tensor<1x8x4xf32>, %b: tensor<8xf32>, %c: tensor<1x8xf32>, %d: tensor<8xf32>, %e: tensor<8xf32>) {
  // expected-error@+1 {{relay.nn.batch_norm: operand 'beta' has rank 2, expected 1}}
  %0 = relay.nn.batch_norm %a, %b, %c, %d, %e : (tensor<1x8x4xf32>, tensor<8xf32>, tensor<1x8xf32>, tensor<8xf32>, tensor<8xf32>)
  relay.return
}

// -----

relay.func @mixed(%a: tensor<2x8xf32>, %b: tensor<8xf32>, %c: tensor<8xf16>) {
  // expected-error@+1 {{relay.nn.layer_norm: operand 'beta' has element type f16, expected f32 as in operand 'data'}}
  %0 = relay.nn.layer_norm %a, %b, %c : (tensor<2x8xf32>, tensor<8xf32>, tensor<8xf16>)
  relay.return
}

// -----

relay.func @layer_norm_axis(%a: tensor<2x8xf32>, %b: tensor<8xf32>, %c: tensor<8xf32>) {
  // expected-error@+1 {{relay.nn.layer_norm: axis -3 is out of range for rank 2}}
  %0 = relay.nn.layer_norm %a, %b, %c {axis = -3 : i64} : (tensor<2x8xf32>, tensor<8xf32>, tensor<8xf32>)
  relay.return
}

// -----

relay.func @groups(%a: tensor<1x8x4xf32>, %b: tensor<8xf32>, %c: tensor<8xf32>) {
  // expected-error@+1 {{relay.nn.group_norm: num_groups is 3, expected a divisor of the 8 channels in dimension 1 of operand 'data'}}
  %0 = relay.nn.group_norm %a, %b, %c {num_groups = 3 : i64} : (tensor<1x8x4xf32>, tensor<8xf32>, tensor<8xf32>)
  relay.return
}

// -----

relay.func @no_groups(%a: tensor<1x?x4xf32>, %b: tensor<8xf32>, %c: tensor<8xf32>) {
  // expected-error@+1 {{relay.nn.group_norm: num_groups is 0, expected a divisor of the ? channels in dimension 1 of operand 'data'}}
  %0 = relay.nn.group_norm %a, %b, %c {num_groups = 0 : i64} : (tensor<1x?x4xf32>, tensor<8xf32>, tensor<8xf32>)
  relay.return
}

// -----

relay.func @batch_groups(%a: tensor<8x4xf32>, %b: tensor<8xf32>, %c: tensor<8xf32>) {
  // expected-error@+1 {{relay.nn.group_norm: axis is the batch dimension 0, expected another}}
  %0 = relay.nn.group_norm %a, %b, %c {num_groups = 1 : i64, axis = 0 : i64} : (tensor<8x4xf32>, tensor<8xf32>, tensor<8xf32>)
  relay.return
}

// -----

relay.func @rms_norm_weight(%a: tensor<2x8xf32>, %b: tensor<2xf32>) {
  // expected-error@+1 {{relay.nn.rms_norm: operand 'weight' has 2 elements, expected 8}}
  %0 = relay.nn.rms_norm %a, %b : (tensor<2x8xf32>, tensor<2xf32>)
  relay.return
}

// -----

relay.func @l2_axes(%a: tensor<2x8xf32>) {
  // expected-error@+1 {{relay.nn.l2_normalize: found axes [0, -2], expected distinct ones}}
  %0 = relay.nn.l2_normalize %a {eps = 0.0 : f64, axis = array<i64: 0, -2>} : (tensor<2x8xf32>)
  relay.return
}

// -----

relay.func @rate(%a: tensor<2xf32>) {
  // expected-error@+1 {{relay.nn.dropout: rate is 1.0, expected 0 <= rate < 1}}
  %0 = relay.nn.dropout %a {rate = 1.0 : f64} : (tensor<2xf32>)
  relay.return
}
