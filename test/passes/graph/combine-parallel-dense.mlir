// RUN: inlay-opt %s -p combine-parallel-dense{min-num-branches=2} --split-input-file | filecheck %s

// CHECK-LABEL: @attention
// CHECK-NEXT: %[[W:.*]] = relay.concatenate %q, %k {axis = 0 : i64}
// CHECK-NEXT: %[[QK:.*]] = relay.nn.dense %x, %[[W]]
// CHECK-NEXT: %[[B:.*]] = relay.concatenate %b, %b {axis = 0 : i64}
// CHECK-NEXT: %[[BIASED:.*]] = relay.add %[[QK]], %[[B]] : (tensor<1x5x8xf32>, tensor<8xf32>)
// CHECK-NEXT: %queries = relay.strided_slice %[[BIASED]] {begin = array<i64: 0>, end = array<i64: 4>, axes = array<i64: 2>}
// CHECK-NEXT: %keys = relay.strided_slice %[[BIASED]] {begin = array<i64: 4>, end = array<i64: 8>, axes = array<i64: 2>}
// CHECK-NEXT: relay.return %queries, %keys
relay.func @attention(%x: tensor<1x5x6xf32>, %q: tensor<4x6xf32>, %k: tensor<4x6xf32>, %b: tensor<4xf32>) -> (tensor<1x5x4xf32>, tensor<1x5x4xf32>) {
  %0 = relay.nn.dense %x, %q : (tensor<1x5x6xf32>, tensor<4x6xf32>)
  %1 = relay.nn.dense %x, %k : (tensor<1x5x6xf32>, tensor<4x6xf32>)
  %queries = relay.add %0, %b : (tensor<1x5x4xf32>, tensor<4xf32>)
  %keys = relay.add %1, %b : (tensor<1x5x4xf32>, tensor<4xf32>)
  relay.return %queries, %keys : tensor<1x5x4xf32>, tensor<1x5x4xf32>
}

// -----

// The branches meet, a softmax is not elementwise, and a result is used twice.

// CHECK-LABEL: @no_followers
// CHECK: relay.nn.dense
// CHECK-NEXT: relay.strided_slice
// CHECK-NEXT: relay.strided_slice
// CHECK-NEXT: relay.nn.softmax
// CHECK-NEXT: relay.nn.softmax
// CHECK-NEXT: relay.add
relay.func @no_followers(%x: tensor<5x6xf32>, %q: tensor<4x6xf32>, %k: tensor<4x6xf32>) -> tensor<5x4xf32> {
  %0 = relay.nn.dense %x, %q : (tensor<5x6xf32>, tensor<4x6xf32>)
  %1 = relay.nn.dense %x, %k : (tensor<5x6xf32>, tensor<4x6xf32>)
  %2 = relay.nn.softmax %0 : (tensor<5x4xf32>)
  %3 = relay.nn.softmax %1 : (tensor<5x4xf32>)
  %4 = relay.add %2, %3 : (tensor<5x4xf32>, tensor<5x4xf32>)
  relay.return %4 : tensor<5x4xf32>
}

// -----

// A weight that a sibling of others computes moves up, and so is no longer one of them.

// CHECK-LABEL: @moved
// CHECK-NEXT: %d = relay.nn.dense %y, %v
// CHECK-NEXT: relay.concatenate %w, %d
// CHECK-NEXT: relay.nn.dense %x
// CHECK: relay.nn.dense %y, %u
relay.func @moved(%x: tensor<5x6xf32>, %y: tensor<4x3xf32>, %w: tensor<4x6xf32>, %u: tensor<6x3xf32>, %v: tensor<6x3xf32>) -> (tensor<5x4xf32>, tensor<4x6xf32>, tensor<5x4xf32>) {
  %a = relay.nn.dense %x, %w : (tensor<5x6xf32>, tensor<4x6xf32>)
  %b = relay.nn.dense %y, %u : (tensor<4x3xf32>, tensor<6x3xf32>)
  %d = relay.nn.dense %y, %v : (tensor<4x3xf32>, tensor<6x3xf32>)
  %c = relay.nn.dense %x, %d : (tensor<5x6xf32>, tensor<4x6xf32>)
  relay.return %a, %b, %c : tensor<5x4xf32>, tensor<4x6xf32>, tensor<5x4xf32>
}
