"""The model zoo: networks by name, as relay modules with random weights.

    module = zoo.build("resnet50", batch=8, seed=1)

``MODELS`` is the table; a model's file is imported when the model is first built. Every model
takes one float32 input, ``data``, and gives one result.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import TypeAlias, cast

from xdsl.dialects.builtin import ModuleOp
from xdsl.utils.exceptions import VerifyException

from .errors import ZooError
from .weights import Weights

Option: TypeAlias = "int | Sequence[int] | Weights | None"


@dataclass(frozen=True)
class Model:
    """One model of the zoo: ``file:function`` in this folder, and options given to it."""

    builder: str
    summary: str
    options: Mapping[str, int] = field(default_factory=dict[str, int])


def _preact_resnet(layers: int) -> Model:
    summary = f"pre-activation ResNet-{layers} as in Relay's testing module"
    return Model("preact_resnet:preact_resnet", summary, {"layers": layers})


def _resnet(layers: int, summary: str) -> Model:
    return Model("resnet:resnet", summary, {"layers": layers})


MODELS: dict[str, Model] = {
    "preact_resnet18": _preact_resnet(18),
    "preact_resnet34": _preact_resnet(34),
    "preact_resnet50": _preact_resnet(50),
    "preact_resnet101": _preact_resnet(101),
    "preact_resnet152": _preact_resnet(152),
    "resnet18": _resnet(18, "ResNet-18"),
    "resnet50": _resnet(50, "ResNet-50 v1.5"),
    "vgg16": Model("vgg:vgg16", "VGG-16"),
    "mobilenet_v2": Model("mobilenet:mobilenet_v2", "MobileNetV2"),
    "squeezenet1_1": Model("squeezenet:squeezenet", "SqueezeNet 1.1"),
    "mlp": Model("mlp:mlp", "a 784-512-512-10 perceptron"),
    "bert_base": Model("bert:bert", "BERT-base's encoder"),
}


def build(name: str, **options: Option) -> ModuleOp:
    """A model of the zoo; ``options`` are its builder's keyword arguments.

    Raises:
        ZooError: when there is no such model, or it cannot be built with these options.
    """
    if name not in MODELS:
        raise ZooError(f"model {name}: not in the zoo, expected one of {', '.join(MODELS)}")
    model = MODELS[name]
    file, function = model.builder.split(":")
    builder = cast(
        "Callable[..., ModuleOp]", getattr(import_module(f".{file}", __name__), function)
    )
    parameters = inspect.signature(builder).parameters
    free = [parameter for parameter in parameters if parameter not in model.options]
    for option in options:
        if option not in free:
            raise ZooError(f"model {name}: no option {option}, expected one of {', '.join(free)}")
    try:
        return builder(**model.options, **options)
    except (VerifyException, TypeError, ValueError) as error:
        raise ZooError(f"model {name}: {error}") from error
