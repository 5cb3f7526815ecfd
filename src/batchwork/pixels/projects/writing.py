"""Project files written in ilastik's layout."""

import os
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import h5py
import numpy as np
from numpy.typing import NDArray

from batchwork.pixels.errors import UnwritableProject
from batchwork.pixels.images.axistags import to_axistags
from batchwork.pixels.kernels.growing import TREES
from batchwork.pixels.kernels.selection import FeatureSelection
from batchwork.pixels.projects.model import DatasetInfo, ExportSettings, LabelBlock, Project, Stage
from batchwork.pixels.projects.writing_forests import write_classifier

VERSION = "1.4.0"
"""Version of ilastik whose layout is written."""

_TRAINING_APPLET = 2
_NO_BOOKMARKS = b"(lp0\n."
_VIGRA = b"clazyflow.classifiers.parallelVigraRfLazyflowClassifier\nParallelVigraRfLazyflowClassifier\np0\n."
_FACTORY = (
    "ccopy_reg\n_reconstructor\np0\n(clazyflow.classifiers.parallelVigraRfLazyflowClassifier\n"
    "ParallelVigraRfLazyflowClassifierFactory\np1\nc__builtin__\nobject\np2\nNtp3\nRp4\n(dp5\nVVERSION\np6\nI2\n"
    "sV_num_trees\np7\nI{trees}\nsV_label_proportion\np8\nNsV_variable_importance_path\np9\n"
    "NsV_variable_importance_enabled\np10\nI00\nsV_kwargs\np11\n(dp12\nsV_num_forests\np13\nI1\nsb."
)
"""What ilastik stores as its kind of classifier; it reads this text, we never do."""
_ROLES = ("Raw Data", "Prediction Mask")


def write_project(path: Path, project: Project) -> None:
    """Write a project; it appears whole or not at all.

    Parameters
    ----------
    path : Path
        Where to; an existing file is replaced.
    project : Project
        What to write. Data that it embeds is copied from its own file, `Project.path`.

    Raises
    ------
    UnwritableProject
        If the file cannot be written.
    """
    with replacing(path) as file:
        for name, value in (("workflowName", project.workflow), ("ilastikVersion", project.version)):
            file[name] = value.encode()
        file["time"] = time.ctime().encode()
        file["currentApplet"] = np.int64(_TRAINING_APPLET)
        _write_inputs(file.create_group("Input Data"), project)
        for number, stage in enumerate(project.stages):
            end = f"{number:02d}" if number else ""
            _write_selection(file.create_group(f"FeatureSelections{end}"), stage.selection)
            _write_stage(file.create_group(f"PixelClassification{end}"), stage, _axes_by_lane(project))
        _write_export(file.create_group("Prediction Export"), project.export)


@contextmanager
def replacing(path: Path) -> Iterator[h5py.File]:
    """Open a new HDF5 file, held in memory, that takes its place only when all is written.

    HDF5 itself crashes where it finds the disk full.

    Raises
    ------
    UnwritableProject
        If it cannot be written; what stood there stays.
    """
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with h5py.File(partial, "w", driver="core", backing_store=False) as file:
            yield file
            file.flush()
            partial.write_bytes(file.id.get_file_image())
        partial.replace(path)
    except OSError as error:
        raise UnwritableProject.at(path, f"cannot be written ({error})") from error
    finally:
        with suppress(OSError):
            partial.unlink(missing_ok=True)


def _axes_by_lane(project: Project) -> dict[int, str]:
    return {info.lane: info.axes for info in project.inputs if info.role == _ROLES[0]}


def _write_inputs(group: h5py.Group, project: Project) -> None:
    group["Role Names"] = [role.encode() for role in _ROLES]
    group["StorageVersion"] = b"0.2"
    group.create_group("local_data")
    for info in project.inputs:
        lane = group.require_group(f"infos/lane{info.lane:04d}")
        for role in _ROLES:
            lane.require_group(role)
        _write_input(lane[info.role], info, project)
    group.require_group("infos")


def _write_input(group: h5py.Group, info: DatasetInfo, project: Project) -> None:
    number = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{info.lane}/{info.role}/{info.file_path}"))
    if info.inner_path is not None:
        kind = "ProjectInternalDatasetInfo"
        with h5py.File(project.path, "r") as source:
            source.copy(info.inner_path, group.file["Input Data/local_data"], number)
        group["inner_path"] = f"Input Data/local_data/{number}".encode()
    else:
        kind = "FilesystemDatasetInfo" if Path(info.file_path).is_absolute() else "RelativeFilesystemDatasetInfo"
    stored = {"__class__": kind, "filePath": info.file_path, "nickname": info.nickname, "location": info.location}
    stored |= {"datasetId": number, "axistags": to_axistags(info.axes), "display_mode": "default", "working_scale": ""}
    for name, value in stored.items():
        group[name] = value.encode()
    for name, flag in (("allowLabels", True), ("normalizeDisplay", False), ("scale_locked", False)):
        group[name] = flag
    group["shape"] = np.array(info.shape, np.int64)


def _write_selection(group: h5py.Group, selection: FeatureSelection | None) -> None:
    group["StorageVersion"] = b"0.1"
    if selection is None:
        return
    group["FeatureIds"] = np.array([feature.value.encode() for feature in selection.features])
    group["Scales"] = np.array(selection.scales, np.float64)
    group["SelectionMatrix"] = np.array(selection.ticked, bool)
    if selection.in_2d is not None:
        group["ComputeIn2d"] = np.array(selection.in_2d, bool)


def _write_stage(group: h5py.Group, stage: Stage, axes: dict[int, str]) -> None:
    group["StorageVersion"] = b"0.1"
    trees = stage.classifier.forest.trees if stage.classifier else TREES
    group["ClassifierFactory"] = _FACTORY.format(trees=trees).encode()
    group["Bookmarks/0000"] = np.void(_NO_BOOKMARKS)
    group["Bookmarks/0000"].attrs["version"] = np.int64(1)
    _write_list(group, "LabelNames", np.array([name.encode() for name in stage.label_names] or [b""]), stage)
    for name, colors in (("LabelColors", stage.label_colors), ("PmapColors", stage.probability_colors)):
        _write_list(group, name, np.array(colors or [(0, 0, 0)], np.int64), stage)
    sets = group.create_group("LabelSets")
    for lane, blocks in enumerate(stage.labels):
        _write_blocks(sets.create_group(f"labels{lane:03d}"), blocks, axes[lane])
    if stage.classifier is not None:
        forests = group.create_group("ClassifierForests")
        write_classifier(forests, stage.classifier)
        forests["pickled_type"] = _VIGRA


def _write_list(group: h5py.Group, name: str, values: NDArray[np.generic], stage: Stage) -> None:
    group[name] = values
    group[name].attrs["isEmpty"] = not stage.label_names


def _write_blocks(group: h5py.Group, blocks: tuple[LabelBlock, ...], axes: str) -> None:
    for number, block in enumerate(blocks):
        dataset = group.create_dataset(f"block{number:04d}", data=block.values, compression="gzip")
        spans = zip(block.start, block.values.shape, strict=True)
        dataset.attrs["blockSlice"] = f"[{','.join(f'{start}:{start + size}' for start, size in spans)}]"
        dataset.attrs["axistags"] = to_axistags(axes)


def _write_export(group: h5py.Group, export: ExportSettings) -> None:
    group["StorageVersion"] = b"0.1"
    texts = {
        "OutputFilenameFormat": export.filename_format,
        "OutputFormat": export.format,
        "OutputInternalPath": export.internal_path,
        "OutputAxisOrder": export.axis_order,
        "ExportDtype": export.dtype,
    }
    for name, text in texts.items():
        if text is not None:
            group[name] = text.encode()
    _write_region(group, export)
    for ends, names in (
        (export.input_range, ("InputMin", "InputMax")),
        (export.output_range, ("ExportMin", "ExportMax")),
    ):
        for name, end in zip(names, ends or (), strict=False):
            group[name] = end


def _write_region(group: h5py.Group, export: ExportSettings) -> None:
    """Write a cut-out; -1 stands for an end that is not given."""
    for name, corner in (("RegionStart", export.region_start), ("RegionStop", export.region_stop)):
        if corner is not None:
            group[name] = np.array([-1 if at is None else at for at in corner], np.int64)
