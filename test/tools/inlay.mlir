// RUN: inlay --help | filecheck %s --check-prefix=HELP
// RUN: inlay -h | filecheck %s --check-prefix=HELP
// RUN: inlay --version | filecheck %s --check-prefix=VERSION
// RUN: inlay bench-kernel --help | filecheck %s --check-prefix=COMMAND
// RUN: not inlay 2>&1 | filecheck %s --check-prefix=NONE
// RUN: not inlay bench-kernels 2>&1 | filecheck %s --check-prefix=UNKNOWN
// RUN: not inlay bench-kernel %s %s 2>&1 | filecheck %s --check-prefix=USAGE
// RUN: not env XDG_CACHE_HOME=%T inlay bench-kernel %s 2>&1 | filecheck %s
// RUN: not env XDG_CACHE_HOME=%T inlay bench-kernel %s --debug 2>&1 | filecheck %s --check-prefix=DEBUG

// HELP: usage: inlay COMMAND [OPTION]...
// HELP: bench-kernel {{[a-z]}}
// VERSION: inlay {{[0-9]+\.[0-9]+}}
// COMMAND: usage: inlay bench-kernel [OPTION]... [FILE]
// COMMAND: --size NAME=N
// NONE: {{^}}inlay: error: expected a command: bench-kernel{{$}}
// UNKNOWN: {{^}}inlay: error: unknown command 'bench-kernels'; did you mean 'bench-kernel'?; expected bench-kernel
// USAGE: {{^}}inlay: error: unrecognized arguments: {{.*}}inlay.mlir
// USAGE-NOT: {{.}}
// CHECK: inlay.mlir:26:22: error: {{.+$}}
// CHECK-NOT: {{.}}
// DEBUG: Traceback
// DEBUG: inlay.mlir:26:22: error:

func.func @f(%a: i32) -> i32 {
  %0 = arith.addi %a : i32
  func.return %0 : i32
}
