// RUN: inlay-opt %s --split-input-file --verify-diagnostics

relay.func @result_type(%a: tensor<2x5xf32>, %b: tensor<4x5xf32>) -> tensor<4x2xf32> {
  // expected-error@+1 {{relay.nn.dense: result 0 has type tensor<4x2xf32>, inferred tensor<2x4xf32>}}
  %0 = relay.nn.dense %a, %b : (tensor<2x5xf32>, tensor<4x5xf32>) -> tensor<4x2xf32>
  relay.return %0 : tensor<4x2xf32>
}

// -----

relay.func @inner(%a: tensor<2x5xf32>, %b: tensor<4x6xf32>) -> tensor<2x5xf32> {
  // expected-error@+1 {{relay.nn.dense: second operand has inner extent 6, expected 5 as in the first}}
  %0 = relay.nn.dense %a, %b : (tensor<2x5xf32>, tensor<4x6xf32>)
  relay.return %0 : tensor<2x5xf32>
}

// -----

relay.func @rank_of_data(%a: tensor<f32>, %b: tensor<4x6xf32>) -> tensor<f32> {
  // expected-error@+1 {{relay.nn.dense: operand 'data' has rank 0, expected at least 1}}
  %0 = relay.nn.dense %a, %b : (tensor<f32>, tensor<4x6xf32>)
  relay.return %0 : tensor<f32>
}

// -----

relay.func @rank_of_weight(%a: tensor<2x5xf32>, %b: tensor<1x4x5xf32>) -> tensor<2x5xf32> {
  // expected-error@+1 {{relay.nn.dense: operand 'weight' has rank 3, expected 2}}
  %0 = relay.nn.dense %a, %b : (tensor<2x5xf32>, tensor<1x4x5xf32>)
  relay.return %0 : tensor<2x5xf32>
}

// -----

relay.func @mixed_types(%a: tensor<2x5xf32>, %b: tensor<4x5xi8>) -> tensor<2x5xf32> {
  // expected-error@+1 {{relay.nn.dense: operands have element types f32 and i8, expected the same, or two integer types}}
  %0 = relay.nn.dense %a, %b : (tensor<2x5xf32>, tensor<4x5xi8>)
  relay.return %0 : tensor<2x5xf32>
}

// -----

relay.func @boolean(%a: tensor<2x5xi1>, %b: tensor<4x5xi1>) -> tensor<2x5xi1> {
  // expected-error@+1 {{relay.nn.dense: operand 'data' has element type i1}}
  %0 = relay.nn.dense %a, %b : (tensor<2x5xi1>, tensor<4x5xi1>)
  relay.return %0 : tensor<2x5xi1>
}

// -----

relay.func @integer_to_float(%a: tensor<2x5xi8>, %b: tensor<4x5xi8>) -> tensor<2x5xi8> {
  // expected-error@+1 {{relay.nn.dense: out_dtype is f32, expected one of i16, i32, i64, i8}}
  %0 = relay.nn.dense %a, %b {out_dtype = f32} : (tensor<2x5xi8>, tensor<4x5xi8>)
  relay.return %0 : tensor<2x5xi8>
}

// -----

relay.func @unknown_out_dtype(%a: tensor<2x5xi8>, %b: tensor<4x5xi8>) -> tensor<2x5xi8> {
  // expected-error@+1 {{relay.nn.dense: out_dtype is i4, expected one of}}
  %0 = relay.nn.dense %a, %b {out_dtype = i4} : (tensor<2x5xi8>, tensor<4x5xi8>)
  relay.return %0 : tensor<2x5xi8>
}

// -----

relay.func @pack_layout(%a: tensor<2x5xf32>, %b: tensor<1x8x5xf32>) -> tensor<2x5xf32> {
  // expected-error@+1 {{relay.nn.contrib_dense_pack: weight_layout is NC8c, expected one such as NC8n}}
  %0 = relay.nn.contrib_dense_pack %a, %b {weight_layout = #relay.layout<NC8c>} : (tensor<2x5xf32>, tensor<1x8x5xf32>)
  relay.return %0 : tensor<2x5xf32>
}

// -----

relay.func @pack_unblocked(%a: tensor<2x5xf32>, %b: tensor<4x5xf32>) -> tensor<2x5xf32> {
  // expected-error@+1 {{relay.nn.contrib_dense_pack: weight_layout is NC, expected one such as NC8n}}
  %0 = relay.nn.contrib_dense_pack %a, %b {weight_layout = #relay.layout<NC>} : (tensor<2x5xf32>, tensor<4x5xf32>)
  relay.return %0 : tensor<2x5xf32>
}

// -----

relay.func @pack_block(%a: tensor<2x5xf32>, %b: tensor<1x5x4xf32>) -> tensor<2x5xf32> {
  // expected-error@+1 {{relay.nn.contrib_dense_pack: operand 'weight': layout NC8n: found}}
  %0 = relay.nn.contrib_dense_pack %a, %b {weight_layout = #relay.layout<NC8n>} : (tensor<2x5xf32>, tensor<1x5x4xf32>)
  relay.return %0 : tensor<2x5xf32>
}

// -----

relay.func @pack_inner(%a: tensor<2x5xf32>, %b: tensor<1x6x8xf32>) -> tensor<2x5xf32> {
  // expected-error@+1 {{relay.nn.contrib_dense_pack: second operand has inner extent 6, expected 5 as in the first}}
  %0 = relay.nn.contrib_dense_pack %a, %b {weight_layout = #relay.layout<NC8n>} : (tensor<2x5xf32>, tensor<1x6x8xf32>)
  relay.return %0 : tensor<2x5xf32>
}

// -----

relay.func @matmul_rank(%a: tensor<2x3x5xf32>, %b: tensor<5x4xf32>) -> tensor<2x3x5xf32> {
  // expected-error@+1 {{relay.nn.matmul: operand 'tensor_a' has rank 3, expected 2}}
  %0 = relay.nn.matmul %a, %b : (tensor<2x3x5xf32>, tensor<5x4xf32>)
  relay.return %0 : tensor<2x3x5xf32>
}

// -----

relay.func @matmul_inner(%a: tensor<3x5xf32>, %b: tensor<4x5xf32>) -> tensor<3x5xf32> {
  // expected-error@+1 {{relay.nn.matmul: second operand has inner extent 4, expected 5 as in the first}}
  %0 = relay.nn.matmul %a, %b : (tensor<3x5xf32>, tensor<4x5xf32>)
  relay.return %0 : tensor<3x5xf32>
}

// -----

relay.func @batch_matmul_rank(%a: tensor<2x3x5xf32>, %b: tensor<4x5xf32>) -> tensor<2x3x5xf32> {
  // expected-error@+1 {{relay.nn.batch_matmul: operand 'tensor_b' has rank 2, expected 3}}
  %0 = relay.nn.batch_matmul %a, %b : (tensor<2x3x5xf32>, tensor<4x5xf32>)
  relay.return %0 : tensor<2x3x5xf32>
}

// -----

relay.func @batch_matmul_inner(%a: tensor<2x3x5xf32>, %b: tensor<2x4x6xf32>) -> tensor<2x3x5xf32> {
  // expected-error@+1 {{relay.nn.batch_matmul: second operand has inner extent 6, expected 5 as in the first}}
  %0 = relay.nn.batch_matmul %a, %b : (tensor<2x3x5xf32>, tensor<2x4x6xf32>)
  relay.return %0 : tensor<2x3x5xf32>
}

// -----

relay.func @batch_matmul_batch(%a: tensor<2x3x5xf32>, %b: tensor<3x4x5xf32>) -> tensor<2x3x5xf32> {
  // expected-error@+1 {{relay.nn.batch_matmul: operand 'tensor_b' has batch 3, expected 2 or 1}}
  %0 = relay.nn.batch_matmul %a, %b : (tensor<2x3x5xf32>, tensor<3x4x5xf32>)
  relay.return %0 : tensor<2x3x5xf32>
}
