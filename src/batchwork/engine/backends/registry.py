"""Backends by name: the local one, and those that packages register."""

from importlib.metadata import entry_points
from pathlib import Path

from batchwork.engine.backends.base import Backend
from batchwork.engine.definition import Definition
from batchwork.errors import ConfigError
from batchwork.io.naming import nearest

GROUP = "batchwork.backends"
"""Entry points of this group are called as ``factory(options, spools, lanes)``; the name before
``://`` of the backend option chooses one."""


def make_backend(definition: Definition, home: Path) -> Backend:
    """Make the backend that the options name.

    Raises
    ------
    ConfigError
        If none answers to the name.
    """
    steps = definition.workflow.steps
    lanes = {s.resources.lane: s.resources.lane_limit for s in steps if s.resources.lane is not None}
    name = definition.options.backend
    spools = home / "logs" / "running"
    if name == "local":
        from batchwork.engine.backends.local import LocalBackend

        return LocalBackend(definition.options, spools, lanes)
    points = {point.name: point for point in entry_points(group=GROUP)}
    scheme = name.partition("://")[0]
    if scheme not in points:
        raise ConfigError(f"no backend answers to '{name}'; {nearest(scheme, [*points, 'local'])}")
    made: Backend = points[scheme].load()(definition.options, spools, lanes)
    return made
