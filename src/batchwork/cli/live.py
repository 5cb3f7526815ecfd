"""Commands around a running batch: follow it, stop it, keep watching for items."""

import json
from dataclasses import replace
from pathlib import Path

import click

from batchwork.cli.common import dir_argument, workflow_option
from batchwork.cli.display import Display
from batchwork.cli.options import RunningOptions, Watching, running_options, stale_option
from batchwork.cli.running import run_and_show, target_argument
from batchwork.engine.batch import Batch
from batchwork.engine.events import RunEvent
from batchwork.engine.exits import DONE
from batchwork.engine.plans import Selection
from batchwork.engine.watching import SettledItems, files_of
from batchwork.service import calls
from batchwork.service.durations import parse_duration


@click.command()
@dir_argument
@click.option("--drain", is_flag=True, help="Let running tasks finish.")
@workflow_option
def cancel(folder: Path, drain: bool, workflow: str | None) -> int:
    """Stop a running batch; what has not run stays to be run."""
    if not calls.cancel(folder, drain=drain, workflow=workflow):
        click.echo(f"{folder}: no run is on", err=True)
        return DONE
    click.echo("draining: running tasks finish, nothing new starts" if drain else "stopping")
    return DONE


@click.command()
@dir_argument
@click.option("--json", "as_json", is_flag=True, help="Every event as a JSON line.")
@workflow_option
def follow(folder: Path, as_json: bool, workflow: str | None) -> int:
    """Follow a running batch until it ends."""
    display, event = Display(quiet=False), None
    for event in calls.follow(folder, workflow=workflow):
        if as_json:
            click.echo(json.dumps(event))
        else:
            display(RunEvent.from_plain(event))
    if event is None:
        click.echo(f"{folder}: no run is on", err=True)
        return DONE
    return int(str(event["exit_code"]))


@click.command()
@target_argument
@click.option("--poll", type=click.FloatRange(min=0.05), default=2.0, show_default=True, help="Seconds between looks.")
@click.option("--quiet-for", type=click.FloatRange(min=0), default=5.0, show_default=True,
              help="Seconds without a change after which a file is complete.")  # fmt: skip
@stale_option
@workflow_option
@running_options
def watch(
    target: Path, poll: float, quiet_for: float, stale: str, workflow: str | None, options: RunningOptions
) -> int:
    """Run, and go on with items as they arrive, until Ctrl-C."""
    batch = options.apply(calls.load(target, workflow))
    return watch_and_show(batch, options, Watching(poll, quiet_for, stale))


def watch_and_show(
    batch: Batch, options: RunningOptions, watching: Watching, *, selection: Selection | None = None
) -> int:
    """Watch a batch's items; failed ones are not run again unless their inputs change."""
    workflow = batch.definition.workflow
    known = files_of(batch.definition.out, workflow.name)
    source = SettledItems(
        batch.definition.source, watching.quiet_for, workflow.complete, known, parse_duration(watching.stale)
    )
    watched = Batch(replace(batch.definition, source=source))
    selection = replace(selection or options.selection(watched), leave_failed=True)
    if options.dry_run:
        return run_and_show(batch, selection, options)
    return run_and_show(watched, selection, options, watch=watching.poll)
