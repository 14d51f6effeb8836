// RUN: inlay-opt %s -p relay-to-tl | filecheck %s

// Neither greater nor less than 0 are zeros and NaN, to which 0 is added.
// CHECK-LABEL: tl.kernel @sign
// CHECK:         %[[GREATER:.*]] = arith.cmpf ogt, %[[X:.*]], %{{.*}} : f32
// CHECK:         %[[LESS:.*]] = arith.cmpf olt, %[[X]], %{{.*}} : f32
// CHECK:         %[[SUM:.*]] = arith.addf %[[X]]
// CHECK-NEXT:    %[[OTHER:.*]] = arith.select %[[LESS]], %{{.*}}, %[[SUM]] : f32
// CHECK-NEXT:    arith.select %[[GREATER]], %{{.*}}, %[[OTHER]] : f32
relay.func private @sign(%x: tensor<5xf32>) -> tensor<5xf32> attributes {primitive} {
  %0 = relay.sign %x : (tensor<5xf32>) -> tensor<5xf32>
  relay.return %0 : tensor<5xf32>
}
