"""One-line diagnostics, and the comparison behind ``--verify-diagnostics``.

A designator is a comment beside the IR that a diagnostic is expected for, as in MLIR::

    // expected-error @+1 {{expected two operands}}
    // expected-error-re @below {{operand #{{[0-9]+}} has type}}
    %0 = relay.add %a, %b : ...  // expected-error {{found 3}}

Severities are ``error``, ``warning``, ``note`` and ``remark``; places are ``@+N``, ``@-N``,
``@above``, ``@below`` (the nearest line without a designator) and ``@unknown`` (anywhere). The text
need only be part of the message; ``-re`` makes its ``{{...}}`` regular expressions.
"""

import re
import traceback
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from xdsl.ir import Operation
from xdsl.utils.exceptions import DiagnosticException, VerifyException

from .. import InlayError
from ..dialects.parsing import Diagnostic, ParseError, location_of
from ..passes.manager import PassError
from ..passes.pipeline_spec import PipelineError

# Bounds a message that quotes IR.
_LONGEST = 1000

_DESIGNATOR = re.compile(
    r"expected-(?P<severity>error|warning|note|remark)(?P<re>-re)? *"
    r"(?:@(?P<place>[+-][0-9]+|above|below|unknown))? *\{\{(?P<text>.*)\}\}"
)
# What must turn out to be a designator: a test whose comment is misspelt would test nothing.
_BEGUN = re.compile(r"//.*?expected-(?:error|warning|note|remark)[^{]*\{\{")
_REGEX = re.compile(r"\{\{(.*?)\}\}")

# What is raised to be read by a user; anything else is a fault of the program.
_MEANT = (InlayError, DiagnosticException, OSError)


class DesignatorError(InlayError):
    """A designator's regular expression does not compile, or its place is not in the file."""

    def __init__(self, diagnostic: Diagnostic):
        super().__init__(str(diagnostic))
        self.diagnostic = diagnostic


@dataclass(frozen=True)
class Emitted:
    """A diagnostic and how severe it is."""

    diagnostic: Diagnostic
    severity: str = "error"

    def __str__(self) -> str:
        place = self.diagnostic
        text = f"{place.file}:{place.line}:{place.column}: {self.severity}: {place.message}"
        return one_line(text)


@dataclass(frozen=True)
class Expectation:
    """What one designator asks for; ``line`` None means anywhere."""

    written_at: tuple[int, int]
    severity: str
    line: int | None
    text: str
    pattern: re.Pattern[str]

    def fits(self, diagnostic: Diagnostic) -> bool:
        """Whether place and message, but not yet severity, are as expected."""
        if self.line is not None and self.line != diagnostic.line:
            return False
        return self.pattern.search(diagnostic.message) is not None


def described(error: Exception, program: str) -> str:
    """An error that belongs to no place in the input, as one line."""
    diagnostic = diagnostic_of(error, (program, 0, 0))
    if diagnostic.line:
        return str(Emitted(diagnostic))
    return f"{program}: error: {diagnostic.message}"


def one_line(message: str) -> str:
    """The message on one printable line of bearable length.

    Left out are the markers that xDSL puts under quoted source.
    """
    lines = (line.strip() for line in message.splitlines())
    text = " ".join(line for line in lines if line.strip("^~ "))
    text = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."


def mismatches(
    text: str,
    file: str,
    emitted: Sequence[Emitted],
    first_line: int = 1,
    *,
    only_expected: bool = False,
) -> list[Emitted]:
    """Errors for what was emitted but not expected in ``text``, and the reverse.

    ``first_line`` is the number of the text's first line in ``file``; with ``only_expected`` what
    was emitted elsewhere than a designator says is passed over.
    """
    try:
        expectations = list(parse_expectations(text, file, first_line))
    except DesignatorError as error:
        return [Emitted(error.diagnostic)]
    found: set[Expectation] = set()
    errors: list[Emitted] = []
    for message in emitted:
        near = [each for each in expectations if each.fits(message.diagnostic)]
        matching = [each for each in near if each.severity == message.severity]
        if matching:
            fresh = [each for each in matching if each not in found]
            # A short text may fit what a longer one was written for.
            found.add(max(fresh or matching, key=lambda each: len(each.text)))
        elif near:
            errors.append(
                _error_at(
                    message.diagnostic,
                    f"'{message.severity}' diagnostic emitted when expecting "
                    f"a '{near[0].severity}': {message.diagnostic.message}",
                )
            )
        elif not only_expected:
            errors.append(
                _error_at(
                    message.diagnostic,
                    f"unexpected {message.severity}: {message.diagnostic.message}",
                )
            )
    for each in expectations:
        if each not in found:
            line, column = each.written_at
            errors.append(
                Emitted(
                    Diagnostic(
                        *(file, line, column),
                        f'expected {each.severity} "{each.text}" was not produced',
                    )
                )
            )
    return errors


def parse_expectations(text: str, file: str, first_line: int = 1) -> Iterator[Expectation]:
    """The designators of ``text`` in order. Raises DesignatorError."""
    waiting: list[tuple[int, re.Match[str]]] = []
    last_plain: int | None = None
    for number, line in enumerate(text.split("\n"), first_line):
        matches = list(_DESIGNATOR.finditer(line))
        if len(matches) < len(_BEGUN.findall(line)):
            raise DesignatorError(
                Diagnostic(
                    *(file, number, line.index("expected-") + 1),
                    "malformed designator, expected 'expected-error [@place] {{text}}'",
                )
            )
        if not matches:
            last_plain = number
            for at, match in waiting:
                yield _expectation(match, file, at, number)
            waiting.clear()
        for match in matches:
            place = match["place"]
            if place == "below":
                waiting.append((number, match))
            elif place == "above":
                if last_plain is None:
                    raise _designator_error(match, file, number, "no line above to refer to")
                yield _expectation(match, file, number, last_plain)
            elif place == "unknown":
                yield _expectation(match, file, number, None)
            else:
                yield _expectation(match, file, number, number + int(place or 0))
    for at, match in waiting:
        raise _designator_error(match, file, at, "no line below to refer to")


def _expectation(match: re.Match[str], file: str, written_at: int, line: int | None) -> Expectation:
    try:
        pattern = re.compile("".join(_pattern(match["text"], regex=bool(match["re"]))))
    except re.error as error:
        raise _designator_error(
            match, file, written_at, f"'{match['text']}' is not a regular expression: {error}"
        ) from error
    return Expectation(
        (written_at, match.start() + 1), match["severity"], line, match["text"], pattern
    )


def _pattern(text: str, *, regex: bool) -> Iterable[str]:
    """The text as a regular expression: literal but, with ``regex``, for its ``{{...}}``."""
    if not regex:
        return [re.escape(text)]
    parts = _REGEX.split(text)
    return [f"(?:{part})" if index % 2 else re.escape(part) for index, part in enumerate(parts)]


def _designator_error(match: re.Match[str], file: str, line: int, message: str) -> DesignatorError:
    return DesignatorError(Diagnostic(file, line, match.start() + 1, message))


def _error_at(place: Diagnostic, message: str) -> Emitted:
    return Emitted(Diagnostic(place.file, place.line, place.column, message))


# ---------------------------------------------------------------- from exceptions


def diagnostic_of(
    error: Exception, place: tuple[str, int, int], module: Operation | None = None
) -> Diagnostic:
    """The error as a diagnostic where it arose: in the text, else at an op of ``module``.

    ``place`` is a file, line and column for errors that know neither.
    """
    if isinstance(error, ParseError | DesignatorError):
        return error.diagnostic
    if isinstance(error, PipelineError) and error.position is not None:
        message = str(error).removeprefix(f"{error.position}: ")
        return Diagnostic(*error.position, one_line(message))
    op = _culprit(error, module)
    file, line, column = _place_of(op) or place
    return Diagnostic(file, line, column, _message(error, op))


def _message(error: Exception, op: Operation | None) -> str:
    if not isinstance(error, _MEANT):
        frame = traceback.extract_tb(error.__traceback__)[-1]
        return one_line(
            f"internal error: {type(error).__name__}: {error} "
            f"({Path(frame.filename).name}:{frame.lineno}); --debug prints the traceback"
        )
    cause = _reason(error)
    text = str(cause)
    if op is not None and op.name not in text:
        text = f"{op.name}: {text}"
    if isinstance(error, PassError) and error.pass_name is not None:
        text = str(error).replace(" ".join(str(cause).split("\n")), text)
    return one_line(text)


def _reason(error: BaseException) -> BaseException:
    """What made a pass fail, where somebody meant to raise it; any other error as it is."""
    if isinstance(error, PassError) and isinstance(error.__cause__, _MEANT):
        return error.__cause__
    return error


def _culprit(error: Exception, module: Operation | None) -> Operation | None:
    """The op that the error, or one that caused it, is about."""
    cause: BaseException | None = error
    while cause is not None:
        op: object = getattr(cause, "op", None)
        if isinstance(op, Operation):
            return op
        cause = cause.__cause__
    reason = _reason(error)
    if module is None or not isinstance(reason, VerifyException):
        return None
    # xDSL's verifier says what is wrong, not with which op.
    return next((op for op in module.walk() if _is_refused(op, str(reason))), None)


def _is_refused(op: Operation, message: str) -> bool:
    try:
        op.verify(verify_nested_ops=False)
    except VerifyException as error:
        return str(error) == message
    except Exception:  # noqa: BLE001 (the op is broken, but not in the way that was reported)
        return False
    return False


def _place_of(op: Operation | None) -> tuple[str, int, int] | None:
    """Where the op, or the nearest around it that was read from a file, stands."""
    while op is not None:
        if (place := location_of(op)) is not None:
            return place
        op = op.parent_op()
    return None
