"""Finding workflows and steps again: by file, by module, by registered name."""

import importlib
import importlib.util
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType
from typing import Protocol, cast

from batchwork.engine.guard import attempt
from batchwork.engine.steps import Step
from batchwork.engine.workflow import AnyStep, Workflow
from batchwork.errors import ConfigError, DeclarationError, MissingExtraError, WorkflowImportError
from batchwork.io.naming import nearest

PACKS = "batchwork.packs"
"""The entry point group under which packs register."""


class Pack(Protocol):
    """What a pack registers: its workflow, made when it is asked for."""

    @property
    def workflow(self) -> Workflow:
        """The pack's workflow."""
        ...


@dataclass(frozen=True, slots=True)
class StepRef:
    """Where a child process finds a step: a module or a file, and the name in it."""

    module: str
    attribute: str

    def load(self) -> AnyStep:
        """Import the module and give the step."""
        found: object = load_module(self.module)
        for part in self.attribute.split("."):
            found = getattr(found, part)
        if not isinstance(found, Step):
            raise DeclarationError(f"{self.module}: '{self.attribute}' is no step")
        return found


def step_ref(step: AnyStep) -> StepRef:
    """Say where a step can be found again.

    Raises
    ------
    DeclarationError
        If it was made in an interactive session or inside a function.
    """
    home_names = step.function.__globals__
    name = next((name for name, value in home_names.items() if value is step), None)
    if name is None:
        raise DeclarationError(f"step '{step.name}' must have a name at the top level of its module")
    module = sys.modules.get(step.function.__module__)
    file = step.function.__globals__.get("__file__")
    home = step.function.__module__
    if module is None or home == "__main__" or getattr(module, "__spec__", None) is None or _from_file(module):
        if file is None:
            raise DeclarationError(f"step '{step.name}' was made interactively; put it into a .py file to run it")
        home = str(Path(file).absolute())
    return StepRef(home, name)


def _from_file(module: ModuleType) -> bool:
    return module.__name__.startswith("batchwork_user_")


@contextmanager
def _no_bytecode() -> Iterator[None]:
    before, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    try:
        yield
    finally:
        sys.dont_write_bytecode = before


@cache
def load_module(target: str) -> ModuleType:
    """Import a module by its name, or a ``.py`` file by its path, without writing bytecode.

    Raises
    ------
    WorkflowImportError
        With the file and line that failed.
    """
    with _no_bytecode():
        outcome = attempt(lambda: _load_file(Path(target)) if target.endswith(".py") else importlib.import_module(target))
    if outcome.error is not None:
        raise WorkflowImportError(_told(target, outcome.error)) from outcome.error
    return cast(ModuleType, outcome.value)


def _load_file(path: Path) -> ModuleType:
    name = "batchwork_user_" + "".join(c if c.isalnum() else "_" for c in str(path.absolute()))
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise WorkflowImportError(f"{path}: not a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    folder = str(path.absolute().parent)
    if folder not in sys.path:
        sys.path.insert(0, folder)
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def _told(target: str, error: BaseException) -> str:
    """Say where in the user's module an import failed."""
    if isinstance(error, SyntaxError):
        return f"{error.filename}:{error.lineno}: {error.msg}"
    if isinstance(error, FileNotFoundError) and error.filename == target:
        return f"{target}: no such file"
    frames = [f for f in traceback.extract_tb(error.__traceback__) if "importlib" not in f.filename and f.filename != __file__]
    where = f"{frames[-1].filename}:{frames[-1].lineno}" if frames else target
    for frame in frames:
        if frame.filename == str(Path(target).absolute()):
            where = f"{frame.filename}:{frame.lineno}"
    return f"{where}: {type(error).__name__}: {error}"


def packs() -> dict[str, object]:
    """Name the installed packs; the values are entry points, not yet loaded."""
    return {point.name: point for point in entry_points(group=PACKS)}


def load_pack(name: str) -> Pack:
    """Load a pack by its registered name.

    Raises
    ------
    ConfigError
        If no pack of that name is installed.
    MissingExtraError
        If a library of its extra is missing.
    """
    for point in entry_points(group=PACKS):
        if point.name == name:
            try:
                found: Pack = point.load()
            except ModuleNotFoundError as error:
                raise MissingExtraError(f"{name} needs '{error.name}': pip install 'batchwork[{name}]'") from error
            return found
    raise ConfigError(f"no workflow is registered as '{name}'; {nearest(name, packs())}")


def load_workflow(reference: str, base: Path) -> tuple[Workflow, str]:
    """Load a workflow by ``file.py:name`` (relative to `base`), ``module:name`` or registered name.

    Returns
    -------
    Workflow, str
        The second with an absolute path.
    """
    target, _, attribute = reference.rpartition(":")
    if not target:
        try:
            return load_pack(reference).workflow, reference
        except ModuleNotFoundError as error:
            raise MissingExtraError(
                f"{reference} needs '{error.name}': pip install 'batchwork[{reference}]'"
            ) from error
    if target.endswith(".py"):
        target = str((base / target).absolute())
    module = load_module(target)
    found = getattr(module, attribute, None)
    if not isinstance(found, Workflow):
        known = [name for name, value in vars(module).items() if isinstance(value, Workflow)]
        raise ConfigError(f"{target} has no workflow '{attribute}'; {nearest(attribute, known)}")
    return found, f"{target}:{attribute}"


def workflow_ref(workflow: Workflow) -> str | None:
    """Find the reference under which a workflow made in Python can be loaded again."""
    home = workflow.steps[0].function.__globals__
    for name, value in list(home.items()):
        if value is workflow:
            file = home.get("__file__")
            return f"{Path(file).absolute()}:{name}" if file else None
    main = sys.modules.get("__main__")
    for name, value in list(vars(main).items()) if main else ():
        if value is workflow and getattr(main, "__file__", None):
            return f"{Path(str(main.__file__)).absolute()}:{name}"
    return None


def get_step(name: str) -> AnyStep:
    """Give a pack's step by ``pack.step``, for use in another workflow."""
    pack, _, step = name.partition(".")
    return load_pack(pack).workflow[step]
