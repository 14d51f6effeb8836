// RUN: inlay-opt %s --mlir-print-op-generic | filecheck %s
// RUN: inlay-opt %s --print-op-generic | filecheck %s
// RUN: inlay-opt %s --mlir-print-op-generic | inlay-opt | filecheck %s --check-prefix=PRETTY

// CHECK:  "builtin.module"() ({
// CHECK:    "arith.addi"(
// PRETTY: func.func @f() -> i32 {

func.func @f() -> i32 {
  %0 = arith.constant 1 : i32
  %1 = arith.constant 1 : i32
  %2 = arith.addi %0, %1 : i32
  func.return %2 : i32
}
