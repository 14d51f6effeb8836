// RUN: not inlay-opt %s --split-input-file 2>%t | filecheck %s && filecheck %s --check-prefix=ERROR --input-file=%t
// RUN: not inlay-opt %s --split-input-file -o %t2 2>&1 | filecheck %s --check-prefix=ERROR

// Every piece is processed; those that fail leave nothing.
// CHECK:      func.func @first
// CHECK:      // -----
// CHECK-NEXT: // -----
// CHECK-NEXT: builtin.module
// CHECK:      func.func @last

// ERROR:     split-input-file-errors.mlir:21:3: error: func.return: Expected arguments to have the same types
// ERROR-NOT: error

func.func @first() {
  func.return
}

// -----

func.func @wrong(%a: i32) -> i64 {
  func.return %a : i32
}

// -----

func.func @last() {
  func.return
}
