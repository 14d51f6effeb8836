// RUN: inlay-opt %s --target=x86-64-v4 -t asm | filecheck %s

// CHECK: triple:
// CHECK: vaddps {{.*}}%zmm
func.func @triple(%x: memref<64x16xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c64 = arith.constant 64 : index
  scf.for %i = %c0 to %c64 step %c1 {
    %v = vector.load %x[%i, %c0] : memref<64x16xf32>, vector<16xf32>
    %w = arith.addf %v, %v : vector<16xf32>
    vector.store %w, %x[%i, %c0] : memref<64x16xf32>, vector<16xf32>
  }
  func.return
}
