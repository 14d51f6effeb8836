// RUN: inlay-opt %s --split-input-file --verify-diagnostics

relay.func @size(%a: tensor<1x3x7x7xf32>) {
  // expected-error@+1 {{relay.image.resize2d: size is [14], expected two extents of 0 or more}}
  %0 = relay.image.resize2d %a {size = array<i64: 14>} : (tensor<1x3x7x7xf32>)
  relay.return
}

// -----

relay.func @method(%a: tensor<1x3x7x7xf32>) {
  // expected-error@+1 {{relay.image.resize2d: method is 'cubic', expected one of 'nearest_neighbor', 'linear'}}
  %0 = relay.image.resize2d %a {size = array<i64: 1, 1>, method = "cubic"} : (tensor<1x3x7x7xf32>)
  relay.return
}

// -----

relay.func @transform(%a: tensor<1x3x7x7xf32>) {
  // expected-error@+1 {{relay.image.resize2d: coordinate_transformation_mode is 'center', expected one of}}
  %0 = relay.image.resize2d %a {size = array<i64: 1, 1>, coordinate_transformation_mode = "center"} : (tensor<1x3x7x7xf32>)
  relay.return
}

// -----

relay.func @rounding(%a: tensor<1x3x7x7xf32>) {
  // expected-error@+1 {{relay.image.resize2d: rounding_method is 'up', expected one of}}
  %0 = relay.image.resize2d %a {size = array<i64: 1, 1>, rounding_method = "up"} : (tensor<1x3x7x7xf32>)
  relay.return
}

// -----

relay.func @linear_integers(%a: tensor<1x3x7x7xui8>) {
  // expected-error@+1 {{relay.image.resize2d: operand 'data' has element type ui8, expected a float type for method 'linear'}}
  %0 = relay.image.resize2d %a {size = array<i64: 1, 1>} : (tensor<1x3x7x7xui8>)
  relay.return
}

// -----

relay.func @rank(%a: tensor<3x7x7xf32>) {
  // expected-error@+1 {{relay.image.resize2d: operand 'data' has rank 3, expected 4 as in NCHW}}
  %0 = relay.image.resize2d %a {size = array<i64: 1, 1>} : (tensor<3x7x7xf32>)
  relay.return
}

// -----

relay.func @blocked_rows(%a: tensor<1x3x7x7x2xf32>) {
  // expected-error@+1 {{relay.image.resize2d: layout is NCHW2h, expected undivided H and W}}
  %0 = relay.image.resize2d %a {size = array<i64: 1, 1>, layout = #relay.layout<NCHW2h>} : (tensor<1x3x7x7x2xf32>)
  relay.return
}

// -----

relay.func @no_rows(%a: tensor<1x3xf32>) {
  // expected-error@+1 {{relay.image.resize2d: layout is NC, expected undivided H and W}}
  %0 = relay.image.resize2d %a {size = array<i64: 1, 1>, layout = #relay.layout<NC>} : (tensor<1x3xf32>)
  relay.return
}

// -----

relay.func @no_pixels(%a: tensor<1x3x0x7xf32>) {
  // expected-error@+1 {{relay.image.resize2d: operand 'data' has shape 1x3x0x7, expected pixels}}
  %0 = relay.image.resize2d %a {size = array<i64: 1, 1>} : (tensor<1x3x0x7xf32>)
  relay.return
}

// -----

relay.func @scale(%a: tensor<1x3x7x7xf32>) {
  // expected-error@+1 {{relay.nn.upsampling: found scales [0.0, 1.0], expected positive ones}}
  %0 = relay.nn.upsampling %a {scale_h = 0.0 : f64} : (tensor<1x3x7x7xf32>)
  relay.return
}

// -----

relay.func @upsampling_method(%a: tensor<1x3x7x7xf32>) {
  // expected-error@+1 {{relay.nn.upsampling: method is 'linear', expected one of 'nearest_neighbor', 'bilinear'}}
  %0 = relay.nn.upsampling %a {method = "linear"} : (tensor<1x3x7x7xf32>)
  relay.return
}

// -----

relay.func @depth(%a: tensor<1x6x2x2xf32>) {
  // expected-error@+1 {{relay.nn.depth_to_space: operand 'data' has 6 channels, expected a multiple of 4}}
  %0 = relay.nn.depth_to_space %a {block_size = 2 : i64} : (tensor<1x6x2x2xf32>)
  relay.return
}

// -----

relay.func @depth_mode(%a: tensor<1x8x2x2xf32>) {
  // expected-error@+1 {{relay.nn.depth_to_space: mode is 'RCD', expected one of 'DCR', 'CRD'}}
  %0 = relay.nn.depth_to_space %a {block_size = 2 : i64, mode = "RCD"} : (tensor<1x8x2x2xf32>)
  relay.return
}

// -----

relay.func @rows(%a: tensor<1x6x3x2xf32>) {
  // expected-error@+1 {{relay.nn.space_to_depth: operand 'data' has 3 rows, expected a multiple of 2}}
  %0 = relay.nn.space_to_depth %a {block_size = 2 : i64} : (tensor<1x6x3x2xf32>)
  relay.return
}

// -----

relay.func @block_size(%a: tensor<1x6x3x2xf32>) {
  // expected-error@+1 {{relay.nn.space_to_depth: block_size is 0, expected 1 or more}}
  %0 = relay.nn.space_to_depth %a {block_size = 0 : i64} : (tensor<1x6x3x2xf32>)
  relay.return
}

// -----

relay.func @block_layout(%a: tensor<1x6x3xf32>) {
  // expected-error@+1 {{relay.nn.space_to_depth: operand 'data': cannot convert NCW to NCHW}}
  %0 = relay.nn.space_to_depth %a {block_size = 1 : i64, layout = #relay.layout<NCW>} : (tensor<1x6x3xf32>)
  relay.return
}
