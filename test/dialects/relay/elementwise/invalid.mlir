// RUN: inlay-opt %s --split-input-file --verify-diagnostics

relay.func @element_type(%x: tensor<2xi32>) {
  // expected-error@+1 {{relay.exp: operand 'data' has element type i32, expected one of bf16, f16, f32, f64}}
  %0 = relay.exp %x : (tensor<2xi32>)
  relay.return
}

// -----

relay.func @truth_value(%x: tensor<2xi8>) {
  // expected-error@+1 {{relay.logical_not: operand 'data' has element type i8, expected one of i1}}
  %0 = relay.logical_not %x : (tensor<2xi8>)
  relay.return
}

// -----

relay.func @cast_type(%x: tensor<2xf32>) {
  // expected-error@+1 {{relay.cast: dtype is i7, expected one of f16, bf16, f32, f64, i1, i8}}
  %0 = relay.cast %x {dtype = i7} : (tensor<2xf32>)
  relay.return
}

// -----

relay.func @cast_result(%x: tensor<2xf32>) {
  // expected-error@+1 {{relay.cast: result 0 has type tensor<2xf32>, inferred tensor<2xi8>}}
  %0 = relay.cast %x {dtype = i8} : (tensor<2xf32>) -> tensor<2xf32>
  relay.return
}
