// RUN: inlay-opt --show-dialects | filecheck %s

// CHECK: Available dialects:
// CHECK: {{^}}  arith
// CHECK: {{^}}    arith.divsi {{ +}}Signed integer division.
// CHECK: {{^}}  builtin
// CHECK: {{^}}    builtin.module
// CHECK: {{^}}  relay
// CHECK: {{^}}    relay.add {{ +}}{{.+}}
