// RUN: inlay-opt %s -p loops-to-llvm --split-input-file --verify-diagnostics

func.func @heap() {
  // expected-error @+1 {{memref.alloc has no lowering to the llvm dialect; scratch is a memref.alloca or a part of an argument}}
  %x = memref.alloc() : memref<4xf32>
  func.return
}

// -----

func.func @math(%x: f32) -> f32 {
  // expected-error @+1 {{math.tanh has no lowering to the llvm dialect}}
  %y = math.tanh %x : f32
  func.return %y : f32
}

// -----

func.func @inside(%x: memref<4xf32>, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  scf.for %i = %c0 to %n step %c1 {
    // expected-error @+1 {{vector.print has no lowering to the llvm dialect}}
    "vector.print"(%i) : (index) -> ()
  }
  func.return
}

// -----

// expected-error @+1 {{argument of type memref<4xf32, strided<[1], offset: 2>>: expected offset 0}}
func.func @offset(%x: memref<4xf32, strided<[1], offset: 2>>) {
  func.return
}

// -----

func.func @lanes(%x: memref<8xf32>) {
  %c0 = arith.constant 0 : index
  // expected-error @+1 {{vector.load: vector<100000xf32> has 100000 lanes, expected at least 1 and at most 16384}}
  %v = vector.load %x[%c0] : memref<8xf32>, vector<100000xf32>
  func.return
}
