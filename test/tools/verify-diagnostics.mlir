// RUN: inlay-opt %s --verify-diagnostics --split-input-file | filecheck %s --allow-empty
// RUN: inlay-opt %s --verify-diagnostics=only-expected --split-input-file

// No IR is printed.
// CHECK-NOT: func

func.func @same_line(%a: i32) -> i64 {
  func.return %a : i32  // expected-error {{expected [i64], got [i32]}}
}

// -----

func.func @next_line(%a: i32) -> i64 {
  // expected-error @+1 {{func.return}}
  func.return %a : i32
}

// -----

func.func @previous_line(%a: i32) -> i64 {
  func.return %a : i32
  // expected-error@-1{{func.return}}
}

// -----

func.func @below(%a: i32) -> i64 {
  // expected-error @below {{func.return}}
  func.return %a : i32
}

// -----

func.func @above(%a: i32) -> i64 {
  func.return %a : i32
  // expected-error @above {{func.return}}
}

// -----

// expected-error @unknown {{func.return}}
func.func @anywhere(%a: i32) -> i64 {
  func.return %a : i32
}

// -----

func.func @regular_expression(%a: i32) -> i64 {
  // expected-error-re @+1 {{expected [i{{[0-9]+}}], got}}
  func.return %a : i32
}

// -----

// expected-error @+1 {{not registered}}
"none.such"() : () -> ()

// -----

func.func @fine() {
  func.return
}
