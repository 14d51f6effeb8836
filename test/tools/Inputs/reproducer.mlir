// inlay-opt --run-reproducer reproducer.mlir
"builtin.module"() ({
  "func.func"() <{sym_name = "f", function_type = () -> i32}> ({
    %0 = "arith.constant"() <{value = 1 : i32}> : () -> i32
    %1 = "arith.addi"(%0, %0) : (i32, i32) -> i32
    "func.return"(%1) : (i32) -> ()
  }) : () -> ()
}) : () -> ()

{-#
  external_resources: {
    mlir_reproducer: {
      pipeline: "builtin.module(canonicalize)",
      verify_each: true
    }
  }
#-}
