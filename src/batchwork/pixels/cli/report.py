"""``pixels report``: the results of a folder, the images to look at first on top."""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import click

from batchwork.cli.common import dir_argument, json_option
from batchwork.io.atomic import write_text

_STRANGE = 1.0
"""Drift from which on an image is of another kind than the training images."""
_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Line:
    """One result."""

    result: str
    status: str
    uncertainty: float | None
    drift: float | None
    drift_feature: str | None
    error: str | None

    @classmethod
    def of(cls, item: Mapping[str, Any]) -> "Line":  # Any: JSON data
        """Read it off the status of a batch."""
        values, error = item["values"], item.get("error")
        told = f"{error['class']}: {error['message']}" if error else None
        uncertainty, drift, feature = (values.get(name) for name in ("uncertainty", "drift", "drift_feature"))
        return cls(item["key"], item["status"], uncertainty, drift, feature, told)

    @property
    def order(self) -> tuple[bool, float, float, str]:
        """Failed ones first, then those furthest from the training images, then the least certain."""
        return self.error is None, -(self.drift or 0.0), -(self.uncertainty or 0.0), self.result


def lines_of(out: Path) -> list[Line]:
    """Give the results of a batch, the worst first."""
    from batchwork.service.status import status

    found: Any = status(out, "pixels")["items"]  # Any: JSON data
    return sorted((Line.of(item) for item in found), key=lambda line: line.order)


@click.command()
@dir_argument
@click.option("--csv", "table", type=click.Path(path_type=Path), metavar="FILE", help="Write the table.")
@json_option
def report(folder: Path, table: Path | None, as_json: bool) -> int:
    """Show the results of a folder, the images to look at first on top.

    uncertainty is the mean of 1 minus the lead of the likeliest class. drift says how far the features of an image
    are from those of the training images; above 1 it is of another kind.
    """
    lines = lines_of(folder)
    if table is not None:
        write_text(table, _csv(lines))
    if as_json:
        click.echo(json.dumps({"results": [asdict(line) for line in lines]}))
    else:
        click.echo("\n".join(_table(lines)))
    return 0


def _csv(lines: Sequence[Line]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, Line.__dataclass_fields__, lineterminator="\n")
    writer.writeheader()
    writer.writerows(asdict(line) for line in lines)
    return text.getvalue()


def _table(lines: Sequence[Line]) -> list[str]:
    width = max([len(line.result) for line in lines] + [len("result")])
    head = f"{'result':<{width}}  uncertainty  drift  most by"
    return [head, *(f"{line.result:<{width}}  {_told(line)}" for line in lines)]


def _told(line: Line) -> str:
    if line.error is not None:
        return line.error
    if line.uncertainty is None and line.drift is None:
        return line.status
    return f"{_number(line.uncertainty):>11}  {_number(line.drift):>5}  {line.drift_feature or ''}".rstrip()


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def tell_strangers(out: Path, keys: frozenset[str]) -> None:
    """Name the images of a run that are of another kind than the training images."""
    strange = [line for line in lines_of(out) if line.result in keys and (line.drift or 0) > _STRANGE]
    for line in strange[:_SHOWN]:
        click.echo(
            f"{line.result}: the image is unlike the training images (drift {line.drift:.1f}, most by "
            f"{line.drift_feature}); look at the result, and label such an image",
            err=True,
        )
    if len(strange) > _SHOWN:
        click.echo(f"… and {len(strange) - _SHOWN} more: batchwork pixels report {out}", err=True)
