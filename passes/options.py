"""Options of passes: the fields of their dataclasses, typed, read from and printed to text.

``max_depth: int = 256`` is the option ``max-depth``. An option's type is one of ``int``, ``float``,
``bool``, ``str``, ``Path``, an ``Enum`` (by value), ``Literal[...]`` of strings, a tuple of those
(``tuple[int, ...]`` or of fixed length; a bare ``name`` is the empty tuple) or a union of those
with ``None`` (written ``none``). A bare ``name`` sets a ``bool``.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, Field, dataclass, fields
from enum import Enum
from pathlib import Path
from types import NoneType, UnionType
from typing import Literal, NamedTuple, TypeVar, Union, get_args, get_origin, get_type_hints

from xdsl.passes import ModulePass

from .. import InlayError
from .pipeline_spec import Option, PassSpec, PipelineError, Value, quote
from .registry import did_you_mean

_INT = re.compile(r"[-+]?[0-9]{1,1000}")
_FLOAT = re.compile(r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?|[-+]?inf|nan")
_BOOLS = {"true": True, "false": False}

OptionScalar = int | float | bool | str | Path | Enum
OptionValue = OptionScalar | None | tuple[OptionScalar, ...]
TypeHint = object
"""What an annotation evaluates to: a class, a union, an alias."""


_T = TypeVar("_T")


class _Mismatch(Exception):
    """The values given do not make a value of the option's type."""


class PassOption(NamedTuple):
    """One option of a pass, as ``--list-passes`` shows it."""

    name: str
    """As written in pipelines, with hyphens."""
    type: str
    default: str | None
    """As written in pipelines, or None for an option that must be given."""
    doc: str
    """The field's ``metadata["doc"]``."""


def pass_options(cls: type[ModulePass]) -> tuple[PassOption, ...]:
    """The options of the pass ``cls``, in the order of its fields."""
    return tuple(
        PassOption(
            entry.name,
            _describe(entry.hint),
            None if entry.required else _format(entry.default()),
            str(entry.field.metadata.get("doc", "")),
        )
        for entry in _entries(cls)
    )


def build_pass(cls: type[ModulePass], spec: PassSpec) -> ModulePass:
    """An instance of ``cls`` with the options of ``spec``.

    Raises:
        PipelineError: for an option that is unknown, missing, of the wrong type or refused by the
            pass's own checks.
    """
    entries = {entry.name: entry for entry in _entries(cls)}
    arguments: dict[str, OptionValue] = {}
    for option in spec.options:
        entry = entries.get(option.name)
        if entry is None:
            raise PipelineError(
                f"pass '{spec.name}' has no option '{option.name}'; {_list_options(cls)}"
                f"{did_you_mean(option.name, list(entries))}",
                option.position,
            )
        arguments[entry.field.name] = _convert_option(spec, option, entry.hint)
    for entry in entries.values():
        if entry.required and entry.field.name not in arguments:
            raise PipelineError(
                f"pass '{spec.name}' needs option '{entry.name}'; {_list_options(cls)}",
                spec.position,
            )
    try:
        return cls(**arguments)
    except (InlayError, ValueError, TypeError) as error:
        raise PipelineError(f"pass '{spec.name}': {error}", spec.position) from error


def format_pass(pass_: ModulePass, *, defaults: bool = False) -> str:
    """``name{options}`` for ``pass_``; options at their defaults only if ``defaults``."""
    options = [
        _format_option(entry.name, value)
        for entry in _entries(type(pass_))
        for value in [getattr(pass_, entry.field.name)]
        if defaults or entry.required or value != entry.default()
    ]
    return f"{pass_.name}{{{' '.join(options)}}}" if options else pass_.name


@dataclass(frozen=True)
class _Entry:
    """A field of a pass that is an option."""

    name: str
    field: Field[OptionValue]
    hint: TypeHint

    @property
    def required(self) -> bool:
        return self.field.default is MISSING and self.field.default_factory is MISSING

    def default(self) -> OptionValue:
        if self.field.default_factory is not MISSING:
            return self.field.default_factory()
        assert self.field.default is not MISSING
        return self.field.default


def _entries(cls: type[ModulePass]) -> list[_Entry]:
    try:
        hints = get_type_hints(cls)
    except NameError as error:
        raise PipelineError(f"cannot read the options of pass '{cls.name}': {error}") from error
    return [
        _Entry(field.name.replace("_", "-"), field, hints[field.name])
        for field in fields(cls)
        if field.init
    ]


def _list_options(cls: type[ModulePass]) -> str:
    options = [f"{option.name} ({option.type})" for option in pass_options(cls)]
    return f"its options: {', '.join(options)}" if options else "it has no options"


def _convert_option(spec: PassSpec, option: Option, hint: TypeHint) -> OptionValue:
    try:
        return _convert(option.values, hint)
    except _Mismatch:
        found = ",".join(value.text for value in option.values)
        raise PipelineError(
            f"option '{option.name}' of pass '{spec.name}' expects {_describe(hint)}, "
            f"found {repr(found) if option.values else 'no value'}",
            option.values[0].position if option.values else option.position,
        ) from None


def _convert(values: tuple[Value, ...], hint: TypeHint) -> OptionValue:
    if get_origin(hint) in (Union, UnionType):
        return _convert_union(values, get_args(hint))
    if get_origin(hint) is tuple:
        return _convert_tuple(values, get_args(hint))
    match values:
        case ():
            if hint is bool:
                return True
            if hint is NoneType:
                return None
            raise _Mismatch
        case (value,):
            return _convert_scalar(value, hint)
        case _:
            raise _Mismatch


def _convert_union(values: tuple[Value, ...], members: Iterable[TypeHint]) -> OptionValue:
    """The first member that takes ``values``, from the narrowest; a bare name is last None's."""
    order = (NoneType, bool, int, float, Enum, Literal, tuple, Path, str)
    if not values:
        order = (*order[1:], NoneType)

    def rank(member: TypeHint) -> int:
        kind = get_origin(member) or member
        if isinstance(kind, type) and issubclass(kind, Enum):
            kind = Enum
        return order.index(kind) if kind in order else len(order)

    for member in sorted(members, key=rank):
        try:
            return _convert(values, member)
        except _Mismatch:
            continue
    raise _Mismatch


def _convert_tuple(values: tuple[Value, ...], members: tuple[TypeHint, ...]) -> OptionValue:
    if len(members) == 2 and members[1] is Ellipsis:
        members = (members[0],) * len(values)
    if len(members) != len(values):
        raise _Mismatch
    elements: list[OptionScalar] = []
    for value, member in zip(values, members, strict=True):
        element = _convert((value,), member)
        if element is None or isinstance(element, tuple):
            raise _Mismatch
        elements.append(element)
    return tuple(elements)


def _convert_scalar(value: Value, hint: TypeHint) -> OptionValue:
    if get_origin(hint) is Literal:
        return _choose(value, {str(choice): choice for choice in get_args(hint)})
    if isinstance(hint, type) and issubclass(hint, Enum):
        return _choose(value, {str(member.value): member for member in hint})
    if isinstance(hint, type) and hint in _SCALARS:
        return _SCALARS[hint](value)
    raise _Mismatch


def _choose(value: Value, choices: Mapping[str, _T]) -> _T:
    if value.text not in choices:
        raise _Mismatch
    return choices[value.text]


def _to_none(value: Value) -> None:
    if value.quoted or value.text != "none":
        raise _Mismatch


def _to_bool(value: Value) -> bool:
    if value.quoted:
        raise _Mismatch
    return _choose(value, _BOOLS)


def _to_int(value: Value) -> int:
    if value.quoted or not _INT.fullmatch(value.text):
        raise _Mismatch
    return int(value.text)


def _to_float(value: Value) -> float:
    if value.quoted or not _FLOAT.fullmatch(value.text):
        raise _Mismatch
    return float(value.text)


_SCALARS: dict[type, Callable[[Value], OptionValue]] = {
    NoneType: _to_none,
    bool: _to_bool,
    int: _to_int,
    float: _to_float,
    Path: lambda value: Path(value.text),
    str: lambda value: value.text,
}


def _describe(hint: TypeHint) -> str:
    """The type of an option in words, for messages and lists."""
    arguments: tuple[TypeHint, ...] = get_args(hint)
    match get_origin(hint):
        case origin if origin in (Union, UnionType):
            return " or ".join(_describe(member) for member in arguments)
        case origin if origin is tuple and arguments[-1] is Ellipsis:
            return f"a list of {_describe(arguments[0])}"
        case origin if origin is tuple:
            return f"({', '.join(_describe(member) for member in arguments)})"
        case origin if origin is Literal:
            return "|".join(str(choice) for choice in arguments)
        case _:
            pass
    if isinstance(hint, type) and issubclass(hint, Enum):
        return "|".join(str(member.value) for member in hint)
    if hint is NoneType:
        return "none"
    return hint.__name__ if isinstance(hint, type) else str(hint)


def _format_option(name: str, value: OptionValue) -> str:
    return name if value == () else f"{name}={_format(value)}"


def _format(value: OptionValue) -> str:
    match value:
        case None:
            return "none"
        case bool():
            return str(value).lower()
        case Enum():
            return quote(str(value.value))
        case tuple():
            return ",".join(_format(element) for element in value)
        case int() | float():
            return repr(value)
        case str() | Path():
            return quote(str(value))
