// REQUIRES: shell
// RUN: inlay-opt %s -p cse | filecheck %s
// RUN: not inlay-opt %s -p nothing 2>&1 | filecheck %s --check-prefix=ERROR
// A reader that goes away early is no error worth a traceback.
// RUN: (inlay-opt --show-dialects 2>&1 || true) | head -n 1 | filecheck %s --check-prefix=PIPE

// CHECK: func.func @f
// ERROR: pipeline:1:1: error: unknown pass 'nothing'
// ERROR-NOT: Traceback
// PIPE: Available dialects:

func.func @f() -> i32 {
  %0 = arith.constant 1 : i32
  %1 = arith.constant 1 : i32
  %2 = arith.addi %0, %1 : i32
  func.return %2 : i32
}
