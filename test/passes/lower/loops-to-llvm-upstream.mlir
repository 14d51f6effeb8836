// REQUIRES: mlir-opt
// Upstream MLIR accepts the loop level that we lower, and the llvm dialect that comes of it.
// RUN: %mlir-opt %s | filecheck %s --check-prefix=LOOPS
// RUN: inlay-opt %s -p loops-to-llvm --target=x86-64-v4 | %mlir-opt | filecheck %s --check-prefix=LLVM
// RUN: inlay-opt %s -p loops-to-llvm --target=x86-64-v2 --print-op-generic | %mlir-opt | filecheck %s --check-prefix=LLVM

// LOOPS-LABEL: func.func @tile
// LOOPS:         tl.unroll
// LLVM-LABEL:  llvm.func @tile
// LLVM:          llvm.cond_br {{.*}} {tl.unroll}
func.func @tile(%A: memref<6x64xf32>, %B: memref<64x16xf32> {llvm.align = 64 : i64}, %C: memref<6x16xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c6 = arith.constant 6 : index
  %c64 = arith.constant 64 : index
  %zero = arith.constant dense<0.0> : vector<16xf32>
  %acc = memref.alloca() {alignment = 64 : i64} : memref<6xvector<16xf32>>
  scf.for %r = %c0 to %c6 step %c1 {
    memref.store %zero, %acc[%r] : memref<6xvector<16xf32>>
  } {tl.unroll}
  scf.for %k = %c0 to %c64 step %c1 {
    %b = vector.load %B[%k, %c0] : memref<64x16xf32>, vector<16xf32>
    scf.for %r = %c0 to %c6 step %c1 {
      %x = memref.load %A[%r, %k] : memref<6x64xf32>
      %xs = vector.broadcast %x : f32 to vector<16xf32>
      %old = memref.load %acc[%r] : memref<6xvector<16xf32>>
      %new = vector.fma %xs, %b, %old : vector<16xf32>
      memref.store %new, %acc[%r] : memref<6xvector<16xf32>>
    } {tl.unroll}
  }
  scf.for %r = %c0 to %c6 step %c1 {
    %v = memref.load %acc[%r] : memref<6xvector<16xf32>>
    %m = arith.maximumf %v, %zero : vector<16xf32>
    %n = math.sqrt %m : vector<16xf32>
    vector.store %n, %C[%r, %c0] : memref<6x16xf32>, vector<16xf32>
  } {tl.unroll}
  func.return
}

// LLVM-LABEL: llvm.func @masked
// LLVM:         llvm.intr.masked.load
// LLVM:         llvm.intr.masked.store
func.func @masked(%x: memref<64xf32>, %n: index) -> f32 {
  %c0 = arith.constant 0 : index
  %zero = arith.constant dense<0.0> : vector<8xf32>
  %m = vector.create_mask %n : vector<8xi1>
  %v = vector.maskedload %x[%c0], %m, %zero : memref<64xf32>, vector<8xi1>, vector<8xf32> into vector<8xf32>
  vector.maskedstore %x[%n], %m, %v : memref<64xf32>, vector<8xi1>, vector<8xf32>
  %s = vector.reduction <add>, %v fastmath<reassoc> : vector<8xf32> into f32
  %t = vector.reduction <maximumf>, %v, %s : vector<8xf32> into f32
  %e = vector.extract %v[%n] : f32 from vector<8xf32>
  %u = arith.addf %t, %e : f32
  func.return %u : f32
}

// LLVM-LABEL: llvm.func @numbers
func.func @numbers(%x: memref<8xbf16>, %y: memref<8xf16>, %p: memref<8xi1>, %i: index) -> i64 {
  %a = memref.load %x[%i] : memref<8xbf16>
  %b = memref.load %y[%i] : memref<8xf16>
  %c = arith.extf %a : bf16 to f32
  %d = arith.extf %b : f16 to f32
  %e = arith.divf %c, %d : f32
  %f = arith.truncf %e : f32 to bf16
  %g = arith.truncf %e : f32 to f16
  memref.store %f, %x[%i] : memref<8xbf16>
  memref.store %g, %y[%i] : memref<8xf16>
  %q = arith.cmpf olt, %c, %d : f32
  memref.store %q, %p[%i] : memref<8xi1>
  %n = arith.fptosi %e : f32 to i64
  %m = arith.fptoui %e : f32 to i64
  %k = arith.maxsi %n, %m : i64
  %h = arith.select %q, %k, %n : i64
  func.return %h : i64
}

// LLVM-LABEL: llvm.func @control
// LLVM:         llvm.call @control
func.func @control(%x: memref<8xi32>, %n: index) -> i32 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %zero = arith.constant 0 : i32
  %s = scf.for %i = %c0 to %n step %c1 iter_args(%a = %zero) -> (i32) {
    %v = memref.load %x[%i] : memref<8xi32>
    %up = arith.cmpi sgt, %v, %a : i32
    %b = scf.if %up -> (i32) {
      scf.yield %v : i32
    } else {
      %w = func.call @control(%x, %i) : (memref<8xi32>, index) -> i32
      scf.yield %w : i32
    }
    scf.yield %b : i32
  }
  func.return %s : i32
}
