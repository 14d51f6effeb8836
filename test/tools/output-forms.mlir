// RUN: inlay-opt %s --target=x86-64-v3 --compile-to=llvm -t mlir | filecheck %s --check-prefix=MLIR
// RUN: inlay-opt %s --target=x86-64-v3 --compile-to=llvm -t llvm-ir | filecheck %s --check-prefix=IR
// RUN: inlay-opt %s --target=x86-64-v3 -t llvm-ir | filecheck %s --check-prefix=IR
// RUN: inlay-opt %s --target=x86-64-v3 --compile-to=loops | inlay-opt -t asm | filecheck %s --check-prefix=V3
// RUN: inlay-opt %s --target=x86-64-v3 -p tl-to-loops,loops-to-llvm -t asm | filecheck %s --check-prefix=V3
// RUN: inlay-opt %s --target=aarch64 -t asm -o %t && filecheck %s --check-prefix=ARM --input-file=%t
// RUN: not inlay-opt %s -t asm 2>&1 | filecheck %s --check-prefix=NO-TARGET
// RUN: not inlay-opt %s --target=aarch64 --compile-to=loops -t asm 2>&1 | filecheck %s --check-prefix=EARLY
// RUN: not inlay-opt %s -t assembly 2>&1 | filecheck %s --check-prefix=FORM
// RUN: not inlay-opt %s -t obj --split-input-file 2>&1 | filecheck %s --check-prefix=PIECES

// MLIR: llvm.func @axpy
// IR: target triple = "x86_64-unknown-linux-gnu"
// IR: define void @"axpy"(
// IR: call <8 x float> @llvm.fma.v8f32
// V3: axpy:
// V3: vfmadd{{[0-9]+}}ps {{.*}}%ymm
// ARM: axpy:
// ARM: fmla v{{[0-9]+}}.4s
// NO-TARGET: output-forms.mlir:1:1: error: the module names no machine to make asm for (inlay.target)
// EARLY: error: asm is made of a module at the llvm phase, found func.func
// FORM: inlay-opt: error: unknown form 'assembly'; expected mlir, llvm-ir, asm, obj
// PIECES: inlay-opt: error: -t obj takes one module, found 2

tl.kernel @axpy(%A: memref<8xf32>, %X: memref<64x8xf32>, %Y: memref<64x8xf32> inout) {
  tl.nest (%i = 64, %l = 8) schedule [i, l vector] finish {
    %a = tl.load %A[%l]
    %x = tl.load %X[%i, %l]
    %y = tl.load %Y[%i, %l]
    %n = math.fma %a, %x, %y : f32
    tl.store %n, %Y[%i, %l]
  }
}

// -----
