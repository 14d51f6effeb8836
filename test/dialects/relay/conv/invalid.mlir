// RUN: inlay-opt %s --split-input-file --verify-diagnostics

relay.func @result_type(%a: tensor<1x4x8x8xf32>, %b: tensor<8x4x3x3xf32>) -> tensor<1x8x8x8xf32> {
  // expected-error@+1 {{relay.nn.conv2d: result 0 has type tensor<1x8x8x8xf32>, inferred tensor<1x8x6x6xf32>}}
  %0 = relay.nn.conv2d %a, %b : (tensor<1x4x8x8xf32>, tensor<8x4x3x3xf32>) -> tensor<1x8x8x8xf32>
  relay.return %0 : tensor<1x8x8x8xf32>
}

// -----

relay.func @result_dtype(%a: tensor<1x4x8x8xf32>, %b: tensor<8x4x3x3xf32>) -> tensor<1x8x6x6xf64> {
  // expected-error@+1 {{relay.nn.conv2d: result 0 has type tensor<1x8x6x6xf64>, inferred tensor<1x8x6x6xf32>}}
  %0 = relay.nn.conv2d %a, %b : (tensor<1x4x8x8xf32>, tensor<8x4x3x3xf32>) -> tensor<1x8x6x6xf64>
  relay.return %0 : tensor<1x8x6x6xf64>
}

// -----

relay.func @boolean(%a: tensor<1x4x8x8xi1>, %b: tensor<8x4x3x3xf32>) -> tensor<1x4x8x8xi1> {
  // expected-error@+1 {{relay.nn.conv2d: operand 'data' has element type i1}}
  %0 = relay.nn.conv2d %a, %b : (tensor<1x4x8x8xi1>, tensor<8x4x3x3xf32>)
  relay.return %0 : tensor<1x4x8x8xi1>
}

// -----

relay.func @mixed_types(%a: tensor<1x4x8x8xf32>, %b: tensor<8x4x3x3xf64>) -> tensor<1x4x8x8xf32> {
  // expected-error@+1 {{relay.nn.conv2d: operands have element types f32 and f64, expected the same, or two integer types}}
  %0 = relay.nn.conv2d %a, %b : (tensor<1x4x8x8xf32>, tensor<8x4x3x3xf64>)
  relay.return %0 : tensor<1x4x8x8xf32>
}

// -----

relay.func @float_to_integer(%a: tensor<1x4x8x8xf32>, %b: tensor<8x4x3x3xf32>) -> tensor<1x4x8x8xf32> {
  // expected-error@+1 {{relay.nn.conv2d: out_dtype is i32, expected one of bf16, f16, f32, f64}}
  %0 = relay.nn.conv2d %a, %b {out_dtype = i32} : (tensor<1x4x8x8xf32>, tensor<8x4x3x3xf32>)
  relay.return %0 : tensor<1x4x8x8xf32>
}

// -----

relay.func @data_rank(%a: tensor<4x8x8xf32>, %b: tensor<8x4x3x3xf32>) -> tensor<4x8x8xf32> {
  // expected-error@+1 {{relay.nn.conv2d: operand 'data': layout NCHW: found}}
  %0 = relay.nn.conv2d %a, %b : (tensor<4x8x8xf32>, tensor<8x4x3x3xf32>)
  relay.return %0 : tensor<4x8x8xf32>
}

// -----

relay.func @weight_rank(%a: tensor<1x4x8x8xf32>, %b: tensor<8x4x3xf32>) -> tensor<1x4x8x8xf32> {
  // expected-error@+1 {{relay.nn.conv2d: operand 'weight': layout OIHW: found}}
  %0 = relay.nn.conv2d %a, %b : (tensor<1x4x8x8xf32>, tensor<8x4x3xf32>)
  relay.return %0 : tensor<1x4x8x8xf32>
}

// -----

relay.func @data_layout(%a: tensor<1x4x8x8xf32>, %b: tensor<8x4x3x3xf32>) -> tensor<1x4x8x8xf32> {
  // expected-error@+1 {{relay.nn.conv2d: operand 'data': cannot convert NCDW to NCHW}}
  %0 = relay.nn.conv2d %a, %b {data_layout = #relay.layout<NCDW>} : (tensor<1x4x8x8xf32>, tensor<8x4x3x3xf32>)
  relay.return %0 : tensor<1x4x8x8xf32>
}

// -----

relay.func @kernel_layout(%a: tensor<1x4x8x8xf32>, %b: tensor<8x4x3x3xf32>) -> tensor<1x4x8x8xf32> {
  // expected-error@+1 {{relay.nn.conv2d: operand 'weight': cannot convert NCHW to OIHW}}
  %0 = relay.nn.conv2d %a, %b {kernel_layout = #relay.layout<NCHW>} : (tensor<1x4x8x8xf32>, tensor<8x4x3x3xf32>)
  relay.return %0 : tensor<1x4x8x8xf32>
}

// -----

relay.func @out_layout(%a: tensor<1x4x8x8xf32>, %b: tensor<8x4x3x3xf32>) -> tensor<1x4x8x8xf32> {
  // expected-error@+1 {{relay.nn.conv2d: result: cannot convert NCHW to NC}}
  %0 = relay.nn.conv2d %a, %b {out_layout = #relay.layout<NC>} : (tensor<1x4x8x8xf32>, tensor<8x4x3x3xf32>)
  relay.return %0 : tensor<1x4x8x8xf32>
}

// -----

relay.func @blocked_layout(%a: tensor<1x2x8x8x2xf32>, %b: tensor<8x4x3x3xf32>) -> tensor<1x2x8x8x2xf32> {
  // expected-error@+1 {{relay.nn.conv2d: data_layout is NCHW2c, expected no blocks}}
  %0 = relay.nn.conv2d %a, %b {data_layout = #relay.layout<NCHW2c>} : (tensor<1x2x8x8x2xf32>, tensor<8x4x3x3xf32>)
  relay.return %0 : tensor<1x2x8x8x2xf32>
}

// -----

relay.func @input_channels(%a: tensor<1x64x8x8xf32>, %b: tensor<8x3x3x3xf32>) -> tensor<1x64x8x8xf32> {
  // expected-error@+1 {{relay.nn.conv2d: operand 'weight' has 3 input channels, expected 64 (data channels 64 / groups 1)}}
  %0 = relay.nn.conv2d %a, %b : (tensor<1x64x8x8xf32>, tensor<8x3x3x3xf32>)
  relay.return %0 : tensor<1x64x8x8xf32>
}

// -----

relay.func @grouped_input_channels(%a: tensor<1x4x8x8xf32>, %b: tensor<8x4x3x3xf32>) -> tensor<1x4x8x8xf32> {
  // expected-error@+1 {{relay.nn.conv2d: operand 'weight' has 4 input channels, expected 2 (data channels 4 / groups 2)}}
  %0 = relay.nn.conv2d %a, %b {groups = 2} : (tensor<1x4x8x8xf32>, tensor<8x4x3x3xf32>)
  relay.return %0 : tensor<1x4x8x8xf32>
}

// -----

relay.func @groups_of_data(%a: tensor<1x4x8x8xf32>, %b: tensor<8x4x3x3xf32>) -> tensor<1x4x8x8xf32> {
  // expected-error@+1 {{relay.nn.conv2d: found 4 data channels, expected a multiple of groups 3}}
  %0 = relay.nn.conv2d %a, %b {groups = 3} : (tensor<1x4x8x8xf32>, tensor<8x4x3x3xf32>)
  relay.return %0 : tensor<1x4x8x8xf32>
}

// -----

relay.func @groups_of_output(%a: tensor<1x4x8x8xf32>, %b: tensor<6x1x3x3xf32>) -> tensor<1x4x8x8xf32> {
  // expected-error@+1 {{relay.nn.conv2d: found 6 output channels, expected a multiple of groups 4}}
  %0 = relay.nn.conv2d %a, %b {groups = 4} : (tensor<1x4x8x8xf32>, tensor<6x1x3x3xf32>)
  relay.return %0 : tensor<1x4x8x8xf32>
}

// -----

relay.func @no_groups(%a: tensor<1x4x8x8xf32>, %b: tensor<8x4x3x3xf32>) -> tensor<1x4x8x8xf32> {
  // expected-error@+1 {{relay.nn.conv2d: groups is 0, expected at least 1}}
  %0 = relay.nn.conv2d %a, %b {groups = 0} : (tensor<1x4x8x8xf32>, tensor<8x4x3x3xf32>)
  relay.return %0 : tensor<1x4x8x8xf32>
}

// -----

relay.func @strides_length(%a: tensor<1x4x8x8xf32>, %b: tensor<8x4x3x3xf32>) -> tensor<1x4x8x8xf32> {
  // expected-error@+1 {{relay.nn.conv2d: strides is [1], expected 2 values >= 1}}
  %0 = relay.nn.conv2d %a, %b {strides = array<i64: 1>} : (tensor<1x4x8x8xf32>, tensor<8x4x3x3xf32>)
  relay.return %0 : tensor<1x4x8x8xf32>
}

// -----

relay.func @strides_value(%a: tensor<1x4x8x8xf32>, %b: tensor<8x4x3x3xf32>) -> tensor<1x4x8x8xf32> {
  // expected-error@+1 {{relay.nn.conv2d: strides is [0, 1], expected 2 values >= 1}}
  %0 = relay.nn.conv2d %a, %b {strides = array<i64: 0, 1>} : (tensor<1x4x8x8xf32>, tensor<8x4x3x3xf32>)
  relay.return %0 : tensor<1x4x8x8xf32>
}

// -----

relay.func @dilation_value(%a: tensor<1x4x8x8xf32>, %b: tensor<8x4x3x3xf32>) -> tensor<1x4x8x8xf32> {
  // expected-error@+1 {{relay.nn.conv2d: dilation is [1, 0], expected 2 values >= 1}}
  %0 = relay.nn.conv2d %a, %b {dilation = array<i64: 1, 0>} : (tensor<1x4x8x8xf32>, tensor<8x4x3x3xf32>)
  relay.return %0 : tensor<1x4x8x8xf32>
}

// -----

relay.func @padding_length(%a: tensor<1x4x8x8xf32>, %b: tensor<8x4x3x3xf32>) -> tensor<1x4x8x8xf32> {
  // expected-error@+1 {{relay.nn.conv2d: padding is [1, 1], expected 4 values >= 0}}
  %0 = relay.nn.conv2d %a, %b {padding = array<i64: 1, 1>} : (tensor<1x4x8x8xf32>, tensor<8x4x3x3xf32>)
  relay.return %0 : tensor<1x4x8x8xf32>
}

// -----

relay.func @padding_value(%a: tensor<1x4x8x8xf32>, %b: tensor<8x4x3x3xf32>) -> tensor<1x4x8x8xf32> {
  // expected-error@+1 {{relay.nn.conv2d: padding is [0, 0, -1, 0], expected 4 values >= 0}}
  %0 = relay.nn.conv2d %a, %b {padding = array<i64: 0, 0, -1, 0>} : (tensor<1x4x8x8xf32>, tensor<8x4x3x3xf32>)
  relay.return %0 : tensor<1x4x8x8xf32>
}

// -----

relay.func @empty_window(%a: tensor<1x4x8x8xf32>, %b: tensor<8x4x0x3xf32>) -> tensor<1x4x8x8xf32> {
  // expected-error@+1 {{relay.nn.conv2d: window is [0, 3], expected extents >= 1}}
  %0 = relay.nn.conv2d %a, %b : (tensor<1x4x8x8xf32>, tensor<8x4x0x3xf32>)
  relay.return %0 : tensor<1x4x8x8xf32>
}

// -----

relay.func @window_too_large(%a: tensor<1x4x8x8xf32>, %b: tensor<8x4x3x3xf32>) -> tensor<1x4x8x8xf32> {
  // expected-error@+1 {{relay.nn.conv2d: window spans 11 elements of the width, expected at most 10 (8 and its padding)}}
  %0 = relay.nn.conv2d %a, %b {dilation = array<i64: 1, 5>, padding = array<i64: 0, 1, 0, 1>} : (tensor<1x4x8x8xf32>, tensor<8x4x3x3xf32>)
  relay.return %0 : tensor<1x4x8x8xf32>
}

// -----

relay.func @blocked_data_layout(%a: tensor<1x2x8x8x2xf32>, %b: tensor<4x2x3x3x2x2xf32>) -> tensor<1x2x8x8x2xf32> {
  // expected-error@+1 {{relay.nn.contrib_conv2d_NCHWc: data_layout is NHWC2c, expected one such as NCHW16c}}
  %0 = relay.nn.contrib_conv2d_NCHWc %a, %b {data_layout = #relay.layout<NHWC2c>, kernel_layout = #relay.layout<OIHW2i2o>, out_layout = #relay.layout<NCHW2c>} : (tensor<1x2x8x8x2xf32>, tensor<4x2x3x3x2x2xf32>)
  relay.return %0 : tensor<1x2x8x8x2xf32>
}

// -----

relay.func @blocked_out_layout(%a: tensor<1x2x8x8x2xf32>, %b: tensor<4x2x3x3x2x2xf32>) -> tensor<1x2x8x8x2xf32> {
  // expected-error@+1 {{relay.nn.contrib_conv2d_NCHWc: out_layout is NCHW, expected one such as NCHW16c}}
  %0 = relay.nn.contrib_conv2d_NCHWc %a, %b {data_layout = #relay.layout<NCHW2c>, kernel_layout = #relay.layout<OIHW2i2o>, out_layout = #relay.layout<NCHW>} : (tensor<1x2x8x8x2xf32>, tensor<4x2x3x3x2x2xf32>)
  relay.return %0 : tensor<1x2x8x8x2xf32>
}

// -----

relay.func @blocked_kernel_layout(%a: tensor<1x2x8x8x2xf32>, %b: tensor<4x2x3x3x2x2xf32>) -> tensor<1x2x8x8x2xf32> {
  // expected-error@+1 {{relay.nn.contrib_conv2d_NCHWc: kernel_layout is OIHW2o2i, expected OIHW2i2o to fit the data and the result}}
  %0 = relay.nn.contrib_conv2d_NCHWc %a, %b {data_layout = #relay.layout<NCHW2c>, kernel_layout = #relay.layout<OIHW2o2i>, out_layout = #relay.layout<NCHW2c>} : (tensor<1x2x8x8x2xf32>, tensor<4x2x3x3x2x2xf32>)
  relay.return %0 : tensor<1x2x8x8x2xf32>
}

// -----

relay.func @blocked_kernel_blocks(%a: tensor<1x2x8x8x2xf32>, %b: tensor<4x2x3x3x2x2xf32>) -> tensor<1x2x8x8x2xf32> {
  // expected-error@+1 {{relay.nn.contrib_conv2d_NCHWc: kernel_layout is OIHW4i2o, expected OIHW2i2o to fit the data and the result}}
  %0 = relay.nn.contrib_conv2d_NCHWc %a, %b {data_layout = #relay.layout<NCHW2c>, kernel_layout = #relay.layout<OIHW4i2o>, out_layout = #relay.layout<NCHW2c>} : (tensor<1x2x8x8x2xf32>, tensor<4x2x3x3x2x2xf32>)
  relay.return %0 : tensor<1x2x8x8x2xf32>
}

// -----

relay.func @wrong_block(%a: tensor<1x2x8x8x4xf32>, %b: tensor<4x2x3x3x2x2xf32>) -> tensor<1x2x8x8x4xf32> {
  // expected-error@+1 {{relay.nn.contrib_conv2d_NCHWc: operand 'data': layout NCHW2c: found}}
  %0 = relay.nn.contrib_conv2d_NCHWc %a, %b {data_layout = #relay.layout<NCHW2c>, kernel_layout = #relay.layout<OIHW2i2o>, out_layout = #relay.layout<NCHW2c>} : (tensor<1x2x8x8x4xf32>, tensor<4x2x3x3x2x2xf32>)
  relay.return %0 : tensor<1x2x8x8x4xf32>
}

// -----

relay.func @block_straddles_groups(%a: tensor<1x2x8x8x2xf32>, %b: tensor<4x2x3x3x2x2xf32>) -> tensor<1x2x8x8x2xf32> {
  // expected-error@+1 {{relay.nn.contrib_conv2d_NCHWc: found 1 data channels in a group, expected a multiple of the block 2}}
  %0 = relay.nn.contrib_conv2d_NCHWc %a, %b {data_layout = #relay.layout<NCHW2c>, kernel_layout = #relay.layout<OIHW2i2o>, out_layout = #relay.layout<NCHW2c>, groups = 4} : (tensor<1x2x8x8x2xf32>, tensor<4x2x3x3x2x2xf32>)
  relay.return %0 : tensor<1x2x8x8x2xf32>
}

// -----

relay.func @blocked_input_channels(%a: tensor<1x2x8x8x2xf32>, %b: tensor<4x1x3x3x2x2xf32>) -> tensor<1x2x8x8x2xf32> {
  // expected-error@+1 {{relay.nn.contrib_conv2d_NCHWc: operand 'weight' has 2 input channels, expected 4 (data channels 4 / groups 1)}}
  %0 = relay.nn.contrib_conv2d_NCHWc %a, %b {data_layout = #relay.layout<NCHW2c>, kernel_layout = #relay.layout<OIHW2i2o>, out_layout = #relay.layout<NCHW2c>} : (tensor<1x2x8x8x2xf32>, tensor<4x1x3x3x2x2xf32>)
  relay.return %0 : tensor<1x2x8x8x2xf32>
}

// -----

relay.func @depthwise_kernel_layout(%a: tensor<1x2x8x8x2xf32>, %b: tensor<2x1x3x3x1x2xf32>) -> tensor<1x2x8x8x2xf32> {
  // expected-error@+1 {{relay.nn.contrib_depthwise_conv2d_NCHWc: kernel_layout is OIHW2i2o, expected OIHW1i2o to fit the data}}
  %0 = relay.nn.contrib_depthwise_conv2d_NCHWc %a, %b {data_layout = #relay.layout<NCHW2c>, kernel_layout = #relay.layout<OIHW2i2o>, out_layout = #relay.layout<NCHW2c>} : (tensor<1x2x8x8x2xf32>, tensor<2x1x3x3x1x2xf32>)
  relay.return %0 : tensor<1x2x8x8x2xf32>
}

// -----

relay.func @depthwise_out_layout(%a: tensor<1x2x8x8x2xf32>, %b: tensor<2x1x3x3x1x2xf32>) -> tensor<1x2x8x8x2xf32> {
  // expected-error@+1 {{relay.nn.contrib_depthwise_conv2d_NCHWc: out_layout is NCHW4c, expected NCHW2c as the data's}}
  %0 = relay.nn.contrib_depthwise_conv2d_NCHWc %a, %b {data_layout = #relay.layout<NCHW2c>, kernel_layout = #relay.layout<OIHW1i2o>, out_layout = #relay.layout<NCHW4c>} : (tensor<1x2x8x8x2xf32>, tensor<2x1x3x3x1x2xf32>)
  relay.return %0 : tensor<1x2x8x8x2xf32>
}

// -----

relay.func @depthwise_channels(%a: tensor<1x2x8x8x2xf32>, %b: tensor<3x1x3x3x1x2xf32>) -> tensor<1x2x8x8x2xf32> {
  // expected-error@+1 {{relay.nn.contrib_depthwise_conv2d_NCHWc: operand 'weight' has 6 channels, expected 4 as the data}}
  %0 = relay.nn.contrib_depthwise_conv2d_NCHWc %a, %b {data_layout = #relay.layout<NCHW2c>, kernel_layout = #relay.layout<OIHW1i2o>, out_layout = #relay.layout<NCHW2c>} : (tensor<1x2x8x8x2xf32>, tensor<3x1x3x3x1x2xf32>)
  relay.return %0 : tensor<1x2x8x8x2xf32>
}

// -----

relay.func @depthwise_inputs(%a: tensor<1x2x8x8x2xf32>, %b: tensor<2x2x3x3x1x2xf32>) -> tensor<1x2x8x8x2xf32> {
  // expected-error@+1 {{relay.nn.contrib_depthwise_conv2d_NCHWc: operand 'weight' has 2 input channels per output channel, expected 1}}
  %0 = relay.nn.contrib_depthwise_conv2d_NCHWc %a, %b {data_layout = #relay.layout<NCHW2c>, kernel_layout = #relay.layout<OIHW1i2o>, out_layout = #relay.layout<NCHW2c>} : (tensor<1x2x8x8x2xf32>, tensor<2x2x3x3x1x2xf32>)
  relay.return %0 : tensor<1x2x8x8x2xf32>
}

// -----

relay.func @transpose_channels(%a: tensor<1x4x8x8xf32>, %b: tensor<8x4x3x3xf32>) -> tensor<1x4x8x8xf32> {
  // expected-error@+1 {{relay.nn.conv2d_transpose: operand 'weight' has 8 input channels, expected 4 as the data}}
  %0 = relay.nn.conv2d_transpose %a, %b : (tensor<1x4x8x8xf32>, tensor<8x4x3x3xf32>)
  relay.return %0 : tensor<1x4x8x8xf32>
}

// -----

relay.func @transpose_blocked(%a: tensor<1x2x8x8x2xf32>, %b: tensor<4x8x3x3xf32>) -> tensor<1x2x8x8x2xf32> {
  // expected-error@+1 {{relay.nn.conv2d_transpose: data_layout is NCHW2c, expected no blocks}}
  %0 = relay.nn.conv2d_transpose %a, %b {data_layout = #relay.layout<NCHW2c>} : (tensor<1x2x8x8x2xf32>, tensor<4x8x3x3xf32>)
  relay.return %0 : tensor<1x2x8x8x2xf32>
}

// -----

relay.func @transpose_groups(%a: tensor<1x4x8x8xf32>, %b: tensor<4x8x3x3xf32>) -> tensor<1x4x8x8xf32> {
  // expected-error@+1 {{relay.nn.conv2d_transpose: found 4 data channels, expected a multiple of groups 3}}
  %0 = relay.nn.conv2d_transpose %a, %b {groups = 3} : (tensor<1x4x8x8xf32>, tensor<4x8x3x3xf32>)
  relay.return %0 : tensor<1x4x8x8xf32>
}

// -----

relay.func @output_padding_length(%a: tensor<1x4x8x8xf32>, %b: tensor<4x8x3x3xf32>) -> tensor<1x4x8x8xf32> {
  // expected-error@+1 {{relay.nn.conv2d_transpose: output_padding is [0], expected 2 values >= 0}}
  %0 = relay.nn.conv2d_transpose %a, %b {output_padding = array<i64: 0>} : (tensor<1x4x8x8xf32>, tensor<4x8x3x3xf32>)
  relay.return %0 : tensor<1x4x8x8xf32>
}

// -----

relay.func @output_padding_value(%a: tensor<1x4x8x8xf32>, %b: tensor<4x8x3x3xf32>) -> tensor<1x4x8x8xf32> {
  // expected-error@+1 {{relay.nn.conv2d_transpose: output_padding is [1, 2], expected less than [2, 2]}}
  %0 = relay.nn.conv2d_transpose %a, %b {strides = array<i64: 2, 2>, output_padding = array<i64: 1, 2>} : (tensor<1x4x8x8xf32>, tensor<4x8x3x3xf32>)
  relay.return %0 : tensor<1x4x8x8xf32>
}

// -----

relay.func @transpose_padding(%a: tensor<1x4x1x1xf32>, %b: tensor<4x8x3x3xf32>) -> tensor<1x4x1x1xf32> {
  // expected-error@+1 {{relay.nn.conv2d_transpose: result would be -1 high and 3 wide, expected at least 1}}
  %0 = relay.nn.conv2d_transpose %a, %b {padding = array<i64: 2, 0, 2, 0>} : (tensor<1x4x1x1xf32>, tensor<4x8x3x3xf32>)
  relay.return %0 : tensor<1x4x1x1xf32>
}
