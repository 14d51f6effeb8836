"""Constant values: as hexadecimal text in IR, as safetensors on disk, by key."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import ml_dtypes
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from xdsl.dialects.builtin import ModuleOp

from inlay.dialects.parsing import ParseError, parse_module
from inlay.dialects.printing import print_module
from inlay.dialects.registry import make_context
from inlay.dialects.relay.constant import ConstantOp
from inlay.dialects.relay.resources import (
    Resource,
    ResourceAttr,
    ResourceError,
    attach,
    decode_blob,
    encode_blob,
    load,
    resource_key,
    resources,
    save,
)
from inlay.dialects.relay.rows import Array
from inlay.dialects.relay.types import DYNAMIC, ELEMENT_TYPES, tensor, tensor_of, text
from op_checks import assert_same

each_element = pytest.mark.parametrize("element", ELEMENT_TYPES)


def values(element: str, shape: tuple[int, ...] = (3, 7)) -> Array:
    """Every kind of bytes; for floats, NaN and infinities among them."""
    dtype = ELEMENT_TYPES[element][1]
    count = int(np.prod(shape))
    if element == "i1":
        return (np.arange(count) % 3 == 0).reshape(shape)
    data = np.random.default_rng(0).integers(0, 256, count * dtype.itemsize, np.uint8)
    return np.frombuffer(data.tobytes(), dtype).reshape(shape)


def module_of(*arrays: Array, key: str = "w") -> ModuleOp:
    """A module of constants that are all resources."""
    named = [Resource(f"{key}{at}", tensor_of(a), a) for at, a in enumerate(arrays)]
    return ModuleOp(
        [
            ConstantOp.create(
                properties={"value": ResourceAttr(resource)}, result_types=[resource.type]
            )
            for resource in named
        ]
    )


def arrays_of(module: ModuleOp) -> list[Array | None]:
    return [op.array for op in module.walk() if isinstance(op, ConstantOp)]


def assert_same_bytes(found: Array | None, expected: Array) -> None:
    assert found is not None
    assert (found.dtype, found.shape) == (expected.dtype, expected.shape)
    assert found.tobytes() == expected.tobytes()


# Text.


@each_element
@pytest.mark.parametrize("shape", [(), (1,), (3, 7), (0,), (2, 0, 3)])
def test_text_of_every_element_type(element: str, shape: tuple[int, ...]) -> None:
    array = values(element, shape)
    assert_same_bytes(decode_blob("w", encode_blob(array), tensor_of(array)), array)


@each_element
def test_round_trip_through_a_module(element: str) -> None:
    arrays = [values(element), values(element, (0, 5)), values(element, (20,)).T]
    printed = print_module(module_of(*arrays), resources=True)
    again = parse_module(make_context(), printed)
    for found, expected in zip(arrays_of(again), arrays, strict=True):
        assert_same_bytes(found, expected)
    assert print_module(again, resources=True) == printed


def test_an_array_that_is_not_contiguous_is_written_in_row_major_order() -> None:
    array = np.arange(12, dtype=np.int16).reshape(3, 4)
    expected = encode_blob(np.ascontiguousarray(array.T[:, ::-1]))
    assert encode_blob(array.T[:, ::-1]) == expected


def test_the_text_starts_with_an_alignment() -> None:
    assert encode_blob(np.array([1, -2], np.int8)) == "0x4000000001FE"


@pytest.mark.parametrize(
    ("blob", "element", "shape", "message"),
    [
        ("0x4000000000", "f32", (1,), "found 1 bytes, expected 4 for tensor<1xf32>"),
        ("0x40000000" + 9 * "00", "f64", (), "found 9 bytes, expected 8 for tensor<f64>"),
        ("0x4000000000", "i8", (0,), "found 1 bytes, expected 0 for tensor<0xi8>"),
        ("0x", "i8", (0,), "found 0 bytes, expected an alignment of 4"),
        ("0x4000", "i8", (0,), "found 2 bytes, expected an alignment of 4"),
        ("0x4000000", "i8", (0,), "expected hexadecimal data"),
        ("hello", "i8", (2,), "expected hexadecimal data"),
        ("0x4000000002", "i1", (1,), "found a byte above 1, expected 0 or 1 for i1"),
        ("0x4000000002", "i8", (DYNAMIC,), r"found tensor<\?xi8>, expected a static type"),
    ],
)
def test_texts_that_do_not_fit(
    blob: str, element: str, shape: tuple[int, ...], message: str
) -> None:
    with pytest.raises(ResourceError, match=f"resource w: {message}"):
        decode_blob("w", blob, tensor(element, shape))


def test_a_wrong_text_is_an_error_of_the_parser() -> None:
    printed = print_module(module_of(values("f32")), resources=True)
    with pytest.raises(ParseError, match="resource w0: found 84 bytes, expected 168"):
        parse_module(make_context(), printed.replace("xf32>", "xf64>"))


# Keys.


@pytest.mark.parametrize(
    ("hint", "key"),
    [
        ("conv0_weight", "conv0_weight"),
        ("layer1.0.bn$2", "layer1.0.bn$2"),
        ("a b/c-d", "a_b_c_d"),
        ("0weight", "_0weight"),
        (".w", "_.w"),
        ("größe", "gr__e"),
        ("", "_"),
        ('"', "_"),
    ],
)
def test_keys_are_made_identifiers(hint: str, key: str) -> None:
    assert resource_key(hint) == key


@given(st.text())
def test_any_hint_makes_a_key_that_reads_back(hint: str) -> None:
    module = ModuleOp([ConstantOp.of(np.arange(20), hint)])
    again = parse_module(make_context(), print_module(module, resources=True))
    (found,) = arrays_of(again)
    assert_same_bytes(found, np.arange(20))


def test_a_key_without_a_value_stays_elided() -> None:
    printed = print_module(module_of(values("f32"), values("i8")))
    again = parse_module(make_context(), printed, resources={"w1": values("i8")})
    first, second = arrays_of(again)
    assert first is None
    assert_same_bytes(second, values("i8"))
    assert [resource.key for resource in resources(again)] == ["w0", "w1"]
    assert "w0:" not in print_module(again, resources=True)


def test_the_texts_of_a_file_go_before_given_arrays() -> None:
    printed = print_module(module_of(values("i8")), resources=True)
    again = parse_module(make_context(), printed, resources={"w0": np.zeros((3, 7), np.int8)})
    assert_same_bytes(arrays_of(again)[0], values("i8"))


def test_a_text_of_one_parse_does_not_reach_another() -> None:
    context = make_context()
    module = module_of(values("i8"))
    parse_module(context, print_module(module, resources=True))
    assert arrays_of(parse_module(context, print_module(module))) == [None]


@pytest.mark.parametrize("array", [np.zeros((3, 7)), np.zeros(21, np.float32)])
def test_given_arrays_of_another_type(array: Array) -> None:
    printed = print_module(module_of(values("f32")))
    with pytest.raises(ParseError, match=r"resource w0: found float\d\d\[.*expected tensor<3x7xf"):
        parse_module(make_context(), printed, resources={"w0": array})


def test_attaching_leaves_other_values() -> None:
    module = module_of(values("f32"), values("i8"))
    attach(module, {"w1": np.zeros((3, 7), np.int8)})
    first, second = arrays_of(module)
    assert_same_bytes(first, values("f32"))
    assert_same_bytes(second, np.zeros((3, 7), np.int8))


def test_ops_of_one_key_share_one_array() -> None:
    array = values("f32")
    module = module_of(array)
    module.body.block.add_op(ConstantOp.of(array, "w0"))
    again = parse_module(make_context(), print_module(module, resources=True))
    first, second = arrays_of(again)
    assert first is second
    assert [resource.key for resource in resources(again)] == ["w0"]


def test_one_key_may_have_two_types_but_not_two_values() -> None:
    array = values("i32")
    module = module_of(array)
    module.body.block.add_op(ConstantOp.of(array.reshape(21), "w0"))
    again = parse_module(make_context(), print_module(module, resources=True))
    assert_same_bytes(arrays_of(again)[1], array.reshape(21))

    module.body.block.add_op(ConstantOp.of(array + 1, "w0"))
    with pytest.raises(ResourceError, match="resource w0: found two values, expected one a key"):
        print_module(module, resources=True)


def test_resources_of_other_ops_are_kept() -> None:
    printed = """builtin.module {
  "test.op"() {x = dense_resource<a> : tensor<2xi8>} : () -> ()
}

{-#
  dialect_resources: {
    builtin: {
      a: "0x400000000102"
    }
  }
#-}
"""
    assert print_module(parse_module(make_context(), printed), resources=True) == printed


def test_a_value_is_kept_and_read_only() -> None:
    array = np.zeros(20)
    constant = ConstantOp.of(array)
    assert constant.array is array
    with pytest.raises(ValueError, match="read-only"):
        array[0] = 1


@each_element
def test_small_constants_are_inline(element: str) -> None:
    array = np.array([0, 1, 1, 0]).astype(ELEMENT_TYPES[element][1]).reshape(2, 2)
    again = parse_module(make_context(), print_module(ModuleOp([ConstantOp.of(array)])))
    (found,) = arrays_of(again)
    if element == "bf16":
        assert found is None  # Beside the IR whatever its size.
    else:
        assert found is not None
        assert_same(found, array)


# Files.


def test_files(tmp_path: Path) -> None:
    path = tmp_path / "weights.safetensors"
    arrays = [values(element, shape) for element in ELEMENT_TYPES for shape in [(3, 7), (0, 2), ()]]
    save(module_of(*arrays), path)
    loaded = load(path)
    assert list(loaded) != []
    for at, array in enumerate(arrays):
        assert_same_bytes(loaded[f"w{at}"], array)


def test_a_file_of_nothing(tmp_path: Path) -> None:
    path = tmp_path / "weights.safetensors"
    save(ModuleOp([]), path)
    assert load(path) == {}


def test_saving_an_elided_value(tmp_path: Path) -> None:
    path = tmp_path / "weights.safetensors"
    elided = ResourceAttr(Resource("gone", tensor("f32", (2,))))
    module = ModuleOp(
        [ConstantOp.create(properties={"value": elided}, result_types=[elided.data.type])]
    )
    with pytest.raises(ResourceError, match=r"weights\.safetensors: resource gone is elided"):
        save(module, path)
    assert not path.exists()


def test_saving_where_there_is_no_folder(tmp_path: Path) -> None:
    with pytest.raises(ResourceError, match="cannot be written"):
        save(module_of(values("f32")), tmp_path / "none" / "weights.safetensors")


@pytest.mark.parametrize(
    "header",
    [
        [],
        {"__metadata__": 3},
        {"a": {"dtype": "F32", "shape": [1 << 40], "data_offsets": [0, 4]}},
        {"a": {"dtype": "F32", "shape": [-1], "data_offsets": [0, 4]}},
        {"a": {"dtype": "F32", "shape": [1], "data_offsets": [4, 8]}},
        {"a": {"dtype": "F8_E4M3", "shape": [4], "data_offsets": [0, 4]}},
        {"a": {"dtype": "float32", "shape": [1], "data_offsets": [0, 4]}},
    ],
)
def test_files_with_a_wrong_header(tmp_path: Path, header: object) -> None:
    path = tmp_path / "weights.safetensors"
    encoded = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(encoded)) + encoded + bytes(4))
    with pytest.raises(ResourceError, match=r"weights\.safetensors: "):
        load(path)


def test_files_that_are_not_there(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none"):
        with pytest.raises(ResourceError, match="expected a safetensors file"):
            load(path)


def test_damaged_files(tmp_path: Path) -> None:
    """Loading ends in arrays or in a ResourceError of one line, never in anything else."""
    path = tmp_path / "weights.safetensors"
    save(module_of(*[values(element) for element in ELEMENT_TYPES]), path)
    whole = path.read_bytes()
    rng = np.random.default_rng(0)
    messages: list[str] = []
    for at in rng.integers(0, len(whole), 200):
        kind = rng.integers(3)
        damaged = [
            whole[:at],
            whole[:at] + bytes([rng.integers(256)]) + whole[at + 1 :],
            whole[:at] + whole[at + rng.integers(1, 20) :],
        ][kind]
        path.write_bytes(damaged)
        try:
            load(path)
        except ResourceError as error:
            messages.append(str(error))
    assert len(messages) > 100
    assert not any("\n" in message for message in messages)


def test_bf16_is_ml_dtypes(tmp_path: Path) -> None:
    path = tmp_path / "weights.safetensors"
    save(module_of(np.ones(2, ml_dtypes.bfloat16)), path)
    assert load(path)["w0"].dtype == ml_dtypes.bfloat16
    assert text(tensor_of(load(path)["w0"])) == "tensor<2xbf16>"
