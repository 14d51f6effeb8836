// RUN: env XDG_CACHE_HOME=%T inlay bench-kernel %s --seconds 0 --remeasure | filecheck %s
// RUN: env XDG_CACHE_HOME=%T inlay bench-kernel --seconds 0 --size n0=9 < %s | filecheck %s
// RUN: env XDG_CACHE_HOME=%T inlay bench-kernel %s --seconds 0 --kernel twice --asm | filecheck %s --check-prefix=ASM
// RUN: inlay-opt %s --target=native --compile-to=loops -o %t && env XDG_CACHE_HOME=%T inlay bench-kernel %t --seconds 0 | filecheck %s --check-prefix=LOOPS
// RUN: env XDG_CACHE_HOME=%T inlay bench-kernel %t --seconds 0 --kernel twice --flops 64 | filecheck %s --check-prefix=FLOPS
// RUN: inlay-opt %s --target=native --compile-to=llvm -o %t && env XDG_CACHE_HOME=%T inlay bench-kernel %t --seconds 0 | filecheck %s --check-prefix=LOOPS
// RUN: env XDG_CACHE_HOME=%T inlay bench-kernel %S/Inputs/graph.mlir --seconds 0 | filecheck %s --check-prefix=RELAY
// RUN: env XDG_CACHE_HOME=%T inlay bench-kernel %S/Inputs/primitive.mlir --seconds 0 | filecheck %s --check-prefix=PRIMITIVE

// CHECK: roof of a core: FMA {{[0-9]*[1-9][0-9]*\.[0-9]}} GFLOP/s; {{.*}}DRAM {{[1-9][0-9]*}} GB/s
// CHECK-NEXT: kernel min µs median µs GFLOP/s GB/s % of roof bound by
// CHECK-NEXT: twice {{[0-9]+\.[0-9]+ +[0-9]+\.[0-9]+ +[0-9.]+ +[0-9.]+ +[0-9.]+% +(FMA|L[123]|DRAM)$}}
// CHECK-NEXT: sum {{[0-9]+\.[0-9]+ +[0-9]+\.[0-9]+ +[0-9.]+ +[0-9.]+ +[0-9.]+% +(FMA|L[123]|DRAM)$}}
// CHECK-NOT: {{.}}

// ASM-NOT: sum
// ASM: twice
// ASM-NEXT: hot loop, in twice: {{[1-9][0-9]*}} instructions, {{[1-9][0-9]*}} on vectors, 0 of them multiply and add
// ASM-NEXT: {{^}}    {{.*}}:

// LOOPS: twice {{[0-9.]+ +[0-9.]+}} - {{[0-9.]+}} - -
// FLOPS: twice {{[0-9.]+ +[0-9.]+ +[0-9.]+ +[0-9.]+}} {{[0-9.]+}}%

// RELAY: fused_add {{[0-9.]+}}

// A kernel is timed though nothing calls it.
// PRIMITIVE: twice {{[0-9.]+}}

tl.kernel @twice(%X: memref<?x32xf32> sizes (n0), %Y: memref<?x32xf32> out sizes (n0)) {
  %c0 = arith.constant 0 : index
  %n0 = memref.dim %X, %c0 : memref<?x32xf32>
  tl.for %i = %n0 parallel {
    tl.nest (%l = 32) schedule [l by 8, l vector] finish {
      %x = tl.load %X[%i, %l]
      %y = arith.addf %x, %x : f32
      tl.store %y, %Y[%i, %l]
    }
  }
}
tl.kernel @sum(%X: memref<640xf32>, %Y: memref<f32> out) {
  tl.nest () reduce (%i = 640) acc (%a : f32 add) schedule [i by 8, i vector] update {
    %x = tl.load %X[%i]
    %n = arith.addf %a, %x : f32
    tl.yield %n
  } finish {
    tl.store %a, %Y[]
  }
}
