"""Sections of a YAML document checked by pydantic, with every defect told at its place."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError

from batchwork.errors import ConfigError
from batchwork.io.naming import nearest
from batchwork.io.yaml_marks import Document, Place

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

Model = TypeVar("Model")

_UNKNOWN = {"extra_forbidden", "unexpected_keyword_argument"}


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
        raise told(error, model, document, above)[0] from None


def told(error: ValidationError, model: type, document: Document, above: Place = ()) -> list[ConfigError]:
    """Say everything that is wrong with a section, unknown keys before others."""
    defects = sorted(error.errors(), key=lambda defect: defect["type"] not in _UNKNOWN)
    return [_told(defect, _fields(model), document, above) for defect in defects]


def _told(defect: "ErrorDetails", known: Mapping[str, object], document: Document, above: Place) -> ConfigError:
    if not defect["loc"]:
        return document.error(above, f"write  NAME: VALUE  lines, got {defect['input']!r}", at_value=True)
    name = str(defect["loc"][0])
    if defect["type"] in _UNKNOWN:
        return document.error((*above, name), f"unknown key; {nearest(name, known)}")
    if defect["type"] == "missing":
        return document.error(above, f"the key '{name}' is missing")
    text = str(defect.get("ctx", {}).get("error", defect["msg"]))
    where = document.known((*above, *defect["loc"]))
    return document.error(where, f"{text}, got {defect['input']!r}", at_value=True)


def _fields(model: type) -> Mapping[str, object]:
    if issubclass(model, BaseModel):
        return model.model_fields
    fields: Mapping[str, object] = getattr(model, "__dataclass_fields__", {})
    return fields
