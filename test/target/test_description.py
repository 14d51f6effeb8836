"""Targets: the table, the dictionary form, host detection and the module attribute."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from xdsl.dialects.builtin import DictionaryAttr, IntegerAttr, ModuleOp, StringAttr, i32

from inlay.dialects.parsing import parse_module
from inlay.dialects.printing import print_module
from inlay.dialects.registry import make_context
from inlay.passes.target_attribute import TARGET, set_target, target_of
from inlay.target import description
from inlay.target.description import (
    DEFAULT_TARGET,
    TARGETS,
    Target,
    TargetError,
    register_target,
    target_named,
)

KIB, MIB = 1024, 1024**2


def make_target(**changes: object) -> Target:
    return Target.from_dict({**TARGETS["x86-64-v4"].to_dict(), **changes})


# ---------------------------------------------------------------- the table


@pytest.mark.parametrize("name", TARGETS)
def test_rows_are_plausible(name: str) -> None:
    target = TARGETS[name]
    assert target.name == name
    assert target.vector_bits in (128, 256, 512)
    assert target.l1d < target.l2 < target.l3
    assert target.cores is None
    assert len(set(target.features)) == len(target.features)
    assert target.has("avx512f") == (target.vector_bits == 512)
    assert target.has("avx2") == (target.vector_bits >= 256)
    assert target.vector_registers == (
        16 if target.triple[0] == "x" and not target.has("avx512f") else 32
    )


def test_the_levels_include_each_other() -> None:
    levels = [set(TARGETS[f"x86-64-v{level}"].features) for level in (2, 3, 4)]
    assert levels[0] < levels[1] < levels[2] < set(TARGETS["znver4"].features)


@pytest.mark.parametrize(
    ("name", "bits", "lanes"),
    [
        ("x86-64-v4", 32, 16),
        ("x86-64-v4", 64, 8),
        ("x86-64-v4", 8, 64),
        ("x86-64-v4", 1, 512),
        ("x86-64-v3", 32, 8),
        ("aarch64", 16, 8),
        ("aarch64", 256, 1),
    ],
)
def test_lanes(name: str, bits: int, lanes: int) -> None:
    assert TARGETS[name].lanes(bits) == lanes


def test_there_are_no_elements_without_bits() -> None:
    with pytest.raises(TargetError, match="0-bit"):
        DEFAULT_TARGET.lanes(0)


@pytest.mark.parametrize("name", TARGETS)
def test_targets_are_found_by_name(name: str) -> None:
    assert target_named(name) is TARGETS[name]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("x86-64-v5", "unknown target 'x86-64-v5'; did you mean 'x86-64-v4'"),
        ("Znver4", "did you mean 'znver4'"),
        ("", "unknown target ''; expected one of x86-64-v2, .*, native"),
    ],
)
def test_unknown_names(name: str, message: str) -> None:
    with pytest.raises(TargetError, match=message):
        target_named(name)


def test_targets_can_be_added_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(description, "TARGETS", dict(TARGETS))
    target = make_target(name="acme")
    register_target(target)
    assert target_named("acme") == target
    for taken in (target, make_target(name="native"), TARGETS["znver4"]):
        with pytest.raises(TargetError, match=f"'{taken.name}' is already registered"):
            register_target(taken)


# ---------------------------------------------------------------- the dictionary form

targets = st.builds(
    Target,
    name=st.text(),
    triple=st.text(),
    cpu=st.text(),
    features=st.lists(st.text()).map(tuple),
    vector_bits=st.sampled_from([8, 64, 128, 1024]),
    vector_registers=st.integers(1, 64),
    l1d=st.integers(0, 2**40),
    l2=st.integers(0, 2**40),
    l3=st.integers(0, 2**40),
    cache_line=st.integers(1, 256),
    cores=st.none() | st.integers(1, 512),
)


@given(targets)
def test_the_dictionary_reads_back(target: Target) -> None:
    assert Target.from_dict(target.to_dict()) == target


def test_what_is_unspecified_is_left_out() -> None:
    assert "cores" not in DEFAULT_TARGET.to_dict()
    assert make_target(cores=4).to_dict()["cores"] == 4


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("name", 1, "'name' is 1, expected a string"),
        ("features", "avx", "'features' is 'avx', expected a list of strings"),
        ("features", [1], "'features' is 1, expected a string"),
        ("l1d", "32K", "'l1d' is '32K', expected an integer"),
        ("l1d", True, "'l1d' is True, expected an integer"),
        ("l1d", -1, "l1d is -1, expected at least 0"),
        ("cores", 0, "cores is 0, expected at least 1"),
        ("vector_bits", 0, "vector_bits is 0, expected at least 8"),
        ("vector_bits", 384, "vector_bits is 384, expected a power of two"),
        ("colour", "red", "unknown field 'colour', expected name, triple"),
    ],
)
def test_descriptions_that_are_refused(field: str, value: object, message: str) -> None:
    with pytest.raises(TargetError, match=message):
        make_target(**{field: value})


@pytest.mark.parametrize("field", ["name", "features", "l3"])
def test_missing_fields(field: str) -> None:
    values = {name: value for name, value in DEFAULT_TARGET.to_dict().items() if name != field}
    with pytest.raises(TargetError, match=f"target has no field '{field}'"):
        Target.from_dict(values)


# ---------------------------------------------------------------- the host

V3_FLAGS = "fpu sse sse2 pni ssse3 sse4_1 sse4_2 popcnt cx16 avx avx2 bmi1 bmi2 f16c fma abm movbe"
V4_FLAGS = f"{V3_FLAGS} avx512f avx512bw avx512cd avx512dq avx512vl avx512_vnni"


def write_host(
    folder: Path, *, flags: str, vendor: str = "Other", family: int = 0, model: int = 0
) -> tuple[Path, Path]:
    """A /proc/cpuinfo and a sysfs of two processors with caches of 48 KiB, 2 MiB and 30 MiB."""
    processor = (
        f"vendor_id\t: {vendor}\ncpu family\t: {family}\nmodel\t\t: {model}\n"
        f"model name\t: Some: CPU\nflags\t\t: {flags}\n\n"
    )
    cpuinfo = folder / "cpuinfo"
    cpuinfo.write_text(f"processor\t: 0\n{processor}processor\t: 1\n{processor}")
    caches = [
        ("1", "Data", "48K"),
        ("1", "Instruction", "32K"),
        ("2", "Unified", "2048K"),
        ("3", "Unified", "30M"),
    ]
    for index, (level, kind, size) in enumerate(caches):
        cache = folder / "cpu0" / "cache" / f"index{index}"
        cache.mkdir(parents=True)
        for name, text in (("level", level), ("type", kind), ("size", size)):
            (cache / name).write_text(f"{text}\n")
        (cache / "coherency_line_size").write_text("128\n")
    return cpuinfo, folder


def test_this_machine_is_described() -> None:
    native = Target.native()
    assert native.name == "native"
    assert native == target_named("native")
    assert Target.from_dict(native.to_dict()) == native
    assert native.cores is None or native.cores >= 1


def test_caches_are_read(tmp_path: Path) -> None:
    native = Target.native("x86_64", *write_host(tmp_path, flags=V3_FLAGS))
    assert (native.l1d, native.l2, native.l3, native.cache_line) == (
        48 * KIB,
        2 * MIB,
        30 * MIB,
        128,
    )


@pytest.mark.parametrize(
    ("flags", "cpu", "bits", "registers"),
    [
        ("sse sse2", "x86-64-v2", 128, 16),
        (V3_FLAGS, "x86-64-v3", 256, 16),
        (V3_FLAGS.replace("fma", ""), "x86-64-v2", 128, 16),
        (V4_FLAGS, "x86-64-v4", 512, 32),
        (V4_FLAGS.replace("avx512vl", ""), "x86-64-v3", 256, 16),
    ],
)
def test_levels_need_all_their_features(
    tmp_path: Path, flags: str, cpu: str, bits: int, registers: int
) -> None:
    native = Target.native("x86_64", *write_host(tmp_path, flags=flags))
    assert (native.cpu, native.vector_bits, native.vector_registers) == (cpu, bits, registers)
    assert native.has("avx512vnni") == ("vnni" in flags)


@pytest.mark.parametrize(
    ("vendor", "family", "model", "flags", "cpu"),
    [
        ("AuthenticAMD", 0x19, 0x11, V4_FLAGS, "znver4"),
        ("AuthenticAMD", 0x19, 0x61, V4_FLAGS, "znver4"),
        ("AuthenticAMD", 0x19, 0x01, V3_FLAGS, "znver3"),
        ("AuthenticAMD", 0x1A, 0x44, V4_FLAGS, "znver5"),
        ("GenuineIntel", 6, 0x55, V4_FLAGS, "skylake-avx512"),
        ("GenuineIntel", 6, 0x8F, V4_FLAGS, "sapphirerapids"),
        ("GenuineIntel", 6, 0xFF, V4_FLAGS, "x86-64-v4"),
        # A virtual machine that hides AVX-512.
        ("AuthenticAMD", 0x19, 0x11, V3_FLAGS, "x86-64-v3"),
    ],
)
def test_processors_have_names(
    tmp_path: Path, vendor: str, family: int, model: int, flags: str, cpu: str
) -> None:
    host = write_host(tmp_path, flags=flags, vendor=vendor, family=family, model=model)
    assert Target.native("x86_64", *host).cpu == cpu


def test_a_host_that_tells_nothing_is_generic(tmp_path: Path) -> None:
    native = Target.native("AMD64", tmp_path / "none", tmp_path / "none")
    generic = TARGETS["x86-64-v2"]
    assert (native.cpu, native.l1d, native.l2, native.l3) == (
        *(generic.cpu, generic.l1d, generic.l2),
        generic.l3,
    )
    assert native.features == generic.features


def test_arm(tmp_path: Path) -> None:
    cpuinfo = tmp_path / "cpuinfo"
    cpuinfo.write_text("processor : 0\nFeatures : fp asimd asimdhp bf16\n")
    native = Target.native("arm64", cpuinfo, tmp_path)
    assert native.triple.startswith("aarch64-")
    assert native.features == ("neon", "fullfp16", "bf16")
    assert native.vector_bits == 128


def test_an_unknown_architecture_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TargetError, match="architecture 'riscv64' is not supported"):
        Target.native("riscv64", tmp_path, tmp_path)


# ---------------------------------------------------------------- the module attribute


@given(targets)
def test_the_attribute_reads_back(target: Target) -> None:
    module = ModuleOp([])
    set_target(module, target)
    assert target_of(module) == target


@pytest.mark.parametrize("name", TARGETS)
def test_the_printed_attribute_reads_back(name: str) -> None:
    module = ModuleOp([])
    set_target(module, TARGETS[name])
    text = print_module(module)
    assert f'module attributes {{inlay.target = {{name = "{name}", ' in text
    assert target_of(parse_module(make_context(), text)) == TARGETS[name]


def test_setting_a_target_replaces_the_other() -> None:
    module = ModuleOp([])
    set_target(module, TARGETS["znver4"])
    set_target(module, TARGETS["aarch64"])
    assert target_of(module) == TARGETS["aarch64"]


def test_a_module_without_a_target_gets_the_default_and_not_the_host() -> None:
    assert target_of(ModuleOp([])) is TARGETS["x86-64-v3"]


def test_attributes_that_are_no_targets() -> None:
    module = ModuleOp([])
    module.attributes[TARGET] = StringAttr("znver4")
    with pytest.raises(TargetError, match="expected a dictionary"):
        target_of(module)
    set_target(module, DEFAULT_TARGET)
    whole = module.attributes[TARGET]
    assert isinstance(whole, DictionaryAttr)
    module.attributes[TARGET] = DictionaryAttr({**whole.data, "l2": IntegerAttr(1, i32)})
    with pytest.raises(TargetError, match=r"'l2' is .*, expected an integer"):
        target_of(module)
    module.attributes[TARGET] = DictionaryAttr({})
    with pytest.raises(TargetError, match="no field 'name'"):
        target_of(module)
