// RUN: not inlay-opt %s 2>&1 | filecheck %s --check-prefix=INPUT
// RUN: not inlay-opt %s --no-verify-each 2>&1 | filecheck %s --check-prefix=INPUT
// RUN: not inlay-opt %s --timing --verify-each -p cse 2>&1 | filecheck %s --check-prefix=INPUT
// RUN: inlay-opt %S/Inputs/valid.mlir -p cse --timing --verify-each=0 2>&1 | filecheck %s --check-prefix=OFF
// RUN: inlay-opt %S/Inputs/valid.mlir -p cse --timing --no-verify-each 2>&1 | filecheck %s --check-prefix=OFF
// RUN: inlay-opt %S/Inputs/valid.mlir -p cse --timing --verify-each=true 2>&1 | filecheck %s --check-prefix=ON
// RUN: inlay-opt %S/Inputs/valid.mlir -p cse --timing --verify-each 2>&1 | filecheck %s --check-prefix=ON
// RUN: inlay-opt %S/Inputs/valid.mlir -p cse --timing 2>&1 | filecheck %s --check-prefix=ON
// RUN: not inlay-opt %s --verify-each=maybe 2>&1 | filecheck %s --check-prefix=BAD

// The input is verified in any case, dominance included.
// INPUT: verify-each.mlir:21:3: error: 'test.op' op operand #0 (result #0 of 'test.op') does not dominate this use

// ON:      cse
// ON-NEXT: (V) DominanceAndVerify
// OFF-NOT: (V)

// BAD: inlay-opt: error: {{.*}}--verify-each{{.*}}: expected true or false, found 'maybe'

func.func @f() {
  %0 = "test.op"(%1) : (i32) -> i32
  %1 = "test.op"() : () -> i32
  func.return
}
