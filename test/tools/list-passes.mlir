// RUN: inlay-opt --list-passes | filecheck %s

// CHECK: Available passes:
// CHECK: {{^}}  canonicalize {{ +}}Applies all canonicalization patterns.
// CHECK: {{^}}  fuse-ops {{ +}}{{[A-Z].*}}
// CHECK-NEXT: {{^}}      max-depth: int = 256
