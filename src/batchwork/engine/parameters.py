"""Parameters of a step, read from its signature and docstring."""

import inspect
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args, get_type_hints

from batchwork.errors import DeclarationError, ParameterError
from batchwork.io.naming import nearest

if TYPE_CHECKING:
    from pydantic import TypeAdapter

REQUIRED = inspect.Parameter.empty
"""The default of a parameter that has none."""

_SECTION = re.compile(
    r"^[ \t]*(?:Parameters|Attributes)\n[ \t]*-{3,}\n(.*?)(?=^[ \t]*\w[\w ]*\n[ \t]*-{3,}|\Z)", re.MULTILINE | re.DOTALL
)

_BRACKETED = re.compile(r"\([^)]*\)|\{[^}]*\}|\[[^\]]*\]")


@dataclass(frozen=True, slots=True)
class Parameter:
    """One keyword-only argument of a step.

    Attributes
    ----------
    name : str
    annotation : Any
        Its type as written; `Any` because a type annotation can be any object.
    default : object
        `REQUIRED` if the user has to give it.
    unit : str
        From "name in UNIT." in the docstring, or after the comma of its numpydoc type.
    help : str
        One line.
    group : str
        The argument that this is a field of, where several steps share a dataclass of parameters.
    """

    name: str
    annotation: Any
    default: object
    unit: str
    help: str
    group: str = ""

    @property
    def is_path(self) -> bool:
        """Whether its value names a file or directory."""
        return Path in {self.annotation, *get_args(self.annotation)}

    def _adapter(self) -> "TypeAdapter[object]":
        from pydantic import PydanticSchemaGenerationError

        try:
            return _adapter_of(self.annotation)
        except PydanticSchemaGenerationError:
            raise DeclarationError(
                f"parameter '{self.name}': a {self.annotation} cannot be written in a configuration file; "
                "use numbers, texts, and lists of them"
            ) from None

    def convert(self, value: object) -> object:
        """Turn a value from YAML, JSON or the command line into the parameter's type.

        Raises
        ------
        ParameterError
            If it does not fit; the text says what was expected.
        """
        from pydantic import ValidationError

        try:
            return self._adapter().validate_python(value)
        except ValidationError as error:
            told = error.errors()[0]["msg"]
            raise ParameterError(f"parameter '{self.name}': {told}, got {value!r}") from None

    def parse(self, text: str) -> object:
        """Read a value from a word of the command line: JSON where it is, else the word itself."""
        try:
            return self.convert(json.loads(text))
        except (json.JSONDecodeError, ParameterError):
            return self.convert(text)

    def plain(self, value: object) -> object:
        """Give a value as plain JSON data, for the ledger and signatures."""
        from pydantic_core import PydanticSerializationError

        try:
            return self._adapter().dump_python(value, mode="json")
        except PydanticSerializationError:
            raise DeclarationError(f"parameter '{self.name}': {value!r} cannot be stored as JSON") from None

    def schema(self) -> dict[str, object]:
        """Give the parameter's JSON schema, with its meaning and default."""
        found: dict[str, object] = dict(self._adapter().json_schema())
        if self.help:
            found["description"] = self.help
        if self.unit:
            found["x-unit"] = self.unit
        if self.default is not REQUIRED:
            found["default"] = self.plain(self.default)
        return found


_ADAPTERS: dict[int, tuple[object, "TypeAdapter[object]"]] = {}
"""By the identity of the annotation, which need not be hashable and is kept alive beside it."""


def _adapter_of(annotation: Any) -> "TypeAdapter[object]":  # Any: a type annotation of whatever form
    """Make what converts values of a type, once."""
    from pydantic import TypeAdapter

    if id(annotation) not in _ADAPTERS:
        _ADAPTERS[id(annotation)] = annotation, TypeAdapter(annotation)
    return _ADAPTERS[id(annotation)][1]


def read_parameters(function: Callable[..., object]) -> tuple[Parameter, ...]:
    """Read the keyword-only arguments of a function; of one that is a dataclass, its fields."""
    hints = type_hints(function)
    doc = inspect.getdoc(function) or ""
    told = _numpydoc(doc)
    found: list[Parameter] = []
    for name, argument in inspect.signature(function).parameters.items():
        if argument.kind is argument.VAR_KEYWORD or argument.kind is argument.VAR_POSITIONAL:
            raise DeclarationError(f"step '{function.__name__}': '*{name}' cannot be bound; name its arguments")
        if argument.kind is argument.POSITIONAL_ONLY:
            raise DeclarationError(f"step '{function.__name__}': '{name}' is bound by name; take the '/' out")
        if argument.kind is not argument.KEYWORD_ONLY:
            continue
        if is_dataclass(hints.get(name)):
            found += _fields(name, hints[name], argument.default)
            continue
        unit, text = told.get(name, ("", ""))
        found.append(Parameter(name, hints.get(name, Any), argument.default, unit or _unit_in_prose(name, doc), text))
    names = [parameter.name for parameter in found]
    for name in names:
        if names.count(name) > 1:
            raise DeclarationError(f"step '{function.__name__}' has two parameters named '{name}'")
    return tuple(found)


def _fields(group: str, kind: Any, defaults: object) -> list[Parameter]:  # Any: a dataclass, of whatever fields
    """Read the fields of a dataclass of parameters, which several steps may share."""
    hints, told = type_hints(kind), _numpydoc(inspect.getdoc(kind) or "")
    return [
        Parameter(one.name, hints[one.name], _default_of(one, defaults), *told.get(one.name, ("", "")), group)
        for one in fields(kind)
    ]


def _default_of(one: Field[Any], defaults: object) -> object:  # Any: a field of whatever type
    """Give a field's default: that of the argument's, else its own, if there is one."""
    if defaults is not REQUIRED:
        return getattr(defaults, one.name)
    if one.default is not MISSING:
        return one.default
    return REQUIRED if one.default_factory is MISSING else one.default_factory()


def bind(
    function: Callable[..., object], parameters: Sequence[Parameter], plain: Mapping[str, object]
) -> dict[str, Any]:
    """Turn plain JSON data into the keyword arguments of a function; `Any` as they are of any type."""
    simple = (str, int, float, bool, type(None))
    arguments: dict[str, Any] = {}
    for p in parameters:
        given = plain[p.name]
        value = given if p.annotation in simple and isinstance(given, p.annotation) else p.convert(given)
        if p.group:
            arguments.setdefault(p.group, {})[p.name] = value
        else:
            arguments[p.name] = value
    hints = type_hints(function) if any(p.group for p in parameters) else {}
    for group in {p.group for p in parameters if p.group}:
        arguments[group] = hints[group](**arguments[group])  # type: ignore[operator]  # a dataclass, see above
    return arguments


def type_hints(function: Callable[..., object]) -> dict[str, object]:
    """Resolve the annotations of a function or class.

    Raises
    ------
    DeclarationError
        If an annotation names something that does not exist.
    """
    try:
        return get_type_hints(function, include_extras=True)
    except NameError as error:
        raise DeclarationError(f"step '{function.__name__}': its annotations do not resolve: {error}") from None


def _numpydoc(doc: str) -> dict[str, tuple[str, str]]:
    """Read name → (unit, first line) from a docstring's Parameters section."""
    section = _SECTION.search(doc)
    found: dict[str, tuple[str, str]] = {}
    if not section:
        return found
    names: list[str] = []
    for line in section.group(1).splitlines():
        if line and not line[0].isspace():
            left, _, kind = line.partition(":")
            names = [name.strip() for name in left.split(",")]
            found.update(dict.fromkeys(names, (_unit_of(kind), "")))
        elif line.strip():
            found.update({name: (found[name][0], line.strip()) for name in names if not found[name][1]})
    return found


def _unit_of(kind: str) -> str:
    """Take the unit from a numpydoc type such as ``(2,) float, mm, optional``."""
    words = [word.strip() for word in _BRACKETED.sub("", kind).split(",")[1:]]
    return ", ".join(word for word in words if not word.startswith(("optional", "default")))


def _unit_in_prose(name: str, doc: str) -> str:
    match = re.search(rf"\b{re.escape(name)} in ([^.,;\n]+)", doc)
    return match.group(1).strip() if match else ""


def resolve(step: str, parameters: Sequence[Parameter], given: Mapping[str, object]) -> dict[str, object]:
    """Check what the user gave and fill in the defaults, as plain JSON data.

    Raises
    ------
    ParameterError
        If a name is unknown, a value does not fit, or a required one is missing.
    """
    known = {parameter.name: parameter for parameter in parameters}
    for name in given:
        if name not in known:
            raise ParameterError(f"step '{step}' has no parameter '{name}'; {nearest(name, known)}")
    values: dict[str, object] = {}
    for name, parameter in known.items():
        if name in given:
            try:
                values[name] = parameter.plain(parameter.convert(given[name]))
            except ParameterError as error:
                raise ParameterError(f"step '{step}', {error}") from None
        elif parameter.default is REQUIRED:
            raise ParameterError(f"step '{step}' needs a value for its parameter '{name}'")
        else:
            values[name] = _plain_default(parameter)
    return values


def _plain_default(parameter: Parameter) -> object:
    """Give a default as it would be if the user had written it: 2 for a float is 2.0."""
    default = parameter.default
    if type(default) is int and parameter.annotation is float:
        return float(default)
    return default if isinstance(default, str | int | float | bool | None) else parameter.plain(default)
