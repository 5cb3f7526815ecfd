"""``screening simulate``: a plate with known truth."""

import sys
from pathlib import Path

import click

from batchwork.cli.common import quiet_option, seed_option
from batchwork.cli.writing import writing_to

_FORMATS = ("6", "24", "96", "384", "1536")


class _Range(click.ParamType):  # type: ignore[type-arg,unused-ignore]  # generic in new versions of click only
    """Two numbers, A:B."""

    name = "A:B"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> tuple[float, float]:
        """Read them; one number stands for both."""
        low, colon, high = str(value).partition(":")
        try:
            return float(low), float(high if colon else low)
        except ValueError:
            self.fail(f"'{value}' is no range; write for example 1.0:1.8", param, ctx)


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
@click.option("--wells", type=click.IntRange(min=1), help="How many are filled, row by row; all by default.")
@click.option("--sites", type=click.IntRange(min=1), default=9, show_default=True, help="Images of each well.")
@seed_option("files")
@click.option("--format", "plate_format", type=click.Choice(_FORMATS), default="96", show_default=True, help="Wells.")
@click.option("--ratio", type=_Range(), default="1.0:1.8", show_default=True, help="Serum of infected over others.")
@click.option("--infected", type=_Range(), default="0.45:0.9", show_default=True, help="Share of infected cells.")
@click.option("--debris", type=click.IntRange(min=0), default=0, show_default=True, help="Blobs on each site.")
@click.option("--defocus", type=click.FloatRange(0, 1), default=0.0, show_default=True, help="Share of sites.")
@click.option("--saturate", is_flag=False, flag_value=0.1, type=click.FloatRange(0, 1), default=0.0, metavar="[SHARE]",
              help="Share of sites that were exposed too long; a tenth, if none is given.")  # fmt: skip
@click.option("--edge", is_flag=True, help="Brighter wells at the edge of the plate.")
@click.option("--cut", type=click.IntRange(min=0), default=0, show_default=True, help="So many files end too early.")
@quiet_option
def simulate(
    folder: Path,
    wells: int | None,
    sites: int,
    seed: int,
    plate_format: str,
    ratio: tuple[float, float],
    infected: tuple[float, float],
    debris: int,
    defocus: float,
    saturate: float,
    edge: bool,
    cut: int,
    quiet: bool,
) -> int:
    """Write a simulated plate and its truth, truth.json; column 1 is mock."""
    from batchwork.screening.plates.simulated import write_plate
    from batchwork.screening.simulation.plate import PlateDesign

    filled = int(plate_format) if wells is None else wells
    design = PlateDesign(
        wells=filled, sites=sites, seed=seed, format=int(plate_format), ratio=ratio, infected=infected,
        debris=debris, defocus=defocus, saturate=saturate, edge=edge,
    )  # fmt: skip
    shown = click.progressbar(length=filled * sites, label="Simulating", hidden=quiet, file=sys.stderr)
    with writing_to(folder), shown as bar:
        images = write_plate(folder, design, cut=cut, tell=lambda: bar.update(1))
    click.echo(f"{len(images)} sites of {filled} wells written to {folder}")
    return 0
