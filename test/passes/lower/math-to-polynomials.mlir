// RUN: inlay-opt %s -p math-to-polynomials --split-input-file | filecheck %s

// CHECK-LABEL: func.func @rsqrt(
// CHECK-NEXT: %[[ONE:.*]] = arith.constant dense<1.000000e+00> : vector<8xf32>
// CHECK-NEXT: %[[ROOT:.*]] = math.sqrt %x : vector<8xf32>
// CHECK-NEXT: %y = arith.divf %[[ONE]], %[[ROOT]] : vector<8xf32>
// CHECK-NEXT: func.return %y : vector<8xf32>
func.func @rsqrt(%x: vector<8xf32>) -> vector<8xf32> {
  %y = math.rsqrt %x : vector<8xf32>
  func.return %y : vector<8xf32>
}

// -----

// The logarithm of 2 is made once, outside of the loop.
// CHECK-LABEL: func.func @exp(
// CHECK: arith.constant dense<-0.693359375> : vector<8xf32>
// CHECK-NOT: dense<-0.693359375>
// CHECK: scf.for
// CHECK-NOT: arith.constant
// CHECK: math.fma
// CHECK: arith.shli
// CHECK-NOT: math.exp
// CHECK: vector.store
func.func @exp(%b: memref<64xf32>) {
  %c0 = arith.constant 0 : index
  %c8 = arith.constant 8 : index
  %c64 = arith.constant 64 : index
  scf.for %i = %c0 to %c64 step %c8 {
    %x = vector.load %b[%i] : memref<64xf32>, vector<8xf32>
    %y = math.exp %x : vector<8xf32>
    %z = math.exp %y : vector<8xf32>
    vector.store %z, %b[%i] : memref<64xf32>, vector<8xf32>
  }
  func.return
}

// -----

// Large numbers take a branch; the bits of 2/pi are words of 64 bits.
// CHECK-LABEL: func.func @sin(
// CHECK: %[[ANY:.*]] = vector.reduction <or>, %{{.*}} : vector<5xi1> into i1
// CHECK-NEXT: %{{.*}} = scf.if %[[ANY]] -> (vector<5xi32>, vector<5xf32>) {
// CHECK: arith.extf %{{.*}} : vector<5xf32> to vector<5xf64>
// CHECK: } else {
// CHECK-NOT: math.sin
func.func @sin(%x: vector<5xf32>) -> vector<5xf32> {
  %y = math.sin %x : vector<5xf32>
  func.return %y : vector<5xf32>
}

// -----

// CHECK-LABEL: func.func @half(
// CHECK: %[[WIDE:.*]] = arith.extf %x : bf16 to f32
// CHECK: %[[ROOT:.*]] = math.sqrt %[[WIDE]] : f32
// CHECK: %y = arith.truncf %{{.*}} : f32 to bf16
func.func @half(%x: bf16) -> bf16 {
  %y = math.rsqrt %x : bf16
  func.return %y : bf16
}

// -----

// What has instructions stays.
// CHECK-LABEL: func.func @instructions(
// CHECK-NEXT: %a = math.fma %x, %x, %x : f64
// CHECK-NEXT: %b = math.floor %a : f64
// CHECK-NEXT: %c = math.sqrt %b : f64
// CHECK-NEXT: func.return %c : f64
func.func @instructions(%x: f64) -> f64 {
  %a = math.fma %x, %x, %x : f64
  %b = math.floor %a : f64
  %c = math.sqrt %b : f64
  func.return %c : f64
}
