// RUN: inlay-opt %s --split-input-file --verify-diagnostics

relay.func @fill(%a: tensor<1xf32>) {
  // expected-error@+1 {{relay.full: operand 'fill_value' has rank 1, expected 0}}
  %0 = relay.full %a {shape = array<i64: 2>} : (tensor<1xf32>)
  relay.return
}

// -----

relay.func @negative(%a: tensor<f32>) {
  // expected-error@+1 {{relay.full: found shape [-1], expected extents of 0 or more}}
  %0 = relay.full %a {shape = array<i64: -1>} : (tensor<f32>)
  relay.return
}

// -----

relay.func @fill_type(%a: tensor<2xf32>, %b: tensor<f16>) {
  // expected-error@+1 {{relay.full_like: operand 'fill_value' has element type f16, expected f32 as in operand 'data'}}
  %0 = relay.full_like %a, %b : (tensor<2xf32>, tensor<f16>)
  relay.return
}

// -----

relay.func @dtype() {
  // expected-error@+1 {{relay.zeros: dtype: found element type i2, expected one of f16}}
  %0 = relay.zeros {shape = array<i64: 1>, dtype = i2} : ()
  relay.return
}

// -----

relay.func @ones_shape() {
  // expected-error@+1 {{relay.ones: found shape [-2], expected extents of 0 or more}}
  %0 = relay.ones {shape = array<i64: -2>, dtype = f32} : ()
  relay.return
}

// -----

relay.func @step() {
  // expected-error@+1 {{relay.arange: found start 0.0, stop 1.0, step 0.0, expected finite values and a step other than 0}}
  %0 = relay.arange {stop = 1.0 : f64, step = 0.0 : f64} : ()
  relay.return
}

// -----

relay.func @fraction() {
  // expected-error@+1 {{relay.arange: found start, stop, step (0.0, 1.5, 1.0), expected whole numbers for i32}}
  %0 = relay.arange {stop = 1.5 : f64, dtype = i32} : ()
  relay.return
}

// -----

relay.func @boolean() {
  // expected-error@+1 {{relay.arange: dtype is i1, expected one of}}
  %0 = relay.arange {stop = 2.0 : f64, dtype = i1} : ()
  relay.return
}

// -----

relay.func @float_shape(%a: tensor<2xf32>) {
  // expected-error@+1 {{relay.shape_of: dtype is f32, expected one of}}
  %0 = relay.shape_of %a {dtype = f32} : (tensor<2xf32>)
  relay.return
}
