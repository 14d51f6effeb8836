// RUN: inlay-opt %s | inlay-opt | filecheck %s
// RUN: inlay-opt %s --mlir-print-op-generic | inlay-opt | filecheck %s
// RUN: inlay-opt %s --mlir-print-debuginfo | inlay-opt | filecheck %s

// CHECK-LABEL: relay.func @identity(%x: tensor<2x?xf32>) -> tensor<2x?xf32> {
// CHECK-NEXT: relay.return %x : tensor<2x?xf32>
relay.func @identity(%x: tensor<2x?xf32>) -> tensor<2x?xf32> {
  relay.return %x : tensor<2x?xf32>
}

// CHECK-LABEL: relay.func @nothing() {
// CHECK-NEXT: relay.return
relay.func @nothing() {
  relay.return
}

// CHECK-LABEL: relay.func private @kernel(%x: tensor<4xf32> {relay.name = "x"}) -> (tensor<4xf32>, tensor<4xf32>) attributes {primitive} {
// CHECK: relay.return {note = 1 : i64} %x, %0 : tensor<4xf32>, tensor<4xf32>
relay.func private @kernel(%x: tensor<4xf32> {relay.name = "x"}) -> (tensor<4xf32>, tensor<4xf32>) attributes {primitive} {
  %0 = relay.nn.relu %x : (tensor<4xf32>)
  relay.return {note = 1 : i64} %x, %0 : tensor<4xf32>, tensor<4xf32>
}

// CHECK-LABEL: relay.func @calls
// CHECK: %0, %1 = relay.call @kernel(%x) : (tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>)
// CHECK: relay.call @nothing() {hot} : () -> ()
// CHECK: %2 = relay.call @later(%1) : (tensor<4xf32>) -> tensor<4xf32>
relay.func @calls(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0, %1 = relay.call @kernel(%x) : (tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>)
  relay.call @nothing() {hot} : () -> ()
  %2 = relay.call @later(%1) : (tensor<4xf32>) -> tensor<4xf32>
  relay.return %2 : tensor<4xf32>
}

relay.func @later(%x: tensor<4xf32>) -> tensor<4xf32> {
  relay.return %x : tensor<4xf32>
}

// CHECK-LABEL: relay.func @groups
// CHECK: %0, %1 = relay.group -> (tensor<4xf32>, tensor<4xi1>) attributes {root = 1 : i64} {
// CHECK: relay.yield %2, %3 : tensor<4xf32>, tensor<4xi1>
// CHECK: %4 = relay.group -> tensor<4xf32> {
// CHECK: relay.group -> () {
// CHECK-NEXT: relay.yield
relay.func @groups(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0, %1 = relay.group -> (tensor<4xf32>, tensor<4xi1>) attributes {root = 1 : i64} {
    %2 = relay.nn.relu %x : (tensor<4xf32>)
    %3 = relay.isnan %2 : (tensor<4xf32>)
    relay.yield %2, %3 : tensor<4xf32>, tensor<4xi1>
  }
  %4 = relay.group -> tensor<4xf32> {
    %5 = relay.add %0, %x : (tensor<4xf32>, tensor<4xf32>)
    relay.yield %5 : tensor<4xf32>
  }
  relay.group -> () {
    relay.yield
  }
  relay.return %4 : tensor<4xf32>
}

// CHECK-LABEL: relay.func @choices
// CHECK: %0 = relay.if %c -> tensor<4xf32> attributes {likely} {
// CHECK: } else {
// CHECK: = relay.if %c -> (tensor<4xf32>, tensor<2xf32>) {
relay.func @choices(%c: tensor<i1>, %x: tensor<4xf32>, %y: tensor<2xf32>) -> (tensor<4xf32>, tensor<2xf32>) {
  %0 = relay.if %c -> tensor<4xf32> attributes {likely} {
    %1 = relay.nn.relu %x : (tensor<4xf32>)
    relay.yield %1 : tensor<4xf32>
  } else {
    relay.yield %x : tensor<4xf32>
  }
  %2, %3 = relay.if %c -> (tensor<4xf32>, tensor<2xf32>) {
    relay.yield %0, %y : tensor<4xf32>, tensor<2xf32>
  } else {
    relay.yield %x, %y : tensor<4xf32>, tensor<2xf32>
  }
  relay.return %2, %3 : tensor<4xf32>, tensor<2xf32>
}
