"""Which features are worth their cost.

A *filter* ranks the boxes by what they tell about the labels beyond what the better ones have told (minimum
redundancy, maximum relevance). A *wrapper* adds, box by box, the one with which forests err least on blocks that they
have not seen.

References
----------
Peng, Long and Ding, IEEE Trans. Pattern Anal. 27 (2005) 1226.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from batchwork.errors import ParameterError
from batchwork.pixels.kernels.features import compute_features
from batchwork.pixels.kernels.selection import Column, Feature, FeatureSelection
from batchwork.pixels.training.evaluating import confusion_of
from batchwork.pixels.training.folds import Folds, spatial_folds
from batchwork.pixels.training.lanes import Lane
from batchwork.pixels.training.selecting import all_features
from batchwork.pixels.training.tables import TrainingTable, training_table
from batchwork.pixels.training.training import Growth, grown_on

Box = tuple[Feature, float]
"""A feature and a scale."""

_BINS = 12
_MOST_ROWS = 4000
_QUICK_TREES = 20
_GAIN = 0.002
"""Share of labelled pixels that a further box must get right."""
_TRIED = 16
"""Best boxes of the filter that the wrapper looks at."""
_TEST_SIDE, _TEST_DEPTH = 256, 48


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A set of features, what it gives and what it costs."""

    name: str
    """now, all, filter or wrapper."""
    selection: FeatureSelection
    columns: int
    error: float
    """On blocks that were held out."""
    out_of_bag_error: float
    cost: float
    """CPU time of the features on one core, ms per megapixel, as measured on this machine."""

    @property
    def boxes(self) -> list[Box]:
        """The features and scales that are ticked."""
        return _ticked(self.selection)


def _ticked(selection: FeatureSelection) -> list[Box]:
    return [
        (feature, scale)
        for feature, row in zip(selection.features, selection.ticked, strict=True)
        for scale, ticked in zip(selection.scales, row, strict=True)
        if ticked
    ]


@dataclass(frozen=True, slots=True, eq=False)
class _Candidates:
    """All boxes, with the features of the labelled pixels."""

    selection: FeatureSelection
    table: TrainingTable
    columns: dict[Box, NDArray[np.int64]]
    """Where the columns of each box stand in the table."""
    parts: Folds
    growth: Growth

    def part(self, boxes: Sequence[Box]) -> TrainingTable:
        return self.table.columns(np.sort(np.concatenate([self.columns[box] for box in boxes])))

    def error(self, boxes: Sequence[Box], growth: Growth) -> float:
        table = self.part(boxes)
        confusion = confusion_of([table] * self.parts.count, self.parts, growth)
        return float(1 - np.trace(confusion) / confusion.sum())


def suggest(
    lanes: Sequence[Lane],
    now: FeatureSelection | None,
    growth: Growth | None = None,
    *,
    methods: Sequence[str] = ("filter", "wrapper"),
    folds: int = 5,
    most: int | None = None,
) -> list[Suggestion]:
    """Suggest features for labelled images.

    Parameters
    ----------
    lanes : sequence of Lane
        Images and labels.
    now : FeatureSelection or None
        The features in use; their scales are looked at too.
    growth : Growth, optional
        Seed, trees and threads of the forests that give the figures.
    methods : sequence of str, optional
        filter, wrapper.
    folds : int, optional
        Parts that are held out in turn.
    most : int, optional
        Boxes that a suggestion has at most.

    Returns
    -------
    list of Suggestion
        What is used now, all features, and the suggestion of each method.

    Raises
    ------
    ParameterError
        If a class is drawn in one place only.
    """
    growth = growth or Growth()
    found = _candidates(lanes, now, growth, folds)
    order = _ranked(found)[: most or len(found.columns)]
    sets = {"now": _ticked(now)} if now is not None else {}
    sets["all"] = list(found.columns)
    if "filter" in methods:
        sets["filter"] = _shortest(found, order)
    if "wrapper" in methods:
        sets["wrapper"] = _grown(found, order[:_TRIED])
    return [_told(found, name, boxes, lanes) for name, boxes in sets.items()]


def _candidates(lanes: Sequence[Lane], now: FeatureSelection | None, growth: Growth, folds: int) -> _Candidates:
    """Compute all boxes that ilastik offers and the images are large enough for, and those in use."""
    volume = lanes[0].source.shape[1] > 1
    wide = _offered(now, lanes, volume=volume)
    table = _thinned(training_table(lanes, wide, threads=growth.threads), growth.seed)
    columns = wide.columns(lanes[0].source.shape[4], volume=volume)
    places: dict[Box, list[int]] = {}
    for number, column in enumerate(columns):
        places.setdefault(_box_of(column, wide), []).append(number)
    parts = spatial_folds(table.places, table.classes, folds)
    return _Candidates(wide, table, {box: np.array(at) for box, at in places.items()}, parts, growth)


def _box_of(column: Column, selection: FeatureSelection) -> Box:
    return column.feature, selection.scales[column.scale]


def _offered(now: FeatureSelection | None, lanes: Sequence[Lane], *, volume: bool) -> FeatureSelection:
    boxes = dict.fromkeys([*_ticked(all_features()), *([] if now is None else _ticked(now))])
    flat = {} if now is None or now.in_2d is None else dict(zip(now.scales, now.in_2d, strict=True))
    wide = _selection(list(boxes), flat)
    flags = wide.flat_scales(volume=volume)
    extents = [min(min(lane.source.shape[2:4] if flag else lane.source.shape[1:4]) for lane in lanes) for flag in flags]
    fits = {s for j, s in enumerate(wide.scales) if wide.least_extent(j) <= extents[j]}
    kept = [box for box in boxes if box[1] in fits]
    if not kept:
        raise ParameterError("the images are too small for any feature")
    return _selection(kept, flat)


def _selection(boxes: Sequence[Box], flat: dict[float, bool]) -> FeatureSelection:
    """Tick some boxes; scales that `flat` does not name follow its others."""
    scales = tuple(sorted({scale for _, scale in boxes}))
    rows = tuple(tuple((feature, scale) in set(boxes) for scale in scales) for feature in Feature)
    all_flat = bool(flat) and all(flat.values())
    in_2d = tuple(flat.get(scale, all_flat) for scale in scales) if flat else None
    return FeatureSelection(tuple(Feature), scales, rows, in_2d)


def _thinned(table: TrainingTable, seed: int) -> TrainingTable:
    """Take at most some thousand labelled pixels, the same for the same seed."""
    if len(table.labels) <= _MOST_ROWS:
        return table
    return table.rows(np.sort(np.random.default_rng(seed).choice(len(table.labels), _MOST_ROWS, replace=False)))


def _ranked(found: _Candidates) -> list[Box]:
    """Rank boxes: what each tells about the labels, less what the ones before it have told on average."""
    bins = np.stack([_binned(column) for column in found.table.values.T])
    classes = found.table.classes
    tells = {box: max(_information(bins[i], classes) for i in at) for box, at in found.columns.items()}
    shared = dict.fromkeys(tells, 0.0)
    order: list[Box] = []
    while len(order) < len(tells):
        left = [box for box in tells if box not in order]
        order.append(max(left, key=lambda box: tells[box] - shared[box] / max(len(order), 1)))
        for box in left:
            pairs = ((i, j) for i in found.columns[box] for j in found.columns[order[-1]])
            shared[box] += max(_information(bins[i], bins[j]) for i, j in pairs)
    return order


def _binned(values: NDArray[np.float32]) -> NDArray[np.int64]:
    """Give each value the number of its bin; bins hold as many values each."""
    edges = np.unique(np.quantile(values, np.linspace(0, 1, _BINS + 1)[1:-1]))
    return np.searchsorted(edges, values, side="right")


def _information(one: NDArray[np.integer], two: NDArray[np.integer]) -> float:
    """Give the mutual information of two labellings, in nats."""
    width = int(two.max()) + 1
    joint = np.bincount(one * width + two, minlength=(int(one.max()) + 1) * width).reshape(-1, width) / len(one)
    alone = joint.sum(1, keepdims=True) * joint.sum(0, keepdims=True)
    used = joint > 0
    return float((joint[used] * np.log(joint[used] / alone[used])).sum())


def _shortest(found: _Candidates, order: Sequence[Box]) -> list[Box]:
    """Give the shortest beginning of a ranking that errs hardly more than the best one."""
    growth = replace(found.growth, trees=_QUICK_TREES)
    sizes = sorted({n for n in (1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 26, len(order)) if n <= len(order)})
    errors = [found.error(order[:n], growth) for n in sizes]
    best = min(errors)
    return list(order[: next(n for n, error in zip(sizes, errors, strict=True) if error <= best + _GAIN)])


def _grown(found: _Candidates, offered: Sequence[Box]) -> list[Box]:
    """Add the box that helps most, until none helps."""
    growth = replace(found.growth, trees=_QUICK_TREES)
    chosen: list[Box] = []
    least = 1.0
    while len(chosen) < len(offered):
        errors = {box: found.error([*chosen, box], growth) for box in offered if box not in chosen}
        best = min(errors, key=errors.__getitem__)
        if chosen and errors[best] > least - _GAIN:
            break
        chosen.append(best)
        least = errors[best]
    return chosen


def _told(found: _Candidates, name: str, boxes: Sequence[Box], lanes: Sequence[Lane]) -> Suggestion:
    flat = (
        {} if found.selection.in_2d is None else dict(zip(found.selection.scales, found.selection.in_2d, strict=True))
    )
    selection, table = _selection(boxes, flat), found.part(boxes)
    grown = grown_on(table, found.growth)
    return Suggestion(
        name, selection, len(table.names), found.error(boxes, found.growth), grown.out_of_bag_error,
        _cost(selection, lanes[0]),
    )  # fmt: skip


def _cost(selection: FeatureSelection, lane: Lane) -> float:
    """Measure the features on noise of the images' kind."""
    volume, channels = lane.source.shape[1] > 1, lane.source.shape[4]
    side = max(_TEST_SIDE if not volume else _TEST_DEPTH, *(selection.least_extent(j) for j in selection.used_scales()))
    noise = np.random.default_rng(0).random((side if volume else 1, side, side, channels), np.float32)
    compute_features(noise[:, :, :, :1], selection)
    start = time.thread_time()
    compute_features(noise, selection)
    return (time.thread_time() - start) * 1e3 / (noise[..., 0].size / 1e6)
