"""Options that every running command takes, and what they do to a batch."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

import click

from batchwork.engine.batch import Batch
from batchwork.engine.definition import Definition
from batchwork.engine.plans import Selection
from batchwork.errors import ConfigError, ParameterError

F = TypeVar("F", bound=Callable[..., Any])  # Any: click decorates functions of every shape
NO_PARAMS: Mapping[str, Mapping[str, object]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class RunningOptions:
    """What the user asked of one run, beside the batch's own definition."""

    steps: str | None
    items: tuple[str, ...]
    force: bool
    workers: int | None
    gpus: str | None
    per_gpu: int | None
    backend: str | None
    timeout: str | None
    on_error: str | None
    undersized: float | None
    dry_run: bool
    json: bool
    quiet: bool
    params: Path | None
    save_params: Path | None
    param: tuple[str, ...]

    def apply(self, definition: Definition, named: Mapping[str, Mapping[str, object]] = NO_PARAMS) -> Batch:
        """Give the batch with the user's options and parameters.

        Parameters
        ----------
        definition : Definition
        named : mapping, optional
            Step → parameters that have options of their own. They count before those of a file, ``-p`` before both.
        """
        from batchwork.service.config import dump_params, load_params
        from batchwork.service.durations import parse_duration

        params = {step: dict(values) for step, values in definition.params.items()}
        if self.params is not None:
            _merge(params, load_params(self.params, definition.workflow))
        _merge(params, named)
        _merge(params, parse_params(self.param, definition))
        changed = replace(definition, params=params)
        changed.recipes()
        if self.save_params is not None:
            dump_params(self.save_params, {step.name: changed.resolved(step.name) for step in changed.workflow.steps})
        return Batch(changed).with_options(
            workers=self.workers,
            gpus=self.gpus,
            per_gpu=self.per_gpu,
            backend=self.backend,
            timeout=None if self.timeout is None else parse_duration(self.timeout),
            on_error=self.on_error,
            undersized=self.undersized,
        )

    def selection(self, batch: Batch) -> Selection:
        """Give which tasks the run takes on."""
        steps = None if self.steps is None else [name.strip() for name in self.steps.split(",")]
        return batch.select(steps=steps, items=self.items or None, force=self.force)


@dataclass(frozen=True, slots=True)
class Watching:
    """How a folder is watched.

    Attributes
    ----------
    poll : float, s
        Between looks.
    quiet_for : float, s
        Without a change, after which a file is looked into.
    stale : str
        A duration without a change, after which what is not complete counts as broken off.
    """

    poll: float
    quiet_for: float
    stale: str


stale_option = click.option(
    "--stale",
    default="30min",
    show_default=True,
    metavar="TIME",
    help="Without a change for so long, what is not complete counts as broken off.",
)


def _merge(params: dict[str, dict[str, object]], more: Mapping[str, Mapping[str, object]]) -> None:
    for step, values in more.items():
        params.setdefault(step, {}).update(values)


def parse_params(words: Sequence[str], definition: Definition) -> dict[str, dict[str, object]]:
    """Read ``STEP.NAME=VALUE`` words.

    Raises
    ------
    ConfigError
        If one has another form, or names what is not there.
    """
    from batchwork.io.naming import nearest

    found: dict[str, dict[str, object]] = {}
    for word in words:
        path, equals, text = word.partition("=")
        step_name, dot, name = path.rpartition(".")
        if not equals or not dot:
            raise ConfigError(f"-p {word}: write -p STEP.NAME=VALUE")
        known = {p.name: p for p in definition.workflow[step_name].parameters}
        if name not in known:
            raise ConfigError(f"-p {word}: step '{step_name}' has no parameter '{name}'; {nearest(name, known)}")
        try:
            found.setdefault(step_name, {})[name] = known[name].parse(text)
        except ParameterError as error:
            raise ParameterError(f"-p {word}: {error}") from None
    return found


_DECORATORS = [
    click.option("--steps", metavar="A,B", help="Only these steps."),
    click.option("--items", multiple=True, metavar="GLOB", help="Only items whose key matches; repeatable."),
    click.option("--force", is_flag=True, help="Also what is up to date."),
    click.option("--workers", type=click.IntRange(min=1), metavar="N", help="Tasks at a time on the CPU."),
    click.option("--gpus", metavar="auto|none|0,1", help="GPUs to use."),
    click.option("--per-gpu", type=click.IntRange(min=1), metavar="N", help="Tasks at a time on each GPU."),
    click.option("--backend", metavar="local|URL", help="Where tasks run."),
    click.option("--timeout", metavar="30min", help="Wall time after which a task is ended."),
    click.option("--on-error", type=click.Choice(["continue", "stop"]), help="What a failure does to the others."),
    click.option(
        "--undersized",
        type=click.FloatRange(0, 1),
        metavar="SHARE",
        help="Skip members of a series with less than this share of its usual data; 0.5 by default, 0 none.",
    ),
    click.option("--dry-run", is_flag=True, help="Say what would run and why; write nothing."),
    click.option("--json", is_flag=True, help="JSON on standard output."),
    click.option("--quiet", is_flag=True, help="No progress."),
    click.option("--params", type=click.Path(path_type=Path), metavar="FILE.yml", help="Load parameters."),
    click.option("--save-params", type=click.Path(path_type=Path), metavar="FILE.yml", help="Write parameters."),
    click.option("-p", "param", multiple=True, metavar="STEP.NAME=VALUE", help="Set a parameter; repeatable."),
]

_NAMES = [
    "steps", "items", "force", "workers", "gpus", "per_gpu", "backend", "timeout",
    "on_error", "undersized", "dry_run", "json", "quiet", "params", "save_params", "param",
]  # fmt: skip


def running_options(function: F) -> F:
    """Add the options; the function gets them as one argument `options`."""
    from functools import wraps

    @wraps(function)
    def wrapped(**given: object) -> object:
        own = {name: given.pop(name) for name in _NAMES}
        return function(options=RunningOptions(**own), **given)  # type: ignore[arg-type]

    decorated = wrapped
    for decorator in reversed(_DECORATORS):
        decorated = decorator(decorated)
    return decorated  # type: ignore[return-value]
