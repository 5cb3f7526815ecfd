"""The results that can be asked for: each a function of time and box, with what a writer has to know."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from batchwork.errors import ParameterError
from batchwork.pixels.blocking import Region
from batchwork.pixels.exporting.options import ALL_STAGES, Range, ResultType
from batchwork.pixels.kernels.classifier import Classifier
from batchwork.pixels.kernels.features import FeatureKernels, box_features, check_image
from batchwork.pixels.kernels.selection import FeatureSelection
from batchwork.pixels.kernels.surroundings import Box, Size, reach, size_of
from batchwork.pixels.prediction import Predictor
from batchwork.pixels.projects import Project
from batchwork.pixels.sources import FiniteSource, PixelSource, Shape, StageSource

Compute = Callable[[int, Box], NDArray[np.generic]]
"""Takes time and box, gives (slices, rows, columns, channels)."""

_SINGLE = np.dtype(np.float32)
_UNIT: Range = (0.0, 1.0)
_FEATURE_BYTES = 64 << 20
"""What a block of features may take."""
_PLANE_BLOCK, _VOLUME_BLOCK = (1, 512, 512), (64, 128, 128)
"""Largest blocks where nothing is predicted."""


@dataclass(frozen=True, slots=True, eq=False)
class Result:
    """Something that is computed block by block."""

    compute: Compute
    shape: Shape
    """Times, slices, rows, columns and channels."""
    dtype: np.dtype[np.generic]
    value_range: Range | None = None
    """Least and largest value that can occur, where that is known."""
    predictor: Predictor | None = None
    """What the blocks are predicted with, if anything."""
    is_labels: bool = False
    """Whether values are classes, which have no mean."""

    def block_size(self, region: Region, *, threads: int, max_bytes: int) -> Size:
        """Choose the size of blocks."""
        if self.predictor is not None:
            return self.predictor.block_size(region, threads=threads, max_bytes=max_bytes)
        size = _least(_VOLUME_BLOCK if self.shape[1] > 1 else _PLANE_BLOCK, size_of(region.box))
        budget = min(max_bytes // threads, _FEATURE_BYTES)
        while max(size) > 1 and np.prod(size) * self.shape[4] * self.dtype.itemsize > budget:
            size = _halved(size)
        return size

    def masked(self, mask: PixelSource) -> "Result":
        """Give the result with 0 where a mask is 0; nothing is computed for blocks that lie there altogether."""

        def compute(time: int, box: Box) -> NDArray[np.generic]:
            inside = mask.read(min(time, mask.shape[0] - 1), box)[..., :1] != 0
            if not inside.any():
                return np.zeros((*size_of(box), self.shape[4]), self.dtype)
            return np.where(inside, self.compute(time, box), np.zeros((), self.dtype))

        return replace(self, compute=compute)


def _least(one: Size, other: Size) -> Size:
    return min(one[0], other[0]), min(one[1], other[1]), min(one[2], other[2])


def _halved(size: Size) -> Size:
    """Halve the longest side."""
    longest = size.index(max(size))
    z, y, x = (-(-side // 2) if axis == longest else side for axis, side in enumerate(size))
    return z, y, x


@dataclass(slots=True)
class Certainty:
    """How sure the predictions of an image are, summed up as they are made."""

    _sums: dict[tuple[int, Box], tuple[float, int]] = field(default_factory=dict)

    def watch(self, result: Result) -> Result:
        """Give a result of probabilities, of several stages the last, that is looked at on its way."""
        classes = 0 if result.predictor is None else result.predictor.classes

        def compute(time: int, box: Box) -> NDArray[np.generic]:
            block = result.compute(time, box)
            last = block[..., -classes:]
            inside = last.any(axis=-1)
            total = float(uncertainty(last).astype(np.float64).sum(where=inside))
            self._sums[time, box] = total, int(inside.sum())
            return block

        return replace(result, compute=compute)

    @property
    def mean_uncertainty(self) -> float | None:
        """The mean of 1 minus the lead of the likeliest class; None where nothing was predicted."""
        sums = [self._sums[key] for key in sorted(self._sums)]
        count = sum(number for _, number in sums)
        return round(sum(total for total, _ in sums) / count, 6) if count else None


def uncertainty(probabilities: NDArray[np.generic]) -> NDArray[np.float32]:
    """Give 1 minus the lead of the likeliest class over the next; 0 for one class.

    Parameters
    ----------
    probabilities : (…, classes) float32

    Returns
    -------
    (…,) float32
    """
    single = probabilities.astype(np.float32, copy=False)
    if single.shape[-1] == 1:
        return np.zeros(single.shape[:-1], np.float32)
    if single.shape[-1] == 2:  # noqa: PLR2004 - the common case, without sorting
        lead = np.abs(single[..., 0] - single[..., 1])
    else:
        ordered = np.partition(single, -2, axis=-1)
        lead = ordered[..., -1] - ordered[..., -2]
    return np.asarray(np.float32(1) - lead)


def segmentation(probabilities: NDArray[np.generic]) -> NDArray[np.uint8]:
    """Give the likeliest class, from 1 on, the first of several; 0 where none has a probability.

    Parameters
    ----------
    probabilities : (…, classes) float32

    Returns
    -------
    (…,) uint8
    """
    single = probabilities.astype(np.float32, copy=False)
    if single.shape[-1] == 2:  # noqa: PLR2004 - the common case, without a search
        likeliest = (single[..., 1] > single[..., 0]).view(np.uint8)
    else:
        likeliest = single.argmax(axis=-1).astype(np.uint8)
    return np.asarray((likeliest + np.uint8(1)) * single.any(axis=-1), np.uint8)


def derived(result: Result, kind: str) -> Result:
    """Make the segmentation or the uncertainty of probabilities; other kinds stay."""
    shape: Shape = (*result.shape[:4], 1)
    compute = result.compute
    if kind == "Simple Segmentation":
        return replace(
            result,
            compute=lambda time, box: segmentation(compute(time, box))[..., np.newaxis],
            shape=shape,
            dtype=np.dtype(np.uint8),
            value_range=None,
            is_labels=True,
        )
    if kind == "Uncertainty":
        return replace(result, compute=lambda time, box: uncertainty(compute(time, box))[..., np.newaxis], shape=shape)
    return result


def probabilities_of(predictor: Predictor) -> Result:
    """Give the probabilities of a predictor."""
    shape: Shape = (*predictor.sources[0].shape[:4], predictor.classes)
    return Result(predictor.probabilities, shape, _SINGLE, _UNIT, predictor)


def all_probabilities(classifiers: Sequence[Classifier], source: PixelSource) -> Result:
    """Give the probabilities of all stages of autocontext, one after the other."""
    predictors = [Predictor.of(classifiers[: n + 1], source) for n in range(len(classifiers))]

    def compute(time: int, box: Box) -> NDArray[np.generic]:
        return np.concatenate([predictor.probabilities(time, box) for predictor in predictors], axis=-1)

    shape: Shape = (*source.shape[:4], sum(predictor.classes for predictor in predictors))
    return Result(compute, shape, _SINGLE, _UNIT, predictors[-1])


def features_of(selection: FeatureSelection, source: PixelSource) -> Result:
    """Give all features of what a stage sees."""
    check_image(source.shape[1:], source.dtype, selection)
    size: Size = source.shape[1], source.shape[2], source.shape[3]
    kernels = FeatureKernels.of(selection, source.shape[4], volume=size[0] > 1)

    def compute(time: int, box: Box) -> NDArray[np.generic]:
        part = source.read(time, reach(box, size, kernels.halo))
        return np.moveaxis(box_features(kernels, part, box, size), 0, -1)

    return Result(compute, (*source.shape[:4], kernels.columns), _SINGLE)


def stage_of(asked: ResultType, stages: int) -> int:
    """Give the number of a stage, from 0 on."""
    return stages - 1 if asked.stage is None or asked.stage == ALL_STAGES else int(asked.stage) - 1


def input_of(classifiers: Sequence[Classifier], stage: int, source: PixelSource) -> PixelSource:
    """Give what a stage sees."""
    if stage == 0:
        return FiniteSource(source)
    below = Predictor.of(classifiers[:stage], source)
    return StageSource(below.sources[0], below.classes, below.probabilities)


def result_of(
    asked: ResultType,
    source: PixelSource,
    classifiers: Callable[[], Sequence[Classifier]],
    selections: Sequence[FeatureSelection | None],
) -> Result:
    """Give what is asked for of an image, except labels.

    Parameters
    ----------
    asked : ResultType
        Which result.
    source : PixelSource
        The image.
    classifiers : callable
        Gives those of the project; called only where something is predicted.
    selections : sequence
        The feature selection of each stage.

    Raises
    ------
    ImageMismatch, ProjectError
        If image and project do not fit, or the project lacks what is needed.
    """
    stage = stage_of(asked, len(selections))
    if asked.kind in {"Features", "Input"}:
        seen = input_of(classifiers() if stage else (), stage, source)
        if asked.kind == "Input":
            return Result(seen.read, seen.shape, seen.dtype)
        selection = selections[stage]
        if selection is None:
            raise ParameterError("the project has no selection of features")
        return features_of(selection, seen)
    if asked.stage == ALL_STAGES:
        return all_probabilities(classifiers(), source)
    return probabilities_of(Predictor.of(classifiers()[: stage + 1], source))


def channels_of(asked: ResultType, project: Project, shape: Shape) -> int:
    """Count the channels of what is asked for of an image with a shape, without computing it."""
    stage = stage_of(asked, len(project.stages))
    if asked.kind == "Probabilities":
        counts = [classifier.classes for classifier in project.classifiers()]
        return sum(counts) if asked.stage == ALL_STAGES else counts[stage]
    if asked.kind not in {"Features", "Input"}:
        return 1
    channels = shape[4] + (project.classifiers()[stage - 1].classes if stage else 0)
    selection = project.stages[stage].selection
    return channels if asked.kind == "Input" or not selection else len(selection.columns(channels, volume=shape[1] > 1))
