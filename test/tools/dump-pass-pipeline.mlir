// RUN: inlay-opt %s -p "cse,relay.func(fuse-ops{max-depth=3})" --dump-pass-pipeline 2>&1 | filecheck %s
// RUN: inlay-opt %s --dump-pass-pipeline 2>&1 | filecheck %s --check-prefix=EMPTY
// RUN: inlay-opt %s -p cse --dump-pass-pipeline 2>%t | filecheck %s --check-prefix=STDOUT

// CHECK:      Pass Manager with 2 passes:
// CHECK-NEXT: builtin.module(cse,relay.func(fuse-ops{max-depth=3
// EMPTY:      Pass Manager with 0 passes:
// EMPTY-NEXT: builtin.module()
// STDOUT-NOT: builtin.module(

builtin.module {
}
