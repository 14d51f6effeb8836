// RUN: inlay-opt %s -p "relay.func(fuse-ops)" --print-ir-after-all --print-ir-module-scope 2>&1 | filecheck %s
// RUN: inlay-opt %s -p "relay.func(fuse-ops)" --print-ir-after-all 2>&1 | filecheck %s --check-prefix=LOCAL

// CHECK:      // -----// IR Dump After fuse-ops (fuse-ops) ('relay.func' operation: @f) //----- //
// CHECK-NEXT: builtin.module
// CHECK:      ('relay.func' operation: @g)
// CHECK-NEXT: builtin.module

// LOCAL:      // -----// IR Dump After fuse-ops (fuse-ops) //----- //
// LOCAL-NEXT: relay.func @f

relay.func @f(%x: tensor<4xf32>) -> tensor<4xf32> {
  relay.return %x : tensor<4xf32>
}

relay.func @g(%x: tensor<4xf32>) -> tensor<4xf32> {
  relay.return %x : tensor<4xf32>
}
