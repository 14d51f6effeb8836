// RUN: inlay-opt %s -p eliminate-common-subexpr --split-input-file | filecheck %s

// CHECK-LABEL: @chain
// CHECK-NEXT: %[[E:.*]] = relay.exp %x
// CHECK-NEXT: %[[SUM:.*]] = relay.add %[[E]], %x
// CHECK-NEXT: relay.multiply %[[SUM]], %[[SUM]]
relay.func @chain(%x: tensor<2xf32>) -> tensor<2xf32> {
  %0 = relay.exp %x : (tensor<2xf32>) -> tensor<2xf32>
  %1 = relay.add %0, %x : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
  %2 = relay.exp %x : (tensor<2xf32>) -> tensor<2xf32>
  %3 = relay.add %2, %x : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
  %4 = relay.multiply %1, %3 : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
  relay.return %4 : tensor<2xf32>
}

// -----

// Attributes, operand order and zeros of either sign make a difference.

// CHECK-LABEL: @differences
// CHECK-COUNT-2: relay.nn.leaky_relu
// CHECK-COUNT-2: relay.subtract
// CHECK-COUNT-2: relay.constant
// CHECK-NOT: relay.constant
relay.func @differences(%x: tensor<2xf32>) -> tensor<2xf32> {
  %0 = relay.nn.leaky_relu %x {alpha = 0.1 : f64} : (tensor<2xf32>) -> tensor<2xf32>
  %1 = relay.nn.leaky_relu %x {alpha = 0.2 : f64} : (tensor<2xf32>) -> tensor<2xf32>
  %2 = relay.subtract %0, %1 : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
  %3 = relay.subtract %1, %0 : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
  %a = relay.constant dense<0.0> : tensor<2xf32>
  %b = relay.constant dense<-0.0> : tensor<2xf32>
  %c = relay.constant dense<0.0> : tensor<2xf32>
  %t = relay.tuple %2, %3, %a, %b, %c : (tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>)
  %4 = relay.tuple_get_item %t {index = 0 : i64} : (tuple<tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>>)
  relay.return %4 : tensor<2xf32>
}

// -----

// What stands before an `if` serves its branches; one branch does not serve the other.

// CHECK-LABEL: @branches
// CHECK: %[[E:.*]] = relay.exp %x
// CHECK: relay.if
// CHECK-NEXT: %[[ABS:.*]] = relay.abs %[[E]]
// CHECK-NEXT: relay.yield %[[ABS]]
// CHECK: else
// CHECK-NEXT: %[[ABS_2:.*]] = relay.abs %[[E]]
// CHECK-NEXT: relay.yield %[[ABS_2]]
// CHECK: relay.abs %[[E]]
relay.func @branches(%x: tensor<2xf32>, %c: tensor<i1>) -> (tensor<2xf32>, tensor<2xf32>) {
  %e = relay.exp %x : (tensor<2xf32>) -> tensor<2xf32>
  %r = relay.if %c -> tensor<2xf32> {
    %0 = relay.exp %x : (tensor<2xf32>) -> tensor<2xf32>
    %1 = relay.abs %0 : (tensor<2xf32>) -> tensor<2xf32>
    relay.yield %1 : tensor<2xf32>
  } else {
    %2 = relay.abs %e : (tensor<2xf32>) -> tensor<2xf32>
    relay.yield %2 : tensor<2xf32>
  }
  %3 = relay.abs %e : (tensor<2xf32>) -> tensor<2xf32>
  relay.return %r, %3 : tensor<2xf32>, tensor<2xf32>
}

// -----

// CHECK-LABEL: @main
// CHECK-NEXT: %[[R:.*]] = relay.call @f
// CHECK-NEXT: relay.add %[[R]], %[[R]]
relay.func @main(%x: tensor<2xf32>) -> tensor<2xf32> {
  %0 = relay.call @f(%x) : (tensor<2xf32>) -> tensor<2xf32>
  %1 = relay.call @f(%x) : (tensor<2xf32>) -> tensor<2xf32>
  %2 = relay.add %0, %1 : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
  relay.return %2 : tensor<2xf32>
}
relay.func private @f(%x: tensor<2xf32>) -> tensor<2xf32> {
  relay.return %x : tensor<2xf32>
}
