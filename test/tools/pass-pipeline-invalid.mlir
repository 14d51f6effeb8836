// RUN: not inlay-opt %s -p cse,canonicalise 2>&1 | filecheck %s --check-prefix=NAME
// RUN: not inlay-opt %s -p "cse(" 2>&1 | filecheck %s --check-prefix=SYNTAX
// RUN: not inlay-opt %s -p "canonicalize{deep}" 2>&1 | filecheck %s --check-prefix=OPTION
// RUN: not inlay-opt %s -p cse --compile-to=x 2>&1 | filecheck %s --check-prefix=TWO

// NAME:   pipeline:1:5: error: unknown pass 'canonicalise'; did you mean 'canonicalize'
// SYNTAX: pipeline:1:1: error: expected the name of an operation
// OPTION: pipeline:1:14: error: pass 'canonicalize' has no option 'deep'
// TWO:    inlay-opt: error: --compile-to and --pass-pipeline exclude each other
