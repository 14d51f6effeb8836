// An invalid input fails before the first pass, and leaves a reproducer too.
// RUN: not inlay-opt %s -p cse,canonicalize --crash-reproducer %t 2>&1 | filecheck %s --check-prefix=ERROR
// RUN: filecheck %s --input-file=%t
// RUN: not inlay-opt --run-reproducer %t 2>&1 | filecheck %s --check-prefix=AGAIN
// RUN: not inlay-opt %s -p cse --mlir-pass-pipeline-crash-reproducer=%t2 --mlir-pass-pipeline-local-reproducer 2>%t3
// RUN: filecheck %s --check-prefix=OTHER --input-file=%t2
// RUN: not inlay-opt --run-reproducer %t -p cse 2>&1 | filecheck %s --check-prefix=TWO
// RUN: not inlay-opt --run-reproducer %s 2>&1 | filecheck %s --check-prefix=NO-PIPELINE
// RUN: inlay-opt --run-reproducer %S/Inputs/reproducer.mlir --dump-pass-pipeline 2>&1 | filecheck %s --check-prefix=RUN-IT

// ERROR: reproducer.mlir:30:3: error: func.return: Expected arguments to have the same types
// ERROR: note: to reproduce: inlay-opt --run-reproducer {{.*}}.tmp

// CHECK: // inlay-opt --run-reproducer {{.*}}.tmp
// CHECK: "builtin.module"()
// CHECK: pipeline: "builtin.module(cse,canonicalize)"
// CHECK: verify_each: true
// OTHER: pipeline: "builtin.module(cse)"

// AGAIN: {{.*}}.tmp:[[LINE:[0-9]+]]:{{[0-9]+}}: error: func.return: Expected arguments

// TWO: inlay-opt: error: --run-reproducer brings its pipeline: give no other
// NO-PIPELINE: inlay-opt: error: expected a reproducer

// RUN-IT:      builtin.module(canonicalize)
// RUN-IT:      arith.constant 2
// RUN-IT-NOT:  arith.addi

func.func @f(%a: i32) -> i64 {
  func.return %a : i32
}
