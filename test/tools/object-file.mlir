// REQUIRES: shell
// RUN: inlay-opt %s --target=aarch64 -t obj > %t && od -A n -t x1 -N 20 %t | filecheck %s
// RUN: inlay-opt %s --target=aarch64 -t obj -o %t2 && cmp %t %t2

// ELF, 64 bits, little-endian; relocatable; for machine 0xb7.
// CHECK: 7f 45 4c 46 02 01 01
// CHECK: 01 00 b7 00
llvm.func @f() -> i64 {
  %0 = llvm.mlir.constant(42 : i64) : i64
  llvm.return %0 : i64
}
