relay.func private @twice(%x: tensor<7x100xf32>) -> tensor<7x100xf32> attributes {primitive} {
  %0 = relay.add %x, %x : (tensor<7x100xf32>, tensor<7x100xf32>)
  relay.return %0 : tensor<7x100xf32>
}
