"""The runtime: LLVM IR text to loaded code, and what keeps it from being compiled twice."""
