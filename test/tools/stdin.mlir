// RUN: inlay-opt < %s | filecheck %s
// RUN: cat %s | inlay-opt - | filecheck %s
// RUN: cat %s | inlay-opt -p cse -o - | filecheck %s
// RUN: cat %s | not inlay-opt -p cse - --verify-diagnostics 2>&1 | filecheck %s --check-prefix=NAME

// CHECK: func.func @f

// NAME: <stdin>:9:4: error: expected remark "said" was not produced
// expected-remark {{said}}

func.func @f() -> i32 {
  %0 = arith.constant 1 : i32
  %1 = arith.constant 1 : i32
  %2 = arith.addi %0, %1 : i32
  func.return %2 : i32
}
