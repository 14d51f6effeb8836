// RUN: inlay-opt %s --split-input-file --verify-diagnostics

relay.func @nothing() {
  // expected-error@+1 {{relay.concatenate: found no operands, expected one or more}}
  %0 = relay.concatenate {axis = 0 : i64} : ()
  relay.return
}

// -----

relay.func @extents(%a: tensor<2x3xf32>, %b: tensor<2x4xf32>) {
  // expected-error@+1 {{relay.concatenate: operand 'data'[1] has shape 2x4, expected extent 3 in dimension 1}}
  %0 = relay.concatenate %a, %b {axis = 0 : i64} : (tensor<2x3xf32>, tensor<2x4xf32>)
  relay.return
}

// -----

relay.func @ranks(%a: tensor<2x3xf32>, %b: tensor<2xf32>) {
  // expected-error@+1 {{relay.concatenate: operand 'data' has rank 1, expected 2}}
  %0 = relay.concatenate %a, %b {axis = 0 : i64} : (tensor<2x3xf32>, tensor<2xf32>)
  relay.return
}

// -----

relay.func @types(%a: tensor<2xf32>, %b: tensor<2xf16>) {
  // expected-error@+1 {{relay.concatenate: operand 'data' has element type f16, expected f32}}
  %0 = relay.concatenate %a, %b {axis = 0 : i64} : (tensor<2xf32>, tensor<2xf16>)
  relay.return
}

// -----

relay.func @axis(%a: tensor<f32>, %b: tensor<f32>) {
  // expected-error@+1 {{relay.concatenate: axis 0 is out of range for rank 0}}
  %0 = relay.concatenate %a, %b {axis = 0 : i64} : (tensor<f32>, tensor<f32>)
  relay.return
}

// -----

relay.func @stack_extents(%a: tensor<2xf32>, %b: tensor<3xf32>) {
  // expected-error@+1 {{relay.stack: operand 'data'[1] has shape 3, expected extent 2 in dimension 0}}
  %0 = relay.stack %a, %b : (tensor<2xf32>, tensor<3xf32>)
  relay.return
}

// -----

relay.func @stack_axis(%a: tensor<2xf32>, %b: tensor<2xf32>) {
  // expected-error@+1 {{relay.stack: axis 2 is out of range for rank 2}}
  %0 = relay.stack %a, %b {axis = 2 : i64} : (tensor<2xf32>, tensor<2xf32>)
  relay.return
}

// -----

relay.func @sections(%a: tensor<6xf32>) {
  // expected-error@+1 {{relay.split: found 4 sections, expected a divisor of extent 6}}
  %0 = relay.split %a {indices_or_sections = 4 : i64} : (tensor<6xf32>) -> tensor<6xf32>
  relay.return
}

// -----

relay.func @no_sections(%a: tensor<?xf32>) {
  // expected-error@+1 {{relay.split: found 0 sections, expected a divisor of extent ?}}
  %0 = relay.split %a {indices_or_sections = 0 : i64} : (tensor<?xf32>) -> tensor<6xf32>
  relay.return
}

// -----

relay.func @points(%a: tensor<6xf32>) {
  // expected-error@+1 {{relay.split: found split points [7], expected them ascending from 0 to the extent 6}}
  %0 = relay.split %a {indices_or_sections = array<i64: 7>} : (tensor<6xf32>) -> tensor<6xf32>
  relay.return
}

// -----

relay.func @descending(%a: tensor<?xf32>) {
  // expected-error@+1 {{relay.split: found split points [3, 1], expected them ascending from 0 to the extent ?}}
  %0 = relay.split %a {indices_or_sections = array<i64: 3, 1>} : (tensor<?xf32>) -> tensor<6xf32>
  relay.return
}

// -----

relay.func @pieces(%a: tensor<6xf32>) {
  // expected-error@+1 {{relay.split: found 1 results, expected 2}}
  %0 = relay.split %a {indices_or_sections = 2 : i64} : (tensor<6xf32>) -> tensor<3xf32>
  relay.return
}

// -----

relay.func @reps(%a: tensor<6xf32>) {
  // expected-error@+1 {{relay.tile: found reps [-1], expected 0 or more}}
  %0 = relay.tile %a {reps = array<i64: -1>} : (tensor<6xf32>)
  relay.return
}

// -----

relay.func @repeats(%a: tensor<6xf32>) {
  // expected-error@+1 {{relay.repeat: repeats is -1, expected 0 or more}}
  %0 = relay.repeat %a {repeats = -1 : i64, axis = 0 : i64} : (tensor<6xf32>)
  relay.return
}

// -----

relay.func @repeat_axis(%a: tensor<6xf32>) {
  // expected-error@+1 {{relay.repeat: axis 1 is out of range for rank 1}}
  %0 = relay.repeat %a {repeats = 2 : i64, axis = 1 : i64} : (tensor<6xf32>)
  relay.return
}

// -----

relay.func @reverse_axes(%a: tensor<6xf32>) {
  // expected-error@+1 {{relay.reverse: found axes [0, -1], expected distinct ones}}
  %0 = relay.reverse %a {axis = array<i64: 0, -1>} : (tensor<6xf32>)
  relay.return
}
