"""Sections of a YAML document checked by pydantic, with every defect told at its place."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError

from batchwork.errors import ConfigError
from batchwork.io.naming import nearest
from batchwork.io.yaml_marks import Document, Place, Spot

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

Model = TypeVar("Model")

_UNKNOWN = {"extra_forbidden", "unexpected_keyword_argument"}


class Defect(NamedTuple):
    """What is wrong, and with which key."""

    path: Place
    text: str
    at_value: bool


@dataclass(slots=True)
class Problems:
    """Everything that is wrong with a document, to be told at once."""

    document: Document
    found: dict[str, Spot] = field(default_factory=dict)

    def add(self, path: Place, text: str, *, at_value: bool = False) -> None:
        """Note a defect of a key."""
        spot = self.document.spot(path, at_value=at_value)
        self.found.setdefault(str(self.document.error(path, text, at_value=at_value)), spot)

    def section(self, model: type[Model], data: object, above: Place) -> Model | None:
        """Check a section as `checked` does; None if something is wrong with it."""
        try:
            return TypeAdapter(model).validate_python(data)
        except ValidationError as error:
            for path, text, at_value in _defects(error, model, self.document, above):
                self.add(path, text, at_value=at_value)
        return None

    def tell(self) -> None:
        """Raise all that was found as one error, a line each, in the order of the file.

        Raises
        ------
        ConfigError
            If anything was found.
        """
        if self.found:
            raise ConfigError("\n".join(sorted(self.found, key=self.found.__getitem__)))


def checked(model: type[Model], data: object, document: Document, above: Place = ()) -> Model:
    """Check a section; its first defect becomes an error with its place, unknown keys before others.

    Parameters
    ----------
    model : type
        A pydantic model, or a dataclass whose annotations pydantic understands, that refuses unknown keys.
    data : object
        The section.
    document : Document
        Where it stands.
    above : tuple
        Path of keys that leads to the section.

    Raises
    ------
    ConfigError
        With file, line, column and key.
    """
    try:
        return TypeAdapter(model).validate_python(data)
    except ValidationError as error:
        path, text, at_value = next(_defects(error, model, document, above))
        raise document.error(path, text, at_value=at_value) from None


def _defects(error: ValidationError, model: type, document: Document, above: Place) -> Iterator[Defect]:
    """Say everything that is wrong with a section, unknown keys before others."""
    for defect in sorted(error.errors(), key=lambda each: each["type"] not in _UNKNOWN):
        yield _defect(defect, _fields(model), document, above)


def _defect(found: "ErrorDetails", known: Mapping[str, object], document: Document, above: Place) -> Defect:
    if not found["loc"]:
        return Defect(above, f"write it as NAME: VALUE, got {found['input']!r}", at_value=True)
    name = str(found["loc"][0])
    if found["type"] in _UNKNOWN:
        return Defect((*above, name), f"unknown key; {nearest(name, known)}", at_value=False)
    if found["type"] == "missing" and len(found["loc"]) == 1:
        return Defect(above, f"the key '{name}' is missing", at_value=False)
    text = str(found.get("ctx", {}).get("error", found["msg"]))
    return Defect(document.known((*above, *found["loc"])), f"{text}, got {found['input']!r}", at_value=True)


def _fields(model: type) -> Mapping[str, object]:
    if issubclass(model, BaseModel):
        return model.model_fields
    return {each.name: each for each in fields(model)} if is_dataclass(model) else {}
