// RUN: inlay-opt %s --target=x86-64-v2 -p math-to-polynomials | filecheck %s

// A machine without fused multiply-add takes two ops, in what is given as in what is made.
// CHECK-LABEL: func.func @fma(
// CHECK: %[[PRODUCT:.*]] = arith.mulf %x, %y : f32
// CHECK-NEXT: %a = arith.addf %[[PRODUCT]], %z : f32
// CHECK-NOT: math.fma
func.func @fma(%x: f32, %y: f32, %z: f32) -> f32 {
  %a = math.fma %x, %y, %z : f32
  %b = math.exp %a : f32
  func.return %b : f32
}
