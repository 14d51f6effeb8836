// RUN: inlay-opt %s -p "tl-rfactor{axis=k parts=4}" | filecheck %s
// RUN: not inlay-opt %s -p "tl-rfactor{axis=k parts=3}" 2>&1 | filecheck %s --check-prefix=PARTS
// RUN: not inlay-opt %s -p "tl-rfactor{axis=i parts=2}" 2>&1 | filecheck %s --check-prefix=SPATIAL
// RUN: not inlay-opt %s -p "tl-rfactor{axis=k parts=4 part-axis=a kernel=sum}" 2>&1 | filecheck %s --check-prefix=NAME
// RUN: not inlay-opt %s -p "tl-rfactor{axis=j parts=4}" 2>&1 | filecheck %s --check-prefix=ORDERED

// PARTS: tl.nest: axis k of 32 points has no 3 equal parts
// SPATIAL: tl.nest: axis i is not reduced
// NAME: tl.nest: an axis cannot be called a here
// ORDERED: tl.nest: update stores what it has accumulated so far

// CHECK-LABEL: @sum
// CHECK-NEXT: %a_parts = tl.alloc : memref<4x8xf32>
// CHECK-NEXT: tl.nest (%k_part = 4, %i = 8) reduce (%k = 8) acc (%a : f32 add)
// CHECK-NEXT: schedule [i parallel, k_part, k] update {
// CHECK-NEXT: tl.load %X[%i, 8*%k_part + %k]
// CHECK: finish {
// CHECK-NEXT: tl.store %a, %a_parts[%k_part, %i]
// CHECK: tl.nest (%i = 8) reduce (%k_part = 4) acc (%a : f32 add)
// CHECK-NEXT: schedule [i, k_part] init {
// CHECK-NEXT: %b = tl.load %B[%i]
// CHECK: update {
// CHECK-NEXT: %[[P:.*]] = tl.load %a_parts[%k_part, %i]
// CHECK-NEXT: %[[N:.*]] = arith.addf %a, %[[P]] : f32
// CHECK-NEXT: tl.yield %[[N]]
// CHECK-NEXT: } finish {
// CHECK-NEXT: tl.store %a, %Y[%i]
tl.kernel @sum(%X: memref<8x32xf32>, %B: memref<8xf32>, %Y: memref<8xf32> out) {
  tl.nest (%i = 8) reduce (%k = 32) acc (%a : f32 add) schedule [i parallel, k]
  init {
    %b = tl.load %B[%i]
    tl.yield %b
  } update {
    %x = tl.load %X[%i, %k]
    %n = arith.addf %a, %x : f32
    tl.yield %n
  } finish {
    tl.store %a, %Y[%i]
  }
}

// A custom kind starts from its constants and is combined by `combine`.
// CHECK-LABEL: @argmax
// CHECK: tl.nest (%k_part = 4) reduce (%k = 10) acc (%v : f32 custom, %p : i32 custom, %m : f32 max)
// CHECK: %[[LOW:.*]] = arith.constant 0xff800000 : f32
// CHECK-NEXT: tl.yield %low, %none, %[[LOW]]
// CHECK: %[[START:.*]] = arith.muli %k_part, %{{.*}} : index
// CHECK-NEXT: %[[K:.*]] = arith.addi %[[START]], %k : index
// CHECK: arith.index_cast %[[K]] : index to i32
// CHECK: tl.nest () reduce (%k_part = 4) acc (%v : f32 custom, %p : i32 custom, %m : f32 max)
// CHECK: } update {
// CHECK: %[[C:.*]] = arith.cmpf ogt, %v, %[[V:.*]] : f32
// CHECK-NEXT: arith.select %[[C]], %v, %[[V]] : f32
// CHECK: arith.maximumf %m, %{{.*}} : f32
// CHECK: tl.store %p, %Y[]
tl.kernel @argmax(%X: memref<40xf32>, %Y: memref<i32> out) {
  tl.nest () reduce (%k = 40) acc (%v : f32 custom, %p : i32 custom, %m : f32 max) schedule [k]
  init {
    %low = arith.constant -1.0e9 : f32
    %none = arith.constant -1 : i32
    %zero = arith.constant 0.0 : f32
    tl.yield %low, %none, %zero
  } update {
    %x = tl.load %X[%k]
    %i = arith.index_cast %k : index to i32
    %c = arith.cmpf ogt, %x, %v : f32
    %n = arith.select %c, %x, %v : f32
    %q = arith.select %c, %i, %p : i32
    %t = arith.maximumf %x, %m : f32
    tl.yield %n, %q, %t
  } combine (%v, %p, %m), (%v_1, %p_1, %m_1) {
    %c = arith.cmpf ogt, %v, %v_1 : f32
    %n = arith.select %c, %v, %v_1 : f32
    %q = arith.select %c, %p, %p_1 : i32
    tl.yield %n, %q, %m
  } finish {
    tl.store %p, %Y[]
  }
}

tl.kernel @cumsum(%X: memref<16xf32>, %Y: memref<16xf32> out) {
  tl.nest () reduce (%j = 16) acc (%a : f32 add) schedule [j]
  update {
    %x = tl.load %X[%j]
    %n = arith.addf %a, %x : f32
    tl.store %n, %Y[%j]
    tl.yield %n
  }
}
