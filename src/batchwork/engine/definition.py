"""What a batch is: workflow, items, folder, parameters and how to run them."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Literal

from batchwork.engine import items as item_sources
from batchwork.engine.items import ItemSource
from batchwork.engine.loading import load_workflow, workflow_ref
from batchwork.engine.parameters import resolve
from batchwork.engine.signatures import Recipe, StepNeeds
from batchwork.engine.workflow import Workflow
from batchwork.errors import ConfigError, ParameterError
from batchwork.io.atomic import write_text
from batchwork.io.naming import nearest

FILE_NAME = "definition.json"


@dataclass(frozen=True, slots=True)
class RunOptions:
    """How a batch is run; none of it changes the result of a task.

    Attributes
    ----------
    workers : int or None
        Tasks at a time on the CPU; None takes one per core.
    gpus : str
        "auto", "none", or device numbers such as "0,1".
    per_gpu : int
        Tasks at a time on each GPU.
    timeout, no_progress : float or None
        Seconds of wall time, and seconds without a sign of life, after which a task is ended.
    on_error : "continue" or "stop"
    memory : int or None
        Bytes that all tasks together may take; None takes what the machine has.
    backend : str
        "local", or what an installed backend answers to.
    grace : float
        Seconds that running tasks are given on Ctrl-C.
    undersized : float
        Members of a series with less data than this share of its median are skipped, where the workflow
        can tell; 0 skips none.
    """

    workers: int | None = None
    gpus: str = "auto"
    per_gpu: int = 1
    timeout: float | None = None
    no_progress: float | None = None
    on_error: Literal["continue", "stop"] = "continue"
    memory: int | None = None
    backend: str = "local"
    grace: float = 5.0
    undersized: float = 0.5

    def __post_init__(self) -> None:
        for name in ("workers", "per_gpu", "timeout", "no_progress", "memory"):
            value = getattr(self, name)
            if value is not None and value <= 0:
                raise ConfigError(f"{name} must be above 0, not {value}")


@dataclass(frozen=True)
class Definition:
    """A batch as the user describes it.

    Attributes
    ----------
    workflow : Workflow
    source : ItemSource
    out : Path
        Absolute.
    params : mapping of str to mapping
        Step → parameters that the user gave; the others have their defaults.
    options : RunOptions
    reference : str or None
        Where the workflow can be loaded again.
    steps : tuple of str or None
        Those that a run takes on where no others are named; None is all.
    """

    workflow: Workflow
    source: ItemSource
    out: Path
    params: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    options: RunOptions = RunOptions()
    reference: str | None = None
    steps: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "out", Path(self.out).expanduser().absolute())
        if self.reference is None:
            object.__setattr__(self, "reference", workflow_ref(self.workflow))
        names = [step.name for step in self.workflow.steps]
        for name in self.params:
            if name not in names:
                raise ParameterError(f"workflow '{self.workflow.name}' has no step '{name}'; {nearest(name, names)}")

    def resolved(self, step: str) -> dict[str, object]:
        """Give all parameters of a step, as plain JSON data."""
        return resolve(step, self.workflow[step].parameters, self.params.get(step, {}))

    def outputs_of(self, step: str) -> Mapping[str, str]:
        """Give the output templates of a step with its parameters."""
        return self.workflow[step].outputs_for(self.resolved(step))

    def recipes(self) -> dict[str, Recipe]:
        """Give the recipe of each step."""
        return {step.name: Recipe.of(step, self.resolved(step.name)) for step in self.workflow.steps}

    def needs(self) -> dict[str, StepNeeds]:
        """Give what each step depends on."""
        recipes = self.recipes()
        return {
            step.name: StepNeeds.of(self.workflow, step, recipes[step.name], self.resolved(step.name))
            for step in self.workflow.steps
        }

    def plain(self) -> dict[str, object]:
        """Describe the batch as JSON data with absolute paths."""
        return {
            "workflow": self.workflow.name,
            "reference": self.reference,
            "items": self.source.plain(),
            "out": str(self.out),
            "params": {step: dict(values) for step, values in self.params.items()},
            "options": asdict(self.options),
            "steps": None if self.steps is None else list(self.steps),
        }

    def same_work(self, other: Mapping[str, object]) -> bool:
        """Say whether a stored description asks for the same results."""
        mine = json.loads(json.dumps(self.plain()))
        return all(mine[name] == other.get(name) for name in ("workflow", "items", "out", "params"))

    def save(self, home: Path) -> None:
        """Store it in a ledger's folder, so that the folder's name alone is enough next time."""
        text = json.dumps(self.plain(), indent=1)
        path = home / FILE_NAME
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            write_text(path, text)


def load_definition(home: Path) -> Definition:
    """Load the definition that was run last in a ledger's folder.

    Raises
    ------
    ConfigError
        If its workflow can no longer be found.
    """
    try:
        plain = json.loads((home / FILE_NAME).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(
            f"{home.parent.parent}: this batch has not been run yet; give its configuration file"
        ) from None
    if plain["reference"] is None:
        raise ConfigError(
            f"{home.parent.parent}: this batch was made by a Python program whose workflow has no name "
            "at the top level of a file; run that program again"
        )
    out = home.parent.parent  # where it stands now, should it have been moved
    workflow, reference = load_workflow(plain["reference"], out)
    known = {f.name for f in fields(RunOptions)}
    options = RunOptions(**{name: value for name, value in plain["options"].items() if name in known})
    source = item_sources.from_plain(plain["items"])
    steps = plain.get("steps")
    chosen = None if steps is None else tuple(steps)
    return Definition(workflow, source, out, plain["params"], options, reference, chosen)
