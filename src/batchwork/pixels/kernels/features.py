"""Features and class probabilities of a box of an image."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from batchwork.pixels.errors import EmptyImage, ImageTooSmall, WrongChannels, WrongPixelType
from batchwork.pixels.kernels.blocks import block_features, block_probabilities
from batchwork.pixels.kernels.classifier import Classifier
from batchwork.pixels.kernels.planes import TILE_COLUMNS, TILE_ROWS
from batchwork.pixels.kernels.selection import FeatureSelection
from batchwork.pixels.kernels.surroundings import Box, Size, bounds_from, size_of, surrounded
from batchwork.pixels.kernels.tables import ScaleTable, scale_tables
from batchwork.pixels.kernels.volumes import TILE_SLICES
from batchwork.pixels.kernels.votes import VotingForest, voting_forest

STRIP_ROWS = 64
STRIP_COLUMNS = 512
"""Largest strip of a plane; its smoothed planes stay in the second cache."""


def check_image(shape: tuple[int, ...], dtype: np.dtype[np.generic], selection: FeatureSelection) -> None:
    """See that features can be computed for an image.

    Parameters
    ----------
    shape : tuple of int
        Slices, rows, columns and channels.
    dtype : numpy dtype
        Of the pixels.
    selection : FeatureSelection
        The features.

    Raises
    ------
    EmptyImage, WrongPixelType, ImageTooSmall
        If they cannot; ilastik refuses the same scales.
    """
    if 0 in shape:
        raise EmptyImage(f"the image has no pixel: its size along z, y, x and c is {shape}")
    if dtype.kind not in "buif":
        raise WrongPixelType(f"pixels must be real numbers, not {dtype}")
    flat = selection.flat_scales(volume=shape[0] > 1)
    for j in selection.used_scales():
        least, extent = selection.least_extent(j), min(shape[1:3] if flat[j] else shape[:3])
        if extent < least:
            axes = "y and x" if flat[j] else "z, y and x"
            raise ImageTooSmall(
                f"the scale {selection.scales[j]:g} needs at least {least} pixels along {axes}, the image has "
                f"{extent}; give a larger image, or train without this scale"
            )


@dataclass(frozen=True, slots=True, eq=False)
class FeatureKernels:
    """A feature selection made ready for images of one kind."""

    flat: ScaleTable
    """Scales that are computed slice by slice."""
    deep: ScaleTable | None
    """Scales that are computed in 3D, if any."""
    halo: tuple[int, int]
    """Pixels that are read around a box along z, and along y and x."""
    columns: int
    """Columns that come out."""

    @classmethod
    def of(
        cls, selection: FeatureSelection, channels: int, *, volume: bool, wanted: NDArray[np.int32] | None = None
    ) -> "FeatureKernels":
        """Make a selection ready.

        Parameters
        ----------
        selection : FeatureSelection
            Which features.
        channels : int
            Channels of the images.
        volume : bool
            Whether images have more than one slice.
        wanted : (columns,) int32, optional
            Numbers of the columns to compute, in the order in which they come out; by default all.
        """
        if wanted is None:
            wanted = np.arange(len(selection.columns(channels, volume=volume)), dtype=np.int32)
        flat, deep = scale_tables(selection, channels, wanted, volume=volume)
        return cls(flat, deep if len(deep.radius) else None, selection.halo(volume=volume), len(wanted))

    def strip(self, size: Size) -> Size:
        """Give the size of the strips that a box is cut into: whole tiles, and no more than it needs."""
        rows = min(STRIP_ROWS, _whole(size[1], TILE_ROWS))
        columns = min(STRIP_COLUMNS, _whole(size[2], TILE_COLUMNS))
        if self.deep is None:
            return 1, rows, columns
        return _whole(size[0], TILE_SLICES), _whole(size[1], TILE_ROWS), _whole(size[2], TILE_COLUMNS)


def _whole(extent: int, tile: int) -> int:
    return -(-extent // tile) * tile


@dataclass(frozen=True, slots=True, eq=False)
class ClassifierKernels:
    """A classifier made ready for images of one kind; only the columns that its forest reads are computed."""

    features: FeatureKernels
    forest: VotingForest
    labels: tuple[int, ...]
    classes: int

    @classmethod
    def of(cls, classifier: Classifier, channels: int, *, volume: bool) -> "ClassifierKernels":
        """Make a classifier ready.

        Parameters
        ----------
        classifier : Classifier
            Features and forest.
        channels : int
            Channels of the images.
        volume : bool
            Whether images have more than one slice.

        Raises
        ------
        WrongChannels
            If the forest was trained on another number of columns.
        """
        check_columns(classifier, channels, volume=volume)
        used = classifier.forest.used_columns()
        features = FeatureKernels.of(classifier.selection, channels, volume=volume, wanted=used)
        return cls(features, voting_forest(classifier.forest), classifier.labels, classifier.classes)


def check_columns(classifier: Classifier, channels: int, *, volume: bool) -> None:
    """See that an image gives the columns that the forest was trained on.

    Raises
    ------
    WrongChannels
        If not; the text says which images would fit.
    """
    wanted, columns = classifier.forest.columns, classifier.columns(channels, volume=volume)
    if columns == wanted:
        return
    here, there = (classifier.columns(1, volume=kind) for kind in (volume, not volume))
    if wanted == there * channels:
        kinds = ("volumes", "one slice") if volume is False else ("single slices", "several")
        raise WrongChannels(f"the project was trained on {kinds[0]}, the image has {kinds[1]}; check its axes")
    if here and wanted % here == 0:
        raise WrongChannels(f"the image has {channels} channels, the project was trained on {wanted // here}")
    raise WrongChannels(f"{channels} channels give {columns} feature columns, the project was trained on {wanted}")


def box_features(kernels: FeatureKernels, part: NDArray[np.generic], box: Box, shape: Size) -> NDArray[np.float32]:
    """Compute the features of a box.

    Parameters
    ----------
    kernels : FeatureKernels
        Which features.
    part : (slices, rows, columns, channels)
        The pixels of `batchwork.pixels.kernels.surroundings.reach`.
    box : Box
        The box.
    shape : tuple
        Slices, rows and columns of the whole image.

    Returns
    -------
    (columns, slices, rows, columns) float32
    """
    size = size_of(box)
    block = surrounded(part, box, shape, kernels.halo)
    out = np.empty((kernels.columns, *size), np.float32)
    bounds = bounds_from(box, shape)
    block_features(block, kernels.halo, kernels.strip(size), bounds, kernels.flat, kernels.deep, out)
    return out


def box_probabilities(
    kernels: ClassifierKernels, part: NDArray[np.generic], box: Box, shape: Size
) -> NDArray[np.float32]:
    """Compute the class probabilities of a box.

    Parameters
    ----------
    kernels : ClassifierKernels
        Features and forest.
    part, box, shape
        As for `box_features`.

    Returns
    -------
    (slices, rows, columns, classes) float32
        0 for labels that the forest does not know.
    """
    size, use = size_of(box), kernels.features
    block = surrounded(part, box, shape, use.halo)
    votes = np.empty((*size, kernels.forest.classes), np.float32)
    bounds = bounds_from(box, shape)
    block_probabilities(
        block, use.halo, use.strip(size), bounds, use.flat, use.deep, use.columns, kernels.forest, votes
    )
    if kernels.labels == tuple(range(1, kernels.classes + 1)):
        return votes
    out = np.zeros((*size, kernels.classes), np.float32)
    out[..., np.array(kernels.labels) - 1] = votes
    return out


def compute_features(image: NDArray[np.generic], selection: FeatureSelection) -> NDArray[np.float32]:
    """Compute all features of an image.

    Parameters
    ----------
    image : (slices, rows, columns, channels)
        Any real type; it is taken as it is, not scaled. An image of one slice is two-dimensional.
    selection : FeatureSelection
        Which features.

    Returns
    -------
    (slices, rows, columns, columns of the feature matrix) float32
        In the order of `FeatureSelection.columns`.

    Raises
    ------
    EmptyImage, WrongPixelType, ImageTooSmall
        If features cannot be computed.
    """
    check_image(image.shape, image.dtype, selection)
    shape: Size = image.shape[0], image.shape[1], image.shape[2]
    kernels = FeatureKernels.of(selection, image.shape[3], volume=shape[0] > 1)
    box: Box = (0, shape[0]), (0, shape[1]), (0, shape[2])
    return np.moveaxis(box_features(kernels, image, box, shape), 0, -1)
