"""From options and a project to the results that are asked for."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from batchwork.errors import BatchworkError, ConfigError, OutputCollisionError
from batchwork.io.fingerprints import content_hash
from batchwork.pixels.cli.options import Asked
from batchwork.pixels.exporting.formats import Format, parse_format
from batchwork.pixels.exporting.names import extent_fields, name_result, needs_extent
from batchwork.pixels.exporting.options import ExportOptions, ResultType, parse_range
from batchwork.pixels.exporting.regions import Extent, cut_out_of, parse_cut_out
from batchwork.pixels.inputs import Chosen, find_inputs
from batchwork.pixels.jobs import Job

if TYPE_CHECKING:
    from batchwork.pixels.projects import Project

_TEMPLATE = "{dataset_dir}/{nickname}_{result_type}"


@dataclass(frozen=True, slots=True)
class Wanted:
    """One result: of which image, to which file."""

    chosen: Chosen
    job: Job
    path: Path

    @property
    def files(self) -> list[Path]:
        """All files that it is made from, beside the project."""
        mask = [] if self.job.mask is None else find_inputs([self.job.mask])[0].files
        return [*self.chosen.files, *mask]


def wanted_results(asked: Asked) -> list[Wanted]:
    """Work out all results of a command.

    Raises
    ------
    ConfigError
        If an option cannot be used, or no image is named.
    OutputCollisionError
        If two results would go to one file, or one over an image.
    ProjectError
        If the project cannot be used.
    """
    from batchwork.pixels.projects import read_project

    if not asked.words:
        raise ConfigError("no image is named; write batchwork pixels predict --project P.ilp FILE...")
    project = read_project(asked.project)
    export, kind, result = _export(asked, project)
    common = _CommonFields(asked, project, export, kind, result)
    found = [one for chosen, mask in _with_masks(asked) for one in common.results(chosen, mask)]
    _check_paths(found)
    return found


def _export(asked: Asked, project: "Project") -> tuple[ExportOptions, Format, ResultType]:
    """Settle the form of the results: what the user says, else what the project says."""
    own = project.export
    result = ResultType.parse(asked.export_source or "Probabilities", len(project.stages))
    if result.kind not in {"Features", "Labels", "Input"} or result.stage not in {None, 1}:
        project.classifiers()
    kind = parse_format(asked.output_format or own.format or "hdf5")
    stored = (own.input_range, own.output_range) if own.input_range and own.output_range else (None, None)
    given = (asked.pipeline_result_drange, asked.export_drange)
    ranges = [parse_range(text) if text else before for text, before in zip(given, stored, strict=True)]
    options = ExportOptions(
        export_source=result.name,
        output_format=kind.name,
        output_internal_path=asked.output_internal_path or own.internal_path or "exported_data",
        output_axis_order=asked.output_axis_order or own.axis_order or None,
        export_dtype=asked.export_dtype or own.dtype or None,
        pipeline_result_drange=ranges[0],
        export_drange=ranges[1],
    )
    return options, kind, result


def _with_masks(asked: Asked) -> Iterator[tuple[Chosen, str | None]]:
    chosen, masks = find_inputs(asked.words, asked.stack_along), asked.prediction_mask
    if len(masks) > 1 and len(masks) != len(chosen):
        raise ConfigError(f"{len(masks)} prediction masks for {len(chosen)} images; give one for all, or one for each")
    for number, one in enumerate(chosen):
        mask = masks[number if len(masks) > 1 else 0] if masks else None
        yield one, None if mask is None else str(Path(mask).expanduser().absolute())


class _CommonFields:
    """What all results of a command have in common."""

    def __init__(
        self, asked: Asked, project: "Project", export: ExportOptions, kind: Format, result: ResultType
    ) -> None:
        self._kind, self._result = kind, result
        self._template = asked.output_filename_format or project.export.filename_format or _TEMPLATE
        stored = cut_out_of(project.export.region_start, project.export.region_stop)
        self._cut_outs = asked.cutout_subregion or ((stored,) if stored else ())
        for text in self._cut_outs:
            parse_cut_out(text)
        axes, _, mask_axes = (asked.input_axes or "").partition(",")
        raw = [info.axes for info in project.inputs if info.role == "Raw Data" and info.axes]
        self._job = Job(
            project=str(project.path.absolute()),
            digest=content_hash(project.path),
            locations=(),
            export=export,
            axes=axes or None,
            default_axes=raw[-1] if raw and not asked.ignore_training_axistags else None,
            mask_axes=mask_axes or None,
        )

    def results(self, chosen: Chosen, mask: str | None) -> Iterator[Wanted]:
        """Give the results of one image: one, or one for each cut-out."""
        for cut_out in self._cut_outs or (None,):
            job = replace(self._job, locations=chosen.locations, along=chosen.along, mask=mask, cut_out=cut_out)
            fields: dict[str, object] = {
                "dataset_dir": str(chosen.files[0].parent),
                "nickname": chosen.nickname,
                "result_type": self._result.name,
            }
            if needs_extent(self._template):
                fields.update(_extent_of(job, self._result))
            named = name_result(self._template, fields, self._kind)
            yield Wanted(chosen, replace(job, slice_name=named.slice_name), named.path)


def _extent_of(job: Job, result: ResultType) -> dict[str, object]:
    """Give the placeholders of the part that is exported; of an image that cannot be read what the user wrote."""
    from batchwork.pixels.axes import result_axes
    from batchwork.pixels.exporting.exporting import ImageInput
    from batchwork.pixels.exporting.results import channels_of
    from batchwork.pixels.jobs import project_at

    image = ImageInput(job.locations, job.along, job.axes, job.default_axes)
    try:
        with image.open() as opened:
            axes = result_axes(opened.axes)
            channels = channels_of(result, project_at(job.project, job.digest), opened.source.shape)
            shape = (*opened.source.shape[:4], channels)
            extent = parse_cut_out(job.cut_out).resolve(shape, axes) if job.cut_out else Extent.whole(shape)
    except BatchworkError:
        return {"roi": job.cut_out or "unknown"}
    return {"roi": extent.roi(axes), **extent_fields("tzyxc", extent.span)}


def _check_paths(results: list[Wanted]) -> None:
    """See that each result has a file of its own, and none that it is made from."""
    sources = {file for one in results for file in one.files}
    holders: dict[Path, Wanted] = {}
    for one in results:
        if one.path in sources:
            raise OutputCollisionError(f"{one.path}: the result would take the place of an image; choose another name")
        other = holders.setdefault(one.path, one)
        if other is not one:
            raise OutputCollisionError(
                f"{one.path}: the results of {_told(other)} and of {_told(one)} would both go there; "
                "use {nickname}, {dataset_dir} or {x_start} in --output_filename_format to tell them apart"
            )


def _told(one: Wanted) -> str:
    return one.chosen.word + (f" {one.job.cut_out}" if one.job.cut_out else "")
