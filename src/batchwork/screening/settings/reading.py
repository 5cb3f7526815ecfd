"""Reading settings: those shipped with a workflow, and the user's, as YAML or as lines KEY = VALUE."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from batchwork.errors import ConfigError

_LINE = re.compile(r"^\s*(?:--)?([A-Za-z][\w-]*)\s*=\s*(.*?)\s*$")
_KEY = re.compile(r"^([A-Za-z][\w-]*)\s*:", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Setting:
    """One value, and where it stands."""

    value: object
    where: str
    """File and line."""


Settings = Mapping[str, Setting]


def shipped_settings(workflow: str) -> dict[str, Setting]:
    """Read the settings that come with a workflow."""
    name = f"{workflow}.yml"
    return _from_yaml(files("batchwork.screening.settings").joinpath(name).read_text(encoding="utf-8"), name)


def read_settings(path: Path) -> dict[str, Setting]:
    """Read a file of settings; keys may have dashes or underscores.

    Raises
    ------
    ConfigError
        If it cannot be read; the text names the file and the line.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{path}: is no text in UTF-8") from None
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith(("#", ";", "["))]
    if lines and _LINE.match(lines[0]):
        return _from_lines(text, str(path))
    return _from_yaml(text, str(path))


def _from_lines(text: str, name: str) -> dict[str, Setting]:
    """Read lines as configargparse writes them: KEY = VALUE, comments after #, sections passed over."""
    found: dict[str, Setting] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        bare = re.sub(r"(^|\s)[#;].*$", "", line).strip()
        if not bare or bare.startswith("["):
            continue
        match = _LINE.match(bare)
        if match is None:
            raise ConfigError(f"{name}:{number}: '{bare}' is no line KEY = VALUE")
        found[_plain(match[1])] = Setting(_unquoted(match[2]), f"{name}:{number}")
    return found


def _from_yaml(text: str, name: str) -> dict[str, Setting]:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError
    from ruamel.yaml.reader import ReaderError

    try:
        told = YAML(typ="safe").load(text)
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ConfigError(f"{name}:{line}: {error.problem or 'is no YAML'}") from None
    except ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise ConfigError(f"{name}:{line}: {error.reason}") from None
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{name}: cannot be read: {error}") from None
    if told is None:
        return {}
    if not isinstance(told, dict):
        raise ConfigError(f"{name}:1: settings are lines KEY: VALUE or KEY = VALUE")
    lines = {match[1]: text.count("\n", 0, match.start()) + 1 for match in _KEY.finditer(text)}
    return {_plain(str(key)): Setting(value, f"{name}:{lines.get(str(key), 1)}") for key, value in told.items()}


def _plain(key: str) -> str:
    return key.replace("-", "_")


def _unquoted(word: str) -> str:
    """Take quotes off, and give words for no value as JSON's."""
    if len(word) > 1 and word[0] == word[-1] and word[0] in "\"'":
        return word[1:-1]
    return {"none": "null", "true": "true", "false": "false"}.get(word.lower(), word)
