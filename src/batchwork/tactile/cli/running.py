"""``tactile batch``: a sweep from its configuration to its results."""

import json
import sys
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
    from batchwork.engine.plans import Selection
    from batchwork.engine.running import plan_batch
    from batchwork.tactile.cli.batches import definition_of, dense_bytes
    from batchwork.tactile.estimating import estimate
    from batchwork.tactile.results.layout import in_words
    from batchwork.tactile.results.results import LARGEST_DENSE
    from batchwork.tactile.sweeps import describe_sweep

    if as_json:
        definition = definition_of(configuration, sweep)
        steps = frozenset(definition.steps or ())
        click.echo(json.dumps(plan_batch(definition, Selection(steps)).plain()))
        return 0
    for line in describe_sweep(sweep):
        click.echo(line)
    size = dense_bytes(configuration, sweep)
    click.echo(f"Written out: {in_words(size)} in {configuration.batch.results}")
    written = size if size <= LARGEST_DENSE else 0
    click.echo(str(estimate(configuration, sweep, written)))
    return 0


def _run(configuration: "Configuration", sweep: "Sweep", *, as_json: bool, quiet: bool) -> int:
    from batchwork.engine.plans import Selection
    from batchwork.engine.running import run_batch
    from batchwork.tactile.cli.batches import definition_of, dense_bytes, keep_to, prepare_folder
    from batchwork.tactile.cli.progress import Bar
    from batchwork.tactile.results.layout import in_words

    definition = definition_of(configuration, sweep)
    done = prepare_folder(configuration, sweep).num_completed
    keep_to(definition, sweep)
    click.echo(f"Batch execution: {len(sweep)} stimuli total", err=as_json)
    bar = Bar(len(sweep), done, quiet=quiet)
    steps = definition.steps or ()
    report = run_batch(definition, Selection(frozenset(steps)), bar)
    for failure in report.failures:
        click.echo(f"  {failure.key}  {failure.step}  {failure.kind}: {failure.message}", err=as_json)
    if as_json:
        from batchwork.service.status import status

        click.echo(json.dumps(status(definition.out, definition.workflow.name)))
    elif report.outcome == "interrupted":
        click.echo("Interrupted; run the same command again to go on.", err=True)
    elif configuration.batch.format in steps and not report.failures:
        click.echo(f"✓ Results saved to {configuration.batch.results}")
    elif not report.failures:
        size = in_words(dense_bytes(configuration, sweep))
        click.echo(f"✓ Events saved to {configuration.batch.folder / 'events'}; written out they would take {size}: "
                   f"batchwork tactile export {configuration.batch.folder} --large")  # fmt: skip
    sys.stdout.flush()
    return report.exit_code
