// RUN: inlay-opt %s --split-input-file --verify-diagnostics

relay.func @fill(%a: tensor<1xf32>, %b: tensor<1xi64>) {
  // expected-error@+1 {{relay.dyn.full: operand 'fill_value' has rank 1, expected 0}}
  %0 = relay.dyn.full %a, %b : (tensor<1xf32>, tensor<1xi64>)
  relay.return
}

// -----

relay.func @dtype(%a: tensor<1xi64>) {
  // expected-error@+1 {{relay.dyn.zeros: dtype: found element type i2, expected one of}}
  %0 = relay.dyn.zeros %a {dtype = i2} : (tensor<1xi64>)
  relay.return
}

// -----

relay.func @arange_types(%a: tensor<i32>, %b: tensor<i64>, %c: tensor<i32>) {
  // expected-error@+1 {{relay.dyn.arange: operand 'stop' has element type i64, expected i32 as in operand 'start'}}
  %0 = relay.dyn.arange %a, %b, %c : (tensor<i32>, tensor<i64>, tensor<i32>)
  relay.return
}

// -----

relay.func @arange_booleans(%a: tensor<i1>, %b: tensor<i1>, %c: tensor<i1>) {
  // expected-error@+1 {{relay.dyn.arange: operand 'start' has element type i1, expected one of}}
  %0 = relay.dyn.arange %a, %b, %c : (tensor<i1>, tensor<i1>, tensor<i1>)
  relay.return
}

// -----

relay.func @k(%a: tensor<6xf32>, %b: tensor<f32>) {
  // expected-error@+1 {{relay.dyn.topk: operand 'k' has element type f32, expected one of}}
  %0 = relay.dyn.topk %a, %b : (tensor<6xf32>, tensor<f32>) -> tensor<6xf32>
  relay.return
}

// -----

relay.func @depth(%a: tensor<6xi32>, %b: tensor<f32>, %c: tensor<f32>, %d: tensor<1xi32>) {
  // expected-error@+1 {{relay.dyn.one_hot: operand 'depth' has rank 1, expected 0}}
  %0 = relay.dyn.one_hot %a, %b, %c, %d : (tensor<6xi32>, tensor<f32>, tensor<f32>, tensor<1xi32>)
  relay.return
}

// -----

relay.func @size(%a: tensor<1x3x5x5xf32>, %b: tensor<4xi64>) {
  // expected-error@+1 {{relay.dyn.image.resize2d: operand 'size' has length 4, expected 2: height and width}}
  %0 = relay.dyn.image.resize2d %a, %b : (tensor<1x3x5x5xf32>, tensor<4xi64>)
  relay.return
}

// -----

relay.func @scale(%a: tensor<1x3x5x5xf32>, %b: tensor<i32>, %c: tensor<f32>) {
  // expected-error@+1 {{relay.dyn.nn.upsampling: operand 'scale_h' has element type i32, expected one of}}
  %0 = relay.dyn.nn.upsampling %a, %b, %c : (tensor<1x3x5x5xf32>, tensor<i32>, tensor<f32>)
  relay.return
}
