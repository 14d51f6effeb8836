// RUN: inlay-opt %s --mlir-print-debuginfo | filecheck %s
// RUN: inlay-opt %s --print-debuginfo --mlir-print-op-generic | filecheck %s
// RUN: inlay-opt %s | filecheck %s --check-prefix=WITHOUT
// RUN: inlay-opt %s --mlir-print-debuginfo | inlay-opt --print-debuginfo | filecheck %s

// CHECK: addi{{.*}} loc("{{.*}}print-debuginfo.mlir":11:3)
// CHECK: constant{{.*}} loc("elsewhere.mlir":7:5)
// WITHOUT-NOT: loc(

func.func @f(%a: i32) -> i32 {
  %2 = arith.addi %a, %a : i32
  %3 = arith.constant 3 : i32 loc("elsewhere.mlir":7:5)
  func.return %2 : i32
}
