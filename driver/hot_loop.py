"""The hot loop of a kernel's assembly: the innermost loop with the most vector arithmetic.

A loop is what lies between a label and a jump back to it; it is innermost when no other one lies in
it. Of the instructions, fused multiply-adds on vectors count first, then all others on vectors.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_LABEL = re.compile(r"([\w.$@]+):")
_INSTRUCTION = re.compile(r"\t([a-z][\w.]*)(?:\t(.*))?$")
# Jumps, conditional or not, on x86-64 and on AArch64; the last operand is where to.
_JUMP = re.compile(r"j[a-z]+|b|b\.[a-z]+|cbn?z|tbn?z")
# Fused multiply-adds of packed floats, or of a vector's lanes.
_FMA = re.compile(r"vf(?:n?m(?:add|sub)|maddsub|msubadd)\d*p[sd]|fml[as]")
_X86_VECTOR = re.compile(r"%[xyz]mm\d")
_X86_SCALAR = re.compile(r"v?\w*s[sd]\w*$")
_ARM_VECTOR = re.compile(r"\bv\d+\.|\bz\d+\.")


@dataclass(frozen=True)
class Loop:
    """A loop's lines, from its label to the jump back, and how many of them are what."""

    function: str
    lines: tuple[str, ...]
    instructions: int
    fmas: int
    vectors: int

    @property
    def weight(self) -> tuple[int, int, int]:
        """The larger, the hotter."""
        return self.fmas, self.vectors, self.instructions


def hot_loop(assembly: str) -> Loop | None:
    """The hot loop of a module's assembly, as LLVM writes it; None where there is no loop."""
    found = [loop for name, lines in _functions(assembly) for loop in _innermost(name, lines)]
    return max(found, key=lambda loop: loop.weight, default=None)


def _functions(assembly: str) -> Iterator[tuple[str, list[str]]]:
    """Each function's name and lines: from its label to where its size is told."""
    name, lines = "", list[str]()
    types: set[str] = set()
    for line in assembly.splitlines():
        if (match := re.match(r"\t\.type\t([^,]+),[@%]function", line)) is not None:
            types.add(match[1])
        elif (match := _LABEL.match(line)) is not None and match[1] in types:
            name, lines = match[1], []
        elif re.match(r"\.Lfunc_end\d+:", line):
            yield name, lines
            name, lines = "", []
        elif name:
            lines.append(line)


def _innermost(function: str, lines: Sequence[str]) -> Iterator[Loop]:
    """The loops of a function that hold no other one."""
    labels: dict[str, int] = {}
    found: list[tuple[int, int]] = []
    for number, line in enumerate(lines):
        if (label := _LABEL.match(line)) is not None:
            labels[label[1]] = number
        elif (instruction := _INSTRUCTION.match(line)) is not None:
            target = (instruction[2] or "").split(",")[-1].strip()
            if _JUMP.fullmatch(instruction[1]) and target in labels:
                found.append((labels[target], number))
    for start, end in found:
        within = [(a, b) for a, b in found if (a, b) != (start, end) and start <= a and b <= end]
        if not within:
            yield _loop(function, lines[start : end + 1])


def _loop(function: str, lines: Sequence[str]) -> Loop:
    found = [match for line in lines if (match := _INSTRUCTION.match(line)) is not None]
    vectors = [match for match in found if _is_vector(match[1], match[2] or "")]
    return Loop(
        function,
        tuple(line for line in lines if line and not line.startswith("\t.")),
        len(found),
        sum(_FMA.fullmatch(match[1]) is not None for match in vectors),
        len(vectors),
    )


def _is_vector(name: str, operands: str) -> bool:
    """Whether an instruction works on all lanes of a vector."""
    if _X86_VECTOR.search(operands):
        return _X86_SCALAR.fullmatch(name) is None
    return _ARM_VECTOR.search(operands) is not None
