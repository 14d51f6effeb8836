"""What ``loops-to-llvm`` does for each op, by its name."""

from . import arith, control, memory, vector

HANDLERS = {**arith.HANDLERS, **control.HANDLERS, **memory.HANDLERS, **vector.HANDLERS}
