"""Training of a pixel classifier, and of the two that autocontext has."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from batchwork.errors import ParameterError
from batchwork.pixels.kernels.classifier import Classifier
from batchwork.pixels.kernels.growing import TREES, GrownForest, grow_forest
from batchwork.pixels.kernels.selection import FeatureSelection
from batchwork.pixels.prediction import Predictor
from batchwork.pixels.projects.model import LabelBlock, StoredClassifier
from batchwork.pixels.sources import StageSource
from batchwork.pixels.training.lanes import Lane
from batchwork.pixels.training.tables import TrainingTable, training_table


@dataclass(frozen=True, slots=True)
class Growth:
    """How a forest is grown."""

    trees: int = TREES
    seed: int = 0
    threads: int | None = None
    """They change nothing in the result."""


@dataclass(frozen=True, slots=True, eq=False)
class Trained:
    """One trained stage."""

    selection: FeatureSelection
    classifier: StoredClassifier
    table: TrainingTable
    """What it was trained on."""
    out_of_bag_error: float
    """Share of the labelled pixels that trees which did not see them judge wrongly; neighbours are alike, so it is
    lower than the error on other images."""
    importance: tuple[float, ...]
    """Of each column: how much its questions lower the Gini impurity."""

    def ready(self, classes: int) -> Classifier:
        """Give what predicts, with a result of this many channels."""
        stored = self.classifier
        return Classifier(self.selection, stored.forest, stored.known_labels, max(classes, *stored.known_labels))


def train(lanes: Sequence[Lane], selection: FeatureSelection, growth: Growth | None = None) -> Trained:
    """Train a classifier.

    Parameters
    ----------
    lanes : sequence of Lane
        Images and their labels.
    selection : FeatureSelection
        Which features.
    growth : Growth, optional
        Number of trees, seed and threads.

    Returns
    -------
    Trained
        The same bits for the same seed.

    Raises
    ------
    MissingLabels, ImageMismatch
        If there is nothing to learn, or an image cannot have these features.
    """
    if not selection.used_scales():
        raise ParameterError("no features are selected; choose at least one")
    growth, selection = growth or Growth(), _with_depth(selection, lanes)
    return trained_on(training_table(lanes, selection, threads=growth.threads), selection, growth)


def _with_depth(selection: FeatureSelection, lanes: Sequence[Lane]) -> FeatureSelection:
    """Say for each scale whether it is computed in 2D, where the selection leaves that to the image."""
    if selection.in_2d is not None or not lanes:
        return selection
    return replace(selection, in_2d=tuple(selection.flat_scales(volume=lanes[0].source.shape[1] > 1)))


def trained_on(table: TrainingTable, selection: FeatureSelection, growth: Growth) -> Trained:
    """Train on a table that is there already."""
    grown, known = grown_on(table, growth), table.known_labels
    stored = StoredClassifier(grown.forest, known, table.names, grown.samples.astype(np.float64))
    return Trained(selection, stored, table, grown.out_of_bag_error, tuple(grown.importance.tolist()))


def grown_on(table: TrainingTable, growth: Growth) -> GrownForest:
    """Grow a forest on a table; its classes are the labels that occur."""
    return grow_forest(
        table.values, table.classes, class_count=len(table.known_labels), trees=growth.trees, seed=growth.seed,
        threads=growth.threads,
    )  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class StagePlan:
    """What one stage of a project is trained with."""

    selection: FeatureSelection
    blocks: tuple[tuple[LabelBlock, ...], ...]
    """Labels of each lane."""
    classes: int
    """Number of labels that have names."""


def train_stages(lanes: Sequence[Lane], plans: Sequence[StagePlan], growth: Growth | None = None) -> list[Trained]:
    """Train stage after stage; each sees the images and the probabilities of the one before.

    Parameters
    ----------
    lanes : sequence of Lane
        The images; their labels come from the plans.
    plans : sequence of StagePlan
        One, or the two of autocontext.
    growth : Growth, optional
        Number of trees, seed and threads.
    """
    found: list[Trained] = []
    seen = list(lanes)
    for plan in plans:
        labelled = [replace(lane, blocks=blocks) for lane, blocks in zip(seen, plan.blocks, strict=True)]
        found.append(train(labelled, plan.selection, growth))
        earlier = [one.ready(of.classes) for one, of in zip(found, plans, strict=False)]
        seen = [replace(lane, source=staged(lane, earlier)) for lane in lanes]
    return found


def staged(lane: Lane, earlier: Sequence[Classifier]) -> StageSource:
    """Give what the stage after some others sees of an image."""
    predictor = Predictor.of(earlier, lane.source)
    return StageSource(predictor.sources[0], predictor.classes, predictor.probabilities)
