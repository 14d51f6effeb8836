relay.func private @f(%x: tensor<7xf32>) -> tensor<7xf32> {
  %0 = relay.add %x, %x : (tensor<7xf32>, tensor<7xf32>)
  relay.return %0 : tensor<7xf32>
}
