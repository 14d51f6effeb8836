# pyright: basic, reportUndefinedVariable=false
# ruff: noqa: F821
# (lit executes this file with `config` defined)
"""lit configuration: ``lit test/`` runs every .mlir file below, in process."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

# Here, before lit forks its workers, so that they inherit what is imported.
import inlay.tools.opt  # noqa: F401
import inprocess
import lit_format

config.name = "inlay"
config.test_format = lit_format.InProcess()
config.suffixes = [inprocess.SUFFIX]
config.excludes = list(inprocess.DATA_FOLDERS)
