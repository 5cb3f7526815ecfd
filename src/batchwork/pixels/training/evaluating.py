"""How good a classifier is on places that it has not seen."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from batchwork.pixels.kernels.votes import forest_probabilities
from batchwork.pixels.training.folds import Folds, spatial_folds
from batchwork.pixels.training.lanes import Lane
from batchwork.pixels.training.tables import TrainingTable, training_table
from batchwork.pixels.training.training import Growth, StagePlan, grown_on, staged, trained_on

Held = Callable[[NDArray[np.int32]], NDArray[np.bool_]]


@dataclass(frozen=True, slots=True, eq=False)
class Evaluation:
    """What cross-validation over blocks has shown."""

    labels: tuple[int, ...]
    """Those that occur, from 1 on."""
    confusion: NDArray[np.int64]
    """(true, found) Labelled pixels."""
    folds: int
    side: int
    """Of the blocks that were held out, in pixels."""
    reach: int
    """Pixels that the features read beyond their own; wider than `side`, a block's neighbours know a bit of it."""

    @property
    def error(self) -> float:
        """Share of the labelled pixels that are judged wrongly."""
        return float(1 - np.trace(self.confusion) / self.confusion.sum())

    @property
    def recall(self) -> NDArray[np.float64]:
        """(labels,) Share of the pixels of each class that are found."""
        return np.asarray(np.diag(self.confusion) / self.confusion.sum(1))

    @property
    def precision(self) -> NDArray[np.float64]:
        """(labels,) Share of what is taken for each class that belongs to it; NaN where nothing is."""
        with np.errstate(invalid="ignore"):
            return np.asarray(np.diag(self.confusion) / self.confusion.sum(0))

    @property
    def balanced_error(self) -> float:
        """The mean error of the classes, each with the same weight."""
        return float(1 - self.recall.mean())


def evaluate(
    lanes: Sequence[Lane], plans: Sequence[StagePlan], growth: Growth | None = None, *, folds: int = 5
) -> Evaluation:
    """Evaluate a classifier, or the last of the two that autocontext has, by cross-validation over blocks.

    Parameters
    ----------
    lanes : sequence of Lane
        The images; their labels come from the plans.
    plans : sequence of StagePlan
        What each stage is trained with. Blocks that are held out are unknown to all stages.
    growth : Growth, optional
        Number of trees, seed and threads.
    folds : int, optional
        Parts that are held out in turn.

    Raises
    ------
    ParameterError
        If a class is drawn in one place only.
    """
    growth = growth or Growth()
    whole = _last_table(lanes, plans, growth, lambda places: np.zeros(len(places), bool))
    parts = spatial_folds(whole.places, whole.classes, folds)
    tables = _tables(lanes, plans, growth, whole, parts)
    confusion = confusion_of(tables, parts, growth)
    depth, halo = plans[-1].selection.halo(volume=lanes[0].source.shape[1] > 1)
    return Evaluation(whole.known_labels, confusion, parts.count, parts.side, max(depth, halo))


def _tables(
    lanes: Sequence[Lane], plans: Sequence[StagePlan], growth: Growth, whole: TrainingTable, parts: Folds
) -> list[TrainingTable]:
    """Give the last stage's table for each fold; features differ only where earlier stages learn."""
    if len(plans) == 1:
        return [whole] * parts.count
    return [
        _last_table(lanes, plans, growth, lambda places, fold=fold: parts.holds(fold, places))  # type: ignore[misc]  # mypy cannot see the default's type
        for fold in range(parts.count)
    ]


def _last_table(lanes: Sequence[Lane], plans: Sequence[StagePlan], growth: Growth, held: Held) -> TrainingTable:
    """Train all stages but the last without what is held out, and compute the last one's features."""
    seen, earlier = list(lanes), []
    for plan in plans[:-1]:
        table = training_table(_labelled(seen, plan), plan.selection, threads=growth.threads)
        trained = trained_on(table.rows(~held(table.places)), plan.selection, growth)
        earlier.append(trained.ready(plan.classes))
        seen = [replace(lane, source=staged(lane, earlier)) for lane in lanes]
    return training_table(_labelled(seen, plans[-1]), plans[-1].selection, threads=growth.threads)


def _labelled(lanes: Sequence[Lane], plan: StagePlan) -> list[Lane]:
    return [replace(lane, blocks=blocks) for lane, blocks in zip(lanes, plan.blocks, strict=True)]


def confusion_of(tables: Sequence[TrainingTable], parts: Folds, growth: Growth) -> NDArray[np.int64]:
    """Hold out fold after fold, and count what is found for what is true.

    Parameters
    ----------
    tables : sequence of TrainingTable
        One per fold, with the same rows.
    parts : Folds
        Which rows are held out when.
    growth : Growth
        How forests are grown.

    Returns
    -------
    (true, found) int64
    """
    known = np.array(tables[0].known_labels)
    confusion = np.zeros((len(known), len(known)), np.int64)
    for fold, table in enumerate(tables):
        held = parts.number == fold
        learnt = table.rows(~held)
        votes = forest_probabilities(grown_on(learnt, growth).forest, np.ascontiguousarray(table.values[held]))
        found = np.searchsorted(known, np.array(learnt.known_labels)[votes.argmax(1)])
        np.add.at(confusion, (table.classes[held], found), 1)
    return confusion
