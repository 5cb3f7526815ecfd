"""The table that a forest is trained on: the features of all labelled pixels."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numba as nb
import numpy as np
from numpy.typing import NDArray

from batchwork.pixels.errors import ImageMismatch, MissingLabels, WrongChannels
from batchwork.pixels.kernels.features import FeatureKernels, box_features, check_image
from batchwork.pixels.kernels.selection import FeatureSelection
from batchwork.pixels.kernels.surroundings import Size, reach
from batchwork.pixels.sources import FiniteSource, PixelSource
from batchwork.pixels.training.lanes import Lane, Strokes, strokes_of

_LEAST_CLASSES = 2


@dataclass(frozen=True, slots=True, eq=False)
class TrainingTable:
    """One row per labelled pixel."""

    values: NDArray[np.float32]
    """(rows, columns)"""
    labels: NDArray[np.uint8]
    """(rows,) From 1 on."""
    places: NDArray[np.int32]
    """(rows, 5) Lane, time, slice, row and column of each pixel."""
    names: tuple[str, ...]
    """(columns,) As ilastik labels them."""

    @property
    def known_labels(self) -> tuple[int, ...]:
        """The labels that occur, in order."""
        return tuple(int(label) for label in np.unique(self.labels))

    @property
    def classes(self) -> NDArray[np.intp]:
        """(rows,) Place of each row's label among those that occur."""
        return np.searchsorted(np.array(self.known_labels), self.labels)

    def rows(self, kept: NDArray[np.generic]) -> "TrainingTable":
        """Give some rows, chosen by number or flag."""
        return TrainingTable(self.values[kept], self.labels[kept], self.places[kept], self.names)

    def columns(self, kept: NDArray[np.generic]) -> "TrainingTable":
        """Give some columns, chosen by number or flag."""
        names = tuple(np.array(self.names)[kept].tolist())
        return TrainingTable(self.values[:, kept], self.labels, self.places, names)


def training_table(lanes: Sequence[Lane], selection: FeatureSelection, *, threads: int | None = None) -> TrainingTable:
    """Compute the features of all labelled pixels.

    Parameters
    ----------
    lanes : sequence of Lane
        Images and labels; all of the same kind.
    selection : FeatureSelection
        Which features.
    threads : int, optional
        Boxes that are worked on at once; they change nothing in the result.

    Raises
    ------
    MissingLabels
        If there are labels of fewer than two classes.
    ImageMismatch
        If an image cannot have these features, or is of another kind than the first.
    """
    _check_kinds(lanes)
    parts = [(number, lane, strokes) for number, lane in enumerate(lanes) for strokes in strokes_of(lane)]
    found = sorted({int(label) for *_, strokes in parts for label in np.unique(strokes.labels) if label})
    if len(found) < _LEAST_CLASSES:
        what = f"only label {found[0]} is drawn" if found else "no label is drawn"
        raise MissingLabels(f"{what}; at least two classes need labels to tell them apart")
    with ThreadPoolExecutor(threads or nb.get_num_threads()) as pool:
        rows = list(pool.map(lambda part: _rows(part[0], part[1], part[2], selection), parts))
    values, labels, places = (np.concatenate(column) for column in zip(*rows, strict=True))
    first = lanes[0].source.shape
    names = tuple(column.name for column in selection.columns(first[4], volume=first[1] > 1))
    return TrainingTable(values, labels, places, names)


def _check_kinds(lanes: Sequence[Lane]) -> None:
    for lane in lanes:
        kinds = [(one.source.shape[4], one.source.shape[1] > 1) for one in (lanes[0], lane)]
        if kinds[0] != kinds[1]:
            told = [f"{channels} channels{' and depth' if volume else ''}" for channels, volume in kinds]
            raise WrongChannels(f"{lane.name}: has {told[1]}, {lanes[0].name} has {told[0]}; train on one kind")


def _rows(
    number: int, lane: Lane, strokes: Strokes, selection: FeatureSelection
) -> tuple[NDArray[np.float32], NDArray[np.uint8], NDArray[np.int32]]:
    """Give values, labels and places of the labelled pixels of a box."""
    try:
        values = _features(FiniteSource(lane.source), strokes, selection)
    except ImageMismatch as error:
        raise type(error)(f"{lane.name}: {error}") from error
    drawn = np.nonzero(strokes.labels)
    inside = np.stack([at + start for at, (start, _) in zip(drawn, strokes.box, strict=True)], 1)
    where = np.broadcast_to([number, strokes.time], (len(inside), 2))
    return (
        np.stack([column[drawn] for column in values], 1),
        strokes.labels[drawn],
        np.concatenate([where, inside], 1).astype(np.int32),
    )


def _features(source: PixelSource, strokes: Strokes, selection: FeatureSelection) -> NDArray[np.float32]:
    check_image(source.shape[1:], source.dtype, selection)
    shape: Size = source.shape[1], source.shape[2], source.shape[3]
    kernels = FeatureKernels.of(selection, source.shape[4], volume=shape[0] > 1)
    part = source.read(strokes.time, reach(strokes.box, shape, kernels.halo))
    return box_features(kernels, part, strokes.box, shape)
