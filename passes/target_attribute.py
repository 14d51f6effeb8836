"""The module attribute ``inlay.target``: all that passes know of the machine.

::

    module attributes {inlay.target = {name = "x86-64-v4", ..., vector_bits = 512 : i64, ...}} { }

``inlay-opt --target=`` and ``inlay.compile`` write it. Passes read it with ``target_of`` and never
ask the host, so that the same module gives the same result everywhere.
"""

from collections.abc import Mapping

from xdsl.dialects.builtin import (
    ArrayAttr,
    DictionaryAttr,
    IntegerAttr,
    ModuleOp,
    StringAttr,
    i64,
)
from xdsl.ir import Attribute

from ..target.description import DEFAULT_TARGET, Target, TargetError, Value

TARGET = "inlay.target"


def set_target(module: ModuleOp, target: Target) -> None:
    """Write the module's target, in place of any other."""
    module.attributes[TARGET] = DictionaryAttr(
        {name: _attribute(value) for name, value in target.to_dict().items()}
    )


def target_of(module: ModuleOp) -> Target:
    """The module's target; ``DEFAULT_TARGET``, x86-64-v3, where it names none.

    Raises TargetError where the attribute does not describe a target.
    """
    attribute = module.attributes.get(TARGET)
    if attribute is None:
        return DEFAULT_TARGET
    if not isinstance(attribute, DictionaryAttr):
        raise TargetError(f"module attribute '{TARGET}' is {attribute}, expected a dictionary")
    values: Mapping[str, Attribute] = attribute.data
    return Target.from_dict({name: _value(value) for name, value in values.items()})


def _attribute(value: Value) -> Attribute:
    match value:
        case str():
            return StringAttr(value)
        case int():
            return IntegerAttr(value, i64)
        case list():
            return ArrayAttr([StringAttr(item) for item in value])


def _value(attribute: Attribute) -> object:
    """The Python value; an attribute of another kind as it is, for ``from_dict`` to refuse."""
    match attribute:
        case StringAttr():
            return attribute.data
        case IntegerAttr(type=type_) if type_ == i64:
            return attribute.value.data
        case ArrayAttr():
            return [_value(item) for item in attribute]
        case _:
            return attribute
