// RUN: inlay-opt %s --split-input-file --verify-diagnostics

relay.func @result_type(%x: tensor<2xf32>) {
  // expected-error@+1 {{relay.nn.relu: result 0 has type tensor<3xf32>, inferred tensor<2xf32>}}
  %0 = relay.nn.relu %x : (tensor<2xf32>) -> tensor<3xf32>
  relay.return
}

// -----

relay.func @nan_bound(%x: tensor<2xf32>) {
  // expected-error@+1 {{relay.clip: a_min is NaN, expected a number}}
  %0 = relay.clip %x {a_min = 0x7FF8000000000000 : f64, a_max = 1.0 : f64} : (tensor<2xf32>)
  relay.return
}

// -----

relay.func @approximation(%x: tensor<2xf32>) {
  // expected-error@+1 {{relay.nn.gelu: approximate is 'sigmoid', expected 'none' or 'tanh'}}
  %0 = relay.nn.gelu %x {approximate = "sigmoid"} : (tensor<2xf32>)
  relay.return
}
