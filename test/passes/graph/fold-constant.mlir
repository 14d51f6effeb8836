// RUN: inlay-opt %s -p fold-constant --split-input-file | filecheck %s
// RUN: inlay-opt %s -p fold-constant{max-growth=16} --split-input-file | filecheck %s --check-prefix=SMALL

// A chain becomes one constant, and what it was made of goes.

// CHECK-LABEL: relay.func @chain
// CHECK-NEXT: %[[C:.*]] = relay.constant dense<[2.000000e+00, 4.000000e+00]>
// CHECK-NEXT: relay.add %x, %[[C]]
// CHECK-NEXT: relay.return
relay.func @chain(%x: tensor<2xf32>) -> tensor<2xf32> {
  %a = relay.constant dense<[4.0, 16.0]> : tensor<2xf32>
  %0 = relay.sqrt %a : (tensor<2xf32>) -> tensor<2xf32>
  %1 = relay.copy %0 : (tensor<2xf32>) -> tensor<2xf32>
  %2 = relay.add %x, %1 : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
  relay.return %2 : tensor<2xf32>
}

// -----

// Every result of an op; an unused one goes with what it was made of.

// CHECK-LABEL: relay.func @several
// CHECK: %[[LOW:.*]] = relay.constant dense<[1, 2]>
// CHECK: %[[HIGH:.*]] = relay.constant dense<[3, 4]>
// CHECK-NEXT: relay.return %[[HIGH]], %[[LOW]]
relay.func @several() -> (tensor<2xi32>, tensor<2xi32>) {
  %a = relay.constant dense<[1, 2, 3, 4]> : tensor<4xi32>
  %0, %1 = relay.split %a {indices_or_sections = 2 : i64} : (tensor<4xi32>) -> (tensor<2xi32>, tensor<2xi32>)
  relay.return %1, %0 : tensor<2xi32>, tensor<2xi32>
}

// -----

// In branches too, of constants around them.

// CHECK-LABEL: relay.func @branches
// CHECK: relay.if
// CHECK-NEXT: relay.constant dense<-1.500000e+00>
// CHECK-NEXT: relay.yield
// CHECK: relay.constant dense<2.250000e+00>
// CHECK-NEXT: relay.yield
relay.func @branches(%c: tensor<i1>) -> tensor<f32> {
  %a = relay.constant dense<1.5> : tensor<f32>
  %0 = relay.if %c -> tensor<f32> {
    %1 = relay.negative %a : (tensor<f32>) -> tensor<f32>
    relay.yield %1 : tensor<f32>
  } else {
    %1 = relay.multiply %a, %a : (tensor<f32>, tensor<f32>) -> tensor<f32>
    relay.yield %1 : tensor<f32>
  }
  relay.return %0 : tensor<f32>
}

// -----

// An elided value is not known; a kernel and a group are left as they are.

// CHECK-LABEL: relay.func @left
// CHECK-NEXT: relay.constant dense_resource<weight>
// CHECK-NEXT: relay.negative
// CHECK: relay.group
// CHECK-NEXT: relay.constant
// CHECK-NEXT: relay.negative
// CHECK-LABEL: relay.func private @kernel
// CHECK-NEXT: relay.constant
// CHECK-NEXT: relay.negative
relay.func @left() -> (tensor<2xf32>, tensor<f32>) {
  %w = relay.constant dense_resource<weight> : tensor<2xf32>
  %0 = relay.negative %w : (tensor<2xf32>) -> tensor<2xf32>
  %1 = relay.group -> tensor<f32> {
    %a = relay.constant dense<1.0> : tensor<f32>
    %2 = relay.negative %a : (tensor<f32>) -> tensor<f32>
    relay.yield %2 : tensor<f32>
  }
  relay.return %0, %1 : tensor<2xf32>, tensor<f32>
}
relay.func private @kernel() -> tensor<f32> attributes {primitive} {
  %a = relay.constant dense<1.0> : tensor<f32>
  %0 = relay.negative %a : (tensor<f32>) -> tensor<f32>
  relay.return %0 : tensor<f32>
}

// -----

// A result may be larger than its operands by so much and no more; unknown extents never fold.

// CHECK-LABEL: relay.func @growth
// CHECK-NOT: broadcast_to
// CHECK: relay.return
// SMALL-LABEL: relay.func @growth
// SMALL-NEXT: relay.constant dense<1.000000e+00> : tensor<f32>
// SMALL-NEXT: relay.broadcast_to
relay.func @growth() -> tensor<9xf32> {
  %a = relay.constant dense<1.0> : tensor<f32>
  %0 = relay.broadcast_to %a {shape = array<i64: 9>} : (tensor<f32>) -> tensor<9xf32>
  relay.return %0 : tensor<9xf32>
}
