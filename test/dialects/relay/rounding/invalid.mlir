// RUN: inlay-opt %s --split-input-file --verify-diagnostics

relay.func @integers(%x: tensor<2xi32>) {
  // expected-error@+1 {{relay.round: operand 'data' has element type i32}}
  %0 = relay.round %x : (tensor<2xi32>)
  relay.return
}

// -----

relay.func @truth_values(%x: tensor<2xi1>) {
  // expected-error@+1 {{relay.sign: operand 'data' has element type i1}}
  %0 = relay.sign %x : (tensor<2xi1>)
  relay.return
}
