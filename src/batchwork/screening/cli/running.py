"""``screening run``: a workflow over the images of a plate."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from batchwork.cli.options import RunningOptions, running_options
from batchwork.engine.exits import DONE, FAILED
from batchwork.screening.cli.options import setting_options

if TYPE_CHECKING:
    from batchwork.engine.definition import Definition
    from batchwork.engine.workflow import Workflow
    from batchwork.screening.cli.settings import Asked

_path = click.Path(path_type=Path)
_SHOWN = 5
"""Strange files that are named, at most."""


@click.command()
@click.argument("workflow")
@click.option("--input", "--input-folder", "--input_folder", "input_folder", type=_path, metavar="DIR", help="Images.")
@click.option("--folder", type=_path, metavar="DIR", help="Results.")
@click.option("-c", "--config", type=_path, metavar="FILE", help="Settings: YAML, or lines KEY = VALUE.")
@click.option("--channel-mapping", "--channel_mapping", type=_path, metavar="FILE",
              help="Channel to role; channel_mapping.json beside the images by default.")  # fmt: skip
@click.option("--outliers", type=_path, metavar="FILE.csv", help="Images marked by hand: filename, label (1, 0, -1).")
@click.option("--plate-map", "--plate_map", type=_path, metavar="FILE.csv",
              help="What stands in which well: well, condition, control (mock, background), cohort.")  # fmt: skip
@click.option("--naming", default="", metavar="NAME|REGEX", help="How files are named; found out by default.")
@click.option("--force-recompute", "--force_recompute", is_flag=True, help="Also what is up to date.")
@click.option("--ignore-invalid-inputs", "--ignore_invalid_inputs", is_flag=True,
              help="End with 0 though images cannot be used.")  # fmt: skip
@click.option("--ignore-failed-outputs", "--ignore_failed_outputs", is_flag=True,
              help="End with 0 though steps have failed.")  # fmt: skip
@setting_options
@running_options
def run(
    workflow: str,
    input_folder: Path | None,
    folder: Path | None,
    config: Path | None,
    channel_mapping: Path | None,
    outliers: Path | None,
    plate_map: Path | None,
    naming: str,
    force_recompute: bool,
    ignore_invalid_inputs: bool,
    ignore_failed_outputs: bool,
    options: RunningOptions,
    **given: object,
) -> int:
    """Run WORKFLOW over the images of a plate; what is up to date is not run again.

    WORKFLOW is one of cell_analysis, instance_analysis_workflow1, instance_analysis_workflow2 and
    pixel_analysis_workflow1.
    """
    from batchwork.screening.cli.batches import workflow_named
    from batchwork.screening.cli.settings import Asked, settings_of

    flow = workflow_named(workflow)
    params, of_file, passed = settings_of(flow, config, given)
    asked = Asked(
        input_folder, folder, channel_mapping, outliers, plate_map, naming, None, None,
        force_recompute, ignore_invalid_inputs, ignore_failed_outputs,
    ).over(of_file)  # fmt: skip
    for key in passed:
        click.echo(f"{config}: '{key}' means nothing here and is passed over", err=True)
    return _run(flow, params, asked, options)


def _run(flow: "Workflow", params: dict[str, dict[str, object]], asked: "Asked", options: RunningOptions) -> int:
    from batchwork.cli.running import run_and_show
    from batchwork.screening.cli.batches import PlateRun, enter_outliers, mapping_of, stand_in
    from batchwork.screening.plates.naming import open_folder

    if asked.input_folder is None or asked.folder is None:
        raise click.UsageError("give --input, the folder of the images, and --folder, that of the results")
    plate = open_folder(asked.input_folder, asked.naming)
    for name in plate.others[:_SHOWN]:
        click.echo(f"{name}: is not named as the images of this plate ({plate.scheme.name}); left out", err=True)
    _give(flow, params, "mapping", mapping_of(plate, asked.channel_mapping))
    if asked.plate_map is not None:
        _give_controls(flow, params, asked.plate_map)
    run = PlateRun(flow, plate, asked.folder, params, asked.workers, asked.gpus or "none")
    batch = options.apply(run.definition())
    instead = stand_in(flow, params)
    if instead and not options.quiet:
        click.echo(instead, err=True)
    if asked.outliers is not None and not options.dry_run:
        enter_outliers(batch.definition, asked.outliers)
    code = run_and_show(batch, replace(options, force=options.force or asked.force_recompute).selection(batch), options)
    return code if options.dry_run else _forgiven(code, batch.definition, asked)


def _give(flow: "Workflow", params: dict[str, dict[str, object]], name: str, value: object) -> None:
    """Give a parameter to every step that has it."""
    for step in flow.steps:
        if any(parameter.name == name for parameter in step.parameters):
            params.setdefault(step.name, {})[name] = value


def _give_controls(flow: "Workflow", params: dict[str, dict[str, object]], path: Path) -> None:
    """Take mock and background wells from a plate map, where it names any."""
    from batchwork.screening.plates.tables import read_plate_map, wells_that_are

    plate_map = read_plate_map(path)
    _give(flow, params, "plate_map", str(path.absolute()))
    for name, control in (("mock_wells", "mock"), ("background_wells", "background")):
        wells = wells_that_are(plate_map, control)
        if wells:
            _give(flow, params, name, list(wells))


def _forgiven(code: int, definition: "Definition", asked: "Asked") -> int:
    """End with 0 if all that failed is what the user wants to be passed over."""
    if code != FAILED:
        return code
    from batchwork.screening.cli.outcome import failed_classes

    invalid, others = failed_classes(definition.out, definition.workflow.name)
    passed = (not invalid or asked.ignore_invalid_inputs) and (not others or asked.ignore_failed_outputs)
    return DONE if passed else code
