// RUN: not inlay-opt %s --verify-diagnostics --split-input-file 2>&1 | filecheck %s
// RUN: not inlay-opt %s --verify-diagnostics=only-expected --split-input-file 2>&1 | filecheck %s --check-prefix=ONLY

// CHECK:      mismatch.mlir:19:6: error: expected error "never" was not produced
// CHECK-NEXT: mismatch.mlir:27:3: error: unexpected error: func.return: Expected arguments
// CHECK-NEXT: mismatch.mlir:35:3: error: 'error' diagnostic emitted when expecting a 'warning': func.return
// CHECK-NEXT: mismatch.mlir:34:6: error: expected warning "func.return" was not produced
// CHECK-NEXT: mismatch.mlir:42:3: error: unexpected error: func.return
// CHECK-NEXT: mismatch.mlir:41:6: error: expected error "another text" was not produced
// CHECK-NEXT: mismatch.mlir:47:4: error: '{{.*}}' is not a regular expression: unterminated character set
// CHECK-NEXT: mismatch.mlir:51:4: error: no line below to refer to
// CHECK-NOT:  error:

// ONLY:     mismatch.mlir:19:6: error: expected error "never" was not produced
// ONLY-NOT: unexpected

// Nothing is emitted.
func.func @missing() {
  // expected-error @+1 {{never}}
  func.return
}

// -----

// Nothing is expected.
func.func @unexpected(%a: i32) -> i64 {
  func.return %a : i32
}

// -----

// The severity differs.
func.func @severity(%a: i32) -> i64 {
  // expected-warning @+1 {{func.return}}
  func.return %a : i32
}

// -----

func.func @text(%a: i32) -> i64 {
  // expected-error @+1 {{another text}}
  func.return %a : i32
}

// -----

// expected-error-re @+1 {{a {{[}} b}}

// -----

// expected-error @below {{what}}