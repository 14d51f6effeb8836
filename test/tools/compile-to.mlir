// RUN: inlay-opt --list-phases | filecheck %s
// RUN: not inlay-opt %s --compile-to=nowhere 2>&1 | filecheck %s --check-prefix=ERROR

// CHECK: Phases, in order:
// ERROR: inlay-opt: error: unknown phase 'nowhere'{{.*}}; the phases:
