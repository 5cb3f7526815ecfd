"""The configuration file ``batch.yml``: read, checked, and told about with line and column."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from batchwork.engine import items as item_sources
from batchwork.engine.definition import Definition, RunOptions
from batchwork.engine.items import ItemSource
from batchwork.engine.loading import load_workflow
from batchwork.engine.parameters import REQUIRED
from batchwork.engine.steps import parse_bytes
from batchwork.engine.workflow import Workflow
from batchwork.errors import BatchworkError, ConfigError, ParameterError
from batchwork.io.atomic import write_text
from batchwork.io.naming import nearest
from batchwork.service.durations import parse_duration
from batchwork.service.yaml_marks import Document, read_document

Model = TypeVar("Model", bound=BaseModel)

Duration = Annotated[float, BeforeValidator(parse_duration)]
Size = Annotated[int, BeforeValidator(parse_bytes)]


def _gpus(given: object) -> object:
    """Take device numbers as a list, one number or a word."""
    return ",".join(map(str, given)) if isinstance(given, list) else str(given)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=False)


class RunSection(_Strict):
    """The ``run:`` section."""

    workers: int | None = Field(None, ge=1)
    gpus: Annotated[str, BeforeValidator(_gpus)] = "auto"
    per_gpu: int = Field(1, ge=1)
    timeout: Duration | None = None
    no_progress: Duration | None = None
    on_error: Literal["continue", "stop"] = "continue"
    memory: Size | None = None
    backend: str = "local"


class FilesSection(_Strict):
    """``items: {files: …, attrs: REGEX}``."""

    files: str | list[str]
    attrs: str | None = None


class SweepSection(_Strict):
    """``items: {sweep: {name: [values]}}``."""

    sweep: dict[str, list[object]]


class TableSection(_Strict):
    """``items: {table: FILE.csv}``."""

    table: str


class ConfigFile(_Strict):
    """The whole file."""

    workflow: str
    items: str | list[str] | dict[str, object]
    out: str
    params: dict[str, dict[str, object] | None] = {}
    run: RunSection = RunSection()


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
        raise ConfigError(f"{path}:1:1: the configuration {what}; it needs workflow, items and out")
    config = _checked(ConfigFile, document.data, document, ())
    base = path.absolute().parent
    try:
        workflow, reference = load_workflow(config.workflow, base)
    except BatchworkError as error:
        raise _placed(error, document, ("workflow",)) from error
    source = _items(config.items, document, base)
    params = {step: values or {} for step, values in config.params.items()}
    check_params(params, workflow, document, ("params",))
    options = RunOptions(**config.run.model_dump())
    return Definition(workflow, source, base / Path(config.out).expanduser(), params, options, reference)


def _placed(error: BatchworkError, document: Document, path: tuple[object, ...]) -> BatchworkError:
    """Say where in the file an error of a lower layer comes from."""
    return type(error)(str(document.error(path, str(error), at_value=True)))


def _checked(model: type[Model], data: object, document: Document, above: tuple[object, ...]) -> Model:
    """Check data against a model; the first defect becomes an error with its place."""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
    path = tuple(part for part in first["loc"] if (*above, part) in document.places or isinstance(part, str))
    where = (*above, *_known_part(path, document, above))
    if first["type"] == "extra_forbidden":
        fields = _fields_at(model, path[:-1])
        raise document.error(where, f"unknown key; {nearest(str(path[-1]), fields)}")
    if first["type"] == "missing":
        raise document.error(where[:-1] if where else (), f"the key '{path[-1]}' is missing")
    told = str(first.get("ctx", {}).get("error", first["msg"]))
    raise document.error(where, f"{told}, got {first['input']!r}", at_value=True)


def _known_part(path: tuple[object, ...], document: Document, above: tuple[object, ...]) -> tuple[object, ...]:
    """Cut off what pydantic adds to a path to name a member of a union."""
    known: tuple[object, ...] = ()
    for part in path:
        if (*above, *known, part) not in document.places:
            return (*known, part) if part == path[len(known)] and len(known) == len(path) - 1 else known
        known = (*known, part)
    return known


def _fields_at(model: type[BaseModel], path: tuple[object, ...]) -> list[str]:
    """Name the keys that a section knows."""
    for part in path:
        field = model.model_fields.get(str(part))
        inner = field.annotation if field else None
        if not (isinstance(inner, type) and issubclass(inner, BaseModel)):
            return []
        model = inner
    return list(model.model_fields)


def _items(given: str | list[str] | dict[str, object], document: Document, base: Path) -> ItemSource:
    where = ("items",)
    if isinstance(given, str | list):
        return item_sources.files(*_absolute(given, base))
    try:
        if "sweep" in given:
            return item_sources.sweep(**_checked(SweepSection, given, document, where).sweep)
        if "table" in given:
            return item_sources.TableItems(str(base / _checked(TableSection, given, document, where).table))
        section = _checked(FilesSection, given, document, where)
        return item_sources.files(*_absolute(section.files, base), attrs=section.attrs)
    except ConfigError as error:
        if str(error).startswith(document.name):
            raise
        raise _placed(error, document, where) from error


def _absolute(patterns: str | list[str], base: Path) -> list[Path]:
    return [base / Path(p).expanduser() for p in ([patterns] if isinstance(patterns, str) else patterns)]


def check_params(
    params: Mapping[str, Mapping[str, object]], workflow: Workflow, document: Document, above: tuple[object, ...]
) -> None:
    """Check parameters against the steps' signatures.

    Raises
    ------
    ConfigError
        With the place of the first that is unknown or does not fit.
    """
    names = [step.name for step in workflow.steps]
    for step_name, values in params.items():
        if step_name not in names:
            text = f"workflow '{workflow.name}' has no step '{step_name}'; {nearest(step_name, names)}"
            raise document.error((*above, step_name), text)
        known = {p.name: p for p in workflow[step_name].parameters}
        for name, value in values.items():
            if name not in known:
                text = f"step '{step_name}' has no parameter '{name}'; {nearest(name, known)}"
                raise document.error((*above, step_name, name), text)
            try:
                known[name].convert(value)
            except ParameterError as error:
                raise document.error((*above, step_name, name), str(error), at_value=True) from None
    for step in workflow.steps:
        for parameter in step.parameters:
            if parameter.default is REQUIRED and parameter.name not in params.get(step.name, {}):
                text = f"step '{step.name}' needs a value for its parameter '{parameter.name}'"
                raise document.error((*above, step.name), text)


def load_params(path: Path, workflow: Workflow) -> dict[str, dict[str, object]]:
    """Load parameters from a file: step → name → value.

    Raises
    ------
    ConfigError
        With file, line and column.
    """
    document = read_document(path)
    data = document.data
    if not isinstance(data, dict) or not all(isinstance(values, dict) for values in data.values()):
        raise ConfigError(f"{path}:1:1: parameters are written as  STEP: {{NAME: VALUE}}")
    names = [step.name for step in workflow.steps]
    for step_name, values in data.items():
        if step_name not in names:
            text = f"workflow '{workflow.name}' has no step '{step_name}'; {nearest(str(step_name), names)}"
            raise document.error((step_name,), text)
        known = {p.name: p for p in workflow[step_name].parameters}
        for name in values:
            if name not in known:
                text = f"step '{step_name}' has no parameter '{name}'; {nearest(str(name), known)}"
                raise document.error((step_name, name), text)
    return data


def dump_params(path: Path, definition: Definition) -> None:
    """Write all parameters of a batch, defaults included, so that `load_params` takes them."""
    import io

    from ruamel.yaml import YAML

    text = io.StringIO()
    steps = [step for step in definition.workflow.steps if step.parameters]
    YAML(typ="safe", pure=True).dump({step.name: definition.resolved(step.name) for step in steps}, text)
    write_text(path, text.getvalue())


def schema(workflow: Workflow) -> dict[str, object]:
    """Give the JSON schema of a workflow's configuration file, for editors and forms."""
    found = ConfigFile.model_json_schema()
    steps = {}
    for step in workflow.steps:
        required = [p.name for p in step.parameters if p.default is REQUIRED]
        steps[step.name] = {
            "type": "object",
            "description": step.summary,
            "properties": {p.name: p.schema() for p in step.parameters},
            "required": required,
            "additionalProperties": False,
        }
    found["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    found["title"] = f"Configuration of a batch of {workflow.name}"
    found["properties"]["params"] = {"type": "object", "properties": steps, "additionalProperties": False}
    return found
