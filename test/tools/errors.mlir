// RUN: not inlay-opt --frobnicate %s 2>&1 | filecheck %s --check-prefix=UNKNOWN
// RUN: not inlay-opt %s %s 2>&1 | filecheck %s --check-prefix=TWO-FILES
// RUN: not inlay-opt %T/none.mlir 2>&1 | filecheck %s --check-prefix=MISSING
// RUN: not inlay-opt %T 2>&1 | filecheck %s --check-prefix=FOLDER
// RUN: not inlay-opt %s -p 2>&1 | filecheck %s --check-prefix=NO-VALUE
// RUN: not inlay-opt %s 2>&1 | filecheck %s
// RUN: not inlay-opt %s 2>%t | filecheck %s --check-prefix=STDOUT --allow-empty
// RUN: not inlay-opt %s --debug 2>&1 | filecheck %s --check-prefix=DEBUG

// Each error is exactly one line.
// UNKNOWN:       {{^}}inlay-opt: error: unrecognized arguments: --frobnicate{{$}}
// UNKNOWN-NOT:   {{.}}
// TWO-FILES:     inlay-opt: error: unrecognized arguments: {{.*}}errors.mlir
// TWO-FILES-NOT: {{.}}
// MISSING:       inlay-opt: error: cannot read '{{.*}}none.mlir': No such file or directory
// MISSING-NOT:   {{.}}
// FOLDER:        inlay-opt: error: cannot read '{{.*}}': Is a directory
// FOLDER-NOT:    {{.}}
// NO-VALUE:      inlay-opt: error: argument -p/--pass-pipeline: expected one argument
// NO-VALUE-NOT:  {{.}}
// CHECK:         errors.mlir:28:22: error: {{.+$}}
// CHECK-NOT:     {{.}}
// STDOUT-NOT:    {{.}}
// DEBUG:         Traceback
// DEBUG:         errors.mlir:28:{{[0-9]+}}: error:

func.func @f(%a: i32) -> i32 {
  %0 = arith.addi %a : i32
  func.return %0 : i32
}
