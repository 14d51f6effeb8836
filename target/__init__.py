"""The target: what passes and code generation may assume of the machine."""
