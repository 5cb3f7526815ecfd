"""Programs and libraries, with their versions: what a run records of where it ran."""

import platform
import re
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, requires, version

_REQUIREMENT = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)[^;]*(?:;.*extra\s*==\s*['\"](?P<extra>[\w-]+)['\"])?")

_DISTRIBUTIONS = {"PIL": "pillow", "pywt": "pywavelets"}
"""Of modules whose names are others."""


@dataclass(frozen=True, slots=True)
class Library:
    """A library that this package or some of its extras use; `version` is None if it is not installed."""

    name: str
    extras: tuple[str, ...]
    version: str | None


def libraries() -> list[Library]:
    """List what this package needs and what is installed of it."""
    found: dict[str, list[str]] = {}
    for line in requires("batchwork") or ():
        match = _REQUIREMENT.match(line)
        if match and match["name"] != "batchwork" and match["extra"] != "all":
            found.setdefault(match["name"], []).extend([match["extra"]] if match["extra"] else [])
    return [Library(name, tuple(extras), installed(name)) for name, extras in found.items()]


def installed(name: str) -> str | None:
    """Give the version of an installed library."""
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def how_to_install(module: str | None, wanted_by: Sequence[str] = ()) -> str | None:
    """Say how to get a library that an extra installs; None if none does.

    Parameters
    ----------
    module : str or None
        What could not be imported.
    wanted_by : sequence of str
        Names of extras that are told rather than others that install it too.
    """
    for library in libraries():
        if library.name == _DISTRIBUTIONS.get(module or "", module) and library.extras:
            extra = next((name for name in wanted_by if name in library.extras), library.extras[0])
            return f"'{module}' is missing: pip install 'batchwork[{extra}]'"
    return None


def versions() -> dict[str, str]:
    """Name the programs that a run starts with, and their versions."""
    own = {"Batchwork": version("batchwork"), "Python": platform.python_version(), "System": platform.platform()}
    return own | {library.name: library.version for library in libraries() if library.version}
