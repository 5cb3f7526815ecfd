"""``screening quality`` and ``screening review``: how good a plate is, and which of its images to look at."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from batchwork.cli.common import existing_dir_argument, json_option

if TYPE_CHECKING:
    from batchwork.screening.quality.comparing import Compared, Judged

Row = Mapping[str, Any]  # Any: JSON data


@click.command()
@click.argument("folders", metavar="DIR...", nargs=-1, required=True,
                type=click.Path(exists=True, file_okay=False, path_type=Path))  # fmt: skip
@json_option
def quality(folders: tuple[Path, ...], as_json: bool) -> int:
    """Show how good a plate is: controls, effects of the place, drift, the smallest ratio it detects.

    Several plates are compared with one another, in the order in which they are given.
    """
    from batchwork.screening.cli.judged import judged_plate
    from batchwork.screening.quality.comparing import compare

    plates = [judged_plate(folder) for folder in folders]
    between = compare(plates) if len(plates) > 1 else []
    if as_json:
        told = [{"folder": plate.name, **plate.summary} for plate in plates]
        click.echo(json.dumps({"plates": told, "between": [_plain(one, plates) for one in between]}))
        return 0
    for plate in plates:
        click.echo("\n".join(_plate(plate)))
    if between:
        click.echo("\n".join(_between(plates, between)))
    return 0


@click.command()
@existing_dir_argument
@json_option
def review(folder: Path, as_json: bool) -> int:
    """Show which images of a plate to look at, the most unusual first, and why."""
    from batchwork.cli.display import table
    from batchwork.screening.cli.judged import reviewed_images

    rows = reviewed_images(folder)
    if as_json:
        click.echo(json.dumps({"images": rows}))
        return 0
    shown = [[str(row[name]) for name in ("rank", "well", "site", "reasons", "excluded", "picture")] for row in rows]
    click.echo("\n".join(table(shown, ["rank", "well", "site", "reasons", "excluded", "picture"])))
    return 0


def _plate(plate: "Judged") -> list[str]:
    from batchwork.cli.display import table

    told = plate.summary
    roles = ", ".join(f"{count} {role}" for role, count in told["roles"].items())
    rows = [
        [one["measure"], one["serum"], str(one["wells"]), _number(one["median"]),
         *(_number(one["controls"][name]) for name in ("z_prime", "robust_z_prime", "ssmd", "robust_ssmd"))]
        for one in told["measures"]
    ]  # fmt: skip
    header = ["measure", "serum", "samples", "median", "z'", "robust z'", "ssmd", "robust ssmd"]
    return [f"{plate.name}: {told['shape'][0]} × {told['shape'][1]} wells; {roles}", *table(rows, header),
            *_reasons(told["measures"]), *_effects(told["measures"]), *_detectable(told["detectable"])]  # fmt: skip


def _reasons(measures: Sequence[Row]) -> list[str]:
    """Say once why there are no values of controls."""
    return list(dict.fromkeys(one["controls"]["reason"] for one in measures if one["controls"]["reason"]))


def _effects(measures: Sequence[Row]) -> list[str]:
    from batchwork.screening.quality.judging import LEVEL

    all_of_them = [(one, effect) for one in measures for effect in one["effects"]]
    found = [
        (one, effect) for one, effect in all_of_them if (effect["p_adjusted"] or 0) < LEVEL and not effect["reason"]
    ]
    looked_for = sum(not effect["reason"] for _, effect in all_of_them)
    lines = [
        f"effect: {effect['name']} of {_name(one)}: {effect['size']:+.1%} (p {_chance(effect['p_adjusted'])})"
        for one, effect in found
    ]
    left = [f"{effect['name']}: {effect['reason']}" for _, effect in all_of_them if effect["reason"]]
    return [*lines, *dict.fromkeys(left), f"{len(found)} effects of place and drift found of {looked_for} looked for"]


def _name(one: Row) -> str:
    return " ".join(filter(None, (one["serum"], one["measure"])))


def _detectable(found: Mapping[str, Row]) -> list[str]:
    return [
        f"smallest ratio that {serum} detects: " + (
            one["reason"] if one["ratio"] is None else
            f"{one['ratio']:.3f}, from {one['wells']} negative controls" if one["basis"] == "controls" else
            f"{one['ratio']:.3f} at least, from the sites of {one['wells']} wells; there are no negative controls"
        )
        for serum, one in found.items()
    ]  # fmt: skip


def _between(plates: Sequence["Judged"], between: Sequence["Compared"]) -> list[str]:
    from batchwork.cli.display import table

    rows = [
        [plate.name, one.measure, one.serum, one.basis, _number(shift.median),
         "" if shift.reason else f"{shift.size:+.1%}", shift.reason or _chance(shift.p)]
        for one in between for plate, shift in zip(plates, one.shifts, strict=True)
    ]  # fmt: skip
    header = ["plate", "measure", "serum", "by", "median", "to the others", "p"]
    drift = [
        f"drift of {' '.join(filter(None, (one.serum, one.measure)))} over plates: "
        + (one.drift.reason or f"{one.drift.size:+.1%} (p {_chance(one.drift.p)})")
        for one in between
    ]
    return [*table(rows, header), *drift]


def _plain(one: "Compared", plates: Sequence["Judged"]) -> dict[str, object]:
    from dataclasses import asdict

    from batchwork.screening.quality.judging import plain

    told = asdict(one)
    told["shifts"] = [{"folder": plate.name, **shift} for plate, shift in zip(plates, told["shifts"], strict=True)]
    return dict(plain(told))


def _number(value: float | None) -> str:
    return "" if value is None or value != value else f"{value:.4g}"  # noqa: PLR0124 - so is NaN told


def _chance(p: float) -> str:
    return f"{p:.4f}"
