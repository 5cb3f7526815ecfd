"""Names: natural order, series, templates, the nearest known word."""

import difflib
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import PurePosixPath
from string import Formatter

from batchwork.errors import DeclarationError

_DIGITS = re.compile(r"\d+")
_ONE_DIGIT = 9
_SERIES = re.compile(r"^(.*?)[._-]*(\d+)$")


def natural_key(text: str) -> str:
    """Give a text whose plain order is the natural order of `text`.

    A run of digits is preceded by a character that grows with its length, leading
    zeros left out, so that ``a_2`` comes before ``a_10``. The text itself is appended
    after a separator, which makes the order of ``a_1`` and ``a_01`` definite.

    Examples
    --------
    >>> sorted(["a_10", "a_2", "a_1"], key=natural_key)
    ['a_1', 'a_2', 'a_10']
    """
    return _DIGITS.sub(_pad, text) + "\x00" + text


def _pad(match: re.Match[str]) -> str:
    digits = match.group().lstrip("0") or "0"
    return chr(0x30 + len(digits)) + digits if len(digits) <= _ONE_DIGIT else "9" + chr(0x100 + len(digits)) + digits


def series_of(stem: str) -> tuple[str, int]:
    """Split a file's stem into its series and its index in it.

    Examples
    --------
    >>> series_of("sample_010"), series_of("sample7"), series_of("tooth")
    (('sample', 10), ('sample', 7), ('tooth', 0))
    """
    match = _SERIES.match(stem)
    return (match.group(1), int(match.group(2))) if match else (stem, 0)


def nearest(name: str, known: Iterable[str]) -> str:
    """Say which known names come close, as the end of an error's sentence."""
    known = sorted(known)
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    if close:
        return f"did you mean '{close[0]}'?"
    return f"known: {', '.join(known)}" if known else "none is known"


@lru_cache(maxsize=256)
def template_fields(template: str) -> tuple[str, ...]:
    """List the names that a template uses.

    Raises
    ------
    DeclarationError
        If the braces do not match, or a field is not a plain name.
    """
    try:
        names = [field for _, field, _, _ in Formatter().parse(template) if field is not None]
    except ValueError as error:
        raise DeclarationError(f"template '{template}': {error}") from None
    for name in names:
        if not name.isidentifier():
            raise DeclarationError(f"template '{template}': '{{{name}}}' is not a name in braces")
    return tuple(names)


def render(template: str, values: Mapping[str, object]) -> str:
    """Fill a template and give a clean relative path.

    Raises
    ------
    DeclarationError
        If a name is not among `values`, or the path would leave the output folder.
    """
    try:
        text = template.format_map(values)
    except KeyError as error:
        name = str(error.args[0])
        raise DeclarationError(f"template '{template}': '{{{name}}}' is unknown; {nearest(name, values)}") from None
    except (ValueError, TypeError) as error:
        raise DeclarationError(f"template '{template}': {error}") from None
    path = text.strip("/")
    if path in {"", ".", ".."} or "//" in path or "./" in path or path.endswith(("/.", "/..")):
        path = str(PurePosixPath(path))
        if path == "." or ".." in path.split("/"):
            raise DeclarationError(f"template '{template}' gives '{text}', which is outside the output folder")
    return path
