// RUN: inlay-opt %s -p "tl-tile{axis=j by=16}" | filecheck %s --check-prefix=ONE
// RUN: inlay-opt %s -p "tl-tile{axis=j by=16},tl-tile{axis=j by=4 at=2 nest=0 kernel=first},tl-tile{axis=i by=1x1,*x2 at=0}" | filecheck %s --check-prefix=MORE
// RUN: inlay-opt %s -p "tl-tile{kernel=second axis=j by=16}" | filecheck %s --check-prefix=KERNEL
// RUN: inlay-opt %s -p "tl-tile{kernel=first nest=1 axis=j by=16}" | filecheck %s --check-prefix=NEST
// RUN: not inlay-opt %s -p "tl-tile{axis=k by=16}" 2>&1 | filecheck %s --check-prefix=AXIS
// RUN: not inlay-opt %s -p "tl-tile{axis=j nest=2 by=16}" 2>&1 | filecheck %s --check-prefix=NUMBER
// RUN: not inlay-opt %s -p "tl-tile{axis=j nest=0 kernel=second by=16}" 2>&1 | filecheck %s --check-prefix=OTHER
// RUN: not inlay-opt %s -p "tl-tile{axis=j kernel=third by=16}" 2>&1 | filecheck %s --check-prefix=NONE
// RUN: not inlay-opt %s -p "tl-tile{axis=j kernel=first by=16 at=3}" 2>&1 | filecheck %s --check-prefix=PLACE
// RUN: not inlay-opt %s -p "tl-tile{axis=j by=x}" 2>&1 | filecheck %s --check-prefix=PIECES
// RUN: not inlay-opt %s -p "tl-tile{axis=j by=2x4}" 2>&1 | filecheck %s --check-prefix=FIT

// ONE: schedule [i, j by 16, j] finish
// ONE: schedule [j by 16, j] finish
// ONE: schedule [i] finish
// ONE: schedule [j by (*x16, *x1), j] finish

// MORE: schedule [i by (1x1, *x2), i, j by 16, j by 4, j] finish

// KERNEL: schedule [i, j] finish
// KERNEL: schedule [j by (*x16, *x1), j] finish

// NEST: schedule [i, j] finish
// NEST: schedule [j by 16, j] finish

// AXIS: pass 'tl-tile' failed: there is no nest with axes k
// NUMBER: pass 'tl-tile' failed: there is no nest 2
// OTHER: pass 'tl-tile' failed: tl.nest: there is no axis j; its axes: i
// NONE: pass 'tl-tile' failed: there is no kernel @third; the module's kernels: @first, @second
// PLACE: position 3 in [i, j] does not lie before the last entry of axis j, expected 0 to 1
// PIECES: pass 'tl-tile': schedule '[axis by (x)]'
// FIT: pass 'tl-tile' left invalid IR: tl.nest: entry 'j by (2x4)': fixed pieces take 8 points of a piece of 64

tl.kernel @first(%X: memref<9x64xf32>, %Y: memref<9x64xf32> out, %Z: memref<64xf32> out) {
  tl.nest (%i = 9, %j = 64) schedule [i, j] finish {
    %x = tl.load %X[%i, %j]
    tl.store %x, %Y[%i, %j]
  }
  tl.nest (%j = 64) schedule [j] finish {
    %x = tl.load %X[0, %j]
    tl.store %x, %Z[%j]
  }
}

tl.kernel @second(%X: memref<?xf32> sizes (n), %Y: memref<?xf32> out sizes (n), %Z: memref<9xf32> out) {
  %c0 = arith.constant 0 : index
  %n = memref.dim %X, %c0 : memref<?xf32>
  tl.nest (%i = 9) schedule [i] finish {
    %x = arith.constant 0.0 : f32
    tl.store %x, %Z[%i]
  }
  tl.nest (%j = %n) schedule [j] finish {
    %x = tl.load %X[%j]
    tl.store %x, %Y[%j]
  }
}
