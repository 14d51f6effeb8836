// RUN: inlay-opt --help | filecheck %s
// RUN: inlay-opt -h | filecheck %s
// RUN: inlay-opt --version | filecheck %s --check-prefix=VERSION

// CHECK: usage: inlay-opt [OPTION]... [FILE]
// CHECK: -p PIPELINE
// VERSION: inlay-opt {{[0-9]+\.[0-9]+.*}} (xdsl 0.74.0)
