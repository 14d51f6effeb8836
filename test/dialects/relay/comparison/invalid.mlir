// RUN: inlay-opt %s --split-input-file --verify-diagnostics

relay.func @element_types(%x: tensor<2xf32>, %y: tensor<2xf16>) {
  // expected-error@+1 {{relay.less: operand 'rhs' has element type f16, expected f32 as in operand 'lhs'}}
  %0 = relay.less %x, %y : (tensor<2xf32>, tensor<2xf16>)
  relay.return
}

// -----

relay.func @shift_of_floats(%x: tensor<2xf32>) {
  // expected-error@+1 {{relay.left_shift: operand 'lhs' has element type f32}}
  %0 = relay.left_shift %x, %x : (tensor<2xf32>, tensor<2xf32>)
  relay.return
}

// -----

relay.func @comparison_result(%x: tensor<2xf32>) {
  // expected-error@+1 {{relay.equal: result 0 has type tensor<2xf32>, inferred tensor<2xi1>}}
  %0 = relay.equal %x, %x : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
  relay.return
}

// -----

relay.func @condition(%x: tensor<2xf32>) {
  // expected-error@+1 {{relay.where: operand 'condition' has element type f32, expected i1}}
  %0 = relay.where %x, %x, %x : (tensor<2xf32>, tensor<2xf32>, tensor<2xf32>)
  relay.return
}

// -----

relay.func @choices(%c: tensor<2xi1>, %x: tensor<2xf32>, %y: tensor<2xi8>) {
  // expected-error@+1 {{relay.where: operand 'y' has element type i8, expected f32 as in operand 'x'}}
  %0 = relay.where %c, %x, %y : (tensor<2xi1>, tensor<2xf32>, tensor<2xi8>)
  relay.return
}

// -----

relay.func @third_shape(%c: tensor<2xi1>, %x: tensor<2xf32>, %y: tensor<3xf32>) {
  // expected-error@+1 {{relay.where: operand 'y' has shape 3, which does not broadcast with 2}}
  %0 = relay.where %c, %x, %y : (tensor<2xi1>, tensor<2xf32>, tensor<3xf32>)
  relay.return
}
