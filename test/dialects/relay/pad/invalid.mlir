// RUN: inlay-opt %s --split-input-file --verify-diagnostics

relay.func @widths(%a: tensor<2x6xf32>) {
  // expected-error@+1 {{relay.nn.pad: found 2 pad widths, expected 2 for each of 2 dimensions}}
  %0 = relay.nn.pad %a {pad_width = array<i64: 1, 1>} : (tensor<2x6xf32>)
  relay.return
}

// -----

relay.func @negative(%a: tensor<6xf32>) {
  // expected-error@+1 {{relay.nn.pad: found padding (1, -1), expected 0 or more}}
  %0 = relay.nn.pad %a {pad_width = array<i64: 1, -1>} : (tensor<6xf32>)
  relay.return
}

// -----

relay.func @mode(%a: tensor<6xf32>) {
  // expected-error@+1 {{relay.nn.pad: pad_mode is 'wrap', expected one of 'constant', 'edge', 'reflect'}}
  %0 = relay.nn.pad %a {pad_width = array<i64: 1, 1>, pad_mode = "wrap"} : (tensor<6xf32>)
  relay.return
}

// -----

relay.func @reflect(%a: tensor<3xf32>) {
  // expected-error@+1 {{relay.nn.pad: found extent 3 under padding (3, 0), expected 4 or more in pad_mode reflect}}
  %0 = relay.nn.pad %a {pad_width = array<i64: 3, 0>, pad_mode = "reflect"} : (tensor<3xf32>)
  relay.return
}

// -----

relay.func @edge(%a: tensor<0xf32>) {
  // expected-error@+1 {{relay.nn.pad: found extent 0 under padding (1, 0), expected 1 or more in pad_mode edge}}
  %0 = relay.nn.pad %a {pad_width = array<i64: 1, 0>, pad_mode = "edge"} : (tensor<0xf32>)
  relay.return
}

// -----

relay.func @value(%a: tensor<3xi32>) {
  // expected-error@+1 {{relay.nn.pad: pad_value is 0.5, expected a value of type i32}}
  %0 = relay.nn.pad %a {pad_width = array<i64: 1, 0>, pad_value = 0.5 : f64} : (tensor<3xi32>)
  relay.return
}

// -----

relay.func @value_range(%a: tensor<3xui8>) {
  // expected-error@+1 {{relay.nn.pad: pad_value is -1.0, expected a value of type ui8}}
  %0 = relay.nn.pad %a {pad_width = array<i64: 1, 0>, pad_value = -1.0 : f64} : (tensor<3xui8>)
  relay.return
}
