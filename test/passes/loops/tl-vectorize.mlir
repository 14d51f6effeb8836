// RUN: inlay-opt %s -p "tl-vectorize{axis=j}" --target=x86-64-v3 | filecheck %s --check-prefix=V3
// RUN: inlay-opt %s -p "tl-vectorize{axis=j}" --target=x86-64-v4 | filecheck %s --check-prefix=V4
// RUN: inlay-opt %s -p "tl-vectorize{axis=j lanes=60},tl-vectorize{axis=j lanes=6 nest=0}" | filecheck %s --check-prefix=AGAIN
// RUN: not inlay-opt %s -p "tl-vectorize{axis=j lanes=4},tl-vectorize{axis=k nest=1}" 2>&1 | filecheck %s --check-prefix=TWO
// RUN: not inlay-opt %s -p "tl-vectorize{axis=i nest=0}" 2>&1 | filecheck %s --check-prefix=STEP
// RUN: not inlay-opt %s -p "tl-vectorize{axis=i nest=3}" 2>&1 | filecheck %s --check-prefix=PIECES
// RUN: not inlay-opt %s -p "tl-vectorize{axis=j lanes=0}" 2>&1 | filecheck %s --check-prefix=LANES

// V3: schedule [i parallel, j by 8, j vector] finish
// V3: schedule [j by 8, k, j vector] update
// V3: schedule [j by 32, j vector] finish

// V4: schedule [i parallel, j by 16, j vector] finish
// V4: schedule [j by 16, k, j vector] update
// V4: schedule [j vector] finish

// AGAIN: schedule [i parallel, j by 6, j vector] finish
// AGAIN: schedule [k, j vector] update
// AGAIN: schedule [j vector] finish

// TWO: tl.nest: axis j is the vector already: [j by 4, k, j vector]
// STEP: left invalid IR: tl.store: the store to %Y has step 60 over the lanes of entry 'i vector', expected 1
// PIECES: tl.nest: entry 'i by (2x1, *x1)' has several pieces and cannot become a vector
// LANES: pass 'tl-vectorize': lanes is 0, expected at least 1

tl.kernel @k(%X: memref<8x60xf32>, %W: memref<8x60xi8>, %Y: memref<8x60xf32> out, %Z: memref<60xi32> out, %B: memref<60xi8> out) {
  tl.nest (%i = 8, %j = 60) schedule [i parallel, j] finish {
    %x = tl.load %X[%i, %j]
    tl.store %x, %Y[%i, %j]
  }
  tl.nest (%j = 60) reduce (%k = 8) acc (%a : i32 add) schedule [j, k]
  update {
    %w = tl.load %W[%k, %j]
    %e = arith.extsi %w : i8 to i32
    %n = arith.addi %a, %e : i32
    tl.yield %n
  } finish {
    tl.store %a, %Z[%j]
  }
  tl.nest (%j = 60) schedule [j] finish {
    %w = tl.load %W[0, %j]
    tl.store %w, %B[%j]
  }
  tl.nest (%i = 8) schedule [i by (2x1, *x1)] finish {
    %x = tl.load %X[%i, 0]
    tl.store %x, %Y[%i, 0]
  }
}
