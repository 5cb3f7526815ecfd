"""YAML with the place of every key and value, so that errors can name file, line and column."""

from dataclasses import dataclass, field, replace
from io import StringIO
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from batchwork.errors import BatchworkError, ConfigError

if TYPE_CHECKING:
    from ruamel.yaml.constructor import SafeConstructor
    from ruamel.yaml.error import StreamMark
    from ruamel.yaml.nodes import Node

Place: TypeAlias = tuple[object, ...]
"""Where a part of a document stands: the keys and positions that lead to it."""


class Spot(NamedTuple):
    """A place in a file; line and column from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


_DEEPEST = 200
"""Brackets within brackets."""
_MOST_PARTS = 100_000
"""Keys and values of a file, each alias counted as often as it stands."""
_MERGE = "tag:yaml.org,2002:merge"
_TEXTS = {"tag:yaml.org,2002:str", "tag:yaml.org,2002:timestamp"}


@dataclass(frozen=True, slots=True)
class Document:
    """A YAML file as plain data, and where its parts stand.

    Attributes
    ----------
    name : str
        The file, as the user wrote it.
    data : object
        Plain dictionaries, lists and scalars.
    places : dict of Place to Spot
        Path of keys → where the key stands.
    values : dict of Place to Spot
        The same for the values.
    """

    name: str
    data: object
    places: dict[Place, Spot]
    values: dict[Place, Spot]

    def known(self, path: Place) -> Place:
        """Cut a path after its last part that stands in the document."""
        while path and path not in self.places:
            path = path[:-1]
        return path

    def spot(self, path: Place, *, at_value: bool = False) -> Spot:
        """Find a key or its value, or the nearest one above it."""
        places = self.values if at_value else self.places
        return places.get(self.known(path), Spot(self.name, 1, 1))

    def error(self, path: Place, text: str, *, at_value: bool = False) -> ConfigError:
        """Make an error that names the place of a key, or the nearest one above it."""
        shown = shown_path(path)
        return ConfigError(f"{self.spot(path, at_value=at_value)}: {shown + ': ' if shown else ''}{text}")

    def placed(self, error: BatchworkError, path: Place) -> BatchworkError:
        """Say at which value an error of a lower layer arose; its class stays."""
        return type(error)(str(self.error(path, str(error), at_value=True)))


def shown_path(path: Place) -> str:
    """Write a path of keys as one word.

    Examples
    --------
    >>> shown_path(("stimuli", 0, "sigma"))
    'stimuli[0].sigma'
    """
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).removeprefix(".")


def read_document(file: Path) -> Document:
    """Read a YAML 1.2 file; dates stay text, as nothing here takes a date.

    Raises
    ------
    ConfigError
        If it cannot be read, is not UTF-8 or not YAML; with the place.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError
    from ruamel.yaml.reader import ReaderError

    try:
        text = file.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise ConfigError(f"{file}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise ConfigError(f"{file}: is not UTF-8 text (byte {error.start})") from None
    if _depth(text) > _DEEPEST:
        raise ConfigError(f"{file}:1:1: is nested too deeply")
    yaml = YAML(typ="safe", pure=True)
    builder = _Builder(Document(str(file), None, {}, {}), yaml.constructor)
    try:
        root = yaml.compose(StringIO(text))
        return builder.document if root is None else replace(builder.document, data=builder.build(root, ()))
    except MarkedYAMLError as error:
        told = " ".join(str(error.problem or error.context).split())
        raise builder.error(error.problem_mark or error.context_mark, told) from None
    except ReaderError as error:
        before = text[: error.position].split("\n")
        raise ConfigError(f"{file}:{len(before)}:{len(before[-1]) + 1}: {error.reason}") from None
    except RecursionError:
        raise ConfigError(f"{file}:1:1: is nested too deeply") from None


def _depth(text: str) -> int:
    """Count how many brackets stand open at once at most; the parser's time grows with its square."""
    steps = ((char in "[{") - (char in "]}") for char in text if char in "[]{}")
    return max(accumulate(steps), default=0)


@dataclass(slots=True)
class _Builder:
    """Turns ruamel's nodes into plain data, and notes their places."""

    document: Document
    constructor: "SafeConstructor"
    open_nodes: list["Node"] = field(default_factory=list)
    built: int = 0

    def error(self, mark: "StreamMark | None", text: str) -> ConfigError:
        return ConfigError(f"{self.spot(mark)}: {text}")

    def spot(self, mark: "StreamMark | None") -> Spot:
        return Spot(self.document.name, mark.line + 1, mark.column + 1) if mark else Spot(self.document.name, 1, 1)

    def build(self, node: "Node", path: Place) -> object:
        from ruamel.yaml.nodes import MappingNode, SequenceNode

        self.built += 1
        if self.built > _MOST_PARTS:
            raise self.error(node.start_mark, f"the file has more than {_MOST_PARTS:,} parts; aliases repeat too much")
        if node in self.open_nodes:
            raise self.error(node.start_mark, "this part holds itself")
        self.open_nodes.append(node)
        made: object
        if isinstance(node, MappingNode):
            made = self._mapping(node, path)
        elif isinstance(node, SequenceNode):
            made = [self._value(part, part, (*path, i)) for i, part in enumerate(node.value)]
        else:
            made = self._scalar(node)
        self.open_nodes.pop()
        return made

    def _value(self, key: "Node", value: "Node", path: Place) -> object:
        self.document.places[path] = self.spot(key.start_mark)
        empty = value.start_mark.index == value.end_mark.index
        self.document.values[path] = self.spot(key.start_mark if empty else value.start_mark)
        return self.build(value, path)

    def _mapping(self, node: "Node", path: Place) -> dict[object, object]:
        made: dict[object, object] = {}
        merged: dict[object, object] = {}
        for key_node, value_node in node.value:
            if key_node.tag == _MERGE:
                for key, value in self._merged(value_node, path).items():
                    merged.setdefault(key, value)
                continue
            if not isinstance(key_node.value, str):
                raise self.error(key_node.start_mark, "a key has to be one word")
            key = self._scalar(key_node)
            if not isinstance(key, str):
                raise self.error(key_node.start_mark, f"a key has to be a text, not {key}")
            if key in made:
                raise self.error(key_node.start_mark, f"the key '{key}' stands here twice")
            made[key] = self._value(key_node, value_node, (*path, key))
        return {**merged, **made}

    def _merged(self, node: "Node", path: Place) -> dict[object, object]:
        """Give what ``<<`` brings in: a mapping, or several of which the first counts most."""
        from ruamel.yaml.nodes import SequenceNode

        found: dict[object, object] = {}
        for part in node.value if isinstance(node, SequenceNode) else [node]:
            built = self.build(part, path)
            if not isinstance(built, dict):
                raise self.error(part.start_mark, "<< takes a mapping of keys")
            found = {**built, **found}
        return found

    def _scalar(self, node: "Node") -> object:
        """Give a number, truth, nothing or a text; other kinds are not known here."""
        if node.tag in _TEXTS:
            return str(node.value)
        try:
            return self.constructor.construct_object(node)
        except (ValueError, KeyError):
            raise self.error(node.start_mark, f"'{node.value}' does not fit its tag {node.tag}") from None
