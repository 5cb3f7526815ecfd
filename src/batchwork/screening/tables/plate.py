"""Tables of a whole plate, put together from those of its wells."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields
from pathlib import Path

import h5py
import numpy as np

from batchwork.screening.pictures.plates import WellPicture, draw_plates
from batchwork.screening.plates.tables import MapRow
from batchwork.screening.tables.summaries import WellSummary
from batchwork.screening.tables.table import Table, read_table, write_csv


def tables_of(wells: Sequence[Path], name: str) -> Iterator[Table]:
    """Read one table of each well in turn, so that no more than one is in memory."""
    for path in wells:
        yield table_of(path, name)


def table_of(well: Path, name: str, wanted: Callable[[str], bool] = bool) -> Table:
    """Read one table of a well: cells, images or scores; perhaps only the columns whose names are wanted."""
    with h5py.File(well, "r") as file:
        return read_table(file, name, wanted)


def write_tables(wells: Sequence[WellSummary], output: Mapping[str, Path], plate_map: Mapping[str, MapRow]) -> None:
    """Write the tables of a plate as CSV, and its picture.

    Parameters
    ----------
    wells : sequence of WellSummary
        In natural order.
    output : mapping
        `scores`, `images` and `picture` → path.
    plate_map : mapping
        Well → what stands in it; the scores have it where any well has.
    """
    scores, images = [with_map(well.scores, plate_map) for well in wells], [well.images for well in wells]
    for name, tables in (("scores", scores), ("images", images)):
        with output[name].open("w", newline="", encoding="utf-8") as file:
            write_csv(file, tables)
    draw_plates(output["picture"], _shown(wells))


def with_map(table: Table, plate_map: Mapping[str, MapRow]) -> Table:
    """Add condition, control and cohort of each row's well; nothing where there is no map."""
    if not plate_map:
        return table
    rows = [plate_map.get(well, MapRow()) for well in table["well"].tolist()]
    told = {f.name: np.array([getattr(row, f.name) for row in rows], "U") for f in fields(MapRow)}
    return Table({**table.columns, **told})


def _shown(wells: Sequence[WellSummary]) -> dict[str, dict[str, WellPicture]]:
    shown: dict[str, dict[str, WellPicture]] = {}
    for well in wells:
        for row in well.scores.dicts():
            mine = well.images.where(well.images["serum"] == row["serum"])
            score = row["score"]
            picture = WellPicture(
                score if isinstance(score, float) else float("nan"),
                np.asarray(mine["ratio"], float).tolist(),
                (mine["excluded"] != "").tolist(),
            )
            shown.setdefault(str(row["serum"]), {})[str(row["well"])] = picture
    return shown
