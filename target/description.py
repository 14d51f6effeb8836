"""The machine a module is compiled for, as data.

A ``Target`` says what passes and code generation may assume. Named targets are rows of ``TARGETS``;
``Target.native()`` describes the machine it runs on. Nothing here consults LLVM, so that a target
can be made, printed and read back anywhere.
"""

import difflib
import os
import platform
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import cast

from .. import InlayError

KIB = 1 << 10
MIB = 1 << 20

# The name that stands for the machine the compiler runs on.
NATIVE = "native"

# A field's value, as `to_dict` gives it.
Value = str | int | list[str]


class TargetError(InlayError):
    """A target's name is unknown, or its description is incomplete or malformed."""


@dataclass(frozen=True)
class Target:
    """What is known of one machine.

    name: what users call it; triple, cpu, features: as LLVM spells them, features without ``+``
    vector_bits: width of one vector register; vector_registers: how many there are
    l1d, l2, l3: bytes of data cache that one core can reach at each level, 0 where there is none
    cache_line: bytes; cores: physical cores, None when unspecified
    """

    name: str
    triple: str
    cpu: str
    features: tuple[str, ...]
    vector_bits: int
    vector_registers: int
    l1d: int
    l2: int
    l3: int
    cache_line: int = 64
    cores: int | None = None

    def __post_init__(self) -> None:
        least = {"vector_bits": 8, "vector_registers": 1, "cache_line": 1, "cores": 1}
        for name in _INTEGERS:
            value: int | None = getattr(self, name)
            if value is not None and value < least.get(name, 0):
                raise TargetError(
                    f"target '{self.name}': {name} is {value}, expected at least "
                    f"{least.get(name, 0)}"
                )
        if self.vector_bits & (self.vector_bits - 1):
            raise TargetError(
                f"target '{self.name}': vector_bits is {self.vector_bits}, expected a power of two"
            )

    def lanes(self, element_bits: int) -> int:
        """How many elements of `element_bits` fit a vector register, at least 1."""
        if element_bits < 1:
            raise TargetError(f"target '{self.name}': no vector has {element_bits}-bit elements")
        return max(1, self.vector_bits // element_bits)

    def has(self, feature: str) -> bool:
        """Whether the machine has LLVM's `feature`, such as ``fma``."""
        return feature in self.features

    def to_dict(self) -> dict[str, Value]:
        """The fields in order, without those unspecified; ``from_dict`` reads it back."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        values["features"] = list(self.features)
        return {name: value for name, value in values.items() if value is not None}

    @classmethod
    def from_dict(cls, values: Mapping[str, object]) -> "Target":
        """Raises TargetError on a missing or unknown field, or a value of another type."""
        known = [field.name for field in fields(cls)]
        if unknown := sorted(set(values) - set(known)):
            raise TargetError(
                f"target has an unknown field '{unknown[0]}', expected {', '.join(known)}"
            )
        return cls(
            name=_text(values, "name"),
            triple=_text(values, "triple"),
            cpu=_text(values, "cpu"),
            features=_texts(values, "features"),
            vector_bits=_integer(values, "vector_bits"),
            vector_registers=_integer(values, "vector_registers"),
            l1d=_integer(values, "l1d"),
            l2=_integer(values, "l2"),
            l3=_integer(values, "l3"),
            cache_line=_integer(values, "cache_line") if "cache_line" in values else 64,
            cores=_integer(values, "cores") if "cores" in values else None,
        )

    @staticmethod
    def native(
        machine: str | None = None,
        cpuinfo: Path = Path("/proc/cpuinfo"),
        sysfs: Path = Path("/sys/devices/system/cpu"),
    ) -> "Target":
        """This machine, named ``native``; what it does not tell is taken from a generic target.

        machine: architecture as ``platform.machine`` gives it; the paths are Linux's, and may be
        missing. Raises TargetError on an architecture without vectors we know.
        """
        machine = (machine or platform.machine()).lower()
        if machine in ("aarch64", "arm64"):
            generic, names = TARGETS["aarch64"], _ARM_FEATURES
        elif machine in ("x86_64", "amd64"):
            generic, names = TARGETS["x86-64-v2"], _X86_FEATURES
        else:
            raise TargetError(f"target 'native': architecture '{machine}' is not supported")
        cpu = _first_processor(cpuinfo)
        flags = set((cpu.get("flags") or cpu.get("Features") or "").split())
        features = tuple(name for flag, name in names.items() if flag in flags)
        level = _x86_level(features) if names is _X86_FEATURES else generic
        l1d, l2, l3, cache_line = _caches(sysfs / "cpu0" / "cache", level)
        return Target(
            name=NATIVE,
            triple=level.triple.replace(_LINUX, _SYSTEMS.get(sys.platform, _LINUX)),
            cpu=_cpu_name(cpu, level),
            features=features or level.features,
            vector_bits=level.vector_bits,
            vector_registers=level.vector_registers,
            l1d=l1d,
            l2=l2,
            l3=l3,
            cache_line=cache_line,
            cores=_physical_cores(sysfs),
        )


_INTEGERS = ("vector_bits", "vector_registers", "l1d", "l2", "l3", "cache_line", "cores")


def _text(values: Mapping[str, object], name: str) -> str:
    value = _required(values, name)
    if not isinstance(value, str):
        raise TargetError(f"target field '{name}' is {value!r}, expected a string")
    return value


def _integer(values: Mapping[str, object], name: str) -> int:
    value = _required(values, name)
    if not isinstance(value, int) or isinstance(value, bool):
        raise TargetError(f"target field '{name}' is {value!r}, expected an integer")
    return value


def _texts(values: Mapping[str, object], name: str) -> tuple[str, ...]:
    value = _required(values, name)
    if not isinstance(value, list | tuple):
        raise TargetError(f"target field '{name}' is {value!r}, expected a list of strings")
    items = cast(Sequence[object], value)
    return tuple(_text({name: item}, name) for item in items)


def _required(values: Mapping[str, object], name: str) -> object:
    if name not in values:
        raise TargetError(f"target has no field '{name}'")
    return values[name]


# ---------------------------------------------------------------- named targets

_V2 = ("sse3", "ssse3", "sse4.1", "sse4.2", "popcnt", "cx16")
_V3 = (*_V2, "avx", "avx2", "bmi", "bmi2", "f16c", "fma", "lzcnt", "movbe")
_V4 = (*_V3, "avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl")
_ZNVER4 = (
    *_V4,
    *("avx512ifma", "avx512vbmi", "avx512vbmi2", "avx512bitalg", "avx512vpopcntdq"),
    *("avx512vnni", "avx512bf16"),
)
_LINUX_X86 = "x86_64-unknown-linux-gnu"

# The x86-64 levels promise instructions and no caches: theirs are those of common machines.
TARGETS: dict[str, Target] = {
    target.name: target
    for target in (
        Target("x86-64-v2", _LINUX_X86, "x86-64-v2", _V2, 128, 16, 32 * KIB, 256 * KIB, 8 * MIB),
        Target("x86-64-v3", _LINUX_X86, "x86-64-v3", _V3, 256, 16, 32 * KIB, 512 * KIB, 16 * MIB),
        Target("x86-64-v4", _LINUX_X86, "x86-64-v4", _V4, 512, 32, 32 * KIB, 1 * MIB, 32 * MIB),
        Target("znver4", _LINUX_X86, "znver4", _ZNVER4, 512, 32, 32 * KIB, 1 * MIB, 32 * MIB),
        Target(
            "skylake-avx512",
            *(_LINUX_X86, "skylake-avx512", _V4, 512, 32),
            *(32 * KIB, 1 * MIB, 22 * MIB),
        ),
        Target(
            "aarch64",
            *("aarch64-unknown-linux-gnu", "generic", ("neon",), 128, 32),
            *(64 * KIB, 1 * MIB, 32 * MIB),
        ),
    )
}

# Passes see this machine when a module names none.
DEFAULT_TARGET = TARGETS["x86-64-v3"]


def target_named(name: str) -> Target:
    """The named target, or this machine for ``native``. Raises TargetError on another name."""
    if name == NATIVE:
        return Target.native()
    if name in TARGETS:
        return TARGETS[name]
    names = (*TARGETS, NATIVE)
    close = difflib.get_close_matches(name, names, n=1)
    hint = f"did you mean '{close[0]}'?" if close else f"expected one of {', '.join(names)}"
    raise TargetError(f"unknown target '{name}'; {hint}")


def register_target(target: Target) -> None:
    """Add a row to ``TARGETS``. Raises TargetError where its name is taken."""
    if target.name in (*TARGETS, NATIVE):
        raise TargetError(f"target '{target.name}' is already registered")
    TARGETS[target.name] = target


# ---------------------------------------------------------------- host detection

# Linux's spelling in /proc/cpuinfo -> LLVM's.
_X86_FEATURES = {
    "pni": "sse3",
    "ssse3": "ssse3",
    "sse4_1": "sse4.1",
    "sse4_2": "sse4.2",
    "popcnt": "popcnt",
    "cx16": "cx16",
    "avx": "avx",
    "avx2": "avx2",
    "bmi1": "bmi",
    "bmi2": "bmi2",
    "f16c": "f16c",
    "fma": "fma",
    "abm": "lzcnt",
    "movbe": "movbe",
    "avx512f": "avx512f",
    "avx512bw": "avx512bw",
    "avx512cd": "avx512cd",
    "avx512dq": "avx512dq",
    "avx512vl": "avx512vl",
    "avx512ifma": "avx512ifma",
    "avx512vbmi": "avx512vbmi",
    "avx512_vbmi2": "avx512vbmi2",
    "avx512_bitalg": "avx512bitalg",
    "avx512_vpopcntdq": "avx512vpopcntdq",
    "avx512_vnni": "avx512vnni",
    "avx512_bf16": "avx512bf16",
    "avx512_fp16": "avx512fp16",
    "avx_vnni": "avxvnni",
    "amx_tile": "amx-tile",
    "amx_int8": "amx-int8",
    "amx_bf16": "amx-bf16",
}
_ARM_FEATURES = {
    "asimd": "neon",
    "asimdhp": "fullfp16",
    "asimddp": "dotprod",
    "i8mm": "i8mm",
    "bf16": "bf16",
    "sve": "sve",
}
# What follows the architecture in a triple, by Python's name of the system.
_LINUX = "unknown-linux-gnu"
_SYSTEMS = {"darwin": "apple-darwin", "win32": "pc-windows-msvc"}
# Vendor, family, models, LLVM's name, the level that the name implies. The first match counts.
_CPU_NAMES = (
    ("AuthenticAMD", 0x17, range(0x30), "znver1", "x86-64-v3"),
    ("AuthenticAMD", 0x17, range(0x30, 0x100), "znver2", "x86-64-v3"),
    ("AuthenticAMD", 0x19, range(0x10, 0x20), "znver4", "x86-64-v4"),
    ("AuthenticAMD", 0x19, range(0x60, 0x80), "znver4", "x86-64-v4"),
    ("AuthenticAMD", 0x19, range(0xA0, 0xB0), "znver4", "x86-64-v4"),
    ("AuthenticAMD", 0x19, range(0x60), "znver3", "x86-64-v3"),
    ("AuthenticAMD", 0x1A, range(0x100), "znver5", "x86-64-v4"),
    ("GenuineIntel", 6, range(0x55, 0x56), "skylake-avx512", "x86-64-v4"),
    ("GenuineIntel", 6, range(0x6A, 0x6B), "icelake-server", "x86-64-v4"),
    ("GenuineIntel", 6, range(0x8F, 0x90), "sapphirerapids", "x86-64-v4"),
)


def _first_processor(cpuinfo: Path) -> dict[str, str]:
    """The fields of the first processor; empty where the file is missing."""
    try:
        lines = cpuinfo.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return {}
    cpu: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon:
            if cpu:
                break
            continue
        cpu[name.strip()] = value.strip()
    return cpu


def _x86_level(features: Iterable[str]) -> Target:
    """The highest x86-64 level whose every feature is there."""
    present = set(features)
    for name in ("x86-64-v4", "x86-64-v3"):
        if present.issuperset(TARGETS[name].features):
            return TARGETS[name]
    return TARGETS["x86-64-v2"]


def _cpu_name(cpu: Mapping[str, str], generic: Target) -> str:
    """LLVM's name of the processor, or the generic one where that is not known."""
    try:
        family, model = int(cpu["cpu family"]), int(cpu["model"])
    except (KeyError, ValueError):
        return generic.cpu
    for vendor, row_family, models, name, level in _CPU_NAMES:
        if cpu.get("vendor_id") == vendor and row_family == family and model in models:
            # A virtual machine may hide features that the processor's name implies.
            return name if generic.name >= level else generic.cpu
    return generic.cpu


def _caches(folder: Path, generic: Target) -> tuple[int, int, int, int]:
    """Bytes of L1d, L2 and L3, and of a line."""
    sizes: dict[int, int] = {}
    line = generic.cache_line
    for index in sorted(folder.glob("index*")):
        try:
            if (index / "type").read_text().strip() == "Instruction":
                continue
            level = int((index / "level").read_text())
            sizes[level] = _bytes((index / "size").read_text().strip())
            line = int((index / "coherency_line_size").read_text())
        except (OSError, ValueError):
            continue
    if not sizes:
        return generic.l1d, generic.l2, generic.l3, line
    return sizes.get(1, generic.l1d), sizes.get(2, 0), sizes.get(3, 0), line


def _bytes(size: str) -> int:
    """Bytes of sysfs's ``32K`` or ``1M``."""
    units = {"K": KIB, "M": MIB, "G": KIB * MIB}
    return int(size[:-1]) * units[size[-1]] if size[-1:] in units else int(size)


def _physical_cores(sysfs: Path) -> int | None:
    """Cores this process may run on, hyperthreads counted once."""
    if not hasattr(os, "sched_getaffinity"):
        return os.cpu_count()
    cores: set[tuple[str, str]] = set()
    for cpu in os.sched_getaffinity(0):
        topology = sysfs / f"cpu{cpu}" / "topology"
        try:
            package = (topology / "physical_package_id").read_text().strip()
            cores.add((package, (topology / "core_id").read_text().strip()))
        except OSError:
            return os.cpu_count()
    return len(cores) or None
