// RUN: inlay-opt %s | inlay-opt | filecheck %s
// RUN: inlay-opt %s --mlir-print-op-generic | inlay-opt | filecheck %s

// CHECK-LABEL: relay.func @tuples
// CHECK: %0 = relay.tuple %x, %y : (tensor<4xf32>, tensor<?xi8>) -> tuple<tensor<4xf32>, tensor<?xi8>>
// CHECK: %1 = relay.tuple %0, %x : (tuple<tensor<4xf32>, tensor<?xi8>>, tensor<4xf32>) -> tuple<tuple<tensor<4xf32>, tensor<?xi8>>, tensor<4xf32>>
// CHECK: %2 = relay.tuple : () -> tuple<>
// CHECK: %3 = relay.tuple_get_item %1 {index = 0 : i64} : (tuple<tuple<tensor<4xf32>, tensor<?xi8>>, tensor<4xf32>>) -> tuple<tensor<4xf32>, tensor<?xi8>>
// CHECK: %4 = relay.tuple_get_item %3 {index = 1 : i64} : (tuple<tensor<4xf32>, tensor<?xi8>>) -> tensor<?xi8>
relay.func @tuples(%x: tensor<4xf32>, %y: tensor<?xi8>) -> tensor<?xi8> {
  %0 = relay.tuple %x, %y : (tensor<4xf32>, tensor<?xi8>)
  %1 = relay.tuple %0, %x : (tuple<tensor<4xf32>, tensor<?xi8>>, tensor<4xf32>)
  %2 = relay.tuple : ()
  %3 = relay.tuple_get_item %1 {index = 0} : (tuple<tuple<tensor<4xf32>, tensor<?xi8>>, tensor<4xf32>>)
  %4 = relay.tuple_get_item %3 {index = 1} : (tuple<tensor<4xf32>, tensor<?xi8>>)
  relay.return %4 : tensor<?xi8>
}
