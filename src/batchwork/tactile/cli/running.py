"""``tactile batch``: a sweep from its configuration to its results."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from batchwork.cli.common import json_option, quiet_option

if TYPE_CHECKING:
    from batchwork.tactile.configuration import Configuration
    from batchwork.tactile.sweeps import Sweep


@click.command()
@click.argument("config", metavar="CONFIG.yml", type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Say what would run; write nothing.")
@click.option("--resume", is_flag=True, help="Go on where the last run ended; every run does.")
@click.option("--workers", type=click.IntRange(min=1), metavar="N", help="Threads; as the file says by default.")
@click.option("--device", type=click.Choice(["auto", "cpu", "cuda", "mps"]), help="Instead of the file's.")
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="Only the first N stimuli.")
@click.option("--out", metavar="DIR", help="Instead of the file's output_dir.")
@json_option
@quiet_option
def batch(
    config: Path,
    dry_run: bool,
    resume: bool,
    workers: int | None,
    device: str | None,
    limit: int | None,
    out: str | None,
    as_json: bool,
    quiet: bool,
) -> int:
    """Simulate all stimuli of a configuration; what is done already is not done again."""
    from batchwork.tactile.cli.batches import check_same_network
    from batchwork.tactile.cli.devices import devices
    from batchwork.tactile.configuration import Overrides, read_configuration

    overrides = Overrides(out, workers, device)  # type: ignore[arg-type]  # click has checked the device
    configuration = read_configuration(config, overrides, devices=devices)
    check_same_network(configuration, str(config))
    sweep = configuration.sweep(limit)
    if dry_run:
        return _say(configuration, sweep, as_json=as_json)
    if resume and not configuration.batch.folder.exists():
        click.echo(f"nothing to resume in '{configuration.batch.output_dir}': starting", err=True)
    return _run(configuration, sweep, as_json=as_json, quiet=quiet)


def _say(configuration: "Configuration", sweep: "Sweep", *, as_json: bool) -> int:
    from batchwork.engine.batch import Batch
    from batchwork.tactile.cli.batches import definition_of, dense_bytes
    from batchwork.tactile.estimating import estimate
    from batchwork.tactile.results.layout import in_words
    from batchwork.tactile.results.results import LARGEST_DENSE
    from batchwork.tactile.sweeps import describe_sweep

    if as_json:
        click.echo(json.dumps(Batch(definition_of(configuration, sweep)).plan().plain()))
        return 0
    for line in describe_sweep(sweep):
        click.echo(line)
    size = dense_bytes(configuration, sweep)
    click.echo(f"Written out: {in_words(size)} in {configuration.batch.results}")
    written = size if size <= LARGEST_DENSE else 0
    click.echo(str(estimate(configuration, sweep, written)))
    return 0


def _run(configuration: "Configuration", sweep: "Sweep", *, as_json: bool, quiet: bool) -> int:
    from batchwork.engine.batch import Batch
    from batchwork.tactile.cli.batches import definition_of, keep_to, prepare_folder
    from batchwork.tactile.cli.progress import Bar

    definition = definition_of(configuration, sweep)
    done = prepare_folder(configuration, sweep).num_completed
    keep_to(definition, sweep)
    click.echo(f"Batch execution: {len(sweep)} stimuli total", err=as_json)
    report = Batch(definition).run(listener=Bar(len(sweep), done, quiet=quiet))
    for failure in report.failures:
        click.echo(f"  {failure.key}  {failure.step}  {failure.kind}: {failure.message}", err=as_json)
    if as_json:
        from batchwork.service.status import status

        click.echo(json.dumps(status(definition.out, definition.workflow.name)))
    elif report.outcome == "interrupted":
        click.echo("Interrupted; run the same command again to go on.", err=True)
    elif not report.failures:
        click.echo(_saved(configuration, sweep, definition.steps or ()))
    sys.stdout.flush()
    return report.exit_code


def _saved(configuration: "Configuration", sweep: "Sweep", steps: Sequence[str]) -> str:
    """Say where the results are."""
    from batchwork.tactile.cli.batches import dense_bytes
    from batchwork.tactile.results.layout import in_words

    if configuration.batch.format in steps:
        return f"✓ Results saved to {configuration.batch.results}"
    folder, size = configuration.batch.folder, in_words(dense_bytes(configuration, sweep))
    return (
        f"✓ Events saved to {folder / 'events'}; written out they would take {size}: "
        f"batchwork tactile export {folder} --large"
    )
