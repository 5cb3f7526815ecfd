"""Commands that run work, or say what would run."""

import json
from pathlib import Path

import click

from batchwork.cli.common import workflow_option
from batchwork.cli.display import Display, show_plan
from batchwork.cli.options import RunningOptions, running_options
from batchwork.engine.batch import Batch
from batchwork.engine.plans import Selection
from batchwork.engine.running import plan_batch, run_batch
from batchwork.service import calls

target_argument = click.argument("target", metavar="CONFIG|DIR", type=click.Path(path_type=Path))


@click.command()
@target_argument
@workflow_option
@running_options
def run(target: Path, workflow: str | None, options: RunningOptions) -> int:
    """Run what is not up to date, failed tasks included."""
    batch = options.apply(calls.load(target, workflow))
    return run_and_show(batch, options.selection(batch), options)


@click.command()
@target_argument
@workflow_option
@running_options
def plan(target: Path, workflow: str | None, options: RunningOptions) -> int:
    """Say what would run and why; writes nothing."""
    batch = options.apply(calls.load(target, workflow))
    show_plan(plan_batch(batch.definition, options.selection(batch)), as_json=options.json)
    return 0


@click.command()
@click.argument("target", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--class", "error_class", metavar="C", help="Only failures of this class.")
@workflow_option
@running_options
def retry(target: Path, error_class: str | None, workflow: str | None, options: RunningOptions) -> int:
    """Run failed tasks again, and those that were set aside."""
    batch = options.apply(calls.load(target, workflow))
    chosen = options.selection(batch)
    selection = Selection(chosen.steps, chosen.items, failed_only=True, error_class=error_class)
    return run_and_show(batch, selection, options)


def run_and_show(batch: Batch, selection: Selection, options: RunningOptions, *, watch: float | None = None) -> int:
    """Run a batch with progress on standard error and the result on standard output; give the exit code."""
    if options.dry_run:
        show_plan(plan_batch(batch.definition, selection), as_json=options.json)
        return 0
    report = run_batch(batch.definition, selection, Display(quiet=options.quiet), watch=watch)
    out, name = batch.definition.out, batch.definition.workflow.name
    if options.json:
        from batchwork.service.status import status

        click.echo(json.dumps(status(out, name)))
        return report.exit_code
    counts = ", ".join(f"{count} {state}" for state, count in report.counts.items())
    click.echo(f"Batch execution: {report.ran} {'task' if report.ran == 1 else 'tasks'} run; items: {counts}")
    for failure in report.failures:
        click.echo(f"  {failure.key}  {failure.step}  {failure.kind}: {failure.message}")
    if report.outcome == "interrupted":
        click.echo("Interrupted; run again to go on.", err=True)
    click.echo(f"Results saved to {out}")
    return report.exit_code
