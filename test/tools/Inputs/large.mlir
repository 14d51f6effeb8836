tl.kernel @large(%X: memref<1000000000000xf32>, %Y: memref<16xf32> out) {
  tl.nest (%i = 16) schedule [i] finish {
    %x = tl.load %X[%i]
    tl.store %x, %Y[%i]
  }
}
tl.kernel @scratch(%X: memref<16xf32>, %Y: memref<16xf32> out) {
  %A = tl.alloc : memref<1000000000000000xf32>
  tl.nest (%i = 16) schedule [i] finish {
    %x = tl.load %X[%i]
    tl.store %x, %A[%i]
  }
  tl.nest (%i = 16) schedule [i] finish {
    %x = tl.load %A[%i]
    tl.store %x, %Y[%i]
  }
}
