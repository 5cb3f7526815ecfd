"""What a project file holds."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from batchwork.pixels.errors import MissingClassifier, MissingFeatures, ProjectError
from batchwork.pixels.kernels.classifier import Classifier
from batchwork.pixels.kernels.forest import Forest
from batchwork.pixels.kernels.selection import FeatureSelection


@dataclass(frozen=True, slots=True)
class DatasetInfo:
    """One input of a project, as it was when the project was saved."""

    lane: int
    """Inputs of one lane belong together."""
    role: str
    """Raw Data or Prediction Mask."""
    nickname: str
    """The name shown to the user, used in names of outputs."""
    location: str
    """Where the data is: FileSystem, or ProjectInternal."""
    file_path: str
    """File, or files, as stored; with the inner path of a container behind it, as in ``a.h5/volume``."""
    axes: str
    """A letter per dimension out of t, z, y, x, c."""
    shape: tuple[int, ...]
    """Size along these axes; empty where the project does not say."""
    inner_path: str | None
    """Path in the project file of data that it embeds."""

    @property
    def channels(self) -> int | None:
        """Number of channels, or None where the project does not say."""
        sizes = dict(zip(self.axes, self.shape, strict=False))
        return sizes.get("c", 1) if self.shape else None


@dataclass(frozen=True, slots=True, eq=False)
class LabelBlock:
    """A box of brush strokes."""

    start: tuple[int, ...]
    """First pixel along each axis of the input."""
    values: NDArray[np.uint8]
    """Class of each pixel, from 1 on; 0 where nothing is drawn."""


@dataclass(frozen=True, slots=True)
class ExportSettings:
    """What the project's export applet is set to; None where it says nothing."""

    filename_format: str | None = None
    format: str | None = None
    internal_path: str | None = None
    axis_order: str | None = None
    dtype: str | None = None
    region_start: tuple[int | None, ...] | None = None
    """First pixel along each axis of the result; None within it means from the beginning."""
    region_stop: tuple[int | None, ...] | None = None
    """Pixel after the last; None within it means to the end."""
    input_range: tuple[float, float] | None = None
    """Values that are mapped to `output_range`."""
    output_range: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class StoredClassifier:
    """A trained forest and the classes that it knows."""

    forest: Forest
    known_labels: tuple[int, ...]
    """Label of each class of the forest, from 1 on."""
    feature_names: tuple[str, ...]
    """Names of the columns; empty in old projects."""
    samples: NDArray[np.float64]
    """(leaves,) Rows that ended in each leaf when the forest was trained."""


@dataclass(frozen=True, slots=True, eq=False)
class Stage:
    """One pixel classification; autocontext has two, the later one sees the probabilities of the earlier."""

    selection: FeatureSelection | None
    """None where no features were chosen."""
    classifier: StoredClassifier | None
    """None where nothing was trained, or what was trained cannot be read."""
    refusal: ProjectError | None
    """Why there is a classifier that cannot be used."""
    label_names: tuple[str, ...]
    label_colors: tuple[tuple[int, int, int], ...]
    """Red, green and blue of each label, 0 to 255."""
    probability_colors: tuple[tuple[int, int, int], ...]
    """The same, for the display of probabilities."""
    labels: tuple[tuple[LabelBlock, ...], ...]
    """Brush strokes of each lane."""


@dataclass(frozen=True, slots=True, eq=False)
class Project:
    """A project file."""

    path: Path
    workflow: str
    """Name of ilastik's workflow."""
    version: str
    """Version of ilastik that saved it."""
    inputs: tuple[DatasetInfo, ...]
    stages: tuple[Stage, ...]
    """In the order in which they are computed; empty in projects of other workflows."""
    export: ExportSettings

    def classifiers(self) -> tuple[Classifier, ...]:
        """Give what is needed to predict, stage by stage.

        Raises
        ------
        MissingFeatures, MissingClassifier, ForeignClassifier
            If a stage cannot predict; the text says what to do.
        """
        return tuple(self._classifier(number) for number in range(len(self.stages)))

    def _classifier(self, number: int) -> Classifier:
        stage = self.stages[number]
        which = f" in stage {number + 1}" if len(self.stages) > 1 else ""
        if stage.refusal is not None:
            raise stage.refusal
        if stage.selection is None or not stage.selection.used_scales():
            raise MissingFeatures.at(self.path, f"no features are selected{which}; select some in ilastik and train")
        if stage.classifier is None:
            raise MissingClassifier.at(
                self.path,
                f"holds no trained classifier{which}; open it in ilastik, train (Live Update) and save, "
                "or train from its labels with `batchwork pixels train --from`",
            )
        known = stage.classifier.known_labels
        return Classifier(
            selection=stage.selection,
            forest=stage.classifier.forest,
            labels=known,
            classes=max(len(stage.label_names), *known),
        )
