llvm.func @f(%x: !llvm.ptr) {
  llvm.return
}
