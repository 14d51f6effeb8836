# pyright: basic
# (lit has no types)
"""The lit test format that runs ``inprocess.py``."""

from pathlib import Path

import lit.formats
import lit.Test

import inprocess
from inprocess import Outcome
from lit_tools import TOOLS

CODES = {
    Outcome.PASSED: lit.Test.PASS,
    Outcome.FAILED: lit.Test.FAIL,
    Outcome.SKIPPED: lit.Test.UNSUPPORTED,
}


class InProcess(lit.formats.FileBasedTest):
    """One test a file, run in lit's worker process."""

    def execute(self, test, litConfig):
        result = inprocess.run_file(Path(test.getSourcePath()), TOOLS)
        return lit.Test.Result(CODES[result.outcome], result.text)
