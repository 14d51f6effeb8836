// RUN: inlay-opt %s -p cse,canonicalize --dump-ir-dir %T/dumps -o %t
// RUN: filecheck %s --check-prefix=INPUT --input-file=%T/dumps/000_input.mlir
// RUN: filecheck %s --check-prefix=CSE --input-file=%T/dumps/001_cse.mlir
// RUN: diff %T/dumps/002_canonicalize.mlir %t
// RUN: inlay-opt %T/dumps/001_cse.mlir -p canonicalize > %t2 && diff %t %t2
// RUN: not inlay-opt %s -p cse --dump-ir-dir %s 2>&1 | filecheck %s --check-prefix=ERROR

// INPUT:   arith.constant 1
// INPUT:   arith.constant 1
// CSE:     arith.constant 1
// CSE-NOT: arith.constant 1
// ERROR:   error: cannot write IR to

func.func @f() -> i32 {
  %0 = arith.constant 1 : i32
  %1 = arith.constant 1 : i32
  %2 = arith.addi %0, %1 : i32
  func.return %2 : i32
}
