"""The configuration file ``batch.yml``: read, checked, and told about with line and column."""

import glob
import io
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from batchwork.engine import items as item_sources
from batchwork.engine.definition import Definition, RunOptions
from batchwork.engine.items import ItemSource
from batchwork.engine.loading import load_workflow
from batchwork.engine.parameters import REQUIRED
from batchwork.engine.steps import parse_bytes
from batchwork.engine.workflow import AnyStep, Workflow
from batchwork.errors import BatchworkError, ConfigError, ParameterError
from batchwork.io.atomic import write_text
from batchwork.io.naming import nearest
from batchwork.io.yaml_marks import Document, Place, read_document
from batchwork.io.yaml_sections import checked
from batchwork.service.durations import parse_duration

Params: TypeAlias = dict[str, dict[str, object]]
"""Step → name → value."""


def _gpus(given: object) -> object:
    """Take device numbers as a list, one number or a word."""
    devices = given if isinstance(given, list) else [given]
    if not devices or not all(isinstance(d, str | int) and not isinstance(d, bool) for d in devices):
        raise ValueError("write auto, none, or device numbers such as [0, 1]")
    return ",".join(map(str, devices))


def _listed(given: object) -> object:
    return [given] if isinstance(given, str) else given


def _filled(given: object) -> object:
    """Take a key with nothing after it as an empty section."""
    return {} if given is None else given


_TEXT_OR_NUMBER = WithJsonSchema({"type": ["string", "number"]})
_DEVICES = {"anyOf": [{"type": ["string", "integer"]}, {"type": "array", "items": {"type": ["string", "integer"]}}]}
_PATTERNS = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}]}

Duration = Annotated[float, BeforeValidator(parse_duration), _TEXT_OR_NUMBER]
Size = Annotated[int, BeforeValidator(parse_bytes), Field(gt=0), _TEXT_OR_NUMBER]
Devices = Annotated[str, BeforeValidator(_gpus), WithJsonSchema(_DEVICES)]
Text = Annotated[str, Field(min_length=1, pattern=r"^[^\x00]*$")]
Patterns = Annotated[list[Text], BeforeValidator(_listed), Field(min_length=1), WithJsonSchema(_PATTERNS)]


class _Section(BaseModel):
    """Some keys and their values; the values of a section are no sections."""

    model_config = ConfigDict(extra="forbid")


class RunSection(_Section):
    """The ``run:`` section; see `RunOptions`."""

    workers: int | None = Field(None, ge=1)
    gpus: Devices = "auto"
    per_gpu: int = Field(1, ge=1)
    timeout: Duration | None = None
    no_progress: Duration | None = None
    on_error: Literal["continue", "stop"] = "continue"
    memory: Size | None = None
    backend: str = "local"
    undersized: float = Field(0.5, ge=0, le=1)


class FilesSection(_Section):
    """``items: {files: …, attrs: REGEX, exclude: …}``, and the two short forms of it."""

    files: Patterns
    attrs: str | None = None
    exclude: Annotated[list[Text], BeforeValidator(_listed), WithJsonSchema(_PATTERNS)] = []


class SweepSection(_Section):
    """``items: {sweep: {name: [values]}}``."""

    sweep: dict[str, list[object]]


class TableSection(_Section):
    """``items: {table: FILE.csv}``."""

    table: str


class ConfigFile(_Section):
    """The whole file; its sections are checked one by one."""

    workflow: str
    items: object
    out: Text
    params: Annotated[dict[str, object], BeforeValidator(_filled)] = {}
    run: Annotated[dict[str, object], BeforeValidator(_filled)] = {}


def load_config(path: Path) -> Definition:
    """Load a configuration file.

    Relative paths in it count from its own folder.

    Raises
    ------
    ConfigError
        With file, line, column and key; see the class's subclasses.
    """
    document = read_document(path)
    if not isinstance(document.data, dict):
        what = "is empty" if document.data is None else "must be a mapping of keys"
        raise document.error((), f"the configuration {what}; it needs workflow, items and out")
    config = checked(ConfigFile, document.data, document)
    base = path.absolute().parent
    options = RunOptions(**checked(RunSection, config.run, document, ("run",)).model_dump())
    source = _items(config.items, document, base)
    try:
        workflow, reference = load_workflow(config.workflow, base)
    except BatchworkError as error:
        raise document.placed(error, ("workflow",)) from error
    params = _checked_params(config.params, workflow, document, ("params",))
    _check_required(params, workflow, document)
    return Definition(workflow, source, base / Path(config.out).expanduser(), params, options, reference)


def _items(given: object, document: Document, base: Path) -> ItemSource:
    make = _source(given, document, base)
    try:
        return make()
    except ConfigError as error:
        raise document.placed(error, ("items",)) from error


def _source(given: object, document: Document, base: Path) -> Callable[[], ItemSource]:
    """Check the forms that items may have, and give what makes their source."""
    where = ("items",)
    if isinstance(given, dict) and "sweep" in given:
        return partial(item_sources.sweep, **checked(SweepSection, given, document, where).sweep)
    if isinstance(given, dict) and "table" in given:
        table = checked(TableSection, given, document, where).table
        return partial(item_sources.TableItems, str(base / Path(table).expanduser()))
    section = checked(FilesSection, given if isinstance(given, dict) else {"files": given}, document, where)
    folder = Path(glob.escape(str(base)))
    patterns = (folder / Path(p).expanduser() for p in section.files)
    return partial(item_sources.files, *patterns, attrs=section.attrs, exclude=section.exclude)


def _checked_params(given: Mapping[str, object], workflow: Workflow, document: Document, above: Place) -> Params:
    """Check parameters against the steps' signatures; the first that is unknown or does not fit is told."""
    names = [step.name for step in workflow.steps]
    params: Params = {}
    for step_name, values in given.items():
        where = (*above, step_name)
        if step_name not in names:
            told = f"workflow '{workflow.name}' has no step '{step_name}'; {nearest(str(step_name), names)}"
            raise document.error(where, told)
        if not isinstance(values, dict | None):
            raise document.error(where, f"write the step's parameters as NAME: VALUE, got {values!r}", at_value=True)
        params[step_name] = values or {}
        known = {p.name: p for p in workflow[step_name].parameters}
        for name, value in params[step_name].items():
            if name not in known:
                told = f"step '{step_name}' has no parameter '{name}'; {nearest(str(name), known)}"
                raise document.error((*where, name), told)
            try:
                known[name].convert(value)
            except ParameterError as error:
                raise document.placed(error, (*where, name)) from None
    return params


def _check_required(params: Params, workflow: Workflow, document: Document) -> None:
    for step in workflow.steps:
        for name in _required(step):
            if name not in params.get(step.name, {}):
                told = f"step '{step.name}' needs a value for its parameter '{name}'"
                raise document.error(("params", step.name), told)


def load_params(path: Path, workflow: Workflow) -> Params:
    """Load parameters from a file: step → name → value.

    Raises
    ------
    ConfigError
        With file, line and column.
    """
    document = read_document(path)
    if not isinstance(document.data, dict):
        raise document.error((), "parameters are written as  STEP: {NAME: VALUE}")
    return _checked_params(document.data, workflow, document, ())


def dump_params(path: Path, params: Params) -> None:
    """Write parameters, step → name → value, so that `load_params` takes them.

    Raises
    ------
    ConfigError
        If the file cannot be written.
    """
    from ruamel.yaml import YAML

    text = io.StringIO()
    YAML(typ="safe", pure=True).dump({step: dict(values) for step, values in params.items() if values}, text)
    try:
        write_text(path, text.getvalue())
    except OSError as error:
        raise ConfigError(f"{path}: the parameters cannot be written there: {error.strerror}") from None


def schema(workflow: Workflow) -> dict[str, object]:
    """Give the JSON schema of a workflow's configuration file, for editors and forms."""
    shared: dict[str, object] = {}
    steps = {step.name: _step_schema(step, shared) for step in workflow.steps}
    needy = [step.name for step in workflow.steps if _required(step)]
    forms = [section.model_json_schema() for section in (FilesSection, SweepSection, TableSection)]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"Configuration of a batch of {workflow.name}",
        "type": "object",
        "properties": {
            "workflow": {"type": "string", "description": "FILE.py:NAME, MODULE:NAME, or a registered name"},
            "items": {"anyOf": [_PATTERNS, *forms]},
            "out": {"type": "string", "description": "Folder of the results"},
            "params": _object(steps, needy),
            "run": {**RunSection.model_json_schema(), "type": ["object", "null"]},
        },
        "required": ["workflow", "items", "out", *(["params"] if needy else [])],
        "additionalProperties": False,
        "$defs": shared,
    }


def _required(step: AnyStep) -> list[str]:
    return [p.name for p in step.parameters if p.default is REQUIRED]


def _step_schema(step: AnyStep, shared: dict[str, object]) -> dict[str, object]:
    """Describe a step's parameters; definitions that they refer to go to `shared`."""
    properties = {p.name: p.schema() for p in step.parameters}
    for found in properties.values():
        shared.update(found.pop("$defs", {}))  # type: ignore[call-overload]
    return {**_object(properties, _required(step)), "description": step.summary}


def _object(properties: Mapping[str, object], required: list[str]) -> dict[str, object]:
    """Describe a section that may be left empty where it needs nothing."""
    kind = "object" if required else ["object", "null"]
    return {"type": kind, "properties": properties, "required": required, "additionalProperties": False}
