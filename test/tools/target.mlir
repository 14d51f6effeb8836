// RUN: inlay-opt %s --target=x86-64-v4 | filecheck %s
// RUN: inlay-opt %s --target aarch64 | inlay-opt --target=x86-64-v4 | filecheck %s
// RUN: inlay-opt %s --target=aarch64 | inlay-opt | filecheck %s --check-prefix=KEPT
// RUN: inlay-opt %s --target=native | filecheck %s --check-prefix=NATIVE
// RUN: inlay-opt %s | filecheck %s --check-prefix=NONE
// RUN: not inlay-opt %s --target=x86-64-v5 2>&1 | filecheck %s --check-prefix=ERROR

// CHECK: module attributes {inlay.target = {name = "x86-64-v4",
// CHECK-SAME: cpu = "x86-64-v4"
// CHECK-SAME: "avx512f"
// CHECK-SAME: vector_bits = 512 : i64, vector_registers = 32 : i64
// KEPT: inlay.target = {name = "aarch64",
// NATIVE: inlay.target = {name = "native",
// NONE-NOT: inlay.target
// ERROR: inlay-opt: error: unknown target 'x86-64-v5'; did you mean 'x86-64-v4'?

func.func @f() {
  func.return
}
