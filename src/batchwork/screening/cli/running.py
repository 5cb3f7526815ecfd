"""``screening run``: a workflow over the images of a plate."""

from pathlib import Path

import click

from batchwork.cli.options import RunningOptions, running_options
from batchwork.screening.cli.options import APART, setting_options

_path = click.Path(path_type=Path)


@click.command()
@click.argument("workflow")
@click.option("--input", "--input-folder", "--input_folder", "input_folder", type=_path, metavar="DIR", help="Images.")
@click.option("--folder", type=_path, metavar="DIR", help="Results.")
@click.option("-c", "--config", type=_path, metavar="FILE", help="Settings: YAML, or lines KEY = VALUE.")
@click.option("--channel-mapping", "--channel_mapping", type=_path, metavar="FILE",
              help="Channel to role; channel_mapping.json beside the images by default.")  # fmt: skip
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
    from batchwork.cli.running import run_and_show
    from batchwork.screening.cli.batches import PlateRun, mapping_of, workflow_named
    from batchwork.screening.cli.options import params_from
    from batchwork.screening.plates.naming import open_folder

    flow = workflow_named(workflow)
    if input_folder is None or folder is None:
        raise click.UsageError("give --input, the folder of the images, and --folder, that of the results")
    plate = open_folder(input_folder, naming)
    told = {name: value for name, value in given.items() if value is not None and name not in APART}
    params = params_from(flow, told, "--{}")
    mapping = mapping_of(plate, channel_mapping)
    for step in flow.steps:
        if any(parameter.name == "mapping" for parameter in step.parameters):
            params.setdefault(step.name, {})["mapping"] = mapping
    definition = PlateRun(flow, plate, folder, params).definition()
    batch = options.apply(definition)
    return run_and_show(batch, options.selection(batch), options)
