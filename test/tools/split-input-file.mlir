// RUN: inlay-opt %s --split-input-file | filecheck %s
// RUN: inlay-opt %s -split-input-file --output-split-marker="// ====" | filecheck %s --check-prefix=OUT
// RUN: inlay-opt %s "--split-input-file=// +++++" | filecheck %s --check-prefix=MARKER
// RUN: not inlay-opt %s --split-input-file= 2>&1 | filecheck %s --check-prefix=EMPTY

// CHECK:      func.func @f
// CHECK:      {{^}}// -----{{$}}
// CHECK-NEXT: builtin.module
// CHECK:        func.func @g
// CHECK:        func.func @h
// CHECK-NOT:  // -----

// OUT:      // ====
// OUT-NEXT: builtin.module

// MARKER:     func.func @f
// MARKER:     func.func @g
// MARKER:     // -----
// MARKER:     func.func @h

// EMPTY:      inlay-opt: error: --split-input-file: the marker is empty

func.func @f() {
  func.return
}

// -----

func.func @g() {
  func.return
}

// +++++

func.func @h() {
  func.return
}
