// RUN: inlay-opt %s --split-input-file --verify-diagnostics

// expected-error@+1 {{relay.func: @f has a parameter of type i32, expected a ranked tensor of a relay element type, or a tuple of such}}
relay.func @f(%x: i32) {
  relay.return
}

// -----

// expected-error@+1 {{relay.func: @f has a parameter of type tuple<tensor<*xf32>>, expected a ranked tensor}}
relay.func @f(%x: tuple<tensor<*xf32>>) {
  relay.return
}

// -----

// expected-error@+1 {{relay.func: @f has parameters (tensor<4xf32>), expected (tensor<5xf32>) as in its type}}
"relay.func"() <{sym_name = "f", function_type = (tensor<5xf32>) -> ()}> ({
^bb0(%x: tensor<4xf32>):
  "relay.return"() : () -> ()
}) : () -> ()

// -----

// expected-error@+1 {{relay.func: Region 'body' at position 0 expected a single block, but got 0 blocks}}
relay.func private @declared(tensor<4xf32>) -> tensor<4xf32>

// -----

// expected-error@+1 {{relay.func: Region 'body' at position 0 expected a single block, but got 0 blocks}}
relay.func @empty() {}

// -----

relay.func @open(%x: tensor<4xf32>) {
  // expected-error@+1 {{relay.nn.relu terminates block in single-block region but is not a terminator}}
  %0 = relay.nn.relu %x : (tensor<4xf32>)
}

// -----

// expected-error@+1 {{relay.func: @ends must end in relay.return}}
relay.func @ends(%x: tensor<4xf32>) {
  "test.termop"() : () -> ()
}

// -----

relay.func @capture(%x: tensor<4xf32>) {
  // expected-error@+1 {{relay.func: Operation using value defined out of its IsolatedFromAbove parent}}
  relay.func @inner() {
    %0 = relay.nn.relu %x : (tensor<4xf32>)
    relay.return
  }
  relay.return
}

// -----

// expected-error@+1 {{Redefinition of symbol "twice"}}
"builtin.module"() ({
  relay.func @twice() {
    relay.return
  }
  relay.func @twice() {
    relay.return
  }
}) : () -> ()

// -----

relay.func @result_type(%x: tensor<4xf32>) -> tensor<5xf32> {
  // expected-error@+1 {{relay.return: found (tensor<4xf32>), expected (tensor<5xf32>) as @result_type returns}}
  relay.return %x : tensor<4xf32>
}

// -----

relay.func @two_returns() {
  // expected-error@+1 {{'relay.return' must be the last operation in its parent block}}
  relay.return
  relay.return
}

// -----

// expected-error@+1 {{'relay.return' expects parent op 'relay.func'}}
relay.return

// -----

relay.func @return_type(%x: tensor<4xf32>) {
  // expected-error@+1 {{operand is used with type tensor<5xf32>, but has been previously used or defined with type tensor<4xf32>}}
  relay.return %x : tensor<5xf32>
}

// -----

relay.func @unknown() {
  // expected-error@+1 {{relay.call: no relay.func or tl.kernel named @g}}
  relay.call @g() : () -> ()
  relay.return
}

// -----

relay.func @signature(%x: tensor<4xf32>) {
  relay.group -> () {
    // expected-error@+1 {{relay.call: @g is called as (tensor<4xf32>) -> (), expected (tensor<5xf32>) -> ()}}
    relay.call @g(%x) : (tensor<4xf32>) -> ()
    relay.yield
  }
  relay.return
}

relay.func @g(%x: tensor<5xf32>) {
  relay.return
}

// -----

relay.func @operand_count(%x: tensor<4xf32>) {
  // expected-error@+1 {{expected 1 operand types but had 2}}
  relay.call @operand_count(%x, %x) : (tensor<4xf32>) -> ()
  relay.return
}

// -----

relay.func @yields_too_little(%x: tensor<4xf32>) {
  %0 = relay.group -> tensor<4xf32> {
    // expected-error@+1 {{relay.yield: found (), expected (tensor<4xf32>) as relay.group gives}}
    relay.yield
  }
  relay.return
}

// -----

relay.func @yields_another(%c: tensor<i1>, %x: tensor<4xf32>, %y: tensor<4xf16>) {
  %0 = relay.if %c -> tensor<4xf32> {
    relay.yield %x : tensor<4xf32>
  } else {
    // expected-error@+1 {{relay.yield: found (tensor<4xf16>), expected (tensor<4xf32>) as relay.if gives}}
    relay.yield %y : tensor<4xf16>
  }
  relay.return
}

// -----

relay.func @yield_of_function() {
  // expected-error@+1 {{relay.yield: expected to stand in relay.group or relay.if}}
  relay.yield
}

// -----

relay.func @group_ends() {
  // expected-error@+1 {{relay.group: a region must end in relay.yield}}
  relay.group -> () {
    "test.termop"() : () -> ()
  }
  relay.return
}

// -----

relay.func @group_arguments() {
  // expected-error@+1 {{relay.group: a region takes no arguments}}
  relay.group -> () {
  ^bb0(%x: tensor<4xf32>):
    relay.yield
  }
  relay.return
}

// -----

relay.func @condition(%c: tensor<1xi1>) {
  // expected-error@+1 {{operand is used with type tensor<i1>, but has been previously used or defined with type tensor<1xi1>}}
  relay.if %c -> () {
    relay.yield
  } else {
    relay.yield
  }
  relay.return
}

// -----

relay.func @condition_type(%c: tensor<1xi1>) {
  // expected-error@+1 {{relay.if: operand 'condition' has type tensor<1xi1>, expected tensor<i1>}}
  "relay.if"(%c) ({
    "relay.yield"() : () -> ()
  }, {
    "relay.yield"() : () -> ()
  }) : (tensor<1xi1>) -> ()
  relay.return
}

// -----

relay.func @no_else(%c: tensor<i1>) {
  relay.if %c -> () {
    relay.yield
  }
  // expected-error@+1 {{Expected 'else'}}
  relay.return
}

// -----

relay.func @group_regions(%c: tensor<i1>, %x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error@+1 {{relay.group: found relay.if inside, expected no regions}}
  %0 = relay.group -> tensor<4xf32> {
    %1 = relay.if %c -> tensor<4xf32> {
      relay.yield %x : tensor<4xf32>
    } else {
      relay.yield %x : tensor<4xf32>
    }
    relay.yield %1 : tensor<4xf32>
  }
  relay.return %0 : tensor<4xf32>
}
