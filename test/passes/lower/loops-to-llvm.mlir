// RUN: inlay-opt %s -p loops-to-llvm --target=x86-64-v3 | filecheck %s

// A loop that runs: no test before it, addresses as steps from the arguments.
// CHECK-LABEL: llvm.func @scale(
// CHECK-SAME:    %[[X:.*]]: !llvm.ptr {llvm.align = 64 : i64, llvm.noalias, llvm.dereferenceable = 256 : i64}, %[[F:.*]]: f32)
// CHECK-DAG:     %[[C0:.*]] = llvm.mlir.constant(0) : i64
// CHECK-DAG:     %[[C1:.*]] = llvm.mlir.constant(1) : i64
// CHECK-DAG:     %[[C64:.*]] = llvm.mlir.constant(64) : i64
// CHECK:         llvm.br ^[[LOOP:.*]](%[[C0]] : i64)
// CHECK:       ^[[LOOP]](%[[I:.*]]: i64):
// CHECK-NEXT:    %[[P:.*]] = llvm.getelementptr inbounds %[[X]][%[[I]]] : (!llvm.ptr, i64) -> !llvm.ptr, !llvm.array<4 x i8>
// CHECK-NEXT:    %[[V:.*]] = llvm.load %[[P]] {alignment = 4 : i64} : !llvm.ptr -> f32
// CHECK-NEXT:    %[[W:.*]] = llvm.fmul %[[V]], %[[F]] {fastmathFlags = #llvm.fastmath<contract>} : f32
// CHECK-NEXT:    llvm.store %[[W]], %[[P]] {alignment = 4 : i64} : f32, !llvm.ptr
// CHECK-NEXT:    %[[N:.*]] = llvm.add %[[I]], %[[C1]] overflow<nsw,nuw> : i64
// CHECK-NEXT:    %[[AGAIN:.*]] = llvm.icmp "slt" %[[N]], %[[C64]] : i64
// CHECK-NEXT:    llvm.cond_br %[[AGAIN]], ^[[LOOP]](%[[N]] : i64), ^[[DONE:.*]] {tl.unroll}
// CHECK-NEXT:  ^[[DONE]]:
// CHECK-NEXT:    llvm.return
func.func @scale(%x: memref<64xf32> {llvm.align = 64 : i64}, %f: f32) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c64 = arith.constant 64 : index
  scf.for %i = %c0 to %c64 step %c1 {
    %v = memref.load %x[%i] : memref<64xf32>
    %w = arith.mulf %v, %f fastmath<contract> : f32
    memref.store %w, %x[%i] : memref<64xf32>
  } {tl.unroll}
  func.return
}

// What only depends on the outer loop is computed there; an index is never a number of its own.
// CHECK-LABEL: llvm.func @rows
// CHECK-SAME:    (%[[X:.*]]: !llvm.ptr {llvm.noalias, llvm.dereferenceable = 384 : i64}, %[[Y:.*]]: !llvm.ptr {tl.may_alias, llvm.dereferenceable = 288 : i64})
// CHECK:       ^{{.*}}(%[[I:.*]]: i64):
// CHECK-NEXT:    %[[ROW:.*]] = llvm.getelementptr inbounds %[[X]][%[[I]]] : {{.*}}, !llvm.array<32 x i8>
// CHECK-NEXT:    %[[OUT:.*]] = llvm.getelementptr inbounds %[[Y]][%[[I]]] : {{.*}}, !llvm.array<24 x i8>
// CHECK-NEXT:    llvm.br
// CHECK:       ^{{.*}}(%[[J:.*]]: i64):
// CHECK-NEXT:    %[[P:.*]] = llvm.getelementptr inbounds %[[ROW]][%[[J]]] : {{.*}}, !llvm.array<4 x i8>
// CHECK-NEXT:    %[[Q:.*]] = llvm.getelementptr inbounds %[[P]][8] : (!llvm.ptr) -> !llvm.ptr, i8
// CHECK-NEXT:    llvm.load %[[Q]]
// CHECK-NEXT:    llvm.getelementptr inbounds %[[OUT]][%[[J]]]
func.func @rows(%x: memref<12x8xf32>, %y: memref<12x6xf32> {tl.may_alias}) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c6 = arith.constant 6 : index
  %c12 = arith.constant 12 : index
  scf.for %i = %c0 to %c12 step %c1 {
    scf.for %j = %c0 to %c6 step %c1 {
      %k = arith.addi %j, %c2 : index
      %v = memref.load %x[%i, %k] : memref<12x8xf32>
      memref.store %v, %y[%i, %j] : memref<12x6xf32>
    }
  }
  func.return
}

// A loop that may not run is guarded; its results come from both places.
// CHECK-LABEL: llvm.func @sum
// CHECK:         %[[ENTER:.*]] = llvm.icmp "slt"
// CHECK-NEXT:    llvm.cond_br %[[ENTER]], ^[[LOOP:.*]](%{{.*}}, %[[ZERO:.*]] : i64, f32), ^[[DONE:.*]](%[[ZERO]] : f32)
// CHECK:         llvm.cond_br %{{.*}}, ^[[LOOP]]({{.*}}), ^[[DONE]](%{{.*}} : f32)
// CHECK:       ^[[DONE]](%[[R:.*]]: f32):
// CHECK-NEXT:    llvm.return %[[R]] : f32
func.func @sum(%x: memref<64xf32>, %n: index) -> f32 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %zero = arith.constant 0.0 : f32
  %s = scf.for %i = %c0 to %n step %c1 iter_args(%a = %zero) -> (f32) {
    %v = memref.load %x[%i] : memref<64xf32>
    %b = arith.addf %a, %v : f32
    scf.yield %b : f32
  }
  func.return %s : f32
}

// A loop that runs once is no loop, and a condition that is known leaves one branch.
// CHECK-LABEL: llvm.func @once
// CHECK-NOT:     llvm.cond_br
// CHECK:         llvm.getelementptr inbounds %{{.*}}[12] : (!llvm.ptr) -> !llvm.ptr, i8
// CHECK:         llvm.return
func.func @once(%x: memref<8xf32>) {
  %c3 = arith.constant 3 : index
  %c4 = arith.constant 4 : index
  %c1 = arith.constant 1 : index
  %one = arith.constant 1.0 : f32
  scf.for %i = %c3 to %c4 step %c1 {
    %first = arith.cmpi ult, %i, %c4 : index
    scf.if %first {
      memref.store %one, %x[%i] : memref<8xf32>
    }
  }
  func.return
}

// A guarded address may lie outside before the guard holds: it makes no promise.
// CHECK-LABEL: llvm.func @guarded
// CHECK:         %[[P:.*]] = llvm.getelementptr %{{.*}}[%{{.*}}] : (!llvm.ptr, i64) -> !llvm.ptr, !llvm.array<4 x i8>
// CHECK:         llvm.getelementptr %[[P]][-4] : (!llvm.ptr) -> !llvm.ptr, i8
func.func @guarded(%x: memref<8xf32>, %y: memref<8xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  scf.for %i = %c0 to %c8 step %c1 {
    %j = arith.subi %i, %c1 : index
    %inside = arith.cmpi ult, %j, %c8 : index
    scf.if %inside {
      %v = memref.load %x[%j] : memref<8xf32>
      memref.store %v, %y[%i] : memref<8xf32>
    }
  }
  func.return
}

// Scratch is part of the frame, wherever it stands.
// CHECK-LABEL: llvm.func internal @scratch
// CHECK:         llvm.alloca %{{.*}} x !llvm.array<4 x vector<8xf32>> {alignment = 64 : i64} : (i64) -> !llvm.ptr
// CHECK:         llvm.cond_br
func.func private @scratch(%n: index, %v: vector<8xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  scf.for %i = %c0 to %n step %c1 {
    %s = memref.alloca() {alignment = 64 : i64} : memref<4xvector<8xf32>>
    memref.store %v, %s[%c1] : memref<4xvector<8xf32>>
  }
  func.return
}
