// RUN: inlay-opt %s -p dead-code-elimination --split-input-file | filecheck %s

// CHECK-LABEL: @chain
// CHECK-NEXT: relay.nn.relu %x
// CHECK-NEXT: relay.return
relay.func @chain(%x: tensor<2xf32>) -> tensor<2xf32> {
  %0 = relay.exp %x : (tensor<2xf32>) -> tensor<2xf32>
  %1 = relay.nn.relu %x : (tensor<2xf32>) -> tensor<2xf32>
  %2 = relay.add %0, %0 : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
  relay.return %1 : tensor<2xf32>
}

// -----

// One result of two is used; what computes the other goes, above the branches too.

// CHECK-LABEL: @branches
// CHECK-NEXT: %kept = relay.if %c -> tensor<2xf32> {
// CHECK-NEXT:   %[[THEN:.*]] = relay.nn.relu %x
// CHECK-NEXT:   relay.yield %[[THEN]] :
// CHECK-NEXT: } else {
// CHECK-NEXT:   relay.yield %x :
// CHECK-NEXT: }
// CHECK-NEXT: relay.return %kept
relay.func @branches(%x: tensor<2xf32>, %c: tensor<i1>) -> tensor<2xf32> {
  %e = relay.exp %x : (tensor<2xf32>) -> tensor<2xf32>
  %dropped, %kept = relay.if %c -> (tensor<2xf32>, tensor<2xf32>) {
    %0 = relay.nn.relu %x : (tensor<2xf32>) -> tensor<2xf32>
    %1 = relay.abs %e : (tensor<2xf32>) -> tensor<2xf32>
    relay.yield %1, %0 : tensor<2xf32>, tensor<2xf32>
  } else {
    relay.yield %e, %x : tensor<2xf32>, tensor<2xf32>
  }
  relay.return %kept : tensor<2xf32>
}

// -----

// CHECK-LABEL: @unused_group
// CHECK-NEXT: relay.return
relay.func @unused_group(%x: tensor<2xf32>) -> tensor<2xf32> {
  %0 = relay.group -> tensor<2xf32> {
    %1 = relay.exp %x : (tensor<2xf32>) -> tensor<2xf32>
    relay.yield %1 : tensor<2xf32>
  }
  relay.return %x : tensor<2xf32>
}

// -----

// Two functions that reach each other only.

// CHECK-NOT: @unused
// CHECK-NOT: @used_by_unused
// CHECK: @used(
// CHECK: @main
// CHECK-NEXT: relay.call @used
relay.func private @unused(%x: tensor<2xf32>) -> tensor<2xf32> {
  %0 = relay.call @used_by_unused(%x) : (tensor<2xf32>) -> tensor<2xf32>
  relay.return %0 : tensor<2xf32>
}
relay.func private @used_by_unused(%x: tensor<2xf32>) -> tensor<2xf32> {
  %0 = relay.call @unused(%x) : (tensor<2xf32>) -> tensor<2xf32>
  relay.return %0 : tensor<2xf32>
}
relay.func private @used(%x: tensor<2xf32>) -> tensor<2xf32> {
  relay.return %x : tensor<2xf32>
}
relay.func @main(%x: tensor<2xf32>) -> tensor<2xf32> {
  %0 = relay.call @used(%x) : (tensor<2xf32>) -> tensor<2xf32>
  relay.return %0 : tensor<2xf32>
}
