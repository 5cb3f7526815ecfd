"""YAML files that extend others: ``extends: ../base.yml`` at the top of a file."""

from pathlib import Path

from batchwork.io.yaml_marks import Document, Place, Spot, read_document

EXTENDS = "extends"


def read_layers(file: Path) -> Document:
    """Read a file and those that it extends as one document, whose places know the file they are in.

    What the file says itself counts more. Mappings are joined key by key; lists and single values are
    replaced. The path of a base is relative to the file that names it.

    Raises
    ------
    ConfigError
        If a file cannot be read or is no mapping, or the files extend one another in a circle.
    """
    return _read(file, ())


def _read(file: Path, above: tuple[Path, ...]) -> Document:
    document = read_document(file)
    if not isinstance(document.data, dict):
        what = "is empty" if document.data is None else "must be a mapping of keys"
        raise document.error((), f"the configuration {what}")
    base = document.data.pop(EXTENDS, None)
    if (EXTENDS,) not in document.places:
        return document
    if not isinstance(base, str):
        raise document.error((EXTENDS,), f"name one file, got {base!r}", at_value=True)
    path, here = file.parent / Path(base).expanduser(), (*above, file.resolve())
    if path.resolve() in here:
        raise document.error((EXTENDS,), f"{base} extends this file in turn", at_value=True)
    if not path.is_file():
        raise document.error((EXTENDS,), f"there is no file {path}", at_value=True)
    return layered(document, _read(path, here))


def layered(document: Document, base: Document) -> Document:
    """Lay a document over another."""
    data, hidden = _joined(document.data, base.data, ())
    return Document(
        document.name,
        data,
        {**_seen(base.places, hidden), **document.places},
        {**_seen(base.values, hidden), **document.values},
    )


def _joined(upper: object, lower: object, path: Place) -> tuple[object, set[Place]]:
    """Join two values, and give the paths of the lower one that are replaced as a whole."""
    if not (isinstance(upper, dict) and isinstance(lower, dict)):
        return upper, {path}
    made, hidden = dict(lower), set[Place]()
    for key, value in upper.items():
        if key in lower:
            made[key], below = _joined(value, lower[key], (*path, key))
            hidden |= below
        else:
            made[key] = value
    return made, hidden


def _seen(places: dict[Place, Spot], hidden: set[Place]) -> dict[Place, Spot]:
    return {path: spot for path, spot in places.items() if not any(path[:n] in hidden for n in range(1, len(path) + 1))}
