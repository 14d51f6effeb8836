// RUN: inlay-opt %s -p cse --pass-statistics 2>&1 | filecheck %s
// RUN: inlay-opt %s -p cse -mlir-pass-statistics 2>&1 | filecheck %s
// RUN: inlay-opt %s -p cse --pass-statistics 2>%t | filecheck %s --check-prefix=STDOUT

// CHECK:      ... Pass statistics report ...
// CHECK:      {{^}}cse
// CHECK-NEXT:   (S) 4 ops-after
// CHECK-NEXT:   (S) 5 ops-before

// STDOUT-NOT: (S)

func.func @f() -> i32 {
  %0 = arith.constant 1 : i32
  %1 = arith.constant 1 : i32
  %2 = arith.addi %0, %1 : i32
  func.return %2 : i32
}
