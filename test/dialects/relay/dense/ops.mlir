// RUN: inlay-opt %s | inlay-opt | filecheck %s
// RUN: inlay-opt %s --mlir-print-op-generic | inlay-opt | filecheck %s

// CHECK-LABEL: relay.func @dense
// CHECK: relay.nn.dense %{{.*}}, %{{.*}} : (tensor<1x512xf32>, tensor<1000x512xf32>) -> tensor<1x1000xf32>
relay.func @dense(%x: tensor<1x512xf32>, %w: tensor<1000x512xf32>) -> tensor<1x1000xf32> {
  %0 = relay.nn.dense %x, %w : (tensor<1x512xf32>, tensor<1000x512xf32>)
  relay.return %0 : tensor<1x1000xf32>
}

// CHECK-LABEL: relay.func @dense_of_bytes
// CHECK: relay.nn.dense %{{.*}} {out_dtype = i32} {{.*}} -> tensor<2x?x8xi32>
relay.func @dense_of_bytes(%x: tensor<2x?x4xui8>, %w: tensor<8x4xi8>) -> tensor<2x?x8xi32> {
  %0 = relay.nn.dense %x, %w {out_dtype = i32} : (tensor<2x?x4xui8>, tensor<8x4xi8>)
  relay.return %0 : tensor<2x?x8xi32>
}

// CHECK-LABEL: relay.func @dense_pack
// CHECK: relay.nn.contrib_dense_pack %{{.*}} {weight_layout = #relay.layout<NC8n>} {{.*}} -> tensor<1x1000xf32>
relay.func @dense_pack(%x: tensor<1x512xf32>, %w: tensor<125x512x8xf32>) -> tensor<1x1000xf32> {
  %0 = relay.nn.contrib_dense_pack %x, %w {weight_layout = #relay.layout<NC8n>} : (tensor<1x512xf32>, tensor<125x512x8xf32>)
  relay.return %0 : tensor<1x1000xf32>
}

// CHECK-LABEL: relay.func @matmul
// CHECK: relay.nn.matmul %{{.*}} {transpose_a = true} {{.*}} -> tensor<3x4xf32>
relay.func @matmul(%a: tensor<5x3xf32>, %b: tensor<5x4xf32>) -> tensor<3x4xf32> {
  %0 = relay.nn.matmul %a, %b {transpose_a = true, transpose_b = false} : (tensor<5x3xf32>, tensor<5x4xf32>)
  relay.return %0 : tensor<3x4xf32>
}

// CHECK-LABEL: relay.func @batch_matmul
// CHECK: relay.nn.batch_matmul %{{.*}}, %{{.*}} : {{.*}} -> tensor<2x?x4xf32>
relay.func @batch_matmul(%a: tensor<1x?x5xf32>, %b: tensor<2x4x5xf32>) -> tensor<2x?x4xf32> {
  %0 = relay.nn.batch_matmul %a, %b : (tensor<1x?x5xf32>, tensor<2x4x5xf32>)
  relay.return %0 : tensor<2x?x4xf32>
}

// CHECK-LABEL: relay.func @batch_matmul_untransposed
// CHECK: relay.nn.batch_matmul %{{.*}} {transpose_b = false} {{.*}} -> tensor<2x3x4xf32>
relay.func @batch_matmul_untransposed(%a: tensor<2x3x5xf32>, %b: tensor<2x5x4xf32>) -> tensor<2x3x4xf32> {
  %0 = relay.nn.batch_matmul %a, %b {transpose_b = false} : (tensor<2x3x5xf32>, tensor<2x5x4xf32>)
  relay.return %0 : tensor<2x3x4xf32>
}
