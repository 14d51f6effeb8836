"""The instruments a `PassManager` can be given, in one place to import them from."""

from .hooks import Instrument
from .ir_printing import ALL, DumpIRDir, PrintIR
from .statistics import Statistics
from .timing import Timing

__all__ = ["ALL", "DumpIRDir", "Instrument", "PrintIR", "Statistics", "Timing"]
