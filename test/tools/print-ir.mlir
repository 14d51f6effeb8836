// RUN: inlay-opt %s -p cse,canonicalize --print-ir-before-all 2>&1 | filecheck %s --check-prefixes=BEFORE-ALL
// RUN: inlay-opt %s -p cse,canonicalize --print-ir-before 2>&1 | filecheck %s --check-prefix=BEFORE-ALL
// RUN: inlay-opt %s -p cse,canonicalize --mlir-print-ir-before-all 2>&1 | filecheck %s --check-prefix=BEFORE-ALL
// RUN: inlay-opt %s -p cse,canonicalize --print-ir-after-all 2>&1 | filecheck %s --check-prefix=AFTER-ALL
// RUN: inlay-opt %s -p cse,canonicalize -mlir-print-ir-after-all 2>&1 | filecheck %s --check-prefix=AFTER-ALL
// RUN: inlay-opt %s -p cse,canonicalize,dce --print-ir-before=dce,cse 2>&1 | filecheck %s --check-prefix=BEFORE
// RUN: inlay-opt %s -p cse,canonicalize --mlir-print-ir-after=canonicalize 2>&1 | filecheck %s --check-prefix=AFTER
// RUN: inlay-opt %s -p cse,cse --print-ir-after-change 2>&1 | filecheck %s --check-prefix=CHANGE
// RUN: inlay-opt %s -p cse,canonicalize --print-ir-after=canonicalize --print-ir-after-change 2>&1 | filecheck %s --check-prefix=AFTER
// RUN: inlay-opt %s -p cse --print-ir-after-failure 2>&1 | filecheck %s --check-prefix=NONE
// RUN: inlay-opt %s -p cse --print-ir-after-all --mlir-print-op-generic 2>&1 | filecheck %s --check-prefix=GENERIC
// RUN: not inlay-opt %s -p cse --print-ir-after=cze 2>&1 | filecheck %s --check-prefix=NAME
// RUN: inlay-opt %s -p cse --print-ir-after-all 2>%t | filecheck %s --check-prefix=NONE

// BEFORE-ALL:     // -----// IR Dump Before cse (cse) //----- //
// BEFORE-ALL:     arith.addi
// BEFORE-ALL:     // -----// IR Dump Before canonicalize (canonicalize) //----- //
// BEFORE-ALL-NOT: IR Dump

// AFTER-ALL:      // -----// IR Dump After cse (cse) //----- //
// AFTER-ALL-NEXT: builtin.module
// AFTER-ALL:      arith.addi
// AFTER-ALL:      // -----// IR Dump After canonicalize (canonicalize) //----- //
// AFTER-ALL-NOT:  arith.addi

// BEFORE:     IR Dump Before cse (cse)
// BEFORE:     IR Dump Before dce (dce)
// BEFORE-NOT: IR Dump

// AFTER-NOT:  IR Dump After cse
// AFTER:      IR Dump After canonicalize (canonicalize)

// The second cse changes nothing.
// CHANGE:     IR Dump After cse (cse)
// CHANGE-NOT: IR Dump

// NONE-NOT:   IR Dump

// GENERIC:    IR Dump After cse (cse)
// GENERIC-NEXT: "builtin.module"() ({

// NAME: inlay-opt: error: unknown pass 'cze'; did you mean

func.func @f() -> i32 {
  %0 = arith.constant 1 : i32
  %1 = arith.constant 1 : i32
  %2 = arith.addi %0, %1 : i32
  func.return %2 : i32
}
