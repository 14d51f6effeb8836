// RUN: inlay-opt %s -p simplify-inference --split-input-file | filecheck %s

// CHECK-LABEL: @batch_norm
// CHECK-NOT: batch_norm
// CHECK: %[[EPSILON:.*]] = relay.constant dense<1.000000e-03>
// CHECK: %[[SUM:.*]] = relay.add %var, %[[EPSILON]]
// CHECK: %[[DEVIATION:.*]] = relay.sqrt %[[SUM]]
// CHECK: %[[INVERSE:.*]] = relay.divide %{{.*}}, %[[DEVIATION]]
// CHECK: %[[SCALE:.*]] = relay.multiply %[[INVERSE]], %gamma
// CHECK: %[[SHIFT:.*]] = relay.add %{{.*}}, %beta
// CHECK: %[[SCALED:.*]] = relay.multiply %x, %{{.*}}
// CHECK: %bn = relay.add %[[SCALED]], %{{.*}}
// CHECK: relay.return %bn
relay.func @batch_norm(%x: tensor<1x2x4x4xf32>, %gamma: tensor<2xf32>, %beta: tensor<2xf32>, %mean: tensor<2xf32>, %var: tensor<2xf32>) -> tensor<1x2x4x4xf32> {
  %bn = relay.nn.batch_norm %x, %gamma, %beta, %mean, %var {epsilon = 1.0e-3 : f64} : (tensor<1x2x4x4xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<1x2x4x4xf32>
  relay.return %bn : tensor<1x2x4x4xf32>
}

// -----

// CHECK-LABEL: @channels_last
// CHECK-NOT: expand_dims
// CHECK: relay.return
relay.func @channels_last(%x: tensor<3x2xf32>, %v: tensor<2xf32>) -> tensor<3x2xf32> {
  %bn = relay.nn.batch_norm %x, %v, %v, %v, %v {axis = -1 : i64} : (tensor<3x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<3x2xf32>
  relay.return %bn : tensor<3x2xf32>
}

// -----

// CHECK-LABEL: @dropout_in_branch
// CHECK: relay.if
// CHECK-NEXT: relay.yield %x
relay.func @dropout_in_branch(%x: tensor<2xf32>, %c: tensor<i1>) -> tensor<2xf32> {
  %r = relay.if %c -> tensor<2xf32> {
    %d = relay.nn.dropout %x : (tensor<2xf32>) -> tensor<2xf32>
    relay.yield %d : tensor<2xf32>
  } else {
    relay.yield %x : tensor<2xf32>
  }
  relay.return %r : tensor<2xf32>
}

// -----

// The program knows more of the result than inference does; only a new op can say so.

// CHECK-LABEL: @known_extents
// CHECK: %d = relay.nn.dropout
// CHECK: relay.add %{{.*}} : (tensor<?x2xf32>, tensor<2xf32>) -> tensor<3x2xf32>
relay.func @known_extents(%x: tensor<?x2xf32>, %v: tensor<2xf32>) -> (tensor<3x2xf32>, tensor<3x2xf32>) {
  %d = relay.nn.dropout %x : (tensor<?x2xf32>) -> tensor<3x2xf32>
  %bn = relay.nn.batch_norm %x, %v, %v, %v, %v : (tensor<?x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<3x2xf32>
  relay.return %d, %bn : tensor<3x2xf32>, tensor<3x2xf32>
}
