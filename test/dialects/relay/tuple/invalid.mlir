// RUN: inlay-opt %s --split-input-file --verify-diagnostics

relay.func @no_tuple(%x: tensor<4xf32>) {
  // expected-error@+1 {{relay.tuple_get_item: operand 'data' has type tensor<4xf32>, expected a tuple}}
  %0 = relay.tuple_get_item %x {index = 0} : (tensor<4xf32>)
  relay.return
}

// -----

relay.func @past_the_end(%x: tuple<tensor<4xf32>>) {
  // expected-error@+1 {{relay.tuple_get_item: index 1 is out of range for 1 fields}}
  %0 = relay.tuple_get_item %x {index = 1} : (tuple<tensor<4xf32>>)
  relay.return
}

// -----

relay.func @negative(%x: tuple<tensor<4xf32>>) {
  // expected-error@+1 {{relay.tuple_get_item: index -1 is out of range for 1 fields}}
  %0 = relay.tuple_get_item %x {index = -1} : (tuple<tensor<4xf32>>)
  relay.return
}

// -----

relay.func @no_index(%x: tuple<tensor<4xf32>>) {
  // expected-error@+1 {{relay.tuple_get_item: property 'index' is missing}}
  %0 = relay.tuple_get_item %x : (tuple<tensor<4xf32>>)
  relay.return
}

// -----

relay.func @field_type(%x: tensor<4xf32>) {
  // expected-error@+1 {{relay.tuple: result 0 has type tuple<tensor<5xf32>>, inferred tuple<tensor<4xf32>>}}
  %0 = relay.tuple %x : (tensor<4xf32>) -> tuple<tensor<5xf32>>
  relay.return
}
