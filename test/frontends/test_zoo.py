"""The model zoo: published architectures, sane random weights, and graphs that run."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
import pytest
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Operation, SSAValue

from inlay.dialects.relay.analysis import macs
from inlay.dialects.relay.constant import ConstantOp
from inlay.dialects.relay.evaluate import evaluate
from inlay.dialects.relay.module import FuncOp
from inlay.dialects.relay.rows import Array
from inlay.dialects.relay.types import shape_of
from inlay.frontends import zoo
from inlay.frontends.zoo.bert import bert
from inlay.frontends.zoo.errors import ZooError
from inlay.frontends.zoo.mlp import mlp
from inlay.frontends.zoo.preact_resnet import preact_resnet
from inlay.frontends.zoo.weights import Float32, Weights


class ShapesOnly(Weights):
    """Zeros that take no memory, for tests that look at structure."""

    def kernel(self, name: str, shape: Sequence[int], gain: float = 2.0) -> Float32:
        return np.broadcast_to(np.float32(0), tuple(shape))


def structure(name: str, **options: zoo.Option) -> ModuleOp:
    return zoo.build(name, weights=ShapesOnly(), **options)


def main(module: ModuleOp) -> FuncOp:
    (function,) = module.ops
    assert isinstance(function, FuncOp)
    return function


def count(module: ModuleOp) -> Counter[str]:
    return Counter(op.name.removeprefix("relay.") for op in main(module).block.ops)


def constants(module: ModuleOp) -> dict[str, Array]:
    arrays: dict[str, Array] = {}
    for op in main(module).block.ops:
        if isinstance(op, ConstantOp):
            assert op.array is not None
            assert op.result.name_hint is not None
            arrays[op.result.name_hint] = op.array
    return arrays


def layer(module: ModuleOp, name: str) -> Operation:
    """The op with this name."""
    (found,) = [
        op
        for op in main(module).block.ops
        if op.results and op.results[0].name_hint == name and not isinstance(op, ConstantOp)
    ]
    return found


def value(module: ModuleOp, name: str) -> SSAValue:
    return layer(module, name).results[0]


def run(module: ModuleOp) -> Array:
    shape = shape_of(main(module).args[0].type)
    data = np.random.default_rng(0).standard_normal(shape, dtype=np.float32)
    (result,) = evaluate(module, [data])
    return result


def run_until(module: ModuleOp, names: Sequence[str]) -> list[Array]:
    """The values of inner ops, by name."""
    function = main(module)
    function.return_op.operands = [value(module, name) for name in names]
    function.update_type()
    module.verify()
    shape = shape_of(function.args[0].type)
    data = np.random.default_rng(0).standard_normal(shape, dtype=np.float32)
    return evaluate(module, [data])


# Architectures.

# The shortcut that pre-activation adds to the first stage of a ResNet without bottlenecks.
FIRST_SHORTCUT = 56 * 56 * 64 * 64

# Multiply-accumulates of the published architectures.
MODELS = {
    "preact_resnet18": 1_826_918_400,
    "preact_resnet34": 3_663_761_408 + FIRST_SHORTCUT,
    "preact_resnet50": 3_857_973_248,
    "resnet18": 1_814_073_344,
    "resnet50": 4_089_184_256,
    "vgg16": 15_470_264_320,
    "mobilenet_v2": 300_774_272,
    "squeezenet1_1": 349_151_936,
    "mlp": 668_672,
    "bert_base": 11_173_625_856,
}

# GFLOP as published by benchmarks, to their printed digits.
GFLOP = {
    "preact_resnet18": "3.65",
    "resnet18": "3.63",
    "resnet50": "8.18",
    "vgg16": "30.9",
    "mobilenet_v2": "0.60",
    "squeezenet1_1": "0.70",
}


@pytest.mark.parametrize("name", MODELS)
def test_multiply_accumulates(name: str):
    assert macs(structure(name)) == MODELS[name]


@pytest.mark.parametrize("name", GFLOP)
def test_published_gflop(name: str):
    digits = len(GFLOP[name].split(".")[1])
    assert f"{2 * MODELS[name] / 1e9:.{digits}f}" == GFLOP[name]


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("resnet18", 11_689_512),
        ("resnet50", 25_557_032),
        ("vgg16", 138_357_544),
        ("mobilenet_v2", 3_504_872),
        ("squeezenet1_1", 1_235_496),
    ],
)
def test_parameters_match_torchvision(name: str, parameters: int):
    trained = {
        key: array for key, array in constants(structure(name)).items() if ".running_" not in key
    }
    assert sum(array.size for array in trained.values()) == parameters


def test_macs_scale_with_batch():
    assert macs(structure("resnet18", batch=3)) == 3 * MODELS["resnet18"]


def test_preact_resnet18_is_relays():
    module = structure("preact_resnet18")
    module.verify()
    ops = count(module)
    assert ops["nn.conv2d"] == 21
    assert ops["nn.batch_norm"] == 19
    assert ops["nn.relu"] == 18
    assert ops["add"] == 8
    tail = ["nn.global_avg_pool2d", "nn.batch_flatten", "nn.dense", "nn.bias_add", "nn.softmax"]
    names = [op.name.removeprefix("relay.") for op in main(module).block.ops]
    assert [name for name in names if name != "constant"][-6:] == [*tail, "return"]

    arrays = constants(module)
    normal = {"gamma", "beta", "mean", "var"}
    statistics = {key: a for key, a in arrays.items() if key.split("_")[-1] in normal}
    assert len(statistics) == 4 * 19
    channels = sum(array.size for array in statistics.values()) // 4
    weights = sum(array.nbytes for array in arrays.values()) - 16 * channels
    # Folded, what is left beside weights is a shift per normalisation and the last one's scale.
    folded = weights + 4 * channels + 4 * 512
    assert round(folded / 1e6, 2) == 46.75


def test_preact_resnet_names_and_attributes_are_relays():
    module = structure("preact_resnet18")
    keys = set(constants(module))
    assert {
        "bn_data_gamma",
        "conv0_weight",
        "bn0_moving_mean",
        "stage1_unit1_bn1_moving_var",
        "stage1_unit1_sc_weight",
        "stage4_unit2_conv2_weight",
        "bn1_beta",
        "fc1_weight",
        "fc1_bias",
    } <= keys
    assert "stage1_unit2_sc_weight" not in keys
    printed = str(module)
    assert printed.count("epsilon = 2.000000e-05") + printed.count("epsilon = 2e-05") == 19
    assert printed.count("scale = false") == 1


def test_preact_shortcut_of_a_first_unit_comes_from_its_activation():
    module = structure("preact_resnet18")
    projected = layer(module, "stage2_unit1_sc")
    assert layer(module, "stage2_unit1_add").operands[1] is projected.results[0]
    assert projected.operands[0] is value(module, "stage2_unit1_act1")
    assert layer(module, "stage2_unit2_add").operands[1] is value(module, "stage2_unit1_add")


def test_strides_of_bottlenecks():
    """Relay's pre-activation one strides in its first 1x1, v1.5 in the 3x3."""
    preact = structure("preact_resnet50")
    assert shape_of(value(preact, "stage2_unit1_conv1").type)[2:] == (28, 28)
    v1 = structure("resnet50")
    assert shape_of(value(v1, "layer2.0.conv1").type)[2:] == (56, 56)
    assert shape_of(value(v1, "layer2.0.conv2").type)[2:] == (28, 28)


@pytest.mark.parametrize(("height", "size"), [(32, 32), (33, 9)])
def test_preact_stem_of_small_images(height: int, size: int):
    module = structure("preact_resnet18", image=(height, height))
    assert shape_of(value(module, "stage1_unit1_add").type)[2:] == (size, size)
    assert ("pool0" in str(module)) == (height > 32)


@pytest.mark.parametrize(("layers", "convolutions"), [(34, 37), (50, 53), (101, 104), (152, 155)])
def test_preact_depths(layers: int, convolutions: int):
    assert count(structure(f"preact_resnet{layers}"))["nn.conv2d"] == convolutions


def test_vgg_pools_to_7_by_7_only_where_needed():
    assert count(structure("vgg16"))["nn.adaptive_avg_pool2d"] == 0
    assert count(structure("vgg16", image=(64, 96)))["nn.adaptive_avg_pool2d"] == 1


def test_mobilenet_clips_and_is_depthwise():
    ops = count(structure("mobilenet_v2"))
    assert ops["clip"] == 35
    assert ops["add"] == 10
    module = structure("mobilenet_v2")
    assert "a_max = 6.000000e+00" in str(module)
    assert shape_of(layer(module, "features.2.conv.1.0").operands[1].type) == (96, 1, 3, 3)


def test_bert_base_structure():
    module = structure("bert_base")
    ops = count(module)
    assert ops["nn.dense"] == 12 * 6
    assert ops["nn.batch_matmul"] == 12 * 2
    assert ops["nn.layer_norm"] == 12 * 2
    function = main(module)
    assert function.function_type.outputs.data == function.function_type.inputs.data
    assert shape_of(function.args[0].type) == (1, 128, 768)


@pytest.mark.parametrize("name", [name for name in zoo.MODELS if name != "preact_resnet152"])
def test_every_model_verifies(name: str):
    structure(name).verify()


# Small models run.

SMALL: dict[str, tuple[str, dict[str, zoo.Option]]] = {
    "preact18-small": ("preact_resnet18", {"image": (32, 32), "batch": 2, "width": 16}),
    "preact18-64": ("preact_resnet18", {"image": (64, 64)}),
    "preact50": ("preact_resnet50", {"image": (40, 64), "width": 16}),
    "resnet18": ("resnet18", {"image": (64, 64), "classes": 10}),
    "resnet50": ("resnet50", {"image": (32, 32), "width": 32}),
    "vgg16": ("vgg16", {"image": (32, 32), "hidden": 128}),
    "mobilenet": ("mobilenet_v2", {"image": (64, 64)}),
    "squeezenet": ("squeezenet1_1", {"image": (64, 64)}),
    "mlp": ("mlp", {"batch": 3}),
    "bert": ("bert_base", {}),
}


def small(case: str) -> ModuleOp:
    name, options = SMALL[case]
    if case == "bert":
        return bert(layers=2, tokens=16, hidden=96, heads=4, feed_forward=192, batch=2)
    return zoo.build(name, **options)


@pytest.mark.parametrize("case", SMALL)
def test_small_models_run(case: str):
    module = small(case)
    module.verify()
    result = run(module)
    assert result.shape == shape_of(main(module).function_type.outputs.data[0])
    assert np.isfinite(result).all()
    if "preact" in case:
        np.testing.assert_allclose(result.sum(axis=-1), 1, rtol=1e-5)
        assert result.max() < 0.9
    else:
        assert 0.1 < result.std() < 20


@pytest.mark.parametrize("case", SMALL)
def test_results_depend_on_the_input(case: str):
    module = small(case)
    shape = shape_of(main(module).args[0].type)
    rng = np.random.default_rng(1)
    first, second = (
        evaluate(module, [rng.standard_normal(shape, dtype=np.float32)])[0] for _ in range(2)
    )
    assert np.abs(first - second).max() > 1e-2 * np.abs(first).max()


@pytest.mark.parametrize("layers", [18, 50])
@pytest.mark.parametrize("model", ["preact_resnet", "resnet"])
def test_activations_stay_of_order_one(model: str, layers: int):
    module = zoo.build(f"{model}{layers}", image=(64, 64), width=32)
    suffix = "_add" if model == "preact_resnet" else ".add"
    names = [
        hint
        for op in main(module).block.ops
        if op.results and (hint := op.results[0].name_hint) is not None and hint.endswith(suffix)
    ]
    assert len(names) == (8 if layers == 18 else 16)
    for name, array in zip(names, run_until(module, names), strict=True):
        assert 0.3 < array.std() < 10, name
        # Channels are not constants: positions within them differ.
        assert array.std(axis=(2, 3)).mean() > 0.1, name


def test_tokens_stay_apart():
    """Attention that averages all tokens would hide mistakes in it."""
    module = bert(layers=12, tokens=32, hidden=96, heads=4, feed_forward=384)
    (hidden,) = run_until(module, ["encoder.layer.11.output.LayerNorm"])
    assert hidden.std(axis=1).mean() > 0.2


# Weights.


def test_weights_are_deterministic_by_seed():
    first, same, other = (
        constants(preact_resnet(image=(32, 32), width=8, seed=seed)) for seed in (3, 3, 4)
    )
    for key, array in first.items():
        assert array.dtype == np.float32
        np.testing.assert_array_equal(array, same[key], err_msg=key)
        if key != "bn_data_gamma":
            assert (array != other[key]).any(), key


def test_weights_do_not_depend_on_order_or_on_other_layers():
    forward, backward = Weights(7), Weights(7)
    names = ["a", "b", "c"]
    kernels = {name: forward.kernel(name, (8, 4, 3, 3)) for name in names}
    norms = {name: forward.batch_norm(name, 8) for name in names}
    for name in reversed(names):
        np.testing.assert_array_equal(backward.batch_norm(name, 8), norms[name])
        np.testing.assert_array_equal(backward.kernel(name, (8, 4, 3, 3)), kernels[name])
    assert (kernels["a"] != kernels["b"]).all()


def test_shared_layers_of_two_depths_have_the_same_weights():
    short, long = (constants(mlp(inputs=8, hidden=hidden)) for hidden in ((16,), (16, 16)))
    np.testing.assert_array_equal(short["fc1_weight"], long["fc1_weight"])


@pytest.mark.parametrize("seed", [0, -1, 2**70])
def test_any_integer_is_a_seed(seed: int):
    assert np.isfinite(Weights(seed).bias("b", 4)).all()


def test_kernel_has_the_variance_asked_for():
    weight = Weights(0).kernel("w", (512, 64, 3, 3), gain=2.0)
    np.testing.assert_allclose(weight.var() * 64 * 9, 2.0, rtol=0.01)
    assert abs(weight.mean()) < 1e-3


def test_batch_norm_statistics_are_not_trivial():
    norm = Weights(0).batch_norm("bn", 4096, gain=1.0)
    assert (norm.gamma > 0).all()
    assert (norm.var > 0.5).all()
    for array in norm:
        assert array.std() > 0.05
    np.testing.assert_allclose((norm.gamma**2 / norm.var).mean(), 1.0, rtol=0.1)


@pytest.mark.parametrize("channels", [3, 4, 64])
def test_mixed_gamma_has_each_sign(channels: int):
    gamma = Weights(0, gamma="mixed").batch_norm("bn", channels).gamma
    assert (gamma < 0).any()
    assert (gamma == 0).any()
    assert (gamma > 0).any()


def test_mixed_gamma_runs():
    module = preact_resnet(image=(32, 32), width=8, weights=Weights(gamma="mixed"))
    result = run(module)
    np.testing.assert_allclose(result.sum(axis=-1), 1, rtol=1e-5)


# Bad input.


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("resnet17", {}, "model resnet17: not in the zoo, expected one of preact_resnet18, "),
        ("mlp", {"images": 1}, "model mlp: no option images, expected one of batch, inputs, "),
        ("resnet18", {"layers": 34}, "model resnet18: no option layers, expected one of batch"),
        ("resnet18", {"width": 0}, "conv1.weight: shape .* expected extents of at least 1"),
        ("bert_base", {"heads": 5}, "hidden is 768, expected a multiple of the 5 heads"),
        ("bert_base", {"heads": 0}, "hidden is 768, expected a multiple of the 0 heads"),
        ("vgg16", {"image": (0, 224), "hidden": 8}, "model vgg16: relay.nn"),
        ("resnet18", {"image": (-1, 224)}, "model resnet18: relay.nn.conv2d"),
    ],
)
def test_bad_options(name: str, options: dict[str, zoo.Option], message: str):
    with pytest.raises(ZooError, match=message):
        zoo.build(name, **options)


def test_unknown_depth():
    with pytest.raises(ZooError, match="layers is 20, expected one of 18, 34, 50, 101, 152"):
        preact_resnet(20)
