// RUN: inlay-opt %s --split-input-file --verify-diagnostics

relay.func @result_type(%a: tensor<1x4x8x8xf32>) -> tensor<1x4x4x4xf32> {
  // expected-error@+1 {{relay.nn.max_pool2d: result 0 has type tensor<1x4x4x4xf32>, inferred tensor<1x4x7x7xf32>}}
  %0 = relay.nn.max_pool2d %a {pool_size = array<i64: 2, 2>} : (tensor<1x4x8x8xf32>) -> tensor<1x4x4x4xf32>
  relay.return %0 : tensor<1x4x4x4xf32>
}

// -----

relay.func @boolean(%a: tensor<1x4x8x8xi1>) -> tensor<1x4x8x8xi1> {
  // expected-error@+1 {{relay.nn.max_pool2d: operand 'data' has element type i1}}
  %0 = relay.nn.max_pool2d %a {pool_size = array<i64: 2, 2>} : (tensor<1x4x8x8xi1>)
  relay.return %0 : tensor<1x4x8x8xi1>
}

// -----

relay.func @rank(%a: tensor<4x8x8xf32>) -> tensor<4x8x8xf32> {
  // expected-error@+1 {{relay.nn.max_pool2d: operand 'data': layout NCHW: found}}
  %0 = relay.nn.max_pool2d %a {pool_size = array<i64: 2, 2>} : (tensor<4x8x8xf32>)
  relay.return %0 : tensor<4x8x8xf32>
}

// -----

relay.func @split_rows(%a: tensor<1x4x4x8x2xf32>) -> tensor<1x4x4x8x2xf32> {
  // expected-error@+1 {{relay.nn.max_pool2d: layout is NCHW2h, expected the axes N, C, H and W with H and W unsplit}}
  %0 = relay.nn.max_pool2d %a {pool_size = array<i64: 2, 2>, layout = #relay.layout<NCHW2h>} : (tensor<1x4x4x8x2xf32>)
  relay.return %0 : tensor<1x4x4x8x2xf32>
}

// -----

relay.func @other_axes(%a: tensor<1x4xf32>) -> tensor<1x4xf32> {
  // expected-error@+1 {{relay.nn.global_avg_pool2d: layout is NC, expected the axes N, C, H and W}}
  %0 = relay.nn.global_avg_pool2d %a {layout = #relay.layout<NC>} : (tensor<1x4xf32>)
  relay.return %0 : tensor<1x4xf32>
}

// -----

relay.func @wrong_block(%a: tensor<1x4x8x8x4xf32>) -> tensor<1x4x8x8x4xf32> {
  // expected-error@+1 {{relay.nn.global_max_pool2d: operand 'data': layout NCHW2c: found}}
  %0 = relay.nn.global_max_pool2d %a {layout = #relay.layout<NCHW2c>} : (tensor<1x4x8x8x4xf32>)
  relay.return %0 : tensor<1x4x8x8x4xf32>
}

// -----

relay.func @no_rows(%a: tensor<1x4x0x8xf32>) -> tensor<1x4x0x8xf32> {
  // expected-error@+1 {{relay.nn.global_max_pool2d: operand 'data' has height 0 and width 8, expected at least 1}}
  %0 = relay.nn.global_max_pool2d %a : (tensor<1x4x0x8xf32>)
  relay.return %0 : tensor<1x4x0x8xf32>
}

// -----

relay.func @pool_size_length(%a: tensor<1x4x8x8xf32>) -> tensor<1x4x8x8xf32> {
  // expected-error@+1 {{relay.nn.max_pool2d: pool_size is [2], expected 2 values >= 1}}
  %0 = relay.nn.max_pool2d %a {pool_size = array<i64: 2>} : (tensor<1x4x8x8xf32>)
  relay.return %0 : tensor<1x4x8x8xf32>
}

// -----

relay.func @pool_size_value(%a: tensor<1x4x8x8xf32>) -> tensor<1x4x8x8xf32> {
  // expected-error@+1 {{relay.nn.max_pool2d: pool_size is [2, 0], expected 2 values >= 1}}
  %0 = relay.nn.max_pool2d %a {pool_size = array<i64: 2, 0>} : (tensor<1x4x8x8xf32>)
  relay.return %0 : tensor<1x4x8x8xf32>
}

// -----

relay.func @strides(%a: tensor<1x4x8x8xf32>) -> tensor<1x4x8x8xf32> {
  // expected-error@+1 {{relay.nn.avg_pool2d: strides is [2, 0], expected 2 values >= 1}}
  %0 = relay.nn.avg_pool2d %a {pool_size = array<i64: 2, 2>, strides = array<i64: 2, 0>} : (tensor<1x4x8x8xf32>)
  relay.return %0 : tensor<1x4x8x8xf32>
}

// -----

relay.func @padding(%a: tensor<1x4x8x8xf32>) -> tensor<1x4x8x8xf32> {
  // expected-error@+1 {{relay.nn.avg_pool2d: padding is [1], expected 4 values >= 0}}
  %0 = relay.nn.avg_pool2d %a {pool_size = array<i64: 2, 2>, padding = array<i64: 1>} : (tensor<1x4x8x8xf32>)
  relay.return %0 : tensor<1x4x8x8xf32>
}

// -----

relay.func @window_too_large(%a: tensor<1x4x8x8xf32>) -> tensor<1x4x8x8xf32> {
  // expected-error@+1 {{relay.nn.avg_pool2d: window spans 9 elements of the width, expected at most 8 (8 and its padding)}}
  %0 = relay.nn.avg_pool2d %a {pool_size = array<i64: 3, 9>} : (tensor<1x4x8x8xf32>)
  relay.return %0 : tensor<1x4x8x8xf32>
}

// -----

relay.func @window_in_padding(%a: tensor<1x4x8x8xf32>) -> tensor<1x4x8x8xf32> {
  // expected-error@+1 {{relay.nn.max_pool2d: window 0 along the height lies wholly in the padding, expected it to hold an element of the data's 8}}
  %0 = relay.nn.max_pool2d %a {pool_size = array<i64: 2, 2>, padding = array<i64: 2, 0, 0, 0>} : (tensor<1x4x8x8xf32>)
  relay.return %0 : tensor<1x4x8x8xf32>
}

// -----

relay.func @window_past_the_end(%a: tensor<1x4x8x8xf32>) -> tensor<1x4x8x8xf32> {
  // expected-error@+1 {{relay.nn.avg_pool2d: window 3 along the width lies wholly in the padding}}
  %0 = relay.nn.avg_pool2d %a {pool_size = array<i64: 1, 1>, strides = array<i64: 1, 3>, padding = array<i64: 0, 0, 0, 1>, ceil_mode = true} : (tensor<1x4x8x8xf32>)
  relay.return %0 : tensor<1x4x8x8xf32>
}

// -----

relay.func @taps_around_the_data(%a: tensor<1x4x1x8xf32>) -> tensor<1x4x1x8xf32> {
  // expected-error@+1 {{relay.nn.max_pool2d: window 0 along the height lies wholly in the padding}}
  %0 = relay.nn.max_pool2d %a {pool_size = array<i64: 2, 2>, dilation = array<i64: 2, 1>, padding = array<i64: 1, 0, 1, 0>} : (tensor<1x4x1x8xf32>)
  relay.return %0 : tensor<1x4x1x8xf32>
}

// -----

relay.func @output_size_length(%a: tensor<1x4x8x8xf32>) -> tensor<1x4x8x8xf32> {
  // expected-error@+1 {{relay.nn.adaptive_avg_pool2d: output_size is [2], expected 2 values >= 1}}
  %0 = relay.nn.adaptive_avg_pool2d %a {output_size = array<i64: 2>} : (tensor<1x4x8x8xf32>)
  relay.return %0 : tensor<1x4x8x8xf32>
}

// -----

relay.func @output_size_value(%a: tensor<1x4x8x8xf32>) -> tensor<1x4x8x8xf32> {
  // expected-error@+1 {{relay.nn.adaptive_max_pool2d: output_size is [2, 0], expected 2 values >= 1}}
  %0 = relay.nn.adaptive_max_pool2d %a {output_size = array<i64: 2, 0>} : (tensor<1x4x8x8xf32>)
  relay.return %0 : tensor<1x4x8x8xf32>
}
