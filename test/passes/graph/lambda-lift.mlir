// RUN: inlay-opt %s -p lambda-lift --split-input-file | filecheck %s

// Equal groups share a function; arguments come in the order a walk from the result meets them.

// CHECK-LABEL: relay.func @shared
// CHECK-NEXT: %[[A:.*]] = relay.call @fused_add_nn_relu(%x, %y) :
// CHECK-NEXT: %[[B:.*]] = relay.call @fused_add_nn_relu(%[[A]], %x) :
// CHECK-NEXT: relay.return %[[B]]
// CHECK: relay.func private @fused_add_nn_relu(%[[P:.*]]: tensor<8xf32>, %[[Q:.*]]: tensor<8xf32>) -> tensor<8xf32> attributes {primitive, hash = "{{[0-9a-f]+}}"} {
// CHECK-NEXT: %[[SUM:.*]] = relay.add %[[P]], %[[Q]]
// CHECK-NEXT: %[[RELU:.*]] = relay.nn.relu %[[SUM]]
// CHECK-NEXT: relay.return %[[RELU]]
// CHECK-NOT: relay.func
relay.func @shared(%x: tensor<8xf32>, %y: tensor<8xf32>) -> tensor<8xf32> {
  %0 = relay.group -> tensor<8xf32> {
    %2 = relay.add %x, %y : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
    %3 = relay.nn.relu %2 : (tensor<8xf32>) -> tensor<8xf32>
    relay.yield %3 : tensor<8xf32>
  }
  %1 = relay.group -> tensor<8xf32> {
    %2 = relay.add %0, %x : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
    %3 = relay.nn.relu %2 : (tensor<8xf32>) -> tensor<8xf32>
    relay.yield %3 : tensor<8xf32>
  }
  relay.return %1 : tensor<8xf32>
}

// -----

// Other types or properties make another function, with a number; so does a name that is taken.

// CHECK-LABEL: relay.func @numbered
// CHECK-NEXT: relay.call @fused_clip(%x)
// CHECK-NEXT: relay.call @fused_clip_2(%x)
// CHECK-NEXT: relay.call @fused_clip_3(%y)
// CHECK: relay.func @fused_clip_1
// CHECK: relay.func private @fused_clip(
// CHECK: relay.func private @fused_clip_2(
// CHECK: relay.func private @fused_clip_3(
relay.func @numbered(%x: tensor<8xf32>, %y: tensor<4xf32>) -> (tensor<8xf32>, tensor<8xf32>, tensor<4xf32>) {
  %0 = relay.group -> tensor<8xf32> {
    %3 = relay.clip %x {a_min = 0.0 : f64, a_max = 1.0 : f64} : (tensor<8xf32>) -> tensor<8xf32>
    relay.yield %3 : tensor<8xf32>
  }
  %1 = relay.group -> tensor<8xf32> {
    %3 = relay.clip %x {a_min = 0.0 : f64, a_max = 6.0 : f64} : (tensor<8xf32>) -> tensor<8xf32>
    relay.yield %3 : tensor<8xf32>
  }
  %2 = relay.group -> tensor<4xf32> {
    %3 = relay.clip %y {a_min = 0.0 : f64, a_max = 1.0 : f64} : (tensor<4xf32>) -> tensor<4xf32>
    relay.yield %3 : tensor<4xf32>
  }
  relay.return %0, %1, %2 : tensor<8xf32>, tensor<8xf32>, tensor<4xf32>
}
relay.func @fused_clip_1(%x: tensor<8xf32>) -> tensor<8xf32> {
  relay.return %x : tensor<8xf32>
}

// -----

// Groups that differ only in what they yield do not share.

// CHECK-LABEL: relay.func @halves
// CHECK-NEXT: %[[FIRST:.*]] = relay.call @fused_split(%x)
// CHECK-NEXT: %[[SECOND:.*]] = relay.call @fused_split_1(%x)
// CHECK-NEXT: relay.return %[[FIRST]], %[[SECOND]]
// CHECK: relay.func private @fused_split(
// CHECK-NEXT: %[[LOW:.*]], %{{.*}} = relay.split
// CHECK-NEXT: relay.return %[[LOW]]
// CHECK: relay.func private @fused_split_1(
// CHECK-NEXT: %{{.*}}, %[[HIGH:.*]] = relay.split
// CHECK-NEXT: relay.return %[[HIGH]]
relay.func @halves(%x: tensor<4xf32>) -> (tensor<2xf32>, tensor<2xf32>) {
  %0 = relay.group -> tensor<2xf32> {
    %2, %3 = relay.split %x {indices_or_sections = 2 : i64} : (tensor<4xf32>) -> (tensor<2xf32>, tensor<2xf32>)
    relay.yield %2 : tensor<2xf32>
  }
  %1 = relay.group -> tensor<2xf32> {
    %2, %3 = relay.split %x {indices_or_sections = 2 : i64} : (tensor<4xf32>) -> (tensor<2xf32>, tensor<2xf32>)
    relay.yield %3 : tensor<2xf32>
  }
  relay.return %0, %1 : tensor<2xf32>, tensor<2xf32>
}

// -----

// Scalar constants go along; what no result depends on does not, nor what only that takes.

// CHECK-LABEL: relay.func @inside
// CHECK-NEXT: relay.call @fused_multiply(%x) :
// CHECK: relay.func private @fused_multiply(
// CHECK-NEXT: relay.constant dense<2.000000e+00> : tensor<f32>
// CHECK-NEXT: relay.multiply
// CHECK-NEXT: relay.return
relay.func @inside(%x: tensor<8xf32>, %y: tensor<8xf32>) -> tensor<8xf32> {
  %0 = relay.group -> tensor<8xf32> {
    %two = relay.constant dense<2.0> : tensor<f32>
    %1 = relay.exp %y : (tensor<8xf32>) -> tensor<8xf32>
    %2 = relay.multiply %x, %two : (tensor<8xf32>, tensor<f32>) -> tensor<8xf32>
    relay.yield %2 : tensor<8xf32>
  }
  relay.return %0 : tensor<8xf32>
}

// -----

// Groups in the branches of an if; names beyond 80 characters are cut and hashed.

// CHECK-LABEL: relay.func @branches
// CHECK: relay.if %c
// CHECK-NEXT: relay.call @fused_nn_relu(%x)
// CHECK: } else {
// CHECK-NEXT: relay.call @fused_sigmoid_sigmoid_sigmoid_sigmoid_sigmoid_sigmoid_sigmoid_sigmoid_sigmoid_si_{{[0-9a-f]+}}(%x)
relay.func @branches(%c: tensor<i1>, %x: tensor<8xf32>) -> tensor<8xf32> {
  %0 = relay.if %c -> tensor<8xf32> {
    %1 = relay.group -> tensor<8xf32> {
      %2 = relay.nn.relu %x : (tensor<8xf32>) -> tensor<8xf32>
      relay.yield %2 : tensor<8xf32>
    }
    relay.yield %1 : tensor<8xf32>
  } else {
    %1 = relay.group -> tensor<8xf32> {
      %2 = relay.sigmoid %x : (tensor<8xf32>) -> tensor<8xf32>
      %3 = relay.sigmoid %2 : (tensor<8xf32>) -> tensor<8xf32>
      %4 = relay.sigmoid %3 : (tensor<8xf32>) -> tensor<8xf32>
      %5 = relay.sigmoid %4 : (tensor<8xf32>) -> tensor<8xf32>
      %6 = relay.sigmoid %5 : (tensor<8xf32>) -> tensor<8xf32>
      %7 = relay.sigmoid %6 : (tensor<8xf32>) -> tensor<8xf32>
      %8 = relay.sigmoid %7 : (tensor<8xf32>) -> tensor<8xf32>
      %9 = relay.sigmoid %8 : (tensor<8xf32>) -> tensor<8xf32>
      %10 = relay.sigmoid %9 : (tensor<8xf32>) -> tensor<8xf32>
      %11 = relay.sigmoid %10 : (tensor<8xf32>) -> tensor<8xf32>
      relay.yield %11 : tensor<8xf32>
    }
    relay.yield %1 : tensor<8xf32>
  }
  relay.return %0 : tensor<8xf32>
}
