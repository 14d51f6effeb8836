// RUN: inlay-opt %s -p cse,canonicalize --timing 2>&1 | filecheck %s
// RUN: inlay-opt %s -p cse,canonicalize --mlir-timing 2>&1 | filecheck %s
// RUN: inlay-opt %s -p cse --timing 2>%t | filecheck %s --check-prefix=STDOUT

// CHECK:      ... Execution time report ...
// CHECK:      Total Execution Time: {{[0-9.]+}} seconds
// CHECK:      Parser
// CHECK-NEXT: (V) DominanceAndVerify
// CHECK-NEXT: {{[0-9.]+}} ({{.*}}%)  cse
// CHECK-NEXT:   (V) DominanceAndVerify
// CHECK-NEXT: canonicalize
// CHECK-NEXT:   (V) DominanceAndVerify
// CHECK-NEXT: Output
// CHECK-NEXT: Rest
// CHECK-NEXT: (100.0%)  Total

// STDOUT-NOT: Total

func.func @f() -> i32 {
  %0 = arith.constant 1 : i32
  %1 = arith.constant 1 : i32
  %2 = arith.addi %0, %1 : i32
  func.return %2 : i32
}
