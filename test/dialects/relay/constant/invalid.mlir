// RUN: inlay-opt %s --split-input-file --verify-diagnostics

// expected-error@+1 {{expected dense<...> or dense_resource<...>}}
%0 = relay.constant 1 : i32

// -----

// expected-error@+1 {{relay.constant: the value has type tensor<4xi4>, expected a static ranked tensor of a relay element type}}
%0 = relay.constant dense<1> : tensor<4xi4>

// -----

// expected-error@+1 {{relay.constant: the value has type tensor<?xf32>, expected a static ranked tensor}}
%0 = relay.constant dense_resource<weight> : tensor<?xf32>

// -----

// expected-error@+1 {{relay.constant: result 'output' at position 0 does not verify: vector<4xf32> should be of base attribute tensor}}
%0 = relay.constant dense<1.0> : vector<4xf32>

// -----

// expected-error@+1 {{relay.constant: result 0 has type tensor<5xf32>, inferred tensor<4xf32>}}
%0 = "relay.constant"() <{value = dense<1.0> : tensor<4xf32>}> : () -> tensor<5xf32>

// -----

// expected-error@+1 {{relay.constant: result 0 has type tensor<?xf32>, inferred tensor<4xf32>}}
%0 = "relay.constant"() <{value = dense_resource<weight> : tensor<4xf32>}> : () -> tensor<?xf32>

// -----

// expected-error@+1 {{relay.resource is written dense_resource<key> : type}}
%0 = "relay.constant"() <{value = #relay.resource<weight>}> : () -> tensor<4xf32>
