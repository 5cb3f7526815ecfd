"""Centres of rotation as users give them: entered, imported, or as a fallback."""

import csv
import io
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from batchwork.errors import ConfigError, TaskError

HEADER = ("scan", "cor", "by", "confidence", "when", "previous")
"""Of the table of centres."""


class NoCentre(TaskError):
    """A scan is to be reconstructed and nobody has said where its axis is."""


class DoubtfulCentre(TaskError):
    """A centre was inferred, and the scorer is not sure of it."""


def choose_centre(scan: Path, columns: int, own: float | None, fallback: float | None) -> float:
    """Take a scan's own centre, else the fallback.

    Parameters
    ----------
    scan : Path
        For the message.
    columns : int
        Width of the detector in unbinned pixels.
    own, fallback : float or None
        0-based column indices. One that is not finite or off the detector counts as none.

    Raises
    ------
    NoCentre
        If there is neither.
    """
    for centre in (own, fallback):
        if centre is not None and is_on_detector(centre, columns):
            return float(centre)
    given = [f"{centre:g}" for centre in (own, fallback) if centre is not None]
    unusable = f" ({' and '.join(dict.fromkeys(given))}: not on its {columns} columns)" if given else ""
    raise NoCentre(
        f"{scan.name} has no centre of rotation{unusable}; "
        f"enter one with `batchwork tomo set {scan.parent} {scan.name}=COR`, or give one for all with --cor "
        "(`batchwork set DIR ITEM cor=COR` and fallback_cor in a batch of another workflow)"
    )


def is_on_detector(centre: float, columns: int) -> bool:
    """Say whether a column index lies on a detector of so many columns, its outer edges included."""
    return math.isfinite(centre) and 0 <= centre + 0.5 <= columns


def parse_centre(text: str) -> float | None:
    """Read a centre; an empty text is None.

    Raises
    ------
    ConfigError
        If it is no finite number.
    """
    if not text.strip():
        return None
    try:
        centre = float(text)
    except ValueError:
        centre = math.nan
    if not math.isfinite(centre):
        raise ConfigError(f"'{text}' is no centre of rotation; give a column index such as 1024.5")
    return centre


def parse_assignments(words: Iterable[str]) -> dict[str, float | None]:
    """Read ``SCAN=COR`` words; ``SCAN=`` clears.

    Raises
    ------
    ConfigError
        If a word has another form.
    """
    found = dict[str, float | None]()
    for word in words:
        name, equals, text = word.rpartition("=")
        if not equals or not name:
            raise ConfigError(f"'{word}': write SCAN=COR, or SCAN= to clear it")
        found[name] = parse_centre(text)
    return found


def read_centre_list(path: Path) -> dict[str, float]:
    """Read a centre list of the reference program.

    It is either ``{"/data/scan_001.h5": "1024.5"}`` in JSON, or, where the name ends in ``.csv``, a table with
    the columns ``Filename`` and ``COR``.

    Returns
    -------
    dict of str to float
        File name → column index. Entries without a number, as those of scans whose centre was never
        entered, are left out; a list counts by its first entry.

    Raises
    ------
    ConfigError
        If it is no such list.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        told = error.strerror if isinstance(error, OSError) else "it is no text"
        raise ConfigError(f"{path}: cannot be read: {told}") from None
    plain = _table(path, text) if path.suffix == ".csv" else _mapping(path, text)
    centres = {Path(name).name: _number(value) for name, value in plain.items()}
    return {name: centre for name, centre in centres.items() if centre is not None}


def _mapping(path: Path, text: str) -> Mapping[str, object]:
    try:
        plain = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{path}: is no JSON: {error}") from None
    if not isinstance(plain, Mapping):
        raise ConfigError(f'{path}: is no list of centres; expected {{"scan.h5": "1024.5"}}')
    return plain


def _table(path: Path, text: str) -> Mapping[str, object]:
    rows = csv.DictReader(io.StringIO(text))
    try:
        if not {"Filename", "COR"} <= set(rows.fieldnames or ()):
            raise ConfigError(f"{path}: is no list of centres; its first line must name the columns Filename and COR")
        return {row["Filename"]: row["COR"] for row in rows if row["Filename"]}
    except csv.Error as error:
        raise ConfigError(f"{path}: is no CSV: {error}") from None


def _number(value: object) -> float | None:
    first = (value[0] if value else None) if isinstance(value, list) else value
    try:
        return parse_centre(str(first))
    except ConfigError:
        return None


def centre_rows(status: Mapping[str, object]) -> list[list[str]]:
    """Give a row under `HEADER` for each scan of a batch's status."""
    items: Sequence[Mapping[str, Mapping[str, object]]] = status["items"]  # type: ignore[assignment]
    return [[str(item["key"]), *_row(item)] for item in items]


def _row(item: Mapping[str, Mapping[str, object]]) -> list[str]:
    origin = item.get("origins", {}).get("cor", {})
    proposed = item.get("proposed", {}).get("cor")
    if not isinstance(origin, Mapping):
        origin = {}
    cor = _word(item["values"].get("cor"))
    if proposed is not None:
        cor += f" (proposed: {_word(proposed)})"
    shown = ("by", "confidence", "when", "previous")
    return [cor.strip(), *(_word(origin.get(name)) for name in shown)]


def _word(value: object) -> str:
    if value is None:
        return ""
    return f"{value:.2f}" if isinstance(value, float) else str(value)
