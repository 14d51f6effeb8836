// REQUIRES: mlir-opt
// RUN: inlay-opt %s --mlir-print-op-generic | %mlir-opt --allow-unregistered-dialect | filecheck %s

// CHECK: "tl.kernel"() <{buffers = [#tl.buffer<>, #tl.buffer<out align 64>], sym_name = "sum"}>
// CHECK: "tl.for"() <{extent = 8 : i64, schedule = #tl.schedule<[i by (1x1, *x1) parallel]>}>
// CHECK: "tl.nest"() <{accumulators = [#tl.acc<a : f32 add>]
// CHECK: "tl.load"({{.*}}) <{map = affine_map<(d0, d1)[s0] -> (d0, d1 + s0 - 1)>, range = array<i64: 0, 2>, skip}>
// CHECK: "tl.linear"({{.*}}) <{matrix = #tl.matrix<{{\[\[}}1/2, 1]]>}>
// CHECK: "tl.yield"
tl.kernel @sum(%X: memref<8x16xf32>, %Y: memref<8xf32> out align 64) {
  tl.for %i = 8 by (1x1, *x1) parallel {
    tl.nest () reduce (%k = 16) acc (%a : f32 add) schedule [k by 4 chain, k] update {
      %x:2 = tl.load %X[%i, %k + (0:2) - 1] else skip
      %y = tl.linear #tl.matrix<[[1/2, 1]]>, %x
      %n = arith.addf %a, %y : f32
      tl.yield %n
    } finish {
      tl.store %a, %Y[%i]
    }
  }
}
