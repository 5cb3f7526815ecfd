"""The steps of screening and the workflows that they make; heavy libraries load when a step runs.

Several workflows may share a folder, so each has outputs of its own.
"""

from collections.abc import Callable, Mapping

from batchwork.engine.steps import Resources, step
from batchwork.engine.workflow import AnyStep, Workflow
from batchwork.screening.workflow import instances, judging, pixels, plate, scoring, sites

_QUALITY = {"summary": "{}/quality.json", "wells": "{}/quality.csv"}
_REVIEW = {"table": "{}/review.csv", "pictures": "{}/review/"}
_TABLES = {"scores": "{}/scores.csv", "images": "{}/images.csv", "picture": "{}/plate.png"}


def _site_step(function: Callable[..., None], suffix: str, *, version: str = "1", on_gpu: bool = False) -> AnyStep:
    """Declare a step whose output is the container of a site."""

    def outputs(params: Mapping[str, object]) -> str:
        return f"{{stem}}{suffix}.n5/" if params["container"] == "n5" else f"{{stem}}{suffix}.h5"

    resources = Resources(gpu="optional" if on_gpu else "none")
    return step(name="segment", outputs=outputs, version=version, resources=resources)(function)


def _below(name: str, templates: Mapping[str, str]) -> dict[str, str]:
    """Put outputs into a workflow's own folder."""
    return {title: template.format(name) for title, template in templates.items()}


def _by_cells(name: str, outlined: AnyStep) -> tuple[AnyStep, ...]:
    """Declare the steps of a workflow that scores cells."""
    return (
        outlined,
        step(name="measure", outputs=f"{name}/sites/{{stem}}.h5", version="3")(sites.measure),
        step(name="gather", over="well", outputs=f"{name}/gathered/{{group}}.h5", reads=("outlier",), version="1")(
            plate.gather
        ),
        step(name="calibrate", over="batch", outputs=f"{name}/plate.json", version="2")(plate.calibrate),
        step(name="looks", over="batch", outputs=f"{name}/looks.json", version="1")(scoring.looks),
        step(name="learn", over="batch", outputs=f"{name}/learned.json", version="1", resources=Resources(cpus=2))(
            scoring.learn
        ),
        step(name="twins", over="batch", outputs=f"{name}/twins.json", version="3")(scoring.twins),
        step(name="score", over="well", outputs=f"{name}/wells/{{group}}.h5", version="3")(plate.score),
        step(name="summarise", over="well", outputs=f"{name}/summaries/{{group}}.json", version="1")(plate.summarise),
        step(name="tables", over="batch", outputs=_below(name, _TABLES), version="2")(plate.tables),
        step(name="picture", over="well", outputs=f"{name}/pictures/{{group}}.png", version="2")(plate.picture),
    )


def _by_pixels(name: str, suffix: str) -> tuple[AnyStep, ...]:
    """Declare the steps of a workflow that scores pixels."""
    return (
        _site_step(pixels.predict, suffix, version="2"),
        step(name="measure", outputs=f"{name}/sites/{{stem}}.h5", version="2")(pixels.measure_pixels),
        step(name="score", over="well", outputs=f"{name}/wells/{{group}}.h5", reads=("outlier",), version="1")(
            pixels.score_pixels
        ),
        step(name="summarise", over="well", outputs=f"{name}/summaries/{{group}}.json", version="1")(plate.summarise),
        step(name="tables", over="batch", outputs=_below(name, _TABLES), version="2")(plate.tables),
    )


def _judged(name: str) -> tuple[AnyStep, ...]:
    """Declare the steps that judge a plate of cells."""
    return (
        step(name="inspect", outputs=f"{name}/inspections/{{stem}}.json", version="1")(judging.inspect),
        step(name="quality", over="batch", outputs=_below(name, _QUALITY), version="1")(judging.quality),
        step(
            name="review",
            over="batch",
            outputs=_below(name, _REVIEW),
            reads=("outlier",),
            version="2",
        )(judging.review),
    )


CELLS, INSTANCES1, INSTANCES2 = "cell_analysis", "instance_analysis_workflow1", "instance_analysis_workflow2"
PIXELS = "pixel_analysis_workflow1"

_cells = _by_cells(CELLS, _site_step(sites.segment, ""))
_instances1 = _by_cells(INSTANCES1, _site_step(instances.segment_by_project, "_instance1"))
_instances2 = _by_cells(INSTANCES2, _site_step(instances.segment_by_network, "_instance2", on_gpu=True))
_pixels = _by_pixels(PIXELS, "_pixel1")

# every step has a name at the top level, by which the processes that run it find it
segment, measure, gather, calibrate, looks, learn, twins, score, summarise, tables, picture = _cells
inspect, quality, review = _judged(CELLS)
segment_i1, measure_i1, gather_i1, calibrate_i1, looks_i1, learn_i1, twins_i1 = _instances1[:7]
score_i1, summarise_i1, tables_i1, picture_i1 = _instances1[7:]
segment_i2, measure_i2, gather_i2, calibrate_i2, looks_i2, learn_i2, twins_i2 = _instances2[:7]
score_i2, summarise_i2, tables_i2, picture_i2 = _instances2[7:]
segment_p1, measure_p1, score_p1, summarise_p1, tables_p1 = _pixels

_SHOWN = ("outlier",)
cell_analysis = Workflow(CELLS, [segment, inspect, *_cells[1:], quality, review], _SHOWN)
instance_analysis_workflow1 = Workflow(INSTANCES1, _instances1, _SHOWN)
instance_analysis_workflow2 = Workflow(INSTANCES2, _instances2, _SHOWN)
pixel_analysis_workflow1 = Workflow(PIXELS, _pixels, _SHOWN)

WORKFLOWS: Mapping[str, Workflow] = {
    flow.name: flow
    for flow in (cell_analysis, instance_analysis_workflow1, instance_analysis_workflow2, pixel_analysis_workflow1)
}
