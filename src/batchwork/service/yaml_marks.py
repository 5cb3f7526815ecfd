"""YAML with the place of every key and value, so that errors can name file, line and column."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from batchwork.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Document:
    """A YAML file as plain data, and where its parts stand.

    Attributes
    ----------
    name : str
        The file, as the user wrote it.
    data : object
        Plain dictionaries, lists and scalars.
    places : dict of tuple to (int, int)
        Path of keys → line and column of the key, from 1.
    values : dict of tuple to (int, int)
        The same for the values.
    """

    name: str
    data: object
    places: dict[tuple[object, ...], tuple[int, int]]
    values: dict[tuple[object, ...], tuple[int, int]]

    def error(self, path: Iterable[object], text: str, *, at_value: bool = False) -> ConfigError:
        """Make an error that names the place of a key, or the nearest one above it."""
        path = tuple(path)
        shown = ".".join(map(str, path))
        places = self.values if at_value else self.places
        while path and path not in places:
            path = path[:-1]
        line, column = places.get(path, (1, 1))
        return ConfigError(f"{self.name}:{line}:{column}: {shown + ': ' if shown else ''}{text}")


def read_document(file: Path) -> Document:
    """Read a YAML file.

    Raises
    ------
    ConfigError
        If it cannot be read, is not UTF-8 or not YAML; with the place.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    try:
        text = file.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{file}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise ConfigError(f"{file}: is not UTF-8 text (byte {error.start})") from None
    try:
        loaded = YAML(typ="rt", pure=True).load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        told = " ".join(str(error.problem or error.context).split())
        raise ConfigError(f"{file}:{line}:{column}: {told}") from None
    except YAMLError as error:
        raise ConfigError(f"{file}:1:1: {' '.join(str(error).split())}") from None
    document = Document(str(file), None, {}, {})
    return Document(document.name, _plain(loaded, (), document), document.places, document.values)


def _plain(node: object, path: tuple[object, ...], document: Document) -> object:
    """Copy ruamel's objects into plain ones, and note their places."""
    from ruamel.yaml.comments import CommentedMap, CommentedSeq
    from ruamel.yaml.scalarbool import ScalarBoolean
    from ruamel.yaml.scalarfloat import ScalarFloat
    from ruamel.yaml.scalarint import ScalarInt

    match node:
        case CommentedMap():
            made = {}
            for key, value in node.items():
                below = (*path, key)
                line, column = node.lc.key(key)
                document.places[below] = (line + 1, column + 1)
                line, column = node.lc.value(key)
                document.values[below] = (line + 1, column + 1)
                made[key] = _plain(value, below, document)
            return made
        case CommentedSeq():
            for i in range(len(node)):
                line, column = node.lc.item(i)
                document.places[*path, i] = document.values[*path, i] = (line + 1, column + 1)
            return [_plain(value, (*path, i), document) for i, value in enumerate(node)]
        case ScalarBoolean():
            return bool(node)
        case ScalarFloat():
            return float(node)
        case ScalarInt():
            return int(node)
        case str():
            return str(node)
    return node
