// Text of any level goes through the phases before its own as it is.
// RUN: inlay-opt %s --target=x86-64-v3 --compile-to=kernels | filecheck %s --check-prefix=TL
// RUN: inlay-opt %s --target=x86-64-v3 --compile-to=tl | inlay-opt --compile-to=scheduled | filecheck %s --check-prefix=TL
// RUN: inlay-opt %s --target=x86-64-v3 --compile-to=loops > %t.loops && filecheck %s --check-prefix=LOOPS --input-file=%t.loops
// RUN: inlay-opt %t.loops --compile-to=loops | diff %t.loops -
// RUN: inlay-opt %s --target=x86-64-v3 --compile-to=llvm > %t.llvm && filecheck %s --check-prefix=LLVM --input-file=%t.llvm
// RUN: inlay-opt %t.loops --compile-to=llvm | diff %t.llvm -
// RUN: inlay-opt %t.llvm --compile-to=llvm | diff %t.llvm -

// TL: tl.kernel @double
// LOOPS: func.func @double
// LLVM: llvm.func @double
// LLVM-NOT: func.func

tl.kernel @double(%X: memref<64xf32>, %Y: memref<64xf32> out) {
  tl.nest (%i = 64) schedule [i by 8, i vector] finish {
    %x = tl.load %X[%i]
    %y = arith.addf %x, %x : f32
    tl.store %y, %Y[%i]
  }
}
