"""Reading of project files, versions 1.2 to 1.4."""

from pathlib import Path

import h5py

from batchwork.pixels.errors import ForeignClassifier, NotAProject
from batchwork.pixels.projects.features import read_selection
from batchwork.pixels.projects.forests import read_classifier
from batchwork.pixels.projects.hdf5 import group, open_project, text, texts
from batchwork.pixels.projects.inputs import read_export, read_inputs
from batchwork.pixels.projects.labels import read_colors, read_labels
from batchwork.pixels.projects.model import Project, Stage

_STAGES = ("PixelClassification", "FeatureSelections")


def read_project(path: Path | str) -> Project:
    """Read a project of pixel classification or autocontext.

    Parameters
    ----------
    path : Path or str
        An ``.ilp`` file.

    Returns
    -------
    Project
        Also of a project that was never trained; what is missing is told by `Project.classifiers`.

    Raises
    ------
    MissingProject, NotAProject, DamagedProject
        If the file is none, is no project of pixel classification, or contradicts itself.
    """
    path = Path(path)
    with open_project(path) as file:
        numbers = [end for end in ("", *(f"{n:02d}" for n in range(1, 10))) if f"{_STAGES[0]}{end}" in file]
        if not numbers:
            workflow = text(file, "workflowName") or "unknown"
            raise NotAProject.at(path, f"holds no pixel classification (its workflow is {workflow!r})")
        return Project(
            path=path,
            workflow=text(file, "workflowName") or "",
            version=text(file, "ilastikVersion") or "",
            inputs=read_inputs(file, path),
            stages=tuple(_read_stage(file, end, path) for end in numbers),
            export=read_export(group(file, "Prediction Export")),
        )


def _read_stage(file: h5py.File, end: str, path: Path) -> Stage:
    stage = file[_STAGES[0] + end]
    classifier, refusal = None, None
    try:
        classifier = read_classifier(group(stage, "ClassifierForests"), path)
    except ForeignClassifier as error:
        refusal = error
    return Stage(
        selection=read_selection(group(file, _STAGES[1] + end), path),
        classifier=classifier,
        refusal=refusal,
        label_names=texts(stage, "LabelNames"),
        label_colors=read_colors(stage, "LabelColors"),
        probability_colors=read_colors(stage, "PmapColors"),
        labels=read_labels(group(stage, "LabelSets"), path),
    )
