// RUN: inlay-opt %s -o %t && filecheck %s --input-file=%t
// RUN: inlay-opt %s -o %t -p cse | filecheck %s --check-prefix=EMPTY --allow-empty
// RUN: inlay-opt %s -o - | filecheck %s
// RUN: not inlay-opt %s -o %T/none/x.mlir 2>&1 | filecheck %s --check-prefix=ERROR
// RUN: cat %s > %t2 && not inlay-opt %s -o %t2 --verify-roundtrip -p nothing 2>%t3 && diff %s %t2

// CHECK: func.func @f
// EMPTY-NOT: func
// ERROR: inlay-opt: error: cannot write '{{.*}}x.mlir': No such file or directory

func.func @f() -> i32 {
  %0 = arith.constant 1 : i32
  %1 = arith.constant 1 : i32
  %2 = arith.addi %0, %1 : i32
  func.return %2 : i32
}
