// RUN: inlay-opt %s -p cse | filecheck %s --check-prefix=CSE
// RUN: inlay-opt %s --pass-pipeline=cse,canonicalize | filecheck %s --check-prefix=BOTH
// RUN: inlay-opt %s -pass-pipeline="builtin.module(cse)" | filecheck %s --check-prefix=CSE
// RUN: inlay-opt %s -p cse -p canonicalize | filecheck %s --check-prefix=BOTH
// RUN: inlay-opt %s | filecheck %s --check-prefix=NONE

// CSE:       %[[C:.*]] = arith.constant 1 : i32
// CSE-NEXT:  arith.addi %[[C]], %[[C]]

// BOTH:      %[[C:.*]] = arith.constant 2 : i32
// BOTH-NEXT: func.return %[[C]]

// NONE:      arith.constant 1
// NONE-NEXT: arith.constant 1
// NONE-NEXT: arith.addi

func.func @f() -> i32 {
  %0 = arith.constant 1 : i32
  %1 = arith.constant 1 : i32
  %2 = arith.addi %0, %1 : i32
  func.return %2 : i32
}
