// RUN: inlay-opt %s -p tl-parallelize | filecheck %s --check-prefix=ALL
// RUN: inlay-opt %s -p "tl-parallelize{entries=2 kernel=k}" | filecheck %s --check-prefix=TWO
// RUN: not inlay-opt %s -p "tl-parallelize{phase=2}" 2>&1 | filecheck %s --check-prefix=REDUCED
// RUN: not inlay-opt %s -p "tl-parallelize{entries=2 phase=1}" 2>&1 | filecheck %s --check-prefix=LOOP
// RUN: not inlay-opt %s -p "tl-parallelize{phase=3}" 2>&1 | filecheck %s --check-prefix=PHASE
// RUN: not inlay-opt %s -p "tl-parallelize{kernel=f}" 2>&1 | filecheck %s --check-prefix=KERNEL

// ALL: schedule [i parallel, j] finish
// ALL: tl.for %r, %n = 8 by 4 parallel {
// ALL: schedule [i, j] finish
// ALL: schedule [j] update

// TWO: schedule [i parallel, j parallel] finish
// TWO: tl.for %r, %n = 8 by 4 {

// REDUCED: tl.nest: '[j]' starts with 0 spatial loops, expected 1
// LOOP: tl.for: 'r by 4' starts with 1 spatial loops, expected 2
// PHASE: pass 'tl-parallelize' failed: no kernel has a phase 3
// KERNEL: pass 'tl-parallelize' failed: there is no kernel @f; the module's kernels: @k

tl.kernel @k(%X: memref<8x16xf32>, %Y: memref<8x16xf32> out, %Z: memref<f32> out) {
  tl.nest (%i = 8, %j = 16) schedule [i, j] finish {
    %x = tl.load %X[%i, %j]
    tl.store %x, %Y[%i, %j]
  }
  tl.for %r, %n = 8 by 4 {
    tl.nest (%i = %n, %j = 16) schedule [i, j] finish {
      %x = tl.load %X[%r + %i, %j]
      tl.store %x, %Y[%r + %i, %j]
    }
  }
  tl.nest () reduce (%j = 16) acc (%a : f32 add) schedule [j]
  update {
    %x = tl.load %X[0, %j]
    %n = arith.addf %a, %x : f32
    tl.yield %n
  } finish {
    tl.store %a, %Z[]
  }
}
