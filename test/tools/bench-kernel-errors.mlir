// RUN: not inlay bench-kernel %T/none.mlir 2>&1 | filecheck %s --check-prefix=MISSING
// RUN: not inlay bench-kernel %T 2>&1 | filecheck %s --check-prefix=FOLDER
// RUN: not inlay bench-kernel %s --size n0 2>&1 | filecheck %s --check-prefix=SIZE
// RUN: not inlay bench-kernel %s --seconds long 2>&1 | filecheck %s --check-prefix=SECONDS
// RUN: not inlay bench-kernel %s --flops=-1 2>&1 | filecheck %s --check-prefix=FLOPS
// RUN: not inlay bench-kernel %s --target x86-64-v9 2>&1 | filecheck %s --check-prefix=TARGET
// RUN: not env XDG_CACHE_HOME=%T inlay bench-kernel %S/Inputs/empty.mlir 2>&1 | filecheck %s --check-prefix=NONE
// RUN: not env XDG_CACHE_HOME=%T inlay bench-kernel %S/Inputs/lowered.mlir 2>&1 | filecheck %s --check-prefix=LLVM
// RUN: not env XDG_CACHE_HOME=%T inlay bench-kernel %S/Inputs/unreached.mlir 2>&1 | filecheck %s --check-prefix=UNREACHED
// RUN: not env XDG_CACHE_HOME=%T inlay bench-kernel %S/Inputs/complex.mlir 2>&1 | filecheck %s --check-prefix=INVALID
// RUN: not env XDG_CACHE_HOME=%T inlay bench-kernel %S/Inputs/large.mlir 2>&1 | filecheck %s --check-prefix=LARGE
// RUN: not env XDG_CACHE_HOME=%T inlay bench-kernel %s --size m=5 2>&1 | filecheck %s --check-prefix=NAME
// RUN: not env XDG_CACHE_HOME=%T inlay bench-kernel %s --kernel takes 2>&1 | filecheck %s --check-prefix=KERNEL
// RUN: not env XDG_CACHE_HOME=%T inlay bench-kernel %s --size n0=1 --seconds 0 --debug 2>&1 | filecheck %s --check-prefix=BOUNDS

// MISSING: {{^}}inlay: error: cannot read '{{.*}}none.mlir': No such file or directory{{$}}
// FOLDER: {{^}}inlay: error: cannot read '{{.*}}': Is a directory
// SIZE: {{^}}inlay: error: argument --size: expected NAME=NUMBER, found 'n0'
// SECONDS: {{^}}inlay: error: argument --seconds: expected seconds, found 'long'
// FLOPS: {{^}}inlay: error: argument --flops: expected a number, found '-1'
// TARGET: {{^}}inlay: error: unknown target 'x86-64-v9'
// NONE: empty.mlir:1:1: error: found no kernel, expected a relay.func, tl.kernel or func.func
// UNREACHED: unreached.mlir:1:1: error: found no kernel: no relay.func that is public computes anything
// INVALID: complex.mlir:2:1: error: relay.func: @f has a parameter of type tensor<7xcomplex<f32>>, expected
// LARGE: large.mlir:1:1: error: kernel large: its buffers take 4000000000064 bytes, expected at most the {{[0-9]+}} of this machine's memory
// LARGE: large.mlir:1:1: error: there is no memory for 4000000000000000 bytes
// LLVM: error: no llvm.func tells the shapes of its buffers, expected an attribute tl.function_type
// NAME: bench-kernel-errors.mlir:1:1: error: no kernel has a size 'm'; expected n0
// KERNEL: {{^}}inlay: error: --kernel: no kernel is called 'takes'; did you mean 'take'?
// BOUNDS: Traceback
// BOUNDS: bench-kernel-errors.mlir:1:1: error: kernel take: an index is out of bounds

// Every index of the inputs is at least 1, and the table may have one row.
tl.kernel @take(%I: memref<8xi32>, %X: memref<?xf32> sizes (n0), %Y: memref<8xf32> out) {
  tl.nest (%i = 8) schedule [i] finish {
    %p = tl.load %I[%i]
    %q = arith.index_cast %p : i32 to index
    %x = tl.load %X[%q] checked
    tl.store %x, %Y[%i]
  }
}
