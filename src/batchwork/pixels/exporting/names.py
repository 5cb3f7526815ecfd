"""Names of results: ilastik's placeholders."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Formatter

from batchwork.errors import ParameterError
from batchwork.pixels.exporting.formats import FORMATS, Format

SLICE_INDEX = "slice_index"
_SUFFIXES = frozenset(one.suffix for one in FORMATS.values()) | {".hdf5"}
_UNIQUE = ("{nickname", "{roi", "_start", "_stop")
"""What makes the folder of a sequence one of its own."""


@dataclass(frozen=True, slots=True)
class Named:
    """Where a result goes.

    Attributes
    ----------
    path : Path
        Absolute; of a sequence the folder.
    slice_name : str
        Name of the files of a sequence, with ``{slice_index}`` in it.
    """

    path: Path
    slice_name: str = ""


def needs_extent(template: str) -> bool:
    """Say whether a template has placeholders that only the image can fill."""
    return any(word in template for word in ("{roi", "_start", "_stop"))


def name_result(template: str, fields: Mapping[str, object], kind: Format) -> Named:
    """Fill a template.

    Parameters
    ----------
    template : str
        A path with ``{dataset_dir}``, ``{nickname}``, ``{result_type}``, ``{roi}``, ``{x_start}``, ``{x_stop}``
        and so on; others stay as they are. Its suffix gives way to that of the format.
    fields : mapping
        The values.
    kind : Format
        The format. Of a sequence the path is a folder: the one that the template names if it is one of this image
        alone, else one with the name of the files less ``{slice_index}``.

    Raises
    ------
    ParameterError
        If the template cannot be filled, or leads out of its folder.
    """
    bare = _without_suffix(template)
    if kind.is_sequence and SLICE_INDEX not in bare:
        bare += "_{slice_index}"
    head, _, name = bare.rpartition("/")
    path = _path(expand(bare, fields), template)
    if not kind.is_sequence:
        return Named(path.with_name(path.name + kind.suffix))
    slice_name = path.name + kind.suffix
    if any(word in head for word in _UNIQUE):
        return Named(path.parent, slice_name)
    folder = expand(name, {**fields, SLICE_INDEX: ""}, lenient=True).rstrip("_-. ") or "slices"
    return Named(path.parent / folder, slice_name)


def _path(text: str, template: str) -> Path:
    path = Path(text).expanduser()
    if ".." in path.parts:
        raise ParameterError(f"the name template {template!r} leads out of its folder by '..'; write the folder itself")
    if not path.name or text.endswith("/"):
        raise ParameterError(f"the name template {template!r} gives no file name")
    return path.absolute()


def _without_suffix(template: str) -> str:
    suffix = Path(template).suffix
    return template[: -len(suffix)] if suffix.lower() in _SUFFIXES else template


def expand(template: str, fields: Mapping[str, object], *, lenient: bool = False) -> str:
    """Fill in known placeholders, with Python's format specifications; others stay.

    Parameters
    ----------
    template : str
        With placeholders in braces.
    fields : mapping
        Their values.
    lenient : bool, optional
        Leave format specifications out.

    Examples
    --------
    >>> expand("{nickname}_{x_start:03d}{other}", {"nickname": "a", "x_start": 7})
    'a_007{other}'
    """
    try:
        parts = list(Formatter().parse(template))
        filled = [text + _filled(name, spec, fields, lenient=lenient) for text, name, spec, _ in parts]
    except (ValueError, TypeError) as error:
        raise ParameterError(f"the name template {template!r} cannot be filled: {error}") from None
    return "".join(filled)


def _filled(name: str | None, spec: str | None, fields: Mapping[str, object], *, lenient: bool) -> str:
    if name is None:
        return ""
    if name in fields:
        return format(fields[name], "" if lenient else spec or "")
    return "{" + name + (f":{spec}" if spec else "") + "}"


def extent_fields(axes: str, span: Callable[[str], tuple[int, int]]) -> dict[str, object]:
    """Give the placeholders of an extent: ``x_start``, ``x_stop`` and so on for each axis."""
    return {f"{axis}_{end}": span(axis)[number] for axis in axes for number, end in enumerate(("start", "stop"))}
