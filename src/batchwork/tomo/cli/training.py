"""Commands around the learned scorer: export what users have confirmed, and train."""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from batchwork.cli.common import seed_option
from batchwork.engine.exits import DONE, FAILED
from batchwork.errors import BatchworkError, NoItemsError
from batchwork.extras import needs_extra
from batchwork.tomo.cli.group import folder_argument
from batchwork.tomo.folders import ScanFolder

if TYPE_CHECKING:
    from batchwork.tomo.preprocessing import Preprocessing
    from batchwork.tomo.training.loop import Progress

CHECKPOINT = "checkpoint.pt"


@click.command("export-labels")
@folder_argument
@click.option("--to", "target", type=click.Path(file_okay=False, path_type=Path), required=True, metavar="DIR",
              help="Where the labelled stacks go.")  # fmt: skip
def export_labels(folder: Path, target: Path) -> int:
    """Write what the learned scorer can learn from the centres that people entered, corrected or accepted."""
    from batchwork.tomo.labelling import label_scan
    from batchwork.tomo.training.labelled import SUFFIX, write_labelled

    scans = ScanFolder.of((folder,))
    confirmed = dict(_confirmed(scans))
    if not confirmed:
        raise NoItemsError(
            f"{folder}: nobody has confirmed a centre yet; enter some with `batchwork tomo set {folder} SCAN=COR`, "
            "or accept what is proposed with --accept"
        )
    settings, failed = _settings(scans), 0
    target.mkdir(parents=True, exist_ok=True)
    for name, cor in confirmed.items():
        source = scans.path / name
        try:
            made = label_scan(source, scans.results / "try_center" / source.stem, cor, settings)
            write_labelled(target / f"{source.stem}{SUFFIX}", made)
        except BatchworkError as error:
            click.echo(f"{name}: left out: {error}", err=True)
            failed += 1
        else:
            click.echo(f"{name}: labelled with {cor:g}")
    click.echo(f"{len(confirmed) - failed} labelled stacks saved to {target}")
    return FAILED if failed else DONE


def _confirmed(scans: ScanFolder) -> Iterator[tuple[str, float]]:
    """Give the scans whose centre a person has entered or accepted."""
    from batchwork.engine.ledger.values import ACCEPTED, FILE, HAND
    from batchwork.service.status import status
    from batchwork.tomo.cli.batches import NAME

    items: Any = status(scans.results, NAME)["items"]  # Any: JSON data
    for item in items:
        cor, origin = item["values"].get("cor"), item.get("origins", {}).get("cor", {})
        if cor is not None and (origin["by"] in {HAND, FILE} or origin["note"] in ACCEPTED.values()):
            yield item["key"], float(cor)


def _settings(scans: ScanFolder) -> "Preprocessing":
    """Give the preprocessing of the stacks as they were made last."""
    from batchwork.engine.parameters import bind
    from batchwork.tomo.cli.batches import definition_of
    from batchwork.tomo.workflow import flow

    step, plain = flow["try"], definition_of(scans).resolved("try")
    settings: Preprocessing = bind(step.function, step.parameters, plain)["preprocessing"]
    return settings


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
@click.option("--labelled", multiple=True, metavar="DIR", help="Learn from these labelled stacks too; repeatable.",
              type=click.Path(exists=True, file_okay=False, path_type=Path))  # fmt: skip
@click.option("--steps", type=click.IntRange(1), default=5400, show_default=True, help="How much is learnt.")
@click.option(
    "--minutes", type=click.FloatRange(min=0, min_open=True), help="Stop after so long; a later call goes on."
)
@seed_option("network", default=1)
@click.option("--workers", type=click.IntRange(0), default=1, show_default=True,
              help="Processes that make what is learnt from.")  # fmt: skip
def train(folder: Path, labelled: tuple[Path, ...], steps: int, minutes: float | None, seed: int, workers: int) -> int:
    """Train the learned scorer `net` on generated scans; goes on where it was stopped.

    DIR gets the network, and a checkpoint. Use it with `--scorer net:DIR`.
    """
    with needs_extra("training", "training"):
        from batchwork.tomo.training.export import export
        from batchwork.tomo.training.loop import Recipe, train
    from batchwork.tomo.training.labelled import read_folder

    known = [slice_ for one in labelled for slice_ in read_folder(one)]
    folder.mkdir(parents=True, exist_ok=True)
    seconds = math.inf if minutes is None else 60 * minutes
    made = train(
        folder / CHECKPOINT,
        Recipe(seed, steps),
        seconds=seconds,
        workers=workers,
        labelled=known,
        progress=_told(steps),
    )
    export(made.averaged, folder)
    click.echo(f"{len(made.losses)} of {steps} steps done; network saved to {folder}")
    return DONE


def _told(steps: int) -> "Progress":
    """Say now and then how far it is."""

    def tell(step: int, loss: float) -> None:
        if step % 100 == 0 or step == steps:
            click.echo(f"step {step} of {steps}, loss {loss:.3f}")

    return tell
