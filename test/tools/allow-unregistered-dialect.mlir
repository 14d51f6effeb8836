// RUN: inlay-opt %s --allow-unregistered-dialect | filecheck %s
// RUN: inlay-opt %s -allow-unregistered-dialect | inlay-opt -allow-unregistered-dialect | filecheck %s
// RUN: not inlay-opt %s 2>&1 | filecheck %s --check-prefix=ERROR

// CHECK: "none.such"() {{.*}}: () -> !none.type
// ERROR: allow-unregistered-dialect.mlir:8:{{[0-9]+}}: error: Operation none.such is not registered

%0 = "none.such"() {a = 1 : i32} : () -> !none.type
