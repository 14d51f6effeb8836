// RUN: inlay-opt %s --split-input-file --verify-diagnostics

// V1: every axis is scheduled.
tl.kernel @unscheduled(%X: memref<8x4xf32>, %Y: memref<8x4xf32> out) {
  // expected-error@+1 {{tl.nest: axis j is not scheduled}}
  tl.nest (%i = 8, %j = 4) schedule [i] finish {
    %x = tl.load %X[%i, %j]
    tl.store %x, %Y[%i, %j]
  }
}

// -----

// V1: the last entry of an axis divides it into points.
tl.kernel @undivided(%X: memref<8xf32>, %Y: memref<8xf32> out) {
  // expected-error@+1 {{tl.nest: axis i ends in entry 'i by 4', expected pieces of one point or a vector}}
  tl.nest (%i = 8) schedule [i by 4] finish {
    %x = tl.load %X[%i]
    tl.store %x, %Y[%i]
  }
}

// -----

// V1: fixed pieces fit every length, here that of the shorter last piece.
tl.kernel @pieces_do_not_fit(%X: memref<10xf32>, %Y: memref<10xf32> out) {
  // expected-error@+1 {{entry 'i by (1x3, *x1)': fixed pieces take 3 points of a piece of 2}}
  tl.nest (%i = 10) schedule [i by 4, i by (1x3, *x1)] finish {
    %x = tl.load %X[%i]
    tl.store %x, %Y[%i]
  }
}

// -----

// V1: fixed pieces cover the length, or a star does.
tl.kernel @pieces_leave_some(%X: memref<10xf32>, %Y: memref<10xf32> out) {
  // expected-error@+1 {{entry 'i by (4x2)': fixed pieces take 8 points of a piece of 10}}
  tl.nest (%i = 10) schedule [i by (4x2), i] finish {
    %x = tl.load %X[%i]
    tl.store %x, %Y[%i]
  }
}

// -----

// V1: a length known at run time is divided down to single points.
tl.kernel @dynamic_rest(%X: memref<?xf32> sizes (n), %Y: memref<?xf32> out sizes (n)) {
  %c0 = arith.constant 0 : index
  %n = memref.dim %X, %c0 : memref<?xf32>
  // expected-error@+1 {{entry 'i by 4' divides a length known at run time; expected *x1 at its end}}
  tl.nest (%i = %n) schedule [i by 4, i] finish {
    %x = tl.load %X[%i]
    tl.store %x, %Y[%i]
  }
}

// -----

tl.kernel @dynamic_loop(%X: memref<?xf32>) {
  %c0 = arith.constant 0 : index
  %n = memref.dim %X, %c0 : memref<?xf32>
  // expected-error@+1 {{tl.for: entry 'i by 4' divides a length known at run time}}
  tl.for %i = %n by 4 {
  }
}

// -----

tl.kernel @no_such_axis(%Y: memref<8xf32> out) {
  // expected-error@+1 {{entry 'k by 2': the nest has no axis k}}
  tl.nest (%i = 8) schedule [k by 2, i] finish {
    %x = arith.constant 0.0 : f32
    tl.store %x, %Y[%i]
  }
}

// -----

tl.kernel @after_vector(%Y: memref<8xf32> out) {
  // expected-error@+1 {{entry 'i' follows the vector of axis i}}
  tl.nest (%i = 8) schedule [i vector, i] finish {
    %x = arith.constant 0.0 : f32
    tl.store %x, %Y[%i]
  }
}

// -----

// V2: the vector is last.
tl.kernel @vector_first(%X: memref<8x16xf32>, %Y: memref<8x16xf32> out) {
  // expected-error@+1 {{entry 'l vector' must be the last of the schedule}}
  tl.nest (%i = 8, %l = 16) schedule [l vector, i] finish {
    %x = tl.load %X[%i, %l]
    tl.store %x, %Y[%i, %l]
  }
}

// -----

// V2: a vector has a static length.
tl.kernel @vector_length(%X: memref<?xf32> sizes (n), %Y: memref<?xf32> out sizes (n)) {
  %c0 = arith.constant 0 : index
  %n = memref.dim %X, %c0 : memref<?xf32>
  // expected-error@+1 {{entry 'i vector' takes a piece of unknown length}}
  tl.nest (%i = %n) schedule [i vector] finish {
    %x = tl.load %X[%i]
    tl.store %x, %Y[%i]
  }
}

// -----

// V2: parallel entries lead.
tl.kernel @parallel_inside(%X: memref<8x4xf32>, %Y: memref<8x4xf32> out) {
  // expected-error@+1 {{entry 'j parallel' is parallel after one that is not}}
  tl.nest (%i = 8, %j = 4) schedule [i, j parallel] finish {
    %x = tl.load %X[%i, %j]
    tl.store %x, %Y[%i, %j]
  }
}

// -----

// V2: only top-level nests and loops are parallel.
tl.kernel @parallel_nested(%X: memref<8x4xf32>, %Y: memref<8x4xf32> out) {
  tl.for %i = 8 {
    // expected-error@+1 {{entry 'j parallel' is parallel, which only those of a top-level nest can be}}
    tl.nest (%j = 4) schedule [j parallel] finish {
      %x = tl.load %X[%i, %j]
      tl.store %x, %Y[%i, %j]
    }
  }
}

// -----

tl.kernel @parallel_loop_nested() {
  tl.for %i = 8 {
    // expected-error@+1 {{tl.for: entry 'j parallel' is parallel, which only top-level loops can be}}
    tl.for %j = 4 parallel {
    }
  }
}

// -----

// V2: a reduction axis is not parallel.
tl.kernel @parallel_reduction(%X: memref<8xf32>, %Y: memref<f32> out) {
  // expected-error@+1 {{entry 'k parallel' is parallel on a reduction axis}}
  tl.nest () reduce (%k = 8) acc (%a : f32 add) schedule [k parallel] update {
    %x = tl.load %X[%k]
    %n = arith.addf %a, %x : f32
    tl.yield %n
  } finish {
    tl.store %a, %Y[]
  }
}

// -----

// V3: chains are for reductions.
tl.kernel @spatial_chain(%X: memref<8xf32>, %Y: memref<8xf32> out) {
  // expected-error@+1 {{entry 'i chain' is a chain on an axis that is not reduced}}
  tl.nest (%i = 8) schedule [i chain] finish {
    %x = tl.load %X[%i]
    tl.store %x, %Y[%i]
  }
}

// -----

// V3: custom accumulators are combined by a region.
tl.kernel @no_combine(%X: memref<8xf32>, %Y: memref<f32> out) {
  // expected-error@+1 {{entry 'k vector' needs combine for accumulator a}}
  tl.nest () reduce (%k = 8) acc (%a : f32 custom) schedule [k vector] init {
    %z = arith.constant 0.0 : f32
    tl.yield %z
  } update {
    %x = tl.load %X[%k]
    %n = arith.addf %a, %x : f32
    tl.yield %n
  } finish {
    tl.store %a, %Y[]
  }
}

// -----

// V3: partial results of custom accumulators start from constants.
tl.kernel @identity(%X: memref<8xf32>, %Z: memref<f32>, %Y: memref<f32> out) {
  // expected-error@+1 {{entry 'k chain' needs a constant identity for accumulator a, yielded by init}}
  tl.nest () reduce (%k = 8) acc (%a : f32 custom) schedule [k chain] init {
    %z = tl.load %Z[]
    tl.yield %z
  } update {
    %x = tl.load %X[%k]
    %n = arith.addf %a, %x : f32
    tl.yield %n
  } combine (%b), (%c) {
    %n = arith.addf %b, %c : f32
    tl.yield %n
  } finish {
    tl.store %a, %Y[]
  }
}

// -----

tl.kernel @bitwise_float(%X: memref<8xf32>, %Y: memref<f32> out) {
  // expected-error@+1 {{accumulator a of kind xor is a float}}
  tl.nest () reduce (%k = 8) acc (%a : f32 xor) schedule [k] update {
    tl.yield %a
  } finish {
    tl.store %a, %Y[]
  }
}

// -----

// V4: points that may write one place are visited in order.
tl.kernel @overlapping_finish(%X: memref<8x4xf32>, %Y: memref<11xf32> out) {
  // expected-error@+1 {{entry 'i parallel': the store to %Y depends on the order of axes i, j; expected serial entries in this order}}
  tl.nest (%i = 8, %j = 4) schedule [i parallel, j] finish {
    %x = tl.load %X[%i, %j]
    tl.store %x, %Y[%i + %j]
  }
}

// -----

// V4: in the order of the axes.
tl.kernel @interchanged(%X: memref<8x4xf32>, %Y: memref<11xf32> out) {
  // expected-error@+1 {{entry 'i': the store to %Y depends on the order of axes i, j}}
  tl.nest (%i = 8, %j = 4) schedule [j, i] finish {
    %x = tl.load %X[%i, %j]
    tl.store %x, %Y[%i + %j]
  }
}

// -----

// V4: so are points whose place is computed.
tl.kernel @scatter(%I: memref<8xi32>, %Y: memref<100xf32> out) {
  // expected-error@+1 {{entry 'i unroll'}}
  tl.nest (%i = 8, %j = 4) schedule [j, i unroll] finish {
    %p = tl.load %I[%i]
    %q = arith.index_cast %p : i32 to index
    %x = arith.constant 1.0 : f32
    tl.store %x, %Y[%q] checked
  }
}

// -----

// V5: stores in update differ over all axes.
tl.kernel @overlapping_update(%X: memref<8x16xf32>, %Y: memref<8xf32> out) {
  // expected-error@+1 {{entry 'k vector': the store to %Y depends on the order of axes k}}
  tl.nest (%i = 8) reduce (%k = 16) schedule [i, k vector] update {
    %x = tl.load %X[%i, %k]
    tl.store %x, %Y[%i]
    tl.yield
  }
}

// -----

// V5: what depends on an accumulator orders the reduction.
tl.kernel @cumsum(%X: memref<8x16xf32>, %Y: memref<8x16xf32> out) {
  // expected-error@+1 {{entry 'k vector': the store to %Y depends on the order of axes k}}
  tl.nest (%i = 8) reduce (%k = 16) acc (%a : f32 add) schedule [i, k vector] update {
    %x = tl.load %X[%i, %k]
    %n = arith.addf %a, %x : f32
    tl.store %n, %Y[%i, %k]
    tl.yield %n
  }
}

// -----

// V5: several ordered axes keep their order.
tl.kernel @cumsum_2d(%X: memref<4x8xf32>, %Y: memref<4x8xf32> out) {
  // expected-error@+1 {{entry 'j': the store to %Y depends on the order of axes j, k}}
  tl.nest () reduce (%j = 4, %k = 8) acc (%a : f32 add) schedule [k, j] update {
    %x = tl.load %X[%j, %k]
    %n = arith.addf %a, %x : f32
    tl.store %n, %Y[%j, %k]
    tl.yield %n
  }
}

// -----

// V6: below the buffer.
tl.kernel @negative(%X: memref<8xf32>, %Y: memref<8xf32> out) {
  tl.nest (%i = 8) schedule [i] finish {
    // expected-error@+1 {{tl.load: index 0 of the load of %X may be negative; expected an else}}
    %x = tl.load %X[%i - 1]
    tl.store %x, %Y[%i]
  }
}

// -----

// V6: above the buffer.
tl.kernel @above(%X: memref<4x8xf32>, %Y: memref<8xf32> out) {
  tl.nest (%i = 8) schedule [i] finish {
    // expected-error@+1 {{tl.load: index 1 of the load of %X is not provably below its extent; expected an else}}
    %x = tl.load %X[0, %i + 1]
    tl.store %x, %Y[%i]
  }
}

// -----

// V6: the literal range counts.
tl.kernel @range(%X: memref<9xf32>, %Y: memref<8xf32> out) {
  tl.nest (%i = 8) schedule [i] finish {
    // expected-error@+1 {{index 0 of the load of %X is not provably below its extent}}
    %x, %y, %z = tl.load %X[%i + (0:3)]
    tl.store %x, %Y[%i]
  }
}

// -----

// V6: extents known at run time need not be equal.
tl.kernel @symbolic(%X: memref<?xf32>, %Y: memref<?xf32> out) {
  %c0 = arith.constant 0 : index
  %n = memref.dim %X, %c0 : memref<?xf32>
  tl.nest (%i = %n) schedule [i] finish {
    %x = tl.load %X[%i]
    // expected-error@+1 {{tl.store: index 0 of the store to %Y is not provably below its extent}}
    tl.store %x, %Y[%i]
  }
}

// -----

// V6: a computed index is checked or carries its own clamp.
tl.kernel @gather(%I: memref<8xi32>, %X: memref<100xf32>, %Y: memref<8xf32> out) {
  tl.nest (%i = 8) schedule [i] finish {
    %p = tl.load %I[%i]
    %q = arith.index_cast %p : i32 to index
    // expected-error@+1 {{index 0 of the load of %X may be negative}}
    %x = tl.load %X[%q]
    tl.store %x, %Y[%i]
  }
}

// -----

// V7: the lanes of a vector lie in one row.
tl.kernel @bent(%X: memref<7x7xf32>, %Y: memref<7x7xf32> out) {
  tl.nest (%p = 49) schedule [p by 14, p vector] finish {
    // expected-error@+1 {{the address of the load of %X is not linear over entry 'p vector'}}
    %x = tl.load %X[%p floordiv 7, %p mod 7]
    tl.store %x, %Y[%p floordiv 7, %p mod 7]
  }
}

// -----

// V7: stored lanes are contiguous.
tl.kernel @strided(%X: memref<16x8xf32>, %Y: memref<8x16xf32> out) {
  tl.nest (%i = 16, %j = 8) schedule [i, j vector] finish {
    %x = tl.load %X[%i, %j]
    // expected-error@+1 {{the store to %Y has step 16 over the lanes of entry 'j vector', expected 1}}
    tl.store %x, %Y[%j, %i]
  }
}

// -----

// V8: what sizes the accumulators is static.
tl.kernel @tile(%X: memref<?x8xf32> sizes (n), %Y: memref<?xf32> out sizes (n)) {
  %c0 = arith.constant 0 : index
  %n = memref.dim %X, %c0 : memref<?x8xf32>
  // expected-error@+1 {{entry 'i' divides a length known at run time inside the reduction}}
  tl.nest (%i = %n) reduce (%k = 8) acc (%a : f32 add) schedule [k, i] update {
    %x = tl.load %X[%i, %k]
    %m = arith.addf %a, %x : f32
    tl.yield %m
  } finish {
    tl.store %a, %Y[%i]
  }
}

// -----

// V9: what a nest stores it loads only there.
tl.kernel @shifted(%Y: memref<9xf32> inout) {
  tl.nest (%i = 8) schedule [i] finish {
    // expected-error@+1 {{tl.load: the load of %Y is stored by the same nest at another index}}
    %x = tl.load %Y[%i + 1]
    tl.store %x, %Y[%i]
  }
}

// -----

// V9: a view is the same memory.
tl.kernel @through_a_view(%Y: memref<2x8xf32> inout) {
  %v = memref.collapse_shape %Y [[0, 1]] : memref<2x8xf32> into memref<16xf32>
  tl.nest (%i = 8) schedule [i] finish {
    // expected-error@+1 {{tl.load: the load of %Y is stored by the same nest at another index}}
    %x = tl.load %Y[0, %i]
    tl.store %x, %v[%i + 1]
  }
}

// -----

// V9: wherever the view is taken.
tl.kernel @view_in_a_loop(%X: memref<2x8xf32>, %Y: memref<2x8xf32> out) {
  tl.for %r = 2 parallel {
    %v = memref.collapse_shape %Y [[0, 1]] : memref<2x8xf32> into memref<16xf32>
    tl.nest (%i = 8) schedule [i] finish {
      %x = tl.load %X[%r, %i]
      // expected-error@+1 {{iterations of parallel loop r are not shown to keep the store to %v apart}}
      tl.store %x, %v[%i]
    }
  }
}

// -----

// V9: what iterations touch is compared in one view alone.
tl.kernel @two_views(%X: memref<8xf32>, %Y: memref<8x1xf32> inout, %Z: memref<8xf32> out) {
  %v = memref.collapse_shape %Y [[0, 1]] : memref<8x1xf32> into memref<8xf32>
  tl.for %r = 8 parallel {
    tl.nest () schedule [] finish {
      %x = tl.load %X[%r]
      // expected-error@+1 {{iterations of parallel loop r are not shown to keep the store to %v apart}}
      tl.store %x, %v[%r]
    }
    tl.nest () schedule [] finish {
      %x = tl.load %Y[7 - %r, 0]
      tl.store %x, %Z[%r]
    }
  }
}

// -----

// V10: a view of an input is one.
tl.kernel @view_of_input(%X: memref<2x8xf32>) {
  %v = memref.collapse_shape %X [[0, 1]] : memref<2x8xf32> into memref<16xf32>
  tl.nest (%i = 8) schedule [i] finish {
    %x = arith.constant 0.0 : f32
    // expected-error@+1 {{tl.store: the store to %v is an input of the kernel}}
    tl.store %x, %v[%i]
  }
}

// -----

// V4: two stores that meet at different points are in order.
tl.kernel @neighbours(%X: memref<16xf32>, %Y: memref<17xf32> out) {
  // expected-error@+1 {{entry 'i vector': the store to %Y depends on the order of axes i}}
  tl.nest (%i = 16) schedule [i by 8, i vector] finish {
    %x = tl.load %X[%i]
    %n = arith.negf %x : f32
    tl.store %x, %Y[%i]
    tl.store %n, %Y[%i + 1]
  }
}

// -----

// V9: iterations of a parallel loop write apart.
tl.kernel @same_place(%X: memref<8x4xf32>, %Y: memref<4xf32> out) {
  tl.for %i = 8 parallel {
    tl.nest (%j = 4) schedule [j] finish {
      %x = tl.load %X[%i, %j]
      // expected-error@+1 {{iterations of parallel loop i are not shown to keep the store to %Y apart}}
      tl.store %x, %Y[%j]
    }
  }
}

// -----

// V9: windows of iterations do not meet.
tl.kernel @overlapping_windows(%X: memref<8x4xf32>, %Y: memref<18xf32> out) {
  tl.for %i = 8 parallel {
    tl.nest (%j = 4) schedule [j] finish {
      %x = tl.load %X[%i, %j]
      // expected-error@+1 {{iterations of parallel loop i are not shown to keep the store to %Y apart}}
      tl.store %x, %Y[2*%i + %j]
    }
  }
}

// -----

// V9: and none reads what another writes.
tl.kernel @reads_neighbour(%Y: memref<9x4xf32> inout, %Z: memref<8x4xf32> out) {
  tl.for %i = 8 parallel {
    tl.nest (%j = 4) schedule [j] finish {
      %x = tl.load %Y[%i + 1, %j]
      tl.store %x, %Z[%i, %j]
    }
    tl.nest (%j = 4) schedule [j] finish {
      %x = arith.constant 0.0 : f32
      // expected-error@+1 {{iterations of parallel loop i are not shown to keep the store to %Y apart}}
      tl.store %x, %Y[%i, %j]
    }
  }
}

// -----

// V10: else skip is for updates.
tl.kernel @skip_in_finish(%X: memref<8xf32>, %Y: memref<9xf32> out) {
  tl.nest (%i = 9) schedule [i] finish {
    // expected-error@+1 {{the load of %X has else skip outside update}}
    %x = tl.load %X[%i] else skip
    tl.store %x, %Y[%i]
  }
}

// -----

// V10: inputs are not stored.
tl.kernel @store_input(%X: memref<8xf32>) {
  tl.nest (%i = 8) schedule [i] finish {
    %x = arith.constant 0.0 : f32
    // expected-error@+1 {{the store to %X is an input of the kernel}}
    tl.store %x, %X[%i]
  }
}

// -----

// V10: accesses stand in nests.
tl.kernel @outside(%X: memref<8xf32>) {
  // expected-error@+1 {{the load of %X stands outside the regions of a nest}}
  %x = tl.load %X[0]
}

// -----

// V10: init starts accumulators, it stores nothing.
tl.kernel @store_in_init(%Y: memref<8xf32> out) {
  tl.nest (%i = 8) reduce (%k = 2) acc (%a : f32 add) schedule [i, k] init {
    %z = arith.constant 0.0 : f32
    // expected-error@+1 {{the store to %Y stands outside update and finish}}
    tl.store %z, %Y[%i]
    tl.yield %z
  } update {
    tl.yield %a
  }
}

// -----

// V10: regions yield the accumulators.
tl.kernel @yields(%X: memref<8xf32>, %Y: memref<f32> out) {
  // expected-error@+1 {{tl.nest: update yields (), expected (f32)}}
  tl.nest () reduce (%k = 8) acc (%a : f32 add) schedule [k] update {
    tl.yield
  } finish {
    tl.store %a, %Y[]
  }
}

// -----

tl.kernel @no_yield(%X: memref<8xf32>, %Y: memref<f32> out) {
  // expected-error@+1 {{tl.nest: update must end in tl.yield}}
  tl.nest () reduce (%k = 8) acc (%a : f32 add) schedule [k] update {
    %x = tl.load %X[%k]
  } finish {
    tl.store %a, %Y[]
  }
}

// -----

tl.kernel @yield_in_finish(%Y: memref<8xf32> out) {
  // expected-error@+1 {{tl.nest: finish stores its results, found tl.yield}}
  tl.nest (%i = 8) schedule [i] finish {
    tl.yield
  }
}

// -----

tl.kernel @no_update() {
  // expected-error@+1 {{tl.nest: reduction axes or accumulators without update}}
  tl.nest (%i = 8) reduce (%k = 8) schedule [i, k] finish {
  }
}

// -----

tl.kernel @no_regions() {
  // expected-error@+1 {{tl.nest: found neither update nor finish}}
  tl.nest (%i = 8) schedule [i]
}

// -----

tl.kernel @combine_kind(%Y: memref<f32> out) {
  // expected-error@+1 {{tl.nest: combine without an accumulator of kind custom}}
  tl.nest () reduce (%k = 8) acc (%a : f32 add) schedule [k] update {
    tl.yield %a
  } combine (%b), (%c) {
    tl.yield %b
  } finish {
    tl.store %a, %Y[]
  }
}

// -----

tl.kernel @custom_start(%Y: memref<f32> out) {
  // expected-error@+1 {{tl.nest: accumulator a of kind custom has no identity; expected init}}
  tl.nest () reduce (%k = 8) acc (%a : f32 custom) schedule [k] update {
    tl.yield %a
  } finish {
    tl.store %a, %Y[]
  }
}

// -----

// V10: the shape of a matrix is that of its operands and results.
tl.kernel @matrix(%X: memref<3xf32>, %Y: memref<8xf32> out) {
  tl.nest (%i = 8) schedule [i] finish {
    %x:3 = tl.load %X[0:3]
    // expected-error@+1 {{tl.linear: found 3 operands and 2 results, expected 2 and 2 as in the matrix}}
    %y:2 = tl.linear #tl.matrix<[[1, 1/2], [0, -1]]>, %x
    tl.store %y#0, %Y[%i]
  }
}

// -----

tl.kernel @element_type(%Y: memref<8xf32> out) {
  tl.nest (%i = 8) schedule [i] finish {
    %x = arith.constant 0.0 : f64
    // expected-error@+1 {{tl.store: found a value of type f64, expected f32}}
    tl.store %x, %Y[%i]
  }
}

// -----

tl.kernel @rank(%X: memref<8x8xf32>, %Y: memref<8xf32> out) {
  tl.nest (%i = 8) schedule [i] finish {
    // expected-error@+1 {{tl.load: found 1 indices, expected 2}}
    %x = tl.load %X[%i]
    tl.store %x, %Y[%i]
  }
}

// -----

tl.kernel @count(%X: memref<8xf32>, %Y: memref<8xf32> out) {
  tl.nest (%i = 4) schedule [i] finish {
    %x = tl.load %X[%i]
    // expected-error@+1 {{tl.store: found 1 values, expected 2}}
    tl.store %x, %Y[2*%i + (0:2)]
  }
}

// -----

tl.kernel @loop_kind() {
  // expected-error@+1 {{tl.for: entry 'i unroll' is unroll, expected serial or parallel}}
  tl.for %i = 8 unroll {
  }
}

// -----

tl.kernel @alloc(%X: memref<8xf32>) {
  // expected-error@+1 {{tl.alloc: found 0 sizes, expected 1 for memref<?xf32>}}
  %a = tl.alloc : memref<?xf32>
}

// -----

// expected-error@+1 {{tl.kernel: argument 0 of @sizes has 1 named sizes for 0 unknown extents}}
tl.kernel @sizes(%X: memref<8xf32> sizes (n)) {
}

// -----

tl.kernel @nested(%Y: memref<8xf32> out) {
  tl.nest (%i = 8) schedule [i] finish {
    // expected-error@+1 {{tl.nest: stands in a region of a nest, which holds scalar code only}}
    tl.nest (%j = 8) schedule [j] finish {
      %x = arith.constant 0.0 : f32
      tl.store %x, %Y[%j]
    }
  }
}

// -----

// expected-error@+1 {{tl.kernel: argument 0 of @f of type memref<10000000000x10000000000xf32> has more than 1152921504606846976 elements}}
tl.kernel @f(%X: memref<10000000000x10000000000xf32>) {
}

// -----

tl.kernel @f() {
  // expected-error@+1 {{tl.alloc: scratch of type memref<10000000000x10000000000xf32> has more than}}
  %a = tl.alloc : memref<10000000000x10000000000xf32>
}

// -----

// expected-error@+1 {{tl.kernel: argument 0 of @f has alignment 3, expected a power of two up to 4294967296}}
tl.kernel @f(%X: memref<16xf32> align 3) {
}

// -----

tl.kernel @f(%X: memref<64x512xf32>) {
  // expected-error@+1 {{tl.nest: entry 'j vector' makes 32768 points that are unrolled or of a vector, expected at most 16384}}
  tl.nest (%i = 64, %j = 512) schedule [i unroll, j vector] finish {
    %x = tl.load %X[%i, %j]
  }
}

// -----

tl.kernel @f(%X: memref<1000000xf32>) {
  // expected-error@+1 {{tl.nest: entry 'i unroll' makes 1000000 points that are unrolled}}
  tl.nest (%i = 1000000) schedule [i unroll] finish {
    %x = tl.load %X[%i]
  }
}
