"""Finding workflows and steps again: by file, by module, by registered name."""

import importlib
import importlib.util
import os
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType
from typing import cast

from batchwork.engine.guard import attempt
from batchwork.engine.steps import Step
from batchwork.engine.workflow import AnyStep, Workflow
from batchwork.errors import ConfigError, DeclarationError, WorkflowImportError
from batchwork.extras import needs_extra
from batchwork.io.naming import nearest

PACKS = "batchwork.packs"
"""The entry point group under which packs register."""

_MACHINERY = ("<frozen ", str(Path(importlib.__file__).parent), str(Path(__file__).parent))
"""Frames of a traceback that begin so are no user's code."""


@dataclass(frozen=True, slots=True)
class Pack:
    """What a package registers to be an instrument on the engine; cheap to import.

    Attributes
    ----------
    name : str
        Also the name of its extra and of its command.
    summary : str
        One line for the help.
    workflow : str
        ``module:name`` of its `Workflow`.
    command : str
        ``module:name`` of its click command, "" if it has none.
    demo : str
        ``module:name`` of a function that takes a folder, makes data below it, and gives the `Batch` to run
        over them; "" if it has none. Called again, it leaves what is there.
    page : str
        ``module:name`` of a function that writes a page of the instrument's own about a batch's folder and gives
        its path, beside the report that every batch has; "" if it has none.
    """

    name: str
    summary: str
    workflow: str
    command: str = ""
    demo: str = ""
    page: str = ""

    def load(self, target: str) -> object:
        """Load one of the objects that the pack names.

        Raises
        ------
        MissingExtraError
            If a library of its extra is missing.
        """
        module, _, name = target.partition(":")
        with needs_extra(self.name, self.name):
            return getattr(importlib.import_module(module), name)


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
        if not isinstance(found, Workflow):
            workflow = declared_workflow(f"{self.module}:{self.attribute}", found)
            if workflow is not None and len(workflow.steps) == 1:
                return workflow.steps[0]
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
    if step.declared_by:
        target, _, attribute = step.declared_by.rpartition(":")
        return StepRef(target, attribute)
    module = sys.modules.get(step.function.__module__)
    name = _name_in(step.function.__globals__, step)
    if not name:
        name, module = _name_above(step)
    if not name:
        raise DeclarationError(f"step '{step.name}' must have a name at the top level of its module")
    home = _home(module) if module else None
    if home is None:
        raise DeclarationError(f"step '{step.name}' was made interactively; put it into a .py file to run it")
    return StepRef(home, name)


def _name_in(names: Mapping[str, object], step: AnyStep) -> str:
    """Find the name of a step, or of the one that it was made from by `Step.taking` or `Step.preset`."""
    steps = {name: value for name, value in list(names.items()) if isinstance(value, Step)}
    exact = (name for name, value in steps.items() if value is step)
    return next(exact, None) or next((name for name, value in steps.items() if value.function is step.function), "")


def _name_above(step: AnyStep) -> tuple[str, ModuleType | None]:
    """Find a step's name in a package above the module of its function."""
    for package in _packages(step.function):
        if name := _name_in(vars(package), step):
            return name, package
    return "", None


def _packages(function: Callable[..., object]) -> list[ModuleType]:
    """Give the packages above a function's module, the nearest first."""
    parts = function.__module__.split(".")
    above = (sys.modules.get(".".join(parts[:k])) for k in range(len(parts) - 1, 0, -1))
    return [package for package in above if package is not None]


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

    What it prints goes to standard error: standard output may be promised to hold JSON.

    Raises
    ------
    WorkflowImportError
        With the file and line that failed.
    """
    with _no_bytecode(), redirect_stdout(sys.stderr):
        outcome = attempt(
            lambda: _load_file(Path(target)) if target.endswith(".py") else importlib.import_module(target)
        )
    if isinstance(outcome.error, KeyboardInterrupt):
        raise outcome.error
    if outcome.error is not None:
        raise WorkflowImportError(_told(target, outcome.error)) from outcome.error
    return cast(ModuleType, outcome.value)


def _load_file(path: Path) -> ModuleType:
    name = f"batchwork_user_{blake2b(os.fsencode(path.absolute()), digest_size=8).hexdigest()}"
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
    frames = [f for f in traceback.extract_tb(error.__traceback__) if not f.filename.startswith(_MACHINERY)]
    where = f"{frames[-1].filename}:{frames[-1].lineno}" if frames else target
    for frame in frames:
        if frame.filename == str(Path(target).absolute()):
            where = f"{frame.filename}:{frame.lineno}"
    return f"{where}: {type(error).__name__}: {' '.join(str(error).split())}"


def pack_names() -> list[str]:
    """Name the installed packs."""
    return sorted(point.name for point in entry_points(group=PACKS))


def load_pack(name: str) -> Pack:
    """Load a pack by its registered name.

    Raises
    ------
    ConfigError
        If no pack of that name is installed.
    """
    for point in entry_points(group=PACKS):
        if point.name == name:
            found: Pack = point.load()
            return found
    raise ConfigError(f"no workflow is registered as '{name}'; {nearest(name, pack_names())}")


def pack_workflow(name: str) -> Workflow:
    """Load the workflow of a pack."""
    pack = load_pack(name)
    found = pack.load(pack.workflow)
    if not isinstance(found, Workflow):
        raise DeclarationError(f"pack '{name}': {pack.workflow} is no workflow")
    return found


def load_workflow(reference: str, base: Path) -> tuple[Workflow, str]:
    """Load a workflow by ``file.py:name`` (relative to `base`), ``module:name`` or registered name.

    Returns
    -------
    Workflow, str
        The second with an absolute path.

    Raises
    ------
    ConfigError
        If it cannot be found or imported; the text says where.
    """
    target, _, attribute = reference.rpartition(":")
    if not target and reference.endswith(".py"):
        raise ConfigError(f"{reference}: write {reference}:NAME, with the workflow's name in that file")
    if not target:
        return pack_workflow(reference), reference
    if target.endswith(".py"):
        target = str((base / Path(target).expanduser()).absolute())
    module = load_module(target)
    found = declared_workflow(f"{target}:{attribute}", getattr(module, attribute, None))
    if found is None:
        known = [name for name, value in vars(module).items() if isinstance(value, Workflow)]
        raise ConfigError(f"{target} has no workflow '{attribute}'; {nearest(attribute, known)}")
    return found, f"{target}:{attribute}"


def declared_workflow(reference: str, found: object) -> Workflow | None:
    """Give a workflow, or the one that an object declares itself to be by its method `as_workflow`.

    Of a class, an object is made without arguments.

    Raises
    ------
    DeclarationError
        If the class needs arguments.
    """
    if isinstance(found, Workflow):
        return found
    if isinstance(found, type) and hasattr(found, "as_workflow"):
        made = attempt(found)
        if made.error is not None:
            raise DeclarationError(
                f"{reference}: one cannot be made without arguments ({made.error}); "
                f"make it at the top level of the file, job = {found.__name__}(…), and name that"
            )
        found = made.value
    declared = getattr(found, "as_workflow", None)
    return cast(Workflow, declared()) if declared is not None else None


def object_ref(value: object) -> str:
    """Find ``module:name``, or ``file.py:name``, of something at the top level of a module; "" if it is at none."""
    home_module = sys.modules.get(str(getattr(value, "__module__", "")))
    for module in [sys.modules.get("__main__"), home_module]:
        for name, found in list(vars(module).items()) if module else ():
            if found is value and module is not None:
                home = _home(module)
                return f"{home}:{name}" if home else ""
    return ""


def workflow_ref(workflow: Workflow) -> str | None:
    """Find the reference under which a workflow made in Python can be loaded again."""
    functions = [step.function for step in workflow.steps]
    modules = [sys.modules.get(function.__module__) for function in functions]
    packages = [package for function in functions for package in _packages(function)]
    for module in [sys.modules.get("__main__"), *modules, *packages]:
        for name, value in list(vars(module).items()) if module else ():
            if value is workflow and module is not None:
                home = _home(module)
                return f"{home}:{name}" if home else None
    return None


def _home(module: ModuleType) -> str | None:
    """Name a module so that another process can import it: by its name, or by its file."""
    if module.__name__ != "__main__" and module.__spec__ is not None and not _from_file(module):
        return module.__name__
    file = getattr(module, "__file__", None)
    return str(Path(file).absolute()) if file else None


def get_step(name: str) -> AnyStep:
    """Give a pack's step by ``pack.step``, for use in another workflow."""
    pack, _, step = name.partition(".")
    return pack_workflow(pack)[step]
