// RUN: inlay-opt --list-phases | filecheck %s --check-prefix=LIST
// RUN: inlay-opt %s --compile-to=input --dump-pass-pipeline 2>&1 | filecheck %s --check-prefix=INPUT
// RUN: inlay-opt %s --compile-to kernels | filecheck %s --check-prefix=KERNELS
// RUN: inlay-opt %s --compile-to=kernels --dump-ir-dir %T/dumps > %t && cat %T/dumps/000_input.mlir | filecheck %s --check-prefix=INPUT-IR
// RUN: not inlay-opt %s --compile-to=kernel 2>&1 | filecheck %s --check-prefix=ERROR

// LIST:      Phases, in order:
// LIST:      {{^}}  input {{ +}}the program as it came
// LIST:      {{^}}  kernels {{ +}}{{.+}}
// LIST-NEXT: {{^}}      {{.*}}fuse-ops

// INPUT:     Pass Manager with 0 passes:
// INPUT:     relay.add
// INPUT-IR:  relay.add

// KERNELS:   relay.call @fused_add(
// KERNELS:   relay.func private @fused_add({{.*}} attributes {primitive

// ERROR:     inlay-opt: error: unknown phase 'kernel'; did you mean 'kernels'?; the phases: input, {{.*}}kernels

relay.func @main(%x: tensor<4xf32>, %y: tensor<4xf32>) -> tensor<4xf32> {
  %0 = relay.add %x, %y : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  relay.return %0 : tensor<4xf32>
}
