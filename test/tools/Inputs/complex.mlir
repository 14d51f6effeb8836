
relay.func @f(%x: tensor<7xcomplex<f32>>) {
  relay.return
}
