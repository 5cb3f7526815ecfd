"""Which features are computed at which scales, and in which order they stand."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from batchwork.errors import ParameterError
from batchwork.pixels.kernels.gaussians import SMOOTHING_WINDOW, presmoothing_sigma, radius

FILTER_REACH = 3
"""Pixels that the filters read beyond a smoothed pixel (the structure tensor's gradient 1, its smoothing 2)."""


class Feature(Enum):
    """The kinds of features, under the names that projects store; in the order of their rows."""

    GAUSSIAN_SMOOTHING = "GaussianSmoothing"
    LAPLACIAN_OF_GAUSSIAN = "LaplacianOfGaussian"
    GAUSSIAN_GRADIENT_MAGNITUDE = "GaussianGradientMagnitude"
    DIFFERENCE_OF_GAUSSIANS = "DifferenceOfGaussians"
    STRUCTURE_TENSOR_EIGENVALUES = "StructureTensorEigenvalues"
    HESSIAN_OF_GAUSSIAN_EIGENVALUES = "HessianOfGaussianEigenvalues"

    @property
    def title(self) -> str:
        """The name in words, as columns are labelled."""
        return _TITLES[self]

    def parts(self, dimensions: int) -> int:
        """Count its values per pixel: one, or an eigenvalue per dimension."""
        return dimensions if self in _EIGENVALUES else 1


_EIGENVALUES = {Feature.STRUCTURE_TENSOR_EIGENVALUES, Feature.HESSIAN_OF_GAUSSIAN_EIGENVALUES}
_TITLES = {
    Feature.GAUSSIAN_SMOOTHING: "Gaussian Smoothing",
    Feature.LAPLACIAN_OF_GAUSSIAN: "Laplacian of Gaussian",
    Feature.GAUSSIAN_GRADIENT_MAGNITUDE: "Gaussian Gradient Magnitude",
    Feature.DIFFERENCE_OF_GAUSSIANS: "Difference of Gaussians",
    Feature.STRUCTURE_TENSOR_EIGENVALUES: "Structure Tensor Eigenvalues",
    Feature.HESSIAN_OF_GAUSSIAN_EIGENVALUES: "Hessian of Gaussian Eigenvalues",
}


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the feature matrix."""

    feature: Feature
    scale: int
    """Index of the scale."""
    channel: int
    """Channel of the input."""
    part: int
    """Number of the eigenvalue, the largest first; else 0."""
    name: str
    """As ilastik labels it."""


@dataclass(frozen=True, slots=True)
class FeatureSelection:
    """The boxes that are ticked in a matrix of features by scales.

    Raises
    ------
    ParameterError
        If the matrix does not fit the features and scales, or a scale is not positive.
    """

    features: tuple[Feature, ...]
    """The rows."""
    scales: tuple[float, ...]
    """Sigmas in pixels, the columns of the matrix."""
    ticked: tuple[tuple[bool, ...], ...]
    """A row per feature, in each a flag per scale."""
    in_2d: tuple[bool, ...] | None = None
    """Per scale, whether it is computed slice by slice; None where that depends on the image alone."""

    def __post_init__(self) -> None:
        """Check that the parts fit each other."""
        wanted = (len(self.features), len(self.scales))
        if len(self.ticked) != wanted[0] or any(len(row) != wanted[1] for row in self.ticked):
            raise ParameterError(f"the selection has no flag for each of {wanted[0]} features by {wanted[1]} scales")
        if self.in_2d is not None and len(self.in_2d) != wanted[1]:
            raise ParameterError(f"{len(self.in_2d)} flags for 2D computation, but {wanted[1]} scales")
        if any(not math.isfinite(scale) or scale <= 0 for scale in self.scales):
            raise ParameterError(f"scales must be positive numbers, not {self.scales}")

    def used_scales(self) -> list[int]:
        """Give the indices of the scales at which any feature is ticked."""
        return [j for j in range(len(self.scales)) if any(row[j] for row in self.ticked)]

    def flat_scales(self, *, volume: bool) -> list[bool]:
        """Say for each scale whether it is computed slice by slice in an image with or without depth."""
        if not volume:
            return [True] * len(self.scales)
        return list(self.in_2d) if self.in_2d is not None else [False] * len(self.scales)

    def columns(self, channels: int, *, volume: bool) -> list[Column]:
        """List the columns, in order.

        Parameters
        ----------
        channels : int
            Channels of the image.
        volume : bool
            Whether the image has more than one slice.
        """
        flat = self.flat_scales(volume=volume)
        return [
            column
            for feature, row in zip(self.features, self.ticked, strict=True)
            for j, ticked in enumerate(row)
            if ticked
            for column in self._columns_of(feature, j, channels, flat=flat[j])
        ]

    def _columns_of(self, feature: Feature, scale: int, channels: int, *, flat: bool) -> Iterator[Column]:
        parts = feature.parts(2 if flat else 3)
        stem = f"{feature.title} (σ={self.scales[scale]}){' in 2D' if flat else ''}"
        for channel in range(channels):
            for part in range(parts):
                number = f" [{channel * parts + part}]" if channels * parts > 1 else ""
                yield Column(feature, scale, channel, part, stem + number)

    def halo(self, *, volume: bool) -> tuple[int, int]:
        """Give how many pixels a feature reads beyond its own: along z, and along y and x."""
        flat = self.flat_scales(volume=volume)
        reach = [(smoothing_radius(self.scales[j]) + FILTER_REACH, flat[j]) for j in self.used_scales()]
        return max((r for r, is_flat in reach if not is_flat), default=0), max((r for r, _ in reach), default=0)

    def least_extent(self, scale: int) -> int:
        """Give the least number of pixels along an axis that a scale can be computed for."""
        return math.ceil(SMOOTHING_WINDOW * self.scales[scale]) + 1


def smoothing_radius(scale: float) -> int:
    """Give the radius in pixels of the smoothing before the filters of a scale."""
    return radius(presmoothing_sigma(scale), SMOOTHING_WINDOW)
