"""Tables that people write about a plate: outliers, and what stands in which well."""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from batchwork.screening.plates.errors import PlateTableError
from batchwork.screening.plates.wells import place_of

_MARKS = {"1": 1, "0": 0, "-1": -1}
_NAMES, _LABELS = ("filename", "image", "image_name", "file"), ("label", "outlier", "is_outlier")


@dataclass(frozen=True, slots=True)
class MapRow:
    """What stands in one well."""

    condition: str = ""
    control: str = ""
    """`mock` where nothing was infected, `background` where there are no cells, else as the user has it."""
    cohort: str = ""


def _rows(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """Give line numbers and rows of a CSV file, names in small letters."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file, strict=True)
            for row in reader:
                _rejoin(row, reader.fieldnames or ())
                if None in row or None in row.values():
                    raise PlateTableError(f"{path}:{reader.line_num}: has not as many fields as the header")
                yield reader.line_num, {name.strip().lower(): value.strip() for name, value in row.items()}
    except OSError as error:
        raise PlateTableError(f"{path}: cannot be read: {error.strerror}") from None
    except (csv.Error, UnicodeDecodeError) as error:
        raise PlateTableError(f"{path}: is no CSV in UTF-8: {error}") from None


def _rejoin(row: dict[Any, Any], names: Sequence[str]) -> None:  # Any: csv keeps surplus fields as a list under None
    """Put a name with commas together again that was written without quotes as the first of two fields."""
    if None in row and len(names) == 2:  # noqa: PLR2004 - the name and its label
        parts = [row[names[0]], row[names[1]], *row.pop(None)]
        row[names[0]], row[names[1]] = ",".join(parts[:-1]), parts[-1]


def _column(path: Path, row: Mapping[str, str], names: Iterable[str]) -> str:
    for name in names:
        if name in row:
            return name
    raise PlateTableError(f"{path}:1: needs a column {' or '.join(names)}; it has {', '.join(row)}")


def read_outliers(path: Path, images: Iterable[str]) -> dict[str, int]:
    """Read which images a person calls outliers: image → 1 an outlier, 0 none, -1 not looked at.

    Parameters
    ----------
    path : Path
        CSV with the columns filename and label. Names may lack their suffix.
    images : iterable of str
        Those of the plate.

    Raises
    ------
    PlateTableError
        With file and line.
    """
    known = list(images)
    by_name = {**{Path(name).stem: name for name in known}, **{name: name for name in known}}
    found: dict[str, int] = {}
    for line, row in _rows(path):
        name, label = row[_column(path, row, _NAMES)], row[_column(path, row, _LABELS)]
        if label not in _MARKS:
            raise PlateTableError(f"{path}:{line}: '{label}' is no label; 1 is an outlier, 0 none, -1 not looked at")
        image = by_name.get(Path(name).name) or by_name.get(Path(name).stem)
        if image is None:
            raise PlateTableError(f"{path}:{line}: there is no image '{name}' on the plate")
        found[image] = _MARKS[label]
    return found


def read_plate_map(path: Path) -> dict[str, MapRow]:
    """Read what stands in each well: well → condition, control, cohort.

    Parameters
    ----------
    path : Path
        CSV with the column well and any of condition, control and cohort.

    Raises
    ------
    PlateTableError
        With file and line.
    """
    found: dict[str, MapRow] = {}
    for line, row in _rows(path):
        name = row[_column(path, row, ("well", "well_name"))]
        place = place_of(name)
        if place is None:
            raise PlateTableError(f"{path}:{line}: '{name}' is no well; wells are A01 to AF48")
        if place.name in found:
            raise PlateTableError(f"{path}:{line}: well {place.name} comes twice")
        found[place.name] = MapRow(row.get("condition", ""), row.get("control", "").lower(), row.get("cohort", ""))
    return found


def wells_that_are(plate_map: Mapping[str, MapRow], control: str) -> tuple[str, ...]:
    """Name the wells of one kind of control, in order."""
    return tuple(sorted(well for well, row in plate_map.items() if row.control == control))
