"""Lowerings between levels, down to LLVM IR text."""
