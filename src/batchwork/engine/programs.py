"""Programs and libraries, with their versions: what a run records of where it ran."""

import platform
import re
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, requires, version

_REQUIREMENT = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)[^;]*(?:;.*extra\s*==\s*['\"](?P<extra>[\w-]+)['\"])?")


@dataclass(frozen=True, slots=True)
class Library:
    """A library that this package or one of its extras uses; `version` is None if it is not installed."""

    name: str
    extra: str
    version: str | None


def libraries() -> list[Library]:
    """List what this package needs and what is installed of it."""
    found: dict[str, Library] = {}
    for line in requires("batchwork") or ():
        match = _REQUIREMENT.match(line)
        if match and match["name"] != "batchwork" and match["extra"] != "all":
            found.setdefault(match["name"], Library(match["name"], match["extra"] or "", installed(match["name"])))
    return list(found.values())


def installed(name: str) -> str | None:
    """Give the version of an installed library."""
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def how_to_install(module: str | None) -> str | None:
    """Say how to get a library that an extra installs; None if none does."""
    for library in libraries():
        if library.name == module and library.extra:
            return f"'{module}' is missing: pip install 'batchwork[{library.extra}]'"
    return None


def versions() -> dict[str, str]:
    """Name the programs that a run starts with, and their versions."""
    own = {"Batchwork": version("batchwork"), "Python": platform.python_version(), "System": platform.platform()}
    return own | {library.name: library.version for library in libraries() if library.version}
